"""Motor boards: what every one does with a turn, and what it never does."""

from __future__ import annotations

import pytest

from hardware.contract.motor_board import (
    DROPPED,
    NO_DROP,
    NOT_TURNED,
    STUCK,
    UNKNOWN,
    AskTurn,
    MotorTurned,
    TurnMotor,
)
from hardware.contract.presence import DeviceFound, DeviceLost
from tests.hardware.contract.hands import BoardHands
from tests.hardware.contract.rig import Rig


@pytest.mark.on_a_wall_clock_too
async def test_a_turn_drops_once(board: Rig[BoardHands]) -> None:
    lane = board.hands.lanes[0]
    board.order("board", TurnMotor(lane=lane, turn=1))
    assert await board.event(MotorTurned) == MotorTurned(lane=lane, turn=1, outcome=DROPPED)
    await board.quiet(MotorTurned, seconds=2.0)
    assert (board.hands.turns, board.hands.drops) == ([lane], 1)


async def test_a_turn_asked_again_never_turns_twice(board: Rig[BoardHands]) -> None:
    order = TurnMotor(lane=board.hands.lanes[0], turn=1)
    board.order("board", order)
    board.order("board", order)
    first = await board.event(MotorTurned)
    await board.let_pass(2.0)
    board.order("board", order)
    assert await board.event(MotorTurned) == first
    await board.let_pass(2.0)
    assert (board.hands.turns, board.hands.drops) == ([order.lane], 1)


async def test_two_turns_of_one_lane_are_two_turns(board: Rig[BoardHands]) -> None:
    lane = board.hands.lanes[0]
    for turn in (1, 2):
        board.order("board", TurnMotor(lane=lane, turn=turn))
    told = [await board.event(MotorTurned), await board.event(MotorTurned)]
    assert [(end.turn, end.outcome) for end in told] == [(1, DROPPED), (2, DROPPED)]
    assert (board.hands.turns, board.hands.drops) == ([lane, lane], 2)


async def test_turns_run_in_the_order_asked(board: Rig[BoardHands]) -> None:
    lanes = board.hands.lanes[:3]
    for turn, lane in enumerate(lanes, start=1):
        board.order("board", TurnMotor(lane=lane, turn=turn))
    told = [await board.event(MotorTurned) for _ in lanes]
    assert [end.lane for end in told] == list(lanes)
    assert board.hands.turns == list(lanes)


async def test_a_jam_is_told_as_no_drop_and_the_next_turn_drops(board: Rig[BoardHands]) -> None:
    lane = board.hands.lanes[0]
    board.hands.jam_next(lane)
    board.order("board", TurnMotor(lane=lane, turn=1))
    assert await board.event(MotorTurned) == MotorTurned(lane=lane, turn=1, outcome=NO_DROP)
    board.order("board", TurnMotor(lane=lane, turn=2))
    assert (await board.event(MotorTurned)).outcome == DROPPED
    assert (board.hands.turns, board.hands.drops) == ([lane, lane], 1)


async def test_a_motor_that_does_not_run_through_is_stuck(board: Rig[BoardHands]) -> None:
    lane = board.hands.lanes[0]
    board.hands.sticks_next(lane)
    board.order("board", TurnMotor(lane=lane, turn=1))
    assert await board.event(MotorTurned) == MotorTurned(lane=lane, turn=1, outcome=STUCK)
    assert board.hands.drops == 0


@pytest.mark.needs("joined motors")
async def test_joined_motors_turn_together_and_drop_one_product(board: Rig[BoardHands]) -> None:
    first, second = board.hands.lanes[:2]
    board.order("board", TurnMotor(lane=first, turn=1, joined=second))
    assert await board.event(MotorTurned) == MotorTurned(lane=first, turn=1, outcome=DROPPED)
    assert board.hands.drops == 1


@pytest.mark.needs("joined motors")
@pytest.mark.needs("motors")
async def test_of_joined_motors_both_turn(board: Rig[BoardHands]) -> None:
    first, second = board.hands.lanes[:2]
    board.order("board", TurnMotor(lane=first, turn=1, joined=second))
    await board.event(MotorTurned)
    assert sorted(board.hands.turns) == sorted([first, second])


@pytest.mark.without("joined motors")
async def test_a_board_that_is_not_told_to_join_motors_turns_the_first_or_says_that_it_turned_none(
    board: Rig[BoardHands],
) -> None:
    first, second = board.hands.lanes[:2]
    board.order("board", TurnMotor(lane=first, turn=1, joined=second))
    told = await board.event(MotorTurned)
    assert (told.lane, told.turn) == (first, 1)
    assert (told.outcome, board.hands.turns) in ((NOT_TURNED, []), (DROPPED, [first]))
    assert board.hands.drops == (told.outcome == DROPPED)


