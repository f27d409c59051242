"""Scenario files, and what may be changed in them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from runtime.errors import ConfigError
from scenarios import scenario
from scenarios.chain import Faults


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", scenario.names())
def test_every_shipped_scenario_loads_and_can_be_prepared(name: str) -> None:
    found = scenario.load(name)
    ready = scenario.prepare(found)
    assert found.name == ready.name == ready.chain.name == name
    assert ready.seed == 1
    assert bool(ready.attempts) != bool(ready.machine_rates)
    assert ready.first <= ready.last


def test_recorded_scenarios_run_their_whole_file_without_faults() -> None:
    ready = scenario.prepare(scenario.load("us-2022"))
    assert (ready.first, ready.last) == (date(2022, 6, 1), date(2022, 8, 31))
    assert ready.chain.faults == Faults()


def test_the_demonstration_runs_one_friday_unless_told_otherwise() -> None:
    demo = scenario.load("hk-demo")
    few = ["machines=5", "stores=0"]
    days = [
        scenario.prepare(demo, changes=few),
        scenario.prepare(demo, changes=few, days=3),
        scenario.prepare(demo, changes=few, first=date(2026, 5, 1)),
        scenario.prepare(demo, changes=few, first=date(2026, 5, 1), last=date(2026, 5, 2)),
    ]
    assert [(each.first, each.last) for each in days] == [
        (date(2026, 3, 6), date(2026, 3, 6)),
        (date(2026, 3, 6), date(2026, 3, 8)),
        (date(2026, 5, 1), date(2026, 5, 1)),
        (date(2026, 5, 1), date(2026, 5, 2)),
    ]


def test_days_count_from_the_first_day_of_a_recording() -> None:
    july = scenario.load("cn-2017")
    three = scenario.prepare(july, days=3)
    assert (three.first, three.last) == (date(2017, 7, 1), date(2017, 7, 3))
    later = scenario.prepare(july, first=date(2017, 7, 30), days=2)
    assert (later.first, later.last) == (date(2017, 7, 30), date(2017, 7, 31))
    with pytest.raises(ConfigError, match="must be from 2017-07-01 to 2017-07-31, not 2017-08-01"):
        scenario.prepare(july, first=date(2017, 7, 30), days=3)


def test_settings_change_the_chain() -> None:
    demo = scenario.load("hk-demo")
    ready = scenario.prepare(demo, changes=["machines=30", "jam_per_vend=0.5", "temperature=false"], seed=9)
    assert len(ready.chain.machines) == 30
    assert len(ready.chain.vans) == 2
    assert (ready.chain.faults.jam_per_vend, ready.chain.faults.temperature) == (0.5, False)
    assert ready.settings["machines"] == 30
    assert ready.seed == 9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("machine=5", "hk-demo: setting must be one of .*machines.*, not 'machine'"),
        ("machines", "a setting must be NAME=VALUE, not 'machines'"),
        ("machines=many", "setting machines: must be a whole number from 1 to 20000, not 'many'"),
        ("machines=0", "setting machines: must be a whole number from 1 to 20000, not '0'"),
        ("machines=1.5", "setting machines: must be a whole number"),
        ("jam_per_vend=nan", "setting jam_per_vend: must be a number from 0 to 1, not 'nan'"),
        ("temperature=1", "setting temperature: must be true or false, not '1'"),
    ],
)
def test_a_setting_that_is_unknown_or_out_of_range_is_refused(change: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        scenario.prepare(scenario.load("hk-demo"), changes=[change])


def test_a_recorded_scenario_has_no_size_to_set() -> None:
    with pytest.raises(
        ConfigError, match=r"us-2022: setting must be one of jam_per_vend, .*, not 'machines'"
    ):
        scenario.prepare(scenario.load("us-2022"), changes=["machines=10000"])


def test_an_unknown_scenario_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(
        ConfigError, match=r"must be one of cn-2017, hk-demo, us-2022, .* or a \.toml file, not 'mars'"
    ):
        scenario.load("mars")


def test_sampled_demand_takes_no_demand_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="hk-demo: a demand file must not be given"):
        scenario.prepare(scenario.load("hk-demo"), demand=tmp_path / "x.csv")


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"days": 0}, {"days": 1, "last": date(2026, 3, 7)}])
def test_impossible_seeds_and_days_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"hk-demo: (seed|days) must"):
        scenario.prepare(scenario.load("hk-demo"), **wrong)  # type: ignore[arg-type]


def test_a_file_of_ones_own_names_its_demand_days_and_settings(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(
        "site,product,amount_paid,ordered_at\nA,x,1,2017-01-01T12:00:00\nA,x,1,2017-01-02T12:00:00\n"
    )
    path = written(
        tmp_path,
        'name = "mine"\ndemand = "cn-2017"\ndemand_file = "orders.csv"\nlast = 2017-01-01\n'
        "[settings]\njam_per_vend = 0.1\n",
    )
    ready = scenario.prepare(scenario.load(path))
    assert (ready.name, ready.first, ready.last) == ("mine", date(2017, 1, 1), date(2017, 1, 1))
    assert len(ready.attempts) == 1
    assert ready.chain.faults.jam_per_vend == 0.1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "must be a scenario in TOML"),
        ('name = "x"', "must be a scenario in TOML: .*demand"),
        ('name = "x"\ndemand = "mars"', "demand must be one of cn-2017, hk-demo, us-2022, not 'mars'"),
        ('name = "x"\ndemand = "hk-demo"\ncolour = 1', "keys must be among .*, not 'colour'"),
        ('name = "X y"\ndemand = "hk-demo"', "name must be lower-case letters"),
        ('name = "x"\ndemand = "hk-demo"\nseed = "one"', "must be a scenario in TOML: .*seed"),
        ('name = "x"\ndemand = "hk-demo"\ndemand_file = "y"', "demand_file must be left out"),
        ('name = "x"\ndemand = "hk-demo"\n[settings]\nmachines = 1.5', "setting machines: must be a whole"),
        ('name = "x"\ndemand = "hk-demo"\n[settings]\nfoo = 1', "setting must be one of"),
    ],
)
def test_a_bad_scenario_file_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError, match=message) as error:
        scenario.load(path)
    assert str(path) in str(error.value)


def test_a_scenario_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: must be a file that can be read"):
        scenario.load(tmp_path / "none.toml")
