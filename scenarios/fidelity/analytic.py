"""Cases that can be calculated, run with the simulator's own clock, chance, queues, cabinet and lanes."""

from __future__ import annotations

import math
from collections import Counter as Tally
from collections import deque
from datetime import date

import numpy as np

from hardware.contract.keypad import Served
from runtime.actor import handles
from runtime.kernel import Kernel
from runtime.message import order
from scenarios import run
from scenarios.chain import Chain, LanePlan, MachinePlan, Place, Product, RestockRule, VanPlan, WarehousePlan
from scenarios.fidelity import stats
from scenarios.fidelity.check import AGREES, DEPARTS, Check
from scenarios.rehearsal.expect_counts import Counts
from scenarios.scenario import Prepared
from simulator.customers.queue import Queue
from simulator.customers.rates import MachineRates
from simulator.devices.cooling import BAND_CELSIUS, CABINET_SECONDS, COMPRESSOR_PULL_CELSIUS, Cabinet

SECOND_US = 1_000_000
CUSTOMERS = 60_000
BATCHES = 20
"""Runs of customers whose means are taken for independent; their spread gives the error of the whole."""


@order("fidelity.person")
class Person:
    """A customer of a counter."""

    customer: int


class Counter(Queue[Person]):
    """A counter of one or more clerks with one queue; service takes an exponential while.

    The clerks beyond the first take people from the same line before they stand in it.
    """

    __slots__ = ("came_us", "clerks", "mean_seconds", "serving", "standing", "waits_us")

    def __init__(self, mean_seconds: float, clerks: int) -> None:
        super().__init__()
        self.mean_seconds, self.clerks = mean_seconds, clerks
        self.waits_us: list[int] = []
        self.came_us: dict[int, int] = {}
        self.serving = 0
        self.standing: deque[Person] = deque()

    @handles(Person)
    def arrive(self, person: Person) -> None:
        """Stand in line."""
        self.came_us[person.customer] = self.kernel.now
        if self.clerks == 1:
            self.join(person)
        elif self.serving < self.clerks:
            self.begin(person)
        else:
            self.standing.append(person)

    def begin(self, person: Person) -> None:
        """Be served."""
        self.serving += 1
        self.waits_us.append(self.kernel.now - self.came_us.pop(person.customer))
        done = Served(customer=person.customer, vended=1, refused=0, why="")
        self.after(self.random.exponential(self.mean_seconds), done)

    @handles(Served)
    def leave(self, served: Served) -> None:
        """Go; the next one's turn."""
        self.serving -= 1
        if self.clerks == 1:
            super().leave(served)
        elif self.standing:
            self.begin(self.standing.popleft())


