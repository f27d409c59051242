"""The command line as a person meets it: documents, exit codes, one clear line for a mistake, clean ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog

from console.cli import run_command
from scenarios.data_directory import MARKER, VERSION

HAWKER = (sys.executable, "-m", "console.cli")
ROOT = Path(__file__).parents[2]
SECONDS_MAX = 120
WEEK = ("run", "us-2022", "--from", "2022-06-01", "--to", "2022-06-07")
SMALL = ("--set", "machines=6", "--set", "stores=1")
HEADING = "Device ID,Location,Machine,Product,Category,Transaction,Type,RPrice,RQty,MCoil,TransDate\n"
SALE = "VJ1,Hall,Hall A,Cola,Carbonated,1,Cash,1.50,1,120,6/1/2022\n"


def environment(home: Path) -> dict[str, str]:
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    return {**os.environ, "HOME": str(home), "PYTHONPATH": path, "PYTHONWARNINGS": "default"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def hawker(home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command in an empty home of its own."""
    return subprocess.run(
        [*HAWKER, *map(str, arguments)],
        cwd=home,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
    )


Here = Callable[..., "subprocess.CompletedProcess[str]"]
"""Runs a command in this process: for mistakes, which are many and quickly found."""


@pytest.fixture
def here(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Here]:
    monkeypatch.chdir(home)
    monkeypatch.setenv("HOME", str(home))
    logging = structlog.get_config()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        code = run_command(list(arguments))
        said = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, code, said.out, said.err)

    yield run
    structlog.configure(**logging)


