"""Where and what: places and products as a file writes them, into a chain's own names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from runtime.dice import Dice, address_key
from runtime.errors import ConfigError
from scenarios.chain import Chain, MachinePlan, Product, StorePlan
from scenarios.days.goods import vended

KINDS = ("district", "site", "node", "machine", "size", "share", "store", "van", "warehouse")
PLACES_RULE = f"all, or one of {', '.join(f'{kind}:…' for kind in KINDS)}"
BEST, SLOWEST = "best seller", "slow seller"


def places_rule(where: Sequence[str]) -> str:
    """Which rule these texts break by themselves; "" none."""
    for text in where:
        kind, colon, name = text.partition(":")
        if text != "all" and not (colon and name and kind in KINDS):
            return f"where: must be {PLACES_RULE}, not {text!r}"
        if kind == "share" and not _is_share(name):
            return f"where: share must be a number over 0 and up to 1, not {name!r}"
    return ""


def _is_share(text: str) -> bool:
    try:
        return 0.0 < float(text) <= 1.0
    except ValueError:
        return False


def machines(where: Iterable[str], chain: Chain) -> tuple[MachinePlan, ...]:
    """The machines that any of the texts names, in the chain's order."""
    texts = tuple(where)
    return tuple(plan for plan in chain.machines if any(_has_machine(text, plan) for text in texts))


def _has_machine(text: str, plan: MachinePlan) -> bool:
    kind, _, name = text.partition(":")
    match kind:
        case "all":
            return True
        case "district":
            return plan.place.district == name
        case "site" | "node" | "size":
            return bool(getattr(plan, kind) == name)
        case "machine":
            return plan.id == name
        case "share":
            return Dice(address_key(0, f"{plan.id}/share")).uniform() < float(name)
    return False


def stores(where: Iterable[str], chain: Chain) -> tuple[StorePlan, ...]:
    """The stores that any of the texts names, in the chain's order."""
    texts = tuple(where)
    return tuple(plan for plan in chain.stores if any(_has_store(text, plan) for text in texts))


def _has_store(text: str, plan: StorePlan) -> bool:
    kind, _, name = text.partition(":")
    named = {"district": plan.place.district, "node": plan.node, "store": plan.id}
    return kind == "all" or named.get(kind) == name


def vans(where: Iterable[str], chain: Chain) -> tuple[str, ...]:
    """Ids of the vans that any of the texts names."""
    texts = tuple(where)
    return tuple(
        van.id
        for van in chain.vans
        if any(text in ("all", f"van:{van.id}", f"warehouse:{van.warehouse}") for text in texts)
    )


def nodes(where: Iterable[str], chain: Chain) -> tuple[str, ...]:
    """Nodes of the sites that any of the texts names; the office's own never."""
    texts = tuple(where)
    named = [plan.node for plan in machines(texts, chain)] + [plan.node for plan in stores(texts, chain)]
    named += [w.node for w in chain.warehouses if {"all", f"warehouse:{w.id}", f"node:{w.node}"} & set(texts)]
    return tuple(dict.fromkeys(named))


def must_have(where: str, texts: Sequence[str], found: Sequence[object], chain: Chain) -> None:
    """Raise ConfigError where nothing of a chain is named, with what could have been."""
    if not found:
        known = sorted({f"district:{m.place.district}" for m in chain.machines if m.place.district})
        known += [f"machine:{m.id}" for m in chain.machines[:3]] + [f"store:{s.id}" for s in chain.stores[:1]]
        known += [f"van:{v.id}" for v in chain.vans[:2]]
        said = ", ".join(texts)
        raise ConfigError(
            f"{where}: where: must name something there is (all, {', '.join(known)}…), not {said!r}"
        )


def products(
    where: str, texts: Sequence[str], chain: Chain, asked: Mapping[str, float]
) -> frozenset[str] | None:
    """Codes of the products that any of the texts names; None for all.

    Args:
        where: for errors.
        texts: "all", a code, a name, "category:…", "drinks", "snacks", "best seller" or "best seller:3", and
            "slow seller" likewise.
        chain: whose products.
        asked: how much each is asked for, by code; for best and slow sellers.

    Raises:
        ConfigError: a text that names none.
    """
    if not texts or "all" in texts:
        return None
    found: set[str] = set()
    for text in texts:
        some = _named(text, chain.products, asked)
        if not some:
            best = next(iter(_ranked(asked)), chain.products[0].code)
            name = next((p.name_en or p.name_zh for p in chain.products if p.code == best), best)
            rule = (
                f"a product's code or name such as {name!r}, category:…, drinks, snacks, {BEST} or {SLOWEST}"
            )
            raise ConfigError(f"{where}: products: must be {rule}, not {text!r}")
        found |= some
    return frozenset(found)


def _named(text: str, known: Iterable[Product], asked: Mapping[str, float]) -> set[str]:
    kind, _, name = text.partition(":")
    if kind in (BEST, SLOWEST):
        count = int(name) if name.isdecimal() and name.isascii() and int(name) < 10_000 else 1
        ranked = _ranked(asked)
        return set(ranked[:count] if kind == BEST else ranked[-count:])
    if kind == "category":
        return {p.code for p in known if p.category == name}
    if text in ("drinks", "snacks"):
        kinds = {good.code: good.kind for good in vended().values()}
        return {p.code for p in known if f"{kinds.get(p.code, '')}s" == text}
    return {p.code for p in known if text in (p.code, p.name_en, p.name_zh)}


def _ranked(asked: Mapping[str, float]) -> list[str]:
    return sorted(asked, key=lambda code: (-asked[code], code))
