"""What facts count besides sales: customers lost, goods spoilt and filled, cash over and short.

=============  ==================================================================  ==========================
what           times, units, amount                                                why
=============  ==================================================================  ==========================
lost           units that customers wanted and did not get                         as in ``SaleRefused``
lost_basket    baskets that were left at a till; units are lines                   as in ``BasketLost``
failed         paid units that did not fall                                        as in ``VendFailed``
spoilt         goods thrown away                                                   "expired", "health"
unpaid         units vended for nothing; the amount is their price                 "test", "remote"
restocked      goods put into lanes                                                ""
received       goods from suppliers                                                ""
over_short     what counts of cash bags booked: over is positive                   ""
flagged        money whose end is not known                                        as in ``PaymentFlagged``
returned       turnover given back after its sale had ended                        the reason, or the tender
visit          services; units put in, cash taken along                            ""
stock          what moved a place's goods besides sales: units, or grams           ""
=============  ==================================================================  ==========================
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.cabinet.messages import BagCounted
from actors.ledger.postings import postings
from actors.machine.messages import (
    UNPAID,
    LaneAssigned,
    LaneEmptied,
    LaneFilled,
    LaneOpened,
    MachineServiced,
    SaleRefused,
    VendCompleted,
    VendFailed,
)
from actors.payment.messages import PaymentFlagged, PaymentKept, RefundEnded, RefundOwed
from actors.store.messages import BasketLost, StockOpened
from actors.van.messages import VanLoaded, VanReturned, VanVisited
from actors.warehouse.messages import GoodsIssued, GoodsReceived, GoodsReturned
from runtime.address import head

Tally = tuple[str, str, str, str, int, int]
"""What, place, product, why, units, amount in minor units."""

Tallies = tuple[Tally, ...]

_STOCK, _GOODS = "stock:", "product:"


def _stock(source: str, fact: object) -> Tallies:
    """The fact's lines on accounts of stock, by place."""
    return tuple(
        ("stock", head(account[len(_STOCK) :]), goods[len(_GOODS) :], "", amount, 0)
        for account, goods, amount in postings(source, fact, "")
        if account.startswith(_STOCK)
    )


def _given(source: str, fact: VendCompleted) -> Tallies:
    """Of a unit that was no sale: ``sale_lines`` has those that were."""
    if fact.tender not in UNPAID:
        return ()
    unpaid = ("unpaid", head(source), fact.product, fact.tender, 1, fact.price_minor)
    return (unpaid, *_stock(source, fact))


def _refused(source: str, fact: SaleRefused) -> Tallies:
    return (("lost", head(source), "", fact.why, fact.units, 0),)


def _basket_lost(source: str, fact: BasketLost) -> Tallies:
    return (("lost_basket", head(source), "", fact.why, fact.lines, 0),)


def _failed(source: str, fact: VendFailed) -> Tallies:
    return (("failed", head(source), "", fact.why, 1, 0),)


def _emptied(source: str, fact: LaneEmptied) -> Tallies:
    if fact.why == "planogram":
        return _stock(source, fact)
    return (("spoilt", head(source), fact.product, fact.why, fact.removed, 0), *_stock(source, fact))


def _filled(source: str, fact: LaneFilled) -> Tallies:
    return (("restocked", head(source), fact.product, "", fact.added, 0), *_stock(source, fact))


def _received(source: str, fact: GoodsReceived) -> Tallies:
    goods = tuple(("received", source, each.product, "", each.units, 0) for each in fact.goods)
    return (*goods, *_stock(source, fact))


def _counted(source: str, fact: BagCounted) -> Tallies:
    return (("over_short", source, "", "", 0, fact.counted_minor - fact.before_minor),)


def _flagged(source: str, fact: PaymentFlagged) -> Tallies:
    return (("flagged", head(source), "", fact.why, 0, fact.amount_minor),)


def _kept(source: str, fact: PaymentKept) -> Tallies:
    return (("flagged", head(source), "", "kept", 0, fact.amount_minor),)


def _owed(source: str, fact: RefundOwed) -> Tallies:
    return (("returned", head(source), "", fact.reason, 0, fact.amount_minor),)


def _refund_ended(source: str, fact: RefundEnded) -> Tallies:
    amount = fact.refunded_minor + fact.flagged_minor
    return (("returned", head(source), "", fact.tender, 0, amount),) if amount else ()


def _serviced(source: str, fact: MachineServiced) -> Tallies:
    return (("visit", source, "", "", fact.units, fact.cash_minor),)


RULES: dict[type, Callable[[str, Any], Tallies]] = {
    SaleRefused: _refused,
    BasketLost: _basket_lost,
    VendCompleted: _given,
    VendFailed: _failed,
    LaneEmptied: _emptied,
    LaneFilled: _filled,
    GoodsReceived: _received,
    BagCounted: _counted,
    PaymentFlagged: _flagged,
    PaymentKept: _kept,
    RefundOwed: _owed,
    RefundEnded: _refund_ended,
    MachineServiced: _serviced,
    LaneOpened: _stock,
    LaneAssigned: _stock,
    StockOpened: _stock,
    VanLoaded: _stock,
    VanVisited: _stock,
    VanReturned: _stock,
    GoodsIssued: _stock,
    GoodsReturned: _stock,
}
"""Fact class to its rule; a fact that is not here counts nothing besides what it sold."""
