"""The bus and its three wires: framing, acknowledgements, and answers that are lost or damaged."""

from __future__ import annotations

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from hardware.mdb.codec.block import ACK, MODE, NAK, RET, command_words, to_marked
from simulator.peripherals.mdb_bus import MdbBus
from simulator.peripherals.mdb_changer import MdbChanger
from simulator.peripherals.mdb_reader import MdbReader
from simulator.peripherals.mdb_validator import MdbValidator
from tests.simulator.peripherals.bench import Master


def command(block: str) -> bytes:
    return to_marked(command_words(bytes.fromhex(block)))


def confirm(code: int) -> bytes:
    return to_marked([code])


async def said(stream: trio.abc.Stream) -> bytes:
    """All that comes within a second."""
    heard = bytearray()
    with trio.move_on_after(1):
        while chunk := await stream.receive_some():
            heard += chunk
    return bytes(heard)


async def ask(stream: trio.abc.Stream, raw: bytes) -> bytes:
    await stream.send_all(raw)
    return await said(stream)


@pytest.fixture
def bus() -> MdbBus:
    return MdbBus(MdbChanger(), MdbValidator(), MdbReader())


async def test_nine_bit_answers_end_in_the_mode_bit_and_ack_is_one_byte(
    bus: MdbBus, nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    near, far = trio.testing.memory_stream_pair()
    nursery.start_soon(bus.serve, far)
    assert await ask(near, command("0b")) == b"\x0b\xff\x00\x0b"
    assert await ask(near, confirm(RET)) == b"\x0b\xff\x00\x0b"
    assert await ask(near, confirm(NAK)) == b""
    assert await ask(near, command("0b")) == b"\x0b\xff\x00\x0b"
    assert await ask(near, confirm(ACK)) == b""
    assert await ask(near, command("0b")) == b"\xff\x00\x00"
    assert await ask(near, command("12")) == b"\x00\xff\x00\x00", (
        "JUST RESET of a reader is 00 with its check byte"
    )
    nursery.cancel_scope.cancel()


async def test_a_block_is_heard_however_its_bytes_are_split(
    bus: MdbBus, nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    near, far = trio.testing.memory_stream_pair()
    nursery.start_soon(bus.serve, far)
    for byte in command("0c ff ff 00 00"):
        await near.send_all(bytes([byte]))
        await trio.testing.wait_all_tasks_blocked()
    assert await said(near) == b"\xff\x00\x00"
    nursery.cancel_scope.cancel()


async def test_a_block_with_a_wrong_check_byte_or_for_nobody_gets_no_answer(
    bus: MdbBus, nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    near, far = trio.testing.memory_stream_pair()
    nursery.start_soon(bus.serve, far)
    assert await ask(near, to_marked([0x0B | MODE, 0x0C])) == b""
    assert await ask(near, command("62")) == b""
    assert await ask(near, command("0b")) == b"\x0b\xff\x00\x0b"
    nursery.cancel_scope.cancel()


async def test_the_line_adapter_carries_only_as_master_and_acknowledges_itself(
    bus: MdbBus, nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    bus.wire = "ascii"
    near, far = trio.testing.memory_stream_pair()
    nursery.start_soon(bus.serve, far)
    assert await ask(near, b"R,0B\n") == b"p,NACK\r\n"
    assert await ask(near, b"M,1\n") == b"m,ACK\r\n"
    assert await ask(near, b"R,0B\nR,0B\n") == b"p,0B\r\np,ACK\r\n"
    assert await ask(near, b"R,62\n") == b"p,NACK\r\n"
    assert await ask(near, b"R,RESET\nR,0B\n") == b"p,ACK\r\np,0B\r\n"
    nursery.cancel_scope.cancel()


async def test_the_hex_adapter_polls_by_itself_and_answers_commands_with_check_byte(
    bus: MdbBus, nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    bus.wire = "hex"
    near, far = trio.testing.memory_stream_pair()
    nursery.start_soon(bus.serve, far)
    first = (await said(near)).split(b"\r\n")
    assert first[:4] == [b"08 0B", b"30 09 06", b"10 00", b"30 09"]
    assert (await ask(near, bytes.fromhex("34ffffffff"))).split(b"\r\n")[0] == b"00"
    answer = (await ask(near, b"\x09")).split(b"\r\n")[0]
    assert answer == b"03 13 44 32 02 00 0F 01 02 04 0A 14 C2"
    nursery.cancel_scope.cancel()


@pytest.mark.parametrize("wire", ["parity", "ascii", "hex"])
@given(chunks=st.lists(st.binary(max_size=40), max_size=6))
def test_no_bytes_stop_the_bus(wire: str, chunks: list[bytes]) -> None:
    async def send_all() -> None:
        near, far = trio.testing.memory_stream_pair()
        async with trio.open_nursery() as nursery:
            bus = MdbBus(MdbChanger(), MdbValidator(recycles_minor=2000), MdbReader(), wire=wire)
            nursery.start_soon(bus.serve, far)
            for chunk in chunks:
                await near.send_all(chunk)
                await trio.testing.wait_all_tasks_blocked()
            await near.aclose()

    trio.run(send_all, clock=MockClock(autojump_threshold=0))


def test_a_lost_answer_was_acted_on_and_a_nak_was_not() -> None:
    master = Master()
    master.start_changer()
    master.ask("0c 00 00 ff ff")
    master.bus.faults["changer"].naks = 1
    assert master.ask("0d 10") == "NAK"
    master.wait(2)
    assert master.changer.out_minor == 0
    master.bus.faults["changer"].answers_lost = 1
    assert master.ask("0d 10") is None
    master.wait(2)
    assert master.changer.out_minor == 50


def test_a_damaged_answer_is_told_again_and_so_is_one_whose_ack_was_lost() -> None:
    master = Master()
    master.start_changer()
    master.changer.drop_coin(500)
    master.bus.faults["changer"].answers_corrupt = 1
    assert master.ask("0b") == "corrupt"
    master.bus.faults["changer"].acks_lost = 1
    assert master.ask("0b") == "53 15"
    assert master.ask("0b") == "53 15"
    assert master.ask("0b") == ""


def test_an_acknowledgement_reaches_only_who_spoke_last() -> None:
    master = Master()
    master.start_changer()
    master.changer.drop_coin(500)
    assert master.ask("0b", acknowledge=False) == "53 15"
    assert master.ask("62") is None
    master.bus.acknowledge()
    assert master.ask("0b") == "53 15"
