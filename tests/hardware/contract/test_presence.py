"""Whether devices answer: each is lost once and found once, by its own name."""

from __future__ import annotations

import pytest

from hardware.contract.audit import ReadAudit
from hardware.contract.presence import DeviceFound, DeviceLost, DoorClosed, DoorOpened
from tests.hardware.contract.hands import DoorHands, PresenceHands
from tests.hardware.contract.rig import Rig


async def each_once(rig: Rig[PresenceHands], kind: type[DeviceLost] | type[DeviceFound]) -> None:
    """Every device is told of in this way, once."""
    told = [await rig.event(kind, within=120.0) for _ in rig.hands.devices]
    assert sorted(event.device for event in told) == sorted(rig.hands.devices)
    await rig.quiet(DeviceLost, DeviceFound, seconds=3.0)


@pytest.mark.needs("silence")
@pytest.mark.needs("heartbeat")
async def test_what_falls_silent_is_lost_once_and_found_once(presence: Rig[PresenceHands]) -> None:
    for _ in range(2):
        presence.hands.fall_silent()
        await each_once(presence, DeviceLost)
        presence.hands.speak_again()
        await each_once(presence, DeviceFound)


@pytest.mark.needs("silence")
@pytest.mark.without("heartbeat")
async def test_what_is_left_alone_between_orders_is_missed_at_the_next_one(
    presence: Rig[PresenceHands],
) -> None:
    presence.hands.fall_silent()
    await presence.quiet(DeviceLost, seconds=300.0)
    presence.order("audit", ReadAudit())
    await each_once(presence, DeviceLost)
    presence.hands.speak_again()
    await each_once(presence, DeviceFound)


async def test_what_answers_is_neither_lost_nor_found(presence: Rig[PresenceHands]) -> None:
    await presence.quiet(DeviceLost, DeviceFound, seconds=20.0)


@pytest.mark.without("silence")
async def test_what_never_speaks_by_itself_is_there_as_long_as_its_wire(presence: Rig[PresenceHands]) -> None:
    presence.hands.fall_silent()
    await presence.quiet(DeviceLost, DeviceFound, seconds=600.0)


async def test_a_door_is_told_open_and_then_shut(door: Rig[DoorHands]) -> None:
    for _ in range(2):
        door.hands.open_for_a_while()
        assert await door.event(DoorOpened) == DoorOpened()
        await door.quiet(DoorClosed, seconds=10.0)
        assert await door.event(DoorClosed, within=300.0) == DoorClosed()
