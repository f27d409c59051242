"""What a machine's own controller has counted, and the audit that it prints from that.

``TrueCounts`` is what really happened, kept by whoever plays the machine. The book adds what an audit adds:
the interval since a reset, the number of reads, the machine's name.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime

import attrs

from hardware.dex.codec import config, values
from hardware.dex.codec.writer import write


@attrs.define(kw_only=True)
class LaneCount:
    """One lane: its price now, and what it really sold since the first day."""

    price_minor: int
    sold: int = 0
    amount_minor: int = 0


@attrs.define(kw_only=True)
class EventCount:
    """One kind of event. ``at_us`` is its last time, -1 never."""

    count: int = 0
    active: bool = False
    at_us: int = -1


@attrs.define(kw_only=True)
class TrueCounts:
    """Counters since the first day, in minor units; None for what the machine does not tell apart.

    Attributes:
        lanes: by planogram position, in the machine's order.
        units: all paid vends.
        cash_minor, cashless_minor: what customers paid for goods.
        to_tubes_minor, to_cashbox_minor, bills_minor: what was put in, by where it went.
        dispensed_minor: change and refunds paid out of the tubes.
        tubes: coins in the tubes by value.
        events: by EVA-DTS code, e.g. "EJH".
        outages: mains lost.
    """

    lanes: dict[str, LaneCount]
    units: int = 0
    cash_units: int | None = 0
    cash_minor: int = 0
    cashless_units: int | None = 0
    cashless_minor: int = 0
    to_tubes_minor: int = 0
    to_cashbox_minor: int = 0
    bills_minor: int = 0
    dispensed_minor: int = 0
    tubes: dict[int, int] = attrs.field(factory=dict)
    events: dict[str, EventCount] = attrs.field(factory=dict)
    outages: int = 0

    def vend(self, lane: str, *, cash: bool = False) -> None:
        """Count one unit sold at the lane's price; ``cash``: exact money, into the cash box."""
        column = self.lanes[lane]
        column.sold += 1
        column.amount_minor += column.price_minor
        self.units += 1
        if cash:
            self.cash_units = _one_more(self.cash_units)
            self.cash_minor += column.price_minor
            self.to_cashbox_minor += column.price_minor
        else:
            self.cashless_units = _one_more(self.cashless_units)
            self.cashless_minor += column.price_minor

    def happen(self, code: str, at_us: int, *, active: bool = True) -> None:
        """Count an event that begins (or, not ``active``, one that is over)."""
        event = self.events.setdefault(code, EventCount())
        event.count += active
        event.active = active
        event.at_us = at_us


def _one_more(count: int | None) -> int | None:
    return None if count is None else count + 1


@attrs.define(kw_only=True)
class AuditBook:
    """Prints audits of a machine, and takes configuration.

    Attributes:
        counts: asked for what has really happened until now.
        currency: alphabetic code.
        serial, model, sender: the machine's name (ID101, ID102, DXS01).
        resets: reads that began the interval anew.
        auto: whether every read does so (SD105 AUTO), or only an order to do so.
        prices_taken: how often prices were written.
    """

    counts: Callable[[], TrueCounts]
    currency: str
    serial: str
    model: str = "SIMULATED"
    sender: str = "HWKSIM0001"
    resets: int = 0
    auto: bool = True
    prices_taken: int = 0
    _since: TrueCounts = attrs.field(factory=lambda: TrueCounts(lanes={}))
    _printed: TrueCounts = attrs.field(factory=lambda: TrueCounts(lanes={}))
    _read_us: int = -1

    def print(self, now_us: int) -> bytes:
        """The audit of this moment; ``was_read`` says when it has arrived."""
        now = self._printed = copy.deepcopy(self.counts())
        since = self._since
        return write(
            values.Audit(
                sender=self.sender,
                serial=self.serial,
                model=self.model,
                currency=self.currency,
                decimals=2,
                taken_at=_iso(now_us),
                paid=_count(
                    (now.units, now.cash_minor + now.cashless_minor),
                    (since.units, since.cash_minor + since.cashless_minor),
                ),
                cash=_count((now.cash_units, now.cash_minor), (since.cash_units, since.cash_minor)),
                cashless=_count(
                    (now.cashless_units, now.cashless_minor), (since.cashless_units, since.cashless_minor)
                ),
                flow=_flow(now, TrueCounts(lanes={})),
                interval_flow=_flow(now, since),
                in_tubes_minor=sum(value * count for value, count in now.tubes.items()),
                tubes=tuple(
                    values.Tube(value_minor=value, count=count) for value, count in now.tubes.items()
                ),
                outages=now.outages,
                lanes=tuple(_lane(lane, column, since) for lane, column in now.lanes.items()),
                events=tuple(_event(code, event, since) for code, event in now.events.items()),
                reads=values.Reads(
                    resets=self.resets,
                    at=_iso(now_us),
                    previous_at=_iso(self._read_us) if self._read_us >= 0 else None,
                ),
            )
        )

    def was_read(self, now_us: int, *, reset: bool) -> None:
        """The audit printed last has arrived; with ``reset`` the interval goes on from what it said."""
        self._read_us = now_us
        if reset:
            self.resets += 1
            self._since = self._printed

    def configure(self, data: bytes) -> None:
        """Take a configuration file: prices of lanes that exist, and what reads do to the interval.

        Raises:
            ProtocolError: it is beyond a ceiling, or sets prices in two ways.
        """
        wanted = config.read_prices(data)
        lanes = self.counts().lanes
        for lane, price_minor in wanted.items():
            if lane in lanes:
                lanes[lane].price_minor = price_minor
        self.prices_taken += bool(wanted)
        how = config.read_interval(data)
        if how == config.RESET:
            self.resets += 1
            self._since = self._printed
        elif how is not None:
            self.auto = how == config.AUTO


def _iso(at_us: int) -> str:
    return datetime.fromtimestamp(at_us // 1_000_000, UTC).replace(tzinfo=None).isoformat()


def _count(now: tuple[int | None, int], since: tuple[int | None, int]) -> values.Count:
    units, amount = now
    return values.Count(
        units=units,
        amount_minor=amount,
        interval_units=None if units is None else units - (since[0] or 0),
        interval_minor=amount - since[1],
    )


def _flow(now: TrueCounts, since: TrueCounts) -> values.CashFlow:
    tubes = now.to_tubes_minor - since.to_tubes_minor
    box = now.to_cashbox_minor - since.to_cashbox_minor
    bills = now.bills_minor - since.bills_minor
    return values.CashFlow(
        in_minor=tubes + box + bills,
        to_cashbox_minor=box,
        to_tubes_minor=tubes,
        bills_minor=bills,
        dispensed_minor=now.dispensed_minor - since.dispensed_minor,
        manual_minor=0,
    )


def _lane(lane: str, now: LaneCount, since: TrueCounts) -> values.Lane:
    before = since.lanes.get(lane) or LaneCount(price_minor=0)
    return values.Lane(
        lane=lane,
        price_minor=now.price_minor,
        sold=now.sold,
        amount_minor=now.amount_minor,
        interval_sold=now.sold - before.sold,
        interval_minor=now.amount_minor - before.amount_minor,
    )


def _event(code: str, now: EventCount, since: TrueCounts) -> values.Event:
    before = since.events.get(code) or EventCount()
    return values.Event(
        code=code,
        count=now.count,
        interval_count=now.count - before.count,
        active=now.active,
        at=_iso(now.at_us) if now.at_us >= 0 else None,
    )
