"""A host for the console's tests: a chain at Hong Kong addresses whose facts are told by the test itself.

``python -m tests.console.demo`` serves the page with a made-up day for looking at.
"""

from __future__ import annotations

import math
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

import trio

from actors.cabinet.messages import BagCounted, CashCollected
from actors.machine.messages import (
    DeviceCameBack,
    DeviceWentMissing,
    LaneClosed,
    LaneFilled,
    LaneReopened,
    Load,
    MachineServiced,
    VendCompleted,
)
from actors.office.messages import AcknowledgeAlarms, AlarmAcknowledged, AlarmCleared, AlarmRaised
from actors.payment.messages import CashTaken, ChangePaid, FloatSet
from actors.store.messages import SaleCompleted, SaleLine, StockOpened
from actors.van.messages import VanDeparted, VanLoaded, VanPosition, VanReturned, VanVisited
from actors.warehouse.messages import Goods, GoodsIssued, PickListMade, Stop
from console.state.actor import ConsoleActor
from console.web import Served, serve
from hardware.contract.cooling import CabinetTemperature
from runtime import wire
from runtime.actor import Report
from runtime.command import Issue
from runtime.kernel import Kernel
from runtime.message import wire_of
from scenarios.chain import Chain
from scenarios.hk_demo.chain import build
from scenarios.hk_demo.settings import HkSettings
from scenarios.live.health import Checked, LinkState

SECOND_US = 1_000_000
NINE_US = int(datetime(2026, 11, 22, 1, tzinfo=UTC).timestamp()) * SECOND_US
"""09:00 in Hong Kong on 22 November 2026."""


def chain(machines: int = 200) -> Chain:
    """hk-demo's chain with so many machines."""
    return build(HkSettings(machines=machines), 1)


class DemoHost:
    """A host whose office is a bare kernel with the console actor; what pages ask is kept in ``asked``."""

    def __init__(self, chain: Chain, now_us: int = NINE_US) -> None:
        self.chain = chain
        self.speed = 1.0
        self.asked: list[tuple[str, object]] = []
        self.kernel = Kernel("office", now_us=now_us)
        self.console = ConsoleActor(chain)
        self.kernel.spawn("office/console", self.console)
        self._alarms = 0
        self.data: Path | None = None
        self.waiting: dict[str, int] = {}
        self.last_check: Checked | None = None

    def now_us(self) -> int:
        return self.kernel.now

    def nodes(self) -> list[tuple[str, bool, int]]:
        return [(name, True, self.kernel.now) for name in self.chain.nodes]

    def links(self) -> list[LinkState]:
        return [
            LinkState(
                node=name, linked=linked, heard_us=heard, epoch=0, facts=10, waiting=self.waiting.get(name, 0)
            )
            for name, linked, heard in self.nodes()
        ]

    def checked(self) -> Checked | None:
        return self.last_check

    def tell(self, address: str, message: object) -> None:
        """Stands in for the office's desks: an acknowledgement becomes a fact at once."""
        self.asked.append((address, message))
        if isinstance(message, Issue) and isinstance(order := wire.decode(message.body), AcknowledgeAlarms):
            for alarm in order.alarms:
                self.report("office/alarms", AlarmAcknowledged(alarm=alarm, by=order.by))

    def report(self, source: str, content: object, at_us: int | None = None) -> None:
        """Let the console actor hear a fact or reading."""
        at_us = self.kernel.now if at_us is None else at_us
        self.kernel.advance(at_us)
        ref = self.kernel.refs["office/console"]
        seq = int(wire_of(type(content)).kind == "fact")
        self.kernel.receive(ref, Report("somewhere", seq, source, at_us, content))
        self.kernel.drain()

    def raise_alarm(
        self, kind: str, priority: int, place: str, value: int = 0, at_us: int | None = None
    ) -> int:
        """Let the alarm desk raise an alarm; returns its number."""
        self._alarms += 1
        self.report(
            "office/alarms",
            AlarmRaised(
                alarm=self._alarms,
                kind=kind,
                priority=priority,
                place=place,
                cause_node="",
                cause_seq=0,
                value=value,
            ),
            at_us,
        )
        return self._alarms

    def vend(self, machine: int, lane: str, at_us: int | None = None, tender: str = "code") -> None:
        """Sell one unit, if there is one."""
        plan = self.chain.machines[machine]
        view = self.console.machines[machine].lanes[lane]
        if view.level == 0 or view.why:
            return
        if tender == "cash":
            self.report(plan.id, CashTaken(sale=1, amount_minor=2000, held_in="cash_box"), at_us)
            if change := 2000 - view.price_minor:
                self.report(plan.id, ChangePaid(sale=1, amount_minor=max(0, change)), at_us)
        fact = VendCompleted(
            sale=1,
            unit=0,
            product=view.product,
            price_minor=view.price_minor,
            tender=tender,
            level=view.level - 1,
        )
        self.report(f"{plan.id}/lane/{lane}", fact, at_us)
        if view.level == 1:
            self.raise_alarm("sold_out", 2, f"{plan.id}/lane/{lane}", 0, at_us)


