"""Rates of customers as a recording has them: for further customers upon it, and for comparisons with it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from scenarios.chain import Chain
from simulator.customers.rates import PER_HOUR_MAX, MachineRates
from simulator.customers.recorded import Attempt


def machine_rates(
    attempts: Iterable[Attempt], chain: Chain, first: date, last: date
) -> tuple[MachineRates, ...]:
    """What each machine's customers were on average in these days.

    Hour and weekday are taken to act apart: customers an hour are the day's mean in that hour times the
    weekday's factor. A machine without a customer has no rates.
    """
    by_machine: defaultdict[str, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        by_machine[attempt.machine].append(attempt)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return tuple(
        _rates(plan.id, by_machine[plan.id], days, chain.zone)
        for plan in chain.machines
        if plan.id in by_machine
    )


def _rates(machine: str, attempts: Sequence[Attempt], days: Sequence[date], zone: ZoneInfo) -> MachineRates:
    hours: Counter[int] = Counter()
    weekdays: Counter[int] = Counter()
    lanes: Counter[str] = Counter()
    prices: dict[str, int] = {}
    tenders: Counter[str] = Counter()
    for attempt in attempts:
        local = datetime.fromtimestamp(attempt.at_us // 1_000_000, UTC).astimezone(zone)
        hours[local.hour] += 1
        weekdays[local.weekday()] += 1
        tenders[attempt.tender] += 1
        for line in attempt.lines:
            lanes[line.lane] += 1
            prices[line.lane] = line.price_minor
    held = Counter(day.weekday() for day in days)
    mean = len(attempts) / len(days)
    return MachineRates(
        machine=machine,
        hourly=tuple(min(hours[hour] / len(days), PER_HOUR_MAX) for hour in range(24)),
        weekday=tuple(weekdays[n] / held[n] / mean if held[n] else 1.0 for n in range(7)),
        lanes=tuple((lane, prices[lane], float(lanes[lane])) for lane in sorted(lanes)),
        tenders=tuple((tender, float(tenders[tender])) for tender in sorted(tenders)),
        second_item_share=sum(len(attempt.lines) > 1 for attempt in attempts) / len(attempts),
    )
