"""The street: every simulated device and customer of all sites, in one bare kernel.

Devices stand at the addresses by which nodes know them; what they tell a machine or till goes to the kernel's
outbox, unless somebody was spawned there. The street reports nothing to the ledger: the house knows only what
its nodes saw, and what the devices themselves counted is there to be compared with that.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from runtime.address import checked
from runtime.errors import ConfigError
from runtime.kernel import Kernel
from simulator.customers.keypad import Keypad
from simulator.customers.till_keys import TillKeys
from simulator.devices.cabinet_electronics import Display, Power
from simulator.devices.cash import CashDevice
from simulator.devices.cooling import Climate, Cooling
from simulator.devices.motor_board import Board
from simulator.devices.payment_terminal import PaymentTerminal
from simulator.devices.presence import Presence
from simulator.devices.till import Drawer, Printer
from simulator.money import money_of

TENDERS = ("cash", "cashless", "code")


def _share(_: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise ConfigError(f"simulator: {attribute.name} must be between 0 and 1, not {value}")


def _not_negative(_: object, attribute: attrs.Attribute[float], value: float) -> None:
    if value < 0.0:
        raise ConfigError(f"simulator: {attribute.name} must be >= 0, not {value}")


@attrs.frozen(kw_only=True)
class DeviceFaults:
    """How often devices fail; the default is never.

    Attributes:
        jam_per_vend: share of turns after which nothing falls.
        stuck_per_vend: share of turns that the motor does not make.
        decline_share: share of authorisations declined.
        lost_refund_share: share of settlements for less than was reserved after which the provider keeps all.
        losses_per_day: how often a whole machine stops answering, on average.
        loss_seconds_mean: for how long.
    """

    jam_per_vend: float = attrs.field(default=0.0, validator=_share)
    stuck_per_vend: float = attrs.field(default=0.0, validator=_share)
    decline_share: float = attrs.field(default=0.0, validator=_share)
    lost_refund_share: float = attrs.field(default=0.0, validator=_share)
    losses_per_day: float = attrs.field(default=0.0, validator=_not_negative)
    loss_seconds_mean: float = attrs.field(default=2400.0, validator=_not_negative)


NO_FAULTS = DeviceFaults()


class Street:
    """Devices and customers on a kernel named "street"."""

    def __init__(self, *, seed: int, currency: str, now_us: int = 0) -> None:
        self.kernel = Kernel("street", seed=seed, now_us=now_us)
        self.money = money_of(currency)

    def add_machine(
        self,
        machine: str,
        *,
        tenders: tuple[str, ...] = TENDERS,
        float_minor: int = 0,
        faults: DeviceFaults = NO_FAULTS,
        climate: Climate | None = None,
    ) -> None:
        """Stand a machine's devices on the street, and room for customers before its keypad.

        Args:
            machine: its id, e.g. "hk-0712".
            tenders: which payment devices it has.
            float_minor: opening content of the coin tubes.
            faults: how often its devices fail.
            climate: None for a machine without temperature reports.
        """
        spawn = self.kernel.spawn
        spawn(checked(f"{machine}/keypad"), Keypad())
        spawn(f"{machine}/board", Board(faults.jam_per_vend, faults.stuck_per_vend))
        spawn(f"{machine}/display", Display())
        spawn(f"{machine}/power", Power())
        for tender in _checked_tenders(machine, tenders):
            if tender == "cash":
                spawn(f"{machine}/cash", CashDevice(self.money, float_minor))
            else:
                spawn(f"{machine}/{tender}", PaymentTerminal(faults.decline_share, faults.lost_refund_share))
        if climate is not None:
            spawn(f"{machine}/cooling", Cooling(climate))
        if faults.losses_per_day > 0.0:
            spawn(f"{machine}/presence", Presence(faults.losses_per_day, faults.loss_seconds_mean))

    def add_till(
        self, till: str, *, tenders: tuple[str, ...] = TENDERS, faults: DeviceFaults = NO_FAULTS
    ) -> None:
        """Stand a till's devices on the street, and room for shoppers before it. ``till`` is its address."""
        spawn = self.kernel.spawn
        spawn(checked(f"{till}/keys"), TillKeys())
        spawn(f"{till}/printer", Printer())
        for tender in _checked_tenders(till, tenders):
            if tender == "cash":
                spawn(f"{till}/drawer", Drawer())
            else:
                name = "terminal" if tender == "cashless" else tender
                spawn(f"{till}/{name}", PaymentTerminal(faults.decline_share))

    def feed(self, arrivals: Iterable[tuple[int, str, object]]) -> None:
        """Add customers, (at_us, address, message) in order of time; they are drawn as time passes."""
        refs, reach = self.kernel.refs, self.kernel.reach
        self.kernel.merge((at_us, refs.get(to) or reach(to), message) for at_us, to, message in arrivals)


def _checked_tenders(owner: str, tenders: tuple[str, ...]) -> tuple[str, ...]:
    for tender in tenders:
        if tender not in TENDERS:
            raise ConfigError(
                f"simulator: {owner}: tender must be one of {', '.join(TENDERS)}, not {tender!r}"
            )
    return tenders
