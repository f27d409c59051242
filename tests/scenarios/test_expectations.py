"""Expectations of a scenario: what counts, within which tolerance, and a verdict that can be bad."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios import run, scenario
from scenarios.rehearsal.expect import Expectation, tolerance

DAY = """
name = "day"
extends = "hk-demo"
[settings]
machines = 4
lanes = 16
stores = 1
customers_per_machine_day = 60.0
baskets_per_store_day = 30.0
[[faults]]
name = "shut"
what = "closed"
where = "machine:hk-0002"
from = "10:00"
to = "12:00"
"""


def verdicts(folder: Path, *expected: str) -> dict[str, Expectation]:
    path = folder / "day.toml"
    rows = [f'[[expect]]\nname_en = "{number}"\n{text}' for number, text in enumerate(expected)]
    path.write_text(DAY + "\n".join(rows), encoding="utf-8")
    result = run.run(scenario.prepare(scenario.load(path)))
    assert result.ok == all(each.ok for each in result.expectations)
    return {each.name: each for each in result.expectations}


def test_filters_of_place_time_tender_product_and_reason_add_up(tmp_path: Path) -> None:
    ratio = "compared_with = {{ {} }}\nabout = 1\nwithin = 0"
    found = verdicts(
        tmp_path,
        'measure = "sold"\nwhere = "machine:hk-0002"\nfrom = "10:01"\nto = "12:00"\nmax = 0',
        'measure = "lost"\nwhere = "machine:hk-0002"\nfrom = "10:01"\nto = "12:00"\n'
        + ratio.format('measure = "wanted"'),
        'measure = "commands"\nwhere = "machine:hk-0002"\nreason = "done"\nabout = 2',
        'measure = "wanted"\nwhere = ["size:large", "size:small", "store:st-01"]\n'
        + ratio.format('where = "all"'),
        'measure = "sold"\nproducts = ["drinks", "snacks"]\nwhere = ["size:large", "size:small"]\n'
        + ratio.format("products = []"),
        'measure = "turnover"\ntender = "cash"\nmin = 1',
    )
    assert [name for name, each in found.items() if not each.ok] == []


def test_an_expectation_that_does_not_hold_says_what_was_found(tmp_path: Path) -> None:
    found = verdicts(
        tmp_path,
        'measure = "sold"\nmin = 1000000',
        'measure = "vans held up"\nabout = 3\nwithin = "10%"',
        'measure = "sold"\nfrom = "03:00"\nto = "03:01"\nmin = 0.5\n'
        'compared_with = { where = "machine:hk-0001" }',
    )
    assert not any(found[name].ok for name in ("0", "1", "2"))
    assert (found["1"].expected, found["1"].actual) == ("3 ± 10%", "0")
    assert found["0"].expected == "at least 1e+06"
    assert found["2"].actual == "nothing to compare with"


@pytest.mark.parametrize(
    ("within", "room"), [(0, 0), ("5%", 10), (3, 3), ("2.5", 2.5), ("x", None), (-1, None), ("-1%", None)]
)
def test_a_tolerance_is_a_number_or_a_share(within: str | int, room: float | None) -> None:
    assert tolerance(200, within) == room
