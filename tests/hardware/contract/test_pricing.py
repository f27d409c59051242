"""Prices that a device keeps: set, and read back from the device itself."""

from __future__ import annotations

from hardware.contract.pricing import AskPrice, PriceRead, SetPrice
from tests.hardware.contract.hands import PricingHands
from tests.hardware.contract.rig import Rig


async def test_a_price_set_is_read_back(pricing: Rig[PricingHands]) -> None:
    lane = pricing.hands.lanes[0]
    pricing.order("board", SetPrice(lane=lane, price_minor=1250))
    assert await pricing.event(PriceRead) == PriceRead(lane=lane, price_minor=1250)
    assert pricing.hands.price_minor(lane) == 1250


async def test_a_price_asked_for_is_the_one_the_device_keeps(pricing: Rig[PricingHands]) -> None:
    lane = pricing.hands.lanes[1]
    kept = pricing.hands.price_minor(lane)
    pricing.order("board", AskPrice(lane=lane))
    assert await pricing.event(PriceRead) == PriceRead(lane=lane, price_minor=kept)


async def test_a_price_of_one_lane_leaves_the_others(pricing: Rig[PricingHands]) -> None:
    first, second = pricing.hands.lanes[:2]
    before = pricing.hands.price_minor(second)
    pricing.order("board", SetPrice(lane=first, price_minor=990))
    await pricing.event(PriceRead)
    assert pricing.hands.price_minor(second) == before
