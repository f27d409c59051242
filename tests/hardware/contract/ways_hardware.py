"""A real device on the bench: a person does what the terminal says, and at the end says what really happened.

Run with ``-s``. The device must know the pieces and lanes that ``hands.py`` names.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import trio

from scenarios.devices import ways as device_ways
from tests.hardware.contract.rig import HARDWARE, DriverBench, Rig, Way


class Person:
    """Says what to do, and asks what happened; the same for every contract."""

    lanes: tuple[str, ...] = ("A1", "A2", "A3")

    def __init__(self, said: Callable[[str], object] = print, asked: Callable[[str], str] = input) -> None:
        self._say, self._ask = said, asked

    def __getattr__(self, deed: str) -> Callable[..., None]:
        """Every deed of ``hands.py`` that has no answer: told as its name says."""

        def do(*things: object, **more: object) -> None:
            listed = " ".join(str(thing) for thing in (*things, *more.values()))
            self._say(f">> {deed.replace('_', ' ')} {listed}")

        return do

    def is_open(self, value_minor: int) -> bool:
        return True

    is_shut = is_open

    @property
    def looks_for_card(self) -> bool:
        return True

    def _number(self, what: str) -> int:
        return int(self._ask(f"?? {what}: "))

    in_minor = property(lambda person: person._number("money really kept in this test, minor units"))
    out_minor = property(lambda person: person._number("money really paid out in this test, minor units"))
    taken_minor = property(lambda person: person._number("money the provider has taken in this test"))
    bills_returned = property(lambda person: person._number("bills that came back in this test"))
    cash_sales = property(
        lambda person: [person._number("price of the cash sale that the reader was told of")]
    )
    drops = property(lambda person: person._number("products that fell in this test"))
    turns = property(lambda person: person._ask("?? lanes that turned in this test, in order: ").split())
    vends = property(lambda person: person._number("units the machine has ever sold"))

    def price_minor(self, lane: str) -> int:
        return self._number(f"price that the device shows for {lane}, minor units")


CANNOT = frozenset(
    {"wire", "recycler", "jams", "hand counts", "patience", "joined motors", "sensor", "motors"}
)
"""What a person cannot bring about, or not so that it can be told."""


def ways(port: str, driver: str) -> dict[str, list[Way[Any]]]:
    """The ways to the device at a port, by contract; ``driver`` may have options: ``mdb&way=ascii``.

    Raises ConfigError for a driver or option that does not exist.
    """
    way = device_ways.parse(port if ":" in port else f"serial:{port}?driver={driver}")
    contracts = {"cash", "cashless", "board", "audit", "cooling", "keypad"} & set(way.make_driver().serves)
    opened = partial(_opened, way)
    return {
        contract: [Way("hardware", opened, kind=way.driver, form=HARDWARE, beyond=CANNOT)]
        for contract in sorted(contracts)
    }


@asynccontextmanager
async def _opened(way: device_ways.Way) -> AsyncIterator[Rig[Any]]:
    async with await way.open() as stream, trio.open_nursery() as nursery:
        bench = DriverBench(way.make_driver, stream, nursery)
        await bench.start()
        yield Rig(bench, Person())
        nursery.cancel_scope.cancel()
