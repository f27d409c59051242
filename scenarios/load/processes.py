"""The parent's side of a load: office, sites and operators as processes, and what they say."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import msgspec
import trio

from runtime.bus.key_folder import KeyFolder, KnownOffice, OfficeAddress
from runtime.errors import HawkerError
from scenarios import data_directory
from scenarios.assembly import OFFICE
from scenarios.live.keys import roster_of
from scenarios.load.shoppers import Stage
from scenarios.scenario import Prepared

UP_SECONDS_MAX = 120.0
OFFICE_MODULE, SITE_MODULE, CLIENTS_MODULE = (
    "console.load_office",
    "scenarios.load.site",
    "console.load_clients",
)
OPERATORS = "operators"
PORTS = 5
"""Ports that an office listens on, one after the other."""
_PORT_FIRST, _PORT_LAST = 21_000, 31_000


class Child:
    """A process of the load.

    Attributes:
        name: office, a site's name, or operators.
        up: what it said when it was ready.
        said: what it says every second.
        drained: it has served everybody, and the office has all its facts.
    """

    def __init__(self, name: str, process: trio.Process, errors: Path) -> None:
        self.name, self._process, self._errors = name, process, errors
        self.up: dict[str, Any] = {}
        self.said: list[dict[str, Any]] = []
        self.drained = trio.Event()
        self._ready = trio.Event()

    async def listen(self) -> None:
        """Take what it says until it ends; raises HawkerError if it failed."""
        rest = b""
        assert self._process.stdout is not None
        async for data in self._process.stdout:
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._hear(msgspec.json.decode(line))
        if code := await self._process.wait():
            why = self._errors.read_text(errors="replace").strip().splitlines()
            raise HawkerError(f"load: {self.name} must go on to the end, it ended with {code}: {why[-1:]}")

    def _hear(self, said: dict[str, Any]) -> None:
        if "up" in said:
            self.up = said
            self._ready.set()
            return
        self.said.append(said)
        if said.get("drained"):
            self.drained.set()

    async def ready(self) -> None:
        """Wait until it is up."""
        with trio.fail_after(UP_SECONDS_MAX):
            await self._ready.wait()

    async def tell(self, stage: Stage) -> None:
        """Have its people come."""
        assert self._process.stdin is not None
        await self._process.stdin.send_all(msgspec.json.encode(stage) + b"\n")

    async def end(self) -> None:
        """Let it finish and end."""
        assert self._process.stdin is not None
        await self._process.stdin.aclose()

    async def ended(self) -> None:
        """Wait for its end."""
        await self._process.wait()


@attrs.frozen
class Folders:
    """Where the processes keep what: each node a data directory of its own, and what they write down."""

    root: Path

    def of(self, name: str) -> Path:
        """A node's data directory."""
        return self.root / name

    @property
    def logs(self) -> Path:
        """What processes write down."""
        return self.root / "logs"


def paired(folders: Folders, made: Prepared, sites: list[str]) -> OfficeAddress:
    """Make the folders, and have every site on the office's roster, as ``hawker pair`` would."""
    for name in ("logs", *sites):
        (folders.root / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    address = OfficeAddress("127.0.0.1", _free_ports())
    with data_directory.claim(folders.of(OFFICE), made, made_by=f"node {OFFICE}") as office:
        public = KeyFolder(office.path).key(OFFICE).public
        roster = roster_of(office.path)
        for name in sites:
            folder = KeyFolder(folders.of(name))
            folder.keep_office(KnownOffice(public, address))
            roster.admit(name, folder.key(name).public.decode())
    return address


def _free_ports() -> int:
    """The first of five ports in a row that nobody listens on."""
    for first in range(_PORT_FIRST, _PORT_LAST, PORTS):
        held: list[socket.socket] = []
        try:
            for port in range(first, first + PORTS):
                held.append(socket.create_server(("127.0.0.1", port)))
            return first
        except OSError:
            continue
        finally:
            for each in held:
                each.close()
    raise HawkerError(f"load: {PORTS} ports in a row from {_PORT_FIRST} to {_PORT_LAST} must be free")


@asynccontextmanager
async def started(name: str, folders: Folders, *command: str) -> AsyncIterator[Child]:
    """A process of the load for the length of a block; killed at its end if it has not ended."""
    path = folders.logs / f"{name}.err"
    with path.open("wb") as errors:
        process = await trio.lowlevel.open_process(
            [sys.executable, "-m", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        )
    try:
        yield Child(name, process, path)
    finally:
        if process.returncode is None:
            process.kill()
            with trio.CancelScope(shield=True):
                await process.wait()


def commands(
    chain: str, made: Prepared, rate: float, folders: Folders, address: OfficeAddress
) -> dict[str, list[str]]:
    """How office and sites are started."""
    names = [name for name in made.chain.nodes if name != OFFICE]
    what = [chain, str(len(names)), str(rate)]
    office = [OFFICE_MODULE, *what, str(folders.of(OFFICE)), str(address), str(folders.logs)]
    return {OFFICE: office} | {
        name: [SITE_MODULE, *what, name, str(folders.of(name)), str(address), str(folders.logs)]
        for name in names
    }
