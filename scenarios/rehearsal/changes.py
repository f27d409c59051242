"""What may be otherwise in a chain, by path: par levels, prices, vans, the restocking rule, stock, floats.

The same paths stand in ``[changes]`` of a scenario file and in ``replay --what-if``:

| path | value | is |
|---|---|---|
| `par`, `par.PLACE` | `6` or `80%` | lanes' par level: units, or a share of the capacity; never over it |
| `capacity`, `capacity.PLACE` | `12` or `150%` | units that fit in a lane; par and level follow |
| `price`, `price.PRODUCT` | `1250`, `+10%`, `-5%` | price of a unit, minor units |
| `float` | `0` | opening change of every machine, minor units |
| `stock`, `stock.PRODUCT` | `0` or `50%` | opening stock of the warehouses |
| `vans` | `2` | how many there are; districts are shared out anew |
| `vans.speed`, `vans.service` | `25`, `300` | kilometres an hour; seconds at a machine |
| `restock.cutoff`, `restock.depart` | `20:00` | when lanes under par are listed, when vans leave |
| `restock.trigger` | `2` | a lane at or below it calls a van at once; -1 never |
| `off` | `hk-0003,district:north` | machines that are not there |

PLACE is a machine or `district:…`; PRODUCT a code, a name, `best seller` or `category:…`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from math import ceil

import attrs

from runtime.errors import ConfigError
from scenarios.chain import Chain, LanePlan, MachinePlan, RestockRule, VanPlan
from scenarios.faults.plan import repriced
from scenarios.faults.rows import PRICE, PRICE_RULE
from scenarios.rehearsal import places
from scenarios.rehearsal.times import minute

UNITS_MAX = 100_000
SPEED_MAX = 130
VANS_MAX = 1_000
_AMOUNT = re.compile(r"([0-9]{1,6})(%?)")


@attrs.frozen
class Change:
    """One thing that is otherwise. ``text`` is as it was given, for reports."""

    path: str
    value: str

    @property
    def text(self) -> str:
        """``PATH=VALUE``."""
        return f"{self.path}={self.value}"


Apply = Callable[[str, Chain, str, str, Mapping[str, float]], Chain]
"""Changes a chain: where (for errors), the chain, what stands behind the path's first part, value, demand."""


def known(path: str) -> bool:
    """Whether a path changes a chain."""
    return path.partition(".")[0] in _CHANGES


def paths() -> list[str]:
    """First parts of the paths."""
    return sorted(_CHANGES)


def parsed(where: str, table: Mapping[str, str | int | float]) -> tuple[Change, ...]:
    """The rows of a ``[changes]`` table; raises ConfigError for a path that is not known."""
    return tuple(_change(where, path, str(value)) for path, value in table.items())


def read(where: str, text: str) -> Change:
    """``PATH=VALUE``; raises ConfigError."""
    path, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f"{where}: a change must be PATH=VALUE, not {text!r}")
    return _change(where, path.strip(), value.strip())


def _change(where: str, path: str, value: str) -> Change:
    if not known(path):
        raise ConfigError(f"{where}: change must begin with one of {', '.join(paths())}, not {path!r}")
    return Change(path, value)


def applied(where: str, changes: Iterable[Change], chain: Chain, asked: Mapping[str, float]) -> Chain:
    """The chain with these changes, one after the other.

    Args:
        where: for errors, the scenario's name.
        changes: what is otherwise.
        chain: as it is.
        asked: how much each product is asked for, by code.

    Raises:
        ConfigError: a value outside its rule, or a place or product that the chain does not have.
    """
    for change in changes:
        first, _, rest = change.path.partition(".")
        chain = _CHANGES[first](f"{where}: {change.path}", chain, rest, change.value, asked)
    return chain


def _amount(where: str, value: str, whole: int) -> int:
    """Units, or a share of ``whole`` rounded up."""
    found = _AMOUNT.fullmatch(value)
    amount = -1 if found is None else int(found[1])
    if found and found[2]:
        amount = ceil(whole * amount / 100)
    if not 0 <= amount <= UNITS_MAX * 100:
        raise ConfigError(f"{where}: must be units such as 6 or a share such as 80%, not {value!r}")
    return amount


