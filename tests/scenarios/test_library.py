"""The shipped rehearsals: each holds at a small size; what it mainly expects fails without its cause."""

from __future__ import annotations

from collections import defaultdict

import attrs
import pytest

from scenarios import run, scenario
from scenarios.rehearsal.expect import Expectation
from scenarios.rehearsal.plan import Plan
from scenarios.scenario import Prepared

SMALL = ("machines=20", "lanes=24", "stores=1", "customers_per_machine_day=50", "baskets_per_store_day=40")
WITHOUT = ("without=faults", "without=customers", "without=weather", "without=changes")


def prepared(name: str, *changes: str) -> Prepared:
    found = scenario.load(name)
    return scenario.prepare(found, changes=(*(SMALL if found.sampled else ()), *changes))


def test_there_are_at_least_twenty_and_each_is_told_in_both_languages() -> None:
    found = [scenario.load(name) for name in scenario.library()]
    assert len(found) >= 20
    for each in found:
        assert all((each.title_en, each.title_zh, each.about_en, each.about_zh)), each.name
        assert each.title_en != each.title_zh
        assert each.rehearsal.expect, each.name
        assert all(row.name_en and row.name_zh for row in each.rehearsal.expect), each.name


@pytest.mark.parametrize("name", scenario.library())
def test_a_rehearsal_holds(name: str) -> None:
    result = run.run(prepared(name))
    assert [e for e in result.expectations if not e.ok] == []
    assert result.invariants.violations == []
    assert result.balanced


def test_without_its_cause_what_a_rehearsal_mainly_expects_does_not_hold() -> None:
    """Rehearsals of the same day are one plain day together: it is run once and judged by each of them."""
    alike: defaultdict[str, list[Prepared]] = defaultdict(list)
    for name in scenario.library():
        bare = prepared(name, *WITHOUT)
        demand = (scenario.load(name).demand, bare.first, bare.last, *sorted(bare.settings.items()))
        alike[repr(demand)].append(bare)
    assert len(alike) < len(scenario.library()) / 2
    held: dict[str, Expectation] = {}
    for days in alike.values():
        expected = [each for day in days for each in day.plan.expected]
        result = run.run(attrs.evolve(days[0], plan=Plan(expected=tuple(expected))))
        verdicts = iter(result.expectations[-len(expected) :])
        for day in days:
            held[day.name] = next(verdicts)
            for _ in day.plan.expected[1:]:
                next(verdicts)
    assert {name: verdict for name, verdict in held.items() if verdict.ok} == {}
