"""What must hold of a soaked chain: books, links, commands, devices' own counts (SAFETY.md I1 to I8)."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

import attrs

from actors.ledger import queries
from actors.ledger.writer import LedgerWriter
from actors.machine.lane import Lane
from actors.machine.machine import Machine
from actors.machine.messages import VendCompleted, VendFailed, VendIntended
from actors.payment.messages import (
    CashTaken,
    ChangePaid,
    PaymentAuthorised,
    PaymentFlagged,
    PaymentKept,
    PaymentRefunded,
    RefundEnded,
)
from actors.store.store import Store
from actors.store.till import Till
from actors.van.van import Van
from actors.warehouse.warehouse import Warehouse
from runtime.address import head
from runtime.command_desk import ADDRESS, CommandDesk
from runtime.node import Batch, Node
from runtime.world import World
from runtime.world_members import Site
from scenarios.assembly import OFFICE
from scenarios.chain import Chain
from scenarios.invariants import Invariants, Violation
from scenarios.soak.once import Once
from scenarios.soak.store import FaultyStore
from simulator.devices.cash import CashDevice
from simulator.devices.motor_board import Board
from simulator.devices.payment_terminal import PaymentTerminal
from simulator.faults.network import FaultyNetwork
from simulator.street import Street

TIMERS_AN_ACTOR_MAX = 10
ON_THEIR_WAY_MAX = 5_000


@attrs.define(slots=True)
class Moved:
    """What a machine's facts say moved in all."""

    cash_minor: int = 0
    cashless_minor: int = 0
    flagged_minor: int = 0
    intended: int = 0
    dropped: int = 0
    unknown: int = 0

    def enter(self, fact: object) -> None:
        """Take a fact of the machine or one of its lanes in."""
        match fact:
            case CashTaken():
                self.cash_minor += fact.amount_minor
            case ChangePaid():
                self.cash_minor -= fact.amount_minor
            case PaymentAuthorised() | PaymentKept():
                self.cashless_minor += fact.amount_minor
            case PaymentRefunded():
                self.cashless_minor -= fact.amount_minor
            case RefundEnded():
                self.cashless_minor -= fact.refunded_minor
                self.flagged_minor += fact.flagged_minor
            case PaymentFlagged() if fact.tender != "cash":
                self.flagged_minor += fact.amount_minor
            case VendIntended():
                self.intended += 1
            case VendCompleted():
                self.dropped += 1
            case VendFailed() if fact.why == "unknown":
                self.unknown += 1


