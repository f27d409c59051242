"""The command desk of a node: what it asked of others and what others asked of it, each to its one end."""

from __future__ import annotations

import attrs

from runtime.actor import Actor, applies, handles
from runtime.command import (
    CommandAccepted,
    CommandEnded,
    CommandIssued,
    Deliver,
    Finish,
    Issue,
    Mail,
    Outcome,
)
from runtime.message import order

ADDRESS = "commands"
LINK = "link"
"""Outlet that takes mail to other nodes (and to this one) by way of the office."""

ASK_AGAIN_SECONDS = 5.0
GIVE_UP_US = 600_000_000
"""So long after its expiry a command nobody answered for is taken to have expired."""


@order("command.ask_again")
class AskAgain:
    """Desk to itself: if this command is still open, send it once more."""

    id: str
    wait_seconds: float


@attrs.define(slots=True)
class Ended:
    """How a command ended, kept so that the same question gets the same answer."""

    outcome: str
    body: bytes


class CommandDesk(Actor):
    """Sends commands until their outcome is heard; runs those of others at most once, none expired (I5).

    Attributes:
        issued: what this node wants done and has not heard the outcome of, by id.
        accepted: what runs here: the node that sent it, by id.
        ended: what ran here, by id.
        count: of commands this node ever issued.
    """

    __slots__ = ("accepted", "count", "ended", "issued")
    durable = ("issued", "accepted", "ended", "count")
    issued: dict[str, CommandIssued]
    accepted: dict[str, str]
    ended: dict[str, Ended]
    count: int

    def __init__(self) -> None:
        self.issued, self.accepted, self.ended = {}, {}, {}
        self.count = 0

    def resume(self) -> None:
        """After a restart: ask again for what is open; what was running here did not end well."""
        for command_id in list(self.accepted):
            self._end(command_id, "failed", b"")
        for command_id in list(self.issued):
            self._ask(AskAgain(id=command_id, wait_seconds=ASK_AGAIN_SECONDS))

    @handles(Issue)
    def issue(self, order: Issue) -> None:
        """Number a command and send it."""
        command_id = f"{self.kernel.name}:{self.count + 1}"
        self.record(
            CommandIssued(
                id=command_id,
                to=order.to,
                body=order.body,
                expires_at_us=order.expires_at_us,
                asked_by=order.asked_by,
            )
        )
        self._ask(AskAgain(id=command_id, wait_seconds=ASK_AGAIN_SECONDS))

    @handles(AskAgain)
    def _ask(self, again: AskAgain) -> None:
        issued = self.issued.get(again.id)
        if issued is None:
            return
        if self.now > issued.expires_at_us + GIVE_UP_US:
            if again.id in self.accepted:  # this node's own: what ended here is heard here
                self._end(again.id, "expired", b"")
            self._heard(again.id, "expired", b"")
            return
        self._send(
            Mail(
                kind="command",
                id=issued.id,
                to=issued.to,
                sender=self.kernel.name,
                body=issued.body,
                outcome="",
                expires_at_us=issued.expires_at_us,
            )
        )
        self.after(again.wait_seconds, AskAgain(id=again.id, wait_seconds=min(300.0, again.wait_seconds * 2)))

    @handles(Mail)
    def mail(self, mail: Mail) -> None:
        """Take a command, or the outcome of one."""
        if mail.kind == "outcome":
            if mail.id in self.issued:
                self._heard(mail.id, mail.outcome, mail.body)
        elif (ended := self.ended.get(mail.id)) is not None:
            self._answer(mail.sender, mail.id, ended)
        elif mail.id not in self.accepted:
            self.record(CommandAccepted(id=mail.id, to=mail.to, sender=mail.sender))
            if self.now >= mail.expires_at_us:
                self._end(mail.id, "expired", b"")
            elif not self._takes_commands(mail.to):
                self._end(mail.id, "failed", b"")
            else:
                self.tell(self.reach(mail.to), Deliver(id=mail.id, body=mail.body))

    def _takes_commands(self, address: str) -> bool:
        ref = self.kernel.refs.get(address)
        actor = None if ref is None else self.kernel.actors[ref]
        return isinstance(actor, Actor) and Deliver in actor.handlers

    @handles(Finish)
    def finish(self, finish: Finish) -> None:
        """An actor has ended a command it was given."""
        if finish.id in self.accepted:
            self._end(finish.id, finish.outcome, finish.answer)

    def _end(self, command_id: str, outcome: str, body: bytes) -> None:
        sender = self.accepted[command_id]
        self.record(CommandEnded(id=command_id, outcome=outcome, body=body))
        self._answer(sender, command_id, self.ended[command_id])

    def _heard(self, command_id: str, outcome: str, body: bytes) -> None:
        asked_by = self.issued[command_id].asked_by
        self.record(CommandEnded(id=command_id, outcome=outcome, body=body))
        self.tell(self.reach(asked_by), Outcome(id=command_id, outcome=outcome, answer=body))

    def _answer(self, sender: str, command_id: str, ended: Ended) -> None:
        self._send(
            Mail(
                kind="outcome",
                id=command_id,
                to=sender,
                sender=self.kernel.name,
                body=ended.body,
                outcome=ended.outcome,
                expires_at_us=0,
            )
        )

    def _send(self, mail: Mail) -> None:
        self.tell(self.reach(LINK), mail)

    @applies(CommandIssued)
    def _issued(self, fact: CommandIssued) -> None:
        self.count += 1
        self.issued[fact.id] = fact

    @applies(CommandAccepted)
    def _accepted(self, fact: CommandAccepted) -> None:
        self.accepted[fact.id] = fact.sender

    @applies(CommandEnded)
    def _ended(self, fact: CommandEnded) -> None:
        if self.accepted.pop(fact.id, None) is None:
            self.issued.pop(fact.id, None)
        else:  # a command of this node to itself is still to be heard of
            self.ended[fact.id] = Ended(fact.outcome, fact.body)
