"""A van and its restocker: drives a round, services each machine, brings back what is left.

| is           | until                                       | then                                          |
|--------------|---------------------------------------------|-----------------------------------------------|
| home         | DriveRound                                  | VanLoaded, VanDeparted to stop 0              |
| driving to i | Arrive                                      | ServiceMachine to stop i, or VanReturned home |
| at stop i    | Outcome of it                               | VanVisited or VisitMissed                     |
| serviced i   | Leave, ``service_seconds`` later            | VanDeparted to stop i + 1, or home            |
| any of them  | BrokeDown                                   | VanHeldUp: Arrive and Leave come later        |
"""

from __future__ import annotations

import attrs

from actors.machine.messages import Load, ServiceMachine, ServiceOutcome
from actors.van.distance import Position, between, drive_us, road_m
from actors.van.messages import (
    Arrive,
    BrokeDown,
    Leave,
    ShowPosition,
    VanDeparted,
    VanHeldUp,
    VanLoaded,
    VanPosition,
    VanReturned,
    VanVisited,
    VisitMissed,
)
from actors.warehouse.messages import DriveRound, Goods, Stop, TakeBack
from runtime import wire
from runtime.actor import Actor, applies, handles
from runtime.command import Issue, Outcome
from runtime.command_desk import ADDRESS, CommandDesk
from runtime.errors import ProtocolError

POSITION_SECONDS = 30
"""How often a driving van tells where it is."""

VISIT_EXPIRES_SECONDS = 3600
"""How long a machine may stay unreachable before its visit counts as missed."""

STOPS_MAX = 1000
"""Visits are numbered ``round * STOPS_MAX + stop``, so that a number never comes twice."""


