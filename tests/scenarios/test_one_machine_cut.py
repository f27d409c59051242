"""``hawker up`` with board, MDB bus, audit port and keypad on ptys, killed in mid-vend and in mid-change.

The peripherals keep running; the node restarts from its journal. What they counted is then read over DEX.
"""

from __future__ import annotations

import signal
from pathlib import Path

import trio

import scenarios.assembly  # noqa: F401  # with it come the types of every fact there is
from actors.ledger import queries
from actors.machine.messages import VendCompleted, VendFailed
from actors.payment.messages import PaymentFlagged
from scenarios import scenario
from scenarios.data_directory import LEDGER
from scenarios.devices.dex_tools import audits_in, differences, read_device
from scenarios.machine_books import books
from simulator.peripherals.mdb_reader import VEND
from tests.console.test_wired_chain import running, until
from tests.scenarios.stage_wires import Peripherals

SECONDS_MAX = 60
MACHINE = "hk-0001"
CHAIN = """
name = "one"
demand = "hk-demo"
first = 2026-01-05
[settings]
machines = 1
stores = 0
[devices.hk-0001]
"""


class Watch:
    """A clock that can be stopped, so that a motor turns for as long as a test wants."""

    def __init__(self) -> None:
        self._stopped_at: float | None = None

    def __call__(self) -> float:
        return trio.current_time() if self._stopped_at is None else self._stopped_at

    def stop(self) -> None:
        """From now on it shows this moment."""
        self._stopped_at = self()

    def go(self) -> None:
        """It shows the time again."""
        self._stopped_at = None


async def test_killed_while_a_motor_turns_and_while_change_falls_it_turns_once_and_pays_once(
    tmp_path: Path,
) -> None:
    watch, file = Watch(), tmp_path / "one.toml"
    file.write_text(CHAIN)
    (machine,) = scenario.prepare(scenario.load(file)).chain.machines
    by_card, in_coins = machine.lanes[:2]
    prices = {lane.code: lane.price_minor for lane in (by_card, in_coins)}
    far = Peripherals(prices, clock=watch)
    changer, reader, ledger = far.changer, far.reader, tmp_path / "data" / LEDGER
    change_minor = 2000 - in_coins.price_minor

    def chosen(lane: str) -> bool:
        far.keypad.press(lane)
        return reader.state == VEND and reader.looks_for_card

    with trio.fail_after(SECONDS_MAX):
        async with far.served():
            file.write_text(CHAIN + "".join(f'{device} = "{way}"\n' for device, way in far.ways))
            async with running(tmp_path):
                await until(lambda: chosen(by_card.code), seconds=0.5)
                reader.present_card()
                await until(lambda: far.spirals.running)
                watch.stop()  # and kill
            resets = changer.resets
            async with running(tmp_path):
                await until(lambda: changer.resets > resets)
                watch.go()
                await until(lambda: far.spirals.drops == 1)
                reader.remove_card()
                await until(lambda: chosen(in_coins.code), seconds=0.5)
                assert [changer.drop_coin(1000), changer.drop_coin(1000)] == ["cash_box", "cash_box"]
                await until(lambda: 0 < changer.out_minor < change_minor, seconds=0.01)  # and kill
            async with running(tmp_path) as process:
                await until(lambda: changer.out_minor == change_minor)
                await until(lambda: chosen(by_card.code), seconds=0.5)  # it sells again
                process.send_signal(signal.SIGINT)
                assert await process.wait() == 0
            text = await read_device(dict(far.ways)["audit"])
    (audit,) = audits_in(text, MACHINE)
    facts = [record.fact() for _, _, record in queries.facts_as_stored(ledger)]
    assert far.spirals.turns == [1, 2]
    ends = [type(fact) for fact in facts if isinstance(fact, VendCompleted | VendFailed | PaymentFlagged)]
    assert ends == [VendCompleted, VendCompleted]
    assert (changer.in_minor, changer.out_minor) == (2000, change_minor)
    assert reader.taken_minor == by_card.price_minor
    assert differences(audit, books(ledger, MACHINE)) == []
    check = queries.check(ledger)
    assert (check.balanced, check.chain_ok, check.violations) == (True, True, [])
