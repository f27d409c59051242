"""A warehouse: its stock, the rounds it picks, and the vans it sends and takes back."""

from __future__ import annotations

import zlib

import attrs

from actors.warehouse.messages import (
    DriveRound,
    Goods,
    GoodsIssued,
    GoodsReceived,
    GoodsReturned,
    PickListMade,
    PrepareRound,
    RoundAnswer,
    SendRound,
    TakeBack,
)
from actors.warehouse.picking import issued, summed
from runtime import wire
from runtime.actor import Actor, applies, handles
from runtime.command import Deliver, Finish
from runtime.errors import ProtocolError


@attrs.frozen(kw_only=True)
class Picked:
    """A round that waits or is on its way. Its list names every lane: packed, a tenth of the room."""

    round: int
    van: str
    depart_at_us: int
    goods: tuple[Goods, ...]
    pick_list: bytes


OVER_KEPT = 500
"""Rounds that are over and are not driven again; an office restored from a back-up may use numbers anew."""


class Warehouse(Actor):
    """Picks a round when the office orders it and loads the van when it is time.

    A round whose van is still out waits for it: a van's rounds leave in the order of their departure times.

    Args:
        vans: addresses of its vans, on the same node.
        stock: opening stock, (product code, units).
    """

    __slots__ = ("levels", "opened", "out", "over", "rounds", "stock", "vans")

    opened: bool
    levels: dict[str, int]
    rounds: dict[int, Picked]
    out: dict[str, GoodsIssued]
    over: list[int]
    durable = ("opened", "levels", "rounds", "out", "over")

    def __init__(self, vans: tuple[str, ...], stock: tuple[tuple[str, int], ...]) -> None:
        self.vans = vans
        self.stock = stock
        self.opened = False
        self.levels = {}
        self.rounds = {}  # picked and not yet back
        self.out = {}  # by van, while it is on its round
        self.over = []  # numbers of the newest rounds that are

    def resume(self) -> None:
        """Receive the opening stock once; set departures anew; tell vans again of rounds they are on."""
        if not self.opened:
            goods = tuple(Goods(product=product, units=units) for product, units in self.stock)
            self.record(GoodsReceived(goods=goods))
        for load in self.out.values():
            self._drive(load)
        for picked in self.rounds.values():
            self._set_departure(picked)

    @handles(Deliver)
    def prepare(self, delivery: Deliver) -> None:
        """Make the pick list; the command is done when the list is made, the round leaves at its time."""
        try:
            order = wire.decode(delivery.body)
        except ProtocolError:
            order = None
        if not isinstance(order, PrepareRound):
            self.tell(self.reach("commands"), Finish(id=delivery.id, outcome="failed", answer=b""))
            return
        why = self._objection(order)
        if not why and order.round not in self.rounds:
            picked = PickListMade(
                round=order.round,
                van=order.van,
                goods=summed(order.stops),
                depart_at_us=order.depart_at_us,
                stops=order.stops,
            )
            self.record(picked)
            self._set_departure(self.rounds[picked.round])
        answer = wire.encode(RoundAnswer(round=order.round, why=why))
        outcome = "failed" if why else "done"
        self.tell(self.reach("commands"), Finish(id=delivery.id, outcome=outcome, answer=answer))

    def _objection(self, order: PrepareRound) -> str:
        if order.van not in self.vans:
            return f"van must be one of this warehouse's, not {order.van}"
        if order.round in self.over or (len(self.over) == OVER_KEPT and order.round < min(self.over)):
            return f"round must be a new one, number {order.round} is over"  # of an office that was restored
        return "" if order.stops else "round must have at least one stop, not 0"

    def _set_departure(self, picked: Picked) -> None:
        seconds = max(0, picked.depart_at_us - self.now) / 1_000_000
        self.after(seconds, SendRound(round=picked.round))

    @handles(SendRound)
    def send(self, due: SendRound) -> None:
        """Load the van and let it go, if it is here."""
        if (picked := self.rounds.get(due.round)) is not None and picked.van not in self.out:
            fact = GoodsIssued(round=picked.round, van=picked.van, goods=issued(picked.goods, self.levels))
            self.record(fact)
            self._drive(fact)

    def _drive(self, load: GoodsIssued) -> None:
        stops = wire.decode(zlib.decompress(self.rounds[load.round].pick_list)).stops
        self.tell(self.reach(load.van), DriveRound(round=load.round, goods=load.goods, stops=stops))

    @handles(TakeBack)
    def take_back(self, back: TakeBack) -> None:
        """Put away what is left, bank the cash, and send the van's next round if one is due."""
        load = self.out.get(back.van)
        if load is None or load.round != back.round:
            return  # said again after a restart
        self.record(
            GoodsReturned(round=back.round, van=back.van, goods=back.goods, cash_minor=back.cash_minor)
        )
        due = [p for p in self.rounds.values() if p.van == back.van and p.depart_at_us <= self.now]
        if due:
            self.send(SendRound(round=min(due, key=lambda p: (p.depart_at_us, p.round)).round))

    @applies(GoodsReceived)
    def received(self, fact: GoodsReceived) -> None:
        """Stock goes up; the warehouse has opened."""
        self.opened = True
        self._add(fact.goods, 1)

    @applies(PickListMade)
    def picked(self, fact: PickListMade) -> None:
        """A round waits for its time."""
        self.rounds[fact.round] = Picked(
            round=fact.round,
            van=fact.van,
            depart_at_us=fact.depart_at_us,
            goods=fact.goods,
            pick_list=zlib.compress(wire.encode(fact)),
        )

    @applies(GoodsIssued)
    def went_out(self, fact: GoodsIssued) -> None:
        """Stock goes down; the van is out."""
        self.out[fact.van] = fact
        self._add(fact.goods, -1)

    @applies(GoodsReturned)
    def came_back(self, fact: GoodsReturned) -> None:
        """Stock goes up; the round is over."""
        del self.out[fact.van], self.rounds[fact.round]
        self.over = [*self.over[1 - OVER_KEPT :], fact.round]
        self._add(fact.goods, 1)

    def _add(self, goods: tuple[Goods, ...], sign: int) -> None:
        for item in goods:
            self.levels[item.product] = self.levels.get(item.product, 0) + sign * item.units
