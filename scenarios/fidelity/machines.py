"""Machines' customers, simulated by rates of earlier days, beside later days that were kept back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import attrs
import numpy as np

from scenarios import run
from scenarios.demand import cn_2017, fitted, us_2022
from scenarios.demand.attempts import Recorded
from scenarios.fidelity import stats
from scenarios.fidelity.check import NOT_COMPARED, Check, verdict
from scenarios.rehearsal.expect_counts import Counts
from scenarios.scenario import Prepared
from simulator.customers.recorded import Attempt

HOUR_TOLERANCE, MIX_TOLERANCE, GAP_TOLERANCE = 0.05, 0.10, 0.05
"""Total variation of hours and products, and distance of gaps, that do no harm."""
GAP_EDGES = (10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 1e9)


@attrs.frozen(kw_only=True)
class Days:
    """Sales of some days: (microseconds since 1970 UTC, site, product)."""

    sales: tuple[tuple[int, str, str], ...]
    first: date
    last: date

    def hours(self, zone: object) -> list[int]:
        """Sales by hour of the day."""
        found = Counter(_local(at_us, zone).hour for at_us, _, _ in self.sales)
        return [found[hour] for hour in range(24)]

    def daily(self, zone: object) -> list[int]:
        """Sales of each day."""
        found = Counter(_local(at_us, zone).date() for at_us, _, _ in self.sales)
        return [found[self.first + timedelta(days=n)] for n in range((self.last - self.first).days + 1)]

    def gaps(self) -> list[float]:
        """Seconds from one sale to the next at the same site."""
        by_site: defaultdict[str, list[int]] = defaultdict(list)
        for at_us, site, _ in sorted(self.sales):
            by_site[site].append(at_us)
        return [gap / 1e6 for times in by_site.values() for gap in np.diff(times).tolist()]

    def products(self) -> Counter[str]:
        """Units of each product."""
        return Counter(product for _, _, product in self.sales)


def _local(at_us: int, zone: object) -> datetime:
    return datetime.fromtimestamp(at_us // 1_000_000, UTC).astimezone(zone)  # type: ignore[arg-type]


def split(found: Recorded, keep_from: date) -> tuple[list[Attempt], list[Attempt]]:
    """Purchases before a day, and from it on."""
    zone = found.chain.zone
    early = [each for each in found.attempts if _local(each.at_us, zone).date() < keep_from]
    return early, found.attempts[len(early) :]


def simulated(found: Recorded, early: Sequence[Attempt], keep_from: date, seed: int) -> tuple[Days, int]:
    """The kept-back days run with customers drawn at the earlier days' rates; also units sold out."""
    chain = found.chain
    rates = fitted.machine_rates(early, chain, found.first, keep_from - timedelta(days=1))
    prepared = Prepared(
        name=chain.name,
        chain=chain,
        seed=seed,
        first=keep_from,
        last=found.last,
        settings={},
        machine_rates=rates,
    )
    counts, sites = Counts(chain), {plan.id: plan.site for plan in chain.machines}
    result = run.run(prepared, counts=counts)
    sales = tuple((row.at_us, sites[row.place], row.product) for row in counts.rows if row.measure == "sold")
    return Days(sales=sales, first=keep_from, last=found.last), result.tally.lost["sold_out"]


def recorded(found: Recorded, late: Iterable[Attempt], keep_from: date) -> Days:
    """The kept-back days as they were."""
    sites = {plan.id: plan.site for plan in found.chain.machines}
    sales = tuple((each.at_us, sites[each.machine], line.product) for each in late for line in each.lines)
    return Days(sales=sales, first=keep_from, last=found.last)


def china(path: Path | None, keep_from: date, seed: int) -> list[Check]:
    """Orders to the second: hours, gaps, product mix, days, sold-out units."""
    found = cn_2017.read(path)
    early, late = split(found, keep_from)
    was, (now, sold_out) = recorded(found, late, keep_from), simulated(found, early, keep_from, seed)
    days = f"{keep_from} to {found.last}"
    against = f"cn-2017, {len(was.sales):,} orders of {days}, rates of {found.first} on"
    return [
        _hours(was, now, found, against),
        _gaps(was, now, against),
        _mix(was, now, against),
        _daily(was, now, found, against),
        Check(
            name="stock-out rate",
            against="no recording: none tells what was in the lanes",
            figures=f"simulated {sold_out:,} of {len(now.sales) + sold_out:,} units sold out",
            verdict=NOT_COMPARED,
            why="Checked against calculation instead: see the newsvendor below.",
        ),
    ]


def _hours(was: Days, now: Days, found: Recorded, against: str) -> Check:
    one, other = was.hours(found.chain.zone), now.hours(found.chain.zone)
    statistic, freedom, p = stats.chi_square(one, other)
    distance = stats.total_variation(dict(enumerate(one)), dict(enumerate(other)))
    return Check(
        name="hour of the day",
        against=against,
        figures=f"total variation {distance:.3f}; chi-square {statistic:.0f} on {freedom}, p {p:.2g}",
        verdict=verdict(distance, HOUR_TOLERANCE, p),
        why="Hour and weekday are taken to act apart, the same every week; sites drift from month to month.",
        x=range(24),
        series={"recorded": _shares(one), "simulated": _shares(other)},
    )


