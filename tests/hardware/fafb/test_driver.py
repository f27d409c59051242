from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from hardware.contract.cooling import CabinetTemperature, SetTarget, TargetSet
from hardware.contract.motor_board import (
    DROPPED,
    NO_DROP,
    NOT_TURNED,
    UNKNOWN,
    AskTurn,
    MotorTurned,
    TurnMotor,
)
from hardware.contract.presence import DeviceFound
from hardware.contract.pricing import AskPrice, PriceRead, SetPrice
from hardware.fafb.driver import FafbDriver
from hardware.fafb.motors import outcome_of
from simulator.peripherals.fafb_board import FafbBoard
from simulator.peripherals.fafb_memory import FafbMemory, Selection
from simulator.peripherals.spirals import Spirals
from tests.hardware.boards import Bench, running

TURN = TurnMotor(lane="A3", turn=301)


async def test_each_device_behind_the_board_is_found_once(autojump_clock: MockClock) -> None:
    bench = Bench(FafbDriver())
    async with running(bench, FafbBoard()):
        await bench.event(DeviceFound, count=3)
        await trio.sleep(5)
    assert [device for device, event in bench.told if isinstance(event, DeviceFound)] == [
        "board",
        "cash",
        "cooling",
    ]


@pytest.mark.parametrize("fault", ["deaf", "lost", "corrupt", "doubled"])
@pytest.mark.parametrize("count", [1, 2, 3])
async def test_a_spoiled_line_turns_the_motor_once_and_tells_it_once(
    fault: str, count: int, autojump_clock: MockClock
) -> None:
    board = FafbBoard()
    bench = Bench(FafbDriver(serves=("board",)))
    async with running(bench, board):
        await bench.event(DeviceFound)
        await trio.sleep(3)
        bench.driver.order("board", TURN)
        setattr(board.faults, fault, count)
        assert (await bench.event(MotorTurned)).outcome == DROPPED
        await trio.sleep(5)
    assert len(bench.of(MotorTurned)) == 1
    assert (board.spirals.turns, board.spirals.drops) == ([3], 1)


@pytest.mark.parametrize("delay_tenths", range(0, 40, 3))
async def test_a_fault_at_any_moment_of_a_turn_never_turns_it_twice(
    delay_tenths: int, autojump_clock: MockClock
) -> None:
    board = FafbBoard()
    bench = Bench(FafbDriver(serves=("board",)))
    async with running(bench, board):
        await bench.event(DeviceFound)
        await trio.sleep(3)
        bench.driver.order("board", TURN)
        await trio.sleep(delay_tenths / 10)
        board.spirals.lose_power()
        told = await bench.event(MotorTurned)
        await trio.sleep(10)
    assert len(board.spirals.turns) <= 1
    assert told.outcome == (DROPPED if board.spirals.drops else told.outcome)
    assert told.outcome in (DROPPED, UNKNOWN, NOT_TURNED) or board.spirals.turns


async def test_an_acknowledgement_that_never_comes_does_not_repeat_the_turn(
    autojump_clock: MockClock,
) -> None:
    board = FafbBoard()
    bench = Bench(FafbDriver(serves=("board",)))
    async with running(bench, board):
        await bench.event(DeviceFound)
        await trio.sleep(3)
        bench.driver.order("board", TURN)
        await bench.until(lambda: board.spirals.running)
        board.faults.lost = 4
        assert (await bench.event(MotorTurned)).outcome == DROPPED
    assert board.spirals.turns == [3]


async def test_the_first_command_is_harmless_for_the_board_may_take_it_for_a_repeat(
    autojump_clock: MockClock,
) -> None:
    board = FafbBoard()
    first = Bench(FafbDriver(serves=("board",)))
    async with running(first, board):
        await first.until(lambda: any("AskStatus" in frame.text for frame in first.frames))
    second = Bench(FafbDriver(serves=("board",)))
    second.driver.order("board", TURN)
    async with running(second, board):
        assert (await second.event(MotorTurned)).outcome == DROPPED
    assert (board.repeats, board.spirals.turns) == (1, [3])


