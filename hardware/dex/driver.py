"""Driver of a machine's audit port: reads audits and writes prices, over DEX/UCS or DDCMP."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime

import trio

from hardware.answers import Answers
from hardware.contract.audit import AuditFailed, AuditRead, PricesWritten, ReadAudit, WritePrices
from hardware.dex.codec import audit as codec
from hardware.dex.codec import config, g85
from hardware.dex.codec.ddcmp_link import DdcmpRead
from hardware.dex.codec.ddcmp_station import STANDARD as DDCMP_STANDARD
from hardware.dex.codec.ddcmp_station import DdcmpTimers
from hardware.dex.codec.lines import split
from hardware.dex.codec.session import ASKING_TRIES, NO_DATA, OK, READ, SEND, Header, Session
from hardware.dex.codec.timers import STANDARD, Timers
from hardware.dex.wire import Exchange, Wire, now_us
from hardware.driver import Tell, Watch
from hardware.presence import Presence
from hardware.unserved import Unserved
from runtime.errors import ConfigError, ProtocolError

DCS, DDCMP = WAYS = ("dcs", "ddcmp")
COMMUNICATION_ID = "HWK0000001"
ORDERS_MAX = 8
TRIES = 3
REST_SECONDS = 2.0
"""Between two sessions: a machine needs a moment to go back to work (estimate)."""

LOOK_SECONDS = 60.0
"""How often a port that does not answer is asked whether it is there (estimate)."""

LOOK_TRIES = 3

Order = ReadAudit | WritePrices


class DexDriver:
    """Data carrier for one audit port.

    Every order is a session of its own, tried again if it fails. An audit is told as the machine sent it; one
    whose check value does not fit is read again, and told all the same if it stays so: some machines count
    wrong.

    Attributes:
        kind: "dex".
        serves: "audit".
    """

    kind = "dex"
    serves: tuple[str, ...] = ("audit",)

    def __init__(
        self,
        way: str = DCS,
        *,
        communication_id: str = COMMUNICATION_ID,
        price_list: int | None = None,
        timers: Timers = STANDARD,
        ddcmp_timers: DdcmpTimers = DDCMP_STANDARD,
        clock: Callable[[], datetime] = datetime.now,
    ) -> None:
        """Make a driver.

        Args:
            way: "dcs" is DEX/UCS (9600 baud), "ddcmp" the other protocol (2400 baud; reads only).
            communication_id: ours; some machines only answer ids they know.
            price_list: prices are written to this list (LC1); None writes PC1.
            timers: times of a DEX/UCS line.
            ddcmp_timers: times of a DDCMP line.
            clock: the local time, which DDCMP tells the machine.

        Raises:
            ConfigError: no such way, or an id that is not 10 letters and digits.
        """
        if way not in WAYS:
            raise ConfigError(f"dex: way must be one of {', '.join(WAYS)}, not {way!r}")
        if not (len(communication_id) == 10 and communication_id.isascii() and communication_id.isalnum()):
            raise ConfigError(f"dex: id must be 10 letters and digits, not {communication_id!r}")
        self._way = way
        self._id = communication_id
        self._price_list = price_list
        self._timers = timers
        self._ddcmp_timers = ddcmp_timers
        self._clock = clock
        self._answers = Answers(self.serves)
        self._presence = Presence(self.serves, self._answers.tell)
        self._orders: deque[Order] = deque()
        self._unserved = Unserved()
        self._resting = trio.CancelScope()
        self._wire: Wire

    def order(self, device: str, order: object) -> None:
        """See ``hardware.driver.Driver``."""
        if not isinstance(order, ReadAudit | WritePrices):
            return
        self._unserved.ordered()
        if len(self._orders) >= ORDERS_MAX:
            self._answers.tell("audit", AuditFailed(why=f"more than {ORDERS_MAX} orders wait for the port"))
        elif isinstance(order, WritePrices) and self._way == DDCMP:
            self._answers.tell("audit", AuditFailed(why="prices cannot be written over DDCMP"))
        else:
            self._orders.append(order)
            self._resting.cancel()

    async def run(self, stream: trio.abc.Stream, tell: Tell, watch: Watch | None = None) -> None:
        """See ``hardware.driver.Driver``."""
        self._wire = Wire(stream, self._way, watch)
        self._presence.answers = None
        self._answers.listen(tell)
        if self._unserved.begin():
            self._end_all("the port could not be used in time")
        try:
            while True:
                await self._do_all()
                if not self._presence.answers:
                    await self._look()
                if not self._orders:
                    await self._rest()
        finally:
            self._answers.listen(None)
            self._unserved.end()
            self._end_all("the wire broke before it was read or written")

    def _end_all(self, why: str) -> None:
        """Audits asked for on a wire that broke are not read later, and no prices are written then."""
        while self._orders:
            self._orders.popleft()
            self._answers.tell("audit", AuditFailed(why=why))

    async def _rest(self) -> None:
        """Wait for an order; what a machine says meanwhile is left, but a wire that breaks is noticed."""
        with trio.CancelScope(deadline=trio.current_time() + LOOK_SECONDS) as self._resting:
            await self._wire.drop()

    async def _do_all(self) -> None:
        while self._orders:
            order = self._orders[0]  # leaves the queue when answered
            answer = await self._read(order) if isinstance(order, ReadAudit) else await self._write(order)
            self._orders.popleft()
            self._answers.tell("audit", answer)
            await trio.sleep(REST_SECONDS)

    async def _read(self, order: ReadAudit) -> AuditRead | AuditFailed:
        text, why = await self._audit(reset=order.reset)
        if not text:
            return AuditFailed(why=why)
        if order.reset and self._way == DCS:
            await trio.sleep(REST_SECONDS)
            sent, why = await self._send(config.interval(config.RESET, self._id))
            if not sent:
                return AuditFailed(why=f"the audit was read, but its interval was not reset: {why}")
        return AuditRead(text=text)

    async def _audit(self, *, reset: bool) -> tuple[str, str]:
        """An audit as text with CR LF, or "" and why not."""
        text = why = ""
        for number in range(TRIES):
            if number:
                await trio.sleep(REST_SECONDS)
            session = self._reading(reset=reset)
            await self._carry(session)
            received, why = session.received, session.ended or ""
            found = _whole(received)
            if not self._presence.answers:
                break
            if why or not found:
                why = why or f"{len(received)} bytes that are no audit"
                continue
            text = found
            if g85.check(split(received)[0]).result != g85.MISMATCH:
                break
        return text, "" if text else why

    def _reading(self, *, reset: bool = False, look: bool = False) -> Exchange:
        begin_us = now_us()
        if self._way == DDCMP:
            return DdcmpRead(begin_us, when=self._moment(), reset=reset, look=look, timers=self._ddcmp_timers)
        tries = LOOK_TRIES if look else ASKING_TRIES
        want = Header(self._id, READ)
        return Session(
            self._id, begin_us, want=want, agree=_taking, timers=self._timers, tries=tries, look=look
        )

    def _moment(self) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
        now = self._clock()
        return (now.day, now.month, now.year % 100), (now.hour, now.minute, now.second)

    async def _write(self, order: WritePrices) -> PricesWritten | AuditFailed:
        """Write, then believe only what the machine says on reading back."""
        try:
            data = config.prices(dict(order.prices), self._id, self._price_list)
        except ProtocolError as error:
            return AuditFailed(why=str(error))
        sent, why = await self._send(data)
        if not sent:
            return AuditFailed(why=f"prices were not written: {why}")
        await trio.sleep(REST_SECONDS)
        text, why = await self._audit(reset=False)
        if not text:
            return AuditFailed(why=f"prices were sent, but not read back: {why}")
        wanted = {lane for lane, _ in order.prices}
        lanes = codec.read(text.encode("latin-1"))[0].lanes
        said = tuple((lane.lane, lane.price_minor) for lane in lanes if lane.price_minor is not None)
        return PricesWritten(prices=tuple((lane, price) for lane, price in said if lane in wanted))

    async def _send(self, data: bytes) -> tuple[bool, str]:
        why = ""
        for number in range(TRIES):
            if number:
                await trio.sleep(REST_SECONDS)
            session = self._sending(data)
            await self._carry(session)
            why = session.ended or ""
            if not session.master:
                why = "the machine begins by itself and takes none"
            if not why or not self._presence.answers:
                break
        return not why, why

    def _sending(self, data: bytes) -> Session:
        def agree(header: Header) -> tuple[str, bytes]:
            return (OK, data) if header.operation == READ else (NO_DATA, b"")

        want = Header(self._id, SEND)
        return Session(self._id, now_us(), want=want, agree=agree, data=data, timers=self._timers)

    async def _look(self) -> None:
        """See whether anybody is there, without a session."""
        await self._carry(self._reading(look=True))

    async def _carry(self, session: Exchange) -> None:
        """Carry one session over the wire, and note whether anybody is there."""
        if await self._wire.carry(session):
            self._presence.heard()
        elif session.ended:
            self._presence.silent()


def _taking(header: Header) -> tuple[str, bytes]:
    """Our answer to a machine that begins: it may send, we have nothing for it."""
    return (OK, b"") if header.operation == SEND else (NO_DATA, b"")


def _whole(received: bytes) -> str:
    """The text if it is an audit with its end, else ""."""
    try:
        sections = split(received)
    except ProtocolError:
        return ""
    if not sections or sections[0].first("DXE") is None:
        return ""
    lines = received.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\r\n".join(lines) if not lines[-1] else "\r\n".join([*lines, ""])
