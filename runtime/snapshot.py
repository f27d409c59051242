"""The state of a node's actors as bytes, so that a restart or a replay need not begin at the first fact.

An actor's state is its annotated slots that are not constructor arguments. ``durable`` ones follow from facts and
are enough after a crash; a recording that begins in the middle of things keeps all of them.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, get_type_hints

import msgspec

from runtime.actor import Actor
from runtime.errors import ConfigError

if TYPE_CHECKING:
    from runtime.node import Node

VERSION = 1


@functools.cache
def _fields(cls: type[Actor], whole: bool) -> tuple[tuple[str, ...], Any]:
    """Names of the state and a decoder for a tuple of them."""
    hints = get_type_hints(cls, localns={"Kernel": object})
    if whole:
        given = set(inspect.signature(cls).parameters)
        slots = [name for base in reversed(cls.__mro__) for name in getattr(base, "__slots__", ())]
        names = tuple(name for name in slots if name in hints and name not in given and name not in ("kernel", "ref"))
    else:
        names = cls.durable
    return names, msgspec.msgpack.Decoder(tuple[tuple(hints[name] for name in names)]).decode  # type: ignore[misc]


def save(node: Node, *, whole: bool) -> bytes:
    """Return the state of every actor of the node, with the draws of its dice and its place in its history."""
    encode = msgspec.msgpack.Encoder().encode
    states = []
    for address, actor in zip(node.addresses, node.actors, strict=True):
        if isinstance(actor, Actor):
            names, _ = _fields(type(actor), whole)
            if names:
                states.append((address, encode([getattr(actor, name) for name in names])))
    draws = {node.addresses[ref]: dice.draws for ref, dice in node._draws.items()}
    return encode((VERSION, whole, node.seq, node.chain, node.now, node.handled, draws, states))


def load(node: Node, body: bytes) -> None:
    """Put the state back into the node's actors."""
    shape = tuple[int, bool, int, bytes, int, int, dict[str, int], list[tuple[str, bytes]]]
    try:
        version, whole, seq, chain, now, handled, draws, states = msgspec.msgpack.decode(body, type=shape)
        if version != VERSION:
            raise ConfigError(f"node {node.name}: snapshot version must be {VERSION}, not {version}")
        for address, state in states:
            actor = node.actors[node.reach(address)]
            if isinstance(actor, Actor):
                names, decode = _fields(type(actor), whole)
                for name, value in zip(names, decode(state), strict=True):
                    setattr(actor, name, value)
    except msgspec.MsgspecError as error:
        raise ConfigError(f"node {node.name}: snapshot: {error}") from error
    node.seq, node.chain, node.now, node.handled = seq, chain, now, handled
    for address, count in draws.items():
        node.dice(node.reach(address)).draws = count
