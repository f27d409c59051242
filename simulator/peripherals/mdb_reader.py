"""A cashless reader on an MDB bus, with the provider behind it: sessions, approvals, refunds.

States, commands and answers: MDB/ICP 4.2 section 7. Amounts on the wire are 16 bit, in units of the scale.
"""

from __future__ import annotations

from collections.abc import Callable

import trio

from simulator.peripherals.mdb_slave import ACK, MdbSlave
from simulator.peripherals.peripheral import Clock

INACTIVE, IN_DISABLED, ENABLED, SESSION_IDLE, VEND = 1, 2, 3, 4, 5
"""States by the numbers that 0B tells at level 2 and above (MDB/ICP 4.2, 7.4.4)."""

BEGIN_SESSION, SESSION_CANCEL, APPROVED, DENIED = b"\x03", b"\x04", b"\x05", b"\x06"
END_SESSION, CANCELLED, REFUND_LOST, OUT_OF_SEQUENCE = b"\x07", b"\x08", b"\x0a\xc0", b"\x0b"

REFUND_CAPABLE, MULTIVEND, OWN_DISPLAY, WANTS_CASH_SALE = 1, 2, 4, 8
OPTION_ALWAYS_IDLE = 0x20
UNKNOWN_FUNDS = 0xFFFF


