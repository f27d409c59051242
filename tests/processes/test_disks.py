"""A site's process whose disk fills up, and one whose disk fails, under load."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from scenarios.assembly import OFFICE
from tests.processes.family import NAMES, Child, Family, head_of, open_family, until

DISK_BYTES = 12_000_000
LEFT_BYTES = 700_000
SITE = "gw-1"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own that is soon full."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(place)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
    except OSError as error:
        pytest.skip(f"a small disk needs mount: {error}")
    if done.returncode:
        pytest.skip(f"a small disk needs the right to mount: {done.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


async def until_all_are_up(family: Family) -> None:
    for name in NAMES:
        await family.children[name].up.wait()


def says(child: Child, text: str) -> bool:
    return text in child.errors.read_text()


async def test_a_full_disk_holds_selling_and_loses_nothing(tmp_path: Path, small_disk: Path) -> None:
    async with open_family(tmp_path, seed=4) as family:
        child = family.children[SITE]
        shutil.move(child.data, small_disk / SITE)
        child.data = small_disk / SITE
        with trio.fail_after(90):
            async with trio.open_nursery() as nursery:
                for name in NAMES:
                    nursery.start_soon(family.children[name].live, family.since_us)
                await until_all_are_up(family)
                await until(lambda: len(child.lines) > 3)
                filler = small_disk / "filler"
                filler.write_bytes(b"x" * (shutil.disk_usage(small_disk).free - LEFT_BYTES))
                await until(lambda: says(child, "disk full: nothing new is begun"), 60)
                assert child.process is not None, "it runs on"
                filler.unlink()
                sold = len(child.lines)
                await until(lambda: len(child.lines) > sold + 3, 40)
                nursery.cancel_scope.cancel()
        await family.drain()
    acknowledged, in_ledger = family.compare()
    assert 6 < acknowledged <= in_ledger


async def test_a_disk_that_fails_to_sync_ends_the_process_and_acknowledges_nothing_more(
    tmp_path: Path,
) -> None:
    if shutil.which("strace") is None:
        pytest.skip("errors of fsync are injected by strace, which is not here")
    failing = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync")
    inject = ("-e", "inject=fsync,fdatasync:error=EIO:when=120+")
    async with open_family(tmp_path, seed=5) as family:
        child = family.children[SITE]
        with trio.fail_after(90):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(family.children[OFFICE].live, family.since_us)
                code = await child.live(family.since_us, wrap=(*failing, *inject))
                assert child.ups == 1, child.errors.read_text()
                assert code != 0
                nursery.cancel_scope.cancel()
        assert says(child, "LedgerError")
        assert head_of(child.data, SITE)[0] > 0
        await family.drain()
    acknowledged, in_ledger = family.compare()
    assert 0 < acknowledged <= in_ledger
