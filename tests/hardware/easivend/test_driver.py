from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from hardware.contract.motor_board import (
    DROPPED,
    NO_DROP,
    NOT_TURNED,
    UNKNOWN,
    AskTurn,
    MotorTurned,
    TurnMotor,
)
from hardware.easivend.codec import DID_NOT_MOVE, FAILED, NOT_HOME_BEFORE, NOTHING_DROPPED, SENSOR_FAULT
from hardware.easivend.driver import EasivendDriver, number_of, outcome_of
from simulator.peripherals.easivend_board import EasivendBoard
from tests.hardware.boards import Bench, running

TURN = TurnMotor(lane="A3", turn=301)
ASK = AskTurn(lane="A3", turn=301)


async def test_after_a_restart_the_number_tells_how_the_turn_ended(autojump_clock: MockClock) -> None:
    board = EasivendBoard()
    board.spirals.jam_next(3)
    before = Bench(EasivendDriver())
    before.driver.order("board", TURN)
    async with running(before, board):
        await before.event(MotorTurned)
    bench = Bench(EasivendDriver())
    async with running(bench, board):
        await trio.sleep(2)  # a machine asks soon; until then the driver asks nothing by itself
        bench.driver.order("board", ASK)
        assert (await bench.event(MotorTurned)).outcome == NO_DROP
        bench.driver.order("board", TURN)
        assert (await bench.event(MotorTurned, count=2)).outcome == NO_DROP
    assert board.spirals.turns == [3]


async def test_after_a_restart_a_turn_still_running_is_waited_for(autojump_clock: MockClock) -> None:
    board = EasivendBoard()
    before = Bench(EasivendDriver())
    before.driver.order("board", TURN)
    async with running(before, board):
        await before.until(lambda: board.spirals.running)
    bench = Bench(EasivendDriver())
    bench.driver.order("board", ASK)
    async with running(bench, board):
        assert (await bench.event(MotorTurned)).outcome == DROPPED
    assert board.spirals.turns == [3]


@pytest.mark.parametrize(
    "other", [AskTurn(lane="A3", turn=302), AskTurn(lane="A4", turn=301), AskTurn(lane="A4", turn=301 + 255)]
)
async def test_of_another_turn_or_lane_the_number_tells_nothing(
    other: AskTurn, autojump_clock: MockClock
) -> None:
    board = EasivendBoard()
    before = Bench(EasivendDriver())
    before.driver.order("board", TURN)
    async with running(before, board):
        await before.event(MotorTurned)
    bench = Bench(EasivendDriver())
    bench.driver.order("board", other)
    async with running(bench, board):
        assert (await bench.event(MotorTurned)).outcome == UNKNOWN
    assert board.spirals.turns == [3]


async def test_two_turns_that_share_a_number_both_turn(autojump_clock: MockClock) -> None:
    board = EasivendBoard()
    bench = Bench(EasivendDriver())
    async with running(bench, board):
        for turn in (301, 301 + 255, 301 + 510):
            bench.driver.order("board", TurnMotor(lane="A3", turn=turn))
        await bench.event(MotorTurned, count=3)
    assert [told.outcome for told in bench.of(MotorTurned)] == [DROPPED] * 3
    assert board.spirals.turns == [3, 3, 3]


async def test_a_board_that_kept_the_number_over_our_restart_still_turns_for_a_new_turn(
    autojump_clock: MockClock,
) -> None:
    board = EasivendBoard()
    for turn in (301, 301 + 255):
        bench = Bench(EasivendDriver())
        bench.driver.order("board", TurnMotor(lane="A3", turn=turn))
        async with running(bench, board):
            assert (await bench.event(MotorTurned)).outcome == DROPPED
    assert board.spirals.turns == [3, 3]


async def test_power_that_fails_in_a_turn_leaves_it_unknown(autojump_clock: MockClock) -> None:
    board = EasivendBoard()
    board.spirals.loses_power_next()
    bench = Bench(EasivendDriver())
    bench.driver.order("board", TURN)
    async with running(bench, board):
        assert (await bench.event(MotorTurned)).outcome == UNKNOWN
    assert board.spirals.turns == [3]


async def test_columns_it_cannot_join_or_does_not_have_are_not_turned(autojump_clock: MockClock) -> None:
    board = EasivendBoard()
    bench = Bench(EasivendDriver({"big": 81}))
    bench.driver.order("board", TurnMotor(lane="A1", turn=1, joined="A2"))
    bench.driver.order("board", TurnMotor(lane="big", turn=2))
    async with running(bench, board):
        await bench.event(MotorTurned, count=2)
    assert [told.outcome for told in bench.of(MotorTurned)] == [NOT_TURNED] * 2
    assert board.spirals.turns == []


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (0, "dropped"),
        (NOT_HOME_BEFORE, "dropped"),
        (FAILED | DID_NOT_MOVE, "stuck"),
        (FAILED | NOTHING_DROPPED, "no_drop"),
        (FAILED | SENSOR_FAULT, "no_drop"),
    ],
)
def test_each_status_has_its_outcome(status: int, outcome: str) -> None:
    assert outcome_of(status) == outcome


def test_turns_near_one_another_have_different_numbers() -> None:
    for sale in range(1, 40):
        near = {number_of((sale + later) * 100 + unit) for later in range(3) for unit in range(10)}
        assert len(near) == 30
