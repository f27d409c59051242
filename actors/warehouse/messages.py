"""What warehouses record and are told. A warehouse's address is its id, e.g. ``wh-1``."""

from __future__ import annotations

import attrs

from actors.machine.messages import Load
from runtime.message import answer, command, fact, order


@attrs.frozen(kw_only=True)
class Stop:
    """One machine on a round, in driving order, with what its lanes are expected to need."""

    machine: str
    lat_e6: int
    lon_e6: int
    loads: tuple[Load, ...]


@attrs.frozen(kw_only=True)
class Goods:
    """Units of one product (prekit line, van content)."""

    product: str
    units: int


@fact("warehouse.goods_received")
class GoodsReceived:
    """A supplier delivered."""

    goods: tuple[Goods, ...]


@fact("warehouse.pick_list_made")
class PickListMade:
    """What is to be picked for a round, summed by product, and when and where its van goes."""

    round: int
    van: str
    goods: tuple[Goods, ...]
    depart_at_us: int = attrs.field(default=0)
    stops: tuple[Stop, ...] = attrs.field(default=())


@fact("warehouse.goods_issued")
class GoodsIssued:
    """The pick list was loaded onto the van: stock leaves the warehouse."""

    round: int
    van: str
    goods: tuple[Goods, ...]


@fact("warehouse.goods_returned")
class GoodsReturned:
    """What a van brought back was put away; its cash bags were banked."""

    round: int
    van: str
    goods: tuple[Goods, ...]
    cash_minor: int


@command("warehouse.prepare_round")
class PrepareRound:
    """Office to warehouse: pick for these stops and send this van at this time."""

    round: int
    van: str
    depart_at_us: int
    stops: tuple[Stop, ...]


@answer("warehouse.round_answer")
class RoundAnswer:
    """How ``PrepareRound`` ended: ``why`` is "" when the pick list was made, else what was wrong."""

    round: int
    why: str


@order("warehouse.send_round")
class SendRound:
    """Warehouse to itself: it is time for this round to leave."""

    round: int


@order("van.drive_round")
class DriveRound:
    """Warehouse to van: loaded with these goods; drive these stops."""

    round: int
    goods: tuple[Goods, ...]
    stops: tuple[Stop, ...]


@order("warehouse.take_back")
class TakeBack:
    """Van to warehouse: round over; here is what is left, and the cash."""

    round: int
    van: str
    goods: tuple[Goods, ...]
    cash_minor: int
