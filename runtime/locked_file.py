"""Small JSON files that several processes change: one at a time, whole or not at all, owner only."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from runtime.errors import ConfigError

FILE_MODE = 0o600
FILE_BYTES_MAX = 4_000_000

T = TypeVar("T")


def read(path: Path, kind: type[T]) -> T:
    """What the file holds; an empty ``kind()`` where there is none. Raises ConfigError for anything else."""
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise ConfigError(f"{path}: must have at most {FILE_BYTES_MAX} bytes")
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return kind()
    except msgspec.DecodeError as error:
        raise ConfigError(f"{path}: must be a file that Hawker wrote: {error}") from error


@contextmanager
def changing(path: Path, kind: type[T]) -> Iterator[T]:
    """Change what the file holds; nothing is written if the block raises, or changes nothing."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        content = read(path, kind)
        before = msgspec.json.encode(content)
        yield content
        if (after := msgspec.json.encode(content)) != before:
            _write(path, after)


def _write(path: Path, content: bytes) -> None:
    beside = path.with_suffix(".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE), "wb") as file:
        file.write(msgspec.json.format(content))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
