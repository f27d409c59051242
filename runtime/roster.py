"""Who may speak to the office: one public key a node, kept in a file, and taken away at once.

A node that changes its key has two for a while: the old one holds until the new one is first used. The file
may be changed by another process (an operator's command); whoever runs the office asks ``refresh`` for that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from runtime.errors import Refused
from runtime.locked_file import changing, read

NODES_MAX = 10_000


@attrs.define(slots=True)
class Admitted:
    """The keys of one node, Z85.

    Attributes:
        key: the one it has.
        next_key: the one it will have; "" none. Using it ends the other.
    """

    key: str
    next_key: str = ""


@attrs.define(slots=True)
class _File:
    nodes: dict[str, Admitted] = attrs.field(factory=dict)
    revoked: list[str] = attrs.field(factory=list)


class Roster:
    """Nodes and their keys.

    Args:
        path: the file; made if it is not there. None keeps the roster in memory.

    Attributes:
        on_change: called after the nodes or keys have changed, here or in the file.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.on_change: list[Callable[[], None]] = []
        self._nodes: dict[str, Admitted] = {}
        self._revoked: tuple[str, ...] = ()
        self._by_key: dict[str, str] = {}
        self._stamp: tuple[int, int] = (0, 0)
        self.refresh()

    @property
    def nodes(self) -> tuple[str, ...]:
        """Every node that has a key."""
        return tuple(self._nodes)

    @property
    def revoked(self) -> tuple[str, ...]:
        """Nodes whose keys somebody took away, and that nobody has admitted since."""
        return self._revoked

    def node_of(self, key: str) -> str:
        """Whose key this is; "" nobody's."""
        return self._by_key.get(key, "")

    def key_of(self, node: str) -> str:
        """A node's key; "" if it has none."""
        admitted = self._nodes.get(node)
        return "" if admitted is None else admitted.key

    def admit(self, node: str, key: str) -> None:
        """Give a node its only key. Raises Refused for a key that another node has."""
        with self._changing() as file:
            self._free(node, key)
            if len(file.nodes) >= NODES_MAX and node not in file.nodes:
                raise Refused(f"roster: must have at most {NODES_MAX} nodes")
            file.nodes[node] = Admitted(key)
            file.revoked = [each for each in file.revoked if each != node]

    def announce(self, node: str, next_key: str) -> None:
        """A node will change to this key. Raises Refused if it has none yet, or another node has this one."""
        with self._changing() as file:
            self._free(node, next_key)
            if node not in file.nodes:
                raise Refused(f"roster: {node} must have a key before it can change it")
            if next_key != file.nodes[node].key:
                file.nodes[node].next_key = next_key

    def used(self, key: str) -> None:
        """A node has spoken with this key; its first use of a new one ends the old one."""
        node = self.node_of(key)
        if node and self._nodes[node].next_key == key:
            with self._changing() as file:
                file.nodes[node] = Admitted(key)

    def revoke(self, node: str) -> None:
        """Take a node's keys away, and remember that. Raises Refused if it has none."""
        with self._changing() as file:
            if node not in file.nodes:
                raise Refused(f"roster: {node} must have a key to be revoked, it has none")
            del file.nodes[node]
            file.revoked = sorted({*file.revoked, node})

    def refresh(self) -> None:
        """Read the file again if it has changed. Raises ConfigError if it cannot be read."""
        if self.path is None:
            return
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return
        if (stamp := (status.st_mtime_ns, status.st_ino)) != self._stamp:
            self._take(read(self.path, _File))
            self._stamp = stamp

    def _free(self, node: str, key: str) -> None:
        if (holder := self.node_of(key)) not in ("", node):
            raise Refused(f"roster: the key of {node} must be its own, it is that of {holder}")

    @contextmanager
    def _changing(self) -> Iterator[_File]:
        if self.path is None:
            nodes = {name: attrs.evolve(each) for name, each in self._nodes.items()}
            file = _File(nodes, list(self._revoked))
            yield file
        else:
            with changing(self.path, _File) as file:
                self._take(file)
                yield file
            status = self.path.stat()
            self._stamp = (status.st_mtime_ns, status.st_ino)
        self._take(file)

    def _take(self, file: _File) -> None:
        self._nodes, self._revoked = file.nodes, tuple(file.revoked)
        self._by_key = {
            key: node for node, each in self._nodes.items() for key in (each.key, each.next_key) if key
        }
        for changed in self.on_change:
            changed()
