"""What a person may order of a machine from afar, and how each order ends."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from actors.cabinet.messages import (
    AUDIT_CHARACTERS_MAX,
    AuditTaken,
    MachineLocked,
    MachineUnlocked,
    MessageShown,
    RemoteTimeout,
    ServiceModeBegan,
    ServiceModeEnded,
)
from actors.control.messages import (
    ApplyPlanogram,
    AuditAnswer,
    CountBag,
    LockMachine,
    PricesSet,
    ReadAuditNow,
    RebootMachine,
    RefundAnswer,
    RemoteRefund,
    RemoteVend,
    SetLaneService,
    SetPrices,
    SetServiceMode,
    SetTargetTemperature,
    ShowMessage,
    TargetTemperature,
    TestVend,
    UnlockMachine,
    VendAnswer,
)
from actors.machine import cabinet, collection, entries, planogram, refunds, remote, service, vending
from actors.machine.lane import turn_of
from actors.machine.messages import REMOTE, TEST, AssignLane, ServiceMachine
from actors.machine.remote import Run, Wait
from actors.machine.settings import change as change_setting
from actors.machine.states import IDLE
from actors.settings.messages import ChangeSetting
from hardware.contract.audit import AuditFailed, AuditRead, PricesWritten, ReadAudit, WritePrices
from hardware.contract.cooling import SetTarget, TargetSet
from hardware.contract.power import Reboot, Rebooted
from hardware.contract.pricing import PriceRead, SetPrice
from runtime.errors import Refused

if TYPE_CHECKING:
    from actors.machine.machine import Machine

DEVICE_SECONDS = 30
SLOW_SECONDS = 300
"""A restart, an audit, or a customer who takes the product."""

TARGET_DECICELSIUS = (-300, 700)
"""From deep-frozen goods to hot meals (estimate: the widest that cooling units of the trade keep)."""

TEXT_CHARACTERS_MAX = 200
LANES_A_COMMAND_MAX = 200


def _known_lane(machine: Machine, code: str) -> None:
    if code not in machine.lanes:
        raise Refused(f"lane must be one of this machine's, not {code!r}")


def _must_be_idle(machine: Machine) -> None:
    if machine.state != IDLE:
        raise Refused("machine must be idle, it serves a customer")


def _must_not_be_locked(machine: Machine, *locks: str) -> None:
    for lock in locks:
        if lock in machine.locks:
            raise Refused(f"machine must not be locked ({lock}): {machine.locks[lock]}")


def _must_not_be_held(machine: Machine) -> None:
    if machine.held:
        raise Refused(f"machine must be able to begin a vend, its node holds it: {machine.held}")


def _must_answer(machine: Machine, device: str) -> None:
    if device in machine.missing or "machine" in machine.missing:
        raise Refused(f"{device} must answer, it is missing")


# Prices


def set_prices(machine: Machine, asked: SetPrices) -> object:
    """Change prices; where a device keeps them, only what it reads back counts."""
    if not 0 < len(asked.prices) <= LANES_A_COMMAND_MAX:
        raise Refused(f"prices must be for 1 to {LANES_A_COMMAND_MAX} lanes, not {len(asked.prices)}")
    if len(dict(asked.prices)) < len(asked.prices):
        raise Refused("prices must name each lane once")
    for code, price_minor in asked.prices:
        _known_lane(machine, code)
        if price_minor < 0:
            raise Refused(f"lane {code}: price must be >= 0, not {price_minor}")
    remote.free(machine, "prices")
    keeper = machine.settings.prices_at
    if not keeper:
        _keep_prices(machine, dict(asked.prices))
        return PricesSet(prices=asked.prices, read_back=False)
    _must_answer(machine, keeper)
    if keeper == "board":
        for code, price_minor in asked.prices:
            machine.tell(machine.device("board"), SetPrice(lane=code, price_minor=price_minor))
    else:
        remote.free(machine, "audit")
        machine.tell(machine.device("audit"), WritePrices(prices=asked.prices))
    return Wait(key="prices", seconds=DEVICE_SECONDS if keeper == "board" else SLOW_SECONDS)


def _keep_prices(machine: Machine, prices: dict[str, int]) -> None:
    for code, price_minor in prices.items():
        lane = machine.lane(code)
        lane.assign(lane.product, price_minor)


def price_read(machine: Machine, event: PriceRead) -> None:
    """The board says a lane's price."""
    waiting = machine.waiting.get("prices")
    if waiting is None or event.lane not in dict(waiting.asked.prices):
        return
    waiting.read[event.lane] = event.price_minor
    if len(waiting.read) == len(waiting.asked.prices):
        _compare(machine, waiting.asked, dict(waiting.read))


def prices_written(machine: Machine, event: PricesWritten) -> None:
    """The machine's own controller says what it charges."""
    if (waiting := machine.waiting.get("prices")) is not None:
        _compare(machine, waiting.asked, dict(event.prices))


