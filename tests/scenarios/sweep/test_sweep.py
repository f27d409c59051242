"""Sweeps: many seeds and settings, anywhere, and the same digests wherever they ran."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet
import pytest

from console.cli import run_command
from runtime.errors import ConfigError
from scenarios import scenario
from scenarios.sweep import workers
from scenarios.sweep.kept import ROWS, Kept
from scenarios.sweep.plan import Job, Plan, Row, do, seeds_of, vary_of
from scenarios.sweep.sweep import estimate, sweep

ROOT = Path(__file__).parents[3]
SMALL = ("machines=4", "lanes=8", "stores=0", "customers_per_machine_day=30")
PLAN = Plan(scenario="hk-demo", fixed=SMALL, vary=(("jam_per_vend", ("0", "0.1")),), seeds=(1, 3))


@pytest.fixture(scope="module")
def rows() -> dict[str, Row]:
    return {job.key: do(job) for job in PLAN.jobs()}


def counted(rows: dict[str, Row], ran: list[str]) -> workers.Workers:
    """Workers that know what each run comes to, and note what they were asked for."""

    def work(jobs: object) -> Iterator[Row]:
        for job in jobs:  # type: ignore[attr-defined]
            ran.append(job.key)
            yield rows[job.key]

    return work


def test_every_cell_has_every_seed_and_its_mean(rows: dict[str, Row]) -> None:
    result = sweep(PLAN, counted(rows, []))
    assert [cell.settings for cell in result.cells] == [{"jam_per_vend": "0"}, {"jam_per_vend": "0.1"}]
    for cell in result.cells:
        mine = [
            row for row in rows.values() if row.cell == (f"jam_per_vend={cell.settings['jam_per_vend']}",)
        ]
        assert (cell.seeds, cell.ok) == (3, 3)
        assert cell.measures["units"].mean == pytest.approx(sum(row.units for row in mine) / 3)
    none, some = (cell.measures["lost"].mean for cell in result.cells)
    assert none < some


def test_two_processes_give_the_same_digests_as_one(rows: dict[str, Row]) -> None:
    result = sweep(PLAN, workers.processes(2))
    assert {row.key: row.digest for row in result.rows} == {key: row.digest for key, row in rows.items()}
    assert result.digest == sweep(PLAN, counted(rows, [])).digest


@contextmanager
def dask(count: int) -> Iterator[str]:
    """A scheduler and so many workers as processes; gives the scheduler's address."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    program = (
        "import asyncio, distributed\n"
        "async def main():\n"
        "    given = dict(host='127.0.0.1', port=0, dashboard_address='127.0.0.1:0')\n"
        "    async with distributed.Scheduler(**given) as scheduler:\n"
        "        print(scheduler.address, flush=True)\n"
        "        await scheduler.finished()\n"
        "asyncio.run(main())\n"
    )
    worker = (
        "import asyncio, sys, distributed\n"
        "async def main():\n"
        "    async with distributed.Worker(sys.argv[1], nthreads=1, dashboard=False) as worker:\n"
        "        await worker.finished()\n"
        "asyncio.run(main())\n"
    )
    started: list[subprocess.Popen[str]] = []
    try:
        started.append(
            subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=env)
        )
        assert started[0].stdout is not None
        address = started[0].stdout.readline().strip()
        started += [
            subprocess.Popen(
                [sys.executable, "-c", worker, address], text=True, env=env, stderr=subprocess.DEVNULL
            )
            for _ in range(count)
        ]
        yield address
    finally:
        for process in started:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster_gives_the_same_digests(rows: dict[str, Row]) -> None:
    with dask(2) as address:
        result = sweep(PLAN, workers.cluster(address))
    assert {row.key: row.digest for row in result.rows} == {key: row.digest for key, row in rows.items()}


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_where_nobody_answers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "CONNECT_SECONDS", 0.2)
    with pytest.raises(
        ConfigError, match=r"--cluster: a dask scheduler must answer at 'tcp://127\.0\.0\.1:9'"
    ):
        workers.cluster("tcp://127.0.0.1:9")


