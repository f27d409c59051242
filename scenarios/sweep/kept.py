"""What a sweep has done so far, on disk: a stopped one goes on where it was, and ends as a Parquet file.

DIR/sweep.json     what is run
DIR/rows.jsonl     a line a run that ended, as it ended
DIR/results.parquet, when all have
"""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import attrs
import msgspec

from runtime.errors import ConfigError
from scenarios.sweep.plan import Plan, Row

PLAN, ROWS, RESULTS = "sweep.json", "rows.jsonl", "results.parquet"
_encode = msgspec.json.Encoder().encode


class Kept:
    """A sweep's folder. ``rows`` holds what had ended before; ``add`` keeps each that ends now."""

    def __init__(self, directory: Path, plan: Plan) -> None:
        self.directory = directory
        self.rows: list[Row] = []
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._claim(plan)
            self._read()
            self._file: IO[bytes] = (directory / ROWS).open("ab")
        except OSError as error:
            raise ConfigError(f"--out {directory}: must be a folder to write to: {error.strerror}") from None

    def add(self, row: Row) -> None:
        """Keep a run that ended."""
        self.rows.append(row)
        self._file.write(_encode(row) + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def finish(self) -> Path:
        """Write what all runs came to as Parquet; returns the file."""
        path = self.directory / RESULTS
        beside = path.with_suffix(".new")
        write_parquet(self.rows, beside)
        beside.replace(path)
        return path

    def _claim(self, plan: Plan) -> None:
        """The folder is this sweep's, or nobody's yet. More seeds may be asked for later."""
        path = self.directory / PLAN
        if path.exists():
            try:
                known = msgspec.json.decode(path.read_bytes(), type=Plan)
            except msgspec.MsgspecError as error:
                raise ConfigError(f"{path}: must be as hawker sweep wrote it: {error}") from None
            if attrs.evolve(known, seeds=plan.seeds) != plan:
                raise ConfigError(f"--out {self.directory}: holds another sweep: choose another folder")
        elif any(self.directory.iterdir()):
            raise ConfigError(f"--out {self.directory}: must be empty, or of the same sweep")
        path.write_bytes(_encode(plan) + b"\n")

    def _read(self) -> None:
        """Read the rows; a last line that a crash cut off is run again."""
        path = self.directory / ROWS
        body = path.read_bytes() if path.exists() else b""
        whole = body[: body.rfind(b"\n") + 1]
        if whole != body:
            path.write_bytes(whole)
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                self.rows.append(msgspec.json.decode(line, type=Row))
            except msgspec.MsgspecError as error:
                raise ConfigError(f"{path}:{number}: must be as hawker sweep wrote it: {error}") from None


def write_parquet(rows: list[Row], path: Path) -> None:
    """Rows in order of cell and seed, a column a field and one for each setting that varies."""
    arrow = _arrow()
    rows = sorted(rows, key=lambda row: (row.cell, row.seed))
    columns: dict[str, list[object]] = {}
    for name in [text.partition("=")[0] for text in (rows[0].cell if rows else ())]:
        columns[name] = [dict(text.split("=", 1) for text in row.cell)[name] for row in rows]
    for field in attrs.fields(Row):
        if field.name not in ("key", "cell"):
            columns[field.name] = [getattr(row, field.name) for row in rows]
    arrow.parquet.write_table(arrow.table(columns), path)


def _arrow() -> Any:
    try:
        import pyarrow.parquet
    except ModuleNotFoundError:
        raise ConfigError(
            "sweep --out: needs pyarrow: pip install -c constraints.txt -e '.[sweep]'"
        ) from None
    return pyarrow
