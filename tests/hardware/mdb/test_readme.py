"""The README says what the code does."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import hardware.mdb
from tests.hardware.mdb.tables import all_tables

FOLDER = Path(hardware.mdb.__file__).parent


@pytest.mark.parametrize("table", all_tables(), ids=lambda table: table.splitlines()[0].removeprefix("### "))
def test_the_readme_s_tables_are_the_code_s(table: str) -> None:
    assert table in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_each_rule_is_done_or_exempt_with_a_reason() -> None:
    rules = tomllib.loads((FOLDER / "quality.toml").read_text(encoding="utf-8"))
    assert all(value == "done" or value.startswith("exempt: ") for value in rules.values()), rules
