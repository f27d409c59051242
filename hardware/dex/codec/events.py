"""Events of an audit: the counters and states of EA2 with the times of EA1."""

from __future__ import annotations

import attrs

from hardware.dex.codec.lines import Line
from hardware.dex.codec.moments import moment
from hardware.dex.codec.values import Event

_ACTIVE = {"1": True, "0": False}


def log(lines: list[Line]) -> tuple[tuple[str, str | None], ...]:
    """Every EA1 with a code: (code, ISO 8601 local time or None)."""
    return tuple((code, moment(line, 2, 3)) for line in lines if (code := line.text(1)) is not None)


def events(counters: list[Line], logged: tuple[tuple[str, str | None], ...]) -> tuple[Event, ...]:
    """One for each code, in the order of first mention: EA2's where it says something, EA1's latest time.

    A code that only stands in EA1 has no counter.
    """
    last: dict[str, str | None] = {}
    for name, at in logged:
        known = last.get(name)
        last[name] = at if known is None or (at is not None and at > known) else known
    found = {name: Event(code=name, at=at) for name, at in last.items()}
    for line in counters:
        if (code := line.text(1)) is None:
            continue
        event = found.get(code) or Event(code=code)
        said = Event(
            code=code,
            interval_count=line.number(2),
            count=line.number(3),
            active=_ACTIVE.get(line.text(5) or ""),
            at=event.at,
        )
        if (event.count, event.active) == (None, None) or (said.count, said.active) != (None, None):
            event = attrs.evolve(said, count=said.count if said.count is not None else event.count)
        found[code] = event
    return tuple(found.values())
