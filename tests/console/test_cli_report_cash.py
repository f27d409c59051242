"""``hawker report cash``: a table, one JSON document, or lines for a spreadsheet."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
import structlog

from actors.ledger.writer import LedgerWriter
from console.cli import run_command
from scenarios.data_directory import LEDGER, claim
from tests.ledger.test_collections import bag_days
from tests.scenarios.small_chain import prepared

DAYS = ("--from", "2022-06-01", "--to", "2022-06-02")


@attrs.frozen
class Report:
    """Runs the command on a data folder with three bags."""

    data: Path
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        code = run_command(["report", "cash", *arguments, "--data", str(self.data)])
        said = self.capsys.readouterr()
        return code, said.out, said.err


@pytest.fixture
def report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Report]:
    logging = structlog.get_config()
    gateway, depot = bag_days()
    with claim(tmp_path / "data", prepared()) as held:
        assert held.path.joinpath(LEDGER) == held.ledger
        writer = LedgerWriter(
            held.ledger, currency="HKD", time_zone="Asia/Hong_Kong", cutoff_minute=240, durable=False
        )
        writer.store_many([("gw-1", 1, gateway.records), ("wh-1", 1, depot.records)])
        writer.close()
    yield Report(tmp_path / "data", capsys)
    structlog.configure(**logging)


def test_every_bag_stands_in_the_document_with_its_totals(report: Report) -> None:
    code, out, err = report(*DAYS, "--format", "json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert {key: found[key] for key in ("report", "from", "to", "currency")} == {
        "report": "cash",
        "from": "2022-06-01",
        "to": "2022-06-02",
        "currency": "HKD",
    }
    assert found["bags"][1] == {
        "machine": "hk-0713",
        "visit": 8,
        "day": "2022-06-01",
        "collected_at_us": 1_654_056_000_000_000,
        "van": "van-1",
        "round": 1,
        "sold_minor": 3000,
        "metered_minor": None,
        "counted_minor": 2950,
        "by": "ann",
        "over_short_minor": -50,
    }
    assert [(total["key"], total["over_short_minor"]) for total in found["by_machine"]] == [
        ("hk-0712", 10),
        ("hk-0713", -50),
    ]
    assert [(total["key"], total["over_short_minor"]) for total in found["by_route"]] == [
        ("van-1", -40),
        ("van-2", 0),
    ]


def test_a_spreadsheet_has_a_line_a_bag_and_nothing_where_nobody_counted(
    report: Report, tmp_path: Path
) -> None:
    path = tmp_path / "cash.csv"
    assert report(*DAYS, "--format", "csv", "--out", str(path)) == (0, "", "")
    lines = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    assert [(line["visit"], line["metered_minor"], line["counted_minor"]) for line in lines] == [
        ("7", "5000", "5010"),
        ("8", "", "2950"),
        ("9", "1900", ""),
    ]


def test_people_read_totals_by_machine_and_by_route(report: Report) -> None:
    code, out, _ = report(*DAYS)
    assert code == 0
    assert "Cash by machine" in out
    assert "Cash by route" in out
    assert "-0.50 HKD" in out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            ("--from", "2022-06-02", "--to", "2022-06-01"),
            "days must be in order, not 2022-06-02 to 2022-06-01",
        ),
        ((*DAYS, "--format", "xml"), "--format: must be one of json, csv, not 'xml'"),
        ((*DAYS, "--out", "cash.csv"), "--out cash.csv: must come with --format json or csv"),
        ((*DAYS, "--format", "csv", "--out", "/"), "--out /: must be writable"),
    ],
)
def test_what_cannot_be_reported_is_one_line(report: Report, arguments: tuple[str, ...], text: str) -> None:
    code, out, err = report(*arguments)
    assert (code, out) == (2, "")
    assert text in err
    assert err.count("\n") == 1


def test_a_folder_without_data_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["report", "cash", *DAYS, "--data", str(tmp_path / "none")]) == 2
    assert "must be an existing folder" in capsys.readouterr().err
