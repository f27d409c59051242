from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from runtime.actor import Actor, applies, handles
from runtime.address import Ref
from runtime.command_desk import CommandDesk
from runtime.errors import ConfigError
from runtime.message import event, fact
from runtime.node import Node


@event("test.snapshot.stock")
class Stock:
    product: str
    units: int


@event("test.snapshot.break")
class Break:
    pass


@fact("test.snapshot.stocked")
class Stocked:
    product: str
    units: int


class Shelf(Actor):
    """State of every shape: durable, not durable, private, and derived from the arguments."""

    __slots__ = (
        "_pairs",
        "_seen",
        "codes",
        "derived",
        "last",
        "levels",
        "name",
        "note",
        "places",
        "recent",
        "refs",
    )
    durable = ("levels", "last", "codes")
    levels: dict[str, int]
    last: Stocked | None
    codes: set[str]
    recent: list[str]
    note: tuple[str, int] | None
    places: dict[str, set[tuple[int, int]]]
    refs: dict[str, Ref]
    _seen: frozenset[str]
    _pairs: dict[tuple[str, str], list[int]]

    def __init__(self, name: str) -> None:
        self.name = name
        self.derived = name.upper()
        self.levels, self.last, self.codes = {}, None, set()
        self.recent, self.note, self.places, self.refs = [], None, {}, {}
        self._seen, self._pairs = frozenset(), {}

    @handles(Stock)
    def stock(self, order: Stock) -> None:
        self.record(Stocked(product=order.product, units=order.units))
        self.recent.append(order.product)
        self.note = (order.product, self.random.below(1000))
        self.places.setdefault(order.product, set()).add((order.units, -order.units))
        self.refs[order.product] = self.reach(f"{self.address}/{order.product}")
        self._seen |= {order.product}
        self._pairs[(self.name, order.product)] = [order.units]

    @handles(Break)
    def break_down(self, _: Break) -> None:
        raise RuntimeError("broken")

    @applies(Stocked)
    def _stocked(self, fact: Stocked) -> None:
        self.levels[fact.product] = self.levels.get(fact.product, 0) + fact.units
        self.last = fact
        self.codes.add(fact.product)


DURABLE = ("levels", "last", "codes")
OTHER = ("recent", "note", "places", "refs", "_seen", "_pairs")
GIVEN = [Stock(product=product, units=units) for units, product in enumerate(["tea", "bun", "rice", "tea"])]


def built() -> Node:
    node = Node("n", seed=7, now_us=1000)
    node.spawn("shelf", Shelf("left"))
    node.spawn("commands", CommandDesk())
    return node


def stocked() -> Node:
    node = built()
    for stock in GIVEN:
        node.receive(node.reach("shelf"), stock)
    node.drain()
    node.take()
    return node


def shelf(node: Node) -> Shelf:
    actor = node.actors[node.reach("shelf")]
    assert isinstance(actor, Shelf)
    return actor


def state(node: Node, names: tuple[str, ...]) -> list[object]:
    return [getattr(shelf(node), name) for name in names]


def test_a_whole_snapshot_keeps_everything_but_arguments() -> None:
    before, after = stocked(), built()
    after.load(before.save(whole=True))
    assert state(after, DURABLE + OTHER) == state(before, DURABLE + OTHER)
    assert list(shelf(after).levels) == ["tea", "bun", "rice"]
    assert shelf(after).derived == "LEFT"
    assert (after.seq, after.chain, after.now, after.handled) == (4, before.chain, 1000, 4)
    assert after.addresses == before.addresses
    assert after.save(whole=True) == before.save(whole=True)


def test_a_durable_snapshot_keeps_what_facts_determine_and_nothing_else() -> None:
    before, after = stocked(), built()
    after.load(before.save(whole=False))
    assert state(after, DURABLE) == state(before, DURABLE)
    assert state(after, OTHER) == state(built(), OTHER)


def test_dice_go_on_where_they_were() -> None:
    before, after = stocked(), built()
    after.load(before.save(whole=True))
    assert shelf(after).random.bits() == shelf(before).random.bits()


def test_messages_that_wait_are_kept_in_a_whole_snapshot() -> None:
    before, after = stocked(), built()
    before.receive(before.reach("shelf"), Stock(product="milk", units=9))
    after.load(before.save(whole=True))
    for node in (before, after):
        node.drain()
    assert state(after, DURABLE + OTHER) == state(before, DURABLE + OTHER)
    assert shelf(after).levels["milk"] == 9


def test_an_actor_that_fails_after_a_load_is_made_anew_from_snapshot_and_later_facts() -> None:
    for whole in (True, False):
        before, after = stocked(), built()
        after.load(before.save(whole=whole))
        for message in (Stock(product="bun", units=10), Break()):
            after.receive(after.reach("shelf"), message)
        after.drain()
        assert shelf(after).levels == {"tea": 3, "bun": 11, "rice": 2}
        assert shelf(after).recent == []


def test_the_same_state_gives_the_same_bytes_in_every_process() -> None:
    code = (
        "import hashlib; from tests.runtime.test_snapshot import stocked;"
        "print(hashlib.sha256(stocked().save(whole=True)).hexdigest())"
    )
    root = Path(__file__).parents[2]
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=root,
            env=os.environ | {"PYTHONHASHSEED": seed, "HAWKER_FROZEN": "1"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(printed) == 1


def test_a_snapshot_of_another_version_is_refused() -> None:
    body = msgspec.msgpack.decode(stocked().save(whole=False))
    with pytest.raises(ConfigError, match="node n: snapshot version must be 1, not 9"):
        built().load(msgspec.msgpack.encode(body | {"version": 9}))


def test_a_snapshot_with_actors_that_are_not_here_is_refused() -> None:
    other = Node("n")
    with pytest.raises(ConfigError, match="node n: snapshot: shelf must be an actor here, it is not"):
        other.load(stocked().save(whole=False))


@pytest.mark.parametrize("spoilt", [b"", b"\x00", stocked().save(whole=True)[:-3]])
def test_bytes_that_are_no_snapshot_are_refused(spoilt: bytes) -> None:
    with pytest.raises(ConfigError, match="node n: snapshot: "):
        built().load(spoilt)


def test_durable_state_must_be_annotated() -> None:
    class Careless(Actor):
        __slots__ = ("level",)
        durable = ("level",)

        def __init__(self) -> None:
            self.level = 3

    node = Node("n")
    node.spawn("lane", Careless())
    with pytest.raises(TypeError, match="Careless: durable level must be annotated in the class"):
        node.save(whole=False)
