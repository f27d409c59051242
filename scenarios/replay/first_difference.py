"""Where a replay first departs from its recording: both facts, the actor, what it knew, and what came in.

recorded input -> message -> actor (state before) -> fact
                                                      recorded | replayed
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import attrs
import msgspec

from runtime.actor import Actor
from runtime.errors import ConfigError
from runtime.node import Node
from runtime.recorded import Input
from runtime.recording import RecordedDay
from runtime.snapshot import described
from runtime.wire import FactRecord
from scenarios import assembly
from scenarios.chain import Chain

TEXT_MAX = 400
"""Longer texts of messages and values are cut."""


@attrs.frozen(kw_only=True)
class Difference:
    """The first fact that came out otherwise.

    Attributes:
        seq: its number.
        recorded, replayed: the facts as text, or None where there is none.
        input: the last recorded input before it.
        message: what was being handled, and by whom.
        actor: whose fact was recorded; whose was replayed, where none was.
        state: what that actor knew before it handled the message, by attribute.
    """

    node: str
    seq: int
    recorded: str | None
    replayed: str | None
    input: str
    message: str
    actor: str
    state: dict[str, str]


def chain_of(day: RecordedDay) -> Chain:
    """The chain that was recorded; raises ConfigError if the file does not say."""
    try:
        return msgspec.json.decode(day.about["chain"], type=Chain)
    except (msgspec.MsgspecError, KeyError) as error:
        raise ConfigError(f"recording of {day.node} {day.start.date}: chain: {error}") from error


def node_at_start(day: RecordedDay) -> Node:
    """The node as it stood when the day's file began."""
    chain = chain_of(day)
    try:
        seed = int(day.about["seed"])
    except (KeyError, ValueError) as error:
        raise ConfigError(f"recording of {day.node} {day.start.date}: seed: {error}") from error
    node = assembly.build_node(chain, day.node, seed=seed, now_us=day.start.now_us)
    node.load(day.snapshot)
    return node


def give(node: Node, given: Input) -> None:
    """Hand the node a recorded input, after as many messages as it had handled then."""
    while node.handled < given.handled and node.ready:
        node.drain(given.handled - node.handled)
    node.advance(given.now_us)
    node.receive(node.reach(given.to), given.message)


@attrs.frozen
class Moment:
    """A message about to be handled, and the last input that had come in."""

    handled: int
    given: Input | None
    to: str
    message: Any


def explained(day: RecordedDay, facts: list[FactRecord]) -> Difference:
    """Play the day once more, message by message, up to the last of ``facts`` or the first that is missing.

    Args:
        day: read whole.
        facts: what the replay recorded; all but the last are the day's, and the last is not unless one is
            missing after it.
    """
    missing = not facts or (
        len(facts) < len(day.records) and facts[-1].chain == day.records[len(facts) - 1].chain
    )
    place = len(facts) if missing else len(facts) - 1
    known = day.records[place] if place < len(day.records) else None
    came = None if missing else facts[-1]
    told = known or came
    assert told is not None
    ended = deque(_moments(day, None if missing else told.seq), maxlen=1)
    last = ended[0] if ended else Moment(0, None, "", None)
    node = node_at_start(day)
    deque(_moments(day, None, node, last.handled), maxlen=0)
    actor = node.actors[node.reach(told.source)]
    return Difference(
        node=day.node,
        seq=told.seq,
        recorded=None if known is None else str(known.fact()),
        replayed=None if came is None else str(came.fact()),
        input="" if last.given is None else _text(last.given.to, last.given.message),
        message=_text(last.to, last.message),
        actor=told.source,
        state={name: repr(value)[:TEXT_MAX] for name, value in described(actor).items()}
        if isinstance(actor, Actor)
        else {},
    )


def _moments(
    day: RecordedDay, upto_seq: int | None, node: Node | None = None, upto_handled: int | None = None
) -> Iterator[Moment]:
    """Every message of a day as it is handled: to the one that gives a fact, to a number, or to the end."""
    node = node or node_at_start(day)
    given: Input | None = None
    coming = iter(day.inputs)
    following = next(coming, None)
    while True:
        while following is not None and (not node.ready or node.handled >= following.handled):
            give(node, following)
            given, following = following, next(coming, None)
        if not node.ready or node.handled == upto_handled:
            return
        ref, message = node.ready[0]
        moment = Moment(node.handled, given, node.addresses[ref], message)
        node.drain(1)
        batch = node.take()
        yield moment
        if upto_seq is not None and batch is not None and any(r.seq == upto_seq for r in batch.records):
            return


def _text(to: str, message: Any) -> str:
    return f"{type(message).__name__} for {to}: {message}"[:TEXT_MAX]
