"""Which contracts each driver and each device of the street serves, read from what they are made of.

Nobody keeps a list: a driver serves the contracts whose messages its folder imports, and ``presence`` because
every driver does; a device of the street serves those whose messages stand in its class.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.hardware.contract.rig import Way
from tests.hardware.contract.rigs import MODULES, WAYS

ROOT = Path(__file__).parents[3]
CONTRACTS = "hardware.contract."
STREET = (
    *sorted((ROOT / "simulator" / "devices").glob("*.py")),
    *sorted((ROOT / "simulator" / "customers").glob("*.py")),
)

Served = dict[str, set[tuple[str, str]]]
"""By kind: (contract's module, message)."""


def imported(tree: ast.Module) -> dict[str, str]:
    """Names in a module that are messages of a contract, with the contract's module."""
    return {
        name.asname or name.name: statement.module.removeprefix(CONTRACTS)
        for statement in tree.body
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith(CONTRACTS)
        for name in statement.names
        if statement.module and _is_message(name.name)
    }


def _is_message(name: str) -> bool:
    """Classes, as constants of a contract are in capitals."""
    return not name.isupper() and name[:1].isupper() and name != "Pieces"


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def by_drivers() -> Served:
    """What each protocol's folder has to do with."""
    presence = {("presence", name) for name in ("DeviceLost", "DeviceFound")}
    return {
        driver.parent.name: presence
        | {
            (contract, name)
            for path in driver.parent.rglob("*.py")
            for name, contract in imported(parsed(path)).items()
        }
        for driver in sorted((ROOT / "hardware").glob("*/driver.py"))
    }


def by_the_street() -> Served:
    """What each class of the street has to do with; a class of its base classes is left to them."""
    served: Served = {}
    for path in STREET:
        tree = parsed(path)
        contracts = imported(tree)
        for body in (statement for statement in tree.body if isinstance(statement, ast.ClassDef)):
            names = {node.id for node in ast.walk(body) if isinstance(node, ast.Name)} & set(contracts)
            if names and not _is_abstract(body):
                served[body.name] = {(contracts[name], name) for name in names}
    return served


def _is_abstract(body: ast.ClassDef) -> bool:
    """People in a row, whatever they stand before."""
    return any(isinstance(base, ast.Name) and base.id == "ABC" for base in body.bases)


def messages() -> Iterator[tuple[str, str]]:
    """Every message of every contract."""
    for path in sorted((ROOT / "hardware" / "contract").glob("*.py")):
        for statement in parsed(path).body:
            if isinstance(statement, ast.ClassDef):
                yield path.stem, statement.name


def ways_of(contract: str) -> list[Way[object]]:
    """Every way whose sentences are of this contract."""
    return [way for fixture in MODULES.get(contract, ()) for way in WAYS[fixture]]


def table(served: Mapping[str, set[tuple[str, str]]]) -> str:
    """Markdown: kinds of devices down, contracts across, in each place the forms in which the suite runs."""
    lines = ["| served by | " + " | ".join(MODULES) + " |", "|---|" + "---|" * len(MODULES)]
    for kind, said in served.items():
        places = []
        for contract in MODULES:
            forms = {way.form for way in ways_of(contract) if way.kind == kind}
            mine = any(contract == module for module, _ in said)
            places.append(", ".join(sorted(forms - {"wall clock"})) if mine else "")
        lines.append(f"| {kind} | " + " | ".join(places) + " |")
    return "\n".join(lines) + "\n"
