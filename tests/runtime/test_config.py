from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import attrs
import pytest

from runtime.config import convert, load, set_path
from runtime.errors import ConfigError


@attrs.frozen(kw_only=True)
class Lane:
    code: str
    capacity: int = attrs.field(default=8, validator=attrs.validators.ge(1))


@attrs.frozen(kw_only=True)
class Machine:
    id: str
    lanes: tuple[Lane, ...] = ()


@attrs.frozen(kw_only=True)
class Faults:
    jam_per_vend: float = 0.0
    temperature: bool = False


@attrs.frozen(kw_only=True)
class Settings:
    name: str
    machines: tuple[Machine, ...] = ()
    faults: Faults = Faults()
    spare: Machine | None = None
    prices: dict[str, int] = attrs.field(factory=dict)


GOOD = """
name = "香港"
faults.jam_per_vend = 1
[[machines]]
id = "hk-0001"
[[machines.lanes]]
code = "A1"
capacity = 10
[prices]
"cola.330" = 900
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "chain.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_becomes_settings(tmp_path: Path) -> None:
    assert load(written(tmp_path, GOOD), Settings) == Settings(
        name="香港",
        machines=(Machine(id="hk-0001", lanes=(Lane(code="A1", capacity=10),)),),
        faults=Faults(jam_per_vend=1.0),
        prices={"cola.330": 900},
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('name = "x"\n[[machines]]\nid = 7', "$.machines[0].id: must be str, not 7"),
        (
            'name = "x"\nmachines = [{id = "a", lanes = [{code = "A1"}, {code = "A2", capacity = "many"}]}]',
            "$.machines[0].lanes[1].capacity: must be int, not 'many'",
        ),
        (
            'name = "x"\nmachines = [{id = "a", lanes = [{code = "A1", capacity = 0}]}]',
            "$.machines[0].lanes[0]: ",
        ),
        ("[faults]\ntemperature = true", "$: must have a name"),
        (
            'name = "x"\n[faults]\njams = 1',
            "$.faults: key must be one of jam_per_vend, temperature, not 'jams'",
        ),
        (
            'name = "x"\n[spare]\nid = "a"\nlanes = [{code = "A1", par = 3}]',
            "$.spare.lanes[0]: key must be one of code, capacity, not 'par'",
        ),
        ('name = "x"\nmachines = 3', "$.machines: must be array, not 3"),
        ('name = "x"\nname = "y"\n', "line 2, column 11: must be TOML: "),
        ("name = [1,", "end of file: must be TOML: "),
        ('name = "x\n', "line 1, column 10: must be TOML: "),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, complaint: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError, match=re.escape(f"{path}: {complaint}")) as caught:
        load(path, Settings)
    assert "\n" not in str(caught.value)


def test_a_long_value_is_shortened() -> None:
    with pytest.raises(ConfigError, match=r"^till: \$\.name: must be str, not \[0, 1.{70,80}…$"):
        convert({"name": list(range(1000))}, Settings, "till")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"missing\.toml: file must be readable: No such file"):
        load(tmp_path / "missing.toml", Settings)
    (tmp_path / "latin.toml").write_bytes(b'name = "caf\xe9"')
    with pytest.raises(ConfigError, match=r"latin\.toml: file must be UTF-8, not byte 0xe9"):
        load(tmp_path / "latin.toml", Settings)


CHAIN = Settings(
    name="hk",
    machines=(Machine(id="a", lanes=(Lane(code="A1"), Lane(code="A2"))), Machine(id="b")),
    prices={"cola": 900},
)


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        ("name=new", attrs.evolve(CHAIN, name="new")),
        ("name=42", attrs.evolve(CHAIN, name="42")),
        ('name="a=b"', attrs.evolve(CHAIN, name="a=b")),
        (" faults.jam_per_vend = 0.25", attrs.evolve(CHAIN, faults=Faults(jam_per_vend=0.25))),
        ("faults.jam_per_vend=1", attrs.evolve(CHAIN, faults=Faults(jam_per_vend=1.0))),
        ("faults={temperature = true}", attrs.evolve(CHAIN, faults=Faults(temperature=True))),
        ("machines.1.id=c", attrs.evolve(CHAIN, machines=(CHAIN.machines[0], Machine(id="c")))),
        ("prices.cola=950", attrs.evolve(CHAIN, prices={"cola": 950})),
        ('spare={id = "s"}', attrs.evolve(CHAIN, spare=Machine(id="s"))),
    ],
)
def test_one_setting_is_changed_and_the_original_is_not(assignment: str, expected: Settings) -> None:
    before = repr(CHAIN)
    assert set_path(CHAIN, assignment) == expected
    assert repr(CHAIN) == before


@pytest.mark.parametrize(
    ("settings", "assignment", "expected"),
    [
        ({"seed": 1, "days": {"from": "2017-06-01"}}, "seed=7", {"seed": 7, "days": {"from": "2017-06-01"}}),
        (
            {"seed": 1, "days": {"from": "x"}},
            "days.from=2017-06-02",
            {"seed": 1, "days": {"from": "2017-06-02"}},
        ),
        ({"list": [1, 2]}, "list.1=5", {"list": [1, 5]}),
        ({"none": None}, "none=5", {"none": 5}),
    ],
)
def test_plain_settings_are_changed_by_the_type_they_have(
    settings: Any, assignment: str, expected: Any
) -> None:
    assert set_path(settings, assignment) == expected


@pytest.mark.parametrize(
    ("assignment", "complaint"),
    [
        ("name", "setting must be PATH=VALUE, not 'name'"),
        ("=3", "setting must be PATH=VALUE, not '=3'"),
        ("nam=3", "setting path: key must be one of name, machines, faults, spare, prices, not 'nam'"),
        ("faults.jams=1", "setting faults: key must be one of jam_per_vend, temperature, not 'jams'"),
        ("faults={jams = 1}", "setting faults: key must be one of jam_per_vend, temperature, not 'jams'"),
        ("faults.temperature=warm", "setting faults.temperature: must be bool, not 'warm'"),
        ("machines.2.id=c", "setting machines: key must be one of 0, 1, not '2'"),
        ("machines.0.lanes.1.capacity=1.5", "setting machines.0.lanes.1.capacity: must be int, not 1.5"),
        ("machines.0.lanes.1.capacity=0", "setting machines.0.lanes.1.capacity: 'capacity' must be >= 1: 0"),
        ("prices.tea=3", "setting prices: key must be one of cola, not 'tea'"),
        ("prices.cola=dear", "setting prices.cola: must be int, not 'dear'"),
        ("name.first=x", "setting name: must be set as a whole, it has no 'first'"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused(assignment: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(complaint)):
        set_path(CHAIN, assignment)
