"""The command desk of a node: what it asked of others and what others asked of it, each to its one end."""

from __future__ import annotations

import attrs

from runtime.actor import Actor, applies, handles
from runtime.command import (
    CommandAccepted,
    CommandEnded,
    CommandIssued,
    CommandsForgotten,
    Deliver,
    Finish,
    Issue,
    Mail,
    Outcome,
)
from runtime.message import event, fact, order

ADDRESS = "commands"
LINK = "link"
"""Outlet that takes mail to other nodes (and to this one) by way of the office."""

ASK_AGAIN_SECONDS = 5.0
GIVE_UP_US = 600_000_000
"""So long after its expiry a command nobody answered for is taken to have expired."""
FORGET_AFTER_US = 2 * GIVE_UP_US
"""So long after its expiry an answer may be forgotten; a command that comes later still is dropped."""
EXPIRY_US_MAX = 8 * 86_400_000_000
"""A command may run for so long after it was sent; one that wants longer fails at once."""
REMEMBERED_MAX = 10_000
"""Open commands and answers a desk remembers; at this many it takes no more until some are forgotten."""
FORGET_AT = 1000
"""At so many answers a desk looks whether there are some to forget."""


@order("command.ask_again")
class AskAgain:
    """Desk to itself: if this command is still open, send it once more."""

    id: str
    wait_seconds: float


@event("command.open_desk")
class OpenDesk:
    """The node's loop to its desk, at every start: a name of this life, for ids that never come twice."""

    life: str


@fact("command.desk_opened")
class DeskOpened:
    """Commands issued from here on have ids of this life of the node."""

    life: str


@attrs.define(slots=True)
class Ended:
    """How a command ended, kept so that the same question gets the same answer."""

    outcome: str
    body: bytes
    expires_at_us: int = 0


@attrs.define(slots=True)
class Accepted:
    """A command that runs here."""

    sender: str
    expires_at_us: int = 0


class CommandDesk(Actor):
    """Sends commands until their outcome is heard; runs those of others at most once, none expired (I5).

    An answer is kept until its command has expired and its sender has given up: a mail that comes later still
    does not run, because it expired.

    Attributes:
        issued: what this node wants done and has not heard the outcome of, by id.
        accepted: what runs here, by id.
        ended: what ran here, by id.
        count: of commands this node ever issued.
        life: in which this node's newest command was issued, part of its id; "" while the node names none.
        opened: the life that the node is in now.
    """

    __slots__ = ("accepted", "count", "ended", "issued", "life", "opened")
    durable = ("issued", "accepted", "ended", "count", "life")
    issued: dict[str, CommandIssued]
    accepted: dict[str, Accepted]
    ended: dict[str, Ended]
    count: int
    life: str
    opened: str

    def __init__(self) -> None:
        self.issued, self.accepted, self.ended = {}, {}, {}
        self.count = 0
        self.life = self.opened = ""

    def resume(self) -> None:
        """After a restart: ask again for what is open; what was running here did not end well."""
        for command_id in list(self.accepted):
            self._end(command_id, "failed", b"")
        for command_id in list(self.issued):
            self._ask(AskAgain(id=command_id, wait_seconds=ASK_AGAIN_SECONDS))

    @handles(OpenDesk)
    def open_desk(self, order: OpenDesk) -> None:
        """From now on ids are of this life: a fact as soon as there is one."""
        self.opened = order.life

    @handles(Issue)
    def issue(self, order: Issue) -> None:
        """Number a command and send it."""
        if self.opened not in ("", self.life):
            self.record(DeskOpened(life=self.opened))
        life = f"{self.life}:" if self.life else ""
        command_id = f"{self.kernel.name}:{life}{self.count + 1}"
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
        elif mail.id not in self.accepted and mail.expires_at_us >= self.now - FORGET_AFTER_US:
            self._forget()
            if len(self.accepted) + len(self.ended) >= REMEMBERED_MAX:
                return
            self.record(
                CommandAccepted(id=mail.id, to=mail.to, sender=mail.sender, expires_at_us=mail.expires_at_us)
            )
            if self.now >= mail.expires_at_us:
                self._end(mail.id, "expired", b"")
            elif mail.expires_at_us > self.now + EXPIRY_US_MAX or not self._takes_commands(mail.to):
                self._end(mail.id, "failed", b"")
            else:
                self.tell(self.reach(mail.to), Deliver(id=mail.id, body=mail.body))

    def _forget(self) -> None:
        """Forget answers nobody will ask for."""
        before_us = self.now - FORGET_AFTER_US
        if len(self.ended) >= FORGET_AT and any(e.expires_at_us < before_us for e in self.ended.values()):
            self.record(CommandsForgotten(before_us=before_us))

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
        sender = self.accepted[command_id].sender
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
        self.accepted[fact.id] = Accepted(fact.sender, fact.expires_at_us)

    @applies(CommandEnded)
    def _ended(self, fact: CommandEnded) -> None:
        if (ran := self.accepted.pop(fact.id, None)) is None:
            self.issued.pop(fact.id, None)
        else:  # a command of this node to itself is still to be heard of
            self.ended[fact.id] = Ended(fact.outcome, fact.body, ran.expires_at_us)

    @applies(CommandsForgotten)
    def _forgotten(self, fact: CommandsForgotten) -> None:
        self.ended = {id: e for id, e in self.ended.items() if e.expires_at_us >= fact.before_us}

    @applies(DeskOpened)
    def _opened(self, fact: DeskOpened) -> None:
        self.life = fact.life