class MadeUpDay:
    """Random trade with rush hours, for looking at; nothing is measured by it."""

    def __init__(self, host: DemoHost) -> None:
        self.host = host
        self.chance = random.Random(1)
        for plan in host.chain.machines:
            host.report(plan.id, FloatSet(amount_minor=plan.float_minor))
        self.sales = 0
        self.rounds = 0
        for store in host.chain.stores:
            for product, quantity in store.stock:
                host.report(store.id, StockOpened(product=product, quantity=quantity))
            for number in range(1, store.tills + 1):
                host.report(f"{store.id}/till/{number}", FloatSet(amount_minor=store.float_minor))
        for house in host.chain.warehouses:
            for product, quantity in house.stock:
                host.report(house.id, StockOpened(product=product, quantity=quantity))

    def minute(self, at_us: int) -> None:
        """A minute of trade in all machines and stores."""
        host, chance = self.host, self.chance
        hour = (at_us / SECOND_US / 3600 + 8) % 24
        rush = 0.15 + sum(math.exp(-(((hour - peak) / 1.5) ** 2)) for peak in (8.5, 12.8, 18.5))
        plans = host.chain.machines
        for _ in range(round(len(plans) * 0.16 * rush)):
            machine = min(
                len(plans) - 1, int(chance.paretovariate(0.7) * 3 * chance.random() * 3) % len(plans)
            )
            tender = chance.choices(("code", "cashless", "cash"), (60, 20, 20))[0]
            host.vend(
                machine if chance.random() < 0.3 else chance.randrange(len(plans)),
                self.popular(machine),
                at_us,
                tender,
            )
        for n, plan in enumerate(plans):
            if chance.random() < 0.2:
                warm = 60 * math.exp(-(((hour - 7.5) * 4 - n % 7) ** 2)) if n % 31 == 3 else 0
                value = round(42 + 8 * math.sin(n + hour * 9) + chance.gauss(0, 3) + warm)
                host.report(f"{plan.id}/cooling", CabinetTemperature(temp_decicelsius=value), at_us)
        if chance.random() < 0.12:
            self.fault(at_us)
        if chance.random() < 0.6 * rush:
            self.basket(at_us)
        for n, van in enumerate(host.chain.vans):
            self.drive(n, van.id, at_us, hour)

    def basket(self, at_us: int) -> None:
        """A store sells some of what it has."""
        host, chance = self.host, self.chance
        store = chance.choice(host.chain.stores)
        till = f"{store.id}/till/{chance.randint(1, store.tills)}"
        prices = {product.code: product for product in host.chain.products}
        lines = []
        for code, _ in chance.sample(store.stock, min(len(store.stock), chance.choice((1, 1, 2, 3, 5)))):
            product = prices[code]
            quantity = chance.randint(180, 900) if product.weighed else chance.choice((1, 1, 1, 2))
            amount = product.price_minor * quantity // (1000 if product.weighed else 1)
            lines.append(
                SaleLine(
                    product=code, quantity=quantity, price_minor=product.price_minor, amount_minor=amount
                )
            )
        total, tender = sum(line.amount_minor for line in lines), chance.choice(("code", "cash", "cashless"))
        self.sales += 1
        if tender == "cash":
            host.report(till, CashTaken(sale=self.sales, amount_minor=total, held_in="drawer"), at_us)
        sold = SaleCompleted(till=till, sale=self.sales, tender=tender, lines=tuple(lines), total_minor=total)
        host.report(store.id, sold, at_us)

    def load(self, van: str, at_us: int) -> None:
        """A round of 24 stops is picked and loaded."""
        host, chance = self.host, self.chance
        self.rounds += 1
        stops = tuple(
            Stop(
                machine=plan.id,
                lat_e6=plan.place.lat_e6,
                lon_e6=plan.place.lon_e6,
                loads=tuple(
                    Load(lane=lane.code, product=lane.product, units=chance.randint(1, 4))
                    for lane in chance.sample(plan.lanes, 3)
                ),
            )
            for plan in chance.sample(host.chain.machines, min(24, len(host.chain.machines)))
        )
        wanted: dict[str, int] = {}
        for stop in stops:
            for load in stop.loads:
                wanted[load.product] = wanted.get(load.product, 0) + load.units
        goods = tuple(Goods(product=code, units=units) for code, units in sorted(wanted.items()))
        house = next(plan.warehouse for plan in host.chain.vans if plan.id == van)
        listed = PickListMade(
            round=self.rounds, van=van, goods=goods, depart_at_us=at_us + 600 * SECOND_US, stops=stops
        )
        host.report(house, listed, at_us)
        host.report(house, GoodsIssued(round=self.rounds, van=van, goods=goods), at_us)
        host.report(van, VanLoaded(round=self.rounds, goods=goods, stops=stops), at_us)

    def popular(self, machine: int) -> str:
        """A lane of the machine, the first ones more often."""
        lanes = self.host.chain.machines[machine].lanes
        return lanes[min(len(lanes) - 1, int(self.chance.expovariate(1 / 14)))].code

    def fault(self, at_us: int) -> None:
        """Something breaks or comes back."""
        host, chance = self.host, self.chance
        number = chance.randrange(len(host.chain.machines))
        plan, view = host.chain.machines[number], host.console.machines[number]
        if view.missing:
            for device in sorted(view.missing):
                host.report(plan.id, DeviceCameBack(device=device), at_us)
            return
        match chance.choices(("jam", "offline", "payment"), (6, 3, 1))[0]:
            case "jam":
                lane = f"{plan.id}/lane/{chance.choice(plan.lanes).code}"
                host.report(lane, LaneClosed(why="jam"), at_us)
                host.raise_alarm("jam", 1, lane, 0, at_us)
            case "offline":
                host.report(plan.id, DeviceWentMissing(device="machine"), at_us)
                alarm = host.raise_alarm("offline", 2, plan.id, 0, at_us)
                if chance.random() < 0.6:
                    host.report(plan.id, DeviceCameBack(device="machine"), at_us)
                    host.report("office/alarms", AlarmCleared(alarm=alarm, cause_node="", cause_seq=0), at_us)
            case _:
                host.report(plan.id, DeviceWentMissing(device="cash"), at_us)
                host.raise_alarm("payment", 1, plan.id, 1200, at_us)
        waiting = [alarm.alarm for alarm in host.console.alarms.values() if not alarm.by]
        for alarm in waiting[:-6]:
            host.report("office/alarms", AlarmAcknowledged(alarm=alarm, by="operator"), at_us)

    def drive(self, number: int, van: str, at_us: int, hour: float) -> None:
        """Vans go out from six to four, a stop every quarter of an hour."""
        host, minute = self.host, round(at_us / SECOND_US / 60)
        view = host.console.vans[number]
        book = host.console.books.vans[van]
        if not 6 <= hour < 16:
            if view.on_route:
                host.report(van, VanReturned(round=book.round, goods=(), cash_minor=0), at_us)
            return
        if not view.on_route:
            self.load(van, at_us)
        left = [stop.machine for stop in book.stops if stop.machine not in book.done]
        if not left:
            host.report(van, VanReturned(round=book.round, goods=(), cash_minor=0), at_us)
            return
        if view.to and (minute + number * 3) % 16 == 0:
            self.serve(van, view.to, at_us)
            left = left[1:] or left
        plan = host.chain.machines[host.console.machine_numbers[left[0]]]
        if view.to != plan.id:
            host.report(
                van,
                VanDeparted(
                    round=book.round,
                    to=plan.id,
                    lat_e6=view.lat_e6,
                    lon_e6=view.lon_e6,
                    distance_m=4000,
                    arrives_at_us=at_us + 16 * 60 * SECOND_US,
                ),
                at_us,
            )
        share = 0.12
        host.report(
            van,
            VanPosition(
                lat_e6=round(view.lat_e6 + (plan.place.lat_e6 - view.lat_e6) * share),
                lon_e6=round(view.lon_e6 + (plan.place.lon_e6 - view.lon_e6) * share),
                to=plan.id,
            ),
            at_us,
        )

    def serve(self, van: str, machine: str, at_us: int) -> None:
        """A visit: lanes to par, cash taken along."""
        host = self.host
        view = host.console.machines[host.console.machine_numbers[machine]]
        for code, lane in list(view.lanes.items()):
            source = f"{machine}/lane/{code}"
            if lane.why:
                host.report(source, LaneReopened(visit=1), at_us)
            if lane.level == lane.par:
                continue
            host.report(
                source,
                LaneFilled(
                    visit=1,
                    product=lane.product,
                    added=lane.par - lane.level,
                    level=lane.par,
                    expires_on=self.chance.choice(("2026-11-24", "2026-12-20", "2027-03-01")),
                ),
                at_us,
            )
        cash = max(0, view.cash_minor - 30_000)
        host.report(machine, MachineServiced(visit=1, units=9, cash_minor=cash), at_us)
        book = host.console.books.vans[van]
        filled = next((stop.loads for stop in book.stops if stop.machine == machine), ())
        host.report(
            van,
            VanVisited(round=book.round, visit=1, machine=machine, filled=filled, cash_minor=cash),
            at_us,
        )
        host.report(
            machine,
            CashCollected(
                visit=book.round, sold_minor=cash, metered_minor=cash, inserted_minor=0, paid_minor=0,
                tubes_minor=30_000,
            ),
            at_us,
        )  # fmt: skip
        if self.chance.random() < 0.5:
            over = self.chance.choice((0, 0, 0, -50, 100))
            counted = BagCounted(
                visit=book.round, expected_minor=cash, counted_minor=cash + over, metered_minor=cash,
                before_minor=cash, by="owner",
            )  # fmt: skip
            host.report(machine, counted, at_us)


