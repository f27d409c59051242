"""The recycler of a bill validator: one cassette of one bill type, filled from escrow, paid out bill by bill.

Commands 37 03 to 37 0A: MDB/ICP 4.2, 6.4.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

BILL_SECONDS = 2.0
"""From one bill of a payout to the next (estimate)."""

PAYOUT_BUSY, JAM = 0x22, 0x27


@attrs.define
class Recycler:
    """A cassette.

    Attributes:
        kind: the bill type it holds.
        capacity: bills it can hold (estimate).
        bills: really in it.
        paid: bills it has ever really paid out.
        enabled: whether the master has switched the recycler on (37 01).
        recycling: whether the master lets bills of its type into it (37 04).
        jammed: it pays nothing more until a technician has been.
        misfeeds: so many of the next bills to be paid go into the cash box.
    """

    kind: int
    capacity: int = 30
    bills: int = 0
    paid: int = 0
    enabled: bool = False
    recycling: bool = False
    jammed: bool = False
    misfeeds: int = 0
    _paying: int = 0
    _next_at: float = 0.0
    _paid_of_order: int = 0
    _paid_since_poll: int = 0

    def takes(self, kind: int) -> bool:
        """Whether a bill of this type goes into the cassette now."""
        return self.enabled and self.recycling and kind == self.kind and self.bills < self.capacity

    def standing(self) -> bytes:
        """What it tells at every poll."""
        return bytes([PAYOUT_BUSY] if self._paying else []) + bytes([JAM] if self.jammed else [])

    def stop(self) -> None:
        """Reset or power cut: what was not paid stays."""
        self._paying = self._paid_of_order = self._paid_since_poll = 0
        self.enabled = self.recycling = False

    def move(self, now: float) -> int:
        """Pay the bills that are due by now; return how many of them went into the cash box."""
        misfed = 0
        while self._paying and now >= self._next_at:
            self._next_at += BILL_SECONDS
            self._paying = 0 if self.jammed else self._paying - 1
            if self.jammed or not self.bills:
                continue
            if self.misfeeds:
                self.misfeeds -= 1
                self.bills -= 1
                misfed += 1
            else:
                self.bills -= 1
                self.paid += 1
                self._paid_of_order += 1
                self._paid_since_poll += 1
        return misfed

    def answer(
        self, command: int, data: bytes, now: float, values: Sequence[int], scaling_minor: int
    ) -> bytes | None:
        """Answer 37 ``command``; None for one it does not know, or cannot do now."""
        value = values[self.kind]
        match command, len(data):
            case 3, 0:
                return (1 << self.kind).to_bytes(2, "big")
            case 4, 18:
                self.recycling = bool(data[2 + self.kind] & 0x03)
                return b""
            case 5, 0:
                full = 1 << self.kind if self.bills >= self.capacity else 0
                return full.to_bytes(2, "big") + self._by_kind(self.bills)
            case 6, 3 if not self._paying:
                self._pay(int.from_bytes(data[1:], "big") if data[0] & 0x0F == self.kind else 0, now)
                return b""
            case 7, 2 if not self._paying:
                self._pay(int.from_bytes(data, "big") * scaling_minor // value, now)
                return b""
            case 8, 0:
                return b"" if self._paying else self._by_kind(self._paid_of_order)
            case 9, 0:
                paid, self._paid_since_poll = self._paid_since_poll, 0
                return (paid * value // scaling_minor).to_bytes(2, "big") if paid or self._paying else b""
            case 10, 0:
                self._paying = 0
                return b""
        return None

    def status_told(self) -> None:
        """The master has acknowledged the payout status (37 08): it is cleared."""
        self._paid_of_order = 0

    def _pay(self, count: int, now: float) -> None:
        self._paying, self._paid_of_order, self._paid_since_poll = min(count, self.bills), 0, 0
        self._next_at = now + BILL_SECONDS

    def _by_kind(self, count: int) -> bytes:
        return b"".join((count if kind == self.kind else 0).to_bytes(2, "big") for kind in range(16))
