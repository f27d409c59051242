"""A scenario file may give machines planogram templates, coupled lanes and limits of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from actors.machine.lane import Lane
from actors.machine.machine import Machine
from runtime.errors import ConfigError
from scenarios import assembly, scenario
from scenarios.scenario import Prepared

HEAD = """
name = "mine"
demand = "hk-demo"
first = 2026-03-06
[settings]
machines = 2
lanes = 8
stores = 0
"""


def prepared(folder: Path, text: str, head: str = HEAD) -> Prepared:
    path = folder / "mine.toml"
    path.write_text(head + text, encoding="utf-8")
    return scenario.prepare(scenario.load(path))


def product(folder: Path) -> str:
    """A product that the chain sells in machines."""
    return prepared(folder, "").chain.machines[0].lanes[0].product


def lane(**values: object) -> str:
    """A lane of a template."""
    written = {"lane": "A1", "price_minor": 900, "capacity": 8} | values
    lines = [
        f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {str(value).lower()}"
        for key, value in written.items()
    ]
    return "\n".join(["[[templates.dairy.lanes]]", *lines, ""])


def test_a_template_gives_a_machine_its_lanes_and_the_file_its_limits(tmp_path: Path) -> None:
    milk = product(tmp_path)
    ready = prepared(
        tmp_path,
        lane(product=milk, perishable=True, joined="A2", safety=2)
        + lane(lane="A3", product=milk, par=6, level=0)
        + '[machines.hk-0001]\ntemplate = "dairy"\nlimit_decicelsius = 40\nprices_at = "board"\n',
    )
    first, second = ready.chain.machines
    assert [(p.code, p.par, p.level, p.joined) for p in first.lanes] == [
        ("A1", 8, 8, "A2"),
        ("A3", 6, 0, ""),
    ]
    assert len(second.lanes) == 8
    node = assembly.build_node(ready.chain, first.node, seed=1, now_us=0)
    machine = node.actors[node.reach("hk-0001")]
    assert isinstance(machine, Machine)
    assert machine.settings.cold.limit_decicelsius == 40
    assert machine.settings.prices_at == "board"
    assert machine.settings.zone == "Asia/Hong_Kong"
    coupled = node.actors[node.reach("hk-0001/lane/A1")]
    assert isinstance(coupled, Lane)
    assert (coupled.opening.joined, coupled.opening.perishable) == ("A2", True)
    assert ready.machine_rates


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (lane(product="x") + lane(lane="A2", product="x", joined="A1"), "motor A1 must belong to one lane"),
        (lane(product="x", joined="A1"), "motor A1 must belong to one lane, it is lane A1's"),
        (
            lane(product="x", joined="A2") + lane(lane="A2", product="x"),
            "lane A2: motor A2 must belong to one lane, it is lane A1's",
        ),
        (lane(product="x", par=9), "lane A1: par level must be from 0 to capacity 8, not 9"),
        (lane(product="x", level=9), "lane A1: level must be from 0 to capacity 8, not 9"),
        (lane(product="x", lane="A 1"), "lane must be 1 to 8 letters and digits, not 'A 1'"),
        (lane(product="x", colour="red"), "keys must be among .* not 'colour'"),
        (lane(product="x", capacity="many"), r"templates.dairy.lanes: Expected `int`"),
        ("[templates.dairy]\n", "lanes must be 1 to 200, not 0"),
        ('[machines.hk-0001]\ntemplate = "tea"\n', "template must be one of none, not 'tea'"),
        ('[machines.hk-0001]\nprices_at = "moon"\n', "prices_at must be one of .* not 'moon'"),
        ("[machines.hk-0001]\nwarm_minutes = 0\n", "warm_minutes must be from 1 to 1440, not 0"),
        ("[machines.hk-9999]\n", "machines.hk-9999: must be a machine of the chain"),
        (
            lane(product="gold") + '[machines.hk-0001]\ntemplate = "dairy"\n',
            "lane A1: product must be of the chain, not 'gold'",
        ),
    ],
)
def test_what_breaks_a_rule_is_refused_by_name(tmp_path: Path, text: str, rule: str) -> None:
    with pytest.raises(ConfigError, match=rule):
        prepared(tmp_path, text)


def test_a_recorded_planogram_is_not_replaced_but_limits_may_be_set(tmp_path: Path) -> None:
    head = 'name = "mine"\ndemand = "cn-2017"\n'
    machine = scenario.prepare(scenario.load("cn-2017"), days=1).chain.machines[0].id
    text = lane(product="x") + f'[machines.{machine}]\ntemplate = "dairy"\n'
    with pytest.raises(ConfigError, match="template must be left out, the recording has its planogram"):
        prepared(tmp_path, text, head)
    ready = prepared(tmp_path, f"[machines.{machine}]\nlimit_decicelsius = 30\n", head)
    assert ready.chain.machines[0].settings.cold.limit_decicelsius == 30
