"""Sampled demand in numbers: how many come when, what they want, how they pay."""

from __future__ import annotations

import attrs

from runtime.errors import ConfigError

EVERY_DAY = (1.0,) * 7

PER_HOUR_MAX = 500.0
"""Most customers an hour on average; a machine or till serves far fewer, and exp(-rate) must not vanish."""


def _hourly(owner: object, _: object, hourly: tuple[float, ...]) -> None:
    if len(hourly) != 24 or min(hourly) < 0.0:
        raise ConfigError(f"{_name(owner)}: hourly rates must be 24 numbers >= 0, not {hourly}")
    if max(hourly) > PER_HOUR_MAX:
        raise ConfigError(f"{_name(owner)}: hourly rates must be <= {PER_HOUR_MAX}, not {max(hourly)}")


def _weekday(owner: object, _: object, weekday: tuple[float, ...]) -> None:
    if len(weekday) != 7 or min(weekday) < 0.0:
        raise ConfigError(f"{_name(owner)}: weekday factors must be 7 numbers >= 0, not {weekday}")


def _tenders(owner: object, _: object, tenders: tuple[tuple[str, float], ...]) -> None:
    if sum(weight for _, weight in tenders) <= 0.0:
        raise ConfigError(f"{_name(owner)}: tender weights must add up to more than 0, not {tenders}")


def _name(owner: object) -> str:
    return str(getattr(owner, "machine", "") or getattr(owner, "store", ""))


@attrs.frozen(kw_only=True)
class MachineRates:
    """The customers of one machine.

    Attributes:
        hourly: customers an hour for each local hour of the day, 24 numbers.
        weekday: factor by local weekday, Monday first, 7 numbers.
        lanes: (code, price_minor, weight); a customer takes a lane with a chance in proportion to its weight.
        tenders: (tender, weight).
        second_item_share: share of customers who take two items, of lanes chosen independently.
    """

    machine: str
    hourly: tuple[float, ...] = attrs.field(validator=_hourly)
    weekday: tuple[float, ...] = attrs.field(default=EVERY_DAY, validator=_weekday)
    lanes: tuple[tuple[str, int, float], ...]
    tenders: tuple[tuple[str, float], ...] = attrs.field(validator=_tenders)
    second_item_share: float = 0.08

    def __attrs_post_init__(self) -> None:
        if sum(weight for _, _, weight in self.lanes) <= 0.0:
            raise ConfigError(f"{self.machine}: lane weights must add up to more than 0")


@attrs.frozen(kw_only=True)
class StoreRates:
    """The shoppers of one store.

    Attributes:
        tills: addresses of its tills, e.g. "st-01/till/1"; a shopper takes one by chance.
        hourly: shoppers an hour for each local hour of the day, 24 numbers.
        weekday: factor by local weekday, Monday first, 7 numbers.
        baskets: each a tuple of (code, quantity); a shopper's is one of them by chance.
        prices: (code, price_minor, weighed) of every code in the baskets; for cash in hand only.
        tenders: (tender, weight).
    """

    store: str
    tills: tuple[str, ...]
    hourly: tuple[float, ...] = attrs.field(validator=_hourly)
    weekday: tuple[float, ...] = attrs.field(default=EVERY_DAY, validator=_weekday)
    baskets: tuple[tuple[tuple[str, int], ...], ...]
    prices: tuple[tuple[str, int, bool], ...]
    tenders: tuple[tuple[str, float], ...] = attrs.field(validator=_tenders)

    def __attrs_post_init__(self) -> None:
        if not self.tills or not self.baskets:
            raise ConfigError(f"{self.store}: tills and baskets must not be empty")
        known = {code for code, _, _ in self.prices}
        for code in (code for basket in self.baskets for code, _ in basket):
            if code not in known:
                raise ConfigError(
                    f"{self.store}: every code in the baskets must have a price, {code!r} has none"
                )
