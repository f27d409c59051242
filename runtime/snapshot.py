"""The state of a node's actors as bytes, so that a restart or a replay need not begin at the first fact.

An actor's state is its annotated slots that are not constructor arguments. ``durable`` ones follow from facts
and are enough after a crash; a recording that begins in the middle of things keeps all of them, the messages
that were waiting, and the order in which addresses got their refs.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

import attrs
import msgspec

from runtime.actor import Actor
from runtime.errors import ConfigError, ProtocolError
from runtime.recorded import Input, decode_inputs, encode_inputs

if TYPE_CHECKING:
    from runtime.node import Node

VERSION = 1
_encode = msgspec.msgpack.Encoder().encode


@attrs.frozen
class _Shape:
    """How a class of actors keeps its state: names, a decoder of all values, and which may hold sets."""

    names: tuple[str, ...]
    decode: Callable[[bytes], tuple[Any, ...]]
    with_sets: frozenset[str]

    def values(self, actor: Actor) -> list[Any]:
        """The values to encode; sets in order, so that the same state always gives the same bytes."""
        return [
            _ordered(getattr(actor, name)) if name in self.with_sets else getattr(actor, name)
            for name in self.names
        ]


_shapes: dict[tuple[type, bool], _Shape] = {}


def _shape(cls: type[Actor], whole: bool) -> _Shape:
    known = _shapes.get((cls, whole))
    if known is not None:
        return known
    hints = get_type_hints(cls, localns={"Kernel": object})
    names = cls.durable
    if whole:
        other = {*inspect.signature(cls).parameters, "kernel", "ref"}
        slots = [name for base in reversed(cls.__mro__) for name in getattr(base, "__slots__", ())]
        names = tuple(name for name in slots if name in hints and name not in other)
    if missing := [name for name in names if name not in hints]:
        raise TypeError(f"{cls.__name__}: durable {missing[0]} must be annotated in the class")
    values: Any = tuple[tuple(hints[name] for name in names)]  # type: ignore[misc]
    with_sets = frozenset(name for name in names if _may_hold_sets(hints[name], set()))
    shape = _shapes[cls, whole] = _Shape(names, msgspec.msgpack.Decoder(values).decode, with_sets)
    return shape


def _may_hold_sets(hint: Any, seen: set[Any]) -> bool:
    if hint in (set, frozenset) or get_origin(hint) in (set, frozenset):
        return True
    if any(_may_hold_sets(inner, seen) for inner in get_args(hint)):
        return True
    if not isinstance(hint, type) or not attrs.has(hint) or hint in seen:
        return False
    seen.add(hint)
    return any(_may_hold_sets(inner, seen) for inner in get_type_hints(hint).values())


def _ordered(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return [_ordered(inner) for inner in sorted(value)]
    if isinstance(value, dict):
        return {key: _ordered(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_ordered(inner) for inner in value]
    if attrs.has(type(value)):
        return {field.name: _ordered(getattr(value, field.name)) for field in attrs.fields(type(value))}
    return value


@attrs.frozen
class _Kept:
    """A snapshot as it is encoded. ``states`` is by address; the last two are empty unless ``whole``."""

    version: int
    whole: bool
    seq: int
    chain: bytes
    now: int
    handled: int
    draws: dict[str, int]
    states: dict[str, bytes]
    addresses: list[str]
    ready: bytes


_decode = msgspec.msgpack.Decoder(_Kept).decode


def save(node: Node, *, whole: bool) -> bytes:
    """Return the state of every actor, with the draws of its dice and the node's place in its history."""
    states = {}
    for address, actor in zip(node.addresses, node.actors, strict=True):
        if isinstance(actor, Actor) and (shape := _shape(type(actor), whole)).names:
            states[address] = _encode(shape.values(actor))
    waiting = [Input(0, 0, node.addresses[ref], message) for ref, message in node.ready] if whole else []
    kept = _Kept(
        version=VERSION,
        whole=whole,
        seq=node.seq,
        chain=node.chain,
        now=node.now,
        handled=node.handled,
        draws=node.draws(),
        states=states,
        addresses=node.addresses if whole else [],
        ready=encode_inputs(waiting),
    )
    return _encode(kept)


def load(node: Node, body: bytes) -> dict[str, tuple[bool, bytes]]:
    """Put the state back; return what ``restore`` needs to put back one actor's durable part again.

    Raises ConfigError for another version, or a state that does not fit the node's actors.
    """
    try:
        kept = _decode(body)
        if kept.version != VERSION:
            raise ConfigError(f"node {node.name}: snapshot version must be {VERSION}, not {kept.version}")
        for address in kept.addresses:
            node.reach(address)
        for address, state in kept.states.items():
            ref = node.refs.get(address)
            if ref is None or not isinstance(actor := node.actors[ref], Actor):
                raise ConfigError(f"node {node.name}: snapshot: {address} must be an actor here, it is not")
            restore(actor, kept.whole, state)
        waiting = decode_inputs(kept.ready)
    except (msgspec.MsgspecError, ProtocolError) as error:
        raise ConfigError(f"node {node.name}: snapshot: {error}") from error
    node.seq, node.chain, node.now, node.handled = kept.seq, kept.chain, kept.now, kept.handled
    node.ready.extend((node.reach(given.to), given.message) for given in waiting)
    for address, count in kept.draws.items():
        node.dice(node.reach(address)).draws = count
    return {address: (kept.whole, state) for address, state in kept.states.items()}


def restore(actor: Actor, whole: bool, state: bytes, *, durable_only: bool = False) -> None:
    """Set an actor's attributes from its state; ``durable_only`` leaves those that facts do not determine."""
    shape = _shape(type(actor), whole)
    for name, value in zip(shape.names, shape.decode(state), strict=True):
        if not durable_only or name in actor.durable:
            setattr(actor, name, value)


def state_of(actor: Actor) -> bytes:
    """What facts determine of an actor."""
    return _encode(_shape(type(actor), whole=False).values(actor))


def values_of(actor: Actor, state: bytes) -> tuple[Any, ...]:
    """The values ``state_of`` kept; raises msgspec.MsgspecError if they do not fit the actor."""
    return _shape(type(actor), whole=False).decode(state)


def put_back(actor: Actor, values: tuple[Any, ...]) -> None:
    """Set an actor's durable attributes."""
    for name, value in zip(actor.durable, values, strict=True):
        setattr(actor, name, value)


def described(actor: Actor) -> dict[str, Any]:
    """All that an actor knows, by attribute, for people to read."""
    shape = _shape(type(actor), whole=True)
    return dict(zip(shape.names, shape.values(actor), strict=True))
