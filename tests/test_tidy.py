"""What keeps the house tidy: sizes, rooms, names and no addresses of registries."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("runtime", "hardware", "actors", "simulator", "scenarios", "console")
FILE_LINES_MAX = 399
FUNCTION_LINES_MAX = 59
COUNTED = {".py", ".js", ".mjs", ".css", ".html", ".md"}
WRITTEN = COUNTED | {".toml", ".cfg", ".txt", ".json", ".yml", ".yaml", ".sh", ""}
REGISTRIES = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("python" + "hosted", "org"),
            ("npmjs", "org"),
            ("npmjs", "com"),
            ("yarnpkg", "com"),
            ("crates", "io"),
            ("proxy", "golang", "org"),
            ("anaconda", "org"),
            ("jsdelivr", "net"),
            ("unpkg", "com"),
            ("mirrors", "aliyun"),
            ("tuna", "tsinghua"),
        )
    )
)


def files(suffixes: set[str]) -> Iterator[Path]:
    """Every file of ours with one of these suffixes."""
    for folder, folders, names in os.walk(ROOT):
        at_root = Path(folder) == ROOT
        folders[:] = [
            name
            for name in sorted(folders)
            if name not in {"__pycache__", "node_modules", "venv", "build", "dist", "recordings"}
            and not name.endswith(".egg-info")
            and (not name.startswith(".") or (at_root and name == ".ci"))
        ]
        yield from (Path(folder) / name for name in sorted(names) if Path(name).suffix in suffixes)


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Names of a file's functions, with their line counts."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_is_too_long() -> None:
    sizes = {relative(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files(COUNTED)}
    assert {name: lines for name, lines in sizes.items() if lines > FILE_LINES_MAX} == {}


def test_no_function_is_too_long() -> None:
    sizes = {f"{relative(path)}:{name}": lines for path in files({".py"}) for name, lines in functions(path)}
    assert {name: lines for name, lines in sizes.items() if lines > FUNCTION_LINES_MAX} == {}


def test_the_six_rooms_and_the_tests_are_the_only_packages() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages == {*ROOMS, "tests"}
    frame = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(frame["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == set(ROOMS)
    assert set(frame["tool"]["importlinter"]["root_packages"]) == set(ROOMS)


def test_no_other_distribution_claims_the_rooms_names() -> None:
    claims = importlib.metadata.packages_distributions()
    assert {room: set(claims.get(room, ())) - {"hawker"} for room in ROOMS} == {room: set() for room in ROOMS}


@pytest.mark.parametrize("room", [*ROOMS, "tests"])
def test_every_room_says_what_it_holds(room: str) -> None:
    text = (ROOT / room / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert len(text.splitlines()) > 3


def test_no_file_names_a_registry() -> None:
    naming = {
        f"{relative(path)}: {found.group()}"
        for path in files(WRITTEN)
        if (found := REGISTRIES.search(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert naming == set()


def test_every_dependency_is_pinned_to_one_version() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    pinned = {normal(name) for name in pins}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [need for needs in project["optional-dependencies"].values() for need in needs]
    wanted = {normal(re.split(r"[\[<>=!~ ]", need)[0]) for need in [*project["dependencies"], *extras]}
    assert wanted - pinned == set()


def normal(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
