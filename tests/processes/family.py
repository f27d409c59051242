"""The parent's side: processes of one chain, kept, killed, started again, and in the end compared."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import trio

from actors.ledger import queries
from actors.machine.messages import VendCompleted
from actors.store.messages import SaleCompleted
from runtime.bus.key_folder import KeyFolder, KnownOffice, OfficeAddress
from runtime.clock import wall_us
from runtime.journal_sqlite import open_reader
from runtime.wire import FactRecord
from scenarios.assembly import OFFICE
from scenarios.data_directory import LEDGER
from scenarios.live.keys import roster_of
from tests.processes.child import PLENTY
from tests.processes.proxy import Proxy, free_ports, open_proxy

ROOT = Path(__file__).parents[2]
SITES = ("gw-1", "st-1")
NAMES = (OFFICE, *SITES)
SPEED = 60.0
HOUR_US = 3_600_000_000
LOOK_SECONDS = 0.05


class Child:
    """A process of the chain, started again under the same name as often as need be.

    Attributes:
        up, ended: set while it runs, and while it does not.
        lines: whole lines it ever wrote.
        errors: what all its lives wrote on standard error.
        ups: how often it was up.
    """

    def __init__(self, name: str, data: Path, office: OfficeAddress) -> None:
        self.name, self.data, self.office = name, data, office
        self.lines: list[str] = []
        self.errors = data.parent / f"{name}.err"
        self.ups = 0
        self.up = trio.Event()
        self.ended = trio.Event()
        self.ended.set()
        self.process: trio.Process | None = None

    async def live(
        self, since_us: int, *, quiet: bool = False, wrap: tuple[str, ...] = (), speed: float = SPEED
    ) -> int:
        """One life; returns the exit code."""
        self.ended = trio.Event()
        command = [*wrap, sys.executable, "-m", "tests.processes.child", self.name, str(self.data)]
        command += [str(self.office), str(since_us), str(speed), "1" if quiet else "0"]
        with self.errors.open("ab") as errors:
            process = self.process = await trio.lowlevel.open_process(
                command, stdout=subprocess.PIPE, stderr=errors, cwd=ROOT
            )
        try:
            assert process.stdout is not None
            await self._listen(process.stdout)
            return await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                with trio.CancelScope(shield=True):
                    await process.wait()
            self.process, self.up = None, trio.Event()
            self.ended.set()

    async def _listen(self, out: trio.abc.ReceiveStream) -> None:
        rest = b""
        async for data in out:
            *lines, rest = (rest + data).split(b"\n")  # a line that a kill cut short does not count
            for line in lines:
                if line == b"up":
                    self.ups += 1
                    self.up.set()
                else:
                    self.lines.append(line.decode())

    def send(self, number: int) -> None:
        """Send the process a signal, if it lives."""
        if self.process is not None:
            self.process.send_signal(number)


class Family:
    """Office and sites as processes, with a proxy between them. Made by ``open_family``.

    Attributes:
        dice: of everything done at random here.
        children: by name.
        proxy: between sites and office.
        kills: by name.
    """

    def __init__(self, root: Path, seed: int, proxy: Proxy, office: int, by_proxy: int) -> None:
        self.dice = Random(seed)
        self.proxy = proxy
        self.kills: Counter[str] = Counter()
        at = {name: office if name == OFFICE else by_proxy for name in NAMES}
        self.children = {
            name: Child(name, root / name, OfficeAddress("127.0.0.1", at[name])) for name in NAMES
        }
        self.since_us = wall_us()
        self._pair()

    def _pair(self) -> None:
        """Have every site on the roster, as ``hawker pair`` would."""
        for child in self.children.values():
            child.data.mkdir()
        office = self.children[OFFICE]
        roster = roster_of(office.data)
        public = KeyFolder(office.data).key(OFFICE).public
        for name in SITES:
            folder = KeyFolder(self.children[name].data)
            folder.keep_office(KnownOffice(public, self.children[name].office))
            roster.admit(name, folder.key(name).public.decode())

    async def keep(self, name: str) -> None:
        """Keep a process alive until cancelled; its clock is an hour off now and then."""
        while True:
            step_us = self.dice.choice((0, 0, 0, HOUR_US, -HOUR_US)) // round(SPEED)
            await self.children[name].live(self.since_us + step_us)

    def kill(self, name: str) -> None:
        """Kill -9."""
        if self.children[name].process is not None:
            self.children[name].send(signal.SIGKILL)
            self.kills[name] += 1

    @property
    def acknowledged(self) -> list[tuple[str, int, int, bytes]]:
        """Every sale that left a site: node, epoch, number and chain of its fact."""
        said = [line.split() for name in SITES for line in self.children[name].lines]
        return [(node, int(epoch), int(seq), bytes.fromhex(chain)) for _, node, epoch, seq, chain in said]

    # In the end

    async def drain(self, seconds: float = 60) -> None:
        """Run everything without customers until the ledger holds every journal, then end it decently."""
        await self.proxy.become("kind")
        with trio.fail_after(seconds):
            async with trio.open_nursery() as nursery:
                for child in self.children.values():
                    nursery.start_soon(self._quietly, child)
                for child in self.children.values():
                    await child.up.wait()
                while not self._drained():  # noqa: ASYNC110 - files of other processes tell nobody
                    await trio.sleep(0.2)
                for name in (*SITES, OFFICE):
                    self.children[name].send(signal.SIGTERM)
                    await self.children[name].ended.wait()

    async def _quietly(self, child: Child) -> None:
        code = await child.live(self.since_us, quiet=True)
        assert code == 0, child.errors.read_text()

    def _drained(self) -> bool:
        heads = {name: head_of(child.data, name) for name, child in self.children.items()}
        ledger = self.children[OFFICE].data / LEDGER
        return all(position(ledger, name) == heads[name] for name in NAMES)

    def compare(self) -> tuple[int, int]:
        """Compare witness, journals and ledger; returns sales acknowledged and sales in the ledger."""
        ledger = self.children[OFFICE].data / LEDGER
        held = {name: list(queries.facts_after(ledger, name, epoch=0)) for name in NAMES}
        for name, child in self.children.items():
            assert held[name] == journal_of(child.data, name), name
        check = queries.check(ledger)
        assert (check.balanced, check.chain_ok, check.violations) == (True, True, [])
        self._every_acknowledged_sale_is_there(held)
        return len(self.acknowledged), self._sales_are_exact(ledger, held)

    def _every_acknowledged_sale_is_there(self, held: dict[str, list[FactRecord]]) -> None:
        known = {(name, record.seq): record.chain for name in SITES for record in held[name]}
        said = self.acknowledged
        assert len(set(said)) == len(said), "a sale was acknowledged twice"
        lost = [one for one in said if known.get((one[0], one[2])) != one[3]]
        assert lost == [], f"{len(lost)} acknowledged sales are not in the ledger"

    def _sales_are_exact(self, ledger: Path, held: dict[str, list[FactRecord]]) -> int:
        """Units, money and stock in the ledger are those of the facts, each counted once."""
        sales: Counter[tuple[str, ...]] = Counter()
        amounts: Counter[str] = Counter()
        left: Counter[str] = Counter()
        for name in SITES:
            for record in held[name]:
                match record.fact():
                    case VendCompleted() as vend:
                        place = record.source.partition("/")[0]
                        sales[place, str(vend.sale), str(vend.unit)] += 1
                        amounts[place] += vend.price_minor
                        left[record.source] += 1
                    case SaleCompleted() as sale:
                        sales[sale.till, str(sale.sale)] += 1
                        amounts[record.source] += sale.total_minor
        assert [sale for sale, times in sales.items() if times != 1] == []
        assert {group.key: group.amount_minor for group in queries.sales_by(ledger, "place")} == dict(amounts)
        lanes = queries.balances(ledger, "stock:m-")
        assert {place: level for (place, _), level in lanes.items()} == {
            place: PLENTY - left[place.removeprefix("stock:")] for place, _ in lanes
        }
        assert not any(queries.balances(ledger, "credit:").values()), "money of a customer was left hanging"
        return len(sales)


def journal_of(data: Path, name: str) -> list[FactRecord]:
    """Every fact a node journalled."""
    reader = open_reader(data / "nodes" / f"{name}.sqlite3")
    try:
        return reader.read(0, 10_000_000)
    finally:
        reader.close()


def head_of(data: Path, name: str) -> tuple[int, bytes]:
    """Number and chain of a node's last fact."""
    reader = open_reader(data / "nodes" / f"{name}.sqlite3")
    try:
        return reader.head()
    finally:
        reader.close()


def position(ledger: Path, name: str) -> tuple[int, bytes]:
    """Number and chain of the last fact of a node in the ledger."""
    with queries.asked(ledger) as db:
        sql = "SELECT seq, chain FROM fact WHERE node = ? ORDER BY epoch DESC, seq DESC LIMIT 1"
        row = db.get_connection().execute(sql, (name,)).fetchone()
    return (0, b"\0" * 32) if row is None else (row[0], row[1])


async def until(holds: Callable[[], object], seconds: float = 20) -> float:
    """Wait until something of another process is so; returns how long it took, in seconds."""
    began = trio.current_time()
    with trio.fail_after(seconds):
        while not holds():  # noqa: ASYNC110 - files of other processes tell nobody
            await trio.sleep(LOOK_SECONDS)
    return trio.current_time() - began


@asynccontextmanager
async def open_family(root: Path, seed: int) -> AsyncIterator[Family]:
    """Office, sites and proxy for the length of a block; nothing runs yet."""
    dice = Random(seed ^ os.getpid())
    office, by_proxy = free_ports(5, dice), free_ports(2, dice)
    async with open_proxy(by_proxy, office, 2, seed) as proxy:
        yield Family(root, seed, proxy, office, by_proxy)
