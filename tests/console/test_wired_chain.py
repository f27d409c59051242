"""``hawker up`` with a motor board, an MDB bus and a keypad on ptys, killed while a motor turns."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import trio

import scenarios.assembly  # noqa: F401  # with it come the types of every fact there is
from actors.ledger import queries
from hardware.ptys import open_pty
from scenarios import scenario
from scenarios.data_directory import LEDGER
from simulator.peripherals.adh814_board import Adh814Board
from simulator.peripherals.keypad import KeypadPeripheral
from simulator.peripherals.mdb_bus import MdbBus
from simulator.peripherals.mdb_changer import MdbChanger
from simulator.peripherals.peripheral import Peripheral
from simulator.peripherals.spirals import Spirals

ROOT = Path(__file__).parents[2]
SECONDS_MAX = 90
COIN_MINOR = 500
CHAIN = """
name = "one"
demand = "hk-demo"
first = 2026-01-05
[settings]
machines = 1
stores = 0
[devices.hk-0001]
board = "serial:{board}?driver=adh814"
cash = "serial:{cash}?driver=mdb&way=ascii"
keypad = "serial:{keypad}?driver=keys"
"""


async def until(true: Callable[[], bool], seconds: float = 0.05) -> None:
    """Look every so many seconds until it is true."""
    while not true():  # noqa: ASYNC110 - peripherals tell nobody
        await trio.sleep(seconds)


@asynccontextmanager
async def running(home: Path) -> AsyncIterator[trio.Process]:
    """``hawker up`` on the chain file, killed at the end of the block if it still runs."""
    process = await trio.lowlevel.open_process(
        [sys.executable, "-m", "console.cli", "up", "one.toml", "--port", "0", "--data", "data"],
        cwd=home,
        env={**os.environ, "HOME": str(home), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        with trio.CancelScope(shield=True):
            if process.poll() is None:
                process.kill()
            await process.wait()


async def test_a_chain_killed_while_a_motor_turns_sells_once_and_gives_the_change(tmp_path: Path) -> None:
    spirals = Spirals(turn_seconds=3)
    bus, keypad = MdbBus(MdbChanger(), wire="ascii"), KeypadPeripheral()
    ends = {"board": open_pty(), "cash": open_pty(), "keypad": open_pty()}
    (tmp_path / "one.toml").write_text(CHAIN.format(**{name: path for name, (_, path) in ends.items()}))
    (machine,) = scenario.prepare(scenario.load(tmp_path / "one.toml")).chain.machines
    lane = machine.lanes[0]
    assert bus.changer is not None
    changer = bus.changer
    peripherals: dict[str, Peripheral] = {"board": Adh814Board(spirals), "cash": bus, "keypad": keypad}

    def buy() -> bool:
        keypad.press(lane.code)
        return changer.drop_coin(COIN_MINOR) == "tube"

    with trio.fail_after(SECONDS_MAX):
        async with trio.open_nursery() as nursery:
            for name, (stream, _) in ends.items():
                nursery.start_soon(peripherals[name].serve, stream)
            async with running(tmp_path):
                await until(buy, seconds=0.5)
                await until(lambda: spirals.running)
            async with running(tmp_path) as process:
                await until(lambda: changer.in_minor - changer.out_minor == lane.price_minor)
                process.send_signal(signal.SIGINT)
                assert await process.wait() == 0
            nursery.cancel_scope.cancel()
    for stream, _ in ends.values():
        await stream.aclose()
    assert (spirals.turns, spirals.drops) == ([1], 1)
    assert changer.in_minor - changer.out_minor == lane.price_minor
    check = queries.check(tmp_path / "data" / LEDGER)
    assert (check.balanced, check.chain_ok, check.violations) == (True, True, [])
