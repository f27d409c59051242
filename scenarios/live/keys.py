"""The keys of a live chain: who its office is, which of its nodes may speak, and what operators do about it.

In a data folder: ``keys/NAME.key`` of each node that runs there, ``keys/office.pub``; at the office also
``roster.json`` and ``pairing.json``.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import attrs

from runtime.bus.door import announce, knock
from runtime.bus.key_change import KeyChange
from runtime.bus.key_folder import KeyFolder, KnownOffice, NodeKeys, OfficeAddress
from runtime.bus.keys import fingerprint
from runtime.bus.office import Guard
from runtime.errors import ConfigError, Refused
from runtime.pairing import PairingDesk
from runtime.roster import Roster
from scenarios.assembly import OFFICE
from scenarios.data_directory import marker

OFFICES = ("up", f"node {OFFICE}")
"""What makes a data folder that holds a roster."""


@attrs.frozen
class Invitation:
    """What an operator hands to whoever sets up a node."""

    node: str
    code: str
    fingerprint: str
    office: str


def roster_of(root: Path) -> Roster:
    """The office's roster."""
    return Roster(root / "roster.json")


def desk_of(root: Path, roster: Roster) -> PairingDesk:
    """The office's pairing desk."""
    return PairingDesk(root / "pairing.json", roster, lambda: int(time.time()))


def guard_of(root: Path, address: OfficeAddress | None = None) -> Guard:
    """The office's key, made at its first start, and its roster; raises ConfigError if a file is damaged."""
    folder = KeyFolder(root)
    key = folder.key(OFFICE)
    folder.keep_office(KnownOffice(key.public, address))
    roster = roster_of(root)
    return Guard(key, roster, key_change_of(root, roster))


def key_change_of(root: Path, roster: Roster) -> KeyChange:
    """How far the office is on its way to another key."""
    return KeyChange(KeyFolder(root), OFFICE, roster, root / "key-change.json")


def own_nodes(root: Path, guard: Guard, names: Iterable[str]) -> dict[str, NodeKeys]:
    """Keys of the nodes that run beside the office, which admits them; not the ones an operator revoked."""
    folder, keys = KeyFolder(root), {}
    for name in names:
        public = folder.key(name).public.decode()
        if guard.roster.node_of(public) != name and name not in guard.roster.revoked:
            guard.roster.admit(name, public)
        keys[name] = NodeKeys(folder, name, guard.keys.public)
    return keys


def paired(root: Path, node: str, office: OfficeAddress | None) -> tuple[NodeKeys, OfficeAddress]:
    """A paired node's keys, and where its office listens.

    Args:
        root: the node's data folder.
        node: its name.
        office: where the office listens now; None is where it did when the node was paired.

    Raises:
        ConfigError: the node was never paired.
    """
    folder = KeyFolder(root)
    known = folder.office()
    if known is None:
        raise ConfigError(f"{folder.path}: node {node} must be paired with its office first: hawker pair")
    address = office or known.address
    if address is None:
        raise ConfigError(f"{folder.path}: the office's HOST:PORT must be known: give it with --office")
    return NodeKeys(folder, node, known.public), address


# What operators do at the office


def at_office(root: Path) -> tuple[PairingDesk, Roster]:
    """Desk and roster of the office in this folder; raises ConfigError if there is none."""
    if (made_by := marker(root).made_by) not in OFFICES:
        raise ConfigError(f"data directory {root}: must be an office's, it was made by hawker {made_by}")
    roster = roster_of(root)
    return desk_of(root, roster), roster


def invite(root: Path, node: str) -> Invitation:
    """Issue a code for a node; raises ConfigError where the office lets no other nodes in."""
    desk, _ = at_office(root)
    known = KeyFolder(root).office()
    if known is None or known.address is None:
        raise ConfigError(f"data directory {root}: must be that of hawker node --name {OFFICE}, once started")
    return Invitation(node, desk.issue(node), fingerprint(known.public), str(known.address))


def rotate_office(root: Path) -> tuple[str, tuple[str, ...]]:
    """Begin to change the office's key, or go on; the office that runs does the rest.

    Returns the next key's fingerprint, and the nodes that have yet to hear of it. Raises ConfigError if the
    folder is not an office's.
    """
    _, roster = at_office(root)
    change = key_change_of(root, roster)
    public = change.begin().public
    change.look()
    return fingerprint(public), tuple(change.missing())


def without_next_key(root: Path) -> tuple[str, ...]:
    """Nodes that hold up the office's change of its key; none while it does not change."""
    change = key_change_of(root, roster_of(root))
    change.look()
    return tuple(change.missing())


# What is done at a node


async def join(root: Path, told: Invitation, serial: str) -> None:
    """Knock at the office until an operator has said yes, then remember it.

    Raises Refused or DeviceUnavailable, see ``runtime.bus.door.knock``.
    """
    folder, address = KeyFolder(root), OfficeAddress.of(told.office)
    key = folder.key(told.node)
    public = await knock(address.door, told.fingerprint, key, node=told.node, serial=serial, code=told.code)
    folder.keep_office(KnownOffice(public, address))


async def rotate(root: Path, node: str) -> None:
    """Change a node's key: announced by the old one, then the only one; the node that runs follows at once.

    Raises ConfigError for a node that was never paired, Refused or DeviceUnavailable by the office.
    """
    folder = KeyFolder(root)
    keys, address = paired(root, node, None)
    security = keys.security()
    if security.office is None or node == OFFICE:
        raise Refused(f"pairing: {OFFICE} must change its key where its data are: --rotate without --name")
    next_key = folder.next_key(node)
    await announce(address.door, security.office, security.keys, next_key.public)
    folder.change(node)