def _whole(where: str, value: str, low: int, high: int) -> int:
    if not (value.removeprefix("-").isdecimal() and value.isascii() and len(value) < 10):
        value, number = repr(value), low - 1
    else:
        number = int(value)
    if not low <= number <= high:
        raise ConfigError(f"{where}: must be a whole number from {low} to {high}, not {value}")
    return number


def _lanes(where: str, chain: Chain, place: str, change: Callable[[LanePlan], LanePlan]) -> Chain:
    """A chain whose lanes are otherwise at a place, everywhere where none is named."""
    texts = [place if place == "all" or ":" in place else f"machine:{place}"] if place else ["all"]
    if rule := places.places_rule(texts):
        raise ConfigError(f"{where}: {rule}")
    named = {plan.id for plan in places.machines(texts, chain)}
    places.must_have(where, texts, tuple(named), chain)
    machines = tuple(
        attrs.evolve(plan, lanes=tuple(change(lane) for lane in plan.lanes)) if plan.id in named else plan
        for plan in chain.machines
    )
    return attrs.evolve(chain, machines=machines)


def _par(where: str, chain: Chain, rest: str, value: str, _: Mapping[str, float]) -> Chain:
    def change(lane: LanePlan) -> LanePlan:
        par = min(lane.capacity, _amount(where, value, lane.capacity))
        return attrs.evolve(lane, par=par, level=min(lane.level, par), safety=min(lane.safety, par))

    return _lanes(where, chain, rest, change)


def _capacity(where: str, chain: Chain, rest: str, value: str, _: Mapping[str, float]) -> Chain:
    def change(lane: LanePlan) -> LanePlan:
        room = max(1, _amount(where, value, lane.capacity))
        par = ceil(room * lane.par / lane.capacity)
        return attrs.evolve(
            lane,
            capacity=room,
            par=par,
            level=ceil(room * lane.level / lane.capacity),
            safety=min(lane.safety, par),
        )

    return _lanes(where, chain, rest, change)


def price_of(
    where: str, change: Change, chain: Chain, asked: Mapping[str, float]
) -> Callable[[str, int], int]:
    """What a ``price`` change makes of a product's price, by code and price; raises ConfigError."""
    if not PRICE.fullmatch(change.value):
        raise ConfigError(f"{where}: must be {PRICE_RULE}, not {change.value!r}")
    name = change.path.partition(".")[2]
    named = places.products(where, (name,) if name else (), chain, asked)
    return lambda code, price: (
        repriced(price, change.value, chain.currency) if named is None or code in named else price
    )


def _price(where: str, chain: Chain, rest: str, value: str, asked: Mapping[str, float]) -> Chain:
    price = price_of(where, Change(f"price.{rest}" if rest else "price", value), chain, asked)

    def lane(plan: LanePlan) -> LanePlan:
        return attrs.evolve(plan, price_minor=price(plan.product, plan.price_minor))

    products = tuple(attrs.evolve(p, price_minor=price(p.code, p.price_minor)) for p in chain.products)
    return attrs.evolve(_lanes(where, chain, "", lane), products=products)


def _float(where: str, chain: Chain, rest: str, value: str, _: Mapping[str, float]) -> Chain:
    _no_more(where, rest)
    minor = _whole(where, value, 0, 10_000_000)
    return attrs.evolve(
        chain, machines=tuple(attrs.evolve(plan, float_minor=minor) for plan in chain.machines)
    )


def _stock(where: str, chain: Chain, rest: str, value: str, asked: Mapping[str, float]) -> Chain:
    named = places.products(where, (rest,) if rest else (), chain, asked)
    warehouses = tuple(
        attrs.evolve(
            house,
            stock=tuple(
                (code, _amount(where, value, units) if named is None or code in named else units)
                for code, units in house.stock
            ),
        )
        for house in chain.warehouses
    )
    return attrs.evolve(chain, warehouses=warehouses)


