"""The feed under load, as a process of its own: ``hawker bench feed`` starts it and reads what it prints.

``python -m console.feed.bench fan CLIENTS SECONDS``: prints the feed's port, waits for so many clients, ticks
for so long, and prints what a message cost. ``… sales RATE SECONDS``: prints the page's address, waits for a
page, sells at that rate, and prints when each total of the day was reached. Both print JSON last.
"""

from __future__ import annotations

import secrets
import sys
import time
from functools import partial

import msgspec
import trio

from actors.machine.messages import VendCompleted
from console.feed.live import BUSY_SECONDS, LiveFeed
from console.people.permissions import OWNER_ROLES, Person, Places, permissions_of
from console.state.actor import ConsoleActor
from console.state.views import Changes
from console.web import Served, serve
from runtime.actor import Report
from runtime.kernel import Kernel
from scenarios import assembly, scenario
from scenarios.live.health import LinkState

MACHINES = 200
CHANGED_ROWS = 100
WARM_TICKS = 10
BATCH_SECONDS = 0.005


class BenchHost:
    """hk-demo's chain with its console actor and nothing else: what it hears is made up here."""

    def __init__(self) -> None:
        made = scenario.prepare(scenario.load("hk-demo"), changes=(f"machines={MACHINES}",))
        self.chain = made.chain
        self.speed = 1.0
        self.kernel = Kernel("office", now_us=assembly.midnight_us(made) + 12 * 3_600_000_000)
        self.console = ConsoleActor(self.chain)
        self.kernel.spawn("office/console", self.console)
        self._sold = 0

    def now_us(self) -> int:
        """See ``Host``."""
        return self.kernel.now

    @property
    def data(self) -> None:
        """None: nothing is kept."""

    def links(self) -> list[LinkState]:
        """None."""
        return []

    def checked(self) -> None:
        """None: nothing is checked."""

    def nodes(self) -> list[tuple[str, bool, int]]:
        """See ``Host``."""
        return [(name, True, self.kernel.now) for name in self.chain.nodes]

    def tell(self, address: str, message: object) -> None:
        """See ``Host``; nobody is there to be told."""

    def change(self, rows: int) -> None:
        """Let so many machines have sold something: only what the feed has to tell of it is measured."""
        for machine in self.console.machines[:rows]:
            machine.sales_minor += 1
        self.console.changes.machines.update(range(rows))

    def sell(self) -> int:
        """One unit of one minor unit more is sold; returns the day's total."""
        self._sold += 1
        plan = self.chain.machines[self._sold % len(self.chain.machines)]
        lane = plan.lanes[self._sold % len(plan.lanes)]
        fact = VendCompleted(
            sale=self._sold, unit=0, product=lane.product, price_minor=1, tender="code", level=lane.level
        )
        self.console.hear(Report(plan.node, self._sold, f"{plan.id}/lane/{lane.code}", self.kernel.now, fact))
        return self._sold


class OpenDoors:
    """Everybody may come in: what is measured begins behind the doors."""

    def __init__(self, host: BenchHost) -> None:
        self._person = Person(
            id="p1", name="bench", roles=OWNER_ROLES, sites=None, permissions=permissions_of(OWNER_ROLES),
            places=Places(host.chain),
        )  # fmt: skip

    def origin_is_ours(self, origin: str) -> bool:
        """See ``Doors``."""
        return True

    def use_ticket(self, ticket: str) -> Person | None:
        """See ``Doors``."""
        return self._person


async def fan(clients: int, seconds: float) -> dict[str, float]:
    """Tick for so many clients; returns messages, their bytes, and processor time a message."""
    host = BenchHost()
    live = LiveFeed(host, OpenDoors(host), clients_max=clients)
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1", backlog=1024)
    async with listener, trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, live.serve, [listener])
        print(listener.socket.getsockname()[1], flush=True)
        while len(live.clients) < clients:  # noqa: ASYNC110 - they come from another process
            await trio.sleep(BUSY_SECONDS)
        ticks = round(seconds / BUSY_SECONDS)
        cpu = 0.0
        began = trio.current_time()
        for tick in range(WARM_TICKS + ticks):
            if tick == WARM_TICKS:
                cpu = time.process_time()
            host.change(CHANGED_ROWS)
            live.tick()
            await trio.sleep_until(began + (tick + 1) * BUSY_SECONDS)
        cpu = time.process_time() - cpu
        held = len(live.clients)
        nursery.cancel_scope.cancel()
        size = len(live.circle(None).delta(Changes(machines=set(range(CHANGED_ROWS)))))
    messages = held * ticks
    return {"clients": held, "messages": messages, "bytes": size, "us_a_message": cpu / messages * 1e6}


async def sales(rate: int, seconds: float) -> dict[str, list[list[float]]]:
    """Sell at a rate to an open page; returns [total of the day, when it was heard] for every sale."""
    host = BenchHost()
    heard: list[list[float]] = []
    async with trio.open_nursery() as nursery:
        served: Served = await nursery.start(partial(serve, host, port=0, token=secrets.token_urlsafe(32)))
        print(served.url, flush=True)
        while not served.live.clients:  # noqa: ASYNC110 - a browser opens it
            await trio.sleep(BATCH_SECONDS)
        began = trio.current_time()
        while (elapsed := trio.current_time() - began) < seconds:
            while len(heard) < elapsed * rate:
                heard.append([float(host.sell()), time.time()])
            await trio.sleep(BATCH_SECONDS)
        await trio.sleep(1)
        nursery.cancel_scope.cancel()
    return {"heard": heard}


def main() -> None:
    """Run what the command line says and print it as JSON."""
    what, many, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    print(msgspec.json.encode(trio.run(fan if what == "fan" else sales, many, seconds)).decode(), flush=True)


if __name__ == "__main__":
    main()