class Verdict:
    """Follows what nodes have on their disks, and says in the end what did not hold.

    Attributes:
        handled: messages that nodes handled in lives that have ended.
    """

    def __init__(
        self,
        chain: Chain,
        world: World,
        network: FaultyNetwork,
        store: FaultyStore,
        astray: Container[str] = (),
        pushed: Container[int] = (),
    ) -> None:
        self.invariants = Invariants(chain.currency)
        self._chain = chain
        self._world = world
        self._network = network
        self._store = store
        self._astray = astray
        self._seen: dict[str, int] = {}
        self._moved = {owner: Moved() for owner in (*(m.id for m in chain.machines), *_tills(chain))}
        self._once = Once(self._wrong, pushed)
        self.handled = 0
        world.on_batch.append(self._committed)
        world.on_kill.append(self._read_on)
        network.on_delivered = self._arrived

    @property
    def violations(self) -> list[Violation]:
        """What did not hold so far."""
        return self.invariants.violations

    def _committed(self, node: Node, batch: Batch) -> None:
        if node.name == OFFICE:
            for _, fact in batch.facts:
                self._once.issued(fact)
        elif node.name not in self._astray:
            for record, (source, fact) in zip(batch.records, batch.facts, strict=True):
                self._enter(node.name, source, record.at_us, fact)
            self._seen[node.name] = node.seq

    def _enter(self, node: str, source: str, at_us: int, fact: object) -> None:
        self.invariants.seen(node, source, fact)
        self._once.enter(node, source, at_us, fact)
        moved = self._moved.get(source) or self._moved.get(head(source))
        if moved is not None:
            moved.enter(fact)

    def _read_on(self, name: str) -> None:
        """A killed node may have more on its disk than it lived to say."""
        self.handled += self._world.sites[name].kernel.handled
        if name == OFFICE:
            return
        for record in self._world.sites[name].journal.read(self._seen.get(name, 0), 1 << 30):
            self._enter(name, record.source, record.at_us, record.fact())
            self._seen[name] = record.seq

    def _arrived(self, link: str) -> None:
        """A site believes stored only what this office has stored (I6)."""
        site = self._world.sites[link]
        if site.up and site.uplink.incarnation == self._store.incarnation:
            believed, stored = site.uplink.acknowledged, self._store.position(link).seq
            if believed > stored:
                self._wrong("I6", f"{link}: fact {believed} is acknowledged, the office has {stored}")

    def look(self) -> None:
        """Compare the books with what the actors of all nodes that run believe."""
        levels: dict[str, int] = {}
        cash: dict[str, int] = {}
        for _, address, actor in self._actors():
            if isinstance(actor, Lane):
                levels[address] = actor.level
            elif isinstance(actor, Machine | Till):
                cash[address] = actor.cash_minor
            elif isinstance(actor, Warehouse | Store):
                levels[address] = sum(actor.levels.values())
            elif isinstance(actor, Van):
                levels[address], cash[address] = sum(actor.content.values()), actor.cash_minor
        self.invariants.full(levels, cash)
        self._ceilings()

    def _ceilings(self) -> None:
        """Nothing piles up (I10)."""
        for site in self._world.sites.values():
            most = TIMERS_AN_ACTOR_MAX * len(site.kernel.actors)
            if site.up and (timers := site.kernel.timers_waiting) > most:
                self._wrong("I10", f"{site.name}: at most {most} timers may wait, {timers} do")
        if (waiting := self._network.waiting) > ON_THEIR_WAY_MAX:
            self._wrong(
                "I10", f"network: at most {ON_THEIR_WAY_MAX} frames may be on their way, {waiting} are"
            )

    def _actors(self) -> list[tuple[Site, str, Any]]:
        return [
            (site, address, actor)
            for site in self._world.sites.values()
            if site.up
            for address, actor in zip(site.kernel.addresses, site.kernel.actors, strict=True)
        ]

    def close(
        self,
        ledger: LedgerWriter,
        street: Street,
        unnoticed: Iterable[str] = (),
    ) -> None:
        """The chain is at rest: everything must have come to its end.

        Args:
            ledger: the office's.
            street: with the devices' own counts.
            unnoticed: forks that no node was stopped for.
        """
        for what in unnoticed:
            self._wrong("I4", what)
        self.look()
        self.invariants.closing()
        self._ledger(ledger)
        self._commands()
        for address in self.vans_out():
            self._wrong("I2", f"{address}: all vans must be home at the end, one is out")
        self._in_transit()
        self._devices(street)

    def stopped(self, error: Exception) -> None:
        """The chain could not go on."""
        self._wrong("stopped", f"{type(error).__name__}: {error}"[:300])

    def _wrong(self, invariant: str, what: str) -> None:
        self.invariants.book.violated(invariant, what)

    def _ledger(self, ledger: LedgerWriter) -> None:
        checked = queries.check(ledger)
        for violation in checked.violations:
            self._wrong(violation.invariant, f"ledger: {violation.what}")
        if not checked.chain_ok:
            self._wrong("I6", "ledger: the hash chains must hold, they do not")
        for name, site in self._world.sites.items():
            mine, stored = site.journal.head(), ledger.position(name)
            if mine != (stored.seq, stored.chain):
                self._wrong("I6", f"{name}: the ledger must have fact {mine[0]}, it has {stored.seq}")

    def _commands(self) -> None:
        for site, address, actor in self._actors():
            if address == ADDRESS and isinstance(actor, CommandDesk):
                for command in (*actor.issued, *actor.accepted):
                    self._wrong("I5", f"{site.name}: command {command} must have ended, it has not")

    def vans_out(self) -> list[str]:
        """Vans that are on a round, and warehouses that wait for one."""
        actors = self._actors()
        return [address for _, address, actor in actors if isinstance(actor, Van | Warehouse) and actor.out]

    def _in_transit(self) -> None:
        """What one side handed over, the other has taken on."""
        for (account, commodity), amount in self.invariants.book.balances.items():
            if amount and account.endswith("_in_transit"):
                invariant = "I1" if account.startswith("cash") else "I2"
                self._wrong(invariant, f"{account} must be empty of {commodity} at the end, it has {amount}")

    def _devices(self, street: Street) -> None:
        """What the devices counted themselves is what the facts say, but for what is flagged as unknown."""
        refs, actors = street.kernel.refs, street.kernel.actors
        for plan in self._chain.machines:
            moved = self._moved[plan.id]
            cash, board = actors[refs[f"{plan.id}/cash"]], actors[refs[f"{plan.id}/board"]]
            assert isinstance(cash, CashDevice)
            assert isinstance(board, Board)
            counted = cash.in_minor - cash.out_minor
            if counted != moved.cash_minor:
                self._wrong(
                    "I1", f"{plan.id}: cash must be {counted} by its counters, facts say {moved.cash_minor}"
                )
            if not moved.dropped <= board.drops <= moved.dropped + moved.unknown:
                drops = f"{moved.dropped} to {moved.dropped + moved.unknown}"
                self._wrong("I2", f"{plan.id}: {drops} units must have dropped, {board.drops} did")
            if board.turns > moved.intended:
                self._wrong(
                    "I8", f"{plan.id}: at most {moved.intended} turns were intended, {board.turns} made"
                )
            self._providers(plan.id, [actors[refs[f"{plan.id}/{tender}"]] for tender in plan.tenders])
        for till in _tills(self._chain):
            names = (f"{till}/terminal", f"{till}/code")
            self._providers(till, [actors[refs[name]] for name in names if name in refs])

    def _providers(self, who: str, devices: Iterable[Any]) -> None:
        """What providers took is what the facts say, but for what is flagged; and they hold nothing back."""
        moved = self._moved[who]
        terminals = [device for device in devices if isinstance(device, PaymentTerminal)]
        taken = sum(terminal.taken_minor for terminal in terminals)
        if abs(taken - moved.cashless_minor) > moved.flagged_minor:
            said = f"{moved.cashless_minor}, {moved.flagged_minor} of it flagged"
            self._wrong("I3", f"{who}: providers must have taken {said}, they took {taken}")
        if held := sum(sum(terminal.reserved.values()) for terminal in terminals):
            self._wrong("I3", f"{who}: providers must hold no reservation, they hold {held}")


def _tills(chain: Chain) -> list[str]:
    return [f"{store.id}/till/{number}" for store in chain.stores for number in range(1, store.tills + 1)]