def test_a_sweep_that_was_stopped_goes_on_where_it_was(rows: dict[str, Row], tmp_path: Path) -> None:
    kept = Kept(tmp_path, PLAN)
    done = list(rows.values())[:4]
    for row in done:
        kept.add(row)
    kept.close()
    with (tmp_path / ROWS).open("ab") as file:
        file.write(b'{"key": "torn')
    ran: list[str] = []
    result = sweep(PLAN, counted(rows, ran), out=tmp_path)
    assert ran == list(rows)[4:]
    assert (result.before, len(result.rows)) == (4, 6)
    read = pyarrow.parquet.read_table(tmp_path / "results.parquet").to_pylist()
    assert [(row["jam_per_vend"], row["seed"], row["digest"]) for row in read] == [
        (row.cell[0].partition("=")[2], row.seed, row.digest)
        for row in sorted(rows.values(), key=lambda row: (row.cell, row.seed))
    ]


def test_a_folder_of_another_sweep_is_refused(rows: dict[str, Row], tmp_path: Path) -> None:
    Kept(tmp_path, PLAN).close()
    with pytest.raises(ConfigError, match="holds another sweep"):
        Kept(tmp_path, Plan(scenario="us-2022", seeds=(1, 3)))
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "letter.txt").touch()
    with pytest.raises(ConfigError, match="must be empty, or of the same sweep"):
        Kept(tmp_path / "else", PLAN)


def test_an_interval_holds_the_mean_and_is_the_same_each_time() -> None:
    values = [float(value) for value in (10, 12, 9, 14, 11, 13, 8, 15)]
    one = estimate(values)
    assert one == estimate(values)
    assert one.low is not None
    assert one.high is not None
    assert one.low < one.mean < one.high
    assert estimate([5.0] * 5) == estimate([5.0] * 9)
    assert estimate([1.0, 2.0]).low is None


@pytest.mark.parametrize("text", ["", "3..1", "a..b", "1..200000", "-1..2"])
def test_seeds_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(
        ConfigError, match=re.escape(f"--seeds: must be A..B, at most 100,000 of them, not {text!r}")
    ):
        seeds_of(text)


@pytest.mark.parametrize("text", ["jam", "jam=", "=1,2", "jam=1,,2", "jam=1,1"])
def test_a_setting_that_does_not_vary_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--vary: must be NAME=A,B,C"):
        vary_of([text])


def test_a_cell_that_cannot_run_stops_the_sweep_before_its_first_run(rows: dict[str, Row]) -> None:
    ran: list[str] = []
    plan = Plan(scenario="hk-demo", vary=(("jam_per_vend", ("0", "2")),), seeds=(1, 1))
    with pytest.raises(ConfigError, match="jam_per_vend: must be a number from 0 to 1"):
        sweep(plan, counted(rows, ran))
    assert ran == []


def test_the_command_gives_cells_digests_and_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [option for change in SMALL for option in ("--set", change)]
    picture = tmp_path / "sweep.png"
    given = ["hk-demo", "--seeds", "1..2", "--vary", "jam_per_vend=0,0.1", *options]
    assert run_command(["sweep", *given, "--workers", "1", "--plot", str(picture), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["runs"], found["ok"], len(found["cells"])) == (4, True, 2)
    assert all(digest.startswith("sha256:") for digest in found["digests"].values())
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_a_job_is_what_hawker_run_does() -> None:
    job = Job(scenario="us-2022", changes=(), cell=(), seed=1, first="2022-06-01", last="2022-06-02")
    from scenarios import run

    known = scenario.load("us-2022")
    from datetime import date

    prepared = scenario.prepare(known, first=date(2022, 6, 1), last=date(2022, 6, 2))
    assert do(job).digest == run.run(prepared).digest
