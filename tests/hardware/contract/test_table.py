"""The suite is whole: whoever serves a contract is on the bench in every form, with all its messages."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from scenarios.devices import drivers
from tests.hardware.contract import served
from tests.hardware.contract.rig import MEMORY, PTY, STREET, WALL_CLOCK, Way
from tests.hardware.contract.rigs import MODULES, WAYS

HERE = Path(__file__).parent
SENTENCES = sorted(HERE.glob("test_*.py"))
DRIVERS, DEVICES = served.by_drivers(), served.by_the_street()
PAIRS = sorted(
    (kind, contract)
    for kind, said in (DRIVERS | DEVICES).items()
    for contract in {module for module, _ in said}
)
FIXTURES = {fixture for fixtures in MODULES.values() for fixture in fixtures}
SAID_NOWHERE = {("till", "PaperOut")}
"""Nothing on the street runs out of paper, and no driver of a printer exists."""


def of_a_kind(kind: str, contract: str) -> list[Way[object]]:
    return [way for way in served.ways_of(contract) if way.kind == kind]


def marked(path: Path, mark: str) -> set[tuple[str, str]]:
    """(fixture, ability) of every sentence with this mark."""
    return {
        (argument.arg, decorator.args[0].value)
        for test in served.parsed(path).body
        if isinstance(test, ast.AsyncFunctionDef)
        for decorator in test.decorator_list
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute)
        if decorator.func.attr == mark and isinstance(decorator.args[0], ast.Constant)
        for argument in test.args.args
        if argument.arg in FIXTURES and isinstance(decorator.args[0].value, str)
    }


def abilities(mark: str) -> set[tuple[str, str]]:
    return {pair for path in SENTENCES for pair in marked(path, mark)}


@pytest.mark.parametrize(("kind", "contract"), PAIRS)
def test_whoever_serves_a_contract_is_on_the_bench_in_every_form(kind: str, contract: str) -> None:
    forms = {way.form for way in of_a_kind(kind, contract)}
    missing = ({MEMORY, PTY} if kind in DRIVERS else {STREET}) - forms
    assert not missing, f"{kind} serves {contract}: rigs.py has no way for it in the form {missing}"


def test_every_driver_that_a_chain_file_may_name_is_one_of_them() -> None:
    assert sorted(drivers.DRIVERS) == sorted(DRIVERS)


def test_nobody_is_on_the_bench_for_a_contract_that_it_does_not_serve() -> None:
    assert {(way.kind, contract) for contract in MODULES for way in served.ways_of(contract)} <= set(PAIRS)


def test_every_contract_has_its_sentences_and_every_message_is_in_one() -> None:
    said = {
        (contract, name)
        for path in SENTENCES
        for name, contract in served.imported(served.parsed(path)).items()
    }
    assert sorted(set(served.messages()) - said - SAID_NOWHERE) == []
    assert sorted({module for module, _ in served.messages()}) == sorted(MODULES)
    assert all(said_by.isdisjoint(SAID_NOWHERE) for said_by in (DRIVERS | DEVICES).values())


def test_whatever_a_device_lacks_has_a_sentence_of_its_own_and_stands_in_its_readme() -> None:
    shown = abilities("without")
    for fixture, ways in WAYS.items():
        for way in ways:
            readme = f"hardware/{way.kind}/README.md" if way.kind in DRIVERS else "simulator/FIDELITY.md"
            text = (served.ROOT / readme).read_text(encoding="utf-8")
            for ability in sorted(way.lacks):
                assert (fixture, ability) in shown, (
                    f"{way.name}: no sentence shows what it does without {ability}"
                )
                assert f'"{ability}"' in text, f"{readme}: must say what it answers without {ability!r}"


def test_an_ability_that_a_sentence_needs_or_shows_is_lacked_by_somebody() -> None:
    known = {(fixture, ability) for fixture, ways in WAYS.items() for way in ways for ability in way.lacks}
    beyond = {(fixture, ability) for fixture, ways in WAYS.items() for way in ways for ability in way.beyond}
    assert sorted(abilities("needs") - known - beyond) == []
    assert sorted(abilities("without") - known) == []


def test_every_way_over_a_wire_has_the_same_name_over_every_wire() -> None:
    for ways in WAYS.values():
        names = {
            form: sorted(way.name.removesuffix(form.replace(" ", "-")) for way in ways if way.form == form)
            for form in (MEMORY, PTY, WALL_CLOCK)
        }
        assert names[MEMORY] == names[PTY] == names[WALL_CLOCK]


def test_the_readme_has_the_table_as_it_is() -> None:
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    for said in (DRIVERS, DEVICES):
        assert served.table(said) in readme, f"README.md: must have this table:\n{served.table(said)}"
