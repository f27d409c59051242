"""The folder of a process's keys: its nodes' own, and its office's public key and address."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import trio

from runtime.bus import keys
from runtime.bus.keys import KeyPair
from runtime.bus.wire import DoorEndpoints, Endpoints, Security
from runtime.errors import ConfigError

OFFICE_FILE = "office.pub"
PORTS = 5
"""An office listens on so many ports in a row: links, readings, watchers, greeting, door."""
PORT_MAX = 65_535 - PORTS + 1
_NEXT = b"next="
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,119}")
LOOK_SECONDS = 0.5
"""How often a running node looks whether its key was changed."""


@attrs.frozen
class OfficeAddress:
    """Where an office listens: five ports of one computer in a row."""

    host: str
    port: int

    @classmethod
    def of(cls, text: str) -> OfficeAddress:
        """Read ``HOST:PORT``; raises ConfigError for anything else."""
        host, _, port = text.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) <= PORT_MAX:
            raise ConfigError(f"office: must be HOST:PORT with a port from 1 to {PORT_MAX}, not {text!r}")
        return cls(host, int(port))

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def wires(self) -> Endpoints:
        """Of links, readings and watchers."""
        return Endpoints(self._at(0), self._at(1), self._at(2))

    @property
    def door(self) -> DoorEndpoints:
        """Of greeting and door."""
        return DoorEndpoints(self._at(3), self._at(4))

    def _at(self, number: int) -> str:
        return f"tcp://{self.host}:{self.port + number}"


@attrs.frozen
class KnownOffice:
    """An office's public key, and where it listens; None where it chose its ports itself.

    ``next_public`` is the key it said it will change to; b"" none.
    """

    public: bytes
    address: OfficeAddress | None
    next_public: bytes = b""


class KeyFolder:
    """The keys in ``ROOT/keys``: ``NAME.key`` for a node, ``office.pub`` for its office."""

    def __init__(self, root: Path) -> None:
        self.path = root / "keys"

    def key(self, node: str) -> KeyPair:
        """A node's key, made if there is none yet; raises ConfigError as ``keys.kept`` does."""
        self._make()
        return keys.kept(self._file(node))

    def stamp(self, node: str) -> tuple[int, int] | None:
        """What changes with the node's key file; None while there is none."""
        return _stamp(self._file(node))

    def next_stamp(self, node: str) -> tuple[int, int] | None:
        """The same of the key that the node will change to."""
        return _stamp(self._next(node))

    def next_key(self, node: str) -> KeyPair:
        """The key that a node will change to, made if there is none yet."""
        self._make()
        return keys.kept(self._next(node))

    def change(self, node: str) -> None:
        """The next key becomes the node's key, at once and for good."""
        self._next(node).replace(self._file(node))
        keys.sync_folder(self._file(node))

    def office(self) -> KnownOffice | None:
        """The office that this folder knows; None before pairing. Raises ConfigError for a damaged file."""
        path = self.path / OFFICE_FILE
        try:
            lines = path.read_bytes().split()
        except FileNotFoundError:
            return None
        next_public = lines.pop()[len(_NEXT) :] if lines and lines[-1].startswith(_NEXT) else b""
        sizes = {len(public) for public in (*lines[:1], next_public) if public}
        if len(lines) not in (1, 2) or sizes != {keys.KEY_CHARACTERS}:
            raise ConfigError(f"{path}: must hold the office's public key and its HOST:PORT")
        address = OfficeAddress.of(lines[1].decode("ascii", "replace")) if len(lines) == 2 else None
        return KnownOffice(lines[0], address, next_public)

    def keep_office(self, office: KnownOffice) -> None:
        """Remember the office, its address beside its key; the next key too if it is known of this one."""
        self._make()
        known = self.office() if (self.path / OFFICE_FILE).exists() else None
        if not office.next_public and known is not None and known.public == office.public:
            office = attrs.evolve(office, next_public=known.next_public)
        address = b"" if office.address is None else str(office.address).encode() + b"\n"
        coming = _NEXT + office.next_public + b"\n" if office.next_public else b""
        beside = self.path / f"{OFFICE_FILE}.new"
        keys.write_whole(beside, office.public + b"\n" + address + coming)
        beside.replace(self.path / OFFICE_FILE)
        keys.sync_folder(beside)

    def _make(self) -> None:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"{self.path}: keys must be kept here: {error.strerror}") from error

    def _file(self, node: str, kind: str = "key") -> Path:
        if not _FILE_NAME.fullmatch(node):
            raise ConfigError(f"node name: must be of letters, digits, - and _, not {node[:40]!r}")
        return self.path / f"{node}.{kind}"

    def _next(self, node: str) -> Path:
        return self._file(node, "next-key")


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_ino


class NodeKeys:
    """One node's key and its office's, as they are now.

    Another process may change the node's (``hawker pair --rotate``). The office says itself which key comes
    next; from then on both are known, and whichever the office turns out to have is used. Once that is the
    next one, the other is forgotten.
    """

    def __init__(self, folder: KeyFolder, node: str, office: bytes) -> None:
        self._folder, self._node = folder, node
        self._stamp = folder.stamp(node)
        self._pair = folder.key(node)
        known = folder.office()
        same = known is not None and known.public == office
        self._office = office
        self._next = known.next_public if known is not None and same else b""
        self._tried = office
        self._mismatched = False

    def security(self) -> Security:
        """What makes this node's wires CURVE."""
        return Security(self._pair, self._tried)

    def learn(self, next_public: bytes) -> bool:
        """The office says which key comes next; whether it is one, and now kept."""
        if len(next_public) != keys.KEY_CHARACTERS or not next_public.isascii():
            return False
        if next_public not in (self._office, self._next):
            known = self._folder.office()
            address = None if known is None else known.address
            self._folder.keep_office(KnownOffice(self._office, address, next_public))
            self._next = next_public
        return True

    def heard(self) -> None:
        """The office was heard over wires of ``security``: it has the key that was tried."""
        if self._tried != self._office:
            known = self._folder.office()
            self._folder.keep_office(KnownOffice(self._tried, None if known is None else known.address))
            self._office, self._next = self._tried, b""

    def mismatched(self) -> None:
        """The office turned out not to have the key that was tried."""
        self._mismatched = True

    async def changed(self) -> None:
        """Return once there is another key, or another of the office's to try; a lost file is no change."""
        while True:
            await trio.sleep(LOOK_SECONDS)
            if self._mismatched and self._next:
                self._mismatched = False
                self._tried = self._next if self._tried == self._office else self._office
                return
            if (stamp := self._folder.stamp(self._node)) in (None, self._stamp):
                continue
            before, self._stamp, self._pair = self._pair, stamp, self._folder.key(self._node)
            if self._pair != before:
                return
