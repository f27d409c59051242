"""A coin changer on an MDB bus: coins routed to tubes or cash box, and paid out of the tubes one by one.

Commands and events: MDB/ICP 4.2 section 5. What is measured on no changer here is marked an estimate.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping

import trio

from simulator.peripherals.mdb_payout import Tubes
from simulator.peripherals.mdb_slave import ACK, MdbSlave
from simulator.peripherals.peripheral import Clock

TUBE_STATUS_AFTER_SECONDS = 0.5
"""A master waits so long after a reset before it asks for tube status (MDB/ICP 4.2, 5.3)."""

ALT_PAYOUT, EXTENDED_DIAGNOSTIC, MANUAL_FILL = 1, 2, 4
ESCROW_LEVER, PAYOUT_BUSY, NO_CREDIT, TUBE_JAM, BUSY, COIN_JAM = 0x01, 0x02, 0x03, 0x07, 0x0A, 0x0C
SLUG = 0x21
DIAGNOSTIC_OK, NEW_INVENTORY, GENERAL_ERROR = b"\x03\x00", b"\x05\x20", b"\x10\x00"


class MdbChanger(MdbSlave):
    """A level 2 or 3 changer.

    Attributes:
        values: coin value in minor units by coin type.
        tubes: what can be paid out; coins without a tube fall into the cash box.
        routed: coins really kept, as (value in minor units, "tube" or "cash_box").
        paid_by_hand: coins dispensed at its own buttons, by value.
        rejected: coins that fell through, by value.
    """

    name = "changer"
    address = 0x08
    response_seconds_max = 2.0
    just_reset = b"\x0b"

    def __init__(
        self,
        values: Iterable[int] = (50, 100, 200, 500, 1000),
        tubes: Mapping[int, int] = {50: 20, 100: 20, 200: 20, 500: 20},
        *,
        level: int = 3,
        alt_payout: bool = True,
        scaling_minor: int = 50,
        decimals: int = 2,
        country_bcd: int = 0x1344,
        tube_coins_max: int = 60,
        clock: Clock = trio.current_time,
    ) -> None:
        super().__init__(clock)
        self.values = tuple(values)
        self.level, self.alt_payout = level, alt_payout
        self.scaling_minor, self.decimals, self.country_bcd = scaling_minor, decimals, country_bcd
        self.tubes = Tubes(self.values, tubes, tube_coins_max)
        self.routed: Counter[tuple[int, str]] = Counter()
        self.paid_by_hand: Counter[int] = Counter()
        self.rejected: Counter[int] = Counter()
        self.stuck_busy = False
        self._jam_coin = False
        self._filled: Counter[int] = Counter()
        self._emptied: Counter[int] = Counter()
        self._diagnostics: deque[bytes] = deque()
        self.start()

    def was_reset(self) -> None:
        """All coins disabled, manual dispense enabled, no payout (MDB/ICP 4.2, 5.3 RESET)."""
        self._enabled, self._by_hand, self._features = 0x0000, 0xFFFF, 0
        self.stopped()

    def stopped(self) -> None:
        """Coins not yet paid stay in their tubes."""
        self.tubes.stop()

    # Commands

    def answer(self, command: int, data: bytes) -> bytes | None:
        """The table of MDB/ICP 4.2, 5.2."""
        match command, len(data):
            case 1, 0:
                return self._setup()
            case 2, 0:
                return self._tube_status()
            case 3, 0:
                standing = bytes([PAYOUT_BUSY] if self.tubes.busy else [])
                return self.poll(standing + bytes([BUSY] if self.stuck_busy else []))
            case 4, 4:
                self._enabled = int.from_bytes(data[:2], "big")
                self._by_hand = int.from_bytes(data[2:], "big")
                return ACK
            case 5, 1:
                return self._dispense(data[0] & 0x0F, data[0] >> 4)
            case 7, length if length and self.level >= 3:
                return self._expansion(data[0], data[1:])
        return None

    def _setup(self) -> bytes:
        routable = sum(1 << kind for kind in self.tubes.by_kind)
        return (
            bytes([self.level])
            + self.country_bcd.to_bytes(2, "big")
            + bytes([self.scaling_minor, self.decimals])
            + routable.to_bytes(2, "big")
            + bytes(value // self.scaling_minor for value in self.values)
        )

    def _tube_status(self) -> bytes:
        if self.clock() - self.reset_at < TUBE_STATUS_AFTER_SECONDS:
            self.complain(f"tube status asked within {TUBE_STATUS_AFTER_SECONDS} s of a reset")
        full = sum(1 << kind for kind, tube in self.tubes.by_kind.items() if tube.counted >= tube.capacity)
        return full.to_bytes(2, "big") + self._by_kind(self.tubes.counts(), 16)

    def _dispense(self, kind: int, count: int) -> bytes | None:
        if self.tubes.busy or self.stuck_busy:
            return None
        self._begin_payout([kind] * count)
        return ACK

    def _begin_payout(self, kinds: list[int]) -> None:
        if self._enabled:
            self.complain("a payout was ordered while coins were enabled")
        self.tubes.begin(kinds, self.clock())

    def _expansion(self, command: int, data: bytes) -> bytes | None:
        options = (ALT_PAYOUT if self.alt_payout else 0) | EXTENDED_DIAGNOSTIC | MANUAL_FILL
        match command, len(data):
            case 0, 0:
                return b"HWKSIM000000001CHANGER-03  \x01\x00" + options.to_bytes(4, "big")
            case 1, 4:
                self._features = int.from_bytes(data, "big") & options
                return ACK
            case 2, 1 if self._features & ALT_PAYOUT:
                return self._alternative_payout(data[0] * self.scaling_minor)
            case 3, 0 if self._features & ALT_PAYOUT:
                return self._payout_status()
            case 4, 0 if self._features & ALT_PAYOUT:
                return self._payout_value()
            case 5, 0 if self._features & EXTENDED_DIAGNOSTIC:
                waiting = tuple(self._diagnostics)[:8]
                return self.then(lambda: self._diagnosed(len(waiting)), b"".join(waiting) or DIAGNOSTIC_OK)
            case 6, 0 if self._features & MANUAL_FILL:
                return self.then(self._filled.clear, self._by_kind(self._filled, 16))
            case 7, 0 if self._features & MANUAL_FILL:
                return self.then(self._emptied.clear, self._by_kind(self._emptied, 16))
        return None

    def _alternative_payout(self, amount_minor: int) -> bytes | None:
        if self.tubes.busy or self.stuck_busy:
            return None
        self._begin_payout(self.tubes.chosen(amount_minor))
        return ACK

    def _payout_status(self) -> bytes:
        if self.tubes.busy:
            return ACK
        paid = self.tubes.paid_of_order
        return self.then(paid.clear, self._by_kind(paid, max(paid, default=0) + 1))

    def _payout_value(self) -> bytes:
        paid_minor = self.tubes.paid_since_poll_minor
        if not self.tubes.busy and not paid_minor:
            return ACK

        def told() -> None:
            self.tubes.paid_since_poll_minor -= paid_minor

        return self.then(told, bytes([paid_minor // self.scaling_minor]))

    def _diagnosed(self, count: int) -> None:
        for _ in range(count):
            self._diagnostics.popleft()

    @staticmethod
    def _by_kind(counts: Mapping[int, int], length: int) -> bytes:
        return bytes(min(counts.get(kind, 0), 255) for kind in range(length))

    # Mechanics

    def move(self, now: float) -> None:
        """Pay the coins that are due by now; a tube that gives none is told as jammed."""
        self.events.extend([bytes([TUBE_JAM])] * self.tubes.move(now))

    # Hands

    def takes(self, value_minor: int) -> bool:
        """Whether a coin dropped now would be accepted."""
        self.live()
        known = self.powered and value_minor in self.values
        return known and bool(self._enabled >> self.values.index(value_minor) & 1)

    def drop_coin(self, value_minor: int) -> str:
        """Drop a coin into the entry; returns where it went: "tube", "cash_box", "returned" or "stuck"."""
        if not self.takes(value_minor):
            self.rejected[value_minor] += 1
            if self.powered and value_minor not in self.values and self._enabled:
                self.events.append(bytes([SLUG]))
            return "returned"
        kind = self.values.index(value_minor)
        if self._jam_coin:
            self._jam_coin = False
            self.events.append(bytes([COIN_JAM]))
            return "stuck"
        tube = self.tubes.by_kind.get(kind)
        if tube is not None and tube.counted < tube.capacity:
            tube.add(1)
            self.routed[value_minor, "tube"] += 1
            self.events.append(bytes([0x50 | kind, tube.counted]))
            return "tube"
        self.routed[value_minor, "cash_box"] += 1
        self.events.append(bytes([0x40 | kind, 0 if tube is None else tube.counted]))
        return "cash_box"

    def pull_lever(self) -> None:
        """Pull the return lever."""
        if self.powered:
            self.events.append(bytes([ESCROW_LEVER]))

    def jam_coin_next(self) -> None:
        """The next coin sticks in the entry."""
        self._jam_coin = True

    def jam_tube(self, value_minor: int, *, jammed: bool = True) -> None:
        """A tube gives nothing more, or is cleared."""
        self.tubes.of_value(value_minor).jammed = jammed

    def rob_tube(self, value_minor: int, count: int) -> None:
        """Take coins out without the changer noticing: it counts them still."""
        self.tubes.of_value(value_minor).coins -= count

    def empty_tube(self, value_minor: int) -> None:
        """Take all coins of a tube out by the changer's inventory keys: it knows, and says so."""
        tube = self.tubes.of_value(value_minor)
        self._emptied[self.values.index(value_minor)] += tube.counted
        self.paid_by_hand[value_minor] += tube.coins
        tube.coins = tube.counted = 0
        self._diagnostics.append(NEW_INVENTORY)

    def fill_tube(self, value_minor: int, count: int) -> None:
        """Put coins in by the changer's inventory keys: it knows, and says so."""
        tube = self.tubes.of_value(value_minor)
        tube.add(count)
        self._filled[self.values.index(value_minor)] += count
        self._diagnostics.append(NEW_INVENTORY)

    def press_dispense(self, value_minor: int) -> bool:
        """Press the changer's own button for one coin; False if nothing came out."""
        self.live()
        kind, tube = self.values.index(value_minor), self.tubes.of_value(value_minor)
        if (
            not (self.powered and self._by_hand >> kind & 1)
            or tube.jammed
            or tube.coins == 0
            or self.tubes.busy
        ):
            return False
        tube.add(-1)
        self.paid_by_hand[value_minor] += 1
        self.events.append(bytes([0x90 | kind, tube.counted]))
        return True

    @property
    def in_minor(self) -> int:
        """Money really kept, up to now."""
        self.live()
        return sum(value * count for (value, _), count in self.routed.items())

    @property
    def out_minor(self) -> int:
        """Money really paid out by order, up to now."""
        return sum(value * count for value, count in self.paid.items())

    @property
    def paid(self) -> dict[int, int]:
        """Coins really paid out by order, by value, up to now."""
        self.live()
        return {self.values[kind]: count for kind, count in self.tubes.paid.items()}
