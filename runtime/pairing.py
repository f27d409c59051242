"""How a new node gets on the roster: a one-time code from an operator, its own key, and an operator's yes.

    operator                 office                          node
    --------                 ------                          ----
    issue NODE        ->     keeps the code's hash
    hands over code and the office's fingerprint        ->   makes its own key, checks the fingerprint
                             knock: node, serial, code  <-   (by its key, over an encrypted wire)
    sees serial, confirms -> key goes on the roster     ->   admitted

A code is 40 bits, holds for ten minutes, for one node, once, and five wrong tries end it. So whoever
can reach the door and knows the node's name can end a code, but not guess it; the operator issues another.
The desk keeps its state in a file, which an operator's command may change while the office runs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import attrs

from runtime.errors import Refused
from runtime.locked_file import changing, read
from runtime.roster import Roster

CODE_BYTES = 5
CODE_SECONDS = 600
TRIES_MAX = 5
WAITING_MAX = 1000
KEY_CHARACTERS = 40
NAME_CHARACTERS_MAX = 120
"""Of a node's name and of a serial number."""

State = Literal["waiting", "admitted", "refused"]


@attrs.define(slots=True)
class Code:
    """A code that was issued. ``digest`` is SHA-256 over salt and code, in hexadecimal."""

    node: str
    salt: str
    digest: str
    expires_at: int
    tries_left: int = TRIES_MAX


@attrs.define(slots=True)
class Knock:
    """A node that had the right code and waits for an operator's yes."""

    node: str
    serial: str
    key: str


@attrs.define(slots=True)
class _File:
    codes: list[Code] = attrs.field(factory=list)
    knocks: list[Knock] = attrs.field(factory=list)


class PairingDesk:
    """Codes, and who knocked with one.

    Args:
        path: the file; made if it is not there.
        roster: where a confirmed node's key goes.
        now: seconds since 1970 UTC.
    """

    def __init__(self, path: Path, roster: Roster, now: Callable[[], int]) -> None:
        self._path = path
        self._roster = roster
        self._now = now

    def issue(self, node: str) -> str:
        """A new code for a node, as ``ABCD-EFGH``; an older one of the same node is void."""
        _checked("node", node)
        code = base64.b32encode(os.urandom(CODE_BYTES)).decode()
        salt = os.urandom(16).hex()
        with self._changing() as file:
            file.codes = [each for each in file.codes if each.node != node]
            file.codes.append(Code(node, salt, _digest(salt, code), self._now() + CODE_SECONDS))
        return f"{code[:4]}-{code[4:]}"

    def knock(self, node: str, serial: str, code: str, key: str) -> State:
        """A node says its code, and asks again until it is told yes or no.

        Raises Refused for a name or serial that cannot be one.
        """
        if self._roster.node_of(key):
            return "admitted" if self._roster.node_of(key) == node else "refused"
        _checked("node", node)
        _checked("serial", serial)
        with self._changing() as file:
            if any(each.key == key and each.node == node for each in file.knocks):
                return "waiting"
            self._roster.refresh()  # who is no longer waiting may just have been confirmed elsewhere
            if self._roster.node_of(key) == node:
                return "admitted"
            issued = next((each for each in file.codes if each.node == node), None)
            if issued is None or issued.expires_at <= self._now() or len(file.knocks) >= WAITING_MAX:
                return "refused"
            if not hmac.compare_digest(_digest(issued.salt, _plain(code)), issued.digest):
                issued.tries_left -= 1
                if not issued.tries_left:
                    file.codes.remove(issued)
                return "refused"
            file.codes.remove(issued)
            file.knocks = [each for each in file.knocks if each.node != node]
            file.knocks.append(Knock(node, serial, key))
        return "waiting"

    def announce(self, key: str, next_key: str) -> bool:
        """Whoever has this key will change to the next; says whether it may."""
        if not (node := self._roster.node_of(key)) or len(next_key) != KEY_CHARACTERS:
            return False
        try:
            self._roster.announce(node, next_key)
        except Refused:
            return False
        return True

    def waiting(self) -> list[Knock]:
        """Who waits for an operator's yes."""
        return read(self._path, _File).knocks

    def codes(self) -> dict[str, int]:
        """Nodes that have a code, and when it ends, seconds since 1970 UTC."""
        return {each.node: each.expires_at for each in read(self._path, _File).codes}

    def confirm(self, node: str, serial: str) -> None:
        """Let the node in that waits with this serial number. Raises Refused if none does."""
        with self._changing() as file:
            for each in file.knocks:
                if (each.node, each.serial) == (node, serial):
                    file.knocks.remove(each)
                    self._roster.admit(node, each.key)
                    return
        raise Refused(f"pairing: {node} with serial {serial} must be waiting, it is not")

    def reject(self, node: str) -> None:
        """Send away whoever waits under this name, and void its code."""
        with self._changing() as file:
            file.knocks = [each for each in file.knocks if each.node != node]
            file.codes = [each for each in file.codes if each.node != node]

    @contextmanager
    def _changing(self) -> Iterator[_File]:
        with changing(self._path, _File) as file:
            file.codes = [each for each in file.codes if each.expires_at > self._now()]
            yield file


def _plain(code: str) -> str:
    return code.replace("-", "").replace(" ", "").upper()


def _digest(salt: str, code: str) -> str:
    return hashlib.sha256(f"{salt}:{code}".encode()).hexdigest()


def _checked(what: str, name: str) -> None:
    if not 0 < len(name) <= NAME_CHARACTERS_MAX or not name.isascii() or not name.isprintable():
        rule = f"1 to {NAME_CHARACTERS_MAX} printable ASCII characters"
        raise Refused(f"pairing: {what} must be {rule}, not {name[:40]!r}")