def waits(clerks: int, load: float, seed: int) -> Check:
    """Mean wait in an M/M/c queue against Erlang's formula."""
    mean_seconds = 30.0
    rate = load * clerks / mean_seconds
    kernel = Kernel("fidelity", seed=seed, now_us=0)
    counter = Counter(mean_seconds, clerks)
    ref = kernel.spawn("counter", counter)
    gaps = np.random.default_rng(seed).exponential(1 / rate, CUSTOMERS)
    moments = (np.cumsum(gaps) * SECOND_US).astype(np.int64).tolist()
    kernel.merge((at_us, ref, Person(customer=n)) for n, at_us in enumerate(moments, 1))
    kernel.run(moments[-1] + 3600 * SECOND_US)
    expected = erlang_c(clerks, load) * mean_seconds / (clerks * (1 - load))
    seconds = np.array(counter.waits_us) / SECOND_US
    mean = float(seconds.mean())
    batches = seconds[: len(seconds) // BATCHES * BATCHES].reshape(BATCHES, -1).mean(axis=1)
    error = float(batches.std(ddof=1) / math.sqrt(BATCHES))
    own = " (the simulator's queue)" if clerks == 1 else ""
    return Check(
        name=f"wait in M/M/{clerks}{own}",
        against=f"Erlang C, load {load:g}",
        figures=f"expected {expected:.2f} s, simulated {mean:.2f} ± {error:.2f} s of {len(seconds):,} people",
        verdict=AGREES if abs(mean - expected) <= 3 * error else DEPARTS,
    )


def erlang_c(clerks: int, load: float) -> float:
    """Chance that somebody must wait (Erlang 1917)."""
    offered = clerks * load
    terms = [offered**n / math.factorial(n) for n in range(clerks)]
    last = offered**clerks / math.factorial(clerks) / (1 - load)
    return last / (sum(terms) + last)


def warming() -> Check:
    """A cabinet without mains against the exponential, whatever the steps in which time passes."""
    hours = np.arange(0, 12.5, 0.5)
    expected = 27.0 - 23.0 * np.exp(-hours * 3600 / CABINET_SECONDS)
    found, off = [], 0.0
    for target in hours:
        cabinet = Cabinet(4.0, False, 27.0, 4.0, dead=True)
        left = float(target) * 3600
        while left > 0:
            step = min(left, 17.3)
            cabinet.pass_time(step)
            left -= step
        found.append(cabinet.celsius)
        off = max(off, abs(cabinet.celsius - float(expected[len(found) - 1])))
    return Check(
        name="cabinet without mains",
        against="first order towards ambient, time constant 3 h",
        figures=f"greatest difference {off:.2g} degrees over 12 h in steps of 17.3 s",
        verdict=AGREES if off < 1e-6 else DEPARTS,
        x=[f"{hour:g}" for hour in hours],
        series={"calculated": expected.tolist(), "simulated": found},
    )


def thermostat() -> Check:
    """The compressor's cycle against its two exponentials."""
    low, high, warm = 4.0 - BAND_CELSIUS, 4.0 + BAND_CELSIUS, 27.0
    cold = warm - COMPRESSOR_PULL_CELSIUS
    expected = CABINET_SECONDS * (
        math.log((warm - low) / (warm - high)) + math.log((high - cold) / (low - cold))
    )
    cabinet, starts, seconds = Cabinet(4.0, False, warm, 4.0), [], 0
    while seconds < 200_000:
        was = cabinet.running
        cabinet.pass_time(1.0)
        seconds += 1
        if cabinet.running and not was:
            starts.append(seconds)
    mean = float(np.diff(starts).mean())
    return Check(
        name="cycle of the thermostat",
        against="two exponentials between 3 and 5 degrees at 27 outside",
        figures=f"expected {expected:.0f} s, simulated {mean:.0f} s over {len(starts) - 1} cycles",
        verdict=AGREES if abs(mean - expected) < 2.0 else DEPARTS,
    )


NEWS_MEAN, NEWS_DAYS, NEWS_LANES = 6.0, 60, 14
PRICE, COST = 1000, 600


def newsvendor(seed: int) -> list[Check]:
    """Lanes filled every night to another par each, against E[min(demand, par)] and the best par."""
    pars = list(range(1, NEWS_LANES + 1))
    sold = _news_sold(pars, seed)
    shares = stats.poisson_share(NEWS_MEAN, 60)
    expected = [sum(min(n, par) * share for n, share in enumerate(shares)) for par in pars]
    squares = [sum(min(n, par) ** 2 * share for n, share in enumerate(shares)) for par in pars]
    worst = max(
        abs(units / NEWS_DAYS - mean) / math.sqrt(max(square - mean * mean, 1e-9) / NEWS_DAYS)
        for units, mean, square in zip(sold, expected, squares, strict=True)
    )
    profits = [PRICE * units / NEWS_DAYS - COST * par for units, par in zip(sold, pars, strict=True)]
    calculated = [PRICE * mean - COST * par for mean, par in zip(expected, pars, strict=True)]
    best = next(par for par in pars if sum(shares[: par + 1]) >= (PRICE - COST) / PRICE)
    found = pars[int(np.argmax(profits))]
    loss = calculated[best - 1] - calculated[found - 1]
    return [
        Check(
            name="sales of a lane filled each night (stock-outs)",
            against=f"E[min(demand, par)], Poisson {NEWS_MEAN:g} a day",
            figures=f"pars 1 to {NEWS_LANES}, {NEWS_DAYS} days: farthest off by {worst:.1f} standard errors",
            verdict=AGREES if worst <= 3.5 else DEPARTS,
            x=pars,
            series={"calculated": expected, "simulated": [units / NEWS_DAYS for units in sold]},
        ),
        Check(
            name="best par level",
            against=f"newsvendor, critical fractile {(PRICE - COST) / PRICE:g}",
            figures=f"calculated {best}, best simulated {found}, which costs {loss:.0f} of {PRICE} a day",
            verdict=AGREES if abs(best - found) <= 1 else DEPARTS,
            x=pars,
            series={"calculated": calculated, "simulated": profits},
        ),
    ]


def _news_sold(pars: list[int], seed: int) -> list[int]:
    """Units that each lane sold."""
    chain, first = _news_chain(pars), date(2026, 3, 2)
    counts = Counts(chain)
    rates = MachineRates(
        machine="m-1",
        hourly=tuple(NEWS_MEAN * NEWS_LANES / 15 if 7 <= hour < 22 else 0.0 for hour in range(24)),
        lanes=tuple((f"{par:02}", PRICE, 1.0) for par in pars),
        tenders=(("code", 1.0),),
        second_item_share=0.0,
    )
    prepared = Prepared(
        name="news",
        chain=chain,
        seed=seed,
        first=first,
        last=date.fromordinal(first.toordinal() + NEWS_DAYS - 1),
        settings={},
        machine_rates=(rates,),
    )
    run.run(prepared, counts=counts)
    sold = Tally(row.product for row in counts.rows if row.measure == "sold")
    return [sold[f"p{par}"] for par in pars]


def _news_chain(pars: list[int]) -> Chain:
    place = Place(name_en="Here", name_zh="此处")
    codes = [f"p{par}" for par in pars]
    lanes = tuple(
        LanePlan(code=f"{par:02}", product=code, price_minor=PRICE, capacity=par, par=par, level=par)
        for par, code in zip(pars, codes, strict=True)
    )
    stock = tuple((code, 1_000_000) for code in codes)
    return Chain(
        name="news",
        currency="HKD",
        time_zone="Asia/Hong_Kong",
        cutoff_minute=0,
        products=tuple(
            Product(code=code, name_en=code, name_zh=code, category="news", price_minor=PRICE)
            for code in codes
        ),
        machines=(MachinePlan(id="m-1", node="gw-1", site="s", place=place, lanes=lanes, tenders=("code",)),),
        warehouses=(WarehousePlan(id="wh-1", node="wh-1", place=place, stock=stock),),
        vans=(VanPlan(id="van-1", warehouse="wh-1", service_seconds=60),),
        restock=RestockRule(cutoff_minute=180, depart_minute=180),
    )


def all_of(seed: int) -> list[Check]:
    """Every case that can be calculated."""
    return [
        waits(1, 0.7, seed),
        waits(3, 0.8, seed),
        warming(),
        thermostat(),
        *newsvendor(seed),
    ]