class Van(Actor):
    """One van on its warehouse's node. Every step is a fact, so a round goes on after a restart.

    Args:
        warehouse: address of its warehouse.
        home_lat_e6: where that stands, millionths of a degree WGS-84; 0 when unknown.
        home_lon_e6: likewise.
        speed_kmh: mean driving speed.
        service_seconds: time spent at a machine.
    """

    __slots__ = (
        "cash_minor",
        "content",
        "departed",
        "held_until_us",
        "home_lat_e6",
        "home_lon_e6",
        "index",
        "left_from",
        "returned",
        "round",
        "service_seconds",
        "serviced",
        "speed_kmh",
        "stops",
        "warehouse",
    )

    round: int
    stops: tuple[Stop, ...]
    index: int
    serviced: bool
    content: dict[str, int]
    cash_minor: int
    left_from: tuple[int, int]
    departed: VanDeparted | None
    returned: VanReturned | None
    held_until_us: int
    durable = (
        "round",
        "stops",
        "index",
        "serviced",
        "content",
        "cash_minor",
        "left_from",
        "departed",
        "returned",
        "held_until_us",
    )

    def __init__(
        self,
        warehouse: str,
        home_lat_e6: int,
        home_lon_e6: int,
        speed_kmh: int = 30,
        service_seconds: int = 600,
    ) -> None:
        self.warehouse = warehouse
        self.home_lat_e6 = home_lat_e6
        self.home_lon_e6 = home_lon_e6
        self.speed_kmh = speed_kmh
        self.service_seconds = service_seconds
        self.round = 0
        self.stops = ()
        self.index = -1  # the stop it drives to or stands at; len(stops) is home
        self.serviced = False  # the stop it stands at is done with
        self.content = {}
        self.cash_minor = 0
        self.left_from = (home_lat_e6, home_lon_e6)
        self.departed = None
        self.returned = None
        self.held_until_us = 0

    @property
    def out(self) -> bool:
        """Whether it is on a round."""
        return bool(self.stops)

    @property
    def visit(self) -> int:
        """The number of the visit at the stop it drives to or stands at."""
        return self.round * STOPS_MAX + self.index

    def resume(self) -> None:
        """Go on with the round where the facts leave it."""
        if not self.out:
            if self.returned is not None:
                self._hand_over(self.returned)
        elif self.departed is None:
            self._drive_on()
        elif self.serviced:
            self.after(self.service_seconds, Leave(round=self.round, index=self.index))
        else:
            self._set_arrival(self.departed)

    # Driving

    @handles(DriveRound)
    def drive_round(self, order: DriveRound) -> None:
        """Load and leave; asked again for the same round, change nothing."""
        if order.round == self.round:
            return
        assert not self.out, f"{self.address} is on round {self.round} and cannot begin {order.round}"
        self.record(VanLoaded(round=order.round, goods=order.goods, stops=order.stops))
        self._drive_on()

    def _drive_on(self) -> None:
        """Set off for the next stop, or home after the last."""
        following = self.index + 1
        if following < len(self.stops):
            stop = self.stops[following]
            to, place = stop.machine, (stop.lat_e6, stop.lon_e6)
        else:
            to, place = self.warehouse, (self.home_lat_e6, self.home_lon_e6)
        distance_m = road_m(self._place(), place)
        fact = VanDeparted(
            round=self.round,
            to=to,
            lat_e6=place[0],
            lon_e6=place[1],
            distance_m=distance_m,
            arrives_at_us=self.now + drive_us(distance_m, self.speed_kmh),
        )
        self.record(fact)
        self._set_arrival(fact)

    def _place(self) -> Position:
        """Where it stands: at the end of its last drive, at first at home."""
        if self.departed is None:
            return self.home_lat_e6, self.home_lon_e6
        return self.departed.lat_e6, self.departed.lon_e6

    def _set_arrival(self, drive: VanDeparted) -> None:
        seconds = max(0, drive.arrives_at_us - self.now) / 1_000_000
        self._show(drive)
        self.after(seconds, Arrive(round=self.round, index=self.index))

    def _show(self, drive: VanDeparted) -> None:
        left_us = max(0, drive.arrives_at_us - self.now)
        whole_us = drive_us(drive.distance_m, self.speed_kmh)
        part = 1.0 - left_us / whole_us if whole_us else 1.0
        lat_e6, lon_e6 = between(self.left_from, (drive.lat_e6, drive.lon_e6), part)
        self.publish(VanPosition(lat_e6=lat_e6, lon_e6=lon_e6, to=drive.to))
        if left_us > POSITION_SECONDS * 1_000_000:
            self.after(POSITION_SECONDS, ShowPosition(round=self.round, index=self.index))

    @handles(ShowPosition)
    def show_position(self, tick: ShowPosition) -> None:
        """Half a minute further on the same drive."""
        if self._is_current(tick) and self.departed is not None and not self.serviced:
            self._show(self.departed)

    def _is_current(self, step: Arrive | Leave | ShowPosition) -> bool:
        return self.out and step.round == self.round and step.index == self.index

    # Visiting

    @handles(Arrive)
    def arrive(self, step: Arrive) -> None:
        """Service the machine, or hand everything over at home."""
        drive = self.departed
        if not self._is_current(step) or self.serviced or drive is None or self._held_up(step):
            return
        self.publish(VanPosition(lat_e6=drive.lat_e6, lon_e6=drive.lon_e6, to=drive.to))
        if self.index == len(self.stops):
            goods = tuple(Goods(product=p, units=units) for p, units in self.content.items() if units)
            fact = VanReturned(round=self.round, goods=goods, cash_minor=self.cash_minor)
            self.record(fact)
            self._hand_over(fact)
            return
        stop = self.stops[self.index]
        if self._has_asked(stop.machine):
            return
        body = ServiceMachine(visit=self.visit, loads=self._aboard(stop.loads), collect_cash=True)
        issue = Issue(
            to=stop.machine,
            body=wire.encode(body),
            expires_at_us=self.now + VISIT_EXPIRES_SECONDS * 1_000_000,
            asked_by=self.address,
        )
        self.tell(self.reach("commands"), issue)

    def _has_asked(self, machine: str) -> bool:
        """Whether a command for this visit is open from before a restart: its desk goes on asking.

        A second one would have an end of its own; when the first is told to have expired, nobody knows of it.
        """
        ref = self.kernel.refs.get(ADDRESS)
        desk = None if ref is None else self.kernel.actors[ref]
        return isinstance(desk, CommandDesk) and any(
            issued.asked_by == self.address
            and issued.to == machine
            and wire.decode(issued.body).visit == self.visit
            for issued in desk.issued.values()
        )

    def _aboard(self, loads: tuple[Load, ...]) -> tuple[Load, ...]:
        """The loads as far as there are goods for them, first lane first."""
        left = dict(self.content)
        brought = []
        for load in loads:
            units = min(load.units, left.get(load.product, 0))
            if units > 0:
                left[load.product] -= units
                brought.append(attrs.evolve(load, units=units))
        return tuple(brought)

    @handles(Outcome)
    def visited(self, outcome: Outcome) -> None:
        """The machine says what it took in, or did not answer in time."""
        drive = self.departed
        if drive is None or self.serviced or self.index == len(self.stops) or self.now < drive.arrives_at_us:
            return  # it asked for nothing: an earlier visit's, said again after a restart
        answer = _service_outcome(outcome)
        machine = self.stops[self.index].machine
        if answer is not None:
            if answer.visit != self.visit:
                return
            self.record(
                VanVisited(
                    round=self.round,
                    visit=self.visit,
                    machine=machine,
                    filled=answer.filled,
                    cash_minor=answer.cash_minor,
                    taken_out=answer.taken_out,
                )
            )
        else:
            why = "expired" if outcome.outcome == "expired" else "failed"
            self.record(VisitMissed(round=self.round, machine=machine, why=why))
        self.after(self.service_seconds, Leave(round=self.round, index=self.index))

    @handles(Leave)
    def leave(self, step: Leave) -> None:
        """The restocker is back in the van."""
        if self._is_current(step) and self.serviced and not self._held_up(step):
            self._drive_on()

    @handles(BrokeDown)
    def break_down(self, event: BrokeDown) -> None:
        """Stand still; what was due meanwhile is due when it goes on."""
        self.record(VanHeldUp(until_us=self.now + event.seconds * 1_000_000))

    def _held_up(self, step: Arrive | Leave) -> bool:
        """Whether it stands still; then the step comes again."""
        if (left_us := self.held_until_us - self.now) <= 0:
            return False
        self.after(left_us / 1_000_000, step)
        return True

    def _hand_over(self, fact: VanReturned) -> None:
        back = TakeBack(round=fact.round, van=self.address, goods=fact.goods, cash_minor=fact.cash_minor)
        self.tell(self.reach(self.warehouse), back)

    # Facts

    @applies(VanLoaded)
    def loaded(self, fact: VanLoaded) -> None:
        """A new round, from home."""
        self.round, self.stops, self.index, self.serviced = fact.round, fact.stops, -1, False
        self.content = {goods.product: goods.units for goods in fact.goods}
        self.cash_minor = 0
        self.departed = None
        self.returned = None

    @applies(VanDeparted)
    def set_off(self, fact: VanDeparted) -> None:
        """On the way to the next stop."""
        self.left_from = self._place()
        self.index += 1
        self.serviced = False
        self.departed = fact

    @applies(VanVisited)
    def was_at(self, fact: VanVisited) -> None:
        """Goods left the van, a cash bag came aboard."""
        self.serviced = True
        self.cash_minor += fact.cash_minor
        for load in fact.filled:
            self.content[load.product] = self.content.get(load.product, 0) - load.units
        for load in fact.taken_out:
            self.content[load.product] = self.content.get(load.product, 0) + load.units

    @applies(VisitMissed)
    def missed(self, _: VisitMissed) -> None:
        """Nothing changed hands."""
        self.serviced = True

    @applies(VanHeldUp)
    def stands_still(self, fact: VanHeldUp) -> None:
        """Until then."""
        self.held_until_us = max(self.held_until_us, fact.until_us)

    @applies(VanReturned)
    def is_home(self, fact: VanReturned) -> None:
        """Empty again, until the warehouse has taken it all."""
        self.stops, self.content, self.cash_minor = (), {}, 0
        self.departed = None
        self.returned = fact


def _service_outcome(outcome: Outcome) -> ServiceOutcome | None:
    """What the machine did, if it did it."""
    if outcome.outcome != "done":
        return None
    try:
        answer = wire.decode(outcome.answer)
    except ProtocolError:
        return None
    return answer if isinstance(answer, ServiceOutcome) else None