class MdbReader(MdbSlave):
    """A level 1 to 3 reader.

    Attributes:
        approves: whether the provider says yes.
        loses_refunds: after a failed vend the money stays taken, and the reader says so (0A Cx).
        answer_seconds: from card and request to the provider's answer; ``math.inf`` never answers.
        always_idle: knows selection before card (feature bit 5), if the master switches it on.
        state: by the numbers of 0B.
        charges: minor units really taken by the provider, one entry for each approval.
        refunds: minor units really given back.
        cash_sales: (minor units, item) told by the master with 13 05.
        vended: items reported as vended with 13 02.
        sold_minor: minor units of those, and of what a reset left approved, which counts as vended (7.4.1);
            what a lost refund left with the provider is not among them.
    """

    name = "reader"
    address = 0x10
    poll_command = 2

    def __init__(
        self,
        *,
        level: int = 3,
        always_idle: bool = True,
        refund_capable: bool = True,
        scale_minor: int = 10,
        decimals: int = 2,
        country_bcd: int = 0x1344,
        response_seconds_max: int = 5,
        address: int = 0x10,
        clock: Clock = trio.current_time,
    ) -> None:
        super().__init__(clock)
        self.level, self.always_idle = level, always_idle
        self.scale_minor, self.decimals, self.country_bcd = scale_minor, decimals, country_bcd
        self.misc = MULTIVEND | WANTS_CASH_SALE | (REFUND_CAPABLE if refund_capable else 0)
        self.response_seconds_max, self.address = response_seconds_max, address
        self.approves, self.loses_refunds = True, False
        self.answer_seconds = 0.5
        self.refund_seconds = 0.3
        self.charges: list[int] = []
        self.refunds: list[int] = []
        self.cash_sales: list[tuple[int, int]] = []
        self.vended: list[int] = []
        self.sold_minor = 0
        self.card_minor: int | None = None
        self._due: tuple[float, Callable[[], None]] | None = None
        self._charged_minor: int | None = None
        self._refunding = False
        self.start()

    def was_reset(self) -> None:
        """To Inactive; money taken and not yet reported on stays taken (MDB/ICP 4.2, 7.4.1)."""
        self.state = INACTIVE
        self._master_level = 1
        self._idle_option = False
        self._asked_minor: int | None = None
        if self._charged_minor is not None and not self._refunding:
            self.sold_minor += self._charged_minor
        self._charged_minor = None
        self._due = None
        self._disable_after = self._refunding = False

    def stopped(self) -> None:
        """Nothing comes back from the provider any more."""
        self._due = None

    # Commands

    def answer(self, command: int, data: bytes) -> bytes | None:
        """The table of MDB/ICP 4.2, 7.3; what does not fit the state is acknowledged, then told as 0B."""
        if command == 2 and not data:
            return None if self._refunding else self.poll()
        if not data:
            return None
        known = {1: self._setup, 3: self._vend, 4: self._switch, 7: self._expansion}.get(command)
        return None if known is None else known(data[0], data[1:])

    def _setup(self, command: int, data: bytes) -> bytes | None:
        match command, len(data):
            case 0, 4 if self.state == INACTIVE:
                self._master_level = data[0]
                return (
                    bytes([0x01, self.level])
                    + self.country_bcd.to_bytes(2, "big")
                    + bytes([self.scale_minor, self.decimals, int(self.response_seconds_max), self.misc])
                )
            case 1, 4 | 10:
                if self.state == INACTIVE:
                    self.state = IN_DISABLED
                return ACK
            case (0, 4):
                return self._out_of_sequence(f"setup in state {self.state}")
        return None

    def _vend(self, command: int, data: bytes) -> bytes | None:
        amount, item = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
        asked, charged = self._asked_minor is not None, self._charged_minor is not None
        match command, len(data):
            case 0, 4 if self.state == SESSION_IDLE or (self.state == ENABLED and self._idle_option):
                self.state = VEND
                self._asked_minor = amount * self.scale_minor
                if self.card_minor is not None:
                    self._ask_provider()
                return ACK
            case 1, 0 if self.state == VEND and asked:
                self._deny()
                return self._at_once()
            case 2, 2 if charged:
                self.vended.append(int.from_bytes(data, "big"))
                self.sold_minor += self._charged_minor or 0
                self._end_vend()
                return ACK
            case 3, 0 if charged:
                self._refund()
                return ACK
            case 4, 0 if self.state == SESSION_IDLE:
                self.state = IN_DISABLED if self._disable_after else ENABLED
                self._disable_after = False
                self.card_minor = None
                self.events.append(END_SESSION)
                return self._at_once()
            case 5, 4:
                self.cash_sales.append((amount * self.scale_minor, item))
                return ACK
            case (0, 4) | (1, 0) | (2, 2) | (3, 0) | (4, 0):
                return self._out_of_sequence(f"vend command {command:02X} in state {self.state}")
        return None

    def _switch(self, command: int, data: bytes) -> bytes | None:
        if command == 3 and len(data) == 8:
            return ACK
        if data or command > 2:
            return None
        match command, self.state:
            case 0, state if state in (ENABLED, IN_DISABLED):
                self.state = IN_DISABLED
            case 0, state if state in (SESSION_IDLE, VEND):
                self._disable_after = True
            case 1, state if state in (ENABLED, IN_DISABLED):
                self.state = ENABLED
            case 2, state if state == ENABLED:
                self.events.append(CANCELLED)
                return self._at_once()
            case _:
                return self._out_of_sequence(f"reader command {command:02X} in state {self.state}")
        return ACK

    def _expansion(self, command: int, data: bytes) -> bytes | None:
        options = OPTION_ALWAYS_IDLE if self.always_idle else 0
        match command, len(data):
            case 0, 29:
                identity = b"\x09HWKSIM000000003READER-00003\x01\x00"
                return identity + (
                    options.to_bytes(4, "big") if min(self.level, self._master_level) == 3 else b""
                )
            case 3, 10:
                return ACK
            case 4, 4 if min(self.level, self._master_level) == 3:
                self._idle_option = bool(int.from_bytes(data, "big") & options)
                return ACK
        return None

    def _out_of_sequence(self, what: str) -> bytes:
        self.complain(what)
        state = bytes([self.state]) if min(self.level, self._master_level) >= 2 else b""
        self.events.append(OUT_OF_SEQUENCE + state)
        return ACK

    def _at_once(self) -> bytes:
        """Answer with what just became known, without waiting for a poll."""
        return self.poll()

    # The provider

    def _ask_provider(self) -> None:
        self._due = (self.clock() + self.answer_seconds, self._decide)

    def _decide(self) -> None:
        assert self._asked_minor is not None
        if not self.approves or (self.card_minor is not None and 0 <= self.card_minor < self._asked_minor):
            self._deny()
            return
        self._charged_minor, self._asked_minor = self._asked_minor, None
        self.charges.append(self._charged_minor)
        self.events.append(APPROVED + (self._charged_minor // self.scale_minor).to_bytes(2, "big"))

    def _deny(self) -> None:
        self._asked_minor, self._due = None, None
        self.state = SESSION_IDLE
        self.events.append(DENIED)

    def _refund(self) -> None:
        self._refunding = True
        self._due = (self.clock() + self.refund_seconds, self._refunded)

    def _refunded(self) -> None:
        self._refunding = False
        if self.loses_refunds or not self.misc & REFUND_CAPABLE:
            self.events.append(REFUND_LOST)
        else:
            assert self._charged_minor is not None
            self.refunds.append(self._charged_minor)
        self._end_vend()

    def _end_vend(self) -> None:
        self._charged_minor = None
        self.state = SESSION_IDLE
        if self.card_minor is None:
            self.events.append(SESSION_CANCEL)

    def move(self, now: float) -> None:
        """Let the provider's answer in when its time has come."""
        if self._due is not None and now >= self._due[0]:
            (_, decide), self._due = self._due, None
            decide()

    # Hands

    @property
    def looks_for_card(self) -> bool:
        """Whether a card held to it now would be seen."""
        self.live()
        waits = self.state == VEND and self._asked_minor is not None and self._due is None
        return self.powered and self.card_minor is None and (self.state == ENABLED or waits)

    def present_card(self, funds_minor: int = -1) -> bool:
        """Hold a card or phone to the reader; False if it does not look. ``funds_minor`` -1: not known."""
        if not self.looks_for_card:
            return False
        self.card_minor = funds_minor
        if self.state == VEND:
            self._ask_provider()
        else:
            self.state = SESSION_IDLE
            self.events.append(BEGIN_SESSION + self._funds(funds_minor))
        return True

    def _funds(self, funds_minor: int) -> bytes:
        funds = UNKNOWN_FUNDS if funds_minor < 0 else min(funds_minor // self.scale_minor, UNKNOWN_FUNDS - 1)
        media = b"\xff\xff\xff\xff\x00\x00\x00" if min(self.level, self._master_level) >= 2 else b""
        return funds.to_bytes(2, "big") + media

    def remove_card(self) -> None:
        """Take it away: a request not yet answered is denied, and an idle session asks to be ended."""
        self.live()
        self.card_minor = None
        if not self.powered:
            return
        if self.state == VEND and self._asked_minor is not None:
            self._deny()
        if self.state == SESSION_IDLE:
            self.events.append(SESSION_CANCEL)

    @property
    def taken_minor(self) -> int:
        """What the provider has really kept, up to now."""
        self.live()
        return sum(self.charges) - sum(self.refunds)
