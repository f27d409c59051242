"""The console actor: gathers every node's facts and readings into what the pages show.

It lives on the office node at ``office/console``, records nothing and sets no timer: its state is a function
of the reports it heard, so it is rebuilt and replayed by hearing them again.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import attrs

from actors.cabinet.messages import ServiceModeBegan, ServiceModeEnded
from actors.machine.messages import (
    DeviceCameBack,
    DeviceWentMissing,
    LaneAssigned,
    LaneBlocked,
    LaneClosed,
    LaneEmptied,
    LaneFilled,
    LaneOpened,
    LanePlanned,
    LaneReopened,
    LaneUnblocked,
    MachineServiced,
    SaleRefused,
    VendCompleted,
    VendFailed,
)
from actors.payment.messages import CashTaken, ChangePaid, FloatSet
from actors.settings.messages import SettingChanged
from actors.store.messages import SaleCompleted
from actors.van.messages import VanDeparted, VanPosition, VanReturned, VanVisited
from console.state.alarms_heard import AlarmsHeard
from console.state.books import Books
from console.state.command_book import CommandBook
from console.state.day import Day
from console.state.setting_book import SettingBook
from console.state.views import (
    MACHINE_NEWS,
    Changes,
    Kpis,
    LaneView,
    MachineView,
    StoreView,
    VanView,
    as_planned,
    blocks_after,
    parked,
    unacknowledged,
)
from hardware.contract.cooling import CabinetTemperature
from runtime.actor import Report, handles, hears
from runtime.address import head, tail
from runtime.command import CommandAccepted, CommandEnded, CommandIssued, Outcome
from scenarios.chain import Chain

HISTORY_STEP_US = 2 * 60 * 1_000_000
HISTORY_STEPS = 72
MINUTE_US = 60_000_000
RATE_MINUTES = 10

LANE_NEWS: dict[type, tuple[str, ...]] = {
    LaneAssigned: ("product", "price_minor", "level"),
    LanePlanned: ("capacity", "par"),
    LaneFilled: ("product", "level"),
    LaneEmptied: ("level",),
    LaneClosed: ("why",),
}
"""What a fact of a lane says anew of it, by the same names."""


class ConsoleActor(AlarmsHeard):
    """What pages show, kept up to date. The feed reads it between messages."""

    __slots__ = (
        "_minutes", "_next_sample_us", "books", "cash_minor", "cash_today_minor", "chain", "commands",
        "heard", "history", "lanes_out", "lanes_total", "latest_us", "offline", "settings", "store_numbers",
        "store_sales_minor", "stores", "units_today", "van_numbers", "vans", "vend_sales_minor",
        "visits_today",
    )  # fmt: skip

    def __init__(self, chain: Chain) -> None:
        super().__init__()
        self.chain = chain
        self.day = Day(chain.zone, chain.cutoff_minute)
        self.machines = [as_planned(plan) for plan in chain.machines]
        self.machine_numbers = {plan.id: number for number, plan in enumerate(chain.machines)}
        self.stores = [StoreView() for _ in chain.stores]
        self.store_numbers = {plan.id: number for number, plan in enumerate(chain.stores)}
        depots = {plan.id: plan.place for plan in chain.warehouses}
        self.vans = [parked(depots.get(plan.warehouse)) for plan in chain.vans]
        self.van_numbers = {plan.id: number for number, plan in enumerate(chain.vans)}
        self.books = Books(chain)
        self.commands, self.settings = CommandBook(), SettingBook()
        self.changes = Changes()
        self.history: deque[Kpis] = deque(maxlen=HISTORY_STEPS)
        self.lanes_total = sum(len(machine.lanes) for machine in self.machines)
        self.lanes_out = sum(machine.empty for machine in self.machines)
        self.offline = self.cash_minor = self.cash_today_minor = self.latest_us = 0
        self.heard = 0
        self.vend_sales_minor = self.store_sales_minor = self.units_today = self.visits_today = 0
        self._minutes: deque[list[int]] = deque(maxlen=RATE_MINUTES + 1)
        self._next_sample_us = 0

    # Time

    def hear(self, report: Report) -> None:
        """Take a report; the newest moment heard of decides which day is today."""
        at_us = report.at_us
        self.heard += 1
        if at_us > self.latest_us:
            self.latest_us = at_us
            if at_us >= self.day.end_us:
                self._new_day(at_us)
            if at_us >= self._next_sample_us:
                if self._next_sample_us:
                    self.history.append(self.kpis())
                self._next_sample_us = at_us - at_us % HISTORY_STEP_US + HISTORY_STEP_US
        self.books.hear(report)
        if (method := self.hearers.get(type(report.content))) is not None:
            method(self, report)

    def _new_day(self, at_us: int) -> None:
        self.day.roll(at_us)
        for machine in self.machines:
            machine.sales_minor = machine.units = machine.refused = 0
        for store in self.stores:
            store.sales_minor = store.baskets = 0
        self.vend_sales_minor = self.store_sales_minor = self.units_today = 0
        self.cash_today_minor = self.visits_today = 0
        self.changes.everything = True

    def kpis(self) -> Kpis:
        """The numbers of the header row as they are now."""
        since = self.latest_us // MINUTE_US - RATE_MINUTES
        vends = sum(count for minute, count in self._minutes if minute > since)
        return Kpis(
            online=len(self.machines) - self.offline,
            sales_minor=self.vend_sales_minor + self.store_sales_minor,
            vends_per_minute=vends / RATE_MINUTES,
            lanes_out=self.lanes_out,
            unacknowledged=sum(unacknowledged(self.alarms).values()),
            vans_on_route=sum(van.on_route for van in self.vans),
            cash_minor=self.cash_minor,
        )

    def take_changes(self) -> Changes:
        """What changed since this was last called."""
        taken, self.changes = self.changes, Changes()
        return taken

    # Lanes

    def _touch(self, report: Report) -> MachineView | None:
        number = self.machine_numbers.get(head(report.source))
        if number is None:
            return None
        changed = self.changes.machines
        changed.add(number)
        machine = self.machines[number]
        machine.seen_us = max(machine.seen_us, report.at_us)
        return machine

    def _lane(self, report: Report, **news: Any) -> None:
        if (machine := self._touch(report)) is None:
            return
        code = tail(report.source)
        was = machine.lanes.get(code) or LaneView("", 0, 0, 0, 0)
        self.lanes_out -= machine.empty
        self.lanes_total += code not in machine.lanes
        machine.put(code, attrs.evolve(was, **news))
        self.lanes_out += machine.empty

    @hears(LaneOpened)
    def lane_opened(self, report: Report) -> None:
        """A lane went into service."""
        fact: LaneOpened = report.content
        opened = LaneView(fact.product, fact.price_minor, fact.capacity, fact.par, fact.level)
        self._lane(report, **attrs.asdict(opened))

    @hears(*LANE_NEWS)
    def lane_changed(self, report: Report) -> None:
        """A lane sells or holds something else, or went out of service."""
        fact = report.content
        self._lane(report, **{name: getattr(fact, name) for name in LANE_NEWS[type(fact)]})

    @hears(LaneReopened)
    def lane_reopened(self, report: Report) -> None:
        """A lane is back in service."""
        self._lane(report, why="")

    @hears(LaneBlocked, LaneUnblocked)
    def lane_block_changed(self, report: Report) -> None:
        """A person, a date or the cold chain keeps a lane from selling, or does no longer."""
        if (machine := self._touch(report)) is None:
            return
        lane = machine.lanes.get(tail(report.source))
        blocks = blocks_after(lane.blocks if lane is not None else (), report.content)
        self._lane(report, blocks=blocks)

    @hears(VendCompleted)
    def vended(self, report: Report) -> None:
        """A unit was sold by a machine."""
        fact: VendCompleted = report.content
        self._lane(report, level=fact.level)
        number = self.machine_numbers.get(head(report.source))
        if number is None or not self._sold(report.at_us, fact.price_minor):
            return
        machine = self.machines[number]
        machine.sales_minor += fact.price_minor
        machine.units += 1
        self.vend_sales_minor += fact.price_minor
        self.units_today += 1
        minute = report.at_us // MINUTE_US
        for counted in reversed(self._minutes):
            if counted[0] == minute:
                counted[1] += 1
                return
        self._minutes.append([minute, 1])

    def _sold(self, at_us: int, amount_minor: int) -> bool:
        """Put a sale into its ten minutes of today; False if it belongs to another day."""
        if (slot := self.day.slot(at_us)) is None:
            return False
        self.day.sales[slot] += amount_minor
        return True

    # Machines

    @hears(VendFailed)
    def vend_failed(self, report: Report) -> None:
        """Nothing fell."""
        self._touch(report)

    @hears(SaleRefused)
    def refused(self, report: Report) -> None:
        """A customer went away without."""
        if (machine := self._touch(report)) is not None and self.day.slot(report.at_us) is not None:
            machine.refused += report.content.units

    @hears(DeviceWentMissing)
    def went_missing(self, report: Report) -> None:
        """A device, or the whole machine, does not answer."""
        fact: DeviceWentMissing = report.content
        if (machine := self._touch(report)) is not None and fact.device not in machine.missing:
            machine.missing.add(fact.device)
            self.offline += fact.device == "machine"

    @hears(DeviceCameBack)
    def came_back(self, report: Report) -> None:
        """It answers again."""
        fact: DeviceCameBack = report.content
        if (machine := self._touch(report)) is not None and fact.device in machine.missing:
            machine.missing.discard(fact.device)
            self.offline -= fact.device == "machine"

    @hears(*MACHINE_NEWS)
    def said_how_it_is(self, report: Report) -> None:
        """A machine was locked or unlocked, or told its status."""
        if (machine := self._touch(report)) is not None:
            machine.told(report.content)
        if isinstance(report.content, ServiceModeBegan | ServiceModeEnded):
            self.alarms_put_aside(report)

    @hears(FloatSet, CashTaken)
    def cash_came_in(self, report: Report) -> None:
        """Coins and bills went into a machine (tills count their own)."""
        self._cash(report, report.content.amount_minor, isinstance(report.content, CashTaken))

    @hears(ChangePaid)
    def change_paid(self, report: Report) -> None:
        """Coins went back to the customer."""
        self._cash(report, -report.content.amount_minor, True)

    @hears(MachineServiced)
    def serviced(self, report: Report) -> None:
        """A visit ended and the cash box was taken along."""
        self._cash(report, -report.content.cash_minor, False)

    def _cash(self, report: Report, amount_minor: int, trade: bool) -> None:
        if (machine := self._touch(report)) is None:
            return
        machine.cash_minor += amount_minor
        self.cash_minor += amount_minor
        if trade and self.day.slot(report.at_us) is not None:
            self.cash_today_minor += amount_minor

    @hears(CabinetTemperature)
    def temperature(self, report: Report) -> None:
        """A cabinet was measured."""
        if (machine := self._touch(report)) is not None:
            machine.measured(report.at_us, report.content.temp_decicelsius)

    # Stores and vans

    @hears(SaleCompleted)
    def basket_sold(self, report: Report) -> None:
        """A store sold a basket."""
        number = self.store_numbers.get(head(report.source))
        if number is None or not self._sold(report.at_us, report.content.total_minor):
            return
        store = self.stores[number]
        store.sales_minor += report.content.total_minor
        store.baskets += 1
        store.last_us, store.last_minor = report.at_us, report.content.total_minor
        self.store_sales_minor += report.content.total_minor
        self.changes.stores.add(number)

    def _van(self, report: Report) -> VanView | None:
        number = self.van_numbers.get(head(report.source))
        if number is None:
            return None
        self.changes.vans.add(number)
        return self.vans[number]

    @hears(VanDeparted, VanPosition, VanReturned)
    def van_moved(self, report: Report) -> None:
        """A van set off, is somewhere, or is home again."""
        if (van := self._van(report)) is not None:
            van.told(report.content)

    @hears(VanVisited)
    def visited(self, report: Report) -> None:
        """A van did a machine."""
        if (van := self._van(report)) is None:
            return
        van.done += 1
        if self.day.slot(report.at_us) is not None:
            self.visits_today += 1
        if (number := self.machine_numbers.get(report.content.machine)) is not None:
            place = self.chain.machines[number].place
            van.lat_e6, van.lon_e6 = place.lat_e6, place.lon_e6

    # Commands and settings

    @hears(CommandIssued, CommandAccepted, CommandEnded)
    def command_moved(self, report: Report) -> None:
        """A command was given, taken on, or has ended, at either end."""
        self.commands.hear(report)

    @hears(SettingChanged)
    def setting_changed(self, report: Report) -> None:
        """Somebody changed what an actor goes by."""
        self.settings.hear(report)

    @handles(Outcome)
    def asked(self, _: Outcome) -> None:
        """How an operator's command ended; pages learn it from the fact it led to, so nothing is kept."""
