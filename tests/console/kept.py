"""An office's data folder with keys, as ``hawker node --name office`` leaves it, for tests of its pages."""

from __future__ import annotations

from pathlib import Path

from runtime.bus.key_folder import KeyFolder, OfficeAddress
from runtime.bus.keys import KeyPair
from scenarios.live.keys import guard_of

MARKER = 'version = 1\nmade_by = "node office"\nname = "hk-demo"\nseed = 1\nchain = "x"\n'


def office_folder(root: Path, *nodes: str) -> Path:
    """Make it, with these nodes on the roster."""
    (root / "nodes").mkdir(parents=True)
    (root / "hawker.toml").write_text(MARKER, encoding="utf-8")
    guard = guard_of(root, OfficeAddress.of("127.0.0.1:7000"))
    for node in nodes:
        guard.roster.admit(node, key_of(root, node).public.decode())
    return root


def key_of(root: Path, node: str) -> KeyPair:
    """The key that a node has at its own computer."""
    return KeyFolder(root / "elsewhere").key(node)
