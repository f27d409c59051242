"""What else stands in the street's cabinets: cooling, door, display, supply, and their loss all together."""

from __future__ import annotations

from collections.abc import Callable

from hardware.contract.presence import DeviceFound, DeviceLost
from simulator.devices.cabinet_electronics import CutMains, Display, Power
from simulator.devices.cooling import Climate, Cooling, OpenDoor
from simulator.devices.presence import Presence
from tests.hardware.contract.hands import CoolingHands, DoorHands, PresenceHands
from tests.hardware.contract.rig import KernelBench, Way
from tests.hardware.contract.ways_street import Still, street

CLIMATE = Climate(report_seconds=30.0, openings_per_day=0.0, defrost_hours=1.0)
"""A door that nobody opens by chance, and a defrost within the hour."""


class StreetCooling(Still):
    """Hands at a cabinet."""

    def __init__(self, device: Cooling, bench: KernelBench) -> None:
        self._device, self._bench = device, bench

    def warm_to(self, celsius: int) -> None:
        self._device.cabinet.celsius = float(celsius)

    def break_sensor(self) -> None:
        raise AssertionError("sensors of the street do not break")

    @property
    def target_decicelsius(self) -> int:
        return round(self._device.cabinet.target_celsius * 10)

    def open_for_a_while(self) -> None:
        self._bench.order("cooling", OpenDoor())


class StreetPresence:
    """Falls silent when told, and not by chance within a test."""

    devices: tuple[str, ...] = ("machine",)

    def __init__(self, _: Presence, bench: KernelBench) -> None:
        self._bench = bench

    def fall_silent(self) -> None:
        self._bench.order("presence", DeviceLost(device="machine"))

    def speak_again(self) -> None:
        self._bench.order("presence", DeviceFound(device="machine"))


class PowerHands:
    """At the plug."""

    def __init__(self, device: Power, bench: KernelBench) -> None:
        self._device, self._bench = device, bench

    def cut_mains(self, seconds: float) -> None:
        self._bench.order("power", CutMains(seconds=seconds))

    @property
    def reboots(self) -> int:
        return self._device.reboots


class DisplayHands:
    """Before the display."""

    def __init__(self, device: Display, _: KernelBench) -> None:
        self._device = device

    @property
    def text(self) -> str:
        return self._device.text


cooling: Callable[[Cooling, KernelBench], CoolingHands] = StreetCooling
door: Callable[[Cooling, KernelBench], DoorHands] = StreetCooling
presence: Callable[[Presence, KernelBench], PresenceHands] = StreetPresence

COOLING: list[Way[CoolingHands]] = [
    street(lambda: Cooling(CLIMATE), "cooling", cooling, beyond=("sensor", "presence", "power"))
]
DOOR: list[Way[DoorHands]] = [street(lambda: Cooling(CLIMATE), "cooling", door)]
PRESENCE: list[Way[PresenceHands]] = [street(lambda: Presence(0.001, 1e9), "presence", presence)]
DISPLAY: list[Way[DisplayHands]] = [street(Display, "display", DisplayHands)]
POWER: list[Way[PowerHands]] = [street(Power, "power", PowerHands)]
