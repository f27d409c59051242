"""A machine with keypad, motor board and cash on ptys: the clock is real, so all stands under fail_after."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import pytest
import trio

from actors.ledger import queries
from hardware.ptys import open_pty
from runtime.clock import wall_us
from runtime.errors import Refused
from scenarios.data_directory import LEDGER
from scenarios.live.chain import LiveChain, open_live
from scenarios.scenario import Prepared
from simulator.peripherals.fafb_board import FafbBoard
from simulator.peripherals.fafb_memory import FafbMemory, Selection
from simulator.peripherals.keypad import KeypadPeripheral
from simulator.peripherals.spirals import Spirals
from tests.scenarios.small_chain import Ears, prepared

SECONDS_MAX = 40
PRICE_MINOR = 800
COINS = (100, 200, 500, 1000)


class Bench:
    """A machine's peripherals on ptys."""

    def __init__(self) -> None:
        spirals = Spirals(range(1, 11), turn_seconds=0.2)
        memory = FafbMemory({lane: Selection() for lane in range(1, 11)}, coins=COINS, change=5000)
        self.board = FafbBoard(spirals, memory)
        self.keypad = KeypadPeripheral()
        self.ways: tuple[tuple[str, str], ...] = ()


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    """Peripherals that are served for the length of a block."""
    found = Bench()
    (board, board_path), (keypad, keypad_path) = open_pty(), open_pty()
    way = f"serial:{board_path}?driver=fafb&coins={','.join(map(str, COINS))}"
    found.ways = (("board", way), ("cash", way), ("keypad", f"serial:{keypad_path}?driver=keys"))
    async with board, keypad, trio.open_nursery() as nursery:
        nursery.start_soon(found.board.serve, board)
        nursery.start_soon(found.keypad.serve, keypad)
        yield found
        nursery.cancel_scope.cancel()


def chain_with(ways: tuple[tuple[str, str], ...]) -> Prepared:
    """The small chain, its first machine on these ways and the only one, and nobody in the store."""
    whole = prepared()
    machine = attrs.evolve(whole.chain.machines[0], devices=ways)
    chain = attrs.evolve(whole.chain, machines=(machine,))
    return attrs.evolve(whole, chain=chain, store_rates=())


async def until(true: Callable[[], bool]) -> None:
    """Wait until it is true."""
    while not true():  # noqa: ASYNC110 - peripherals tell nobody
        await trio.sleep(0.02)


def heard(live: LiveChain[Ears], *kinds: str) -> list[object]:
    """Facts of these kinds that reached the office."""
    return [report.content for report in live.console.heard if type(report.content).__name__ in kinds]


async def test_a_customer_at_the_keypad_pays_real_coins_and_gets_the_product_and_change(
    tmp_path: Path,
) -> None:
    with trio.fail_after(SECONDS_MAX):
        async with bench() as machine:
            plan = chain_with(machine.ways)
            async with open_live(plan, data=tmp_path, speed=1, console=Ears) as live:
                assert abs(live.now_us() - wall_us()) < 5_000_000
                with pytest.raises(Refused, match="speed must be 1 while devices are on wires, not 60"):
                    live.speed = 60
                await until(lambda: sum(len(wire.answering) for wire in live.wires.all) == 3)
                await live.console.until(lambda: bool(heard(live, "CashMetered")))
                machine.board.memory.accepts[1] = 0
                machine.keypad.press("A1")
                await until(lambda: machine.board.memory.accepts[1] != 0)
                machine.board.insert_coin(500)
                machine.board.insert_coin(500)
                await live.console.until(lambda: bool(heard(live, "ChangePaid")))
                await until(lambda: bool(machine.keypad.shown))
            assert machine.board.spirals.dropped == {1: 1}
            assert machine.keypad.shown[-1] == "THANK YOU 1"
            assert machine.board.memory.inserted - machine.board.memory.paid == PRICE_MINOR
    check = queries.check(tmp_path / LEDGER)
    assert (check.balanced, check.chain_ok, check.violations) == (True, True, [])


async def test_a_board_that_goes_away_is_a_fact_and_the_node_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with trio.fail_after(SECONDS_MAX):
        async with (
            bench() as machine,
            open_live(chain_with(machine.ways), data=tmp_path, speed=1, console=Ears) as live,
        ):
            await until(lambda: sum(len(wire.answering) for wire in live.wires.all) == 3)
            machine.board.spirals.lose_power(seconds=7)
            await live.console.until(lambda: bool(heard(live, "DeviceWentMissing")))
            await live.console.until(lambda: bool(heard(live, "DeviceCameBack")))
            assert all(linked for _, linked, _ in live.nodes())
    assert "device lost" in capsys.readouterr().err