async def look(port: int, until_hour: float) -> None:
    """Serve a made-up day that goes on while the page is open."""
    start = NINE_US - 5 * 3600 * SECOND_US - 86_400 * SECOND_US
    host = DemoHost(chain(), now_us=start)
    day = MadeUpDay(host)
    minutes = round((until_hour - 4) * 60) + 1440
    for minute in range(minutes):
        day.minute(start + minute * 60 * SECOND_US)
    async with trio.open_nursery() as nursery:
        served: Served = await nursery.start(
            lambda task_status: serve(host, port=port, token="t" * 40, task_status=task_status)
        )
        print("Console:", served.url, flush=True)
        minute, clock = minutes, float(start + minutes * 60 * SECOND_US)
        while True:
            await trio.sleep(0.1)
            clock += host.speed * 0.1 * SECOND_US
            host.kernel.advance(int(clock))
            while start + minute * 60 * SECOND_US <= clock:
                day.minute(start + minute * 60 * SECOND_US)
                minute += 1
            if host.speed:
                host.vend(random.randrange(200), f"{random.choice('ABCDE')}{random.randrange(8) + 1}")


if __name__ == "__main__":
    trio.run(
        look,
        int(sys.argv[1]) if len(sys.argv) > 1 else 8080,
        float(sys.argv[2]) if len(sys.argv) > 2 else 12.8,
    )
