"""How many alarms come, and which come too often: pure rules.

EEMUA 191 (3rd ed.): one alarm in ten minutes an operator is very likely acceptable as a long-term average,
more than ten in ten minutes is more than a person can answer. ISA-18.2 calls the latter a flood, which is
over when fewer than five come in ten minutes; an alarm that comes three times or more in a short time
chatters, and one that holds for a day is stale. ISA-18.2 looks at a minute for chattering; vending machines
tell such things every few minutes, so ten minutes are looked at here.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence

import attrs

TEN_MINUTES_US = 600_000_000
DAY_US = 86_400_000_000
ACCEPTABLE, FLOOD_FROM, FLOOD_UNDER = 1, 10, 5
CHATTERS_FROM = 3
FREQUENT_MAX = 10

Tag = tuple[str, str]


@attrs.frozen(kw_only=True)
class Measured:
    """The last day. ``now``, ``average``: an operator's in ten minutes; steps of ten minutes, in order."""

    now: float
    average: float
    flood: bool
    steps: list[tuple[int, int]]
    chattering: list[tuple[Tag, int]]
    frequent: list[tuple[Tag, int]]


def measured(raised: Sequence[tuple[int, Tag]], now_us: int, operators: int) -> Measured:
    """Measure the alarms that came (when, what of), oldest first."""
    day = [(at_us, tag) for at_us, tag in raised if now_us - DAY_US < at_us <= now_us]
    last = now_us // TEN_MINUTES_US
    first = max(last - DAY_US // TEN_MINUTES_US + 1, day[0][0] // TEN_MINUTES_US if day else last)
    counts = Counter(at_us // TEN_MINUTES_US for at_us, _ in day)
    recent = sum(at_us > now_us - TEN_MINUTES_US for at_us, _ in day)
    return Measured(
        now=round(recent / operators, 2),
        average=round(len(day) / (last - first + 1) / operators, 2),
        flood=in_flood([at_us for at_us, _ in day], now_us, operators),
        steps=[(step * TEN_MINUTES_US, counts[step]) for step in range(first, last + 1)],
        chattering=chattering(day),
        frequent=Counter(tag for _, tag in day).most_common(FREQUENT_MAX),
    )


def in_flood(times: Iterable[int], now_us: int, operators: int) -> bool:
    """Whether a flood is on: over ten in ten minutes an operator came, and not fewer than five since."""
    window: deque[int] = deque()
    flood = False
    for at_us in times:
        flood = _left(window, at_us, operators, flood)
        window.append(at_us)
        flood = flood or len(window) > FLOOD_FROM * operators
    return _left(window, now_us, operators, flood)


def _left(window: deque[int], now_us: int, operators: int, flood: bool) -> bool:
    """Let go what is older than ten minutes; whether the flood goes on."""
    while window and window[0] <= now_us - TEN_MINUTES_US:
        window.popleft()
        flood = flood and len(window) >= FLOOD_UNDER * operators
    return flood


def chattering(raised: Iterable[tuple[int, Tag]]) -> list[tuple[Tag, int]]:
    """Tags that came three times or more within ten minutes, with the most that came so; the worst first."""
    windows: dict[Tag, deque[int]] = {}
    worst: Counter[Tag] = Counter()
    for at_us, tag in raised:
        window = windows.setdefault(tag, deque())
        window.append(at_us)
        while window[0] <= at_us - TEN_MINUTES_US:
            window.popleft()
        worst[tag] = max(worst[tag], len(window))
    return [(tag, times) for tag, times in worst.most_common(200) if times >= CHATTERS_FROM]
