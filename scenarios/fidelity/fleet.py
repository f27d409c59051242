"""Baskets at tills and jams of machines, beside what was recorded of others."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from scenarios import run, scenario
from scenarios.demand import csv_file
from scenarios.fidelity import stats
from scenarios.fidelity.check import AGREES, DEPARTS, NOT_COMPARED, Check, verdict
from scenarios.rehearsal.expect_counts import Counts
from simulator.customers import sampled
from simulator.customers.rates import StoreRates
from simulator.money import money_of

SHIPPED = Path(__file__).parents[1] / "days" / "bakery_2016_baskets.csv.gz"
KEPT_FROM = "2017-02-01"
LINES_MAX = 8
DRAWN_HOURS = 24 * 60
FAILURES_A_VEND = 0.0067
"""eu_fleet_2017: 0.67 % of 1.8 million vends (days/SOURCES.md)."""
FLEET_MACHINES = 2495
"""Machines of that fleet; whose number is not among the failures had none."""
BASKET_TOLERANCE = 0.05


def baskets(original: Path | None, seed: int) -> Check:
    """Lines a basket: the shipped baskets drawn by the simulator beside others of the same bakery."""
    if original is None:
        shipped = sorted(_lines(SHIPPED, ("basket", "item"), "basket", "").items())
        learnt, kept = [n for _, n in shipped[::2]], [n for _, n in shipped[1::2]]
        against = f"bakery 2016, {len(kept)} shipped baskets kept back from {len(learnt)}"
    else:
        learnt = list(_lines(SHIPPED, ("basket", "item"), "basket", "").values())
        kept = list(_lines(original, ("Date", "Transaction", "Item"), "Transaction", KEPT_FROM).values())
        against = f"bakery 2016, {len(kept):,} baskets from {KEPT_FROM} on, drawn from {len(learnt)}"
    rates = StoreRates(
        store="st-1",
        tills=("st-1/till/1",),
        hourly=(10.0,) * 24,
        baskets=tuple(tuple(("x", 1) for _ in range(lines)) for lines in learnt),
        prices=(("x", 100, False),),
        tenders=(("code", 1.0),),
    )
    drawn = sampled.baskets(
        [rates], 0, DRAWN_HOURS * 3_600_000_000, seed=seed, zone=UTC, money=money_of("HKD")
    )
    sizes = Counter(min(LINES_MAX, len(basket.lines)) for _, _, basket in drawn)
    were = Counter(min(LINES_MAX, lines) for lines in kept)
    one, other = ([float(found[n]) for n in range(1, LINES_MAX + 1)] for found in (were, sizes))
    distance = stats.total_variation(dict(enumerate(one)), dict(enumerate(other)))
    statistic, freedom, p = stats.chi_square(one, other)
    return Check(
        name="lines a basket at tills",
        against=against,
        figures=f"mean {_mean(one):.2f} and {_mean(other):.2f}; total variation {distance:.3f}; "
        f"chi-square {statistic:.1f} on {freedom}, p {p:.2g}",
        verdict=verdict(distance, BASKET_TOLERANCE, p),
        why="Baskets are drawn whole from recorded ones: nothing is in them that was never bought together.",
        x=[*range(1, LINES_MAX), f"{LINES_MAX} or more"],
        series={
            "recorded": [value / sum(one) for value in one],
            "simulated": [value / sum(other) for value in other],
        },
    )


def _mean(counts: list[float]) -> float:
    return sum(n * count for n, count in enumerate(counts, 1)) / sum(counts)


def _lines(path: Path, columns: tuple[str, ...], key: str, kept_from: str) -> dict[int, int]:
    """Different items of each basket; "NONE" is what the original writes where it does not know."""
    items: dict[int, set[str]] = {}
    for row in csv_file.rows(path, columns):
        item = row.text(columns[-1])
        if item != "NONE" and (not kept_from or row.text("Date") >= kept_from):
            items.setdefault(row.serial(key), set()).add(item)
    return {basket: len(some) for basket, some in items.items()}


def jams(failures: Path | None, machines: int, days: int, seed: int) -> list[Check]:
    """How many vends jam, and how unevenly over the machines."""
    prepared = scenario.prepare(
        scenario.load("hk-demo"), changes=[f"machines={machines}", "stores=0"], days=days, seed=seed
    )
    counts = Counts(prepared.chain)
    result = run.run(prepared, counts=counts)
    shut = [row.place for row in counts.rows if row.measure == "lanes shut" and row.word == "jam"]
    on_lanes, jammed = Counter(shut), len(shut)
    turns = result.tally.vended + jammed
    share = jammed / turns
    z = (share - FAILURES_A_VEND) / (FAILURES_A_VEND * (1 - FAILURES_A_VEND) / turns) ** 0.5
    p = stats.two_sided(z)
    rate = Check(
        name="vends that jam",
        against=f"eu_fleet_2017, {FAILURES_A_VEND:.2%} of vends",
        figures=f"simulated {jammed} of {turns:,} ({share:.2%}); z {z:.1f}, p {p:.2g}",
        verdict=verdict(abs(share / FAILURES_A_VEND - 1), 0.15, p),
        why="A turn jams by chance alone, whatever turned before.",
    )
    return [rate, _uneven(failures, [on_lanes[plan.id] for plan in prepared.chain.machines])]


def _uneven(failures: Path | None, simulated: list[int]) -> Check:
    name = "how unevenly machines jam"
    if failures is None:
        return Check(
            name=name,
            against="eu_fleet_2017_failures",
            figures="the file is not here",
            verdict=NOT_COMPARED,
            why="Set HAWKER_DATA to the folder of original recordings.",
        )
    found: Counter[int] = Counter()
    hours = [0.0] * 24
    for row in csv_file.rows(failures, ("machine", "timestamp", "failure")):
        found[row.serial("machine")] += 1
        hours[datetime.fromisoformat(row.text("timestamp")).hour] += 1
    was = _beyond_chance([*found.values(), *[0] * (FLEET_MACHINES - len(found))])
    now = _beyond_chance(simulated)
    return Check(
        name=name,
        against=f"eu_fleet_2017, {sum(found.values()):,} failures at {FLEET_MACHINES:,} machines",
        figures=f"squared variation beyond chance: recorded {was:.2f}, simulated {now:.2f}",
        verdict=AGREES if abs(was - now) <= 0.25 * max(was, now) else DEPARTS,
        why="Real machines differ: some jam often. Simulated ones are alike but for their sales: a "
        "visit plan learnt here would find less to gain than in life.",
        x=range(24),
        series={"recorded failures by hour": [value / sum(hours) for value in hours]},
    )


def _beyond_chance(counts: list[int]) -> float:
    """(variance - mean) / mean squared: 0 where only chance makes counts differ."""
    values = np.asarray(counts, dtype=float)
    return float((values.var(ddof=1) - values.mean()) / values.mean() ** 2)