def _vans(where: str, chain: Chain, rest: str, value: str, _: Mapping[str, float]) -> Chain:
    if rest == "speed":
        speed = _whole(where, value, 1, SPEED_MAX)
        return attrs.evolve(chain, vans=tuple(attrs.evolve(van, speed_kmh=speed) for van in chain.vans))
    if rest == "service":
        seconds = _whole(where, value, 0, 36_000)
        return attrs.evolve(
            chain, vans=tuple(attrs.evolve(van, service_seconds=seconds) for van in chain.vans)
        )
    _no_more(where, rest)
    if not chain.vans:
        raise ConfigError(f"{where}: the chain must have vans to change, it has none")
    return attrs.evolve(chain, vans=_shared_out(chain, _whole(where, value, 1, VANS_MAX)))


def _shared_out(chain: Chain, count: int) -> tuple[VanPlan, ...]:
    """So many vans like the first; districts in the order of today's vans, shared out by their machines."""
    if count == len(chain.vans):
        return chain.vans
    districts = list(dict.fromkeys(d for van in chain.vans for d in van.districts))
    here = [sum(m.place.district == district for m in chain.machines) for district in districts]
    total, passed = max(1, sum(here)), 0
    given: list[list[str]] = [[] for _ in range(count)]
    for district, machines in zip(districts, here, strict=True):
        given[min(count - 1, passed * count // total)].append(district)
        passed += machines
    first = chain.vans[0]
    return tuple(
        attrs.evolve(first, id=f"van-{number}", districts=tuple(some))
        for number, some in enumerate(given, 1)
        if some or not districts
    )


def _restock(where: str, chain: Chain, rest: str, value: str, _: Mapping[str, float]) -> Chain:
    rule = chain.restock
    if rule is None:
        raise ConfigError(f"{where}: the chain must have a restocking rule to change, it has none")
    return attrs.evolve(chain, restock=_rule(where, rule, rest, value))


def _rule(where: str, rule: RestockRule, rest: str, value: str) -> RestockRule:
    if rest == "trigger":
        return attrs.evolve(rule, trigger_level=_whole(where, value, -1, UNITS_MAX))
    if rest not in ("cutoff", "depart"):
        raise ConfigError(f"{where}: must be restock.cutoff, restock.depart or restock.trigger")
    try:
        of_day = minute(value) % 1440
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error
    return attrs.evolve(rule, **{f"{rest}_minute": of_day})


def _off(where: str, chain: Chain, rest: str, value: str, _: Mapping[str, float]) -> Chain:
    _no_more(where, rest)
    texts = [text if ":" in text else f"machine:{text}" for text in value.split(",")]
    if rule := places.places_rule(texts):
        raise ConfigError(f"{where}: {rule}")
    gone = places.machines(texts, chain)
    places.must_have(where, texts, gone, chain)
    left: tuple[MachinePlan, ...] = tuple(plan for plan in chain.machines if plan not in gone)
    if not left:
        raise ConfigError(f"{where}: at least one machine must be left")
    return attrs.evolve(chain, machines=left)


def _no_more(where: str, rest: str) -> None:
    if rest:
        raise ConfigError(f"{where}: nothing must stand behind the first part, not {rest!r}")


RULES = {
    "par": 'par level of lanes: "6" or "80%" of the capacity; par.MACHINE or par.district:… for some',
    "capacity": 'units in a lane: "12" or "150%"; capacity.MACHINE for some',
    "price": f"price of a unit: {PRICE_RULE}; price.PRODUCT for some",
    "float": "opening change of every machine, minor units",
    "stock": 'opening stock of the warehouses: "0" or "50%"; stock.PRODUCT for some',
    "vans": "how many; vans.speed in km/h, vans.service in seconds",
    "restock": 'restock.cutoff and restock.depart: "20:00"; restock.trigger: units, -1 never',
    "off": 'machines that are not there: "hk-0003,district:north"',
}
"""What each path takes, in a line."""

_CHANGES: Mapping[str, Apply] = {
    "par": _par,
    "capacity": _capacity,
    "price": _price,
    "float": _float,
    "stock": _stock,
    "vans": _vans,
    "restock": _restock,
    "off": _off,
}
