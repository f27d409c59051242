"""The office's end of the watchers' wire: each gets the latest value of each topic, as fast as it takes them.

A watcher asks, and is sent ``WINDOW`` values at most before it says that it has taken some. What changes
meanwhile is remembered by name only, so a watcher that stalls holds nobody up, costs one name a topic however
much is published, and goes on with the values of now. (XPUB would queue the oldest and drop the newest.)
"""

from __future__ import annotations

from collections.abc import Callable

import attrs
import trio
import zmq

from runtime.bus.wire import HEADER, NAME_BYTES_MAX, QUEUE_MESSAGES_MAX, Security, Wire, Wires

LAST_VALUES_MAX = 100_000
WATCHERS_MAX = 64
PREFIXES_MAX = 100
"""Of one watcher."""
WINDOW = QUEUE_MESSAGES_MAX // 4
"""Values on their way to one watcher; fewer than ZeroMQ queues, so none is ever dropped for want of room."""
TAKEN_BYTES = 4
PATIENCE_SECONDS = 30.0
"""A watcher that has said nothing for so long is forgotten; one that lives says something now and then."""


@attrs.define(slots=True)
class _Watcher:
    """One that asked.

    Attributes:
        key: its public key; "" on a wire without keys.
        room: values it may still be sent.
        behind: topics whose value it has not been sent, in the order they changed.
        heard: when it last said something, by trio's clock.
    """

    key: str
    room: int = WINDOW
    prefixes: tuple[bytes, ...] = ()
    behind: dict[bytes, None] = attrs.field(factory=dict)
    heard: float = 0.0


class WatchDesk:
    """Last values, and who watches which.

    Args:
        wires: of the office's bus.
        bind: where to listen.
        security: of the office; None without keys.
        speaks: whether whoever has this key may watch now.

    Attributes:
        endpoint: where it listens.
        garbage: messages that ask for nothing, or come from one watcher too many.
        strangers: those by a key that is not on the roster any more.
    """

    def __init__(
        self, wires: Wires, bind: str, security: Security | None, speaks: Callable[[str], bool]
    ) -> None:
        self.garbage = self.strangers = 0
        self._wire: Wire = wires.open(zmq.ROUTER, security)
        self._speaks = speaks
        self._last: dict[bytes, bytes] = {}
        self._watchers: dict[bytes, _Watcher] = {}
        self.endpoint = self._wire.bind(bind)

    @property
    def watchers(self) -> int:
        """How many watch."""
        return len(self._watchers)

    @property
    def waiting(self) -> int:
        """Names of values that watchers have yet to be sent: at most the topics, times the watchers."""
        return sum(len(watcher.behind) for watcher in self._watchers.values())

    def publish(self, topic: str, body: bytes) -> None:
        """A topic has a new value, kept for those who come later."""
        name = topic.encode("ascii")
        if name not in self._last and len(self._last) >= LAST_VALUES_MAX:
            self._drop(next(iter(self._last)))
        self._last[name] = body
        for route, watcher in list(self._watchers.items()):
            if name.startswith(watcher.prefixes):
                watcher.behind[name] = None
                self._pump(route, watcher)

    def _drop(self, name: bytes) -> None:
        del self._last[name]
        for watcher in self._watchers.values():
            watcher.behind.pop(name, None)

    def _pump(self, route: bytes, watcher: _Watcher) -> None:
        behind = watcher.behind
        while behind and watcher.room:
            name = next(iter(behind))
            if not self._wire.send([route, name, HEADER, self._last[name]]):
                self._watchers.pop(route, None)
                return
            del behind[name]
            watcher.room -= 1

    async def serve(self) -> None:
        """Hear watchers until the bus closes; a task of the caller's nursery."""
        while True:
            try:
                taken = await self._wire.receive()
            except trio.ClosedResourceError:
                return
            for key, parts in taken:
                self._asked(key, parts)

    def _asked(self, key: str, parts: list[bytes]) -> None:
        if len(parts) != 4 or parts[2] != HEADER or len(parts[3]) != TAKEN_BYTES:
            self.garbage += 1
            return
        if not self._speaks(key):
            self.strangers += 1
            return
        route, prefix, _, taken = parts
        watcher = self._watcher(route, key)
        if watcher is None or not self._follows(watcher, prefix):
            self.garbage += 1
            return
        watcher.heard = trio.current_time()
        watcher.room = min(WINDOW, watcher.room + int.from_bytes(taken, "big"))
        self._pump(route, watcher)

    def _watcher(self, route: bytes, key: str) -> _Watcher | None:
        if (known := self._watchers.get(route)) is not None:
            return known
        oldest = trio.current_time() - PATIENCE_SECONDS
        for gone in [each for each, watcher in self._watchers.items() if watcher.heard < oldest]:
            del self._watchers[gone]
        if len(self._watchers) >= WATCHERS_MAX:
            return None
        watcher = self._watchers[route] = _Watcher(key)
        return watcher

    def _follows(self, watcher: _Watcher, prefix: bytes) -> bool:
        """Note a prefix, and all that is known under it; False if it cannot be one, or is one too many."""
        if prefix in watcher.prefixes:
            return True
        if len(prefix) > NAME_BYTES_MAX or not prefix.isascii() or len(watcher.prefixes) >= PREFIXES_MAX:
            return False
        watcher.prefixes += (prefix,)
        for name in self._last:
            if name.startswith(prefix):
                watcher.behind[name] = None
        return True

    def keep_to_roster(self) -> None:
        """Forget whoever lost its key."""
        for route in [route for route, watcher in self._watchers.items() if not self._speaks(watcher.key)]:
            del self._watchers[route]

    async def change_key(self, security: Security) -> None:
        """End every connection and listen with another key; raises ConfigError if the port stays taken."""
        self._watchers.clear()
        self._wire.renew(security)
        await self._wire.bind_again(self.endpoint)