def _compare(machine: Machine, asked: SetPrices, read: dict[str, int]) -> None:
    """Sell at what was read back as ordered; name what was not."""
    wanted = dict(asked.prices)
    _keep_prices(machine, {code: price for code, price in wanted.items() if read.get(code) == price})
    wrong = [
        f"lane {code}: price must read back {price}, not {read.get(code, 'nothing')}"
        for code, price in asked.prices
        if read.get(code) != price
    ]
    if wrong:
        remote.failed(machine, "prices", "; ".join(wrong))
    else:
        remote.done(machine, "prices", PricesSet(prices=asked.prices, read_back=True))


# Cabinet and controller


def set_target(machine: Machine, asked: SetTargetTemperature) -> Wait:
    """Have the cooling unit keep another temperature."""
    low, high = TARGET_DECICELSIUS
    if not low <= asked.temp_decicelsius <= high:
        raise Refused(f"target must be from {low} to {high} decicelsius, not {asked.temp_decicelsius}")
    remote.free(machine, "cooling")
    _must_answer(machine, "cooling")
    machine.tell(machine.device("cooling"), SetTarget(temp_decicelsius=asked.temp_decicelsius))
    return Wait(key="cooling", seconds=DEVICE_SECONDS)


def target_set(machine: Machine, event: TargetSet) -> None:
    """The cooling unit says what it keeps."""
    if (waiting := machine.waiting.get("cooling")) is None:
        return
    wanted, kept = waiting.asked.temp_decicelsius, event.temp_decicelsius
    if kept == wanted:
        remote.done(machine, "cooling", TargetTemperature(temp_decicelsius=kept))
    else:
        remote.failed(machine, "cooling", f"target must read back {wanted} decicelsius, not {kept}")


def reboot(machine: Machine, _: RebootMachine) -> Wait:
    """Start the devices anew."""
    _must_be_idle(machine)
    remote.free(machine, "power")
    _must_answer(machine, "power")
    machine.tell(machine.device("power"), Reboot())
    return Wait(key="power", seconds=SLOW_SECONDS)


def rebooted(machine: Machine, _: Rebooted) -> None:
    """They are back."""
    if "power" in machine.waiting:
        remote.done(machine, "power", None)


def show_message(machine: Machine, asked: ShowMessage) -> None:
    """Show a text; it comes back after customers were told that change is short."""
    if len(asked.text) > TEXT_CHARACTERS_MAX:
        raise Refused(f"text must have at most {TEXT_CHARACTERS_MAX} characters, not {len(asked.text)}")
    machine.record(MessageShown(text=asked.text))
    entries.show(machine)


def lock(machine: Machine, asked: LockMachine) -> None:
    """Sell nothing; who is being served is served to the end."""
    machine.record(MachineLocked(why=asked.why[:TEXT_CHARACTERS_MAX]))
    machine.sells_or_not()


def unlock(machine: Machine, _: UnlockMachine) -> None:
    """Sell again."""
    if "operator" in machine.locks:
        machine.record(MachineUnlocked())
        machine.sells_or_not()


def set_service_mode(machine: Machine, asked: SetServiceMode) -> None:
    """A technician comes or goes."""
    if asked.on:
        _must_be_idle(machine)
    if asked.on != ("service" in machine.locks):
        machine.record(ServiceModeBegan() if asked.on else ServiceModeEnded())
        machine.sells_or_not()


def set_lane_service(machine: Machine, asked: SetLaneService) -> None:
    """Take a lane out of service, or put it back."""
    _known_lane(machine, asked.lane)
    lane = machine.lane(asked.lane)
    if asked.on:
        lane.unblock("operator")
        lane.reopen(0)
    else:
        lane.block("operator")
    cabinet.show(machine)


# Vends and refunds


def remote_vend(machine: Machine, asked: RemoteVend) -> Wait:
    """Give a unit away."""
    _known_lane(machine, asked.lane)
    _must_not_be_locked(machine, "operator", "service")
    if why := machine.lane(asked.lane).refusal():
        raise Refused(f"lane {asked.lane} must be able to sell, it is {why}")
    return _vend(machine, asked.lane, REMOTE)


def test_vend(machine: Machine, asked: TestVend) -> Wait:
    """Turn a motor for the technician, also of a lane that is out of service."""
    _known_lane(machine, asked.lane)
    if "service" not in machine.locks:
        raise Refused("machine must be in service mode for a test vend")
    _must_not_be_locked(machine, "operator")
    if not machine.lane(asked.lane).level:
        raise Refused(f"lane {asked.lane} must hold a unit for a test vend")
    return _vend(machine, asked.lane, TEST)


def _vend(machine: Machine, code: str, tender: str) -> Wait:
    _must_not_be_held(machine)
    _must_be_idle(machine)
    _must_answer(machine, "board")
    remote.free(machine, "sale")
    vending.begin_unpaid(machine, code, tender)
    return Wait(key="sale", seconds=SLOW_SECONDS, lane=code, sale=machine.sale.number)


