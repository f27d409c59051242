"""A machine's DEX port: the far end of a DEX/UCS or DDCMP line, with the faults of real lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import attrs
import trio

from hardware.dex.codec.blocks import ACK, FILL, WACK
from hardware.dex.codec.ddcmp_link import DdcmpServe
from hardware.dex.codec.ddcmp_station import STANDARD as DDCMP_STANDARD
from hardware.dex.codec.ddcmp_station import DdcmpTimers
from hardware.dex.codec.session import OK, READ, SEND, UNDEFINED, Header, Session
from hardware.dex.codec.timers import STANDARD, Timers
from runtime.errors import ProtocolError
from simulator.audit_book import AuditBook, LaneCount, TrueCounts
from simulator.peripherals.peripheral import RECEIVE_BYTES

FILL_BYTES = 20
FILL_SECONDS = 0.09
"""A slow machine sends DLE SYN each 90 ms (timer C of EVA-DTS 6.2)."""

BEGIN_SECONDS = 3.0
"""How often a machine that starts as master asks for the line (estimate)."""

BEGIN_TRIES = 3

SHORT_BYTES = 4
"""What is longer is a block."""

Clock = Callable[[], int]


@attrs.define
class PortFaults:
    """What is wrong with the line. Numbers count down to 0.

    Attributes:
        silent: it neither hears nor answers.
        lost: blocks that arrive with a byte missing.
        spoilt: blocks that arrive with a wrong byte.
        checks: blocks with a wrong check value.
        answers_lost: acknowledgements that do not arrive.
        waits: how often it answers WACK before it is ready.
        noise: bytes of nonsense before everything it says.
        slow: it sends blocks with pauses, filled with DLE SYN.
    """

    silent: bool = False
    lost: int = 0
    spoilt: int = 0
    checks: int = 0
    answers_lost: int = 0
    waits: int = 0
    noise: bytes = b""
    slow: bool = False


class _Talk(Protocol):
    ended: str | None

    @property
    def due_us(self) -> int | None: ...

    def feed(self, data: bytes, now_us: int) -> None: ...

    def wake(self, now_us: int) -> bytes: ...


class DexPort:
    """Serves audits printed from what really happened, and takes prices.

    Attributes:
        kind: "dex".
        book: what it prints; ``book.counts()`` are the true counters.
        faults: what is wrong with the line.
        reads: audits that were sent whole.
        begins: it starts as master, as old coin mechanisms do.
    """

    kind = "dex"

    def __init__(
        self,
        book: AuditBook | None = None,
        *,
        way: str = "dcs",
        begins: bool = False,
        timers: Timers = STANDARD,
        ddcmp_timers: DdcmpTimers = DDCMP_STANDARD,
        clock: Clock | None = None,
    ) -> None:
        """Make a port.

        Args:
            book: the machine's counters; None is a machine of six lanes that has sold nothing.
            way: "dcs" or "ddcmp".
            begins: whether it starts as master.
            timers: times of its DEX/UCS line.
            ddcmp_timers: times of its DDCMP line.
            clock: the machine's own, microseconds since 1970; None counts from 1970 as trio's clock goes.
        """
        self.book = book or _new_book()
        self.faults = PortFaults()
        self.reads = 0
        self.begins = begins
        self._way = way
        self._timers = timers
        self._ddcmp_timers = ddcmp_timers
        self._clock = clock or _now_us

    def fall_silent(self) -> None:
        """From now on it hears and says nothing."""
        self.faults.silent = True

    def speak_again(self) -> None:
        """It answers again."""
        self.faults.silent = False

    def vend(self, lane: str) -> None:
        """Sell one from this lane for cash; raises ValueError if there is no such lane."""
        counts = self.book.counts()
        if lane not in counts.lanes:
            raise ValueError(f"lane must be one of {', '.join(counts.lanes)}, not {lane!r}")
        counts.vend(lane, cash=True)

    async def serve(self, stream: trio.abc.Stream) -> None:
        """One session after another until cancelled or the stream ends."""
        while True:
            talk = self._talk()
            if not await self._carry(stream, talk):
                return
            if isinstance(talk, Session):
                self._after(talk)
                if self.begins:
                    await trio.sleep(BEGIN_SECONDS)

    def _talk(self) -> _Talk:
        now_us = _now_us()
        if self._way == "ddcmp":
            return DdcmpServe(self._print_for_ddcmp, now_us, self._ddcmp_timers)
        us = self.book.sender
        want = Header(us, SEND) if self.begins else None
        data = self.book.print(self._clock()) if self.begins else b""
        return Session(
            us,
            now_us,
            want=want,
            agree=self._agree,
            data=data,
            timers=self._timers,
            tries=BEGIN_TRIES,
            yields=False,
        )

    def _print_for_ddcmp(self, reset: bool) -> bytes:
        data = self.book.print(self._clock())
        self.book.was_read(self._clock(), reset=reset)
        self.reads += 1
        return data

    def _agree(self, header: Header) -> tuple[str, bytes]:
        if header.operation == READ:
            return OK, self.book.print(self._clock())
        return (OK, b"") if header.operation == SEND else (UNDEFINED, b"")

    def _after(self, session: Session) -> None:
        """A session is over: what was sent whole counts as read, what came is configuration."""
        if session.ended or session.header is None:
            return
        if session.delivered:
            self.reads += 1
            self.book.was_read(self._clock(), reset=self.book.auto)
        elif session.received:
            try:
                self.book.configure(session.received)
            except ProtocolError:
                return  # a machine leaves what it does not understand

    async def _carry(self, stream: trio.abc.Stream, talk: _Talk) -> bool:
        """Carry one session; False when the stream has ended."""
        while talk.ended is None or talk.due_us is not None:
            if wire := talk.wake(_now_us()):
                try:
                    await self._put(stream, wire)
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    return False
                continue
            due_us = talk.due_us
            with trio.move_on_at(float("inf") if due_us is None else due_us / 1_000_000):
                try:
                    chunk = await stream.receive_some(RECEIVE_BYTES)
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    return False
                if not chunk:
                    return False
                if not self.faults.silent:
                    talk.feed(bytes(chunk), _now_us())
        return True

    async def _put(self, stream: trio.abc.Stream, wire: bytes) -> None:
        faults = self.faults
        if faults.silent:
            return
        if len(wire) > SHORT_BYTES:
            wire = self._spoiled(wire)
        elif wire in ACK and faults.answers_lost:
            faults.answers_lost -= 1
            return
        elif wire in ACK and faults.waits:
            faults.waits -= 1
            wire = WACK
        wire = faults.noise + wire
        if faults.slow and len(wire) > SHORT_BYTES:
            await self._slowly(stream, wire)
        else:
            await stream.send_all(wire)

    def _spoiled(self, wire: bytes) -> bytes:
        faults, middle = self.faults, len(wire) // 2
        if faults.lost:
            faults.lost -= 1
            return wire[:middle] + wire[middle + 1 :]
        if faults.spoilt:
            faults.spoilt -= 1
            return wire[:middle] + bytes((wire[middle] ^ 0x21,)) + wire[middle + 1 :]
        if faults.checks:
            faults.checks -= 1
            return wire[:-1] + bytes((wire[-1] ^ 0xFF,))
        return wire

    async def _slowly(self, stream: trio.abc.Stream, wire: bytes) -> None:
        """In pieces with fill between them; never within the start or the end of a block."""
        body = wire[:-SHORT_BYTES]
        for at in range(0, len(body), FILL_BYTES):
            await stream.send_all(body[at : at + FILL_BYTES])
            await trio.sleep(FILL_SECONDS)
            await stream.send_all(FILL)
        await stream.send_all(wire[-SHORT_BYTES:])


def _new_book() -> AuditBook:
    counts = TrueCounts(lanes={str(lane): LaneCount(price_minor=150) for lane in range(11, 17)})
    return AuditBook(counts=lambda: counts, currency="EUR", serial="SIM0001")


def _now_us() -> int:
    return round(trio.current_time() * 1_000_000)
