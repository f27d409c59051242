"""What operators do about nodes' keys at a running office, for its console: see ``runtime.pairing``."""

from __future__ import annotations

import time
from pathlib import Path

import attrs

from runtime.bus.key_folder import KeyFolder
from runtime.bus.keys import fingerprint
from scenarios.live import keys as live_keys
from scenarios.live.keys import Invitation


@attrs.frozen(kw_only=True)
class NodeKey:
    """How far a node is with its key.

    Attributes:
        state: "in" (its key is on the roster), "waits" (for a yes), "invited" (has a code), "revoked" or
            "none".
        fingerprint: of its key on the roster; "" none.
        serial: of the computer that waits; "" none.
        code_until: when its code ends, seconds since 1970 UTC; 0 none.
    """

    state: str
    fingerprint: str = ""
    serial: str = ""
    code_until: int = 0


@attrs.frozen(kw_only=True)
class OfficeKey:
    """The office's own key, and the one it is changing to.

    Attributes:
        address: where other nodes knock; "" where it lets none in.
        next_fingerprint: "" while it does not change.
        missing: nodes that have yet to hear of the next key.
    """

    fingerprint: str
    address: str
    next_fingerprint: str = ""
    missing: tuple[str, ...] = ()


class KeyDesk:
    """Keys of the nodes of the office whose data are in this folder. Every method reads or writes files."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def nodes(self, names: tuple[str, ...]) -> dict[str, NodeKey]:
        """How far each of these nodes is."""
        desk, roster = live_keys.at_office(self._root)
        knocks = {knock.node: knock.serial for knock in desk.waiting()}
        codes, now = desk.codes(), int(time.time())
        found = {}
        for name in names:
            key, until = roster.key_of(name), codes.get(name, 0)
            state = "in" if key else "revoked" if name in roster.revoked else "none"
            if name in knocks:
                state = "waits"
            elif until > now:
                state = "invited"
            found[name] = NodeKey(
                state=state,
                fingerprint=fingerprint(key.encode()) if key else "",
                serial=knocks.get(name, ""),
                code_until=until if state == "invited" else 0,
            )
        return found

    def office(self) -> OfficeKey:
        """The office's own key."""
        known = KeyFolder(self._root).office()
        if known is None:
            return OfficeKey(fingerprint="", address="")
        coming = known.next_public
        return OfficeKey(
            fingerprint=fingerprint(known.public),
            address="" if known.address is None else str(known.address),
            next_fingerprint=fingerprint(coming) if coming else "",
            missing=live_keys.without_next_key(self._root) if coming else (),
        )

    def issue(self, node: str) -> Invitation:
        """A one-time code for a node. Raises ConfigError where the office lets no other nodes in."""
        return live_keys.invite(self._root, node)

    def confirm(self, node: str, serial: str) -> None:
        """Let a waiting node in. Raises Refused unless it waits with this serial number."""
        live_keys.at_office(self._root)[0].confirm(node, serial)

    def reject(self, node: str) -> None:
        """Send away whoever waits under this name, and void its code."""
        live_keys.at_office(self._root)[0].reject(node)

    def revoke(self, node: str) -> None:
        """Take a node's key. Raises Refused if it has none."""
        live_keys.at_office(self._root)[1].revoke(node)

    def rotate(self) -> OfficeKey:
        """Begin to change the office's own key, or look how far that is."""
        coming, missing = live_keys.rotate_office(self._root)
        return attrs.evolve(self.office(), next_fingerprint=coming, missing=missing)
