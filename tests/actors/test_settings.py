"""Settings: every actor checks, records and goes by its own, and a power cut changes nothing."""

from __future__ import annotations

import pytest

from actors.machine import machine
from actors.machine.settings import rule_of
from actors.office.messages import CutOffHeld
from actors.office.planning import Depot, MachineSite, VanDuty
from actors.office.restock import RestockDesk
from actors.office.settings import SettingsDesk
from actors.settings.messages import SETTINGS, ChangeSetting, SettingChanged
from runtime import wire
from tests.actors.bench import Bench

HOUR_US = 3_600_000_000


def order(name: str, value: int) -> ChangeSetting:
    return ChangeSetting(name=name, value=value, by="ada", reason="a test")


def outcome(bench: Bench, address: str, asked: object, number: int = 1) -> tuple[str, str]:
    done = bench.deliver(address, asked, number)
    assert done is not None
    return done.outcome, wire.decode(done.answer).why if done.answer else ""


def test_every_default_fits_its_own_rule() -> None:
    assert all(setting.allows(setting.default) for setting in SETTINGS.values())


def test_a_machine_goes_by_its_new_limit_also_after_a_power_cut() -> None:
    bench = Bench()
    machine.build(bench, "hk-1", [("A1", "cola", 800, 10, 10, 10)], ("cash",), 0)
    bench.run(0)
    assert outcome(bench, "hk-1", order("limit_decicelsius", 40)) == ("done", "")
    assert outcome(bench, "hk-1", order("warm_minutes", 10), 2) == ("done", "")
    bench.power_cut()
    bench.run(0)
    rule = rule_of(bench.actors[bench.reach("hk-1")])
    assert (rule.limit_decicelsius, rule.warm_seconds, rule.recover_seconds) == (40, 600, 1800)
    assert [(f.name, f.old, f.new) for f in bench.facts_of(SettingChanged)] == [
        ("limit_decicelsius", 50, 40),
        ("warm_minutes", 15, 10),
    ]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (
            order("limit_decicelsius", 900),
            "limit_decicelsius: must be a whole number from -300 to 700, not 900",
        ),
        (order("refund_alone_minor", 1), "setting must be one of limit_decicelsius, warm_minutes"),
    ],
)
def test_a_machine_refuses_what_is_not_its_own_or_out_of_range(asked: ChangeSetting, why: str) -> None:
    bench = Bench()
    machine.build(bench, "hk-1", [("A1", "cola", 800, 10, 10, 10)], ("cash",), 0)
    bench.run(0)
    found, said = outcome(bench, "hk-1", asked)
    assert (found, said.startswith(why)) == ("failed", True)
    assert bench.facts_of(SettingChanged) == []


def test_the_office_keeps_what_the_file_says_until_a_person_says_otherwise() -> None:
    bench = Bench()
    bench.spawn("office/settings", SettingsDesk({"refund_alone_minor": 700}))
    assert outcome(bench, "office/settings", order("refund_alone_minor", 700)) == ("done", "")
    assert outcome(bench, "office/settings", order("refund_alone_minor", 900), 2) == ("done", "")
    bench.power_cut()
    assert outcome(bench, "office/settings", order("refund_alone_minor", 800), 3) == ("done", "")
    assert [(f.old, f.new) for f in bench.facts_of(SettingChanged)] == [(700, 900), (900, 800)]


def restock(cutoff_minute: int) -> Bench:
    bench = Bench()
    bench.spawn(
        "office/restock",
        RestockDesk(
            cutoff_minute, 6 * 60, -1, "UTC",
            (Depot(id="wh-1", lat_e6=0, lon_e6=0),),
            (VanDuty(id="van-1", warehouse="wh-1", districts=()),),
            (MachineSite(id="hk-1", district="", lat_e6=0, lon_e6=0),),
        ),
    )  # fmt: skip
    bench.run(0)
    return bench


def test_another_cut_off_replaces_the_one_that_was_set() -> None:
    bench = restock(20 * 60)
    assert outcome(bench, "office/restock", order("restock_cutoff_minute", 18 * 60)) == ("done", "")
    bench.run(46 * HOUR_US)
    assert [fact.at_us for fact in bench.facts_of(CutOffHeld)] == [18 * HOUR_US, 42 * HOUR_US]


def test_a_cut_off_set_back_again_is_held_once() -> None:
    bench = restock(20 * 60)
    outcome(bench, "office/restock", order("restock_cutoff_minute", 18 * 60))
    outcome(bench, "office/restock", order("restock_cutoff_minute", 20 * 60), 2)
    bench.run(23 * HOUR_US)
    assert [fact.at_us for fact in bench.facts_of(CutOffHeld)] == [20 * HOUR_US]
