"""``hawker scenario``: name the shipped scenarios, check files, begin a new one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli import options
from console.cli.output import complain, document, table
from runtime.errors import ConfigError

if TYPE_CHECKING:
    from scenarios.scenario import Prepared, Scenario

app = typer.Typer(help="Name, check and begin scenarios.", rich_markup_mode=None)

Paths = Annotated[bool, typer.Option("--paths", help="Name what --set and [changes] may change instead.")]
Named = Annotated[
    list[str], typer.Argument(metavar="SCENARIO...", help="Shipped scenarios' names, or .toml files.")
]
New = Annotated[str, typer.Argument(metavar="NAME", help="The new scenario's name, or a path of NAME.toml.")]
Extends = Annotated[str, typer.Option("--extends", metavar="SCENARIO", help="What it is built upon.")]


@app.command("list")
def list_all(paths: Paths = False, as_json: options.AsJson = False) -> None:
    """Name the shipped scenarios: chains with demand, and rehearsals upon them."""
    from scenarios import scenario

    if paths:
        _list_paths(as_json)
        return
    shipped = [("chain", scenario.load(name)) for name in scenario.names()]
    shipped += [("rehearsal", scenario.load(name)) for name in scenario.library()]
    if as_json:
        document([_described(kind, each) for kind, each in shipped])
    else:
        rows = [(each.name, kind, each.title_en, each.title_zh) for kind, each in shipped]
        table("Scenarios", ("name", "kind", "title", "名称"), rows)


def _described(kind: str, found: Scenario) -> dict[str, Any]:
    return {
        "name": found.name,
        "kind": kind,
        "title": {"en": found.title_en, "zh-CN": found.title_zh},
        "about": {"en": found.about_en, "zh-CN": found.about_zh},
        "faults": [row.called for row in found.rehearsal.faults],
        "expectations": [
            {"en": row.name_en, "zh-CN": row.name_zh or row.name_en} for row in found.rehearsal.expect
        ],
    }


def _list_paths(as_json: bool) -> None:
    from scenarios import scenario
    from scenarios.rehearsal import changes

    rows = [
        (name, setting.rule(), ", ".join(demand for demand, known in scenario.KNOWN.items() if name in known))
        for name, setting in scenario.KNOWN[scenario.SAMPLED].items()
    ]
    rows += [(path, changes.RULES[path], "all") for path in changes.paths()]
    rows.append(("without", "a name in the file, or faults, customers, weather, changes", "all"))
    if as_json:
        document([{"path": path, "rule": rule, "of": of} for path, rule, of in rows])
    else:
        table("What may be set", ("path", "must be", "of"), rows)


@app.command()
def check(names: Named, as_json: options.AsJson = False) -> None:
    """Read scenario files and put them upon their chains, without running them."""
    from scenarios import scenario

    found, bad = [], 0
    for name in names:
        try:
            prepared = scenario.prepare(scenario.load(name))
        except ConfigError as error:
            bad += 1
            found.append({"scenario": name, "ok": False, "wrong": str(error)})
            if not as_json:
                complain(error)
        else:
            found.append({"scenario": prepared.name, "ok": True, **_plan(prepared)})
    if as_json:
        document(found)
    elif good := [each for each in found if each["ok"]]:
        columns = ("from", "to", "machines", "faults", "swings", "expectations")
        rows = [(each["scenario"], *(str(each[column]) for column in columns)) for each in good]
        table("Checked", ("scenario", *columns), rows)
    raise typer.Exit(2 if bad else 0)


def _plan(prepared: Prepared) -> dict[str, Any]:
    return {
        "from": prepared.first.isoformat(),
        "to": prepared.last.isoformat(),
        "machines": len(prepared.chain.machines),
        "faults": len(prepared.plan.faults),
        "swings": len(prepared.plan.swings),
        "expectations": len(prepared.plan.expected),
    }


@app.command()
def new(name: New, extends: Extends = "hk-demo") -> None:
    """Write a scenario file to begin with; it runs as it stands."""
    from scenarios import scenario_file
    from scenarios.rehearsal import new_scenario

    path = Path(name if name.endswith(".toml") else f"{name}.toml")
    if not scenario_file.is_name(path.stem):
        raise ConfigError(f"{path}: name must be {scenario_file.NAME_RULE}, not {path.stem!r}")
    text = new_scenario.text(path.stem, extends)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError(f"{path}: must not be there yet") from None
    print(f"{path}: written; hawker run {path}")
