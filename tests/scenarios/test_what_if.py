"""What if: recorded demand with something changed, both runs side by side, and nothing for no change."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from runtime.errors import ConfigError
from scenarios import run, scenario
from scenarios.what_if import changes, compare, hidden, past

SMALL = ("machines=6", "lanes=16", "stores=1", "baskets_per_store_day=40")


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine days of the five machines in New Jersey."""
    folder = tmp_path_factory.mktemp("week")
    days = {"first": date(2022, 6, 6), "last": date(2022, 6, 14)}
    run.run(scenario.prepare(scenario.load("us-2022"), **days), record=folder)  # type: ignore[arg-type]
    return folder


@pytest.fixture(scope="module")
def short_of_goods(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, run.RunResult]:
    """A day in Hong Kong whose vans leave too late, in a district without mains for two hours."""
    folder = tmp_path_factory.mktemp("hk")
    own = folder / "short.toml"
    own.write_text(
        'name = "short"\nextends = "hk-demo"\n[changes]\n"restock.depart" = "21:00"\npar = "60%"\n'
        '[[faults]]\nname = "mains"\nwhat = "mains off"\nfrom = "12:00"\nto = "14:00"\n'
    )
    result = run.run(scenario.prepare(scenario.load(own), changes=SMALL), record=folder / "rec")
    return folder / "rec", result


def asked(folder: Path, *texts: str, replicates: int = 2) -> dict[str, Any]:
    return compare.compare(folder, changes.read(texts), replicates=replicates).as_json()


def measure(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in found["measures"] if each["name"] == name)


def test_a_recording_is_read_as_the_demand_that_was_met(week: Path) -> None:
    found = past.read(week)
    tried = scenario.prepare(
        scenario.load("us-2022"), first=date(2022, 6, 6), last=date(2022, 6, 14)
    ).attempts
    assert (found.first, found.last) == (date(2022, 6, 6), date(2022, 6, 14))
    assert found.units == sum(len(each.lines) for each in tried)
    assert found.amount_minor == sum(line.price_minor for each in tried for line in each.lines)
    met = [(each.machine, each.tender, *(line.product for line in each.lines)) for each in found.attempts]
    split = [(each.machine, each.tender, *(line.product for line in each.lines)) for each in tried]
    assert sorted(met) == sorted(split)


def test_no_change_makes_no_difference_at_all(week: Path) -> None:
    found = asked(week, "nothing")
    assert found["identical"]
    assert found["ok"]
    assert {(m["difference"], m["low"], m["high"]) for m in found["measures"]} == {(0.0, 0.0, 0.0)}
    assert all(day["base_minor"] == day["changed_minor"] for day in found["days"])
    assert measure(found, "amount_minor")["base"] == found["recording"]["amount_minor"]


def test_lower_pars_lose_sales_with_an_interval_over_the_days(week: Path) -> None:
    found = asked(week, "par=20%")
    units, lost = measure(found, "units"), measure(found, "lost_sold_out")
    assert units["low"] < units["difference"] < units["high"] < 0
    assert lost["difference"] == -units["difference"]
    assert not found["identical"]
    assert found["ok"]


def test_a_price_keeps_quantities_unless_an_elasticity_is_declared(week: Path) -> None:
    kept = asked(week, "price=+10%")
    assert measure(kept, "units")["difference"] == 0
    assert measure(kept, "amount_minor")["low"] > 0
    assert any("no elasticity was declared" in sentence for sentence in kept["said"])
    less = asked(week, "price=+10%", "demand.elasticity=-2±0.5", replicates=3)
    assert less["replicates"] == 3
    assert measure(less, "units")["high"] < 0
    more = asked(week, "price=-20%", "demand.elasticity=-2")
    assert measure(more, "units")["low"] > 0


def test_hidden_demand_is_estimated_from_what_was_sold_while_it_was_there(
    short_of_goods: tuple[Path, run.RunResult],
) -> None:
    folder, result = short_of_goods
    found = past.read(folder)
    lost = sum(result.tally.lost.values())
    assert lost > found.refused > 100
    estimate = hidden.estimated(found)
    assert estimate.low <= found.refused <= estimate.high, "the simulator knows what a real machine would not"
    draws = [len(hidden.drawn(estimate, found, number)) for number in range(20)]
    assert estimate.low < sum(draws) / 20 < estimate.high
    assert len(set(draws)) > 1


def test_leaving_out_a_recorded_fault_and_filling_lanes_brings_sales_back(
    short_of_goods: tuple[Path, run.RunResult],
) -> None:
    folder, _ = short_of_goods
    found = asked(folder, "without=mains", "restock.depart=06:00")
    assert measure(found, "units")["difference"] > 0
    assert found["demand"]["hidden_low"] > 0
    assert any("an estimated" in sentence for sentence in found["said"])
    worse = asked(folder, "fault=mains off; from=08:00; to=20:00", replicates=1)
    assert measure(worse, "units")["difference"] < 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour=red", "must be PATH=VALUE with a path among .*, not 'colour=red'"),
        ("par", "must be PATH=VALUE .*, not 'par'"),
        ("jam_per_vend=2", "setting jam_per_vend: must be a number from 0 to 1, not '2'"),
        ("demand.elasticity=2", "must be from -10 to 0, such as -1.2 or -1.2±0.4, not '2'"),
        ("fault=fire", "what: must be one of mains off, .*, not 'fire'"),
        ("fault=jams; share=lots", "must be a number, not 'lots'"),
        ("customers=many", "must be a number, not 'many'"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_rule(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        changes.read([text])


def test_what_a_recording_does_not_have_is_refused(week: Path) -> None:
    with pytest.raises(ConfigError, match="must name a recorded fault \\(there is none\\), not 'mains'"):
        asked(week, "without=mains")
    with pytest.raises(ConfigError, match="where: must name something there is"):
        asked(week, "par.hk-0001=3")
