"""A live node's state taken in parts, between turns, so that no turn waits for all of it.

An actor's durable state follows from its own facts. So every part may be of another moment: it says after
which fact it was taken, and at a restart an actor applies only its facts above that. The parts together with
the facts after the first part's are the node.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import attrs
import msgspec

from runtime import snapshot
from runtime.actor import Actor
from runtime.errors import ConfigError, LedgerError
from runtime.journal import Journal, check_chain
from runtime.wire import CHAIN_START, FactRecord

if TYPE_CHECKING:
    from runtime.node import Node

VERSION = 1
PART_ACTORS = 1000
"""Actors in a part (measured: 2 to 6 ms of a turn)."""
READ_FACTS = 1000

_encode = msgspec.msgpack.Encoder().encode


@attrs.frozen
class Part:
    """Some actors' durable state.

    Attributes:
        classes: what the state of these actors' classes looks like; another program may have others.
        seq, chain: the node's last fact when the part was taken.
        now, handled: of the node, then.
        draws: of the actors' dice, by address.
        states: by address.
        last: no part comes after it.
    """

    version: int
    classes: bytes
    seq: int
    chain: bytes
    now: int
    handled: int
    draws: dict[str, int]
    states: dict[str, bytes]
    last: bool


_decode = msgspec.msgpack.Decoder(Part).decode


class Taking:
    """A snapshot being taken.

    Attributes:
        seq: the node's last fact before the first part.
        parts: how many were taken.
        done: all were.
    """

    def __init__(self, node: Node) -> None:
        self.seq = node.seq
        self.parts = 0
        self.done = False
        self._node = node
        self._next = 0

    def part(self, actors_max: int = PART_ACTORS) -> bytes:
        """Take the next part. Everything recorded must have been taken from the node as a batch before."""
        node, first = self._node, self._next
        assert not node.pending(), "a part is taken between batches"
        self._next = min(first + actors_max, len(node.actors))
        self.done = self._next == len(node.actors)
        self.parts += 1
        states: dict[str, bytes] = {}
        classes: list[type[Actor]] = []
        for address, actor in zip(
            node.addresses[first : self._next], node.actors[first : self._next], strict=True
        ):
            if isinstance(actor, Actor) and actor.durable:
                states[address] = snapshot.state_of(actor)
                classes.append(type(actor))
        return _encode(
            Part(
                version=VERSION,
                classes=_looks(classes),
                seq=node.seq,
                chain=node.chain,
                now=node.now,
                handled=node.handled,
                draws=node.draws_of(range(first, self._next)),
                states=states,
                last=self.done,
            )
        )


def _looks(classes: Iterable[type[Actor]]) -> bytes:
    """A hash of what these classes keep, and of the code that makes it from facts.

    State written by another program may mean something else: it is then made from the facts again.
    """
    told = sorted(_look(cls) for cls in set(classes))
    return hashlib.sha256("\n".join(told).encode()).digest()


_known_looks: dict[type[Actor], str] = {}


def _look(cls: type[Actor]) -> str:
    if (known := _known_looks.get(cls)) is not None:
        return known
    hints = get_type_hints(cls, localns={"Kernel": object})
    kept = [(name, _described(hints[name], ())) for name in cls.durable]
    code = sorted((fact.__name__, _code(method)) for fact, method in cls.appliers.items())
    look = _known_looks[cls] = f"{cls.__name__}:{kept}:{code}"
    return look


def _described(hint: Any, within: tuple[Any, ...]) -> str:
    """A type by name, with the fields of classes in it."""
    inner = [_described(each, within) for each in get_args(hint)]
    if isinstance(hint, type) and attrs.has(hint) and hint not in within:
        fields = get_type_hints(hint).items()
        inner += [f"{name}={_described(each, (*within, hint))}" for name, each in fields]
    return f"{hint}{inner}"


def _code(method: Callable[..., Any]) -> str:
    assert isinstance(method, FunctionType)
    code = method.__code__
    constants = [each for each in code.co_consts if isinstance(each, int | str | None)]
    return f"{code.co_code.hex()}{code.co_names}{constants}"


@attrs.frozen
class Recovered:
    """How a node got its past back.

    Attributes:
        snapshot: the fact its snapshot was begun after, None if all facts were applied.
        applied: how many facts were.
    """

    snapshot: int | None
    applied: int


def recover(node: Node, journal: Journal, warn: Callable[[str], None] = lambda _: None) -> Recovered:
    """Give a new node's actors their past.

    It begins with the newest snapshot that fits, and applies the facts after it, their chain checked; without
    one, with the first fact. A snapshot that does not fit is told to ``warn``.

    Raises LedgerError when facts do not continue their chain.
    """
    for seq, bodies in journal.snapshots():
        try:
            parts = _fitting(node, journal, bodies)
        except ConfigError as error:
            warn(f"snapshot of fact {seq} is passed over: {error}")
            continue
        return Recovered(seq, _apply(node, journal, parts))
    return Recovered(None, node.recover(_checked(node.name, journal, (0, CHAIN_START))))


def _fitting(node: Node, journal: Journal, bodies: Sequence[bytes]) -> list[tuple[Part, list[Any]]]:
    """Parts and the values in them, all checked before any actor is touched; raises ConfigError."""
    fitting = []
    try:
        for body in bodies:
            part = _decode(body)
            if part.version != VERSION:
                raise ConfigError(f"its version must be {VERSION}, not {part.version}")
            actors = [_actor(node, address) for address in part.states]
            if part.classes != _looks(type(actor) for actor in actors):
                raise ConfigError("its actors must keep what they keep in this program")
            values = [
                snapshot.values_of(actor, state)
                for actor, state in zip(actors, part.states.values(), strict=True)
            ]
            at = journal.read(part.seq - 1, 1) if part.seq else []
            if (at[0].chain if at else CHAIN_START) != part.chain:
                raise ConfigError(f"its chain hash at fact {part.seq} must be the journal's")
            fitting.append((part, values))
    except msgspec.MsgspecError as error:
        raise ConfigError(str(error)) from error
    if not fitting or not fitting[-1][0].last:
        raise ConfigError("its last part must be there")
    return fitting


def _actor(node: Node, address: str) -> Actor:
    ref = node.refs.get(address)
    actor = None if ref is None else node.actors[ref]
    if not isinstance(actor, Actor):
        raise ConfigError(f"{address} must be an actor here, it is not")
    return actor


def _apply(node: Node, journal: Journal, parts: list[tuple[Part, list[Any]]]) -> int:
    first = parts[0][0]
    later: dict[str, int] = {}
    for part, values in parts:
        for address, value in zip(part.states, values, strict=True):
            snapshot.put_back(_actor(node, address), value)
        for address, count in part.draws.items():
            node.dice(node.reach(address)).draws = count
        if part.seq > first.seq:
            later |= dict.fromkeys(part.states, part.seq)
    node.seq, node.chain = first.seq, first.chain
    node.handled = parts[-1][0].handled
    node.advance(first.now)
    return node.recover(_checked(node.name, journal, (first.seq, first.chain)), later)


def _checked(name: str, journal: Journal, head: tuple[int, bytes]) -> Iterator[FactRecord]:
    """The journal's facts after a head, each once its chain is checked, up to the journal's own head."""
    where = f"{name}: journal"
    while records := journal.read(head[0], READ_FACTS):
        head = check_chain(where, head, records)
        yield from records
    if head != (known := journal.head()):
        raise LedgerError(f"{where}: last fact must be {known[0]}, not {head[0]}")


def kept_state(bodies: Iterable[bytes], address: str) -> tuple[bytes | None, int]:
    """An actor's state in a snapshot, and the fact it is after; (None, 0) if it is not in it."""
    for body in bodies:
        part = _decode(body)
        if (state := part.states.get(address)) is not None:
            return state, part.seq
    return None, 0
