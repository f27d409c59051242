"""An actor: a plain object that handles one message at a time and never waits.

Durable state changes only in ``@applies`` methods, so the facts an actor recorded are enough to make it
again. A handler must not do I/O, read the wall clock or keep secrets from its facts.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

import attrs

from runtime.address import Ref

if TYPE_CHECKING:
    from runtime.dice import Dice
    from runtime.kernel import Kernel

F = TypeVar("F", bound=Callable[..., Any])

Restart = Literal["permanent", "transient", "temporary"]


def handles(*message_types: type) -> Callable[[F], F]:
    """Mark the method that handles these messages: ``method(self, message)``."""
    return _marked("_handles", message_types)


def applies(*fact_types: type) -> Callable[[F], F]:
    """Mark the only method that may change durable state for these facts: ``method(self, fact)``."""
    return _marked("_applies", fact_types)


def hears(*fact_types: type) -> Callable[[F], F]:
    """Mark the method that takes reports of other nodes' facts and readings: ``method(self, report)``."""
    return _marked("_hears", fact_types)


def _marked(name: str, types: tuple[type, ...]) -> Callable[[F], F]:
    def mark(method: F) -> F:
        setattr(method, name, types)
        return method

    return mark


class Actor:
    """Base of every actor.

    A subclass lists its ``__slots__``, keeps its constructor's arguments unchanged under their own names (so
    that supervision can make it anew), annotates in the class every other slot that is state (so that
    snapshots can keep it), and names in ``durable`` those that its facts determine. A slot without an
    annotation is derived from the arguments.
    """

    __slots__ = ("kernel", "ref")
    kernel: Kernel
    ref: Ref

    durable: ClassVar[tuple[str, ...]] = ()
    restart: ClassVar[Restart] = "permanent"
    """"permanent": made anew after a fault, and never ends; "transient": made anew after a fault, and may
    end; "temporary": dropped after a fault, and may end."""
    handlers: ClassVar[dict[type, Callable[..., None]]] = {}
    appliers: ClassVar[dict[type, Callable[..., None]]] = {}
    hearers: ClassVar[dict[type, Callable[..., None]]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.handlers, cls.appliers, cls.hearers = dict(Actor.handlers), {}, {}
        for mark, table in (("_handles", cls.handlers), ("_applies", cls.appliers), ("_hears", cls.hearers)):
            for base in reversed(cls.__mro__):
                for method in vars(base).values():
                    for message_type in getattr(method, mark, ()):
                        table[message_type] = method

    @property
    def address(self) -> str:
        """Where others reach it, e.g. ``hk-0712/lane/A3``."""
        return self.kernel.addresses[self.ref]

    @property
    def now(self) -> int:
        """Microseconds since 1970 UTC; constant while a message is handled."""
        return self.kernel.now

    @property
    def random(self) -> Dice:
        """Seeded chance of this actor: a function of the run's seed, the address and the draw's number."""
        return self.kernel.dice(self.ref)

    def reach(self, address: str) -> Ref:
        """The ref of an address, here or beyond the edge. Look it up once, when wired."""
        kernel = self.kernel
        ref = kernel.refs.get(address)
        return kernel.reach(address) if ref is None else ref

    def tell(self, to: Ref, message: object) -> None:
        """Put a message at the end of the node's queue (or in its outbox, if ``to`` is beyond the edge)."""
        self.kernel.ready.append((to, message))

    def after(self, seconds: float, message: object) -> None:
        """Tell oneself later; ``seconds`` may be 0. Timers end with a restart: ``resume`` sets them anew."""
        self.kernel.later(self.kernel.now + round(seconds * 1_000_000), self.ref, message)

    def record(self, fact: object) -> None:
        """Make it so: apply the fact, keep it, and let nothing it causes out before it is on disk."""
        if (apply := self.appliers.get(type(fact))) is not None:
            apply(self, fact)
        self.kernel.recorded(self.ref, fact)

    def publish(self, reading: object) -> None:
        """Send a reading to whoever watches; it never overtakes a fact recorded before it."""
        self.kernel.published(self.ref, reading)

    def end(self) -> None:
        """Having done what it was for, be gone for the rest of this life of the node, timers and all.

        What it is told from then on lies beyond the edge. A node that starts again starts it again: one that
        should stay ended looks at its facts in ``resume``. Raises TypeError if it is permanent, which is a
        fault like any other.
        """
        if self.restart == "permanent":
            raise TypeError(f"{self.address}: must be transient or temporary to end, it is permanent")
        self.kernel.ended(self.ref)

    def resume(self) -> None:
        """Called once when the actor starts, and again after a restart: set timers, finish what was begun."""

    def hear(self, report: Report) -> None:
        """Dispatch a report to the method that ``@hears`` its content."""
        if (method := self.hearers.get(type(report.content))) is not None:
            method(self, report)

    def made_anew(self) -> Actor:
        """A new actor with the same constructor arguments and no history."""
        names = inspect.signature(type(self)).parameters
        return type(self)(**{name: getattr(self, name) for name in names})


EPOCH_SEQS = 1 << 40


def heard_seq(epoch: int, seq: int) -> int:
    """A fact's number as desks hear it: in a newer epoch, which may begin at a lower number, it is higher."""
    return seq + (epoch - 1) * EPOCH_SEQS


@attrs.define(slots=True)
class Report:
    """What another node said, as an office desk hears it.

    Attributes:
        node: the node that said it.
        seq: grows with every fact of the node (``heard_seq``); 0 for a reading.
        source: address of the actor that recorded or published it.
        at_us: when it did, by its node's clock.
        content: the fact or reading.
    """

    node: str
    seq: int
    source: str
    at_us: int
    content: Any


@attrs.define(slots=True)
class Started:
    """The first message an actor with ``resume`` gets, at start and after each restart."""


def _start(actor: Actor, _: Started) -> None:
    actor.resume()


def _hear(actor: Actor, report: Report) -> None:
    actor.hear(report)


Actor.handlers = {Started: _start, Report: _hear}
