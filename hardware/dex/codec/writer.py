"""An audit printed as a machine prints it: what a simulated DEX port sends."""

from __future__ import annotations

from hardware.dex.codec.crc import crc16
from hardware.dex.codec.currency import NUMBERS
from hardware.dex.codec.lines import joined
from hardware.dex.codec.moments import printed
from hardware.dex.codec.values import Audit, Count, Lane

Segment = tuple[str, ...]

SENDER_CHARACTERS = 10
"""DXS01 is a maker's 3 characters and 7 more (EVA-DTS 6.2)."""


def write(audit: Audit) -> bytes:
    """The audit as EVA-DTS lines with CR LF, its G85 and its segment count.

    ``g85``, ``log``, ``warnings`` and ``lines`` of the value are not printed but made anew. Reading it back
    gives the same values.
    """
    content = [*_machine(audit), *_sales(audit), *_money(audit), *_lanes(audit), *_events(audit)]
    return enveloped(content, audit.sender or "")


def enveloped(content: list[Segment], sender: str) -> bytes:
    """Segments with their envelope: DXS and ST before, G85, SE and DXE after."""
    covered = joined([("ST", "001", "0001"), *content])
    head = joined([("DXS", sender[:SENDER_CHARACTERS], "VA", "V0/6", "1")])
    tail = [
        ("G85", f"{crc16(covered):04X}"),
        ("SE", str(len(content) + 3), "0001"),
        ("DXE", "1", "1"),
    ]
    return head + covered + joined(tail)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _segment(block: str, *elements: object) -> Segment:
    return (block, *map(_text, elements))


def _machine(audit: Audit) -> list[Segment]:
    found = [_segment("ID1", audit.serial, audit.model)]
    if audit.board_serial is not None:
        found.append(_segment("CB1", audit.board_serial))
    if audit.decimals is not None or audit.currency is not None:
        number = NUMBERS.get(audit.currency or "")
        numeric = None if number is None else f"1{number:03d}"
        found.append(_segment("ID4", audit.decimals, numeric, audit.currency))
    if audit.taken_at is not None:
        day, clock = printed(audit.taken_at)
        found.append(_segment("ID5", day, clock))
    return found


def _sales(audit: Audit) -> list[Segment]:
    counts = {
        "VA1": audit.paid,
        "VA2": audit.test,
        "VA3": audit.free,
        "CA2": audit.cash,
        "DA2": audit.cashless,
        "DB2": audit.cashless_2,
    }
    found = [_count(block, count) for block, count in counts.items() if count != Count()]
    if audit.tokens != Count():
        found.append(_count("TA2", audit.tokens))
    return found


def _count(block: str, count: Count) -> Segment:
    return _segment(block, count.amount_minor, count.units, count.interval_minor, count.interval_units)


def _money(audit: Audit) -> list[Segment]:
    total, interval = audit.flow, audit.interval_flow
    taken = [interval.in_minor, interval.to_cashbox_minor, interval.to_tubes_minor, None]
    taken += [total.in_minor, total.to_cashbox_minor, total.to_tubes_minor, None]
    taken += [interval.bills_minor, total.bills_minor]
    paid = [interval.dispensed_minor, interval.manual_minor, total.dispensed_minor, total.manual_minor]
    found = []
    if any(value is not None for value in taken):
        found.append(_segment("CA3", *taken))
    if any(value is not None for value in paid):
        found.append(_segment("CA4", *paid))
    if audit.filled_minor is not None:
        found.append(_segment("CA10", None, audit.filled_minor))
    if audit.in_tubes_minor is not None:
        found.append(_segment("CA15", audit.in_tubes_minor))
    found += [
        _segment("CA17", number, tube.value_minor, tube.count) for number, tube in enumerate(audit.tubes)
    ]
    return found


def _lanes(audit: Audit) -> list[Segment]:
    return [segment for lane in audit.lanes for segment in _lane(lane)]


def _lane(lane: Lane) -> list[Segment]:
    status = 1 if lane.absent else None
    sold = (lane.sold, lane.amount_minor, lane.interval_sold, lane.interval_minor)
    found = [_segment("PA1", lane.lane, lane.price_minor, lane.product, None, None, None, status, lane.level)]
    if any(value is not None for value in sold):
        found.append(_segment("PA2", *sold))
    return found


def _events(audit: Audit) -> list[Segment]:
    found: list[Segment] = []
    for event in audit.events:
        if event.at is not None:
            found.append(_segment("EA1", event.code, *printed(event.at)))
        if (event.count, event.interval_count, event.active) != (None, None, None):
            active = None if event.active is None else int(event.active)
            found.append(_segment("EA2", event.code, event.interval_count, event.count, None, active))
    if audit.reads.resets is not None or audit.reads.at is not None:
        at = printed(audit.reads.at) if audit.reads.at else ("", "")
        before = printed(audit.reads.previous_at) if audit.reads.previous_at else ("", "")
        found.append(_segment("EA3", audit.reads.resets, *at, None, *before))
    if audit.outages is not None:
        found.append(_segment("EA7", None, audit.outages))
    return found
