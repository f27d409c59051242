"""A bill validator on an MDB bus: one bill at a time, through escrow to stacker, recycler or back.

Commands and events: MDB/ICP 4.2 section 6. What is measured on no validator here is marked an estimate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import trio

from simulator.peripherals.mdb_recycler import Recycler
from simulator.peripherals.mdb_slave import ACK, MdbSlave
from simulator.peripherals.peripheral import Clock

STACK_SECONDS = 1.5
"""From the word to stack or return until the bill is there (estimate; the rule is at most 30 s, 6.3)."""

STACKED, ESCROW, RETURNED, TO_RECYCLER, DISABLED_REJECTED = 0x80, 0x90, 0xA0, 0xB0, 0xC0
RECYCLER_TO_CASH_BOX = 0xF0
MOTOR, BUSY, JAM, BILL_REMOVED, CASH_BOX_OUT, DISABLED = 0x01, 0x03, 0x05, 0x07, 0x08, 0x09
INVALID_ESCROW, REJECTED = 0x0A, 0x0B


class MdbValidator(MdbSlave):
    """A level 1 validator with escrow, or a level 2 one with a recycler.

    Attributes:
        values: bill value in minor units by bill type.
        stacker_bills: really in the stacker.
        stacked: bills really kept, as (value in minor units, "stacker" or "recycler").
        handed_back: bills that were held or refused and went back to the customer, by value.
        recycler: None for a validator without one.
    """

    name = "validator"
    address = 0x30
    just_reset = b"\x06"

    def __init__(
        self,
        values: Iterable[int] = (2000, 5000, 10000),
        *,
        recycles_minor: int = 0,
        scaling_minor: int = 100,
        decimals: int = 2,
        country_bcd: int = 0x1344,
        stacker_bills_max: int = 600,
        clock: Clock = trio.current_time,
    ) -> None:
        super().__init__(clock)
        self.values = tuple(values)
        self.scaling_minor, self.decimals, self.country_bcd = scaling_minor, decimals, country_bcd
        self.stacker_bills_max = stacker_bills_max
        self.stacker_bills = 0
        self.stacked: Counter[tuple[int, str]] = Counter()
        self.handed_back: Counter[int] = Counter()
        self.recycler = Recycler(self.values.index(recycles_minor)) if recycles_minor else None
        self.stuck_busy = self.jammed = self.cash_box_out = False
        self._jam_next = self._returns_next = False
        self._held: int | None = None
        self._moving: tuple[int, int] | None = None
        self._moved_at = 0.0
        self.start()

    def was_reset(self) -> None:
        """All bills disabled, a bill in escrow goes back (MDB/ICP 4.2, 6.3 RESET)."""
        self._enabled = self._escrowed = 0x0000
        if self._held is not None and self._moving is None:
            self.handed_back[self.values[self._held]] += 1
            self._held = None
        if self.recycler is not None:
            self.recycler.stop()

    def stopped(self) -> None:
        """A bill on its way slides to its end and nobody is told; one held goes back at the next start."""
        if self._moving is not None:
            self._arrive()
            self.events.clear()
        if self.recycler is not None:
            self.recycler.stop()

    # Commands

    def answer(self, command: int, data: bytes) -> bytes | None:
        """The table of MDB/ICP 4.2, 6.2."""
        match command, len(data):
            case 1, 0:
                return self._setup()
            case 2, 2:
                return ACK
            case 3, 0:
                return self.poll(self._standing())
            case 4, 4:
                self._enabled = int.from_bytes(data[:2], "big")
                self._escrowed = int.from_bytes(data[2:], "big")
                return ACK
            case 5, 1:
                return self._escrow(stack=bool(data[0] & 1))
            case 6, 0:
                full = 0x8000 if self.stacker_bills >= self.stacker_bills_max else 0
                return (full | self.stacker_bills).to_bytes(2, "big")
            case 7, length if length:
                return self._expansion(data[0], data[1:])
        return None

    def _setup(self) -> bytes:
        return (
            bytes([1 if self.recycler is None else 2])
            + self.country_bcd.to_bytes(2, "big")
            + self.scaling_minor.to_bytes(2, "big")
            + bytes([self.decimals])
            + self.stacker_bills_max.to_bytes(2, "big")
            + b"\xff\xff\xff"
            + bytes(value // self.scaling_minor for value in self.values)
        )

    def _standing(self) -> bytes:
        states = bytes([DISABLED] if not self._enabled else [])
        states += bytes([BUSY] if self.stuck_busy else [])
        states += bytes([JAM] if self.jammed else [])
        states += bytes([CASH_BOX_OUT] if self.cash_box_out else [])
        return states + (self.recycler.standing() if self.recycler is not None else b"")

    def _escrow(self, *, stack: bool) -> bytes:
        if self._held is None or self._moving is not None:
            self.events.append(bytes([INVALID_ESCROW]))
            return ACK
        if self._jam_next:
            self._jam_next, self.jammed = False, True
            return ACK
        if stack and not self._returns_next:
            self._begin(self._held, self._room_for(self._held))
        else:
            self._returns_next = False
            self._begin(self._held, RETURNED)
        return ACK

    def _room_for(self, kind: int) -> int:
        return TO_RECYCLER if self.recycler is not None and self.recycler.takes(kind) else STACKED

    def _expansion(self, command: int, data: bytes) -> bytes | None:
        identity = b"HWKSIM000000002VALIDATOR-02\x01\x00"
        match command, len(data):
            case 0, 0:
                return identity
            case 2, 0 if self.recycler is not None:
                return identity + b"\x00\x00\x00\x02"
            case 1, 4 if self.recycler is not None:
                self.recycler.enabled = bool(data[3] & 0x02)
                return ACK
        if self.recycler is None or not self.recycler.enabled:
            return None
        counted = self.recycler.answer(command, data, self.clock(), self.values, self.scaling_minor)
        return counted if command != 8 or not counted else self.then(self.recycler.status_told, counted)

    # Mechanics

    def _begin(self, kind: int, to: int) -> None:
        self._moving = (kind, to)
        self._moved_at = self.clock() + STACK_SECONDS

    def move(self, now: float) -> None:
        """Bring the bill on its way to its end."""
        if self._moving is not None and now >= self._moved_at and not self.jammed:
            self._arrive()
        if self.recycler is not None:
            for _ in range(self.recycler.move(now)):
                self.stacker_bills += 1
                self.events.append(bytes([RECYCLER_TO_CASH_BOX | self.recycler.kind]))

    def _arrive(self) -> None:
        assert self._moving is not None
        (kind, to), self._moving, self._held = self._moving, None, None
        value = self.values[kind]
        self.events.append(bytes([to | kind]))
        if to == RETURNED:
            self.handed_back[value] += 1
        elif to == TO_RECYCLER and self.recycler is not None:
            self.recycler.bills += 1
            self.stacked[value, "recycler"] += 1
        else:
            self.stacker_bills += 1
            self.stacked[value, "stacker"] += 1

    # Hands

    @property
    def busy(self) -> bool:
        """Whether a bill is in it, or it cannot look at one."""
        return self._held is not None or self._moving is not None or self.jammed or self.stuck_busy

    def takes(self, value_minor: int) -> bool:
        """Whether a bill fed now would be accepted."""
        self.live()
        full = self.stacker_bills >= self.stacker_bills_max or self.cash_box_out
        able = self.powered and not self.busy and not full and value_minor in self.values
        return able and bool(self._enabled >> self.values.index(value_minor) & 1)

    def feed_bill(self, value_minor: int) -> str:
        """Feed a bill; returns where it is: "escrow", "moving" (on its way to the stacker) or "returned"."""
        kind = self.values.index(value_minor) if value_minor in self.values else None
        if kind is None or not self.takes(value_minor):
            self.handed_back[value_minor] += 1
            if self.powered and not self.busy:
                self.events.append(bytes([REJECTED if kind is None else DISABLED_REJECTED | kind]))
            return "returned"
        if self._escrowed >> kind & 1:
            self._held = kind
            self.events.append(bytes([ESCROW | kind]))
            return "escrow"
        self._begin(kind, self._room_for(kind))
        return "moving"

    def pull_bill(self) -> None:
        """Pull the bill in escrow out by force."""
        self.live()
        if self._held is not None and self._moving is None:
            self.handed_back[self.values[self._held]] += 1
            self._held = None
            self.events.append(bytes([BILL_REMOVED]))

    def jam_next(self) -> None:
        """The next bill to be stacked or returned jams; it stays where it is until ``clear_jam``."""
        self._jam_next = True

    def returns_next(self) -> None:
        """The next bill to be stacked does not go in, and comes back."""
        self._returns_next = True

    def clear_jam(self) -> None:
        """A technician takes the jammed bill out and gives it back."""
        self.jammed = False
        self.pull_bill()

    @property
    def in_minor(self) -> int:
        """Money really kept, up to now."""
        self.live()
        return sum(value * count for (value, _), count in self.stacked.items())

    @property
    def out_minor(self) -> int:
        """Money really paid out of the recycler by order, up to now."""
        self.live()
        return 0 if self.recycler is None else self.recycler.paid * self.values[self.recycler.kind]
