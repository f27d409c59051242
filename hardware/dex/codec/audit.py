"""A file in, audits out."""

from __future__ import annotations

from hardware.dex.codec import currency, events, g85, lanes
from hardware.dex.codec.lines import Line, Section, split
from hardware.dex.codec.moments import moment
from hardware.dex.codec.values import Audit, CashFlow, Count, Reads, Tube

_EMPTY = Line("", ())


def read(data: bytes) -> list[Audit]:
    """Every audit in a file, in its order; [] if it holds none.

    Raises:
        ProtocolError: the file is greater than the ceilings in ``codec.lines``.
    """
    return [audit(section) for section in split(data)]


def audit(section: Section) -> Audit:
    """What one audit says."""
    verdict = g85.check(section)
    found, shifted = lanes.lanes(section.lines)
    logged = events.log(section.every("EA1"))
    machine, board = _line(section, "ID1"), _line(section, "CB1")
    clock, reads = _line(section, "ID5"), _line(section, "EA3")
    money = section.first("ID4")
    decimals = currency.decimals(money)
    flow = _flow(section, decimals)
    return Audit(
        sender=_line(section, "DXS").text(1),
        serial=machine.text(1),
        model=machine.text(2),
        board_serial=board.text(1),
        currency=currency.currency(money),
        decimals=decimals,
        taken_at=moment(clock, 1, 2, 3),
        paid=_amounts_first(section, "VA1"),
        test=_amounts_first(section, "VA2"),
        free=_amounts_first(section, "VA3"),
        cash=_amounts_first(section, "CA2"),
        cashless=_amounts_first(section, "DA2"),
        cashless_2=_amounts_first(section, "DB2"),
        tokens=_tokens(section),
        flow=flow,
        interval_flow=_interval_flow(section),
        in_tubes_minor=_line(section, "CA15").number(1),
        filled_minor=_line(section, "CA10").number(2),
        tubes=tuple(
            Tube(value_minor=value, count=line.number(3))
            for line in section.every("CA17")
            if (value := line.number(2)) is not None
        ),
        outages=_line(section, "EA7").number(2),
        lanes=found,
        events=events.events(section.every("EA2"), logged),
        log=logged,
        reads=Reads(resets=reads.number(1), at=moment(reads, 2, 3), previous_at=moment(reads, 5, 6)),
        g85=verdict,
        warnings=tuple(_warnings(section, verdict, shifted)),
        lines=section.lines,
    )


def _line(section: Section, block: str) -> Line:
    return section.first(block) or _EMPTY


def _amounts_first(section: Section, block: str) -> Count:
    """A block of amount, units since initialisation, then the same in the interval."""
    line = _line(section, block)
    return Count(
        amount_minor=line.number(1),
        units=line.number(2),
        interval_minor=line.number(3),
        interval_units=line.number(4),
    )


def _tokens(section: Section) -> Count:
    """Vend tokens (TA201 to 04) and value tokens (TA205 to 08) together."""
    line = _line(section, "TA2")
    amount, units, interval, interval_units = (
        _added(line.number(number), line.number(number + 4)) for number in (1, 2, 3, 4)
    )
    return Count(amount_minor=amount, units=units, interval_minor=interval, interval_units=interval_units)


def _added(first: int | None, second: int | None) -> int | None:
    return first if second is None else (first or 0) + second


def _flow(section: Section, decimals: int | None) -> CashFlow:
    taken, paid = _line(section, "CA3"), _line(section, "CA4")
    bills = taken.number(10)
    if bills is None:
        bills = _old_bills(taken, decimals)
    return CashFlow(
        in_minor=taken.number(5),
        to_cashbox_minor=taken.number(6),
        to_tubes_minor=taken.number(7),
        bills_minor=bills,
        dispensed_minor=paid.number(3),
        manual_minor=paid.number(4),
    )


def _interval_flow(section: Section) -> CashFlow:
    taken, paid = _line(section, "CA3"), _line(section, "CA4")
    bills = taken.number(9)
    return CashFlow(
        in_minor=taken.number(1),
        to_cashbox_minor=taken.number(2),
        to_tubes_minor=taken.number(3),
        bills_minor=taken.number(4) if bills is None else bills,
        dispensed_minor=paid.number(1),
        manual_minor=paid.number(2),
    )


def _old_bills(line: Line, decimals: int | None) -> int | None:
    """CA308, printed in minor units (ELKATT, Rhea) or in whole ones (IDS): by what makes the sum."""
    bills = line.number(8)
    if not bills:
        return bills
    whole = bills * 10 ** (2 if decimals is None else decimals)
    total, box, tubes = (line.number(number) or 0 for number in (5, 6, 7))
    return whole if total == box + tubes + whole else bills


def _warnings(section: Section, verdict: g85.Verdict, shifted: bool) -> list[str]:
    """What a reader of the figures should know."""
    found = []
    if verdict.result in (g85.SWAPPED, g85.MISMATCH):
        found.append(f"G85 {verdict.result}: {verdict.reason}")
    if section.tool and verdict.result != g85.MISMATCH:
        found.append("rewritten by an office tool (ST-1, SE-1 or @$ lines)")
    if section.strays:
        found.append(f"{section.strays} line(s) that are no segments, left out")
    if shifted:
        found.append("PA101 is empty everywhere: PA102 was taken as the lane and PA103 as its price")
    if section.first("SE") is None and section.first("DXE") is None:
        found.append("cut off: neither SE nor DXE")
    elif (miscount := _miscount(section)) is not None:
        found.append(miscount)
    return found


def _miscount(section: Section) -> str | None:
    """SE01 counts the segments from ST to SE, both included; loop markers do not count (seen: ITL)."""
    blocks = [line.block for line in section.lines if line.block not in ("LS", "LE")]
    if "ST" not in blocks or "SE" not in blocks or section.tool:
        return None
    said = _line(section, "SE").number(1)
    counted = blocks.index("SE") - blocks.index("ST") + 1
    if said is None or said == counted:
        return None
    return f"SE says {said} segments, counted {counted}"
