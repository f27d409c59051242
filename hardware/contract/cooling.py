"""Cooling unit: the cabinet's temperature, its target, and its defrosts."""

from runtime.message import event, order, reading


@reading("cooling.cabinet_temperature")
class CabinetTemperature:
    """Air temperature in the cabinet, tenths of a degree Celsius."""

    temp_decicelsius: int


@order("cooling.set_target")
class SetTarget:
    """Cool to this temperature, tenths of a degree Celsius; answered by ``TargetSet``."""

    temp_decicelsius: int


@event("cooling.target_set")
class TargetSet:
    """The target that the unit really keeps from now on."""

    temp_decicelsius: int


@event("cooling.defrost_started")
class DefrostStarted:
    """The evaporator is being heated; the cabinet warms for a while."""


@event("cooling.defrost_ended")
class DefrostEnded:
    """Cooling goes on after a defrost."""
