"""``hawker scenario`` and ``replay --what-if`` from the outside: what they print, write and return."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from console.cli import run_command

SMALL = ("--set", "machines=3", "--set", "lanes=8", "--set", "stores=0")


@pytest.fixture(autouse=True)
def usual_log() -> Iterator[None]:
    """The log as it was before a command set it."""
    usual = structlog.get_config()
    yield
    structlog.configure(**usual)


def test_shipped_scenarios_are_listed_with_what_they_expect(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["scenario", "list", "--json"]) == 0
    found = {each["name"]: each for each in json.loads(capfd.readouterr().out)}
    assert found["hk-demo"]["kind"] == "chain"
    assert found["lunch-rush"]["title"] == {"en": "Lunch rush", "zh-CN": "午间高峰"}
    assert all(each["expectations"] for each in found.values() if each["kind"] == "rehearsal")
    assert run_command(["scenario", "list", "--paths", "--json"]) == 0
    assert {"par", "price", "machines", "without"} <= {
        each["path"] for each in json.loads(capfd.readouterr().out)
    }


def test_a_scenario_is_begun_checked_run_and_refused_when_it_is_wrong(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    assert run_command(["scenario", "new", str(path)]) == 0
    assert run_command(["scenario", "check", str(path), "late-restock", "--json"]) == 0
    told = capfd.readouterr().out
    assert [each["ok"] for each in json.loads(told[told.index("[") :])] == [True, True]
    assert run_command(["run", str(path), *SMALL, "--json"]) == 0
    expected = json.loads(capfd.readouterr().out)["expectations"]
    assert expected[-1]["name"] == "more is wanted in the rush than in the hour before"
    assert run_command(["scenario", "new", str(path)]) == 2
    assert "must not be there yet" in capfd.readouterr().err
    path.write_text(path.read_text().replace('"provider down"', '"provider gone"'))
    assert run_command(["scenario", "check", str(path)]) == 2
    wrong = capfd.readouterr().err
    assert wrong.count("\n") == 1
    assert "faults[1] (provider): what: must be one of" in wrong


def test_what_if_writes_a_report_that_needs_nothing_from_elsewhere(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    days = ("--from", "2022-06-06", "--to", "2022-06-08")
    assert run_command(["run", "us-2022", *days, "--record", str(tmp_path / "rec"), "--json"]) == 0
    capfd.readouterr()
    asked = ["replay", str(tmp_path / "rec"), "--what-if", "par=10%", "--json"]
    for name in ("out.html", "out.pdf"):
        assert run_command([*asked, "--out", str(tmp_path / name)]) == 0
        found = json.loads(capfd.readouterr().out)
    assert found["changes"] == ["par=10%"]
    assert found["measures"][0]["difference"] < 0
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert "What if par=10%" in page
    assert page.count("<svg") == 3
    assert "src=" not in page
    assert "<script" not in page
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF")
    assert run_command([*asked, "--out", str(tmp_path / "out.doc")]) == 2
    assert "must end in .html or .pdf" in capfd.readouterr().err
