"""A scenario file as it is written: TOML, what it extends, its keys and rules. Nothing of a chain yet."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import msgspec

from runtime.errors import ConfigError
from scenarios.faults.rows import FaultRow
from scenarios.rehearsal.expect import ExpectRow
from scenarios.rehearsal.footfall import CustomersRow
from scenarios.rehearsal.rows import row_of
from scenarios.rehearsal.weather import WeatherRow

FOLDER = Path(__file__).parent
LIBRARY = FOLDER / "library"
FILE_BYTES_MAX = 1_000_000
EXTENDS_MAX = 8
"""Files that build upon one another."""
NAME_RULE = "lower-case letters, digits and single dashes, at most 40"
APPENDED = ("faults", "customers", "weather", "expect")
MERGED = ("settings", "changes", "calendar", "devices", "templates", "machines")
NOT_INHERITED = ("name", "extends", "without", "title_en", "title_zh", "about_en", "about_zh")


@attrs.frozen(kw_only=True)
class CalendarRow:
    """Days that are not like others.

    Attributes:
        country: "CN", "HK" or "US" (New Jersey) for its public holidays of 2016 to 2026; "" none.
        holidays: further days, each "2026-02-16" or "2026-02-16..2026-02-20".
        school_holidays: days without school, likewise.
    """

    country: str = ""
    holidays: tuple[str, ...] = ()
    school_holidays: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Written:
    """A scenario file with all that it extends, checked by itself.

    Attributes:
        demand: "us-2022", "cn-2017" or "hk-demo".
        demand_file: recorded demand, beside the file that names it.
        changes: by path, what is otherwise than the demand has it (``scenarios.rehearsal.changes``).
    """

    name: str
    demand: str
    title_en: str = ""
    title_zh: str = ""
    about_en: str = ""
    about_zh: str = ""
    demand_file: Path | None = None
    seed: int = 1
    first: date | None = None
    last: date | None = None
    settings: Mapping[str, Any] = attrs.field(factory=dict)
    changes: Mapping[str, str | int | float] = attrs.field(factory=dict)
    devices: Mapping[str, dict[str, str]] = attrs.field(factory=dict)
    templates: Mapping[str, dict[str, Any]] = attrs.field(factory=dict)
    machines: Mapping[str, dict[str, Any]] = attrs.field(factory=dict)
    calendar: CalendarRow = CalendarRow()
    weather: tuple[WeatherRow, ...] = ()
    customers: tuple[CustomersRow, ...] = ()
    faults: tuple[FaultRow, ...] = ()
    expect: tuple[ExpectRow, ...] = ()


@attrs.frozen(kw_only=True)
class _Keys:
    """The keys of one file and their types."""

    name: str
    extends: str = ""
    without: tuple[str, ...] = ()
    demand: str = ""
    title_en: str = ""
    title_zh: str = ""
    about_en: str = ""
    about_zh: str = ""
    demand_file: str = ""
    seed: int = 1
    first: date | None = None
    last: date | None = None
    settings: dict[str, Any] = attrs.Factory(dict)
    changes: dict[str, str | int | float] = attrs.Factory(dict)
    devices: dict[str, dict[str, str]] = attrs.Factory(dict)
    templates: dict[str, dict[str, Any]] = attrs.Factory(dict)
    machines: dict[str, dict[str, Any]] = attrs.Factory(dict)
    calendar: dict[str, Any] = attrs.Factory(dict)
    weather: list[dict[str, Any]] = attrs.Factory(list)
    customers: list[dict[str, Any]] = attrs.Factory(list)
    faults: list[dict[str, Any]] = attrs.Factory(list)
    expect: list[dict[str, Any]] = attrs.Factory(list)


KEYS = tuple(field.name for field in attrs.fields(_Keys))


def chains() -> list[str]:
    """Names of the shipped chains with demand, which others extend."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def library() -> list[str]:
    """Names of the shipped rehearsals."""
    return sorted(path.stem for path in LIBRARY.glob("*.toml"))


def path_of(name_or_path: str | Path, beside: Path | None = None) -> Path:
    """The file of a shipped name, or of a path; raises ConfigError for anything else."""
    name = str(name_or_path)
    for folder, known in ((FOLDER, chains), (LIBRARY, library)):
        if name in known():
            return folder / f"{name}.toml"
    if Path(name).suffix != ".toml":
        rule = f"one of {', '.join(chains())}, one of `hawker scenario list` or a .toml file"
        raise ConfigError(f"scenario must be {rule}, not {name!r}")
    return Path(name) if beside is None else beside / name


