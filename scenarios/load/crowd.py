"""Shoppers before a store's tills, and the tills' devices, without actors: as little work a sale as can be.

A shopper comes at the moment drawn for them, however slow the store is (open load). A till serves one at a
time; whoever finds too many before it leaves. Devices answer in bulk: a printer after its time, a terminal at
once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import trio

from hardware.contract.keypad import Served
from hardware.contract.payment import Authorise, Authorised, Settle, Settled
from hardware.contract.till import DrawerOpened, OpenDrawer, Printed, PrintReceipt, TenderChosen
from runtime.address import head
from runtime.clock import Clock
from scenarios.chain import Chain, StorePlan
from scenarios.load import witness
from scenarios.load.shoppers import TENDERS, Shoppers, Stage, baskets, shoppers
from scenarios.load.witness import Writer
from simulator.devices.till import DRAWER_SECONDS, PRINT_SECONDS

TICK_SECONDS = 0.002
"""How often the street is looked at; it counts as the shoppers' time, not ours."""
QUEUE_MAX = 5
"""Shoppers before one till; the next one leaves."""

Hear = Callable[[str, object], None]
Person = tuple[int, int, int]
"""When they were meant to come, their basket's number, their tender's number."""


class _Till:
    """A till as seen from its front."""

    __slots__ = ("address", "here", "number", "queue", "sale")

    def __init__(self, number: int, address: str) -> None:
        self.number, self.address = number, address
        self.queue: deque[Person] = deque()
        self.here: Person | None = None
        self.sale = 0  # the newest receipt it printed


class Crowd:
    """The people and devices of one store.

    Args:
        chain: with its products.
        store: where.
        sites: how many share the load.
        seed: of all chance.
        hear: takes what devices tell an address.
        folder: where to write down who was served, and who left.

    Attributes:
        waiting: shoppers in queues.
        inside: shoppers being served.
        served, left: how many so far.
    """

    def __init__(
        self, chain: Chain, store: StorePlan, sites: int, seed: int, hear: Hear, folder: Path
    ) -> None:
        self.waiting = self.inside = 0
        self.served = self.left = 0
        self._store, self._sites, self._seed = store, sites, seed
        self._hear = hear
        self._baskets = baskets(chain, store, seed)
        self._tills = [_Till(number, f"{store.id}/till/{number + 1}") for number in range(store.tills)]
        self._by_address = {till.address: till for till in self._tills}
        self._coming: deque[Shoppers] = deque()
        self._next = 0
        self._printing: deque[tuple[int, str, Printed]] = deque()
        self._drawers: deque[tuple[int, str, DrawerOpened]] = deque()
        self._sold = Writer(folder / f"{store.id}.sold", witness.SALE)
        self._gone = Writer(folder / f"{store.id}.gone", witness.GONE)
        self._clock: Clock

    def stand(self, clock: Clock) -> None:
        """Be there, by this clock."""
        self._clock = clock

    def expect(self, stage: Stage) -> None:
        """Have people come; stages follow each other in time."""
        self._coming.append(shoppers(stage, self._sites, self._store, self._seed))

    @property
    def idle(self) -> bool:
        """Whether nobody is expected, nobody is here, and every receipt is out."""
        return not (self._coming or self.waiting or self.inside or self._printing or self._drawers)

    def stop(self) -> None:
        """Write down what was seen."""
        self._sold.close()
        self._gone.close()

    async def run(self) -> None:
        """Let them come until cancelled."""
        while True:
            now_us = self._clock.now_us()
            if self._coming:
                self._come(now_us)
            for due in (self._printing, self._drawers):
                while due and due[0][0] <= now_us:
                    _, address, message = due.popleft()
                    self._hear(address, message)
            await trio.sleep(TICK_SECONDS)

    def flush(self) -> None:
        """Hand what was written down to the operating system."""
        self._sold.flush()
        self._gone.flush()

    # People

    def _come(self, now_us: int) -> None:
        coming = self._coming[0]
        at, tills = coming.at_us, self._tills
        end = int(at.searchsorted(now_us, "right"))
        for number in range(self._next, end):
            till = tills[coming.till[number]]
            person = (int(at[number]), int(coming.basket[number]), int(coming.tender[number]))
            if till.here is None:
                self._serve(till, person)
            elif len(till.queue) < QUEUE_MAX:
                till.queue.append(person)
                self.waiting += 1
            else:
                self._leave(person)
        self._next = end
        if end == len(at):
            self._coming.popleft()
            self._next = 0

    def _serve(self, till: _Till, person: Person) -> None:
        till.here = person
        self.inside += 1
        _, number, tender = person
        basket, hear, address = self._baskets[number], self._hear, till.address
        for line in basket.lines:
            hear(address, line)
        given = basket.given_minor if tender == 0 else 0
        hear(address, TenderChosen(customer=number, tender=TENDERS[tender], given_minor=given))

    def _leave(self, person: Person) -> None:
        self.left += 1
        self._gone.add((person[0],))

    # What tills tell their devices; the facts behind it are on disk

    def order(self, address: str, message: Any) -> None:
        """Take what a till tells one of its devices."""
        kind, at = type(message), address.rpartition("/")[0]
        if kind is PrintReceipt:
            self._by_address[at].sale = message.job
            due = self._clock.now_us() + round(PRINT_SECONDS * 1e6)
            self._printing.append((due, at, Printed(job=message.job)))
        elif kind is Served:
            self._done(self._by_address[at], message)
        elif kind is OpenDrawer:
            due = self._clock.now_us() + round(DRAWER_SECONDS * 1e6)
            self._drawers.append((due, at, DrawerOpened(sale=message.sale)))
        elif kind is Authorise:
            reference = f"{head(address)}:{message.sale}"
            self._hear(
                at, Authorised(sale=message.sale, amount_minor=message.amount_minor, reference=reference)
            )
        elif kind is Settle:
            self._hear(at, Settled(sale=message.sale, amount_minor=message.amount_minor))

    def _done(self, till: _Till, served: Served) -> None:
        person = till.here
        assert person is not None
        till.here = None
        self.inside -= 1
        if served.vended:
            self.served += 1
            total = self._baskets[person[1]].total_minor
            self._sold.add((person[0], self._clock.now_us(), till.number, till.sale, total, person[2]))
        else:
            self._leave(person)
        if till.queue:
            self.waiting -= 1
            self._serve(till, till.queue.popleft())
