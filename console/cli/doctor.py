"""What this computer has and lacks: versions, browser, fonts, disk, clock and data directories."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import shutil
import sqlite3
import subprocess
import time
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs

from runtime.bus.wire import libzmq_version
from runtime.errors import ConfigError
from scenarios import data_directory

PYTHON_MIN = (3, 11)
WAL_RESET_BUG = ((3, 7, 0), (3, 51, 2))
"""SQLite versions, inclusive, in which two connections that race a WAL reset can corrupt the database."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FREE_BYTES_MIN = 1_000_000_000
ZONES = ("Asia/Hong_Kong", "Asia/Shanghai", "America/New_York")
FONTS_SECONDS_MAX = 20


@attrs.frozen(kw_only=True)
class Finding:
    """One thing looked at.

    Attributes:
        verdict: "ok", "warning" (works, but know this) or "missing" (Hawker does not work without it).
        note: what it means, and what to do.
    """

    name: str
    value: str
    verdict: str = "ok"
    note: str = ""


def examine(data: Path | None = None) -> list[Finding]:
    """Look at everything; ``data`` is a data directory to look at besides the default ones."""
    return [
        _python(),
        _sqlite(sqlite3.sqlite_version),
        Finding(name="libzmq", value=libzmq_version()),
        *_packages(),
        _browser(),
        _cjk_font(),
        _disk(data or data_directory.root()),
        *_clock(),
        *_data_directories(data),
    ]


def as_json(findings: list[Finding]) -> dict[str, Any]:
    """The document of ``doctor --json``."""
    return {"ok": healthy(findings), "findings": [attrs.asdict(finding) for finding in findings]}


def healthy(findings: list[Finding]) -> bool:
    """Whether nothing is missing."""
    return all(finding.verdict != "missing" for finding in findings)


def _python() -> Finding:
    version = platform.python_version()
    if tuple(map(int, platform.python_version_tuple()[:2])) < PYTHON_MIN:
        return Finding(name="Python", value=version, verdict="missing", note="must be 3.11 or later")
    return Finding(name="Python", value=version)


def _sqlite(version: str) -> Finding:
    first, last = WAL_RESET_BUG
    if first <= tuple(map(int, version.split("."))) <= last:
        return Finding(
            name="SQLite",
            value=version,
            verdict="warning",
            note="3.7.0 to 3.51.2 can corrupt a database when two connections race a WAL reset; hawker "
            "writes and checkpoints from one connection, so open its files with other tools only read-only",
        )
    return Finding(name="SQLite", value=version)


def _packages() -> Iterator[Finding]:
    try:
        needs = importlib.metadata.requires("hawker") or []
        yield Finding(name="hawker", value=importlib.metadata.version("hawker"))
    except importlib.metadata.PackageNotFoundError:
        note = "not installed: pip install -c constraints.txt -e ."
        yield Finding(name="hawker", value="", verdict="warning", note=note)
        return
    for need in needs:
        if "extra ==" in need:
            continue
        name = re.split(r"[\[<>=!~; ]", need)[0]
        try:
            yield Finding(name=name, value=importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name=name, value="", verdict="missing", note=f"pip install '{need}'")


def _browser() -> Finding:
    for name in BROWSERS:
        if path := shutil.which(name):
            return Finding(name="Chromium", value=path)
    return Finding(
        name="Chromium", value="", verdict="warning", note="none found: the tests of the page are skipped"
    )


def _cjk_font() -> Finding:
    name, note = "CJK font", "none found: Chinese shows as boxes on this computer"
    try:
        listed = subprocess.run(
            ["fc-list", ":lang=zh", "family"], capture_output=True, text=True, timeout=FONTS_SECONDS_MAX
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return Finding(name=name, value="", verdict="warning", note="fc-list is not here, fonts are unknown")
    families = sorted({line.split(",")[0].strip() for line in listed.splitlines() if line.strip()})
    if not families:
        return Finding(name=name, value="", verdict="warning", note=note)
    return Finding(name=name, value=families[0])


def _disk(path: Path) -> Finding:
    there = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    value = f"{free / 1e9:.1f} GB free at {there}"
    if free < FREE_BYTES_MIN:
        return Finding(name="disk", value=value, verdict="warning", note="at least 1 GB should be free")
    return Finding(name="disk", value=value)


def _clock() -> Iterator[Finding]:
    now = datetime.now(UTC)
    tick = time.get_clock_info("monotonic").resolution
    value = f"{now:%Y-%m-%dT%H:%M:%SZ}, {tick * 1e9:g} ns steps"
    if now.year < 2025:
        yield Finding(name="clock", value=value, verdict="warning", note="is years behind: set it")
    else:
        yield Finding(name="clock", value=value)
    try:
        for zone in ZONES:
            zoneinfo.ZoneInfo(zone)
    except zoneinfo.ZoneInfoNotFoundError as error:
        yield Finding(name="time zones", value="", verdict="missing", note=f"{error}: pip install tzdata")
    else:
        yield Finding(name="time zones", value=", ".join(ZONES))


def _data_directories(data: Path | None) -> Iterator[Finding]:
    root = data_directory.root()
    if data is None and not root.is_dir():
        yield Finding(name="data directory", value=str(root), note="none yet: the first hawker up makes it")
    known = [data] if data is not None else sorted(root.iterdir()) if root.is_dir() else []
    for path in known:
        try:
            found = data_directory.marker(path)
        except ConfigError as error:
            yield Finding(name="data directory", value=str(path), verdict="warning", note=str(error))
        else:
            yield Finding(
                name="data directory", value=str(path), note=f"{found.name}, version {found.version}"
            )
