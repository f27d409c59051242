"""Facts a second from a node to the ledger over tcp with keys, each exactly once, durable at both ends.

Two processes: the node commits its facts to its journal and sends them up its link; the office joins them on,
posts them to a ledger file and acknowledges. The clock runs from the first commit to the last
acknowledgement. The peer moves the same facts with plain pyzmq and sqlite3, as durably, and knows nothing of
them: no hash chain, and its ledger lines come with them, made beforehand.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from types import ModuleType
from typing import Any

import attrs
import trio

from actors.ledger import queries
from actors.ledger.postings import postings
from actors.ledger.writer import Batch, LedgerWriter
from actors.machine.messages import VendCompleted, VendIntended
from actors.payment.messages import PaymentAuthorised
from runtime.bus import keys
from runtime.bus.keys import KeyPair
from runtime.bus.office import Guard, OfficeBus, open_office_bus
from runtime.bus.site import SiteBus, open_site_bus
from runtime.bus.wire import Endpoints, Security
from runtime.downlink import Downlink
from runtime.errors import LedgerError
from runtime.journal_sqlite import SqliteJournal, open_reader
from runtime.roster import Roster
from runtime.uplink import Uplink
from runtime.wire import CHAIN_START, FactRecord, chained, encode, fact_bytes
from scenarios.bench.harness import Entry, Progress, against, another_process, peers
from scenarios.live.site import CommittedFacts, link_us

NODE = "gw-1"
PEER = "zmq_sqlite"
FACTS_A_COMMIT = 100
WINDOW_COMMITS = 40
"""Commits that the peer lets be on the way, as many facts as a link does."""
ROUNDS = 7
FACTS_A_SALE = 3


def sales(count: int) -> list[FactRecord]:
    """The facts of so many code sales, chained."""
    records: list[FactRecord] = []
    chain, seq = CHAIN_START, 0
    for number in range(count):
        machine, lane, sale = f"hk-{number % 1000:04}", f"A{number % 8 + 1}", number // 1000 + 1
        at_us = 1_700_000_000_000_000 + number * 1000
        reference = f"{machine}/code:{sale}"
        for source, fact in (
            (
                machine,
                PaymentAuthorised(sale=sale, tender="code", amount_minor=800, reference=reference),
            ),
            (machine, VendIntended(sale=sale, unit=0, lane=lane, price_minor=800, tender="code")),
            (
                f"{machine}/lane/{lane}",
                VendCompleted(sale=sale, unit=0, product="cola", price_minor=800, tender="code", level=9),
            ),
        ):
            seq, body = seq + 1, encode(fact)
            chain = chained(chain, fact_bytes(seq, source, at_us, body))
            records.append(FactRecord(seq, source, at_us, body, chain))
    return records


# The office


async def office(path: Path, own: KeyPair, node_key: str) -> None:
    """Be the office: print where, then store what comes until killed."""
    roster = Roster()
    roster.admit(NODE, node_key)
    ledger = LedgerWriter(path, currency="HKD", time_zone="Asia/Hong_Kong", cutoff_minute=240, durable=True)
    link = Downlink(NODE, ledger.position(NODE), ledger.incarnation, partial(ledger.holds, NODE))
    arrived = Arrivals()
    async with open_office_bus(guard=Guard(own, roster)) as bus, trio.open_nursery() as nursery:
        print(bus.endpoints.links, bus.endpoints.readings, flush=True)
        nursery.start_soon(_store, bus, link, ledger, arrived)
        while True:
            for _, frame in await bus.receive():
                told = link.received(frame, link_us())
                for answer in told.frames:
                    bus.send(NODE, answer)
                if told.facts:
                    arrived.waiting.append((NODE, link.epoch, told.facts))
                    arrived.some.set()


@attrs.define
class Arrivals:
    """What came and is not stored yet; the link's window bounds it."""

    waiting: list[Batch] = attrs.field(factory=list)
    some: trio.Event = attrs.field(factory=trio.Event)


async def _store(bus: OfficeBus, link: Downlink, ledger: LedgerWriter, arrived: Arrivals) -> None:
    """Store all that waits in one transaction, then acknowledge, as a live office does."""
    while True:
        await arrived.some.wait()
        arrived.some = trio.Event()
        batches, arrived.waiting = arrived.waiting, []
        await trio.to_thread.run_sync(ledger.store_many, batches)
        for answer in link.stored(batches[-1][2][-1].seq):
            bus.send(NODE, answer)


# The node


