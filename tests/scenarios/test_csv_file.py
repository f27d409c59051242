"""Demand files that are not what they should be."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from runtime.errors import ConfigError
from scenarios.demand import csv_file


def read(path: Path) -> list[str]:
    return [row.text("name") for row in csv_file.rows(path, ("name",))]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_plain_and_packed_files_with_and_without_byte_order_mark_read_alike(
    tmp_path: Path, packed: bool, mark: bytes
) -> None:
    data = mark + 'name,n\n水,1\r\n\n"a, b",2\n'.encode()
    path = tmp_path / "any-name"
    path.write_bytes(gzip.compress(data, mtime=0) if packed else data)
    assert read(path) == ["水", "a, b"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "line 1: must have the column name; it has none"),
        (b"other\nx\n", "line 1: must have the column name; it has other"),
        (b"name,name\nx,y\n", "columns must have different names, not 'name' twice"),
        (b"name\n\xff\n", "line 2: must be UTF-8 text, not byte 0xff"),
        (b'name\n"x\n', "must be CSV"),
        (b"name\nx,y\n", "line 2: must have 1 fields, not 2"),
        (b"name\na\x07b\n", "line 2 column name: must be text without control characters"),
        (b"name\n" + b"x" * 201 + b"\n", "column name: must be at most 200 characters"),
        (b"name\n" + b"x" * 200_000 + b"\n", "lines must have at most 100000 bytes"),
        (gzip.compress(b"name\nx\n" * 1000, mtime=0)[:-20], "must be a whole gzip file"),
        (b"\x1f\x8bnonsense", "must be a whole gzip file"),
        (gzip.compress(b"name\nx\n", mtime=0) + b"junk", "must be a whole gzip file"),
    ],
)
def test_a_damaged_file_is_refused_by_name(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "demand.csv"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=message) as error:
        read(path)
    assert str(path) in str(error.value)


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must be a file that can be read: No such file"):
        read(tmp_path / "missing.csv")
    with pytest.raises(ConfigError, match="must be a file that can be read"):
        read(tmp_path)


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"name\n" + b"xxxxxxx\n" * 200_000, mtime=0))
    monkeypatch.setattr(csv_file, "UNPACKED_BYTES_MAX", 1_000_000)
    with pytest.raises(ConfigError, match="must unpack to at most 1000000 bytes"):
        read(path)


def test_more_rows_than_the_limit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "demand.csv"
    path.write_bytes(b"name\nx\ny\nz\n")
    monkeypatch.setattr(csv_file, "ROWS_MAX", 2)
    with pytest.raises(ConfigError, match="must hold at most 2 rows"):
        read(path)
