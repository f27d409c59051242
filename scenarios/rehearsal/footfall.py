"""More or fewer customers for a while: ``[[customers]]`` of a scenario file, recorded demand or sampled.

More customers come on top of those there are, drawn apart from them: what was recorded or drawn without them
stays as it is. Upon recorded demand they come at the recording's own rates (``demand.fitted``): that is mixed
demand. Fewer customers are some of those there are, left out by chance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from runtime.dice import Dice, address_key
from scenarios.chain import Chain
from scenarios.rehearsal import places
from scenarios.rehearsal.places import places_rule
from scenarios.rehearsal.times import EVERY_DAY, Days, Window, times_rule
from simulator.customers import sampled
from simulator.customers.keypad import Arrival
from simulator.customers.rates import MachineRates, StoreRates
from simulator.customers.recorded import Attempt
from simulator.money import Money

TIMES_MAX = 100.0

Timed = tuple[int, str, object]


@attrs.frozen(kw_only=True)
class CustomersRow:
    """One table of ``[[customers]]``.

    Attributes:
        times: so many times the usual number; 0 nobody.
        name, where, on, begins, ends: as a fault has them.
        products: whoever wants these; all where there is none.
    """

    times: float
    name: str = ""
    where: tuple[str, ...] = ("all",)
    on: tuple[str, ...] = (EVERY_DAY,)
    begins: str = "00:00"
    ends: str = "24:00"
    products: tuple[str, ...] = ()

    def checked(self) -> str:
        """Which rule it breaks by itself; "" none."""
        if not 0.0 <= self.times <= TIMES_MAX:
            return f"times: must be from 0 to {TIMES_MAX:g}, not {self.times}"
        return places_rule(self.where) or times_rule(self.on, self.begins, self.ends)


@attrs.frozen(kw_only=True)
class Swing:
    """A swing of demand put upon a chain.

    Attributes:
        number: from 1; it draws its own customers.
        windows: when.
        machines, stores: where.
        products: which; None all.
    """

    number: int
    times: float
    windows: tuple[Window, ...]
    machines: frozenset[str]
    stores: frozenset[str]
    products: frozenset[str] | None

    def holds(self, at_us: int) -> bool:
        """Whether it is on at this moment."""
        return any(begin <= at_us < end for begin, end in self.windows)


def planned(
    where: str, rows: Iterable[CustomersRow], chain: Chain, days: Days, asked: Mapping[str, float]
) -> tuple[Swing, ...]:
    """Every swing of a run; raises ConfigError for places or products that the chain does not have."""
    found = []
    for number, row in enumerate(rows, 1):
        at = f"{where}: customers {row.name or number}"
        machines, stores = places.machines(row.where, chain), places.stores(row.where, chain)
        places.must_have(at, row.where, (*machines, *stores), chain)
        found.append(
            Swing(
                number=number,
                times=row.times,
                windows=tuple(days.windows(row.on, row.begins, row.ends)),
                machines=frozenset(plan.id for plan in machines),
                stores=frozenset(plan.id for plan in stores),
                products=places.products(at, row.products, chain, asked),
            )
        )
    return tuple(found)


# Fewer


def fewer_attempts(attempts: Iterable[Attempt], swings: Sequence[Swing], seed: int) -> Iterator[Attempt]:
    """Recorded purchases that are still made; of some only a part."""
    less = [swing for swing in swings if swing.times < 1.0]
    for attempt in attempts:
        on = [s for s in less if attempt.machine in s.machines and s.holds(attempt.at_us)]
        if not on:
            yield attempt
            continue
        dice = Dice(address_key(seed, f"{attempt.machine}/stays away/{attempt.customer}"))
        chance = dice.uniform()
        lines = tuple(
            line
            for line in attempt.lines
            if not any(_wants(s, line.product) and chance >= s.times for s in on)
        )
        if lines:
            yield attrs.evolve(attempt, lines=lines)


def _wants(swing: Swing, product: str) -> bool:
    return swing.products is None or product in swing.products


def fewer(arrivals: Iterable[Timed], swings: Sequence[Swing], chain: Chain, seed: int) -> Iterator[Timed]:
    """Sampled customers who still come; whom a swing of some products leaves out wants one of them first."""
    less = [swing for swing in swings if swing.times < 1.0]
    if not less:
        yield from arrivals
        return
    goods = {(m.id, lane.code): lane.product for m in chain.machines for lane in m.lanes}
    for at_us, to, message in arrivals:
        owner = to.partition("/")[0]
        on = [s for s in less if (owner in s.machines or owner in s.stores) and s.holds(at_us)]
        if isinstance(message, Arrival):
            product = goods.get((owner, message.lanes[0]), "")
            on = [s for s in on if _wants(s, product)]
        else:
            on = [s for s in on if s.products is None]
        if on:
            dice = Dice(address_key(seed, f"{to}/stays away/{getattr(message, 'customer', at_us)}"))
            chance = dice.uniform()
            if any(chance >= swing.times for swing in on):
                continue
        yield at_us, to, message


# More


def more(
    swings: Iterable[Swing],
    machine_rates: Sequence[MachineRates],
    store_rates: Sequence[StoreRates],
    chain: Chain,
    window: Window,
    *,
    seed: int,
    money: Money,
    exact: bool,
) -> Iterator[Iterator[Timed]]:
    """A stream for each window of each swing that brings further customers.

    Args:
        swings: of the scenario.
        machine_rates: the usual ones.
        store_rates: likewise.
        chain: whose lanes hold what.
        window: of the run.
        seed: of all chance.
        money: what customers pay cash with.
        exact: whoever pays cash has the exact sum.
    """
    zone, sales = chain.zone, _products(chain)
    for swing in swings:
        if swing.times <= 1.0:
            continue
        machines = [
            raised
            for rates in machine_rates
            if rates.machine in swing.machines and (raised := _raised(rates, swing, sales)) is not None
        ]
        shops = [
            attrs.evolve(rates, hourly=tuple(x * (swing.times - 1.0) for x in rates.hourly))
            for rates in store_rates
            if rates.store in swing.stores and swing.products is None
        ]
        for begin, end in swing.windows:
            begin, end = max(begin, window[0]), min(end, window[1])
            if begin >= end:
                continue
            if machines:
                yield sampled.arrivals(
                    machines, begin, end, seed=seed, zone=zone, money=money, group=swing.number, exact=exact
                )
            if shops:
                yield sampled.baskets(
                    shops, begin, end, seed=seed, zone=zone, money=money, group=swing.number
                )


def _products(chain: Chain) -> dict[str, dict[str, str]]:
    return {plan.id: {lane.code: lane.product for lane in plan.lanes} for plan in chain.machines}


def _raised(rates: MachineRates, swing: Swing, sells: Mapping[str, Mapping[str, str]]) -> MachineRates | None:
    """Rates of the further customers; None where nobody comes for what the machine sells."""
    products = sells[rates.machine]
    lanes = tuple(lane for lane in rates.lanes if _wants(swing, products.get(lane[0], "")))
    whole = sum(weight for _, _, weight in rates.lanes)
    share = sum(weight for _, _, weight in lanes) / whole
    if share <= 0.0:
        return None
    factor = (swing.times - 1.0) * share
    return attrs.evolve(rates, hourly=tuple(x * factor for x in rates.hourly), lanes=lanes)


def asked_for(
    chain: Chain, attempts: Iterable[Attempt], machine_rates: Iterable[MachineRates]
) -> dict[str, float]:
    """How much each product of the machines is asked for, by code."""
    found: Counter[str] = Counter()
    for attempt in attempts:
        found.update(line.product for line in attempt.lines)
    asked = {code: float(units) for code, units in found.items()}
    sells = _products(chain)
    for rates in machine_rates:
        whole, customers = sum(weight for _, _, weight in rates.lanes), sum(rates.hourly)
        for code, _, weight in rates.lanes:
            product = sells[rates.machine].get(code, "")
            asked[product] = asked.get(product, 0.0) + customers * weight / whole
    return asked
