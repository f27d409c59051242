"""What must hold between two reads of one machine.

The counters since initialisation are cross-checked (EVA-DTS 6.2; exact on real pairs of NIS, CPI and ELKATT),
and the interval counters against them where no other read came between.
"""

from __future__ import annotations

import attrs

from hardware.dex.codec.values import Audit
from runtime.errors import ConfigError


@attrs.frozen
class Identity:
    """Two sums that must be equal. ``name`` says which elements, e.g. "VA1=CA2+DA2"."""

    name: str
    left: int
    right: int

    @property
    def holds(self) -> bool:
        """Whether they are."""
        return self.left == self.right


def same_machine(old: Audit, new: Audit) -> None:
    """Raise ConfigError unless both audits name the same machine (ID1; else CB101; else DXS01)."""
    told = [("ID101", old.serial, new.serial), ("ID102", old.model, new.model)]
    if old.serial is new.serial is None:
        told += [("CB101", old.board_serial, new.board_serial), ("DXS01", old.sender, new.sender)]
    for element, was, now in told:
        if was != now:
            raise ConfigError(
                f"reconcile: both audits must be of one machine, but {element} is {was or 'empty'!r} in OLD "
                f"and {now or 'empty'!r} in NEW"
            )


def identities(old: Audit, new: Audit) -> list[Identity]:
    """Every identity that both audits carry the elements of; first those that tell whether to trust them."""
    found = [_no_fall(old, new), _sales(old, new), _cash_in(old, new), _tubes(old, new)]
    return [identity for identity in found if identity is not None] + intervals(old, new)


def rise(was: int | None, now: int | None) -> int | None:
    """By how much a counter rose; None if either audit does not carry it."""
    return None if was is None or now is None else now - was


def _no_fall(old: Audit, new: Audit) -> Identity | None:
    """Counters since initialisation never fall; they do if NEW is older, or the machine began anew."""
    for name, was, now in (
        ("VA101", old.paid.amount_minor, new.paid.amount_minor),
        ("VA102", old.paid.units, new.paid.units),
    ):
        if was is not None and now is not None and now < was:
            return Identity(f"{name} never falls", now, was)
    return None


def _sales(old: Audit, new: Audit) -> Identity | None:
    """All paid vends are the vends of every tender together."""
    paid = rise(old.paid.amount_minor, new.paid.amount_minor)
    if paid is None:
        return None
    parts = {
        "CA2": rise(old.cash.amount_minor, new.cash.amount_minor),
        "DA2": rise(old.cashless.amount_minor, new.cashless.amount_minor),
        "DB2": rise(old.cashless_2.amount_minor, new.cashless_2.amount_minor) or None,
        "TA2": rise(old.tokens.amount_minor, new.tokens.amount_minor) or None,
    }
    if parts["CA2"] is parts["DA2"] is None:
        return None
    name = "+".join(["CA2", "DA2", *(block for block in ("DB2", "TA2") if parts[block])])
    return Identity(f"VA1={name}", paid, sum(part or 0 for part in parts.values()))


def _cash_in(old: Audit, new: Audit) -> Identity | None:
    """Cash in is cash box and tubes, and bills where the machine counts those beside the cash box."""
    total = rise(old.flow.in_minor, new.flow.in_minor)
    box = rise(old.flow.to_cashbox_minor, new.flow.to_cashbox_minor)
    if total is None or box is None:
        return None
    coins = box + (rise(old.flow.to_tubes_minor, new.flow.to_tubes_minor) or 0)
    bills = rise(old.flow.bills_minor, new.flow.bills_minor)
    if (not bills and total == coins) or bills is None or _bills_inside(old, new):
        return Identity("CA305=CA306+CA307", total, coins)
    return Identity("CA305=CA306+CA307+bills", total, coins + bills)


def _bills_inside(old: Audit, new: Audit) -> bool:
    """Whether CA306 holds the bills too (CPI Gryphon: yes; IDS, ELKATT: no): by what makes the sum."""
    return all(
        flow.in_minor == (flow.to_cashbox_minor or 0) + (flow.to_tubes_minor or 0)
        for flow in (old.flow, new.flow)
    )


def _tubes(old: Audit, new: Audit) -> Identity | None:
    """The tubes hold what went in and was not paid out; hand filling is in CA307 with some makers."""
    held = rise(old.in_tubes_minor, new.in_tubes_minor)
    taken = rise(old.flow.to_tubes_minor, new.flow.to_tubes_minor)
    paid = rise(old.flow.dispensed_minor, new.flow.dispensed_minor)
    if held is None or taken is None or paid is None:
        return None
    filled = rise(old.filled_minor, new.filled_minor) or 0
    if filled and held == taken + filled - paid:
        return Identity("CA15=CA307+CA10-CA403", held, taken + filled - paid)
    return Identity("CA15=CA307-CA403", held, taken - paid)


Pair = tuple[str, int | None, int | None]
"""Name, counter since initialisation, interval counter."""


def intervals(old: Audit, new: Audit) -> list[Identity]:
    """Interval counters against the ones since initialisation: reset by OLD's read, or gone on from there.

    Where one fits neither way and EA301 does not say that NEW was the very next read with a reset, another
    read came between, and nothing is compared.
    """
    found = [
        _interval(name, total - before, was, interval)
        for (name, before, was), (_, total, interval) in zip(_pairs(old), _pairs(new), strict=True)
        if before is not None and total is not None and interval is not None
        if before >= (was or 0)
        and total >= interval  # else the maker leaves one of the two at 0 (seen: ELKATT)
    ]
    next_read = rise(old.reads.resets, new.reads.resets) == 1
    return found if next_read or all(identity.holds for identity in found) else []


def _interval(name: str, grown: int, was: int | None, interval: int) -> Identity:
    if was and interval == was + grown:
        return Identity(f"{name}, not reset", interval, was + grown)
    return Identity(name, interval, grown)


def _pairs(audit: Audit) -> list[Pair]:
    """Every counter that audits carry twice; the name is interval=rise."""
    counts = (("VA1", audit.paid), ("CA2", audit.cash), ("DA2", audit.cashless))
    pairs: list[Pair] = []
    for block, count in counts:
        pairs.append((f"{block}03=d{block}01", count.amount_minor, count.interval_minor))
        pairs.append((f"{block}04=d{block}02", count.units, count.interval_units))
    flow, interval = audit.flow, audit.interval_flow
    return [
        *pairs,
        ("CA301=dCA305", flow.in_minor, interval.in_minor),
        ("CA302=dCA306", flow.to_cashbox_minor, interval.to_cashbox_minor),
        ("CA303=dCA307", flow.to_tubes_minor, interval.to_tubes_minor),
        ("CA401=dCA403", flow.dispensed_minor, interval.dispensed_minor),
    ]
