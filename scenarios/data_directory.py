"""The folder a chain keeps its data in: whose it is, which version, one process at a time."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import attrs
import msgspec

from runtime.errors import ConfigError, Refused
from scenarios.chain import Faults
from scenarios.scenario import Prepared
from scenarios.settings import FAULTS, Value

VERSION = 1
MARKER = "hawker.toml"
LEDGER = "ledger.sqlite3"
DAYS = "days"
"""Recordings, a folder a node."""
KEYS = "keys"
"""A node's keys may be there before its data: it is paired before its first start."""
_UNFINISHED = ".hawker.toml.new"


@attrs.frozen(kw_only=True)
class DataDirectory:
    """A folder that this process holds.

    Attributes:
        new: it was empty until now.
    """

    path: Path
    new: bool

    @property
    def ledger(self) -> Path:
        """The ledger's file."""
        return self.path / LEDGER


@attrs.frozen(kw_only=True)
class Marker:
    """What ``hawker.toml`` says of its folder.

    Attributes:
        made_by: the command that made it: "up", "run" or "node NAME".
        chain: hash of the chain without its faults and its devices' ways in, which may change from start to
            start.
    """

    version: int
    made_by: str
    name: str
    seed: int
    chain: str
    settings: Mapping[str, Value] = attrs.field(factory=dict)


def default(name: str) -> Path:
    """Where ``hawker up`` keeps a chain's data unless it is told otherwise."""
    return root() / name


def root() -> Path:
    """The folder of all default data directories."""
    return Path.home() / ".local" / "share" / "hawker"


@contextmanager
def claim(path: Path, prepared: Prepared, *, made_by: str = "up") -> Iterator[DataDirectory]:
    """Hold a data directory, made if it is missing; no other process gets it meanwhile.

    A folder newly made is removed again if it is left by an error before anything was kept in it.

    Args:
        path: the folder.
        prepared: the scenario; a folder made for another chain is not taken.
        made_by: "up" and "node NAME" go on with what is there, "run" takes only an empty folder.

    Raises:
        ConfigError: the folder belongs to something else, to another version or another chain.
        Refused: another process holds it.
    """
    where = f"data directory {path}"
    before = _entries(path, where)
    if before:
        _check(path, before, prepared, made_by)
    made = not path.exists()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise ConfigError(f"{where}: must be a folder that can be used: {error.strerror}") from None
    try:
        _lock(held, where)
        entries = _entries(path, where)
        if entries:
            _check(path, entries, prepared, made_by)
        else:
            _mark(path, held, _marker(prepared, made_by), where)
        try:
            yield DataDirectory(path=path, new=not entries)
        except BaseException:
            if not entries and _entries(path, where) == [MARKER]:
                (path / MARKER).unlink()
                if made:
                    with suppress(OSError):
                        path.rmdir()
            raise
    finally:
        os.close(held)


@contextmanager
def hold(path: Path) -> Iterator[Path]:
    """Hold a data directory that is there, whatever chain's it is; gives its ledger's file.

    Raises:
        ConfigError: it is none, or of another version.
        Refused: another process holds it.
    """
    where = f"data directory {path}"
    marker(path)
    held = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(held, where)
        yield path / LEDGER
    finally:
        os.close(held)


def _lock(held: int, where: str) -> None:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refused(f"{where}: is in use by another hawker") from None


def marker(path: Path) -> Marker:
    """Read what a data directory says of itself; raises ConfigError if it is none, or of another version."""
    where = f"data directory {path}"
    if MARKER not in _entries(path, where):
        raise ConfigError(f"{where}: must be made by hawker up or hawker run, it has no {MARKER}")
    try:
        written = tomllib.loads((path / MARKER).read_text("utf-8"))
        if (version := written.get("version")) != VERSION:
            raise ConfigError(f"{where}: version must be {VERSION}, not {version!r}")
        return msgspec.convert(written, Marker)
    except OSError as error:
        raise ConfigError(f"{where}: {MARKER} must be readable: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{where}: {MARKER} must be as hawker wrote it: {error}") from None


def _entries(path: Path, where: str) -> list[str]:
    """Names in the folder, nothing if it is missing; keys and what a cut start left do not count."""
    if not path.exists():
        return []
    try:
        return sorted(set(os.listdir(path)) - {_UNFINISHED, KEYS})
    except OSError as error:
        raise ConfigError(f"{where}: must be a folder that can be used: {error.strerror}") from None


def _check(path: Path, entries: list[str], prepared: Prepared, made_by: str) -> None:
    where = f"data directory {path}"
    if MARKER not in entries:
        raise ConfigError(f"{where}: must be empty or made by hawker, it holds {entries[0]!r}")
    known, wanted = marker(path), _marker(prepared, made_by)
    if made_by == "run":
        raise ConfigError(f"{where}: must be empty for a run, it holds {known.name}")
    if known.made_by != made_by:
        raise ConfigError(f"{where}: must be made by hawker {made_by}, it was by hawker {known.made_by}")
    for what in ("name", "seed"):
        was, now = getattr(known, what), getattr(wanted, what)
        if was != now:
            raise ConfigError(f"{where}: {what} must be {was!r} as when it was made, not {now!r}")
    for name in sorted(known.settings.keys() | wanted.settings.keys()):
        was, now = known.settings.get(name), wanted.settings.get(name)
        if was != now:
            raise ConfigError(f"{where}: setting {name} must be {was} as when it was made, not {now}")
    if known.chain != wanted.chain:
        raise ConfigError(f"{where}: chain {known.name} must be as when it was made, it has changed since")


def _marker(prepared: Prepared, made_by: str) -> Marker:
    machines = tuple(attrs.evolve(machine, devices=()) for machine in prepared.chain.machines)
    lasting = attrs.evolve(prepared.chain, faults=Faults(), machines=machines)
    return Marker(
        version=VERSION,
        made_by=made_by,
        name=prepared.name,
        seed=prepared.seed,
        chain=hashlib.sha256(msgspec.json.encode(lasting)).hexdigest(),
        settings={name: value for name, value in prepared.settings.items() if name not in FAULTS},
    )


def _mark(path: Path, held: int, marker: Marker, where: str) -> None:
    """Write the marker as a whole or not at all."""
    keys = ("version", "made_by", "name", "seed", "chain")
    lines = [f"{key} = {_toml(getattr(marker, key))}" for key in keys]
    lines += ["", "[settings]", *(f"{name} = {_toml(value)}" for name, value in marker.settings.items())]
    unfinished = path / _UNFINISHED
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path / MARKER)
        os.fsync(held)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise ConfigError(f"{where}: must be writable: {error.strerror}") from None


def _toml(value: Value | str) -> str:
    """A value of ours as TOML: names and hashes need no escapes."""
    if isinstance(value, str):
        return f'"{value}"'
    return str(value).lower() if isinstance(value, bool) else repr(value)
