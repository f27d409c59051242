"""The reliable ordered stream of a node's facts to the office, and mail both ways; bytes in, bytes out.

Frames may be lost, doubled, reordered, delayed or damaged, both ends may be killed, and either disk may come
back older than it was: every fact is still stored exactly once and in order, or the fork is told. Two lessons
are built in: an acknowledgement is a number *and* the chain hash there, of one incarnation of the office.

``runtime.uplink`` is the site's end and ``runtime.downlink`` the office's, each with its table;
``runtime.link_frames`` is what they say. Here is what the two stand between: the facts a site has, and the
place where the office keeps them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import attrs

from runtime.command import Mail
from runtime.wire import CHAIN_START, FactRecord


class FactSource(Protocol):
    """A node's journal, as the link reads it."""

    @property
    def epoch(self) -> int:
        """Counts the lives of this node's numbering; a new one begins after a fork."""

    def head(self) -> tuple[int, bytes]:
        """Number and chain hash of the last committed fact; (0, CHAIN_START) when there is none."""

    def read(self, after_seq: int, limit: int) -> list[FactRecord]:
        """At most ``limit`` committed facts with numbers above ``after_seq``, in order."""


@attrs.frozen
class Position:
    """How far a node's facts are stored.

    Attributes:
        epoch: the node's epoch they belong to.
        seq: number of the last one, 0 for none.
        chain: chain hash there, CHAIN_START for none.
    """

    epoch: int = 0
    seq: int = 0
    chain: bytes = CHAIN_START


class InboxStore(Protocol):
    """Where the office keeps what arrived: the ledger, or a list in tests."""

    @property
    def incarnation(self) -> bytes:
        """8 to 32 random bytes, new every time the store is opened."""

    def position(self, node: str) -> Position:
        """How far this node's facts are stored."""

    def holds(self, node: str, seq: int, chain: bytes) -> bool:
        """Whether this node's fact of this number and hash is stored, in any epoch."""

    def store(self, node: str, epoch: int, records: Sequence[FactRecord]) -> None:
        """Keep the facts and move the position in one transaction; a number kept before is passed over.

        A newer epoch begins after any fact of the node that is stored.
        """


@attrs.define(slots=True)
class Arrived:
    """What one frame brought.

    Attributes:
        frames: answers to send back.
        mail: mail for this end's command desk.
        facts: new facts, contiguous and chain-verified, to be stored before ``Downlink.stored`` is called.
    """

    frames: list[bytes] = attrs.field(factory=list)
    mail: list[Mail] = attrs.field(factory=list)
    facts: list[FactRecord] = attrs.field(factory=list)
