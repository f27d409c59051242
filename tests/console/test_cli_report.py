"""``hawker report NAME``: a table for people, documents and files for programs, one line for a mistake."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import attrs
import pytest
import structlog

from actors.ledger import queries
from console.cli import run_command
from console.reports.definition import STANDARD
from scenarios.data_directory import LEDGER, claim
from tests.console.report_days import write_ledger
from tests.scenarios.small_chain import prepared

FIRST = date(2026, 3, 2)
DAYS = ("--from", "2026-03-02", "--to", "2026-03-08")


@attrs.frozen
class Command:
    """Runs a command on a data folder with a week of trade."""

    data: Path
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        code = run_command([*arguments, "--data", str(self.data)])
        said = self.capsys.readouterr()
        return code, said.out, said.err


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    plan = prepared().chain
    four = tuple(attrs.evolve(plan.machines[0].lanes[0], code=f"A{n}") for n in range(1, 5))
    machines = tuple(attrs.evolve(machine, lanes=four) for machine in plan.machines)
    folder = tmp_path_factory.mktemp("week")
    return write_ledger(folder, attrs.evolve(plan, machines=machines), FIRST, 7).read_bytes()


@pytest.fixture
def run(week: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    logging = structlog.get_config()
    with claim(tmp_path / "data", prepared()) as held:
        held.path.joinpath(LEDGER).write_bytes(week)
    yield Command(tmp_path / "data", capsys)
    structlog.configure(**logging)


def test_a_report_is_a_table_a_document_or_lines(run: Command) -> None:
    code, out, err = run("report", "sales", *DAYS)
    assert (code, err) == (0, "")
    assert "Turnover (HKD)" in out
    assert "2026-03-08" in out
    code, out, _ = run("report", "sales", *DAYS, "--format", "json", "--compare", "previous")
    found = json.loads(out)
    assert (code, found["report"], len(found["rows"]), found["compared"]["to"]) == (
        0,
        "sales",
        7,
        "2026-03-01",
    )
    assert found["totals"]["units"] == sum(row["units"] for row in found["rows"])
    code, out, _ = run("report", "sales", *DAYS, "--format", "csv")
    assert (code, len(out.splitlines())) == (0, 8)


@pytest.mark.parametrize("name", [*STANDARD])
def test_every_standard_report_is_a_command(run: Command, name: str) -> None:
    code, out, err = run("report", name, *DAYS, "--format", "json")
    assert (code, err) == (0, "")
    assert json.loads(out)["rows"]


def test_own_reports_take_measures_dimensions_and_filters(run: Command) -> None:
    chosen = ("--measures", "units,tickets", "--by", "place,tender", "--only", "place=m-1", "--sort=-units")
    code, out, _ = run("report", "own", *DAYS, *chosen, "--limit", "2", "--format", "json")
    found = json.loads(out)
    assert (code, len(found["rows"])) == (0, 2)
    assert {row["place"] for row in found["rows"]} == {"m-1"}
    code, out, _ = run_here("report", "measures", run.capsys)
    assert "average_ticket_minor" in out


def run_here(*arguments: str | pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    *words, capsys = arguments
    assert not isinstance(capsys, str)
    code = run_command([str(word) for word in words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_file_is_written_where_it_is_wanted(run: Command, tmp_path: Path) -> None:
    out = tmp_path / "week.xlsx"
    assert run("report", "products", *DAYS, "--format", "xlsx", "--out", str(out)) == (0, "", "")
    assert out.read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "doc"), "--format: must be one of json, csv, xlsx, pdf, png, svg, not 'doc'"),
        (("--format", "pdf"), "--format pdf: must come with --out FILE"),
        (("--out", "x.csv"), "--out x.csv: must come with --format"),
        (("--compare", "moon"), "--compare: must be one of previous, week, year, not 'moon'"),
        (("--only", "place"), "--only: must be DIMENSION=VALUE, not 'place'"),
        (("--only", "product=cola"), "filters must be of hour, .* with measure tickets, not 'product'"),
        (("--sort", "lost"), "report: sort must be a measure or dimension of the report, or -NAME"),
        (("--limit", "0"), "--limit: must be a whole number from 1 to 100000, not '0'"),
        (("--language", "de"), "language must be one of en, zh-CN, not 'de'"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(run: Command, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = run("report", "sales", *DAYS, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert re.search(said, err)


def test_days_in_no_order_are_refused(run: Command) -> None:
    code, _, err = run("report", "sales", "--from", "2026-03-08", "--to", "2026-03-02")
    assert (code, err) == (2, "hawker: report: to must be from 2026-03-08 on, not '2026-03-02'\n")


def test_what_reports_read_is_made_anew_from_the_facts(run: Command) -> None:
    ledger = run.data / LEDGER
    with closing(sqlite3.connect(ledger)) as db, db:
        db.execute("UPDATE sale_line SET amount_minor = 1")
        db.execute("DELETE FROM tally")
    assert not queries.check(ledger).ok
    code, out, _ = run("ledger", "migrate", "--rebuild", "--json")
    assert (code, json.loads(out)["rebuilt"]) == (0, True)
    violations = queries.check(ledger).violations
    assert "I4" not in {violation.invariant for violation in violations}
