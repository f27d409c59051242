"""Commands that a person gives to one machine from afar, and their answers.

Each ends done, failed or expired (``runtime.command``). One that failed answers ``NotDone`` with the reason
in one line; one that was done shows its effect.
"""

from __future__ import annotations

from actors.cabinet.messages import PlannedLane
from runtime.message import answer, command


@answer("control.not_done")
class NotDone:
    """Why a command failed."""

    why: str


# Prices, planogram, temperature, display


@command("control.set_prices")
class SetPrices:
    """Sell these lanes at these prices (lane, minor units); a device that keeps prices reads them back."""

    prices: tuple[tuple[str, int], ...]


@answer("control.prices_set")
class PricesSet:
    """What the lanes sell at now. ``read_back``: from the device that keeps them."""

    prices: tuple[tuple[str, int], ...]
    read_back: bool


@command("control.apply_planogram")
class ApplyPlanogram:
    """Change what these lanes sell and hold; lanes not named stay as they are.

    Attributes:
        when: "now" or "next_service". At once only where no goods of another product are in the way.
    """

    name: str
    lanes: tuple[PlannedLane, ...]
    when: str


@answer("control.planogram_answer")
class PlanogramAnswer:
    """``changed`` lanes sell it now; ``waiting`` ones will at the next service."""

    changed: int
    waiting: int


@command("control.set_target_temperature")
class SetTargetTemperature:
    """Keep the cabinet at this temperature, tenths of a degree Celsius."""

    temp_decicelsius: int


@answer("control.target_temperature")
class TargetTemperature:
    """The target that the cooling unit says it keeps."""

    temp_decicelsius: int


@command("control.show_message")
class ShowMessage:
    """Show this text on the display; "" shows the machine's own."""

    text: str


# Who may use it


@command("control.lock")
class LockMachine:
    """Sell nothing until unlocked."""

    why: str


@command("control.unlock")
class UnlockMachine:
    """Sell again."""


@command("control.set_lane_service")
class SetLaneService:
    """Take a lane out of service, or put it back; back also ends a fault, on the word of who asks."""

    lane: str
    on: bool


@command("control.set_service_mode")
class SetServiceMode:
    """A technician begins or ends work at the machine."""

    on: bool


@command("control.reboot")
class RebootMachine:
    """Start the machine's devices anew; not while it sells."""


# Vends and refunds


@command("control.remote_vend")
class RemoteVend:
    """Give one unit of this lane to the customer who stands there; nobody pays."""

    lane: str
    reason: str


@command("control.test_vend")
class TestVend:
    """Turn this lane's motor once, in service mode; the unit is booked as tested."""

    __test__ = False
    lane: str


@answer("control.vend_answer")
class VendAnswer:
    """How the unit left. ``level`` is what the lane holds after it."""

    lane: str
    level: int


@command("control.remote_refund")
class RemoteRefund:
    """Give back money of one of the machine's last sales, the way it was paid."""

    sale: int
    amount_minor: int
    reason: str


@answer("control.refund_answer")
class RefundAnswer:
    """What became of the refund: paid back, or flagged for a person to pay. ``tender`` is the way."""

    tender: str
    paid_minor: int
    flagged_minor: int


# Money and audit


@command("control.count_bag")
class CountBag:
    """The cash bag of this visit was opened and counted; a second count corrects the first."""

    visit: int
    counted_minor: int
    by: str


@answer("control.bag_answer")
class BagAnswer:
    """The three measures of a bag side by side; ``metered_minor`` is -1 where no device counts."""

    sold_minor: int
    metered_minor: int
    counted_minor: int


@command("control.read_audit")
class ReadAuditNow:
    """Read the machine's own audit; it is kept as ``AuditTaken``. ``reset`` begins its interval anew."""

    reset: bool = False


@answer("control.audit_answer")
class AuditAnswer:
    """The audit that was kept: its size and its SHA-256 in hexadecimal."""

    characters: int
    sha256: str