async def test_a_turn_asked_about_afterwards_is_told_as_it_ended(board: Rig[BoardHands]) -> None:
    lane = board.hands.lanes[0]
    board.order("board", TurnMotor(lane=lane, turn=1))
    first = await board.event(MotorTurned)
    board.order("board", AskTurn(lane=lane, turn=1))
    assert await board.event(MotorTurned) == first
    await board.let_pass(2.0)
    assert board.hands.turns == [lane]


async def test_asking_about_a_turn_turns_nothing(board: Rig[BoardHands]) -> None:
    lane = board.hands.lanes[0]
    board.order("board", AskTurn(lane=lane, turn=7))
    told = await board.event(MotorTurned)
    assert (told.lane, told.turn) == (lane, 7)
    assert told.outcome in (NOT_TURNED, UNKNOWN)
    await board.let_pass(2.0)
    assert board.hands.turns == []


@pytest.mark.needs("known lanes")
async def test_a_lane_that_the_board_does_not_have_is_answered_and_nothing_turns(
    board: Rig[BoardHands],
) -> None:
    board.order("board", TurnMotor(lane="?9", turn=1))
    told = await board.event(MotorTurned)
    assert (told.lane, told.turn) == ("?9", 1)
    assert told.outcome in (NOT_TURNED, STUCK)
    assert board.hands.turns == []


@pytest.mark.without("known lanes")
async def test_a_board_that_knows_no_lanes_turns_what_it_is_told(board: Rig[BoardHands]) -> None:
    board.order("board", TurnMotor(lane="?9", turn=1))
    assert await board.event(MotorTurned) == MotorTurned(lane="?9", turn=1, outcome=DROPPED)
    assert board.hands.turns == ["?9"]


@pytest.mark.needs("power")
async def test_a_power_failure_in_a_turn_never_turns_it_again(board: Rig[BoardHands]) -> None:
    lane = board.hands.lanes[0]
    board.hands.loses_power_next()
    order = TurnMotor(lane=lane, turn=1)
    board.order("board", order)
    told = await board.event(MotorTurned, within=90.0)
    assert (told.lane, told.turn) == (lane, 1)
    assert told.outcome != DROPPED or board.hands.drops == 1
    board.order("board", order)
    await board.let_pass(5.0)
    assert len(board.hands.turns) <= 1


@pytest.mark.needs("presence")
async def test_a_board_that_falls_silent_is_lost_and_found(board: Rig[BoardHands]) -> None:
    board.hands.fall_silent()
    assert (await board.event(DeviceLost, within=120.0)).device == "board"
    board.hands.speak_again()
    assert (await board.event(DeviceFound, within=120.0)).device == "board"
    await board.quiet(DeviceLost, DeviceFound)


@pytest.mark.needs("presence")
async def test_a_board_that_is_lost_turns_nothing_and_says_so_again(board: Rig[BoardHands]) -> None:
    board.hands.fall_silent()
    await board.event(DeviceLost, within=120.0)
    order = TurnMotor(lane=board.hands.lanes[0], turn=1)
    board.order("board", order)
    assert (await board.event(MotorTurned)).outcome == NOT_TURNED
    board.hands.speak_again()
    await board.event(DeviceFound, within=120.0)
    board.order("board", order)
    assert (await board.event(MotorTurned)).outcome == NOT_TURNED
    assert board.hands.turns == []


async def test_after_a_restart_a_finished_turn_is_never_turned_again(board: Rig[BoardHands]) -> None:
    lane = board.hands.lanes[0]
    board.order("board", TurnMotor(lane=lane, turn=1))
    await board.event(MotorTurned)
    await board.restart()
    board.order("board", AskTurn(lane=lane, turn=1))
    assert (await board.event(MotorTurned)).outcome in (DROPPED, UNKNOWN)
    await board.let_pass(3.0)
    assert board.hands.turns == [lane]


@pytest.mark.parametrize("seconds", [0.0, 0.2, 0.5, 1.0, 2.0])
async def test_after_a_restart_in_a_turn_nothing_is_told_that_is_not_so(
    board: Rig[BoardHands], seconds: float
) -> None:
    lane = board.hands.lanes[0]
    board.order("board", TurnMotor(lane=lane, turn=1))
    await board.let_pass(seconds)
    await board.restart()
    board.order("board", AskTurn(lane=lane, turn=1))
    told = await board.event(MotorTurned, within=90.0)
    await board.let_pass(10.0)
    assert len(board.hands.turns) <= 1
    assert told.outcome != DROPPED or board.hands.drops == 1
    assert told.outcome != NOT_TURNED or board.hands.turns == []
