"""Recorded demand as CSV, plain or gzip, read with limits: a bad file gives a ConfigError that says where.

A row is checked when it is asked for a column, so a reader asks only for what it needs. Errors read
``FILE line 12 column RPrice: must be …, not 'x'``.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NoReturn

import attrs

from runtime.errors import ConfigError

UNPACKED_BYTES_MAX = 200_000_000
ROWS_MAX = 5_000_000
LINE_BYTES_MAX = 100_000
PRICE_MAX = Decimal(100_000)
UNITS_MAX = 1_000
TEXT_CHARACTERS_MAX = 200
_GZIP_MAGIC = b"\x1f\x8b"
_SHOWN_CHARACTERS = 40


@attrs.frozen
class Row:
    """One record of the file; every method raises ConfigError naming file, line, column, rule and value."""

    file: str
    line: int
    _places: dict[str, int]
    _fields: list[str]

    def fail(self, column: str, rule: str) -> NoReturn:
        """Raise for this row and column; ``rule`` completes "must be …"."""
        shown = self._fields[self._places[column]]
        shown = shown if len(shown) <= _SHOWN_CHARACTERS else shown[:_SHOWN_CHARACTERS] + "…"
        raise ConfigError(f"{self.file} line {self.line} column {column}: must be {rule}, not {shown!r}")

    def has(self, column: str) -> bool:
        """Whether the file has this column at all."""
        return column in self._places

    def text(self, column: str, *, blank: str | None = None) -> str:
        """The text, its spaces made single; a blank one gives ``blank``, or is refused if that is None."""
        value = " ".join(self._fields[self._places[column]].split())
        if len(value) > TEXT_CHARACTERS_MAX:
            self.fail(column, f"at most {TEXT_CHARACTERS_MAX} characters")
        if any(unicodedata.category(character) == "Cc" for character in value):
            self.fail(column, "text without control characters")
        if not value and blank is None:
            self.fail(column, "filled in")
        return value or blank or ""

    def money(self, column: str) -> int:
        """An amount from 0 to 100,000 with at most two decimals, in minor units."""
        value = self._number(column)
        if not 0 <= value <= PRICE_MAX:
            self.fail(column, f"an amount from 0 to {PRICE_MAX}")
        minor = value * 100
        if minor != minor.to_integral_value():
            self.fail(column, "an amount with at most 2 decimals")
        return int(minor)

    def count(self, column: str) -> int:
        """A number of units, 1 to 1,000."""
        value = self._number(column)
        if not 1 <= value <= UNITS_MAX or value != value.to_integral_value():
            self.fail(column, f"a whole number from 1 to {UNITS_MAX}")
        return int(value)

    def serial(self, column: str) -> int:
        """A running number of up to 18 digits."""
        value = self._fields[self._places[column]].strip()
        if not (value.isascii() and value.isdigit() and len(value) <= 18):
            self.fail(column, "a whole number of at most 18 digits")
        return int(value)

    def iso_day(self, column: str) -> date:
        """A day such as 2022-06-01."""
        value = self._fields[self._places[column]].strip()
        try:
            day = date.fromisoformat(value) if len(value) == 10 else None
        except ValueError:
            day = None
        return _in_our_time(day) or self.fail(column, "a day such as 2022-06-01")

    def american_day(self, column: str) -> date:
        """A day such as 6/1/2022 (month, day, year)."""
        parts = self._fields[self._places[column]].strip().split("/")
        day = None
        if len(parts) == 3 and all(p.isascii() and p.isdigit() and len(p) <= 4 for p in parts):
            month, of_month, year = map(int, parts)
            try:
                day = date(year, month, of_month)
            except ValueError:
                day = None
        return _in_our_time(day) or self.fail(column, "a day such as 6/1/2022")

    def local_time(self, column: str) -> datetime:
        """A local date and time without offset, such as 2017-07-01T12:00:00."""
        value = self._fields[self._places[column]].strip()
        try:
            moment = datetime.fromisoformat(value) if len(value) >= 16 else None
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is not None or not _in_our_time(moment.date()):
            self.fail(column, "a local time such as 2017-07-01T12:00:00")
        return moment

    def _number(self, column: str) -> Decimal:
        value = self._fields[self._places[column]].strip()
        plain = len(value) <= 20 and value.isascii() and set(value) <= set("0123456789.-+")
        try:
            number = Decimal(value) if plain else None
        except InvalidOperation:
            number = None
        return self.fail(column, "a number") if number is None else number


def _in_our_time(day: date | None) -> date | None:
    return day if day and 1980 <= day.year <= 2100 else None


def rows(path: Path, needed: Sequence[str]) -> Iterator[Row]:
    """Read a CSV file row by row.

    Args:
        path: plain or gzip (told by its first bytes), UTF-8 with or without a byte order mark.
        needed: columns that must be in the heading; others may follow in any order.

    Raises:
        ConfigError: the file is missing, too large, damaged, not UTF-8, lacks a column, or a row has the
            wrong number of fields.
    """
    reader, line = None, 1
    try:
        with path.open("rb") as packed:
            zipped = packed.read(2) == _GZIP_MAGIC
            packed.seek(0)
            stream = gzip.GzipFile(fileobj=packed) if zipped else packed
            reader = csv.reader(_lines(path, stream), strict=True)
            heading = [name.strip() for name in next(reader, [])]
            places = _places(path, heading, needed)
            for number, fields in enumerate(reader, 1):
                line = reader.line_num
                if number > ROWS_MAX:
                    raise ConfigError(f"{path}: must hold at most {ROWS_MAX} rows")
                if not fields:
                    continue
                if len(fields) != len(heading):
                    raise ConfigError(
                        f"{path} line {line}: must have {len(heading)} fields, not {len(fields)}"
                    )
                yield Row(str(path), line, places, fields)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ConfigError(f"{path}: must be a whole gzip file: {error}") from error
    except UnicodeDecodeError as error:
        after = f" line {reader.line_num + 1}" if reader else ""
        byte = error.object[error.start]
        raise ConfigError(f"{path}{after}: must be UTF-8 text, not byte 0x{byte:02x}") from error
    except csv.Error as error:
        line = reader.line_num if reader else line
        raise ConfigError(f"{path} line {line}: must be CSV: {error}") from error
    except OSError as error:
        raise ConfigError(f"{path}: must be a file that can be read: {error.strerror or error}") from error


def _lines(path: Path, stream: io.BufferedIOBase | gzip.GzipFile) -> Iterator[str]:
    """Lines of text, holding one at a time."""
    room, first = UNPACKED_BYTES_MAX, True
    while raw := stream.readline(LINE_BYTES_MAX + 1):
        if len(raw) > LINE_BYTES_MAX:
            raise ConfigError(f"{path}: lines must have at most {LINE_BYTES_MAX} bytes")
        room -= len(raw)
        if room < 0:
            raise ConfigError(f"{path}: must unpack to at most {UNPACKED_BYTES_MAX} bytes")
        if first:
            raw, first = raw.removeprefix(codecs.BOM_UTF8), False
        yield raw.decode("utf-8")


def _places(path: Path, heading: list[str], needed: Sequence[str]) -> dict[str, int]:
    if len(set(heading)) != len(heading):
        twice = next(name for name in heading if heading.count(name) > 1)
        raise ConfigError(f"{path} line 1: columns must have different names, not {twice!r} twice")
    for name in needed:
        if name not in heading:
            found = ", ".join(heading[:30])[:500] or "none"
            raise ConfigError(f"{path} line 1: must have the column {name}; it has {found}")
    return {name: place for place, name in enumerate(heading)}
