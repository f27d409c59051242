"""How an MDB bus looks to the master's computer: the bus itself with mode bits, or one of two adapters.

``parity``: bytes with mode bit in a Linux port's PARMRK form, both ways. ``ascii``: the far side of an
adapter that takes and gives lines of text and acknowledges by itself. ``hex``: the far side of an adapter
that takes raw blocks, polls by itself and gives hex text (protocol notes A5.1 to A5.3). README.md says what
is not known of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import attrs
import trio

from hardware.mdb.codec import ascii_line, hex_line
from hardware.mdb.codec.block import (
    ACK,
    MODE,
    NAK,
    RET,
    CommandReader,
    Confirmation,
    MarkedReader,
    answer_words,
    to_marked,
)
from hardware.mdb.codec.lengths import command_length
from runtime.errors import ProtocolError
from simulator.peripherals.peripheral import Unasked, serve_bytes

ADAPTER_POLL_SECONDS = 0.1
"""How often an adapter that polls by itself asks each peripheral (estimate; MDB/ICP 4.2: 25 to 200 ms)."""


@attrs.frozen
class Said:
    """A slave's answer as it stands on the line.

    Attributes:
        code: ACK or NAK when that is all; None when data was told.
        data: without check byte.
        corrupt: the check byte is wrong.
    """

    code: int | None
    data: bytes = b""
    corrupt: bool = False


class Bus(Protocol):
    """What the wires need of a bus."""

    def ask(self, block: bytes) -> Said | None:
        """Carry a block without check byte; None is silence."""

    def say_again(self) -> Said | None:
        """RET."""

    def acknowledge(self) -> None:
        """ACK."""

    def reset_all(self) -> None:
        """Bus reset."""

    def polls(self) -> list[bytes]:
        """The POLL block of every slave."""


async def nine_bit(bus: Bus, stream: trio.abc.Stream) -> None:
    """The bus itself."""
    marks, commands = MarkedReader(), CommandReader(command_length)

    def hear(chunk: bytes) -> bytes:
        out = b""
        for heard in commands.feed(marks.feed(chunk)):
            if isinstance(heard, Confirmation):
                if heard.code == ACK:
                    bus.acknowledge()
                said = bus.say_again() if heard.code == RET else None
            else:
                said = bus.ask(heard)
            out += b"" if said is None else to_marked(_words(said))
        return out

    await serve_bytes(stream, hear)


def _words(said: Said) -> tuple[int, ...]:
    if said.code is not None:
        return (said.code | MODE,)
    *data, check = answer_words(said.data)
    return (*data, check ^ 0x01 if said.corrupt else check)


async def lines_of_text(bus: Bus, stream: trio.abc.Stream) -> None:
    """An adapter of lines; it must be made master (``M,1``) before it carries anything."""
    lines = ascii_line.LineReader()
    master = False

    def hear(chunk: bytes) -> bytes:
        nonlocal master
        out = b""
        for line in lines.feed(chunk):
            try:
                request = ascii_line.decode_request(line)
            except ProtocolError:
                continue
            reply: ascii_line.Reply
            match request:
                case ascii_line.MasterMode(on):
                    master, reply = on, ascii_line.Took()
                case ascii_line.AskVersion():
                    reply = ascii_line.Version("4.0.2.0,SIMULATED")
                case ascii_line.ResetBus():
                    bus.reset_all()
                    reply = ascii_line.Answered(b"")
                case ascii_line.Send(block):
                    reply = ascii_line.Answered(_carried(bus, block) if master else None)
            out += ascii_line.encode_reply(reply)
        return out

    await serve_bytes(stream, hear)


def _carried(bus: Bus, block: bytes) -> bytes | None:
    """What an adapter makes of a block: it acknowledges good data, and gives up on anything else."""
    said = bus.ask(block)
    if said is None or said.code == NAK or said.corrupt:
        return None
    if said.code is None:
        bus.acknowledge()
    return said.data


async def raw_and_hex(bus: Bus, stream: trio.abc.Stream) -> None:
    """An adapter that polls by itself."""
    held = bytearray()
    unasked = Unasked()

    def hear(chunk: bytes) -> bytes:
        out = b""
        for byte in chunk:
            held.append(byte)
            if (length := command_length(bytes(held))) is not None and len(held) >= length:
                answer = _carried(bus, bytes(held))
                held.clear()
                out += b"" if answer is None else hex_line.encode_line(hex_line.Solicited(answer))
        return out

    async def poll() -> None:
        while True:
            for block in bus.polls():
                if told := _carried(bus, block):
                    unasked.put(hex_line.encode_line(hex_line.Unsolicited(block[0] & 0xF8, told)))
            await trio.sleep(ADAPTER_POLL_SECONDS)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(poll)
        await serve_bytes(stream, hear, unasked)
        nursery.cancel_scope.cancel()


WIRES: dict[str, Callable[[Bus, trio.abc.Stream], Awaitable[None]]] = {
    "parity": nine_bit,
    "ascii": lines_of_text,
    "hex": raw_and_hex,
}