def document(done: subprocess.CompletedProcess[str]) -> Any:
    """The JSON document of a command that went well; nothing may stand beside it."""
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that says what was wrong."""
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("hawker: ")
    return lines[0]


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@contextmanager
def running(home: Path, *arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A live chain, and the address of its page without the token."""
    process = subprocess.Popen(
        [*HAWKER, "up", "hk-demo", "--port", "0", *SMALL, *map(str, arguments)],
        cwd=home,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            said = re.fullmatch(r"Console: (http://127\.0\.0\.1:\d+)/\?token=\S{40,}\n", first)
            assert said, first or process.communicate()[1]
            yield process, said[1]
        finally:
            process.kill()


def test_a_week_of_recorded_sales_comes_out_as_one_document(home: Path) -> None:
    found = document(hawker(home, *WEEK, "--json"))
    assert (found["scenario"], found["from"], found["to"]) == ("us-2022", "2022-06-01", "2022-06-07")
    assert found["ok"] is True
    assert found["sales"]["units"] == 228
    assert found["sales"]["amount_minor"] == sum(found["sales"]["by_tender"].values()) == 45_650
    assert found["ledger"]["balanced"] is True
    assert re.fullmatch("sha256:[0-9a-f]{64}", found["digest"])
    assert files(home) == set()


def test_a_run_without_json_is_a_table_a_person_can_read(home: Path) -> None:
    done = hawker(home, *WEEK)
    assert (done.returncode, done.stderr) == (0, "")
    for text in ("2022-06-01 to 2022-06-07", "228 units, 456.50 USD", "by cash", "balanced", "sha256:"):
        assert text in done.stdout


def test_a_recorded_run_replays_identically_and_its_ledger_checks(home: Path) -> None:
    ran = document(hawker(home, *WEEK, "--record", home / "rec", "--data", home / "data", "--json"))
    replayed = document(hawker(home, "replay", home / "rec", "--verify", "--json"))
    assert replayed == {
        "identical": True,
        "facts": ran["facts"],
        "digest": ran["digest"],
        "first_difference": None,
    }
    checked = document(hawker(home, "ledger", "check", "--data", home / "data", "--json"))
    assert checked == {
        "balanced": True,
        "facts": ran["facts"],
        "postings": ran["ledger"]["postings"],
        "sum_minor": 0,
        "chain_ok": True,
        "violations": [],
    }
    assert "must be an empty or a new folder" in complaint(hawker(home, *WEEK, "--record", home / "rec"))
    assert "must be empty for a run" in complaint(hawker(home, *WEEK, "--data", home / "data"))
    assert "must be made by hawker up" in complaint(hawker(home, "up", "us-2022", "--data", home / "data"))


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (("run", "mars"), r"scenario must be one of .*us-2022.*, not 'mars'"),
        (("run", "us-2022", "--from", "2021-01-01"), r"2022-06-01 to 2022-08-31, not 2021-01-01"),
        (("run", "us-2022", "--to", "June"), r"--to: must be a day such as 2022-06-01, not 'June'"),
        (("run", "us-2022", "--days", "0"), r"--days: must be a whole number from 1 to 3660, not '0'"),
        (("run", "us-2022", "--seed", "x"), r"--seed: must be a whole number from 0 to \d+, not 'x'"),
        (("run", "hk-demo", "--set", "wheels=3"), r"setting must be one of .*machines.*, not 'wheels'"),
        (("run", "hk-demo", "--set", "machines=many"), r"machines: must be a whole number .*, not 'many'"),
        (("run", "us-2022", "--demand", "none.csv"), r"none\.csv: must be a file that can be read"),
        (("run",), r"Missing argument"),
        (("run", "us-2022", "--jsno"), r"No such option: --jsno"),
        (("walk",), r"No such command 'walk'"),
        ((), r"Missing command"),
        (("up", "--host", "0.0.0.0"), r"--host: must be .* without --certificate.*, not '0\.0\.0\.0'"),
        (("up", "--port", "99999"), r"--port: must be a whole number from 0 to 65535, not '99999'"),
        (("up", "--port", "65535"), r"feed port: must be at most 65535, not 65536"),
        (("up", "--speed", "nan"), r"--speed: must be a number from 0 to 3600, not 'nan'"),
        (("replay", "none", "--verify"), r"none: a recording must be an existing folder"),
        (("replay", "."), r"\.: recording must have files NODE/DATE\.mcap, and has none"),
        (("replay", ".", "--verify"), r"recording must have files NODE/DATE\.mcap"),
        (("ledger", "check", "--data", "none"), r"data directory none: must be an existing folder"),
        (("ledger", "check", "--data", "."), r"data directory \.: must be made by hawker"),
        (("bench", "cooking"), r"bench must be one of messages, simulate, .*, not 'cooking'"),
    ],
)
def test_a_wrong_command_gets_one_line_that_names_the_rule_and_the_value(
    home: Path, here: Here, arguments: tuple[str, ...], rule: str
) -> None:
    assert re.search(rule, complaint(here(*arguments)))
    assert files(home) == set()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("name = 'x'\ndemand = ", r"must be a scenario in TOML: Invalid value"),
        ("name = 'x'\ndemand = 'tea'", r"demand must be one of .*us-2022, not 'tea'"),
        ("name = '../up'\ndemand = 'us-2022'", r"name must be lower-case letters.*, not '\.\./up'"),
        ("name = 'x'\ndemand = 'us-2022'\ncolour = 1", r"keys must be among .*, not 'colour'"),
    ],
)
def test_a_broken_scenario_file_gets_one_line(home: Path, here: Here, text: str, rule: str) -> None:
    path = home / "mine.toml"
    path.write_text(text)
    for command in ("run", "up"):
        line = complaint(here(command, str(path)))
        assert "mine.toml" in line
        assert re.search(rule, line)
    assert files(home) == {"mine.toml"}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (HEADING.replace("RPrice,", "") + SALE, r"line 1: must have the column RPrice"),
        (HEADING + SALE + SALE.replace("1.50", "cheap"), r"line 3 column RPrice: must be .*, not 'cheap'"),
        (HEADING + SALE.replace("1.50", "-1"), r"line 2 column RPrice: must be .*, not '-1'"),
        (HEADING + SALE.replace("1.50", "evil\x1b[2J"), r"line 2 column RPrice: must be .*"),
    ],
)
def test_a_bad_line_of_a_demand_file_is_named_and_nothing_is_kept(
    home: Path, here: Here, text: str, rule: str
) -> None:
    (home / "sales.csv").write_text(text)
    line = complaint(
        here("run", "us-2022", "--demand", "sales.csv", "--record", "rec", "--data", "data", "--json")
    )
    assert re.search(rule, line)
    assert "\x1b" not in line
    assert files(home) == {"sales.csv"}


