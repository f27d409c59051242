"""``hawker run``: a scenario in a world, as fast as the processor allows, with its books and its verdict."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs

from actors.ledger import queries
from actors.ledger.writer import LedgerWriter
from actors.machine.lane import Lane
from actors.machine.machine import Machine
from actors.store.till import Till
from runtime.journal import Journal, MemoryJournal
from runtime.link_ports import InboxStore
from runtime.node import Batch, Node
from runtime.wire import FactRecord
from runtime.world import LINGER_US, World
from scenarios import assembly
from scenarios.chain import Chain
from scenarios.faults.messages import SWITCH
from scenarios.gathered import GatheredLedger
from scenarios.invariants import Invariants
from scenarios.rehearsal.expect import Expectation
from scenarios.rehearsal.expect_counts import Counts
from scenarios.replay.record import Recording
from scenarios.scenario import Prepared
from scenarios.tally import Tally
from simulator.faults.link_switch import LinkSwitch
from simulator.faults.network import FaultyNetwork
from simulator.street import Street

HOUR_US = 3_600_000_000
DRAIN_US = 600_000_000
"""After the last day's midnight: sales under way end, and facts reach the office."""


@attrs.frozen(kw_only=True)
class RunResult:
    """What a run did; ``as_json`` is the contract of ``hawker run --json``."""

    prepared: Prepared
    tally: Tally
    digest: str
    messages: int
    wall_seconds: float
    postings: int
    sum_minor: int
    balanced: bool
    invariants: Invariants
    expectations: tuple[Expectation, ...]

    @property
    def ok(self) -> bool:
        """Whether everything held."""
        return self.balanced and not self.invariants.violations and all(e.ok for e in self.expectations)

    def as_json(self) -> dict[str, Any]:
        """The document of CLI.md."""
        prepared, tally = self.prepared, self.tally
        sim_us = assembly.midnight_us(prepared, after_last=True) - assembly.midnight_us(prepared)
        return {
            "scenario": prepared.name,
            "seed": prepared.seed,
            "from": prepared.first.isoformat(),
            "to": prepared.last.isoformat(),
            "ok": self.ok,
            "digest": self.digest,
            "facts": tally.facts,
            "messages": self.messages,
            "sim_seconds": sim_us / 1e6,
            "wall_seconds": round(self.wall_seconds, 3),
            "currency": prepared.chain.currency,
            "sales": {
                "units": tally.units,
                "amount_minor": tally.amount_minor,
                "by_tender": tally.by_tender,
                "lost": {"units": sum(tally.lost.values()), "by_reason": tally.lost},
            },
            "restock": {
                "visits": tally.visits,
                "units": tally.filled,
                "km": round(tally.distance_m / 1000, 1),
            },
            "ledger": {"postings": self.postings, "sum_minor": self.sum_minor, "balanced": self.balanced},
            "invariants": {
                "checks": self.invariants.checks,
                "violations": [attrs.asdict(v) for v in self.invariants.violations],
            },
            "expectations": [attrs.asdict(e) for e in self.expectations],
            "warnings": list(prepared.warnings),
        }


def run(
    prepared: Prepared,
    *,
    record: Path | None = None,
    data: Path | None = None,
    progress: Callable[[float], None] = lambda _: None,
    counts: Counts | None = None,
) -> RunResult:
    """Run a prepared scenario.

    Args:
        prepared: what to run.
        record: folder for a recording of every node, or None.
        data: folder that gets the ledger (``ledger.sqlite3``); the ledger is thrown away when None.
        progress: called with the share done, 0 to 1.
        counts: gets all that expectations may ask for; only what the scenario expects is counted when None.
    """
    began = time.perf_counter()
    from_us, to_us = assembly.midnight_us(prepared), assembly.midnight_us(prepared, after_last=True)
    if data is not None:
        data.mkdir(parents=True, exist_ok=True)
    chain, asked = prepared.chain, counts is not None
    with contextlib.ExitStack() as stack:
        ledger = _ledger(chain, data)
        stack.callback(ledger.close)
        stack.enter_context(quiet_collector())
        gathered = GatheredLedger(ledger)
        world, street = build_world(prepared, gathered, from_us, records_input=record is not None)
        tally, invariants = Tally(), Invariants(chain.currency)
        world.on_batch.append(_watch(tally, invariants))
        counts = counts or Counts(chain)
        if asked or prepared.plan.expected:
            world.on_batch.append(_count(counts))
        if record is not None:
            recording = Recording(record, prepared, [site.kernel for site in world.sites.values()])
            stack.callback(recording.close)
            world.on_batch.insert(0, recording.append)
        for stream in assembly.demand(prepared, street, from_us, to_us):
            street.feed(stream)
        world.start()
        _play(world, invariants, from_us, to_us, progress)
        invariants.closing()
        gathered.flush()
        totals, checked = queries.posting_totals(ledger), queries.check(ledger)
        return RunResult(
            prepared=prepared,
            tally=tally,
            digest=digest(site.journal for _, site in sorted(world.sites.items())),
            messages=sum(member.kernel.handled for member in world.members),
            wall_seconds=time.perf_counter() - began,
            postings=totals.postings,
            sum_minor=totals.sum_minor,
            balanced=checked.balanced and checked.chain_ok,
            invariants=invariants,
            expectations=(
                *_expectations(prepared, tally, checked.facts),
                *(expected.verdict(counts) for expected in prepared.plan.expected),
            ),
        )


