from __future__ import annotations

import math

import pytest
import trio
import trio.testing

from runtime.clock import Clock, LiveClock, PacedClock, VirtualClock
from runtime.errors import ConfigError

START_US = 1_496_300_400_000_000
SECOND = 1_000_000


class Wall:
    """A wall clock over trio's time that can be stepped."""

    def __init__(self) -> None:
        self.offset_us = START_US

    def __call__(self) -> int:
        return self.offset_us + round(trio.current_time() * 1e6)


async def test_a_live_clock_shows_the_wall_clock(autojump_clock: trio.testing.MockClock) -> None:
    clock = LiveClock(Wall())
    assert clock.now_us() == START_US
    await trio.sleep(3600)
    assert abs(clock.now_us() - START_US - 3600 * SECOND) <= 1


async def test_a_live_clock_absorbs_a_step_without_jumping_or_going_back(
    autojump_clock: trio.testing.MockClock,
) -> None:
    wall = Wall()
    clock = LiveClock(wall)
    for step_seconds in (60, -60):
        wall.offset_us += step_seconds * SECOND
        before = clock.now_us()
        await trio.sleep(30)
        passed = clock.now_us() - before
        assert 27 * SECOND - 2 <= passed <= 33 * SECOND + 2
        await trio.sleep(600)
        assert abs(clock.now_us() - wall()) <= 2


async def test_a_live_clock_starts_from_the_machines_time() -> None:
    assert LiveClock().now_us() > START_US


@pytest.mark.parametrize("kind", ["live", "paced"])
async def test_a_sleep_is_never_short(autojump_clock: trio.testing.MockClock, kind: str) -> None:
    clock: Clock = LiveClock(Wall()) if kind == "live" else PacedClock(START_US, 1)
    for at_us in (START_US - 5, START_US, START_US + 1, START_US + 7 * SECOND, START_US + 3600 * SECOND + 3):
        await clock.sleep_until(at_us)
        assert at_us <= clock.now_us() <= max(at_us, START_US) + 20


async def test_a_paced_clock_runs_at_its_speed(autojump_clock: trio.testing.MockClock) -> None:
    clock = PacedClock(START_US, 60)
    await trio.sleep(10)
    assert abs(clock.now_us() - START_US - 600 * SECOND) <= 1
    before = trio.current_time()
    await clock.sleep_until(START_US + 1200 * SECOND)
    assert trio.current_time() - before == pytest.approx(10, abs=1e-4)


async def test_setting_the_speed_keeps_the_time_and_wakes_sleepers(
    autojump_clock: trio.testing.MockClock,
) -> None:
    clock = PacedClock(START_US, 1)
    woken: list[float] = []

    async def sleeper() -> None:
        await clock.sleep_until(START_US + 3600 * SECOND)
        woken.append(trio.current_time())

    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(sleeper)
        await trio.sleep(100)
        before = clock.now_us()
        clock.speed = 350
        assert clock.now_us() == before
        await trio.sleep(20)
    assert woken == [pytest.approx(began + 110, abs=1e-3)]
    assert clock.speed == 350


async def test_a_paused_clock_stands_and_goes_on(autojump_clock: trio.testing.MockClock) -> None:
    clock = PacedClock(START_US, 10)
    await trio.sleep(1)
    clock.speed = 0
    stood = clock.now_us()
    with trio.move_on_after(1000) as scope:
        await clock.sleep_until(stood + 1)
    assert scope.cancelled_caught
    assert clock.now_us() == stood
    clock.speed = 2
    await trio.sleep(5)
    assert abs(clock.now_us() - stood - 10 * SECOND) <= 1


async def test_time_never_goes_back_however_the_speed_changes(autojump_clock: trio.testing.MockClock) -> None:
    clock = PacedClock(START_US, 1000)
    last = clock.now_us()
    for speed in (0.001, 5, 0, 0, 123.456, 0.5, 86400, 1):
        clock.speed = speed
        assert clock.now_us() >= last
        last = clock.now_us()
        await trio.sleep(0.37)
        assert clock.now_us() >= last
        last = clock.now_us()


@pytest.mark.parametrize("speed", [-1, math.nan, math.inf])
async def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    with pytest.raises(ConfigError, match="clock speed must be a finite number >= 0, not"):
        PacedClock(START_US, speed)
    clock = PacedClock(START_US, 1)
    with pytest.raises(ConfigError, match="clock speed must be a finite number >= 0, not"):
        clock.speed = speed


def test_a_virtual_clock_moves_only_when_told_and_only_forward() -> None:
    clock = VirtualClock(START_US)
    clock.advance_to(START_US + 5)
    clock.advance_to(START_US + 2)
    assert clock.now_us() == START_US + 5


async def test_sleepers_on_a_virtual_clock_wake_in_turn(autojump_clock: trio.testing.MockClock) -> None:
    clock = VirtualClock(START_US)
    woken: list[int] = []

    async def sleeper(at_us: int) -> None:
        await clock.sleep_until(at_us)
        woken.append(at_us - START_US)

    async with trio.open_nursery() as nursery:
        for after in (3, 1, 2, 0):
            nursery.start_soon(sleeper, START_US + after)
        for step in range(4):
            clock.advance_to(START_US + step)
            await trio.testing.wait_all_tasks_blocked()
    assert woken == [0, 1, 2, 3]
