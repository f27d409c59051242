"""Wires with keys, over real tcp: who is let in, who speaks for whom, and what taking a key away does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from statistics import median

import attrs
import pytest
import trio
import trio.testing
import zmq

from runtime.bus import keys
from runtime.bus.keys import KeyPair
from runtime.bus.office import Guard, OfficeBus, open_office_bus
from runtime.bus.site import SiteBus, open_site_bus
from runtime.bus.watcher import open_watcher
from runtime.bus.wire import HEADER, Endpoints, Security, Wires
from runtime.errors import ConfigError, Refused
from runtime.roster import Roster

OFFICE = keys.make()
GW_1, GW_2, STRANGER = keys.make(), keys.make(), keys.make()
SOON_SECONDS = 0.3
"""Long enough for a frame to arrive on this computer if it arrives at all."""


Connecting = AbstractAsyncContextManager[SiteBus]


def roster(**nodes: KeyPair) -> Roster:
    kept = Roster()
    for name, key in nodes.items():
        kept.admit(name.replace("_", "-"), key.public.decode())
    return kept


def site(name: str, key: KeyPair, office: OfficeBus, server: KeyPair = OFFICE) -> Connecting:
    return open_site_bus(name, office.endpoints, Security(key, server.public))


@asynccontextmanager
async def guarded(kept: Roster) -> AsyncIterator[OfficeBus]:
    """An office that echoes every frame."""

    async def echo(office: OfficeBus) -> None:
        while True:
            for node, frame in await office.receive():
                office.send(node, frame)

    with trio.fail_after(30):
        async with open_office_bus(guard=Guard(OFFICE, kept)) as office, trio.open_nursery() as nursery:
            nursery.start_soon(echo, office)
            yield office
            nursery.cancel_scope.cancel()


async def ping(site: SiteBus, frame: bytes = b"hello") -> bytes:
    assert site.send(frame)
    return (await site.receive())[0]


async def silent(receive: Callable[[], Awaitable[object]]) -> bool:
    """Whether nothing comes soon."""
    with trio.move_on_after(SOON_SECONDS):
        await receive()
        return False
    return True


async def test_a_node_whose_key_is_on_the_roster_is_heard_and_answered() -> None:
    async with guarded(roster(gw_1=GW_1)) as office, site("gw-1", GW_1, office) as gw:
        assert await ping(gw) == b"hello"
        assert (office.strangers, office.garbage, gw.refused) == (0, 0, 0)


async def test_neither_a_strange_key_nor_none_nor_another_offices_comes_in() -> None:
    async with guarded(roster(gw_1=GW_1)) as office:
        async with site("gw-1", STRANGER, office) as gw:
            gw.send(b"let me in")
            assert await silent(gw.receive)
            assert gw.refused >= 1
        async with open_site_bus("gw-1", office.endpoints) as plain:
            plain.send(b"let me in")
            assert await silent(plain.receive)
        async with site("gw-1", GW_1, office, server=STRANGER) as misled:
            misled.send(b"are you the office?")
            assert await silent(misled.receive)
        async with site("gw-1", GW_1, office) as gw:
            assert await ping(gw) == b"hello"
        assert office.strangers == 0


async def test_a_node_speaks_for_itself_only() -> None:
    async with guarded(roster(gw_1=GW_1, gw_2=GW_2)) as office:
        async with site("gw-1", GW_2, office) as impostor:
            impostor.send(b"I am gw-1")
            assert await silent(impostor.receive)
            assert impostor.refused == 0
        assert office.strangers == 1
        assert not office.send("gw-1", b"not for the impostor")


async def test_a_key_that_was_taken_away_is_worth_nothing_at_once_on_a_live_connection() -> None:
    kept = roster(gw_1=GW_1, gw_2=GW_2)
    async with guarded(kept) as office, site("gw-1", GW_1, office) as one, site("gw-2", GW_2, office) as two:
        assert await ping(one) == b"hello"
        assert await ping(two) == b"hello"
        kept.revoke("gw-1")
        one.send(b"still there?")
        assert await silent(one.receive)
        assert not office.send("gw-1", b"a secret")
        assert await ping(two) == b"hello"


async def test_another_process_takes_a_key_away_in_the_file(tmp_path: Path) -> None:
    kept = Roster(tmp_path / "roster.json")
    kept.admit("gw-1", GW_1.public.decode())
    async with guarded(kept) as office, site("gw-1", GW_1, office) as gw:
        assert await ping(gw) == b"hello"
        Roster(tmp_path / "roster.json").revoke("gw-1")
        with trio.fail_after(2):
            while "gw-1" in kept.nodes:
                await trio.testing.wait_all_tasks_blocked(0.01)
        gw.send(b"still there?")
        assert await silent(gw.receive)


async def test_a_watcher_whose_key_was_taken_away_sees_no_more() -> None:
    kept = roster(gw_1=GW_1, wall_screen=GW_2)
    async with guarded(kept) as office, trio.open_nursery() as nursery:
        nursery.start_soon(office.serve_watchers)
        office.publish("machine/1", b"jammed")
        security = Security(GW_2, OFFICE.public)
        async with open_watcher(office.endpoints, "machine/", security=security) as watcher:
            assert await watcher.receive() == [("machine/1", b"jammed")]
            async with site("wall-screen", GW_2, office) as known:
                assert await ping(known) == b"hello"
                kept.revoke("wall-screen")
            await trio.testing.wait_all_tasks_blocked(0.05)
            office.publish("machine/1", b"mended")
            assert await silent(watcher.receive)
        async with open_watcher(
            office.endpoints, "machine/", security=Security(GW_1, OFFICE.public)
        ) as welcome:
            assert await welcome.receive() == [("machine/1", b"mended")]
        nursery.cancel_scope.cancel()


async def test_a_node_that_was_refused_comes_in_once_its_key_is_on_the_roster() -> None:
    kept = roster()
    async with guarded(kept) as office, site("gw-1", GW_1, office) as gw:
        while not gw.refused:
            await trio.testing.wait_all_tasks_blocked(0.01)
        kept.admit("gw-1", GW_1.public.decode())
        with trio.fail_after(10):
            while True:
                gw.send(b"now?")
                if not await silent(gw.receive):
                    break


async def test_a_wire_that_met_damaged_bytes_comes_back_by_itself() -> None:
    async with guarded(roster(gw_1=GW_1)) as office, trio.open_nursery() as nursery:
        port = int(office.endpoints.links.rpartition(":")[2])
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        damage = trio.Event()

        async def pump(source: trio.SocketStream, sink: trio.SocketStream, *, damages: bool) -> None:
            async with sink:
                async for data in source:
                    spoilt = damages and damage.is_set()
                    await sink.send_all(bytes(255 - byte for byte in data) if spoilt else data)

        async def between(near: trio.SocketStream) -> None:
            far = await trio.open_tcp_stream("127.0.0.1", port)
            with suppress(trio.BrokenResourceError, trio.ClosedResourceError, ExceptionGroup):
                async with near, far, trio.open_nursery() as both:
                    both.start_soon(partial(pump, near, far, damages=False))
                    both.start_soon(partial(pump, far, near, damages=True))

        nursery.start_soon(trio.serve_listeners, between, [listener])
        by = f"tcp://127.0.0.1:{listener.socket.getsockname()[1]}"
        connect = attrs.evolve(office.endpoints, links=by)
        async with open_site_bus("gw-1", connect, Security(GW_1, OFFICE.public)) as gw:
            assert await ping(gw) == b"hello"
            damage.set()
            gw.send(b"the answer will be spoilt")
            assert await silent(gw.receive)
            damage = trio.Event()
            with trio.fail_after(10):
                while True:
                    gw.send(b"again")
                    if not await silent(gw.receive):
                        break
            assert gw.refused == 0
        nursery.cancel_scope.cancel()


async def test_the_first_use_of_a_new_key_ends_the_old_one() -> None:
    kept = roster(gw_1=GW_1)
    fresh = keys.make()
    async with guarded(kept) as office, site("gw-1", GW_1, office) as old:
        assert await ping(old) == b"hello"
        kept.announce("gw-1", fresh.public.decode())
        assert await ping(old) == b"hello"
        async with site("gw-1", fresh, office) as new:
            assert await ping(new) == b"hello"
            old.send(b"and I?")
            assert await silent(old.receive)
            assert await ping(new) == b"hello"


async def test_without_a_doorkeeper_nobody_comes_in() -> None:
    with trio.fail_after(20):
        wires = Wires()
        bus = OfficeBus(wires, Endpoints(), Guard(OFFICE, roster(gw_1=GW_1)))
        try:
            async with site("gw-1", GW_1, bus) as gw:
                gw.send(b"nobody guards the door")
                assert await silent(bus.receive)
        finally:
            await wires.end()


async def test_with_keys_the_office_may_listen_to_the_world() -> None:
    async with open_office_bus(Endpoints(links="tcp://0.0.0.0:*"), Guard(OFFICE, roster())) as office:
        assert office.endpoints.links.startswith("tcp://0.0.0.0:")


HELD_UP_TIMES_MAX = 3
"""Against the same node just before. ``tests/processes/test_strangers.py`` tells of the slowest of many."""


async def waits_of(site: SiteBus) -> list[float]:
    """How long a hundred round trips took, in seconds."""
    waits = []
    for _ in range(100):
        began = trio.current_time()
        assert await ping(site) == b"hello"
        waits.append(trio.current_time() - began)
    return waits


async def test_a_hundred_strangers_do_not_hold_up_an_honest_node() -> None:
    kept = roster(gw_1=GW_1)
    async with guarded(kept) as office, site("gw-1", GW_1, office) as gw:
        calm = await waits_of(gw)
        with zmq.Context() as context:
            strangers = [context.socket(zmq.DEALER) for _ in range(100)]
            for socket in strangers:
                public, secret = zmq.curve_keypair()
                socket.curve_publickey, socket.curve_secretkey = public, secret
                socket.curve_serverkey = OFFICE.public
                socket.linger = 0
                socket.connect(office.endpoints.links)
                socket.send_multipart([b"gw-1", HEADER, b"evil"])
            waits = await waits_of(gw)
            for socket in strangers:
                socket.close()
        assert median(waits) < max(0.05, HELD_UP_TIMES_MAX * median(calm))
        assert office.strangers == 0


def test_a_key_file_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "gw-1.key"
    key = keys.kept(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert keys.kept(path) == key
    assert key.secret.decode() not in repr(key)
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="mode must be 0600, not 0644"):
        keys.kept(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"a b c", b"x" * 40, pytest.param(GW_1.public + b"\n" + GW_2.secret, id="halves of two")],
)
def test_a_file_without_a_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "gw-1.key"
    path.touch(0o600)
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"gw-1\.key: (must hold|the public key must belong)"):
        keys.kept(path)


def test_a_key_belongs_to_one_node_and_a_roster_outlives_its_process(tmp_path: Path) -> None:
    kept = Roster(tmp_path / "roster.json")
    kept.admit("gw-1", "a" * 40)
    with pytest.raises(Refused, match="the key of gw-2 must be its own, it is that of gw-1"):
        kept.admit("gw-2", "a" * 40)
    with pytest.raises(Refused, match="gw-2 must have a key to be revoked"):
        kept.revoke("gw-2")
    with pytest.raises(Refused, match="gw-2 must have a key before it can change it"):
        kept.announce("gw-2", "b" * 40)
    kept.admit("gw-3", "c" * 40)
    kept.revoke("gw-3")
    assert Roster(tmp_path / "roster.json").revoked == ("gw-3",)
    kept.admit("gw-3", "c" * 40)
    assert kept.revoked == ()
    kept.revoke("gw-3")
    again = Roster(tmp_path / "roster.json")
    assert (again.nodes, again.node_of("a" * 40)) == (("gw-1",), "gw-1")
    (tmp_path / "roster.json").write_text("[1]")
    with pytest.raises(ConfigError, match=r"roster\.json: must be a file that Hawker wrote"):
        Roster(tmp_path / "roster.json")