def _ledger(chain: Chain, data: Path | None) -> LedgerWriter:
    """The ledger in a folder; one that is thrown away where there is none."""
    return LedgerWriter(
        None if data is None else data / "ledger.sqlite3",
        currency=chain.currency,
        time_zone=chain.time_zone,
        cutoff_minute=chain.cutoff_minute,
        durable=data is not None,
    )


def build_world(
    prepared: Prepared, store: InboxStore, now_us: int, *, records_input: bool, linger_us: int = LINGER_US
) -> tuple[World, Street]:
    """Make every node of a scenario, not yet started, and the street round them."""
    chain = prepared.chain
    network = FaultyNetwork(prepared.seed) if prepared.plan.cuts_links else None
    world = World(now_us, network, linger_us)
    street = assembly.build_street(prepared, now_us=now_us)
    if network is not None:
        street.kernel.spawn(SWITCH, LinkSwitch(network))
    world.add_kernel(street.kernel)
    for name in chain.nodes:
        node = assembly.build_node(
            chain, name, seed=prepared.seed, now_us=now_us, records_input=records_input
        )
        if name == assembly.OFFICE:
            world.add_office(node, MemoryJournal(name), store, assembly.node_of(chain))
        else:
            world.add_site(node, MemoryJournal(name))
    return world, street


def _watch(tally: Tally, invariants: Invariants) -> Callable[[Node, Batch], None]:
    def watch(node: Node, batch: Batch) -> None:
        for source, fact in batch.facts:
            tally.seen(fact)
            invariants.seen(node.name, source, fact)

    return watch


def _count(counts: Counts) -> Callable[[Node, Batch], None]:
    def count(_: Node, batch: Batch) -> None:
        for record, (source, fact) in zip(batch.records, batch.facts, strict=True):
            counts.seen(record.at_us, source, fact)

    return count


def _play(
    world: World, invariants: Invariants, from_us: int, to_us: int, progress: Callable[[float], None]
) -> None:
    for at_us in [*range(from_us + HOUR_US, to_us, HOUR_US), to_us, to_us + DRAIN_US]:
        world.run(at_us)
        levels, cash = _beliefs(world)
        invariants.full(levels, cash)
        progress(min(1.0, (at_us - from_us) / (to_us - from_us)))


def _beliefs(world: World) -> tuple[dict[str, int], dict[str, int]]:
    """What lanes believe to hold, and machines and tills to have in cash."""
    levels, cash = {}, {}
    for site in world.sites.values():
        for address, actor in zip(site.kernel.addresses, site.kernel.actors, strict=True):
            if isinstance(actor, Lane):
                levels[address] = actor.level
            elif isinstance(actor, Machine | Till):
                cash[address] = actor.cash_minor
    return levels, cash


def _expectations(prepared: Prepared, tally: Tally, stored: int) -> tuple[Expectation, ...]:
    lost = sum(tally.lost.values())
    held: list[tuple[str, object, object]] = [
        ("every fact reached the ledger", tally.facts, stored),
        ("no actor failed", "", "; ".join(tally.restarted[:3])),
    ]
    if prepared.attempts and not (prepared.plan.swings or prepared.baskets):
        tried = sum(len(attempt.lines) for attempt in prepared.attempts)
        held.append(("sold + lost = recorded units", tried, tally.units + lost))
    return tuple(
        Expectation(name=name, expected=str(expected), actual=str(actual), ok=expected == actual)
        for name, expected, actual in held
    )


def digest(journals: Iterable[Journal]) -> str:
    """SHA-256 over the wire bytes of every fact, journals in order of their node's name."""
    sha = hashlib.sha256()
    for journal in journals:
        for record in _all(journal):
            sha.update(record.wire_bytes())
    return f"sha256:{sha.hexdigest()}"


def _all(journal: Journal) -> Iterator[FactRecord]:
    seq = 0
    while records := journal.read(seq, 5000):
        yield from records
        seq = records[-1].seq


@contextlib.contextmanager
def quiet_collector() -> Iterator[None]:
    """For the length of a block let the collector come seldom.

    Facts are kept, not garbage: it would look at them again and again (15 s of a large day).
    """
    thresholds = gc.get_threshold()
    gc.set_threshold(200_000, 50, 1000)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