def read(path: Path) -> Written:
    """Read a file with all that it extends.

    Raises:
        ConfigError: naming the file, the key, the rule and the value.
    """
    tables = list(_lineage(path))
    merged: dict[str, Any] = {}
    for file, table in reversed(tables):
        merged = _upon(file, merged, table)
    demand_file = merged.get("demand_file")
    if not merged.get("demand"):
        raise ConfigError(f"{path}: must be a scenario in TOML: missing required key `demand` or `extends`")
    where = str(path)
    keys = _keys(path, {key: value for key, value in merged.items() if key != "demand_file"})
    return Written(
        name=keys.name,
        demand=keys.demand,
        title_en=keys.title_en,
        title_zh=keys.title_zh,
        about_en=keys.about_en,
        about_zh=keys.about_zh,
        demand_file=demand_file,
        seed=keys.seed,
        first=keys.first,
        last=keys.last,
        settings=keys.settings,
        changes=keys.changes,
        devices=keys.devices,
        templates=keys.templates,
        machines=keys.machines,
        calendar=row_of(f"{where}: calendar", keys.calendar, CalendarRow),
        weather=tuple(_rows(where, "weather", keys.weather, WeatherRow)),
        customers=tuple(_rows(where, "customers", keys.customers, CustomersRow)),
        faults=tuple(_rows(where, "faults", keys.faults, FaultRow)),
        expect=tuple(_rows(where, "expect", keys.expect, ExpectRow)),
    )


def _rows(where: str, key: str, tables: list[dict[str, Any]], kind: type[Any]) -> Iterator[Any]:
    for number, table in enumerate(tables, 1):
        name = table.get("name") or table.get("name_en") or table.get("what")
        called = f" ({name})" if isinstance(name, str) else ""
        yield row_of(f"{where}: {key}[{number}]{called}", table, kind)


def _lineage(path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The file and those it extends, itself first; each by itself has only keys of the right type."""
    seen: list[Path] = []
    while True:
        if path.resolve() in seen:
            raise ConfigError(f"{path}: extends: must not come back to a file that extends it")
        if len(seen) == EXTENDS_MAX:
            raise ConfigError(f"{path}: extends: at most {EXTENDS_MAX} files may build upon one another")
        seen.append(path.resolve())
        table = _table(path)
        keys = _keys(path, table)
        yield path, table
        if not keys.extends:
            return
        path = path_of(keys.extends, path.parent)


def _table(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise ConfigError(f"{path}: must have at most {FILE_BYTES_MAX} bytes")
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: must be a file that can be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: must be a scenario in TOML: {error}") from error


def _keys(path: Path, table: Mapping[str, Any]) -> _Keys:
    unknown = sorted(set(table) - set(KEYS))
    if unknown:
        raise ConfigError(f"{path}: keys must be among {', '.join(KEYS)}, not {unknown[0]!r}")
    try:
        keys = msgspec.convert(dict(table), _Keys)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: must be a scenario in TOML: {error}") from error
    if not is_name(keys.name):
        raise ConfigError(f"{path}: name must be {NAME_RULE}, not {keys.name!r}")
    return keys


def is_name(name: str) -> bool:
    """Whether a scenario may be called so."""
    plain = name.replace("-", "")
    return (
        0 < len(name) <= 40
        and plain.isascii()
        and plain.isalnum()
        and name == name.lower().strip("-")
        and "--" not in name
    )


def _upon(path: Path, base: dict[str, Any], table: dict[str, Any]) -> dict[str, Any]:
    """A file's table upon that of the file it extends."""
    merged = {key: value for key, value in base.items() if key not in NOT_INHERITED}
    for name in table.get("without", ()):
        _take_out(path, merged, name)
    for key, value in table.items():
        if key in APPENDED:
            merged[key] = [*merged.get(key, ()), *value]
        elif key in MERGED:
            merged[key] = {**merged.get(key, {}), **value}
        elif key == "demand_file":
            merged[key] = path.parent / value if value else None
        else:
            merged[key] = value
    return merged


def _take_out(path: Path, merged: dict[str, Any], name: str) -> None:
    """Leave out what the extended file has under this name."""
    found = False
    for key in APPENDED:
        rows = merged.get(key, [])
        kept = [row for row in rows if name not in (row.get("name"), row.get("name_en"))]
        found = found or len(kept) < len(rows)
        merged[key] = kept
    if not found:
        raise ConfigError(f"{path}: without: must name something of the file it extends, not {name!r}")
