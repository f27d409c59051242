"""Control boards over pseudo-terminals: the same bytes through the kernel, on a wall clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio

from hardware.adh814.driver import Adh814Driver
from hardware.contract.motor_board import DROPPED, NO_DROP, MotorTurned, TurnMotor
from hardware.driver import Driver
from hardware.easivend.driver import EasivendDriver
from hardware.fafb.driver import FafbDriver
from hardware.ptys import open_pty
from hardware.serial_port import Line, open_serial
from simulator.peripherals.adh814_board import Adh814Board
from simulator.peripherals.easivend_board import EasivendBoard
from simulator.peripherals.fafb_board import FafbBoard
from simulator.peripherals.spirals import Spirals
from tests.hardware.boards import Bench


@pytest.mark.parametrize(
    ("driver", "board", "baud"),
    [
        (FafbDriver, FafbBoard, 57_600),
        (Adh814Driver, Adh814Board, 38_400),
        (EasivendDriver, EasivendBoard, 9_600),
    ],
)
async def test_two_turns_over_a_pty(
    driver: Callable[[], Driver], board: Callable[[Spirals], Any], baud: int
) -> None:
    far_end = board(Spirals(range(1, 5), turn_seconds=0.2))
    far_end.spirals.jam_next(2)
    bench = Bench(driver())
    for turn, lane in enumerate(("A1", "A2"), start=1):
        bench.driver.order("board", TurnMotor(lane=lane, turn=turn))
    far, path = open_pty()
    async with far, await open_serial(path, Line(baud=baud)) as near, trio.open_nursery() as nursery:
        with trio.fail_after(20):
            nursery.start_soon(far_end.serve, far)
            nursery.start_soon(bench.driver.run, near, bench.tell, bench.watch)
            await bench.event(MotorTurned, count=2)
        nursery.cancel_scope.cancel()
    assert [told.outcome for told in bench.of(MotorTurned)] == [DROPPED, NO_DROP]
    assert far_end.spirals.turns == [1, 2]
    assert any(frame.sent for frame in bench.frames)
    assert not all(frame.sent for frame in bench.frames)


@pytest.mark.parametrize("driver", [FafbDriver, Adh814Driver, EasivendDriver])
async def test_a_wire_that_is_gone_stops_the_driver(
    driver: Callable[[], Driver], autojump_clock: trio.testing.MockClock
) -> None:
    near, far = trio.testing.memory_stream_pair()
    await far.aclose()
    with pytest.raises(trio.BrokenResourceError), trio.fail_after(60):
        await driver().run(near, lambda device, event: None)
