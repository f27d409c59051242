from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from hardware.adh814.codec import (
    FINISHED,
    OVERCURRENT,
    SENSOR_OPEN,
    SENSOR_SHORT,
    State,
)
from hardware.adh814.driver import Adh814Driver, outcome_of
from hardware.contract.cooling import CabinetTemperature, SetTarget, TargetSet
from hardware.contract.motor_board import (
    DROPPED,
    NO_DROP,
    STUCK,
    UNKNOWN,
    AskTurn,
    MotorTurned,
    TurnMotor,
)
from hardware.driver import Frame
from runtime.errors import ConfigError
from simulator.peripherals.adh814_board import Adh814Board
from simulator.peripherals.spirals import Spirals
from tests.hardware.boards import Bench, running

TURN = TurnMotor(lane="A3", turn=301)
ASK = AskTurn(lane="A3", turn=301)


async def test_a_lost_answer_to_the_order_is_asked_after_not_ordered_again(autojump_clock: MockClock) -> None:
    board = Adh814Board()
    bench = Bench(Adh814Driver())

    def lose_its_answer(frame: Frame) -> None:
        if "Turn(" in frame.text:
            board.faults.lost = 1

    bench.at_frame = lose_its_answer
    bench.driver.order("board", TURN)
    async with running(bench, board):
        assert (await bench.event(MotorTurned)).outcome == DROPPED
    assert board.spirals.turns == [3]
    assert sum("Turn(" in frame.text for frame in bench.frames) == 1


async def test_every_result_is_cleared(autojump_clock: MockClock) -> None:
    board = Adh814Board()
    bench = Bench(Adh814Driver())
    async with running(bench, board):
        for turn in (1, 2, 3):
            bench.driver.order("board", TurnMotor(lane="A1", turn=turn))
        await bench.event(MotorTurned, count=3)
    assert [told.outcome for told in bench.of(MotorTurned)] == [DROPPED] * 3
    assert sum(frame.sent and "Clear" in frame.text for frame in bench.frames) == 3


async def test_after_a_restart_the_result_nobody_cleared_tells_how_the_turn_ended(
    autojump_clock: MockClock,
) -> None:
    board = Adh814Board()
    board.spirals.jam_next(3)
    before = Bench(Adh814Driver())
    before.driver.order("board", TURN)
    async with running(before, board):
        await before.until(lambda: board.spirals.running)
    bench = Bench(Adh814Driver())
    bench.driver.order("board", ASK)
    async with running(bench, board):
        assert (await bench.event(MotorTurned)).outcome == NO_DROP
        bench.driver.order("board", TURN)
        assert (await bench.event(MotorTurned, count=2)).outcome == NO_DROP
    assert board.spirals.turns == [3]


@pytest.mark.parametrize("lane", ["A3", "A4"])
async def test_a_board_that_has_nothing_to_tell_of_a_turn_leaves_it_unknown(
    lane: str, autojump_clock: MockClock
) -> None:
    board = Adh814Board()
    before = Bench(Adh814Driver())
    before.driver.order("board", TURN)
    async with running(before, board):
        await before.until(lambda: board.spirals.running)
        if lane == "A3":
            await before.event(MotorTurned)
            await trio.sleep(1)
    bench = Bench(Adh814Driver())
    bench.driver.order("board", AskTurn(lane=lane, turn=999))
    async with running(bench, board):
        assert (await bench.event(MotorTurned)).outcome == UNKNOWN
    assert board.spirals.turns == [3]


async def test_a_wire_that_breaks_in_a_turn_tells_its_end_on_the_next_wire(autojump_clock: MockClock) -> None:
    board = Adh814Board()
    bench = Bench(Adh814Driver())
    bench.driver.order("board", TURN)
    async with running(bench, board):
        await bench.until(lambda: board.spirals.running)
    bench.driver.order("board", TURN)
    async with running(bench, board):
        assert (await bench.event(MotorTurned)).outcome == DROPPED
        await trio.sleep(5)
    assert (len(bench.of(MotorTurned)), board.spirals.turns) == (1, [3])


async def test_power_that_fails_in_a_turn_leaves_it_unknown(autojump_clock: MockClock) -> None:
    board = Adh814Board()
    board.spirals.loses_power_next()
    bench = Bench(Adh814Driver())
    bench.driver.order("board", TURN)
    async with running(bench, board):
        assert (await bench.event(MotorTurned)).outcome == UNKNOWN
        bench.driver.order("board", TurnMotor(lane="A3", turn=302))
        assert (await bench.event(MotorTurned, count=2)).outcome == DROPPED
    assert board.spirals.turns == [3, 3]


async def test_a_motor_that_is_not_there_is_stuck(autojump_clock: MockClock) -> None:
    board = Adh814Board(Spirals(range(1, 3)))
    bench = Bench(Adh814Driver())
    bench.driver.order("board", TURN)
    async with running(bench, board):
        assert (await bench.event(MotorTurned)).outcome == STUCK
    assert board.spirals.turns == []


async def test_temperature_is_told_when_it_changes_and_target_when_it_is_kept(
    autojump_clock: MockClock,
) -> None:
    board = Adh814Board(celsius=-4)
    bench = Bench(Adh814Driver())
    async with running(bench, board):
        await bench.event(CabinetTemperature)
        await trio.sleep(10)
        board.celsius = 5
        await bench.event(CabinetTemperature, count=2)
        for broken in (SENSOR_OPEN, SENSOR_SHORT):
            board.celsius = broken
            await trio.sleep(5)
        bench.driver.order("cooling", SetTarget(temp_decicelsius=42))
        assert await bench.event(TargetSet) == TargetSet(temp_decicelsius=40)
    assert [told.temp_decicelsius for told in bench.of(CabinetTemperature)] == [-40, 50]
    assert (board.mode, board.target) == (1, 4)


def test_a_motor_fault_is_not_trusted_with_a_drop() -> None:
    assert outcome_of(State(FINISHED, 0, OVERCURRENT, 0, 0, 0, 0)) == STUCK


def test_an_address_the_line_does_not_have_is_refused() -> None:
    with pytest.raises(ConfigError, match="address must be from 1 to 4, not 5"):
        Adh814Driver(address=5)
