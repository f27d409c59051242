"""Prices that a motor board or its own controller keeps and charges by; ordered of ``hk-0712/board``."""

from runtime.message import event, order


@order("pricing.set")
class SetPrice:
    """Keep this price for the lane; answered by ``PriceRead``."""

    lane: str
    price_minor: int


@order("pricing.ask")
class AskPrice:
    """Say the lane's price; answered by ``PriceRead``."""

    lane: str


@event("pricing.read")
class PriceRead:
    """The price the device really keeps for the lane."""

    lane: str
    price_minor: int
