"""Poisoned messages: one that keeps failing the same actor is set aside with its error, and not given again.

The first times, an actor that raises is made anew and the message is dropped (``runtime.supervision``). What
has the same content and fails the same actor ``FAILURES_MAX`` times within supervision's period is set aside;
so is, the second time however late, another node's fact, because the same one comes again only by being told
again, at every start. From then on it is ignored at the actor's door, over restarts too, until a person lets
it in. A message set aside is dropped as on a cut wire: whoever waits for its answer waits in vain.

Every node has this actor at ``NODE/quarantine``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from runtime import wire
from runtime.actor import Actor, Report, Started, applies, handles
from runtime.command import Deliver, Finish
from runtime.command_desk import ADDRESS as COMMANDS
from runtime.errors import Fault, ProtocolError
from runtime.message import REGISTRY, command, fact
from runtime.supervision import PERIOD_US, cut

FAILURES_MAX = 3
"""Fewer than supervision's intensity: the message is set aside before its actor's parent is made anew."""
TOLD_AGAIN_MAX = 2
REMEMBERED_MAX = 1000
"""Messages whose failures are remembered, the oldest forgotten first; and messages that may be set aside."""

Table = Mapping[type, Callable[..., None]]


def address_of(node: str) -> str:
    """Where a node's quarantine is."""
    return f"{node}/quarantine"


@fact("message.failed")
class MessageFailed:
    """An actor raised on a message and was made anew.

    Attributes:
        address: the actor's.
        tag: of the message; for another node's fact or reading ``Report``.
        digest: SHA-256 over its content, in hexadecimal.
        at_us: when.
    """

    address: str
    tag: str
    digest: str
    at_us: int


@fact("message.set_aside")
class MessageSetAside:
    """This actor is not given this message any more, until a person lets it in.

    Attributes:
        address: the actor's.
        tag, digest: as in ``message.failed``.
        content: the message as text, cut short.
        error: what was raised the last time, cut short.
    """

    address: str
    tag: str
    digest: str
    content: str
    error: str


@fact("message.let_in")
class MessageLetIn:
    """The message may reach its actor again. ``left``: others still set aside for this actor."""

    address: str
    digest: str
    by: str
    left: int


@command("message.let_it_in")
class LetIn:
    """A person has looked: let this message reach its actor again. ``digest`` "": all of this actor."""

    address: str
    digest: str
    by: str


def tag_of(message_type: type) -> str:
    """A message class's tag; the name of a class that has none."""
    named = message_type.__dict__.get("__wire__")
    return message_type.__name__ if named is None else str(named.tag)


def digest_of(message: object) -> str:
    """What a message's content is known by."""
    text = f"{tag_of(type(message))} {message!r}"
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


class Quarantine(Actor):
    """Remembers which message failed which actor, and what was set aside.

    Attributes:
        failures: when a message failed, by actor's address and digest.
        aside: what is set aside: its tag, by address and digest.
    """

    __slots__ = ("aside", "failures")
    durable = ("failures", "aside")
    failures: dict[str, dict[str, tuple[int, ...]]]
    aside: dict[str, dict[str, str]]

    def __init__(self) -> None:
        self.failures, self.aside = {}, {}

    def failed(self, fault: Fault) -> bool:
        """An actor was made anew; return whether the message is set aside now. Told by the node at once."""
        message, address = fault.message, fault.address
        if isinstance(message, Started):
            return False
        tag, digest = tag_of(type(message)), digest_of(message)
        self.record(MessageFailed(address=address, tag=tag, digest=digest, at_us=self.now))
        times = self.failures[address][digest]
        if isinstance(message, Report) and message.seq:
            poisoned = len(times) >= TOLD_AGAIN_MAX
        else:
            poisoned = len(times) >= FAILURES_MAX and times[-FAILURES_MAX] > self.now - PERIOD_US
        if not poisoned or sum(map(len, self.aside.values())) >= REMEMBERED_MAX:
            return False
        error = f"{type(fault.error).__name__}: {fault.error}"
        self.record(
            MessageSetAside(
                address=address, tag=tag, digest=digest, content=cut(repr(message)), error=cut(error)
            )
        )
        return True

    def holds(self, address: str, message: object) -> bool:
        """Whether this message is set aside for this actor."""
        return digest_of(message) in self.aside.get(address, ())

    @handles(Deliver)
    def let_in(self, delivery: Deliver) -> None:
        """A person has looked at a message, or at all of an actor."""
        try:
            order = wire.decode(delivery.body)
        except ProtocolError:
            order = None
        held = self.aside.get(order.address, {}) if isinstance(order, LetIn) else {}
        chosen = [digest for digest in held if order.digest in ("", digest)]
        for digest in chosen:
            left = len(self.aside[order.address]) - 1
            self.record(MessageLetIn(address=order.address, digest=digest, by=order.by, left=left))
        outcome = "done" if chosen else "failed"
        self.tell(self.reach(COMMANDS), Finish(id=delivery.id, outcome=outcome, answer=b""))

    @applies(MessageFailed)
    def _failed(self, fact: MessageFailed) -> None:
        of_actor = self.failures.setdefault(fact.address, {})
        times = (*of_actor.pop(fact.digest, ()), fact.at_us)
        of_actor[fact.digest] = times[-FAILURES_MAX:]
        if sum(map(len, self.failures.values())) > REMEMBERED_MAX:
            oldest = min(self.failures, key=lambda address: next(iter(self.failures[address].values()))[-1])
            self._forget(oldest, next(iter(self.failures[oldest])))

    @applies(MessageSetAside)
    def _set_aside(self, fact: MessageSetAside) -> None:
        self.aside.setdefault(fact.address, {})[fact.digest] = fact.tag
        self._forget(fact.address, fact.digest)

    @applies(MessageLetIn)
    def _let_in(self, fact: MessageLetIn) -> None:
        held = self.aside[fact.address]
        del held[fact.digest]
        if not held:
            del self.aside[fact.address]

    def _forget(self, address: str, digest: str) -> None:
        of_actor = self.failures.get(address, {})
        of_actor.pop(digest, None)
        if not of_actor:
            self.failures.pop(address, None)


def guarded(actor: Actor, tags: Mapping[str, str], held: Callable[[object], bool]) -> Table:
    """An actor's handlers with a guard before those whose messages may be set aside.

    Args:
        actor: whose.
        tags: of messages set aside, by digest.
        held: whether a message is to be ignored.
    """
    table = dict(actor.handlers)
    known = {tag_of(kind): kind for kind in table}
    for tag in sorted(set(tags.values())):
        if (kind := known.get(tag) or REGISTRY.get(tag)) is not None:
            table[kind] = _guard(actor.handlers.get(kind), held)
    return table


def _guard(handler: Callable[..., None] | None, held: Callable[[object], bool]) -> Callable[..., None]:
    def at_the_door(actor: Any, message: Any) -> None:
        if held(message):
            return
        if handler is None:
            raise KeyError(type(message))
        handler(actor, message)

    return at_the_door