def test_a_port_in_use_is_said_before_anything_is_written(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for option in ("--port", "--feed-port"):
            other = ("--port", "0") if option == "--feed-port" else ()
            line = complaint(hawker(home, "up", *other, option, str(port)))
            assert f"port {port}: must be free on 127.0.0.1" in line
    assert files(home) == set()


def test_a_data_directory_of_another_version_is_left_as_it_is(home: Path) -> None:
    data = home / "data"
    data.mkdir()
    (data / MARKER).write_text(f"version = {VERSION + 1}\n")
    for command in (
        ("up", "--port", "0", "--data"),
        ("ledger", "check", "--data"),
        (*WEEK, "--data"),
    ):
        line = complaint(hawker(home, *command, data))
        assert f"version must be {VERSION}, not {VERSION + 1}" in line
    assert files(data) == {MARKER}
    assert (data / MARKER).read_text() == f"version = {VERSION + 1}\n"


def test_a_folder_with_something_else_in_it_is_not_taken(home: Path) -> None:
    (home / "data").mkdir()
    (home / "data" / "thesis.txt").write_text("years of work")
    line = complaint(hawker(home, "up", "--port", "0", "--data", home / "data"))
    assert "must be empty or made by hawker, it holds 'thesis.txt'" in line
    assert files(home / "data") == {"thesis.txt"}


def test_a_live_chain_serves_ends_by_its_time_balanced_and_goes_on_later(home: Path) -> None:
    data = home / "data"
    facts = []
    for _ in range(2):
        with running(home, "--data", data, "--speed", "600", "--for", "2") as (process, address):
            with urllib.request.urlopen(f"{address}/health/live", timeout=10) as answer:
                assert answer.read() == b"live\n"
            said = process.communicate(timeout=SECONDS_MAX)
        assert process.returncode == 0, said
        assert said[0] == ""
        last = re.fullmatch(r"Ledger: ([\d,]+) facts, [\d,]+ postings, balanced\n", said[1])
        assert last, said[1]
        facts.append(int(last[1].replace(",", "")))
    assert 0 < facts[0] < facts[1]
    checked = document(hawker(home, "ledger", "check", "--data", data, "--json"))
    assert checked["facts"] == facts[1]
    other = complaint(hawker(home, "up", "--port", "0", "--data", data))
    assert "setting machines must be 6 as when it was made, not 200" in other


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_live_chain_within_two_seconds_without_a_traceback(
    home: Path, number: signal.Signals
) -> None:
    with running(home, "--data", home / "data") as (process, _):
        second = complaint(hawker(home, "up", "--port", "0", *SMALL, "--data", home / "data"))
        assert second.endswith("is in use by another hawker")
        start = time.monotonic()
        process.send_signal(number)
        said = process.communicate(timeout=SECONDS_MAX)
        took = time.monotonic() - start
    assert process.returncode == 0, said
    assert re.fullmatch(r"Ledger: .* balanced\n", said[1])
    assert took < 2


def test_a_killed_chain_leaves_a_ledger_that_balances_and_starts_again(home: Path) -> None:
    data = home / "data"
    with running(home, "--data", data, "--speed", "600") as (process, address):
        with urllib.request.urlopen(f"{address}/health/live", timeout=10) as answer:
            assert answer.status == 200
        process.kill()
    before = document(hawker(home, "ledger", "check", "--data", data, "--json"))
    with running(home, "--data", data, "--speed", "600", "--for", "1") as (process, _):
        assert process.wait(SECONDS_MAX) == 0
    after = document(hawker(home, "ledger", "check", "--data", data, "--json"))
    assert after["facts"] > before["facts"]


def test_the_doctor_names_the_database_and_its_known_trouble(home: Path) -> None:
    found = document(hawker(home, "doctor", "--json"))
    by_name = {finding["name"]: finding for finding in found["findings"]}
    assert found["ok"] is True
    assert {"Python", "SQLite", "libzmq", "Chromium", "CJK font", "disk", "clock"} <= set(by_name)
    version = tuple(map(int, by_name["SQLite"]["value"].split(".")))
    assert (by_name["SQLite"]["verdict"] == "warning") == ((3, 7) <= version <= (3, 51, 2))
    assert files(home) == set()


def test_scenarios_are_listed_with_their_titles_in_both_languages(home: Path) -> None:
    listed = document(hawker(home, "scenario", "list", "--json"))
    chains = [entry["name"] for entry in listed if entry["kind"] == "chain"]
    assert chains == ["cn-2017", "hk-demo", "us-2022"]
    assert all(entry["title"]["en"] and entry["title"]["zh-CN"] for entry in listed)


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, console.cli as c; c.run_command(['--help']); "
        "heavy = {'trio', 'pony', 'litestar', 'numpy', 'zmq', 'rich', 'simulator'} & set(sys.modules); "
        "print(heavy, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.strip() == "set()"
