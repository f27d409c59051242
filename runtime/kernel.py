"""The synchronous heart: a queue for now, a heap for later, presorted streams, and a registry of actors.

A kernel knows no disk, socket or clock. Edges put input in with ``receive`` and take ``outbox`` out; time
moves only with an input or a timer, so the same inputs give the same messages however the work was sliced.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from runtime.actor import Actor, Started
from runtime.address import Ref
from runtime.dice import Dice, address_key
from runtime.errors import Fault

FAR_FUTURE_US = 1 << 62
TURN_MESSAGES_MAX = 2000
"""Messages handled before edges get their turn (measured: BENCHMARKS.md)."""


class Outlet(dict[type, Callable[..., None]]):
    """Stands in the registry for an address beyond the edge: whatever it is told goes to the outbox.

    It answers any message type with the same method, so that the kernel's loop needs no special case.
    """

    __slots__ = ("_send",)

    def __init__(self, ref: Ref, outbox: list[tuple[Ref, Any]]) -> None:
        super().__init__()

        def send(_: Any, message: Any) -> None:
            outbox.append((ref, message))

        self._send = send

    def __missing__(self, message_type: type) -> Callable[..., None]:
        self[message_type] = self._send
        return self._send


class Kernel:
    """Runs actors one message at a time.

    Attributes:
        now: microseconds since 1970 UTC, constant while a message is handled.
        handled: messages handled since the kernel was made; numbers inputs in recordings.
        outbox: (ref, message) told to addresses beyond the edge since the outbox was last taken.
    """

    def __init__(self, name: str, *, seed: int = 0, now_us: int = 0) -> None:
        self.name = name
        self.seed = seed
        self.now = now_us
        self.handled = 0
        self.actors: list[Any] = []
        self.addresses: list[str] = []
        self.refs: dict[str, Ref] = {}
        self.ready: deque[tuple[Ref, Any]] = deque()
        self.outbox: list[tuple[Ref, Any]] = []
        self._tables: list[Mapping[type, Callable[..., None]]] = []
        self._heap: list[tuple[int, int, Ref, Any]] = []
        self._timers = 0
        self._streams: list[tuple[int, int, Ref, Any, Iterator[tuple[int, Ref, Any]]]] = []
        self._draws: dict[Ref, Dice] = {}
        self.on_fault: Callable[[Fault], None] = self._stop_on_fault

    # The registry

    def spawn(self, address: str, actor: Actor) -> Ref:
        """Give an actor its address; with a ``resume`` it gets ``Started``. Raises ValueError if taken."""
        ref = self.refs.get(address)
        if ref is None:
            ref = self._register(address, actor, actor.handlers)
        elif isinstance(self.actors[ref], Actor):
            raise ValueError(f"{self.name}: address {address} is taken")
        else:
            self.actors[ref], self._tables[ref] = actor, actor.handlers
        actor.kernel, actor.ref = self, ref
        if type(actor).resume is not Actor.resume:
            self.ready.append((ref, Started()))
        return ref

    def reach(self, address: str) -> Ref:
        """The ref of an address; one not known yet is taken to lie beyond the edge until it is spawned."""
        ref = self.refs.get(address)
        if ref is None:
            outlet = Outlet(Ref(len(self.actors)), self.outbox)
            ref = self._register(address, outlet, outlet)
        return ref

    def _register(self, address: str, actor: Any, table: Mapping[type, Callable[..., None]]) -> Ref:
        ref = self.refs[address] = Ref(len(self.actors))
        self.addresses.append(address)
        self.actors.append(actor)
        self._tables.append(table)
        return ref

    def dice(self, ref: Ref) -> Dice:
        """The chance of one actor."""
        dice = self._draws.get(ref)
        if dice is None:
            dice = self._draws[ref] = Dice(address_key(self.seed, self.addresses[ref]))
        return dice

    # Input and time

    def receive(self, to: Ref, message: Any) -> None:
        """Take input from an edge, stamped with the current ``now``."""
        self.ready.append((to, message))

    def later(self, at_us: int, to: Ref, message: Any) -> None:
        """Set a timer."""
        self._timers += 1
        heapq.heappush(self._heap, (at_us, self._timers, to, message))

    def merge(self, arrivals: Iterable[tuple[int, Ref, Any]]) -> None:
        """Add a stream of (at_us, to, message), sorted by time; it is drawn from only as time passes."""
        self._timers += 1
        iterator = iter(arrivals)
        if (first := next(iterator, None)) is not None:
            heapq.heappush(self._streams, (first[0], self._timers, first[1], first[2], iterator))

    def next_at(self) -> int:
        """When there is next something to do: ``now`` if messages are ready, FAR_FUTURE_US if never."""
        if self.ready:
            return self.now
        heap, streams = self._heap, self._streams
        at = heap[0][0] if heap else FAR_FUTURE_US
        return streams[0][0] if streams and streams[0][0] < at else at

    @property
    def timers_waiting(self) -> int:
        """How many timers are set."""
        return len(self._heap)

    def advance(self, to_us: int) -> None:
        """Move ``now`` forward; it never goes back."""
        if to_us > self.now:
            self.now = to_us

    def fire(self) -> None:
        """Move to the next timer or arrival and make everything due at that moment ready."""
        at = self.next_at()
        if at == FAR_FUTURE_US:
            return
        if at > self.now:
            self.now = at
        self.fire_due()

    def fire_due(self) -> None:
        """Make every timer and arrival ready whose time has come; at the same time, timers first."""
        heap, streams, now = self._heap, self._streams, self.now
        while True:
            due = heap[0][0] if heap else FAR_FUTURE_US
            if streams and streams[0][0] < due and streams[0][0] <= now:
                _, number, ref, message, iterator = streams[0]
                following = next(iterator, None)
                if following is None:
                    heapq.heappop(streams)
                else:
                    heapq.heapreplace(streams, (following[0], number, following[1], following[2], iterator))
            elif due <= now:
                _, _, ref, message = heapq.heappop(heap)
            else:
                return
            self.fired(ref, message)

    def fired(self, ref: Ref, message: Any) -> None:
        """A timer or arrival is due. Nodes record it as input."""
        self.ready.append((ref, message))

    # The loop

    def drain(self, messages_max: int = TURN_MESSAGES_MAX) -> int:
        """Handle ready messages, at most this many; return how many were handled."""
        ready, actors, tables = self.ready, self.actors, self._tables
        pop = ready.popleft
        left = messages_max
        while ready and left:
            left -= 1
            ref, message = pop()
            try:
                tables[ref][type(message)](actors[ref], message)
            except Exception as error:
                self.on_fault(Fault(self.addresses[ref], message, error))
        count = messages_max - left
        self.handled += count
        return count

    def run(self, until_us: int) -> int:
        """Handle everything up to and including ``until_us`` without a pause; return how many messages."""
        before = self.handled
        plain = type(self).fired is Kernel.fired and type(self).drain is Kernel.drain
        while True:
            if not self.ready:
                at = self.next_at()
                if at > until_us:
                    break
                if plain and len(self._streams) == 1 and not (self._heap and self._heap[0][0] <= at):
                    self._follow(until_us)
                    continue
                self.advance(at)
                self.fire_due()
            self.drain()
        self.advance(until_us)
        return self.handled - before

    def _follow(self, until_us: int) -> None:
        """Handle the only stream's arrivals until a timer comes first, another stream joins or time is up.

        What ``fire_due`` and ``drain`` would do, without a call for each arrival (measured: twice as fast).
        """
        ready, actors, tables = self.ready, self.actors, self._tables
        heap, streams, pop = self._heap, self._streams, ready.popleft
        at, number, ref, message, arrivals = streams.pop()
        handled = 0
        try:
            while at <= until_us and not streams and not (heap and heap[0][0] <= at):
                self.now = moment = at if at > self.now else self.now
                at = FAR_FUTURE_US
                ready.append((ref, message))
                for at, ref, message in arrivals:
                    if at > moment:
                        break
                    ready.append((ref, message))
                    at = FAR_FUTURE_US
                while ready:
                    to, told = pop()
                    handled += 1
                    try:
                        tables[to][type(told)](actors[to], told)
                    except Exception as error:
                        self.on_fault(Fault(self.addresses[to], told, error))
        finally:
            self.handled += handled
            if at < FAR_FUTURE_US:
                heapq.heappush(streams, (at, number, ref, message, arrivals))

    # What only nodes keep

    def recorded(self, ref: Ref, fact: Any) -> None:
        """A fact was recorded; a bare kernel (the simulator's street) forgets it."""

    def published(self, ref: Ref, reading: Any) -> None:
        """A reading was published; a bare kernel forgets it."""

    def ended(self, ref: Ref) -> None:
        """An actor is gone: what it is told lies beyond the edge, and its timers never fire."""
        self.actors[ref] = self._tables[ref] = Outlet(ref, self.outbox)
        self.clear_timers(ref)

    def clear_timers(self, ref: Ref) -> None:
        """Forget what an actor wanted to be told later."""
        self._heap[:] = [timer for timer in self._heap if timer[2] != ref]
        heapq.heapify(self._heap)

    def _stop_on_fault(self, fault: Fault) -> None:
        raise fault.error
