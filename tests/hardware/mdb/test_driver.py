"""The driver's edges: ways, streams that end, adapters that do not answer, what a watcher sees."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from hardware.contract.cash import AcceptCash, CashCounted, CashInserted, CountCash, PaidOut, PayOut
from hardware.contract.display import ShowText
from hardware.contract.payment import Authorise, Declined
from hardware.mdb.adapters import AsciiBus, HexBus
from hardware.mdb.codec.block import answer_words, to_marked
from hardware.mdb.driver import MdbDriver
from hardware.mdb.parity_bus import MarkedLine, ParityBus, parity_port
from runtime.errors import ConfigError, DeviceUnavailable
from tests.hardware.mdb.bench import full_bus, running


def test_an_unknown_way_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"way must be one of parity, ascii, hex, not 'usb'"):
        MdbDriver("usb")
    with pytest.raises(ConfigError, match=r"minor_digits must be in 0..4, not 9"):
        MdbDriver(minor_digits=9)


@pytest.mark.parametrize("way", ["parity", "hex"])
async def test_a_stream_that_ends_breaks_the_run(way: str, autojump_clock: object) -> None:
    near, far = trio.testing.memory_stream_pair()
    await far.aclose()
    with pytest.raises(trio.BrokenResourceError):
        await MdbDriver(way).run(near, lambda device, event: None)


async def test_an_adapter_that_does_not_take_up_its_work_is_unavailable(autojump_clock: object) -> None:
    near, _far = trio.testing.memory_stream_pair()
    with pytest.raises(DeviceUnavailable, match=r"must answer M,1 with m,ACK, and does not"):
        await MdbDriver("ascii").run(near, lambda device, event: None)


async def test_orders_given_before_the_run_are_kept(autojump_clock: object) -> None:
    bus = full_bus()
    near, far = trio.testing.memory_stream_pair()
    driver = MdbDriver()
    told: list[object] = []
    driver.order("cash", CountCash())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bus.serve, far)
        nursery.start_soon(driver.run, near, lambda device, event: told.append(event))
        await trio.sleep(3)
        nursery.cancel_scope.cancel()
    assert [event for event in told if isinstance(event, CashCounted)]


async def test_money_ordered_long_before_the_run_is_not_moved(autojump_clock: object) -> None:
    bus = full_bus()
    near, far = trio.testing.memory_stream_pair()
    driver = MdbDriver()
    told: list[object] = []
    driver.order("cash", PayOut(sale=1, amount_minor=500))
    driver.order("cashless", Authorise(sale=2, amount_minor=100))
    await trio.sleep(600)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bus.serve, far)
        nursery.start_soon(driver.run, near, lambda device, event: told.append(event))
        await trio.sleep(20)
        nursery.cancel_scope.cancel()
    assert PaidOut(sale=1, amount_minor=0) in told
    assert Declined(sale=2, why="offline") in told
    assert bus.changer is not None
    assert not bus.changer.out_minor


async def test_a_payout_not_begun_when_the_wire_breaks_is_told_as_nothing_paid(
    autojump_clock: object,
) -> None:
    async with running(full_bus()) as bench:
        for sale in (1, 2):
            await bench.ask(PayOut(sale=sale, amount_minor=500))
    assert bench.all(PaidOut)[-1] == PaidOut(sale=2, amount_minor=0)


async def test_a_bus_where_nobody_answers_tells_no_count(autojump_clock: object) -> None:
    bus = full_bus()
    for faults in bus.faults.values():
        faults.silent = True
    near, far = trio.testing.memory_stream_pair()
    driver = MdbDriver()
    told: list[object] = []
    driver.order("cash", CountCash())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bus.serve, far)
        nursery.start_soon(driver.run, near, lambda device, event: told.append(event))
        await trio.sleep(60)
        assert [event for event in told if isinstance(event, CashCounted)] == []
        for faults in bus.faults.values():
            faults.silent = False
        await trio.sleep(30)
        nursery.cancel_scope.cancel()
    (counted,) = [event for event in told if isinstance(event, CashCounted)]
    assert counted.tubes == ((500, 20), (200, 20), (100, 20), (50, 20))


async def test_a_watcher_sees_both_directions_in_words(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        await bench.ask(ShowText(text="hello"), "cashless")
        await trio.sleep(1)
        sent = {frame.text: frame.raw.hex(" ") for frame in bench.frames if frame.sent}
        heard = [frame.text for frame in bench.frames if not frame.sent]
        assert sent["changer <- AskSetup()"] == "09 09"
        assert "reader -> JustReset() to Poll" in heard
        assert "? cashless: has no words for ShowText" in heard


def test_a_port_with_parity_is_used_as_it_is_and_others_are_marked() -> None:
    near, _far = trio.testing.memory_stream_pair()
    assert isinstance(parity_port(near), MarkedLine)
    port = parity_port(near)
    assert parity_port(port) is port  # type: ignore[arg-type]


async def test_a_spoiled_answer_is_asked_for_again(autojump_clock: object) -> None:
    bus = full_bus()
    near, far = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bus.serve, far)
        master = ParityBus(near)
        await master.reset()
        assert await master.exchange(b"\x08") == b""
        bus.faults["changer"].answers_corrupt = 2
        assert await master.exchange(b"\x0b") == b"\x0b"
        assert await master.exchange(b"\x0b") == b""
        bus.faults["changer"].answers_corrupt = 3
        assert await master.exchange(b"\x09") is None
        bus.faults["changer"].naks = 1
        assert await master.exchange(b"\x0b") is None
        nursery.cancel_scope.cancel()


async def test_behind_the_hex_adapter_a_poll_of_ours_follows_a_command_without_an_answer(
    autojump_clock: object,
) -> None:
    bus = full_bus("hex")
    near, far = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bus.serve, far)
        master = HexBus(near)
        assert await master.exchange(b"\x08") == b""
        bus.faults["changer"].silent = True
        assert await master.exchange(b"\x09") is None
        assert await master.exchange(b"\x0b") is None, "a POLL of ours shows that nobody is there"
        bus.faults["changer"].silent = False
        assert await master.exchange(b"\x0b") == b"\x0b", "or that somebody is"
        nursery.cancel_scope.cancel()


async def test_behind_the_hex_adapter_a_lost_answer_costs_no_coin(autojump_clock: object) -> None:
    async with running(full_bus("hex")) as bench:
        await bench.ask(AcceptCash(on=True))
        await bench.until(lambda: bench.changer.takes(100))
        resets = bench.changer.resets
        await bench.ask(CountCash())
        bench.bus.faults["changer"].answers_lost = 2
        bench.changer.drop_coin(100)
        await bench.event(CashInserted)
        await trio.sleep(10)
        assert bench.changer.resets == resets
        assert sum(coin.value_minor for coin in bench.all(CashInserted)) == bench.changer.in_minor == 100


async def test_an_answer_to_a_block_of_before_the_start_is_not_taken_for_the_adapter_s_word(
    autojump_clock: object,
) -> None:
    near, far = trio.testing.memory_stream_pair()
    await far.send_all(b"p,0101\np,ACK\n")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(full_bus(wire="ascii").serve, far)
        bus = AsciiBus(near)
        await bus.reset()
        assert await bus.exchange(b"\x0b") == b"\x0b", "the changer tells JUST RESET"
        nursery.cancel_scope.cancel()


async def test_an_answer_that_a_stream_without_parity_brings_late_is_not_the_next_one_s(
    autojump_clock: object,
) -> None:
    near, far = trio.testing.memory_stream_pair()
    bus = ParityBus(near)
    await bus.reset()
    assert await bus.exchange(b"\x08") is None
    late, fresh = to_marked(answer_words(b"\x01\x01")), to_marked(answer_words(b"\x0b"))

    async def answer() -> None:
        await far.receive_some()  # the command that got none
        await far.send_all(late)
        await far.receive_some()
        await far.send_all(fresh)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(answer)
        assert await bus.exchange(b"\x0b") == b"\x0b"
