"""Steps after a start: what a power cut interrupted is found out from the devices, and ended.

No motor turns again. The board is asked how the last unit intended ended, and the cash device what it has
counted: money that came in or went out without a fact gets its fact now. Then the sale ends like any other:
what was not sold goes back the way it was paid. Cash goes back under the number that the start spent, since
under the sale's own number the device would only say what it paid before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.machine import choosing, paying, returning, vending
from actors.machine.lane import UNKNOWN, turn_of
from actors.machine.messages import MachineRestarted, VendIntended
from actors.machine.states import RECOVERING, RECOVERY_SECONDS
from actors.payment.messages import CashMetered, CashTaken, ChangePaid, FloatSet
from hardware.contract.cash import AcceptCash, CashCounted, CashInserted, CountCash, Pieces
from hardware.contract.motor_board import AskTurn, MotorTurned

if TYPE_CHECKING:
    from actors.machine.selling import Selling

CASH, TURN = "cash", "turn"


def start(m: Selling, *, again: bool) -> None:
    """Ask the devices what happened; customers wait until they have answered."""
    choosing.begin(m, None, "cash")
    m.sale.again = again
    if again:
        _forget_requests(m)
    awaits = []
    if (vend := _open_vend(m)) is not None:
        awaits.append(TURN)
        m.tell(m.device("board"), AskTurn(lane=vend.lane, turn=turn_of(vend.sale, vend.unit)))
    if "cash" in m.tenders:
        awaits.append(CASH)
        m.tell(m.device("cash"), CountCash())
    m.sale.awaits = tuple(awaits)
    if awaits:
        choosing.enter(m, RECOVERING, RECOVERY_SECONDS)
    else:
        go_on_without(m)


def _forget_requests(m: Selling) -> None:
    """Shut the entries, and let go whatever was asked of a provider and left no fact.

    The number this start will spend is among it; it is spent only once the providers have been told.
    """
    books = m.books
    if "cash" in m.tenders:
        m.tell(m.device("cash"), AcceptCash(on=False))
    ways = len(m.readers)
    if books.sale:
        for number in range((books.asks + 1) * ways):
            if number not in books.booked:
                paying.let_go(m, books.sale, number, "")
    refused_first = () if books.last == books.sale else (books.last,)  # a unit refused, the rest asked for
    for sale in (*refused_first, m.sale.number):
        for number in range(ways):
            paying.let_go(m, sale, number, "")


def _open_vend(m: Selling) -> VendIntended | None:
    """The last unit intended, if nobody knows how it ended."""
    if not m.books.intents or m.lane(m.books.intents[-1].lane).has_ended(m.books.intents[-1]):
        return None
    return m.books.intents[-1]


# What devices say


def heard_turn(m: Selling, event: MotorTurned) -> None:
    """How the last unit ended."""
    vend = _open_vend(m)
    if vend is not None and event.turn == turn_of(vend.sale, vend.unit):
        m.sale.outcome = event.outcome
        _heard(m, TURN)


def heard_count(m: Selling, event: CashCounted) -> None:
    """What the cash device has counted; one that knows neither tubes nor coins is not there."""
    if event.tubes or event.values:
        m.values = event.values
        m.sale.counted = (event.inserted_minor, event.paid_minor, event.tubes)
    _heard(m, CASH)


def heard_coin(m: Selling, event: CashInserted) -> None:
    """A coin that was on its way when the power went."""
    _take(m, event.value_minor, event.held_in)


def _heard(m: Selling, device: str) -> None:
    m.sale.awaits = tuple(each for each in m.sale.awaits if each != device)
    if not m.sale.awaits:
        go_on_without(m)


def metered(m: Selling, event: CashCounted) -> None:
    """The cash device was asked, or somebody put coins in or took them out by hand."""
    if event.tubes or event.values:
        m.values = event.values
        _meter(m, event.inserted_minor, event.paid_minor, event.tubes)


def _meter(m: Selling, inserted_minor: int, paid_minor: int, tubes: Pieces) -> None:
    m.record(CashMetered(inserted_minor=inserted_minor, paid_minor=paid_minor, tubes=tubes))


# Ending what was begun


def go_on_without(m: Selling) -> None:
    """End what was interrupted, with what the devices have said by now."""
    sale = m.sale
    if sale.again:
        m.record(MachineRestarted(sale=sale.number))
    if (vend := _open_vend(m)) is not None:
        if sale.outcome in ("", UNKNOWN):
            vending.flag_unknown(m, vend)
        else:
            m.lane(vend.lane).turned(vend, sale.outcome)
    if sale.counted is not None:
        _compare(m, *sale.counted)
    elif not m.books.cash_minor and m.books.metered is None:
        if m.float_minor:
            m.record(FloatSet(amount_minor=m.float_minor))
    elif "cash" in m.tenders:
        returning.flag_cash(m, "restart")
    asked_back = m.books.refunding == (m.books.sale, m.books.ask)  # which settles it, for less
    sale.unsettled = bool(m.books.tender) and (bool(m.card_held_minor) or not asked_back)
    vending.go_on(m)


def _compare(m: Selling, inserted_minor: int, paid_minor: int, tubes: Pieces) -> None:
    """Make facts of money that moved without one; take the tubes as counted."""
    books, counted_minor = m.books, sum(value * count for value, count in tubes)
    was = books.metered
    if was is None:
        if not books.cash_minor and counted_minor:
            m.record(FloatSet(amount_minor=counted_minor, pieces=tubes))
        _meter(m, inserted_minor, paid_minor, tubes)
        return
    if inserted_minor >= 0 and was.inserted_minor >= 0:
        came = inserted_minor - was.inserted_minor - books.came_minor
        went = paid_minor - was.paid_minor - books.went_minor
        anew = came < 0 or went < 0  # its counters began anew
    else:
        more = counted_minor - books.tubes_minor
        came, went = max(more, 0), min(max(-more, 0), books.pay_out_minor)
        anew = _is_by_hand(m, came, tubes)
        if anew and (float_minor := counted_minor - books.cash_minor) > 0:
            m.record(FloatSet(amount_minor=float_minor))
    if anew and books.pay_out_minor:
        returning.flag_cash(m, "restart")  # nobody knows what was paid
    if not anew:
        _book(m, came, went, tubes)
    if anew or came or went or {v: n for v, n in tubes if n} != {v: n for v, n in books.tubes.items() if n}:
        _meter(m, inserted_minor, paid_minor, tubes)


def _is_by_hand(m: Selling, came_minor: int, tubes: Pieces) -> bool:
    """Whether tubes of a device without counters changed by more than a customer's last coin and the change.

    Then somebody filled or changed them while it was off, or one of its units does not answer: an empty tube
    stands with count 0. A hand mostly fills from the cash box; only what the books cannot hold is new money.
    """
    was, counted = m.books.tubes, dict(tubes)
    if any(count and value not in counted for value, count in was.items()):
        return True
    if not came_minor:
        return False
    if len(counted) == 1:
        return came_minor not in m.values  # it knows only the sum
    moved = [(value, count - was.get(value, 0)) for value, count in tubes if count != was.get(value, 0)]
    return [more for _, more in moved] != [1] or moved[0][0] not in was


def _book(m: Selling, came_minor: int, went_minor: int, tubes: Pieces) -> None:
    """Note what came in without a fact, and what went out."""
    books = m.books
    if came_minor and not went_minor:
        for value, count in tubes:
            for _ in range(count - books.tubes.get(value, 0)):
                if value <= came_minor:
                    _take(m, value, "tube")
                    came_minor -= value
    if came_minor:
        _take(m, came_minor, "cash_box")
    if paid_minor := min(went_minor, m.cash_held_minor):
        m.record(ChangePaid(sale=books.sale, amount_minor=paid_minor))


def _take(m: Selling, amount_minor: int, held_in: str) -> None:
    """For the sale that was interrupted, or else for the number that the start has spent."""
    books = m.books
    sale = books.sale if m.cash_held_minor or books.tender else m.sale.number
    m.record(CashTaken(sale=sale, amount_minor=amount_minor, held_in=held_in))