async def test_asked_after_a_restart_it_tells_what_the_board_still_says(autojump_clock: MockClock) -> None:
    board = FafbBoard(Spirals(turn_seconds=4.0))
    board.spirals.jam_next(3)
    async with running(Bench(FafbDriver(serves=("board",))), board) as before:
        before.driver.order("board", TURN)
        await before.until(lambda: board.spirals.running)
        await trio.sleep(2)
    bench = Bench(FafbDriver(serves=("board",)))
    bench.driver.order("board", AskTurn(lane=TURN.lane, turn=TURN.turn))
    async with running(bench, board):
        assert (await bench.event(MotorTurned)).outcome == NO_DROP
        bench.driver.order("board", TURN)
        assert (await bench.event(MotorTurned, count=2)).outcome == NO_DROP
    assert board.spirals.turns == [3]


async def test_asked_of_a_turn_the_board_says_nothing_of_it_is_unknown(autojump_clock: MockClock) -> None:
    board = FafbBoard()
    bench = Bench(FafbDriver(serves=("board",)))
    bench.driver.order("board", AskTurn(lane="A3", turn=301))
    async with running(bench, board):
        assert (await bench.event(MotorTurned)).outcome == UNKNOWN
        bench.driver.order("board", TURN)
        assert (await bench.event(MotorTurned, count=2)).outcome == UNKNOWN
    assert board.spirals.turns == []


async def test_a_wire_that_breaks_in_a_turn_tells_its_end_on_the_next_wire(autojump_clock: MockClock) -> None:
    board = FafbBoard(Spirals(turn_seconds=4.0))
    bench = Bench(FafbDriver(serves=("board",)))
    bench.driver.order("board", TURN)
    async with running(bench, board):
        await bench.until(lambda: board.spirals.running)
        await trio.sleep(1)
    async with running(bench, board):
        assert (await bench.event(MotorTurned)).outcome == DROPPED
        await trio.sleep(20)
    assert len(bench.of(MotorTurned)) == 1
    assert board.spirals.turns == [3]


async def test_more_turns_than_may_wait_are_answered_at_once(autojump_clock: MockClock) -> None:
    bench = Bench(FafbDriver(serves=("board",)))
    for turn in range(100):
        bench.driver.order("board", TurnMotor(lane="A1", turn=turn))
    board = FafbBoard(Spirals(turn_seconds=0.5))
    async with running(bench, board):
        await bench.event(MotorTurned, count=96)
    refused = [event for event in bench.of(MotorTurned) if event.outcome == NOT_TURNED]
    assert len(refused) + board.spirals.drops >= 96
    assert board.spirals.drops <= 32


async def test_prices_are_kept_in_the_boards_own_unit(autojump_clock: MockClock) -> None:
    board = FafbBoard()
    bench = Bench(FafbDriver({"drinks": 7}, unit_minor=10, serves=("board",)))
    async with running(bench, board):
        bench.driver.order("board", SetPrice(lane="drinks", price_minor=1250))
        assert await bench.event(PriceRead) == PriceRead(lane="drinks", price_minor=1250)
        bench.driver.order("board", AskPrice(lane="A1"))
        assert await bench.event(PriceRead, count=2) == PriceRead(lane="A1", price_minor=1000)
    assert board.memory.selections[7].price == 125


async def test_the_cabinets_temperature_and_target(autojump_clock: MockClock) -> None:
    board = FafbBoard()
    board.memory.celsius = -4
    bench = Bench(FafbDriver())
    async with running(bench, board):
        assert await bench.event(CabinetTemperature) == CabinetTemperature(temp_decicelsius=-40)
        bench.driver.order("cooling", SetTarget(temp_decicelsius=-184))
        assert await bench.event(TargetSet) == TargetSet(temp_decicelsius=-180)
    assert board.memory.target == -18


async def test_a_board_without_a_sensor_tells_no_temperature(autojump_clock: MockClock) -> None:
    board = FafbBoard(memory=FafbMemory({1: Selection()}, celsius=None))
    bench = Bench(FafbDriver())
    async with running(bench, board):
        await bench.event(DeviceFound)
        await trio.sleep(100)
    assert bench.of(CabinetTemperature) == []


@pytest.mark.parametrize(
    ("state", "outcome"),
    [(0x01, ""), (0x11, ""), (0x02, "dropped"), (0x24, "dropped"), (0x03, "no_drop"), (0x04, "stuck"),
     (0x06, "stuck"), (0x07, "stuck"), (0x13, "stuck"), (0x31, "stuck"), (0xFF, "stuck"), (0x77, "stuck")],
)  # fmt: skip
def test_each_state_of_dispensing_has_its_outcome(state: int, outcome: str) -> None:
    assert outcome_of(state) == outcome