def refund(machine: Machine, asked: RemoteRefund) -> Wait:
    """Give money back."""
    remote.free(machine, "refund")
    tender = refunds.grant(machine, asked.sale, asked.amount_minor, asked.reason)
    owed = machine.refunds.owed
    sale = owed.sale if tender == "cash" and owed is not None else 0
    return Wait(key="refund", seconds=SLOW_SECONDS, sale=sale)


def after_step(machine: Machine) -> None:
    """A step of a sale was taken: a vend or cash refund ordered from afar may have ended with it."""
    if machine.state != IDLE:
        return
    if (waiting := machine.waiting.get("sale")) is not None:
        lane = machine.lane(waiting.lane)
        turn = turn_of(waiting.sale, 0)
        if lane.sale == waiting.sale and lane.sold & 1:
            remote.done(machine, "sale", VendAnswer(lane=waiting.lane, level=lane.level))
        else:
            remote.failed(machine, "sale", f"lane {waiting.lane}: nothing fell at turn {turn}")
    waiting = machine.waiting.get("refund")
    if waiting is not None and waiting.sale:
        _refund_ended(machine, "cash", machine.refunds.cash_paid_minor, machine.refunds.cash_flagged_minor)


def provider_ended(machine: Machine) -> None:
    """A provider gave money back, or did not."""
    ended = machine.refunds.ended
    if "refund" in machine.waiting and ended is not None:
        _refund_ended(machine, ended.tender, ended.refunded_minor, ended.flagged_minor)


def _refund_ended(machine: Machine, tender: str, paid_minor: int, flagged_minor: int) -> None:
    if flagged_minor:
        whole = paid_minor + flagged_minor
        why = f"{paid_minor} of {whole} was paid back by {tender}, {flagged_minor} is in suspense"
        remote.failed(machine, "refund", why)
    else:
        answer = RefundAnswer(tender=tender, paid_minor=paid_minor, flagged_minor=0)
        remote.done(machine, "refund", answer)


# Audit


def read_audit(machine: Machine, asked: ReadAuditNow) -> Wait:
    """Read the machine's own counters."""
    remote.free(machine, "audit")
    _must_answer(machine, "audit")
    machine.tell(machine.device("audit"), ReadAudit(reset=asked.reset))
    return Wait(key="audit", seconds=SLOW_SECONDS)


def audit_read(machine: Machine, event: AuditRead) -> None:
    """Keep it as it came: the office compares it with its ledger."""
    if "audit" not in machine.waiting:
        return
    text = event.text
    if len(text) > AUDIT_CHARACTERS_MAX:
        why = f"audit must have at most {AUDIT_CHARACTERS_MAX} characters, not {len(text)}"
        remote.failed(machine, "audit", why)
        return
    machine.record(AuditTaken(at_us=machine.now, text=text))
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    remote.done(machine, "audit", AuditAnswer(characters=len(text), sha256=sha256))


def audit_failed(machine: Machine, event: AuditFailed) -> None:
    """The audit port refused what was waited for."""
    for key in ("audit", "prices"):
        if key in machine.waiting and (key == "audit" or machine.settings.prices_at == "audit"):
            remote.failed(machine, key, f"audit port: {event.why}")


# Silence


_SILENT = {"cooling": "cooling", "power": "power", "audit": "audit", "sale": "board", "refund": "payment"}


def silent(machine: Machine, timeout: RemoteTimeout) -> None:
    """A device has not answered in time."""
    for key, waiting in list(machine.waiting.items()):
        if waiting.id != timeout.id:
            continue
        if key == "refund" and not waiting.sale:
            refunds.give_up(machine)
            provider_ended(machine)
        else:
            device = _SILENT.get(key, machine.settings.prices_at)
            remote.failed(machine, key, f"{device} must answer in time, it kept silent")


COMMANDS: dict[type, Run] = {
    ServiceMachine: service.service,
    AssignLane: lambda machine, asked: _assign(machine, asked),
    ApplyPlanogram: planogram.order,
    CountBag: collection.count,
    SetPrices: set_prices,
    SetTargetTemperature: set_target,
    RebootMachine: reboot,
    ShowMessage: show_message,
    LockMachine: lock,
    UnlockMachine: unlock,
    SetServiceMode: set_service_mode,
    SetLaneService: set_lane_service,
    RemoteVend: remote_vend,
    TestVend: test_vend,
    RemoteRefund: refund,
    ReadAuditNow: read_audit,
    ChangeSetting: change_setting,
}
"""Every command that a machine takes, and what runs it."""


def _assign(machine: Machine, asked: AssignLane) -> None:
    _known_lane(machine, asked.lane)
    machine.lane(asked.lane).assign(asked.product, asked.price_minor)


ANSWERS: dict[type, Any] = {
    TargetSet: target_set,
    PriceRead: price_read,
    PricesWritten: prices_written,
    Rebooted: rebooted,
    AuditRead: audit_read,
    AuditFailed: audit_failed,
}
"""What devices answer to them."""