async def _send_all(batches: Sequence[list[FactRecord]], path: Path, where: str, security: Security) -> float:
    """Commit and send everything; return the seconds until the office had all of it."""
    links, readings = where.split()
    endpoints = Endpoints(links=links, readings=readings)
    with closing(SqliteJournal(path)) as journal, closing(open_reader(path)) as reader:
        facts = CommittedFacts(reader)
        uplink = Uplink(NODE, facts, lambda: os.urandom(16))
        welcome = trio.Event()
        async with open_site_bus(NODE, endpoints, security) as bus, trio.open_nursery() as nursery:
            _send(bus, uplink.open(link_us()))
            nursery.start_soon(_listen, bus, uplink, batches[-1][-1].seq, welcome, nursery.cancel_scope)
            await welcome.wait()
            began = perf_counter()
            for batch in batches:
                await trio.to_thread.run_sync(journal.commit, batch)
                facts.moved(batch[-1])
                _send(bus, uplink.committed(link_us(), batch))
            await trio.sleep_forever()
    return perf_counter() - began


async def _listen(
    bus: SiteBus, uplink: Uplink, last: int, welcome: trio.Event, everything: trio.CancelScope
) -> None:
    while uplink.acknowledged < last:
        for frame in await bus.receive():
            _send(bus, uplink.received(frame, link_us()).frames)
        welcome.set()
    everything.cancel()


def _send(bus: SiteBus, frames: list[bytes]) -> None:
    for frame in frames:
        bus.send(frame)


# Both


def _ours(folder: Path, records: list[FactRecord]) -> tuple[float, int]:
    """Seconds, and how many facts the ledger then has."""
    own, node = keys.make(), keys.make()
    ledger = folder / "ledger.sqlite3"
    command = (__file__, str(ledger), own.public.decode(), own.secret.decode(), node.public.decode())
    batches = [records[at : at + FACTS_A_COMMIT] for at in range(0, len(records), FACTS_A_COMMIT)]
    with another_process(*command) as where:
        security = Security(node, own.public)
        seconds = trio.run(_send_all, batches, folder / "node.sqlite3", where, security)
    return seconds, queries.fact_count(ledger)


def _theirs(folder: Path, records: list[FactRecord], peer: ModuleType) -> tuple[float, int]:
    assert peer.__file__ is not None
    own, node = keys.make(), keys.make()
    ledger = folder / "ledger.sqlite3"
    batches = [
        _with_lines(records[at : at + FACTS_A_COMMIT]) for at in range(0, len(records), FACTS_A_COMMIT)
    ]
    with another_process(peer.__file__, str(ledger), own.public.decode(), own.secret.decode()) as where:
        curve = (own.public, node.public, node.secret)
        seconds: float = peer.measure(where, curve, folder / "node.sqlite3", batches, WINDOW_COMMITS)
    with closing(sqlite3.connect(ledger)) as db:
        (stored,) = db.execute("SELECT count(*) FROM facts").fetchone()
    return seconds, stored


def _with_lines(records: list[FactRecord]) -> tuple[list[Any], list[Any]]:
    rows = [(r.seq, r.source, r.at_us, r.body, r.chain) for r in records]
    lines = [
        (r.seq, number, amount)
        for r in records
        for number, (_, _, amount) in enumerate(postings(r.source, r.fact(), "HKD"))
    ]
    return rows, lines


def measure(commits: int, _: int, progress: Progress) -> Entry:
    """Facts a second from the node's first commit to the ledger's last acknowledgement, median of the rounds.

    Raises:
        LedgerError: a ledger has not each fact exactly once.
    """
    found = peers((PEER,))
    records = sales(max(1, commits * FACTS_A_COMMIT // FACTS_A_SALE))
    works = {"hawker": _ours} | {name: partial(_theirs, peer=m) for name, m in found.modules.items()}
    rates: dict[str, list[float]] = {name: [] for name in works}
    for number in range(1, ROUNDS + 1):
        for name, work in works.items():
            progress(f"link, {name}, round {number} of {ROUNDS}")
            with tempfile.TemporaryDirectory(prefix="hawker-link-") as folder:
                seconds, stored = work(Path(folder), records)
            if stored != len(records):
                raise LedgerError(f"{name}: ledger must have each fact once, {len(records)}, not {stored}")
            rates[name].append(len(records) / seconds)
    ours = rates.pop("hawker")
    return Entry(
        name="link",
        unit="facts/s",
        hawker=round(median(ours)),
        peers={PEER: round(median(rates[PEER])) if PEER in rates else None},
        detail={
            "hawker_over": {name: against(ours, its) for name, its in rates.items()},
            "rounds": ROUNDS,
            "facts": len(records),
            "facts_a_commit": FACTS_A_COMMIT,
            "postings_a_sale": 6,
            "synchronous": "FULL at both ends",
            "missing": found.missing,
        },
    )


if __name__ == "__main__":
    here, public, secret, told = sys.argv[1:]
    trio.run(office, Path(here), KeyPair(public.encode(), secret.encode()), told)
