"""Keys between processes: a node is paired, changes its key and is revoked by the real commands."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from random import Random

import trio

from runtime.bus.key_folder import KeyFolder, KnownOffice, OfficeAddress
from runtime.roster import Roster
from scenarios.assembly import OFFICE
from scenarios.data_directory import LEDGER
from scenarios.live.keys import key_change_of
from tests.processes.family import NAMES, ROOT, SITES, head_of, open_family, position, until
from tests.processes.proxy import free_ports

HAWKER = (sys.executable, "-m", "console.cli")
CHAIN, NODE = "us-2022", "gw-guttenplans"
REVOKED_WITHIN_SECONDS = 2.0


async def hawker(*arguments: str, code: int = 0) -> str:
    """Run a command to its end; returns what it printed, or what it complained of."""
    done = await trio.run_process(
        [*HAWKER, *arguments], cwd=ROOT, capture_stdout=True, capture_stderr=True, check=False
    )
    assert done.returncode == code, done.stderr.decode()
    return (done.stderr if code else done.stdout).decode()


async def test_a_node_is_paired_changes_its_key_and_is_revoked(tmp_path: Path) -> None:
    office, site = tmp_path / "office", tmp_path / "site"
    roster = Roster(office / "roster.json")
    at = f"127.0.0.1:{(port := free_ports(5, Random(os.getpid())))}"
    run_office = [*HAWKER, "node", CHAIN, "--name", OFFICE, "--data", str(office), "--port", str(port)]
    run_site = [*HAWKER, "node", CHAIN, "--name", NODE, "--data", str(site)]

    def keys() -> tuple[str, str]:
        roster.refresh()
        own = KeyFolder(site).key(NODE).public.decode()
        return own, roster.node_of(own)

    with trio.fail_after(180):
        error = await hawker(*run_site[3:], code=2)
        assert f"node {NODE} must be paired with its office first" in error
        async with trio.open_nursery() as nursery:
            first: trio.Process = await nursery.start(trio.run_process, run_office)
            await until((office / "keys" / "office.pub").exists)
            told = json.loads(await hawker("pair", "--data", str(office), "--issue", NODE, "--json"))
            assert told["office"] == at

            async def knock() -> None:
                said = [f"--{name}" for name in ("name", "serial", "code", "fingerprint", "office")]
                given = [NODE, "SN-7", told["code"], told["fingerprint"], at]
                pairs = [part for pair in zip(said, given, strict=True) for part in pair]
                await hawker("pair", "--data", str(site), *pairs)
                assert keys()[1] == NODE

            nursery.start_soon(knock)
            await until(lambda: "SN-7" in (office / "pairing.json").read_text())
            await hawker("pair", "--data", str(office), "--confirm", NODE, "--serial", "SN-7")
            await until(lambda: keys()[1] == NODE and KeyFolder(site).office() is not None)

            second: trio.Process = await nursery.start(trio.run_process, run_site)
            await until(lambda: position(office / LEDGER, NODE)[0] > 0)
            old = keys()[0]
            await hawker("pair", "--data", str(site), "--rotate", "--name", NODE)
            assert keys() != (old, NODE)
            await until(lambda: keys()[1] == NODE and roster.node_of(old) == "")

            former = KeyFolder(office).key(OFFICE)
            following = json.loads(await hawker("pair", "--data", str(office), "--rotate", "--json"))
            assert following["fingerprint"] != told["fingerprint"]
            await until(lambda: KeyFolder(office).key(OFFICE) != former)
            public = KeyFolder(office).key(OFFICE).public
            await until(lambda: KeyFolder(site).office() == KnownOffice(public, OfficeAddress.of(at)))

            await hawker("pair", "--data", str(office), "--revoke", NODE)
            listed = json.loads(await hawker("pair", "--data", str(office), "--list", "--json"))
            assert listed == [{"node": NODE, "state": "revoked", "serial": ""}]
            for process in (second, first):
                process.send_signal(signal.SIGTERM)


async def test_a_revoked_key_is_worth_nothing_within_two_seconds_on_a_live_connection(tmp_path: Path) -> None:
    async with open_family(tmp_path, seed=2) as family, trio.open_nursery() as nursery:
        data = {name: child.data for name, child in family.children.items()}
        ledger = data[OFFICE] / LEDGER

        def told(name: str) -> int:
            return position(ledger, name)[0]

        for name in NAMES:
            nursery.start_soon(family.children[name].live, family.since_us)
        for name in NAMES:
            await family.children[name].up.wait()
        await until(lambda: ledger.exists() and min(told("gw-1"), told("st-1")) > 10)
        Roster(data[OFFICE] / "roster.json").revoke("gw-1")
        await trio.sleep(REVOKED_WITHIN_SECONDS)
        last, own, others = told("gw-1"), head_of(data["gw-1"], "gw-1")[0], told("st-1")
        await until(lambda: head_of(data["gw-1"], "gw-1")[0] > own + 20 and told("st-1") > others + 10)
        assert told("gw-1") == last, "it sells on, but the office hears none of it"
        nursery.cancel_scope.cancel()


async def test_the_office_changes_its_key_while_either_end_is_killed(tmp_path: Path) -> None:
    async with open_family(tmp_path, seed=3) as family:
        data = {name: child.data for name, child in family.children.items()}
        folders = {name: KeyFolder(root) for name, root in data.items()}

        def known(name: str) -> tuple[bytes, bytes]:
            office = folders[name].office()
            assert office is not None
            return office.public, office.next_public

        old = folders[OFFICE].key(OFFICE).public
        with trio.fail_after(90):
            async with trio.open_nursery() as nursery:
                for name in NAMES:
                    nursery.start_soon(family.keep, name)
                for name in NAMES:
                    await family.children[name].up.wait()
                new = key_change_of(data[OFFICE], Roster(data[OFFICE] / "roster.json")).begin().public
                family.kill(OFFICE)
                await until(lambda: known("gw-1") in ((old, new), (new, b"")))
                family.kill("gw-1")
                await until(lambda: folders[OFFICE].key(OFFICE).public == new)
                family.kill(OFFICE)
                family.kill("st-1")
                await until(lambda: [known(name) for name in SITES] == [(new, b"")] * len(SITES))
                ledger = data[OFFICE] / LEDGER
                there = [position(ledger, name)[0] for name in SITES]
                await until(
                    lambda: all(position(ledger, n)[0] > s for n, s in zip(SITES, there, strict=True))
                )
                nursery.cancel_scope.cancel()
        await family.drain()
        acknowledged, sold = family.compare()
        assert 0 < acknowledged <= sold
