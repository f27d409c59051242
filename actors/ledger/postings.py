"""The whole book-keeping on one page: which fact debits and credits what.

A line is an account, a commodity and an amount. Debits are positive, credits negative, and the lines of one
fact sum to zero in every commodity: the currency's code for money, in minor units, and ``product:CODE`` for
goods, in units or grams.

==================  =====================================================================================
account             holds
==================  =====================================================================================
cash:WHO            coins and bills of a machine, a till or a van's cash bag
credit:WHO          what was paid into the open sale of a machine or till; zero after every sale (I3)
sales:SITE          turnover of a machine or store
receivable:TENDER   what providers owe for a tender
suspense:WHO        money whose end is not known
cash_in_transit     cash one side has handed over and the other has not yet taken on
bank, opening       cash banked; what was there at the start
stock:PLACE         goods in a lane, store, warehouse or van
goods_in_transit    goods one side has handed over and the other has not yet taken on
returns:MACHINE     turnover given back after its sale had ended
over_short:MACHINE  cash bags: more (credit) or less (debit) than the machine's facts say
sold, supplier      where goods go and come from
given, tested       units vended for nothing: by an operator, by a technician
waste               goods thrown away: past their day, or not kept cold
relabelled          goods a lane counts under another product from now on
==================  =====================================================================================

The facts that move nothing stand in the same table, so that a new fact needs a decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from actors.cabinet.messages import (
    AuditTaken,
    BagCounted,
    CabinetCooled,
    CabinetOpened,
    CabinetShut,
    CabinetUnread,
    CabinetWarmed,
    CashCollected,
    ColdChainGuarded,
    ColdChainLocked,
    ColdChainUnlocked,
    DefrostBegan,
    DefrostOver,
    MachineLocked,
    MachineUnlocked,
    MessageShown,
    PlanogramApplied,
    PlanogramPlanned,
    RemoteBegun,
    RemoteEnded,
    ServiceModeBegan,
    ServiceModeEnded,
)
from actors.machine.messages import (
    REMOTE,
    TEST,
    DeviceCameBack,
    DeviceWentMissing,
    LaneAssigned,
    LaneBlocked,
    LaneClosed,
    LaneEmptied,
    LaneFilled,
    LaneOpened,
    LanePlanned,
    LaneReopened,
    LaneUnblocked,
    MachineOpened,
    MachineRestarted,
    MachineServiced,
    SaleRefused,
    VendCompleted,
    VendFailed,
    VendIntended,
)
from actors.office.messages import (
    AlarmAcknowledged,
    AlarmAssigned,
    AlarmCleared,
    AlarmNoted,
    AlarmRaised,
    AlarmServiceChanged,
    AlarmShelved,
    AlarmUnshelved,
    CutOffHeld,
    RoundEnded,
    RoundPlanned,
)
from actors.payment.messages import (
    CashMetered,
    CashTaken,
    ChangePaid,
    FloatSet,
    PaymentAuthorised,
    PaymentFlagged,
    PaymentKept,
    PaymentRefunded,
    PayOutIntended,
    RefundAsked,
    RefundEnded,
    RefundOwed,
)
from actors.settings.messages import SettingChanged
from actors.store.messages import (
    BasketLost,
    PaymentRequested,
    ReceiptIssued,
    ReceiptPrinted,
    SaleCompleted,
    StockOpened,
)
from actors.van.messages import VanDeparted, VanHeldUp, VanLoaded, VanReturned, VanVisited, VisitMissed
from actors.warehouse.messages import Goods, GoodsIssued, GoodsReceived, GoodsReturned, PickListMade
from runtime.command import CommandAccepted, CommandEnded, CommandIssued, CommandsForgotten
from runtime.command_desk import DeskOpened
from runtime.health import DamageFound, DamageMended, DayRecorded, DiskFilled, DiskFreed, EpochBegun
from runtime.quarantine import MessageFailed, MessageLetIn, MessageSetAside

Line = tuple[str, str, int]
"""One posting: account, commodity, amount; a debit when positive, a credit when negative."""

Lines = tuple[Line, ...]
Rule = Callable[[str, Any, str], Lines]
"""Of the source, the fact and the currency."""


def postings(source: str, fact: object, currency: str) -> Lines:
    """The lines of a fact recorded by the actor at ``source``; () if it moves neither money nor goods."""
    rule = RULES.get(type(fact))
    return () if rule is None else rule(source, fact, currency)


def _moved(giver: str, taker: str, commodity: str, amount: int) -> Lines:
    """``amount`` leaves one account (credit) for the other (debit)."""
    return ((giver, commodity, -amount), (taker, commodity, amount)) if amount else ()


def _goods_moved(giver: str, taker: str, goods: Iterable[Goods]) -> Lines:
    return tuple(line for g in goods for line in _moved(giver, taker, f"product:{g.product}", g.units))


# Money of a sale


def _cash_taken(source: str, fact: CashTaken, currency: str) -> Lines:
    return _moved(f"credit:{source}", f"cash:{source}", currency, fact.amount_minor)


def _change_paid(source: str, fact: ChangePaid, currency: str) -> Lines:
    return _moved(f"cash:{source}", f"credit:{source}", currency, fact.amount_minor)


def _authorised(source: str, fact: PaymentAuthorised, currency: str) -> Lines:
    return _moved(f"credit:{source}", f"receivable:{fact.tender}", currency, fact.amount_minor)


def _refunded(source: str, fact: PaymentRefunded, currency: str) -> Lines:
    return _moved(f"receivable:{fact.tender}", f"credit:{source}", currency, fact.amount_minor)


def _flagged(source: str, fact: PaymentFlagged, currency: str) -> Lines:
    return _moved(f"suspense:{source}", f"credit:{source}", currency, fact.amount_minor)


def _kept(source: str, fact: PaymentKept, currency: str) -> Lines:
    return _moved(f"suspense:{source}", f"receivable:{fact.tender}", currency, fact.amount_minor)


def _float_set(source: str, fact: FloatSet, currency: str) -> Lines:
    return _moved("opening", f"cash:{source}", currency, fact.amount_minor)


def _refund_owed(source: str, fact: RefundOwed, currency: str) -> Lines:
    return _moved(f"credit:{source}", f"returns:{source}", currency, fact.amount_minor)


def _refund_ended(source: str, fact: RefundEnded, currency: str) -> Lines:
    returns = f"returns:{source}"
    return (
        *_moved(f"receivable:{fact.tender}", returns, currency, fact.refunded_minor),
        *_moved(f"suspense:{source}", returns, currency, fact.flagged_minor),
    )


def _bag_counted(source: str, fact: BagCounted, currency: str) -> Lines:
    """A second count reverses the first: what was booked for it goes, then the new difference comes."""
    over_short, booked = f"over_short:{source}", fact.before_minor - fact.expected_minor
    return (
        *_moved("bank", over_short, currency, booked),
        *_moved(over_short, "bank", currency, fact.counted_minor - fact.expected_minor),
    )


# Sales: credit becomes turnover, goods are sold


_UNPAID = {TEST: "tested", REMOTE: "given"}


def _vend_completed(source: str, fact: VendCompleted, currency: str) -> Lines:
    machine = source[: source.find("/")]
    product, price = f"product:{fact.product}", fact.price_minor
    return (
        (f"sales:{machine}", currency, -price),
        (f"credit:{machine}", currency, price),
        (f"stock:{source}", product, -1),
        (_UNPAID.get(fact.tender, "sold"), product, 1),
    )


def _sale_completed(source: str, fact: SaleCompleted, currency: str) -> Lines:
    stock = f"stock:{source}"
    goods = [_moved(stock, "sold", f"product:{line.product}", line.quantity) for line in fact.lines]
    return (*_moved(f"sales:{source}", f"credit:{fact.till}", currency, fact.total_minor), *chain(*goods))


# Lanes


def _lane_opened(source: str, fact: LaneOpened, _: str) -> Lines:
    return _moved("opening", f"stock:{source}", f"product:{fact.product}", fact.level)


def _lane_filled(source: str, fact: LaneFilled, _: str) -> Lines:
    return _moved("goods_in_transit", f"stock:{source}", f"product:{fact.product}", fact.added)


def _lane_assigned(source: str, fact: LaneAssigned, _: str) -> Lines:
    if fact.was == fact.product:
        return ()
    stock = f"stock:{source}"
    return (
        *_moved(stock, "relabelled", f"product:{fact.was}", fact.level),
        *_moved("relabelled", stock, f"product:{fact.product}", fact.level),
    )


def _lane_emptied(source: str, fact: LaneEmptied, _: str) -> Lines:
    taker = "goods_in_transit" if fact.why == "planogram" else "waste"
    return _moved(f"stock:{source}", taker, f"product:{fact.product}", fact.removed)


# Goods and cash that change hands between nodes: each side posts its half


def _machine_serviced(source: str, fact: MachineServiced, currency: str) -> Lines:
    return _moved(f"cash:{source}", "cash_in_transit", currency, fact.cash_minor)


def _van_loaded(source: str, fact: VanLoaded, _: str) -> Lines:
    return _goods_moved("goods_in_transit", f"stock:{source}", fact.goods)


def _van_visited(source: str, fact: VanVisited, currency: str) -> Lines:
    stock = f"stock:{source}"
    goods = [_moved(stock, "goods_in_transit", f"product:{load.product}", load.units) for load in fact.filled]
    back = [
        _moved("goods_in_transit", stock, f"product:{load.product}", load.units) for load in fact.taken_out
    ]
    cash = _moved("cash_in_transit", f"cash:{source}", currency, fact.cash_minor)
    return (*cash, *chain(*goods), *chain(*back))


def _van_returned(source: str, fact: VanReturned, currency: str) -> Lines:
    return (
        *_moved(f"cash:{source}", "cash_in_transit", currency, fact.cash_minor),
        *_goods_moved(f"stock:{source}", "goods_in_transit", fact.goods),
    )


def _goods_returned(source: str, fact: GoodsReturned, currency: str) -> Lines:
    return (
        *_moved("cash_in_transit", "bank", currency, fact.cash_minor),
        *_goods_moved("goods_in_transit", f"stock:{source}", fact.goods),
    )


def _goods_received(source: str, fact: GoodsReceived, _: str) -> Lines:
    return _goods_moved("supplier", f"stock:{source}", fact.goods)


def _goods_issued(source: str, fact: GoodsIssued, _: str) -> Lines:
    return _goods_moved(f"stock:{source}", "goods_in_transit", fact.goods)


def _stock_opened(source: str, fact: StockOpened, _: str) -> Lines:
    return _moved("opening", f"stock:{source}", f"product:{fact.product}", fact.quantity)


RULES: dict[type, Rule | None] = {
    CashTaken: _cash_taken,
    ChangePaid: _change_paid,
    PaymentAuthorised: _authorised,
    PaymentRefunded: _refunded,
    PaymentFlagged: _flagged,
    PaymentKept: _kept,
    FloatSet: _float_set,
    VendCompleted: _vend_completed,
    SaleCompleted: _sale_completed,
    LaneOpened: _lane_opened,
    LaneFilled: _lane_filled,
    LaneAssigned: _lane_assigned,
    MachineServiced: _machine_serviced,
    VanLoaded: _van_loaded,
    VanVisited: _van_visited,
    VanReturned: _van_returned,
    GoodsReceived: _goods_received,
    GoodsIssued: _goods_issued,
    GoodsReturned: _goods_returned,
    StockOpened: _stock_opened,
    LaneEmptied: _lane_emptied,
    RefundOwed: _refund_owed,
    RefundEnded: _refund_ended,
    BagCounted: _bag_counted,
    # What moves nothing
    RefundAsked: None,
    LanePlanned: None,
    LaneBlocked: None,
    LaneUnblocked: None,
    ColdChainGuarded: None,
    CabinetWarmed: None,
    CabinetCooled: None,
    CabinetUnread: None,
    CabinetOpened: None,
    CabinetShut: None,
    DefrostBegan: None,
    DefrostOver: None,
    ColdChainLocked: None,
    ColdChainUnlocked: None,
    PlanogramPlanned: None,
    PlanogramApplied: None,
    MachineLocked: None,
    MessageShown: None,
    MachineUnlocked: None,
    ServiceModeBegan: None,
    ServiceModeEnded: None,
    RemoteBegun: None,
    RemoteEnded: None,
    CashCollected: None,
    AuditTaken: None,
    PayOutIntended: None,
    CashMetered: None,
    VendIntended: None,
    VendFailed: None,
    SaleRefused: None,
    LaneClosed: None,
    LaneReopened: None,
    MachineOpened: None,
    MachineRestarted: None,
    DeviceWentMissing: None,
    DeviceCameBack: None,
    PaymentRequested: None,
    ReceiptIssued: None,
    ReceiptPrinted: None,
    BasketLost: None,
    PickListMade: None,
    VanDeparted: None,
    VanHeldUp: None,
    VisitMissed: None,
    AlarmRaised: None,
    AlarmCleared: None,
    AlarmAcknowledged: None,
    AlarmAssigned: None,
    AlarmNoted: None,
    AlarmServiceChanged: None,
    AlarmShelved: None,
    AlarmUnshelved: None,
    SettingChanged: None,
    CutOffHeld: None,
    RoundPlanned: None,
    RoundEnded: None,
    CommandIssued: None,
    CommandAccepted: None,
    CommandEnded: None,
    CommandsForgotten: None,
    MessageFailed: None,
    MessageSetAside: None,
    MessageLetIn: None,
    DeskOpened: None,
    DiskFilled: None,
    DiskFreed: None,
    EpochBegun: None,
    DamageFound: None,
    DayRecorded: None,
    DamageMended: None,
}
"""Fact class to its rule; None for a fact that moves neither money nor goods."""
