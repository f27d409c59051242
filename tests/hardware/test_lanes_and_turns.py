from __future__ import annotations

from typing import Any

import pytest

from hardware.answers import UNTOLD_MAX, Answers
from hardware.contract.motor_board import DROPPED, NOT_TURNED, UNKNOWN, AskTurn, MotorTurned, TurnMotor
from hardware.contract.presence import DeviceFound, DeviceLost
from hardware.lanes import lane_number
from hardware.presence import Presence
from hardware.turns import KEPT, WAITING_MAX, Turns


@pytest.mark.parametrize(
    ("code", "number"),
    [("A1", 1), ("A10", 10), ("B1", 11), ("F7", 57), ("60", 60), ("007", 7), ("drinks", 42),
     ("A0", 0), ("A11", 0), ("a1", 0), ("?9", 0), ("", 0), ("A", 0), ("A²", 0), ("²", 0)],
)  # fmt: skip
def test_a_lane_has_its_number_by_table_or_by_rule(code: str, number: int) -> None:
    assert lane_number(code, {"drinks": 42}) == number


def test_a_turn_known_is_answered_from_memory_and_one_open_not_yet() -> None:
    told: list[Any] = []
    turns = Turns(lambda _, event: told.append(event))
    order = TurnMotor(lane="A1", turn=1)
    turns.turn(order)
    turns.turn(order)
    turns.ask(AskTurn(lane="A1", turn=1))
    assert (list(turns.waiting), list(turns.asked), told) == ([order], [], [])
    turns.running = turns.waiting.popleft()
    turns.turn(order)
    turns.end(turns.running, DROPPED)
    turns.turn(order)
    turns.ask(AskTurn(lane="A1", turn=1))
    assert told == [MotorTurned(lane="A1", turn=1, outcome=DROPPED)] * 3
    assert not turns.waiting
    assert not turns.asked


def test_a_turn_asked_about_is_not_turned_by_an_order_that_comes_after() -> None:
    turns = Turns(lambda _, event: None)
    turns.ask(AskTurn(lane="A1", turn=1))
    turns.turn(TurnMotor(lane="A1", turn=1))
    assert (len(turns.asked), len(turns.waiting)) == (1, 0)


def test_beyond_the_ceiling_answers_come_at_once_and_memory_does_not_grow() -> None:
    told: list[Any] = []
    turns = Turns(lambda _, event: told.append(event))
    for turn in range(2 * KEPT):
        turns.turn(TurnMotor(lane="A1", turn=turn))
        turns.ask(AskTurn(lane="A1", turn=10_000 + turn))
    assert (len(turns.waiting), len(turns.asked)) == (WAITING_MAX, WAITING_MAX)
    assert {event.outcome for event in told} == {NOT_TURNED, UNKNOWN}
    assert len(turns._ended) == KEPT


def test_answers_found_between_two_runs_are_told_in_the_next() -> None:
    told: list[Any] = []
    answers = Answers(("board",))
    for number in range(2 * UNTOLD_MAX):
        answers.tell("board", number)
        answers.tell("cash", number)
    answers.listen(lambda _, event: told.append(event))
    answers.tell("board", "now")
    answers.listen(None)
    answers.tell("board", "later")
    assert told == [*range(UNTOLD_MAX, 2 * UNTOLD_MAX), "now"]


def test_devices_behind_one_wire_are_lost_and_found_once() -> None:
    told: list[Any] = []
    presence = Presence(("board", "cash"), lambda _, event: told.append(event))
    assert [presence.heard(), presence.heard(), presence.silent(), presence.silent(), presence.heard()] == [
        False,
        False,
        True,
        False,
        True,
    ]
    assert [(type(event), event.device) for event in told] == [
        (kind, device) for kind in (DeviceFound, DeviceLost, DeviceFound) for device in ("board", "cash")
    ]