def _shares(counts: Sequence[float]) -> list[float]:
    return [count / max(1, sum(counts)) for count in counts]


def _gaps(was: Days, now: Days, against: str) -> Check:
    one, other = was.gaps(), now.gaps()
    distance, p = stats.kolmogorov_smirnov(one, other)
    soon, simulated_soon = (sum(gap < 120 for gap in gaps) / len(gaps) for gaps in (one, other))
    return Check(
        name="time between sales at a site",
        against=against,
        figures=f"within 2 minutes: recorded {soon:.1%}, simulated {simulated_soon:.1%}; "
        f"KS {distance:.3f}, p {p:.2g}",
        verdict=verdict(distance, GAP_TOLERANCE, p),
        why="Real customers come in bursts (groups, breaks, one person buying twice); ours come one by one, "
        "as Poisson does. Queues and bursts of messages are therefore milder here than in life.",
        x=[f"<{edge:g} s" if edge < 1e9 else "more" for edge in GAP_EDGES],
        series={"recorded": _binned(one), "simulated": _binned(other)},
    )


def _binned(gaps: Sequence[float]) -> list[float]:
    counts, _ = np.histogram(gaps, bins=[0.0, *GAP_EDGES])
    return [float(count) / len(gaps) for count in counts]


def _mix(was: Days, now: Days, against: str) -> Check:
    one, other = was.products(), now.products()
    distance = stats.total_variation(one, other)  # type: ignore[arg-type]
    often = [code for code, _ in (one + other).most_common(60)]
    statistic, freedom, p = stats.chi_square([one[c] for c in often], [other[c] for c in often])
    shown = often[:15]
    return Check(
        name="product mix",
        against=against,
        figures=f"total variation {distance:.3f}; chi-square {statistic:.0f} on {freedom}, p {p:.2g}",
        verdict=verdict(distance, MIX_TOLERANCE, p),
        why="What sells changes with season and planogram; rates of earlier days do not know that.",
        x=range(1, len(shown) + 1),
        series={
            "recorded": [one[code] / len(was.sales) for code in shown],
            "simulated": [other[code] / len(now.sales) for code in shown],
        },
    )


def _daily(was: Days, now: Days, found: Recorded, against: str) -> Check:
    one, other = was.daily(found.chain.zone), now.daily(found.chain.zone)
    spread, simulated_spread = stats.dispersion(one), stats.dispersion(other)
    mean, simulated_mean = float(np.mean(one)), float(np.mean(other))
    agrees = 0.5 <= simulated_spread / spread <= 2.0 and abs(simulated_mean / mean - 1) <= 0.1
    return Check(
        name="sales a day",
        against=against,
        figures=f"mean {mean:,.0f} and {simulated_mean:,.0f}; variance over mean {spread:.1f} and "
        f"{simulated_spread:.1f} (recorded and simulated)",
        verdict=verdict(0.0 if agrees else 1.0, 0.5, 0.0),
        why="Real days differ by weather, holidays and events; simulated ones by weekday and chance alone.",
        x=range(1, len(one) + 1),
        series={"recorded": one, "simulated": other},
    )


def america(path: Path | None, keep_from: date) -> Check:
    """Units a purchase at five machines."""
    found = us_2022.read(path)
    early, late = split(found, keep_from)
    rates = fitted.machine_rates(early, found.chain, found.first, keep_from - timedelta(days=1))
    share = sum(each.second_item_share * sum(each.hourly) for each in rates)
    share /= sum(sum(each.hourly) for each in rates)
    sizes = Counter(min(4, len(each.lines)) for each in late)
    one = [float(sizes[n]) for n in (1, 2, 3, 4)]
    other = [len(late) * (1 - share), len(late) * share, 0.0, 0.0]
    distance = stats.total_variation(dict(enumerate(one)), dict(enumerate(other)))
    statistic, freedom, p = stats.chi_square(one, other)
    return Check(
        name="units a purchase at machines",
        against=f"us-2022, {len(late):,} purchases from {keep_from} on, rates of {found.first} on",
        figures=f"more than one: recorded {1 - one[0] / len(late):.1%}, simulated {share:.1%}; three or "
        f"more: recorded {(one[2] + one[3]) / len(late):.1%}, simulated none; "
        f"total variation {distance:.3f}, chi-square {statistic:.0f} on {freedom}, p {p:.2g}",
        verdict=verdict(distance, 0.02, p),
        why="Nobody simulated takes three.",
        x=("1", "2", "3", "4 or more"),
        series={"recorded": _shares(one), "simulated": _shares(other)},
    )
