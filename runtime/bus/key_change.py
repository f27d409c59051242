"""The office changes its own key: every node has the next one before any has to know it.

    office                                        node
    ------                                        ----
    makes the next key, keeps it            ->
    says it, over the wire of the old one   ->    keeps it beside the one it has, says so
    notes who has it
    all on the roster do: it takes the key,
    and refuses the old one                 ->    is refused with the old one, tries the other, is let in,
                                                  and forgets the old one

Each step is one file replaced, and each may be done again, so a power cut between any two leaves both ends
with a key that the other knows. A node that cannot be reached holds the change up until it is revoked; it
would have to be paired anew afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs

from runtime.bus.key_folder import KeyFolder, KnownOffice
from runtime.bus.keys import KeyPair
from runtime.locked_file import changing, read
from runtime.roster import Roster


@attrs.define(slots=True)
class _File:
    """Which nodes have said that they have this public key, and by which key of their own they said so."""

    next_key: str = ""
    holders: dict[str, str] = attrs.field(factory=dict)


class KeyChange:
    """An office's key on its way to another.

    Args:
        folder: of the office's keys; an operator's command makes the next one there.
        office: the office's name.
        roster: who must have the next key before it is taken.
        path: file of those that have it; made if it is not there.
    """

    def __init__(self, folder: KeyFolder, office: str, roster: Roster, path: Path) -> None:
        self._folder, self._office, self._roster, self._path = folder, office, roster, path
        self._next: KeyPair | None = None
        self._stamp: tuple[int, int] | None = None
        self._noted = _File()
        self._heard: dict[str, str] = {}

    def begin(self) -> KeyPair:
        """Make the next key; the same one where a change is under way."""
        return self._folder.next_key(self._office)

    def look(self) -> KeyPair | None:
        """The next key; None while there is no change. Raises ConfigError if a file cannot be read."""
        stamp = self._folder.next_stamp(self._office)
        if stamp != self._stamp:
            self._next = None if stamp is None else self._folder.next_key(self._office)
            self._noted, self._stamp = read(self._path, _File), stamp
            self._heard.clear()
        return self._next

    def missing(self) -> Sequence[str]:
        """Nodes of the roster that have not said that they have the next key."""
        if self._next is None:
            return []
        same = self._noted.next_key == self._next.public.decode()
        have = {**(self._noted.holders if same else {}), **self._heard}
        roster = self._roster
        return [node for node in roster.nodes if have.get(node) != roster.key_of(node)]

    def held(self, node: str, own: str, public: bytes) -> bool:
        """A node says, by its own key, that it has this one; whether it is the next one."""
        if self._next is None or public != self._next.public:
            return False
        self._heard[node] = own
        return True

    def note(self) -> None:
        """Keep who has the next key, for the next start and for operators."""
        if self._next is None or not self._heard:
            return
        public = self._next.public.decode()
        with changing(self._path, _File) as file:
            before = file.holders if file.next_key == public else {}
            file.next_key, file.holders = public, {**before, **self._heard}
        self._noted = file
        self._heard.clear()

    def complete(self) -> KeyPair:
        """The next key becomes the office's, for good."""
        folder, known = self._folder, self._folder.office()
        folder.change(self._office)
        key = folder.key(self._office)
        folder.keep_office(KnownOffice(key.public, None if known is None else known.address))
        self._next, self._stamp = None, None
        self._path.unlink(missing_ok=True)
        return key
