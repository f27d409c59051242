"""Control boards with anything wrong at any time: no motor turns twice, and nothing false is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.adh814.driver import Adh814Driver
from hardware.contract.motor_board import DROPPED, NOT_TURNED, UNKNOWN, AskTurn, MotorTurned, TurnMotor
from hardware.contract.presence import DeviceFound
from hardware.driver import Driver, Frame
from hardware.easivend.codec import DISPENSE
from hardware.easivend.driver import EasivendDriver
from hardware.fafb.driver import FafbDriver
from simulator.peripherals.adh814_board import Adh814Board
from simulator.peripherals.easivend_board import EasivendBoard
from simulator.peripherals.fafb_board import FafbBoard
from tests.hardware.boards import Bench, running

Pair = tuple[Callable[[], Driver], Callable[[], Any]]

PAIRS: dict[str, Pair] = {
    "fafb": (lambda: FafbDriver(serves=("board",)), FafbBoard),
    "adh814": (lambda: Adh814Driver(serves=("board",)), Adh814Board),
    "easivend": (EasivendDriver, EasivendBoard),
}
TURNS = 3

wrongs = st.lists(
    st.tuples(
        st.integers(1, 40),
        st.sampled_from(["deaf", "lost", "corrupt", "doubled", "power", "silent", "jam", "stick"]),
        st.integers(1, 8),
    ),
    max_size=6,
)


async def wrong(board: Any, fault: str, count: int) -> None:
    """Let one thing go wrong."""
    match fault:
        case "power":
            board.spirals.lose_power(count / 4)
        case "silent":
            board.faults.silent = True
            await trio.sleep(count)
            board.faults.silent = False
        case "jam":
            board.spirals.jam_next(1)
        case "stick":
            board.spirals.sticks_next(1)
        case _:
            setattr(board.faults, fault, count)


async def a_bad_day(pair: Pair, faults: list[tuple[int, str, int]]) -> None:
    driver, board = pair[0](), pair[1]()
    bench = Bench(driver)

    async def go_wrong() -> None:
        for tenths, fault, count in faults:
            await trio.sleep(tenths / 10)
            await wrong(board, fault, count)

    async with running(bench, board), trio.open_nursery() as nursery:
        nursery.start_soon(go_wrong)
        for turn in range(1, TURNS + 1):
            driver.order("board", TurnMotor(lane="A1", turn=turn))
            await bench.event(MotorTurned, count=turn, within=300.0)
        await trio.sleep(90.0)
    told = bench.of(MotorTurned)
    assert Counter(event.turn for event in told) == dict.fromkeys(range(1, TURNS + 1), 1)
    by_outcome = Counter(event.outcome for event in told)
    turned, fell = len(board.spirals.turns), board.spirals.drops
    assert turned <= TURNS - by_outcome[NOT_TURNED]
    assert by_outcome[DROPPED] <= fell <= by_outcome[DROPPED] + by_outcome[UNKNOWN]


async def a_restart(pair: Pair, tenths: int, faults: list[tuple[int, str, int]]) -> None:
    board = pair[1]()
    before = Bench(pair[0]())
    before.driver.order("board", TurnMotor(lane="A1", turn=1))
    async with running(before, board):
        await trio.sleep(tenths / 10)
        for _, fault, count in faults[:2]:
            await wrong(board, fault, count)
    bench = Bench(pair[0]())
    bench.driver.order("board", AskTurn(lane="A1", turn=1))
    async with running(bench, board):
        told = await bench.event(MotorTurned, within=300.0)
        bench.driver.order("board", TurnMotor(lane="A1", turn=1))
        assert await bench.event(MotorTurned, count=2) == told
        await trio.sleep(10.0)
    assert len(board.spirals.turns) <= 1
    assert told.outcome in (DROPPED, UNKNOWN) if board.spirals.drops else told.outcome != DROPPED


ORDERS = {"fafb": "Drive(", "adh814": "Turn(", "easivend": f"command={DISPENSE}"}


@pytest.mark.parametrize("name", PAIRS)
async def test_a_turn_whose_answer_was_lost_is_not_ordered_again_after_a_power_failure(
    name: str, autojump_clock: trio.testing.MockClock
) -> None:
    driver, board = PAIRS[name][0](), PAIRS[name][1]()
    ordered = trio.Event()

    def lose_its_answer(frame: Frame) -> None:
        if frame.sent and ORDERS[name] in frame.text:
            board.faults.lost = 1
            ordered.set()

    bench = Bench(driver, at_frame=lose_its_answer)
    driver.order("board", TurnMotor(lane="A1", turn=1))
    async with running(bench, board):
        await ordered.wait()
        await trio.sleep(0.05)
        board.spirals.lose_power(2.0)
        assert (await bench.event(MotorTurned)).outcome == UNKNOWN
        await trio.sleep(10.0)
    assert board.spirals.turns == [1]


@pytest.mark.parametrize("name", PAIRS)
async def test_turns_that_waited_on_a_wire_that_broke_never_turn(
    name: str, autojump_clock: trio.testing.MockClock
) -> None:
    driver, board = PAIRS[name][0](), PAIRS[name][1]()
    bench = Bench(driver)
    async with running(bench, board):
        await trio.sleep(4.0)
        for turn in (1, 2):
            driver.order("board", TurnMotor(lane=f"A{turn}", turn=turn))
        await bench.until(lambda: board.spirals.running)
    assert [event for event in bench.of(MotorTurned) if event.turn == 2] == [
        MotorTurned(lane="A2", turn=2, outcome=NOT_TURNED)
    ]
    driver.order("board", TurnMotor(lane="A3", turn=3))
    await trio.sleep(600.0)
    async with running(bench, board):
        await bench.until(lambda: {event.turn for event in bench.of(MotorTurned)} == {1, 2, 3})
        await trio.sleep(20.0)
    assert [event.outcome for event in bench.of(MotorTurned) if event.turn == 3] == [NOT_TURNED]
    assert board.spirals.turns == [1]


def jumping() -> trio.testing.MockClock:
    return trio.testing.MockClock(autojump_threshold=0.0)


@pytest.mark.parametrize("name", PAIRS)
def test_whatever_goes_wrong_each_turn_is_told_once_and_truly(name: str) -> None:
    @settings(max_examples=25, deadline=None)
    @given(wrongs)
    def days(faults: list[tuple[int, str, int]]) -> None:
        trio.run(a_bad_day, PAIRS[name], faults, clock=jumping())

    days()


@pytest.mark.parametrize("name", PAIRS)
def test_a_restart_at_any_moment_tells_nothing_false_and_turns_nothing_again(name: str) -> None:
    @settings(max_examples=25, deadline=None)
    @given(st.integers(0, 80), wrongs)
    def restarts(tenths: int, faults: list[tuple[int, str, int]]) -> None:
        trio.run(a_restart, PAIRS[name], tenths, faults, clock=jumping())

    restarts()


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("fault", ["deaf", "lost", "corrupt", "doubled"])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("delay", [0.0, 0.2, 1.0])
async def test_a_spoiled_line_never_turns_twice_and_tells_once(
    name: str, fault: str, count: int, delay: float, autojump_clock: trio.testing.MockClock
) -> None:
    driver, board = PAIRS[name][0](), PAIRS[name][1]()
    bench = Bench(driver)
    async with running(bench, board):
        await bench.event(DeviceFound)
        driver.order("board", TurnMotor(lane="A3", turn=301))
        await trio.sleep(delay)
        setattr(board.faults, fault, count)
        told = await bench.event(MotorTurned)
        await trio.sleep(5)
    assert len(bench.of(MotorTurned)) == 1
    assert len(board.spirals.turns) <= 1
    assert (told.outcome == DROPPED) == (board.spirals.drops == 1)
