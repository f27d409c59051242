"""What vans record and publish. A van's address is its id, e.g. ``van-3``; it is on its warehouse's node."""

from __future__ import annotations

import attrs

from actors.machine.messages import Load
from actors.warehouse.messages import Goods, Stop
from runtime.message import event, fact, order, reading


@fact("van.loaded")
class VanLoaded:
    """Goods came aboard (the other half is ``GoodsIssued``). ``stops`` is the round to drive with them."""

    round: int
    goods: tuple[Goods, ...]
    stops: tuple[Stop, ...] = attrs.field(default=())


@fact("van.departed")
class VanDeparted:
    """The van set off. ``to``: a machine's address, or the warehouse's.

    Attributes:
        distance_m: metres to drive, great circle x 1.3.
        arrives_at_us: planned arrival.
    """

    round: int
    to: str
    lat_e6: int
    lon_e6: int
    distance_m: int
    arrives_at_us: int


@fact("van.visited")
class VanVisited:
    """A machine was serviced: goods left the van, a cash bag came aboard (other half: the machine's).

    Attributes:
        taken_out: goods that came aboard from lanes whose product changed.
    """

    round: int
    visit: int
    machine: str
    filled: tuple[Load, ...]
    cash_minor: int
    taken_out: tuple[Load, ...] = ()


@fact("van.visit_missed")
class VisitMissed:
    """The machine could not be serviced. ``why``: "failed" or "expired"."""

    round: int
    machine: str
    why: str


@fact("van.held_up")
class VanHeldUp:
    """The van broke down or is kept; it neither leaves nor arrives before ``until_us`` (1970 UTC)."""

    until_us: int


@fact("van.returned")
class VanReturned:
    """The round is over; what was left and the cash went back (other half: ``GoodsReturned``)."""

    round: int
    goods: tuple[Goods, ...]
    cash_minor: int


@reading("van.position")
class VanPosition:
    """Where the van is now, millionths of a degree WGS-84."""

    lat_e6: int
    lon_e6: int
    to: str


@event("van.broke_down")
class BrokeDown:
    """Restocker to van: it does not move for so long."""

    seconds: int


@order("van.arrive")
class Arrive:
    """Van to itself: the drive to stop ``index`` is over."""

    round: int
    index: int


@order("van.leave")
class Leave:
    """Van to itself: the restocker is back from stop ``index``; drive on."""

    round: int
    index: int


@order("van.show_position")
class ShowPosition:
    """Van to itself: tell watchers where it is on the way to stop ``index``."""

    round: int
    index: int
