"""A machine's cooling unit: a cabinet that warms and cools exponentially, thermostat, defrosts and door."""

from __future__ import annotations

import math

import attrs

from hardware.contract.cooling import CabinetTemperature, DefrostEnded, DefrostStarted, SetTarget, TargetSet
from hardware.contract.presence import DoorClosed, DoorOpened
from runtime.actor import Actor, handles
from runtime.address import Ref, head
from runtime.message import order
from simulator.devices.trouble import NONE, Mended, Trouble, begun, mended

CABINET_SECONDS = 10_800.0
"""Time constant of a loaded, shut cabinet (estimate)."""

COMPRESSOR_PULL_CELSIUS = 40.0
"""How far under ambient a running compressor would bring the cabinet in the end (estimate)."""

BAND_CELSIUS = 1.0
"""The compressor starts this far over the target and stops this far under it (estimate)."""

DOOR_EXCHANGE_SHARE = 0.10
"""Share of the gap to ambient that one door opening closes (estimate: all of the air, which is light, and the
outside of the goods). A shut door must let a cabinet at 27 degrees be cold again within half an hour, as real
ones are, unless it is opened twice in a row."""

DEFROST_SECONDS = 600.0
"""How long the evaporator is heated; the compressor rests (estimate)."""

DOOR_OPEN_SECONDS = 60.0
"""How long somebody who opens the door leaves it open (estimate)."""


@attrs.frozen(kw_only=True)
class Climate:
    """What surrounds a cabinet and what it shall keep, degrees Celsius.

    Attributes:
        report_seconds: between two temperature reports.
        openings_per_day: door openings, at Poisson times.
        defrost_hours: between two defrosts; 0 for a unit that makes none.
    """

    ambient_celsius: float = 27.0
    target_celsius: float = 4.0
    report_seconds: float = 300.0
    openings_per_day: float = 1.0
    defrost_hours: float = 0.0


@order("street.report_temperature")
class ReportTemperature:
    """Cooling to itself: time for the next report."""


@order("street.open_door")
class OpenDoor:
    """Somebody opens the cabinet's door for a while."""


@order("street.ambient")
class Ambient:
    """The air round the cabinet is so warm from now on."""

    celsius: float


@order("street.defrost")
class Defrost:
    """Cooling to itself: heat the evaporator, or stop it."""

    on: bool


@attrs.define(slots=True)
class Cabinet:
    """First order towards ambient, or towards ambient less the pull while the compressor runs."""

    celsius: float
    running: bool
    ambient_celsius: float
    target_celsius: float
    defrosting: bool = False
    dead: bool = False  # no mains, or a broken compressor

    def pass_time(self, seconds: float) -> None:
        """Let time pass, exactly: from one switch of the thermostat to the next."""
        if self.defrosting or self.dead:
            warmth = self.ambient_celsius - self.celsius
            self.celsius = self.ambient_celsius - warmth * math.exp(-seconds / CABINET_SECONDS)
            return
        while seconds > 0.0:
            end = self.ambient_celsius - (COMPRESSOR_PULL_CELSIUS if self.running else 0.0)
            threshold = self.target_celsius + (-BAND_CELSIUS if self.running else BAND_CELSIUS)
            until_switch = self._seconds_to(threshold, end)
            if until_switch > seconds:
                self.celsius = end + (self.celsius - end) * math.exp(-seconds / CABINET_SECONDS)
                return
            if until_switch > 0.0:
                self.celsius = threshold
            seconds -= until_switch
            self.running = not self.running

    def _seconds_to(self, threshold: float, end: float) -> float:
        """When the thermostat switches: 0 if past the threshold already, infinity if it never gets there."""
        past = self.celsius <= threshold if self.running else self.celsius >= threshold
        if past:
            return 0.0
        share = (threshold - end) / (self.celsius - end) if self.celsius != end else 1.0
        return -CABINET_SECONDS * math.log(share) if 0.0 < share < 1.0 else math.inf

    def open_door(self) -> None:
        """Mix with the air outside."""
        self.celsius += DOOR_EXCHANGE_SHARE * (self.ambient_celsius - self.celsius)


