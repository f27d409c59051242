"""Sampled demand: customers at Poisson times, whose every trait is a hash of seed, place, hour and number.

Nothing is carried from one hour to the next, so a stream that starts in the middle of a day goes on as one
that started earlier would have, and a machine's customers do not depend on which other machines there are.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from runtime.dice import Dice, address_key
from simulator.customers.keypad import Arrival
from simulator.customers.rates import PER_HOUR_MAX, MachineRates, StoreRates
from simulator.customers.till_keys import Basket
from simulator.money import Money

HOUR_US = 3_600_000_000
GROUP_NUMBERS = 100_000_000_000
"""Customers of a further group have numbers of their own: the group's number times this on top."""
EXACT_CASH_SHARE = 0.5
"""Share of cash customers who count out the exact sum (estimate)."""

Words = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MAX_COUNT = int(PER_HOUR_MAX * 3)


def arrivals(
    rates: Sequence[MachineRates],
    from_us: int,
    to_us: int,
    *,
    seed: int,
    zone: tzinfo,
    money: Money,
    group: int = 0,
    exact: bool = False,
) -> Iterator[tuple[int, str, Arrival]]:
    """Yield (at_us, keypad address, arrival) of all machines in order of time, from_us <= at_us < to_us.

    Hours are made one at a time as they are drawn, so ``to_us`` may lie in the far future.

    Args:
        rates: of each machine.
        from_us: microseconds since 1970 UTC.
        to_us: likewise, exclusive.
        seed: of all chance.
        zone: the chain's.
        money: what customers pay cash with.
        group: further customers of the same machines, drawn apart from those of group 0.
        exact: whoever pays cash has the exact sum.
    """
    if not rates:
        return
    crowd = _Crowd(rates, seed, money, group, exact)
    for hour in range(from_us // HOUR_US, -(-to_us // HOUR_US)):
        yield from crowd.hour(hour, from_us, to_us, *_local(hour, zone))


def _local(hour: int, zone: tzinfo) -> tuple[int, int]:
    """Weekday (Monday 0) and local hour in which this hour since 1970 begins."""
    local = datetime.fromtimestamp(hour * 3600, zone)
    return local.weekday(), local.hour


def _mixed(words: Words) -> Words:
    """The finaliser of splitmix64 over an array."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Words = words ^ (words >> np.uint64(31))
    return mixed


def _uniform(keys: Words, draw: int) -> Floats:
    """The draw of this number under each key, in [0, 1)."""
    step = np.multiply(np.array([draw], dtype=np.uint64), _GOLDEN)
    return (_mixed(keys + step) >> np.uint64(11)).astype(np.float64) * (1.0 / (1 << 53))


def _poisson(means: Floats, uniform: Floats) -> Whole:
    """Poisson numbers by inversion of the distribution function."""
    counts = np.zeros(len(means), dtype=np.int64)
    share: Floats = np.exp(-means)
    reached = share.copy()
    for count in range(1, _MAX_COUNT):
        above = uniform >= reached
        if not above.any():
            break
        counts[above] = count
        share = share * means / count
        reached = reached + share
    return counts


class _Crowd:
    """The customers of many machines, an hour at a time, in arrays."""

    def __init__(
        self, rates: Sequence[MachineRates], seed: int, money: Money, group: int, exact: bool
    ) -> None:
        self.money = money
        self.numbers_from = group * GROUP_NUMBERS
        self.exact = exact
        ordered = sorted(rates, key=lambda each: each.machine)
        self.keypads = [f"{each.machine}/keypad" for each in ordered]
        name = f"customers/{group}" if group else "customers"
        self.keys = np.array(
            [address_key(seed, f"{each.machine}/{name}") for each in ordered], dtype=np.uint64
        )
        self.hourly = np.array([each.hourly for each in ordered])
        self.weekday = np.array([each.weekday for each in ordered])
        self.second = np.array([each.second_item_share for each in ordered])
        self.lanes = _Choices(
            [tuple(((code, price), w) for code, price, w in each.lanes) for each in ordered]
        )
        self.tenders = _Choices([each.tenders for each in ordered])

    def hour(
        self, hour: int, from_us: int, to_us: int, weekday: int, of_day: int
    ) -> Iterator[tuple[int, str, Arrival]]:
        """The customers of one hour since 1970, in order of time and then of machine."""
        keys = _mixed(self.keys + np.multiply(np.array([hour], dtype=np.uint64), _GOLDEN))
        counts = _poisson(self.hourly[:, of_day] * self.weekday[:, weekday], _uniform(keys, 0))
        machine = np.repeat(np.arange(len(keys)), counts)
        number = np.arange(len(machine)) - np.repeat(np.cumsum(counts) - counts, counts)
        keys = _mixed(keys[machine] + (number + 1).astype(np.uint64) * _GOLDEN)
        at_us = hour * HOUR_US + (_uniform(keys, 0) * HOUR_US).astype(np.int64)
        inside = (at_us >= from_us) & (at_us < to_us)
        order = np.lexsort((number, machine, at_us))
        order = order[inside[order]]
        keys, machine, number, at_us = keys[order], machine[order], number[order], at_us[order]
        firsts = self.lanes.choose(machine, _uniform(keys, 1))
        seconds = self.lanes.choose(machine, _uniform(keys, 2))
        twice = (_uniform(keys, 3) < self.second[machine]).tolist()
        tenders = self.tenders.choose(machine, _uniform(keys, 4))
        pays = [0.0] * len(machine) if self.exact else _uniform(keys, 5).tolist()
        customers = (self.numbers_from + hour * 10_000 + number).tolist()
        keypads, money = self.keypads, self.money
        for index, (at, who) in enumerate(zip(at_us.tolist(), machine.tolist(), strict=True)):
            (lane, amount), tender = firsts[index], tenders[index]
            lanes: tuple[str, ...] = (lane,)
            if twice[index]:
                lane, more = seconds[index]
                lanes, amount = (*lanes, lane), amount + more
            cash = cash_for(money, amount, pays[index]) if tender == "cash" else ()
            yield at, keypads[who], Arrival(customer=customers[index], lanes=lanes, tender=tender, cash=cash)


class _Choices:
    """Weighted choices of many owners; owners with the same choices share a row."""

    def __init__(self, owners: Sequence[tuple[tuple[Any, float], ...]]) -> None:
        rows: dict[tuple[tuple[Any, float], ...], int] = {}
        self.row = np.array([rows.setdefault(choices, len(rows)) for choices in owners])
        self.values = [[value for value, _ in choices] for choices in rows]
        self.reached = np.ones((len(rows), max(map(len, rows))))
        for number, choices in enumerate(rows):
            total = math.fsum(weight for _, weight in choices)
            reached = [sum_ / total for sum_ in accumulate(weight for _, weight in choices)]
            self.reached[number, : len(reached) - 1] = reached[:-1]

    def choose(self, owner: Whole, uniform: Floats) -> list[Any]:
        """The value each owner's number stands for."""
        row = self.row[owner]
        position = (self.reached[row] <= uniform[:, None]).sum(axis=1)
        values = self.values
        return [values[r][p] for r, p in zip(row.tolist(), position.tolist(), strict=True)]


def cash_for(money: Money, amount_minor: int, uniform: float) -> tuple[int, ...]:
    """The pieces somebody pays a machine with: the exact sum, or handy pieces of one kind."""
    if uniform < EXACT_CASH_SHARE:
        return money.exact(amount_minor)
    kind = int((uniform - EXACT_CASH_SHARE) / (1.0 - EXACT_CASH_SHARE) * len(money.handy))
    return money.with_one_kind(amount_minor, money.handy[kind])


def baskets(
    rates: Sequence[StoreRates],
    from_us: int,
    to_us: int,
    *,
    seed: int,
    zone: tzinfo,
    money: Money,
    group: int = 0,
) -> Iterator[tuple[int, str, Basket]]:
    """Yield (at_us, keys address, basket) of all stores in order of time, from_us <= at_us < to_us.

    ``group`` as in ``arrivals``.
    """
    priced = [{code: (price, weighed) for code, price, weighed in each.prices} for each in rates]
    for hour in range(from_us // HOUR_US, -(-to_us // HOUR_US)):
        when = _local(hour, zone)
        streams = [
            _shoppers(each, prices, hour, when, seed, money, group)
            for each, prices in zip(rates, priced, strict=True)
        ]
        for at_us, keys, basket in heapq.merge(*streams, key=lambda each: each[:2]):
            if from_us <= at_us < to_us:
                yield at_us, keys, basket


def _shoppers(
    rates: StoreRates,
    prices: dict[str, tuple[int, bool]],
    hour: int,
    when: tuple[int, int],
    seed: int,
    money: Money,
    group: int,
) -> Iterator[tuple[int, str, Basket]]:
    """One store's shoppers of one hour."""
    weekday, of_day = when
    mean = rates.hourly[of_day] * rates.weekday[weekday]
    if mean <= 0.0:
        return
    name = f"customers/{hour}/{group}" if group else f"customers/{hour}"
    dice = Dice(address_key(seed, f"{rates.store}/{name}"))
    at, number = dice.exponential(1.0 / mean), group * GROUP_NUMBERS
    while at < 1.0:
        lines = rates.baskets[dice.below(len(rates.baskets))]
        till = rates.tills[dice.below(len(rates.tills))]
        tender = _weighted(rates.tenders, dice.uniform())
        pay = dice.uniform()
        given = cash_at_till(money, _total(lines, prices), pay) if tender == "cash" else 0
        basket = Basket(customer=hour * 10_000 + number, lines=lines, tender=tender, given_minor=given)
        yield hour * HOUR_US + int(at * HOUR_US), f"{till}/keys", basket
        at, number = at + dice.exponential(1.0 / mean), number + 1


def _weighted(choices: tuple[tuple[str, float], ...], uniform: float) -> str:
    reach = uniform * math.fsum(weight for _, weight in choices)
    for value, weight in choices:
        reach -= weight
        if reach < 0.0:
            return value
    return choices[-1][0]


def _total(lines: tuple[tuple[str, int], ...], prices: dict[str, tuple[int, bool]]) -> int:
    """A basket's total; weighed lines are grams at a price a kilogram, rounded half up as the till does."""
    total = 0
    for code, quantity in lines:
        price, weighed = prices[code]
        total += (price * quantity + 500) // 1000 if weighed else price * quantity
    return total


def cash_at_till(money: Money, total_minor: int, uniform: float) -> int:
    """What somebody hands a cashier: the exact sum, or the next full handy piece."""
    if uniform < EXACT_CASH_SHARE:
        return total_minor
    kind = int((uniform - EXACT_CASH_SHARE) / (1.0 - EXACT_CASH_SHARE) * len(money.handy))
    return sum(money.with_one_kind(total_minor, money.handy[kind]))
