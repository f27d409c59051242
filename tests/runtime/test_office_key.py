"""The office changes its own key, over real tcp: nobody is lost on the way, whenever the power goes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import pytest
import trio

from runtime.bus import keys
from runtime.bus.door import announce, open_door
from runtime.bus.key_change import KeyChange
from runtime.bus.key_folder import KeyFolder, KnownOffice, NodeKeys
from runtime.bus.office import Guard, OfficeBus, open_office_bus
from runtime.bus.site import open_site_bus
from runtime.bus.wire import OFFICE_KEY, Endpoints, Security
from runtime.errors import ConfigError
from runtime.pairing import PairingDesk
from runtime.roster import Roster

OFFICE, NODES = "office", ("gw-1", "st-1")
AGAIN_SECONDS = 0.2
"""A frame that got lost with its connection is said again."""
LOOK_SECONDS = 0.02


@attrs.define
class Chain:
    """Folders of an office and its nodes, on disk; lives are made from them as often as need be."""

    root: Path

    @classmethod
    def paired(cls, root: Path) -> Chain:
        chain = cls(root)
        public = chain.folder(OFFICE).key(OFFICE).public
        for name in NODES:
            chain.folder(name).keep_office(KnownOffice(public, None))
            chain.roster().admit(name, chain.folder(name).key(name).public.decode())
        return chain

    def folder(self, name: str) -> KeyFolder:
        (self.root / name).mkdir(exist_ok=True)
        return KeyFolder(self.root / name)

    def roster(self) -> Roster:
        return Roster(self.root / OFFICE / "roster.json")

    def change(self) -> KeyChange:
        made = KeyChange(self.folder(OFFICE), OFFICE, self.roster(), self.root / OFFICE / "change.json")
        made.look()
        return made

    def guard(self) -> Guard:
        roster = self.roster()
        change = KeyChange(self.folder(OFFICE), OFFICE, roster, self.root / OFFICE / "change.json")
        return Guard(self.folder(OFFICE).key(OFFICE), roster, change)

    def keys(self, name: str) -> NodeKeys:
        known = self.folder(name).office()
        assert known is not None
        return NodeKeys(self.folder(name), name, known.public)

    def known(self, name: str) -> tuple[bytes, bytes]:
        known = self.folder(name).office()
        assert known is not None
        return known.public, known.next_public


async def echo(office: OfficeBus) -> None:
    while True:
        for node, frame in await office.receive():
            office.send(node, frame)


@asynccontextmanager
async def office_of(chain: Chain, at: Endpoints | None = None) -> AsyncIterator[OfficeBus]:
    async with open_office_bus(at, chain.guard()) as office, trio.open_nursery() as nursery:
        nursery.start_soon(echo, office)
        yield office
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def node_of(chain: Chain, name: str, at: Endpoints) -> AsyncIterator[Callable[[], int]]:
    """A node that talks on and on for the length of a block; gives how often it was answered."""
    answered = 0

    async def talk(keys: NodeKeys) -> None:
        nonlocal answered
        async with open_site_bus(name, at, keys.security(), keys) as bus:
            while True:
                bus.send(b"hello")
                with trio.move_on_after(AGAIN_SECONDS):
                    answered += len(await bus.receive())
                await trio.sleep(LOOK_SECONDS)

    async def keep_linked() -> None:
        keys = chain.keys(name)
        while True:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(talk, keys)
                await keys.changed()
                nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(keep_linked)
        yield lambda: answered
        nursery.cancel_scope.cancel()


async def until(holds: Callable[[], object]) -> None:
    while not holds():  # noqa: ASYNC110 - files tell nobody
        await trio.sleep(LOOK_SECONDS)


async def more(answered: Callable[[], int]) -> None:
    now = answered()
    await until(lambda: answered() > now)


async def test_every_node_talks_on_while_the_office_changes_its_key(tmp_path: Path) -> None:
    chain = Chain.paired(tmp_path)
    old = chain.folder(OFFICE).key(OFFICE)
    with trio.fail_after(30):
        async with office_of(chain) as office, node_of(chain, "gw-1", office.endpoints) as first:
            await more(first)
            new = chain.change().begin()
            await until(lambda: chain.known("gw-1") == (old.public, new.public))
            assert tuple(chain.change().missing()) in (NODES, ("st-1",))
            await more(first)
            assert chain.folder(OFFICE).key(OFFICE) == old, "the other node has not heard of it yet"
            async with node_of(chain, "st-1", office.endpoints) as second:
                await until(lambda: chain.folder(OFFICE).key(OFFICE) == new)
                await until(lambda: [chain.known(name) for name in NODES] == [(new.public, b"")] * 2)
                await more(first)
                await more(second)
            assert chain.known(OFFICE)[0] == new.public
            own = chain.folder("gw-1").key("gw-1")
            async with open_site_bus("gw-1", office.endpoints, Security(own, old.public)) as late:
                late.send(b"by the old key")
                with trio.move_on_after(2 * AGAIN_SECONDS) as waited:
                    await late.receive()
                assert waited.cancelled_caught, "the old key is refused"
            await more(first)


async def test_whoever_has_the_old_key_is_no_office_any_more(tmp_path: Path) -> None:
    chain = Chain.paired(tmp_path)
    thief = keys.KeyPair(*attrs.astuple(chain.folder(OFFICE).key(OFFICE)))
    with trio.fail_after(30):
        chain.roster().revoke("st-1")
        async with office_of(chain) as office, node_of(chain, "gw-1", office.endpoints):
            new = chain.change().begin()
            await until(lambda: chain.known("gw-1") == (new.public, b""))
        async with (
            open_office_bus(office.endpoints, Guard(thief, chain.roster())) as impostor,
            node_of(chain, "gw-1", impostor.endpoints),
        ):
            with trio.move_on_after(0.8) as waited:
                await impostor.receive()
            assert waited.cancelled_caught, "its node does not speak to it"
    assert chain.known("gw-1") == (new.public, b"")


STEPS = ("nothing", "next key made", "node keeps it", "office noted it", "key taken", "node tried it")


def cut_after(chain: Chain, step: int) -> None:
    """Leave on disk what is there when the power goes after this step."""
    following = chain.change().begin().public if step >= 1 else b""
    node = chain.keys("gw-1")
    if step >= 2:
        assert node.learn(following)
    if step >= 3:
        change = chain.change()
        assert change.held("gw-1", chain.roster().key_of("gw-1"), following)
        change.note()
    if step >= 4:
        chain.folder(OFFICE).change(OFFICE)
    if step >= 5:
        chain.folder("gw-1").keep_office(KnownOffice(following, None))


async def test_a_power_cut_after_any_step_leaves_both_ends_able_to_talk(tmp_path: Path) -> None:
    async def from_step(step: int) -> None:
        (tmp_path / STEPS[step]).mkdir()
        chain = Chain.paired(tmp_path / STEPS[step])
        chain.roster().revoke("st-1")
        cut_after(chain, step)
        async with office_of(chain) as office, node_of(chain, "gw-1", office.endpoints) as answered:
            await more(answered)
            if step:
                await until(lambda: chain.known("gw-1") == (chain.folder(OFFICE).key(OFFICE).public, b""))
                await until(lambda: chain.folder(OFFICE).next_stamp(OFFICE) is None)
                await more(answered)

    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            for step in range(len(STEPS)):
                nursery.start_soon(from_step, step)


async def test_the_door_follows_to_the_new_key(tmp_path: Path) -> None:
    chain = Chain.paired(tmp_path)
    for name in NODES[1:]:
        chain.roster().revoke(name)
    own = chain.folder("gw-1").key("gw-1")
    following = keys.make().public
    guard = chain.guard()
    desk = PairingDesk(tmp_path / "pairing.json", guard.roster, lambda: 0)
    with trio.fail_after(30):
        async with (
            open_office_bus(guard=guard) as office,
            open_door(guard, desk) as door,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(echo, office)
            async with node_of(chain, "gw-1", office.endpoints):
                new = chain.change().begin()
                await until(lambda: guard.keys == new)
            await announce(door.endpoints, new.public, own, following)
            nursery.cancel_scope.cancel()
    assert chain.roster().node_of(following.decode()) == "gw-1"


def test_a_node_paired_anew_meanwhile_must_hear_of_the_next_key_again(tmp_path: Path) -> None:
    chain = Chain.paired(tmp_path)
    cut_after(chain, 3)
    assert chain.change().missing() == ["st-1"]
    chain.roster().admit("gw-1", keys.make().public.decode())
    assert "gw-1" in chain.change().missing()


def test_what_is_no_key_is_not_learned_and_a_known_office_keeps_its_next_key(tmp_path: Path) -> None:
    chain = Chain.paired(tmp_path)
    node, following = chain.keys("gw-1"), keys.make().public
    assert not node.learn(b"short")
    assert not node.learn(b"\xff" * 40)
    assert node.learn(following)
    assert node.learn(following)
    old = chain.known("gw-1")[0]
    chain.folder("gw-1").keep_office(KnownOffice(old, None))
    assert chain.known("gw-1") == (old, following), "paired anew with the same office"
    chain.folder("gw-1").keep_office(KnownOffice(following, None))
    assert chain.known("gw-1") == (following, b"")
    (tmp_path / "gw-1" / "keys" / "office.pub").write_text("next=" + "x" * 40)
    with pytest.raises(ConfigError, match=r"office\.pub: must hold the office's public key"):
        chain.folder("gw-1").office()


async def test_a_next_key_that_nobody_asked_for_is_garbage(tmp_path: Path) -> None:
    chain = Chain.paired(tmp_path)
    own = chain.folder("gw-1").key("gw-1")
    with trio.fail_after(20):
        async with (
            open_office_bus(guard=chain.guard()) as office,
            open_site_bus("gw-1", office.endpoints, Security(own, office_public(chain))) as site,
        ):
            site.send(b"hello")
            assert await office.receive() == [("gw-1", b"hello")]
            site._links.send([b"gw-1", OFFICE_KEY, keys.make().public])
            site.send(b"hello again")
            assert await office.receive() == [("gw-1", b"hello again")]
            assert office.garbage == 1


def office_public(chain: Chain) -> bytes:
    return chain.known("gw-1")[0]