_REPORT = ReportTemperature()
_OPEN_DOOR = OpenDoor()
_readings: dict[int, CabinetTemperature] = {}


class Cooling(Actor):
    """Keeps the cabinet at its target and tells the machine the temperature again and again.

    Attributes:
        troubles: "no mains" or "compressor": the cabinet warms until it is mended.
    """

    __slots__ = ("_machine", "_since_us", "cabinet", "climate", "troubles")

    def __init__(self, climate: Climate) -> None:
        self.climate = climate
        self.cabinet = Cabinet(climate.target_celsius, False, climate.ambient_celsius, climate.target_celsius)
        self.troubles = NONE
        self._since_us = 0
        self._machine: Ref | None = None

    def resume(self) -> None:
        """Start reporting, out of step with other machines so that reports spread over the period."""
        self._machine = self.reach(head(self.address))
        self._since_us = self.now
        self.after(self.random.uniform() * self.climate.report_seconds, _REPORT)
        self._wait_for_opening()
        if self.climate.defrost_hours > 0.0:
            self.after(self.climate.defrost_hours * 3600, Defrost(on=True))

    def _tell(self, event: object) -> None:
        if self._machine is not None:
            self.tell(self._machine, event)

    def _wait_for_opening(self) -> None:
        if self.climate.openings_per_day > 0.0:
            self.after(self.random.exponential(86_400.0 / self.climate.openings_per_day), _OPEN_DOOR)

    def _catch_up(self) -> None:
        self.cabinet.pass_time((self.now - self._since_us) / 1_000_000)
        self._since_us = self.now

    @handles(ReportTemperature)
    def report(self, _: ReportTemperature) -> None:
        """Tell the machine, and do it again after the period."""
        self._catch_up()
        tenths = round(self.cabinet.celsius * 10)
        reading = _readings.get(tenths)
        if reading is None:
            reading = _readings[tenths] = CabinetTemperature(temp_decicelsius=tenths)
        self._tell(reading)
        self.after(self.climate.report_seconds, _REPORT)

    @handles(OpenDoor)
    def open_door(self, _: OpenDoor) -> None:
        """Warm air comes in; the door's switch tells when it is open and when it is shut."""
        self._catch_up()
        self.cabinet.open_door()
        self._tell(DoorOpened())
        if self._machine is not None:
            self.kernel.later(self.now + round(DOOR_OPEN_SECONDS * 1_000_000), self._machine, DoorClosed())
        self._wait_for_opening()

    @handles(SetTarget)
    def set_target(self, order: SetTarget) -> None:
        """Cool to another temperature from now on, and say so."""
        self._catch_up()
        self.cabinet.target_celsius = order.temp_decicelsius / 10
        self._tell(TargetSet(temp_decicelsius=order.temp_decicelsius))

    @handles(Ambient)
    def feel(self, air: Ambient) -> None:
        """The day warms or cools."""
        self._catch_up()
        self.cabinet.ambient_celsius = air.celsius

    @handles(Trouble)
    def fall_ill(self, trouble: Trouble) -> None:
        """The compressor stops."""
        self._catch_up()
        self.troubles = begun(self.troubles, trouble)
        self.cabinet.dead, self.cabinet.running = True, False

    @handles(Mended)
    def get_well(self, order: Mended) -> None:
        """It cools again once nothing else is wrong."""
        self._catch_up()
        self.troubles = mended(self.troubles, order.number)
        self.cabinet.dead = bool(self.troubles)

    @handles(Defrost)
    def defrost(self, order: Defrost) -> None:
        """Heat the evaporator for a while, again and again; the cabinet warms meanwhile."""
        self._catch_up()
        self.cabinet.defrosting, self.cabinet.running = order.on, False
        self._tell(DefrostStarted() if order.on else DefrostEnded())
        seconds = DEFROST_SECONDS if order.on else self.climate.defrost_hours * 3600 - DEFROST_SECONDS
        self.after(max(seconds, 0.0), Defrost(on=not order.on))
