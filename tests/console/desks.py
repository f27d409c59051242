"""A host whose office desks and machines are the real actors, in one kernel, so that pages' commands run."""

from __future__ import annotations

from typing import Any

from actors.machine import machine
from actors.office.alarms import AlarmDesk
from actors.office.settings import SettingsDesk
from hardware.contract.cooling import SetTarget, TargetSet
from runtime.command import Mail
from runtime.command_desk import CommandDesk
from scenarios.chain import Chain
from tests.actors.bench import Bench
from tests.console.demo import NINE_US, DemoHost


class DesksHost(DemoHost):
    """Runs what it is told at once, as long as ``linked``; mail waits otherwise.

    Attributes:
        bench: the kernel of desks and machines.
        deaf: machines whose cooling units do not answer.
    """

    def __init__(self, chain: Chain) -> None:
        super().__init__(chain)
        self.linked = True
        self.deaf: set[str] = set()
        self._told = 0
        self._waiting: list[Mail] = []
        self.bench = bench = Bench(now_us=NINE_US)
        bench.spawn("commands", CommandDesk())
        bench.spawn("office/alarms", AlarmDesk(dict(chain.office)))
        bench.spawn("office/settings", SettingsDesk(dict(chain.office)))
        for plan in chain.machines:
            lanes = [(p.code, p.product, p.price_minor, p.capacity, p.par, p.level) for p in plan.lanes]
            machine.build(bench, plan.id, lanes, plan.tenders, plan.float_minor, settings=plan.settings)
        self.flow()

    def now_us(self) -> int:
        return self.bench.now

    def nodes(self) -> list[tuple[str, bool, int]]:
        return [(name, self.linked, 0) for name in self.chain.nodes]

    def tell(self, address: str, message: object) -> None:
        """As the office does: hand it to the desk."""
        self.asked.append((address, message))
        self.bench.receive(self.bench.reach(address), message)
        self.flow()

    def hear(self, source: str, seq: int, fact: Any) -> None:
        """Let the alarm desk hear a fact of a site."""
        self.bench.hear("office/alarms", "gw-1", seq, source, fact)
        self.report(source, fact)
        self.flow()

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.bench.wait(seconds)
        self.flow()

    def link(self, up: bool) -> None:
        """Cut the sites' link, or mend it."""
        self.linked = up
        if up:
            for mail in self._waiting:
                self.bench.receive(self.bench.reach("commands"), mail)
            self._waiting.clear()
            self.flow()

    def flow(self) -> None:
        """Carry mail and what devices say until all is quiet, and let the console hear every new fact."""
        bench = self.bench
        while True:
            bench.run(bench.now)
            out, bench.outbox[:] = list(bench.outbox), []
            for ref, message in out:
                address = bench.addresses[ref]
                if isinstance(message, Mail):
                    home = message.kind == "outcome" or message.to.startswith("office")
                    if self.linked or home:
                        bench.receive(bench.reach("commands"), message)
                    else:
                        self._waiting.append(message)
                elif isinstance(message, SetTarget) and (to := address.partition("/")[0]) not in self.deaf:
                    bench.receive(bench.reach(to), TargetSet(temp_decicelsius=message.temp_decicelsius))
            if not bench.ready:
                break
        facts, self._told = bench.facts[self._told :], len(bench.facts)
        for source, fact in facts:
            self.report(source, fact, bench.now)
