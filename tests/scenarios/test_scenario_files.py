"""Scenario files: what they extend, what they may say, and one line for each mistake."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from runtime.errors import ConfigError
from scenarios import scenario
from scenarios.rehearsal import new_scenario
from scenarios.scenario import Prepared

SMALL = ("machines=12", "stores=1", "lanes=16")
HOUR_US = 3_600_000_000


def written(folder: Path, text: str, name: str = "mine") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(f'name = "{name}"\nextends = "hk-demo"\n{text}', encoding="utf-8")
    return path


def prepared(path: Path, *changes: str) -> Prepared:
    return scenario.prepare(scenario.load(path), changes=(*SMALL, *changes))


def test_a_file_that_extends_another_has_all_of_it_and_its_own_on_top(tmp_path: Path) -> None:
    base = written(
        tmp_path,
        '[settings]\njam_per_vend = 0.5\nmachines = 9\n[[faults]]\nname = "cut"\nwhat = "mains off"\n',
        "base",
    )
    own = tmp_path / "own.toml"
    own.write_text(
        'name = "own"\nextends = "base.toml"\n[settings]\nmachines = 7\n[[faults]]\nwhat = "machine silent"\n'
    )
    found = scenario.load(own)
    assert (found.settings["jam_per_vend"], found.settings["machines"]) == (0.5, 7)
    assert [row.what for row in found.rehearsal.faults] == ["mains off", "machine silent"]
    assert [row.what for row in scenario.load(base).rehearsal.faults] == ["mains off"]
    assert (found.name, found.title_en, found.first) == ("own", "own", date(2026, 3, 6))


def test_a_file_leaves_out_what_it_does_not_want_of_the_other(tmp_path: Path) -> None:
    written(tmp_path, '[[faults]]\nname = "cut"\nwhat = "mains off"\n', "base")
    own = tmp_path / "own.toml"
    own.write_text('name = "own"\nextends = "base.toml"\nwithout = ["cut"]\n')
    assert scenario.load(own).rehearsal.faults == ()
    own.write_text('name = "own"\nextends = "base.toml"\nwithout = ["cat"]\n')
    with pytest.raises(ConfigError, match="without: must name something of the file it extends, not 'cat'"):
        scenario.load(own)


def test_files_that_extend_one_another_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('name = "a"\nextends = "b.toml"\n')
    (tmp_path / "b.toml").write_text('name = "b"\nextends = "a.toml"\n')
    with pytest.raises(ConfigError, match="extends: must not come back"):
        scenario.load(tmp_path / "a.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[[faults]]\nwhat = "fire"',
            r"faults\[1\] \(fire\): what: must be one of mains off, .*, not 'fire'",
        ),
        (
            '[[faults]]\nwhat = "mains off"\nfrom = "9:00"',
            r"from: must be a time .* such as 09:30, not '9:00'",
        ),
        ('[[faults]]\nwhat = "mains off"\nto = "24:30"', r"to: must be a time .*, not '24:30'"),
        (
            '[[faults]]\nwhat = "mains off"\non = "someday"',
            r"on: must be one of every day, .*, not 'someday'",
        ),
        (
            '[[faults]]\nwhat = "mains off"\nwhere = "town:x"',
            r"where: must be all, or one of .*, not 'town:x'",
        ),
        ('[[faults]]\nwhat = "mains off"\nwhere = "share:2"', r"share must be a number over 0 .*, not '2'"),
        (
            '[[faults]]\nwhat = "mains off"\nprice = "5"',
            r"price: must be left out, a fault 'mains off' has none",
        ),
        ('[[faults]]\nwhat = "price pushed"', r"price: must be given for a fault 'price pushed'"),
        ('[[faults]]\nwhat = "price pushed"\nprice = "a lot"', r"price: must be .*, not 'a lot'"),
        ('[[faults]]\nwhat = "jams"\nshare = 1.5', r"share: must be over 0 and up to 1, not 1.5"),
        ('[[faults]]\nwhat = "lane mislabelled"\nlanes = ["A1"]', r"lanes: must be two lanes, not \['A1'\]"),
        (
            '[[faults]]\nwhat = "mains off"\nbegins = "09:00"',
            r"keys must be among .*from, to.*, not 'begins'",
        ),
        ("[[customers]]\ntimes = -1", r"customers\[1\]: times: must be from 0 to 100, not -1.0"),
        ("[[customers]]\ntimes = 'many'", r"customers\[1\]: .*`times`"),
        ("[[weather]]\nhigh = 20.0\nlow = 30.0", r"weather\[1\]: low, high: must be .* in order, not 30.0"),
        ('[calendar]\ncountry = "XX"', r"calendar: country must be one of CN, HK, US, not 'XX'"),
        (
            '[[expect]]\nname_en = "x"\nmeasure = "joy"\nmin = 1',
            r"measure: must be one of sold, .*, not 'joy'",
        ),
        (
            '[[expect]]\nname_en = "x"\nmeasure = "sold"',
            r"expect\[1\] \(x\): min, max or about: at least one",
        ),
        (
            '[[expect]]\nname_en = "x"\nmeasure = "sold"\nabout = 5\nwithin = "lots"',
            r"within: must be a number",
        ),
        ("[changes]\ncolour = 1", r"change must begin with one of capacity, .*, not 'colour'"),
    ],
)
def test_a_mistake_is_named_with_file_place_rule_and_value(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError, match=message) as error:
        scenario.load(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[faults]]\nwhat = "mains off"\nwhere = "district:mars"', r"where: must name something there is"),
        ('[[faults]]\nwhat = "van broken down"\nwhere = "van:van-9"', r"where: must name something there is"),
        (
            '[[faults]]\nwhat = "recall"\nproducts = "gold"',
            r"products: must be a product's code .*, not 'gold'",
        ),
        ('[[faults]]\nwhat = "lane mislabelled"\nlanes = ["A1", "Z9"]', r"lanes: must be of machine hk-0001"),
        ('[changes]\n"par.hk-9999" = 3', r"par.hk-9999: where: must name something there is"),
        ('[changes]\n"restock.depart" = "7"', r"restock.depart: must be a time"),
        ('[changes]\npar = "few"', r"par: must be units such as 6 or a share such as 80%, not 'few'"),
    ],
)
def test_what_a_chain_does_not_have_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        prepared(written(tmp_path, text))


def test_times_are_local_and_a_night_ends_on_the_next_day(tmp_path: Path) -> None:
    path = written(tmp_path, '[[faults]]\nwhat = "closed"\nfrom = "22:00"\nto = "06:00"\n')
    (fault,) = prepared(path).plan.faults
    assert fault.to_us - fault.from_us == 8 * HOUR_US
    assert fault.from_us // HOUR_US % 24 == 14, "22:00 in Hong Kong is 14:00 UTC"


def test_holidays_and_school_holidays_are_days_of_the_calendar(tmp_path: Path) -> None:
    text = (
        'first = 2025-12-31\nlast = 2026-01-03\n[calendar]\ncountry = "HK"\nschool_holidays = "2026-01-02"\n'
        '[[faults]]\nwhat = "closed"\non = "holidays"\n[[customers]]\ntimes = 2\n'
        'on = ["school holidays", "sat"]'
    )
    found = prepared(written(tmp_path, text)).plan
    assert len(found.faults) == 1
    assert [len(swing.windows) for swing in found.swings] == [2]


def test_changes_reach_lanes_prices_vans_rule_and_stock(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    told = ("par=50%", "price=+10%", "vans=3", "restock.cutoff=18:30", "stock=0", "float=0", "off=hk-0002")
    plain, chain = prepared(path).chain, prepared(path, *told).chain
    assert all(lane.par == -(-lane.capacity // 2) for plan in chain.machines for lane in plan.lanes)
    assert all(lane.level <= lane.par for plan in chain.machines for lane in plan.lanes)
    was, now = plain.machines[0].lanes[0].price_minor, chain.machines[0].lanes[0].price_minor
    assert now == pytest.approx(was * 1.1, abs=25)
    assert now % 50 == 0, "nobody has a smaller coin in Hong Kong"
    assert len(chain.vans) == 3
    assert sorted(d for van in chain.vans for d in van.districts) == sorted(plain.vans[0].districts)
    assert chain.restock is not None
    assert chain.restock.cutoff_minute == 18 * 60 + 30
    assert {units for _, units in chain.warehouses[0].stock} == {0}
    assert "hk-0002" not in {plan.id for plan in chain.machines}


def test_a_price_change_of_a_recorded_day_is_paid_by_its_customers() -> None:
    week = {"first": date(2022, 6, 6), "last": date(2022, 6, 8)}
    found = scenario.load("us-2022")
    plain = scenario.prepare(found, **week)  # type: ignore[arg-type]
    dearer = scenario.prepare(found, changes=["price=+10%"], **week)  # type: ignore[arg-type]
    pairs = [
        (a.price_minor, b.price_minor)
        for one, other in zip(plain.attempts, dearer.attempts, strict=True)
        for a, b in zip(one.lines, other.lines, strict=True)
    ]
    assert all(abs(b - a * 1.1) <= 2.5 and b % 5 == 0 for a, b in pairs)


@pytest.mark.parametrize("base", ["hk-demo", "us-2022", "cn-2017", "lunch-rush"])
def test_a_new_file_can_be_run_as_it_stands(tmp_path: Path, base: str) -> None:
    path = tmp_path / "new.toml"
    path.write_text(new_scenario.text("new", base), encoding="utf-8")
    found = scenario.load(path)
    plan = scenario.prepare(found, changes=SMALL if found.sampled else (), days=1).plan
    assert (len(plan.faults), len(plan.expected)) == (1, 3 if base == "lunch-rush" else 1)
