"""What an audit says, as values.

Amounts are whole numbers in units of 10**-decimals of the currency; None is what the audit does not say.
"since initialisation" never falls; "interval" is since the last read that reset it.
"""

from __future__ import annotations

import attrs

from hardware.dex.codec.g85 import ABSENT, Verdict
from hardware.dex.codec.lines import Line


@attrs.frozen(kw_only=True)
class Count:
    """Units and their amount, since initialisation and in the interval (VA1, CA2, DA2, DB2, TA2, ...)."""

    units: int | None = None
    amount_minor: int | None = None
    interval_units: int | None = None
    interval_minor: int | None = None


NOTHING = Count()


@attrs.frozen(kw_only=True)
class CashFlow:
    """Money in and out, for one period (CA3, CA4).

    Attributes:
        in_minor: all coins and bills taken (CA305 | CA301).
        to_cashbox_minor, to_tubes_minor: where coins went (CA306, CA307 | CA302, CA303).
        bills_minor: bills taken (CA310, else CA308 | CA309, else CA304).
        dispensed_minor: paid out of tubes in all (CA403 | CA401).
        manual_minor: the part of it paid out by hand at the changer (CA404 | CA402).
    """

    in_minor: int | None = None
    to_cashbox_minor: int | None = None
    to_tubes_minor: int | None = None
    bills_minor: int | None = None
    dispensed_minor: int | None = None
    manual_minor: int | None = None


NO_FLOW = CashFlow()


@attrs.frozen(kw_only=True)
class Lane:
    """One selection (PA1) and what it sold (PA2, or its PA7 together).

    Attributes:
        lane: PA101.
        product: PA103.
        absent: True for PA107 = 1.
        level: PA108, units.
    """

    lane: str
    price_minor: int | None = None
    product: str | None = None
    sold: int | None = None
    amount_minor: int | None = None
    interval_sold: int | None = None
    interval_minor: int | None = None
    absent: bool = False
    level: int | None = None


@attrs.frozen(kw_only=True)
class Event:
    """One kind of event: its counter and state (EA2) and its last time (EA1).

    Attributes:
        code: EA201, e.g. "EJH".
        count, interval_count: how often (EA203, EA202).
        active: EA205.
        at: local time of the machine, ISO 8601.
    """

    code: str
    count: int | None = None
    interval_count: int | None = None
    active: bool | None = None
    at: str | None = None


@attrs.frozen(kw_only=True)
class Tube:
    """A coin type and its tube (CA17)."""

    value_minor: int
    count: int | None = None


@attrs.frozen(kw_only=True)
class Reads:
    """How often and when the audit was read (EA3).

    Attributes:
        resets: reads that reset the interval, since initialisation (EA301).
        at, previous_at: this read and the last one, ISO 8601 local.
    """

    resets: int | None = None
    at: str | None = None
    previous_at: str | None = None


UNCHECKED = Verdict(ABSENT)
NO_READS = Reads()


@attrs.frozen(kw_only=True)
class Audit:
    """One audit.

    Attributes:
        sender: DXS01.
        serial, model: ID101, ID102.
        board_serial: CB101.
        taken_at: the machine's clock (ID5), ISO 8601 local.
        paid, test, free: VA1, VA2, VA3.
        cash, cashless, cashless_2, tokens: sales by tender: CA2, DA2, DB2, TA2 (vend and value tokens).
        flow, interval_flow: cash since initialisation and in the interval.
        in_tubes_minor: CA15.
        filled_minor: coins filled in by hand since initialisation (CA1002).
        outages: power outages since initialisation (EA702).
        log: EA1 as (code, time), in their order.
        warnings: one line each.
        lines: every segment.
    """

    sender: str | None = None
    serial: str | None = None
    model: str | None = None
    board_serial: str | None = None
    currency: str | None = None
    decimals: int | None = None
    taken_at: str | None = None
    paid: Count = NOTHING
    test: Count = NOTHING
    free: Count = NOTHING
    cash: Count = NOTHING
    cashless: Count = NOTHING
    cashless_2: Count = NOTHING
    tokens: Count = NOTHING
    flow: CashFlow = NO_FLOW
    interval_flow: CashFlow = NO_FLOW
    in_tubes_minor: int | None = None
    filled_minor: int | None = None
    tubes: tuple[Tube, ...] = ()
    outages: int | None = None
    lanes: tuple[Lane, ...] = ()
    events: tuple[Event, ...] = ()
    log: tuple[tuple[str, str | None], ...] = ()
    reads: Reads = NO_READS
    g85: Verdict = UNCHECKED
    warnings: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
