"""Cooling unit: the cabinet's temperature and its target."""

from runtime.message import order, reading


@reading("cooling.cabinet_temperature")
class CabinetTemperature:
    """Air temperature in the cabinet, tenths of a degree Celsius."""

    temp_decicelsius: int


@order("cooling.set_target")
class SetTarget:
    """Cool to this temperature, tenths of a degree Celsius."""

    temp_decicelsius: int
