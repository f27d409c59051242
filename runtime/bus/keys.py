"""A node's CURVE key: made by the node itself, kept in a file that only it can read."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

import attrs
import zmq

from runtime.errors import ConfigError

FILE_MODE = 0o600
KEY_CHARACTERS = 40
"""Of a public or a secret key in Z85."""


@attrs.frozen
class KeyPair:
    """A CURVE key: both halves in Z85, 40 ASCII characters. The secret half is never shown."""

    public: bytes
    secret: bytes = attrs.field(repr=False)


def make() -> KeyPair:
    """A new key."""
    return KeyPair(*zmq.curve_keypair())


def kept(path: Path) -> KeyPair:
    """The key in this file; a new one is made, file mode 0600, where there is none.

    Raises ConfigError for a file that others can read, or that holds no key.
    """
    if path.exists():
        return _read(path)
    key = make()
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        write_whole(beside, key.public + b"\n" + key.secret + b"\n")
        try:
            os.link(beside, path)  # whole or not at all, and never over another's
        except FileExistsError:
            return _read(path)
        finally:
            beside.unlink()
        sync_folder(path)
    except OSError as error:
        raise ConfigError(f"{path}: a key must be kept here: {error.strerror}") from error
    return key


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, all of it on disk when this returns."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Have on disk that a file is in its folder under this name."""
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> KeyPair:
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise ConfigError(f"{path}: a key file's mode must be 0600, not {mode:04o}")
    lines = path.read_bytes().split()
    if len(lines) != 2 or any(len(line) != KEY_CHARACTERS for line in lines):
        raise ConfigError(f"{path}: must hold a public and a secret key of {KEY_CHARACTERS} characters each")
    try:
        derived = zmq.curve_public(lines[1])
    except (zmq.ZMQError, ValueError):
        derived = b""
    if derived != lines[0]:
        raise ConfigError(f"{path}: the public key must belong to the secret one, it does not")
    return KeyPair(*lines)


def fingerprint(public: bytes) -> str:
    """What people compare: 80 bits of SHA-256 over the public key, as ``ABCD-EFGH-IJKL-MNOP`` (base 32)."""
    text = base64.b32encode(hashlib.sha256(public).digest()[:10]).decode()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))
