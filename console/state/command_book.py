"""The console's book of commands: what people asked of machines and desks, and how far each has come.

Read from the command desks' own facts at both ends, so it is the same after a restart of either. Who asked
stands in the command itself: ``asked_by`` is ``office/console/NAME``, or with what it belongs to
``office/console/NAME/GROUP``.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import attrs

from runtime import wire
from runtime.actor import Report
from runtime.command import CommandAccepted, CommandEnded, CommandIssued
from runtime.errors import ProtocolError

ASKER = "office/console"
ISSUED, ACCEPTED = "issued", "accepted"
COMMANDS_MAX = 5_000
"""The newest that are remembered; facts keep all of them."""


@attrs.define(slots=True)
class Asked:
    """One command.

    Attributes:
        number: grows with each that was issued.
        by: the person; "" an office desk by itself.
        group: what it belongs to, of several given at once.
        outcome: "" while it is under way, else "done", "failed" or "expired".
        answer: its wire bytes.
    """

    number: int
    id: str
    to: str
    body: bytes
    by: str
    group: str
    at_us: int
    expires_at_us: int
    accepted_at_us: int = 0
    ended_at_us: int = 0
    outcome: str = ""
    answer: bytes = b""

    def order(self) -> Any:
        """The command; None for bytes of another version."""
        return _decoded(self.body)

    def said(self) -> Any:
        """The answer; None where there is none."""
        return _decoded(self.answer) if self.answer else None

    def state(self, linked: bool, heard_us: int) -> str:
        """queued, sent, accepted, done, failed or expired.

        Args:
            linked: whether its node's link is up.
            heard_us: when that was last heard.
        """
        if self.outcome:
            return self.outcome
        if self.accepted_at_us:
            return "accepted"
        return "sent" if linked or heard_us > self.at_us else "queued"


class CommandBook:
    """The newest commands by id, oldest first."""

    __slots__ = ("asked", "changes", "count")

    def __init__(self) -> None:
        self.asked: OrderedDict[str, Asked] = OrderedDict()
        self.count = 0
        self.changes = 0

    def hear(self, report: Report) -> None:
        """Take a fact of a command desk; its answer at the receiver counts as soon as it is heard."""
        fact = report.content
        if isinstance(fact, CommandIssued):
            self._issued(fact, report.at_us)
            return
        if (asked := self.asked.get(fact.id)) is None:
            return
        self.changes += 1
        if isinstance(fact, CommandAccepted):
            asked.accepted_at_us = report.at_us
        elif isinstance(fact, CommandEnded) and not asked.outcome:
            asked.outcome, asked.answer, asked.ended_at_us = fact.outcome, fact.body, report.at_us

    def _issued(self, fact: CommandIssued, at_us: int) -> None:
        self.count += 1
        self.changes += 1
        who = fact.asked_by.removeprefix(f"{ASKER}/") if fact.asked_by.startswith(f"{ASKER}/") else ""
        by, _, group = who.partition("/")
        self.asked[fact.id] = Asked(
            self.count, fact.id, fact.to, fact.body, by, group, at_us, fact.expires_at_us
        )
        if len(self.asked) > COMMANDS_MAX:
            self.asked.popitem(last=False)

    def newest(self, before: int) -> Any:
        """Commands with numbers under ``before``, newest first."""
        return (asked for asked in reversed(self.asked.values()) if asked.number < before)


def _decoded(body: bytes) -> Any:
    try:
        return wire.decode(body)
    except ProtocolError:
        return None
