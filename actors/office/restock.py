"""The restock desk: knows every lane's level, plans rounds at the cut-off, sends a van when a lane calls."""

from __future__ import annotations

from collections.abc import Iterable
from sys import intern
from zoneinfo import ZoneInfo

from actors.cabinet.messages import PlanogramApplied, PlanogramPlanned
from actors.machine.messages import (
    LaneAssigned,
    LaneBlocked,
    LaneClosed,
    LaneEmptied,
    LaneFilled,
    LaneOpened,
    LanePlanned,
    LaneReopened,
    LaneUnblocked,
    VendCompleted,
)
from actors.office.messages import CutOffHeld, HoldCutOff, LookAtCalls, RoundEnded, RoundPlanned
from actors.office.planning import (
    ROUND_STOPS_MAX,
    Depot,
    MachineSite,
    Needs,
    RoundAway,
    VanDuty,
    duties,
    latest_local,
    nearest_first,
    next_local,
    vans_of,
)
from actors.office.settings import change, decoded, finish
from actors.settings.messages import RESTOCK, ChangeSetting, SettingChanged, rule_broken
from actors.van.messages import VanReturned
from actors.warehouse.messages import PickListMade, PrepareRound, RoundAnswer, Stop
from runtime import wire
from runtime.actor import Actor, Report, applies, handles, hears
from runtime.address import head, tail
from runtime.command import Deliver, Issue, Outcome
from runtime.errors import ConfigError

ORDER_EXPIRES_SECONDS = 12 * 3600
"""How long a warehouse may stay unreachable before its round is given up."""

START_WAIT_SECONDS = 60
"""How long after a start the desk waits to have heard what lanes hold, before it plans what is due."""


class RestockDesk(Actor):
    """Keeps the levels of all lanes, learnt from reports (anew after a restart), and sends vans.

    At each cut-off every machine with a lane under par gets a stop: a round for each van, nearest first.
    Between cut-offs a lane at or below ``trigger_level`` calls a van for its whole machine at once: a free
    van that serves the district, unless one is on its way there.

    Args:
        cutoff_minute: local minute of the day at which lanes under par are listed.
        depart_minute: local minute at which those rounds leave, at or after the cut-off.
        trigger_level: units at which a lane calls a van at once; -1 never.
        zone: time zone of these, e.g. ``Asia/Hong_Kong``.
        warehouses: where rounds begin and end.
        vans: in chain order.
        machines: in chain order.
        plan_at_start: whether to list lanes once when the chain first starts.
    """

    __slots__ = (
        "_calls", "_depots", "_duties", "_heard_round", "_lanes", "_looking", "_prepared", "_sites", "_void",
        "_zone", "changed", "cutoff_minute", "depart_minute", "held_at_us", "machines", "newest_round",
        "plan_at_start", "rounds", "trigger_level", "vans", "warehouses", "zone",
    )  # fmt: skip

    newest_round: int
    rounds: dict[int, RoundAway]
    held_at_us: int
    _lanes: dict[str, Needs]
    _calls: dict[str, None]
    _looking: bool
    _heard_round: int
    _prepared: set[int]
    _void: set[int]
    changed: dict[str, int]
    durable = ("newest_round", "rounds", "held_at_us", "changed")

    def __init__(
        self,
        cutoff_minute: int,
        depart_minute: int,
        trigger_level: int,
        zone: str,
        warehouses: tuple[Depot, ...],
        vans: tuple[VanDuty, ...],
        machines: tuple[MachineSite, ...],
        plan_at_start: bool = False,
    ) -> None:
        self.cutoff_minute = cutoff_minute
        self.depart_minute = depart_minute
        self.trigger_level = trigger_level
        self.zone = zone
        self.warehouses = warehouses
        self.vans = vans
        self.machines = machines
        self.plan_at_start = plan_at_start
        self.newest_round = 0
        self.rounds = {}  # planned and not yet over
        self.held_at_us = 0
        self._zone = ZoneInfo(zone)
        self._depots = {depot.id: depot for depot in warehouses}
        self._sites = {site.id: site for site in machines}
        self._duties = duties(machines, vans)
        self._lanes = {}
        self._calls = {}  # machines that called, in the order of their calls
        self._looking = False
        self._heard_round = 0  # the newest that a warehouse made, for an office that was restored
        self._prepared = set()
        self._void = set()  # cut-offs that were set before their minute was changed
        self.changed = {}  # settings that a person changed
        for van in vans:
            if van.warehouse not in self._depots:
                raise ConfigError(f"van {van.id}: warehouse must be in the chain, not {van.warehouse!r}")

    def resume(self) -> None:
        """Set the next cut-off; hold the one that was missed, or at the first start the one asked for."""
        missed_us = latest_local(self.now, self._cutoff_minute(), self._zone)
        if not self.held_at_us and self.plan_at_start:
            self.after(START_WAIT_SECONDS, HoldCutOff(at_us=self.now))
        elif 0 < self.held_at_us < missed_us:
            self.after(START_WAIT_SECONDS, HoldCutOff(at_us=missed_us))
        self._set_cut_off()

    def _set_cut_off(self) -> None:
        at_us = next_local(self.now + 1, self._cutoff_minute(), self._zone)
        self._void.discard(at_us)
        self.after((at_us - self.now) / 1_000_000, HoldCutOff(at_us=at_us))

    # Settings

    def _cutoff_minute(self) -> int:
        return self.changed.get("restock_cutoff_minute", self.cutoff_minute)

    def _depart_minute(self) -> int:
        return self.changed.get("restock_depart_minute", self.depart_minute)

    def _trigger_level(self) -> int:
        return self.changed.get("restock_trigger_level", self.trigger_level)

    @handles(Deliver)
    def deliver(self, delivery: Deliver) -> None:
        """A person changes a setting; another cut-off counts from the next one on."""
        order = decoded(delivery)
        if not isinstance(order, ChangeSetting):
            finish(self, delivery, "restock desk takes changes of settings only")
            return
        values = {
            "restock_cutoff_minute": self._cutoff_minute(),
            "restock_depart_minute": self._depart_minute(),
            "restock_trigger_level": self._trigger_level(),
        }
        if not (why := rule_broken(RESTOCK, order)):
            was_us = next_local(self.now + 1, self._cutoff_minute(), self._zone)
            why = change(self, RESTOCK, order, values[order.name])
            if self._cutoff_minute() != values["restock_cutoff_minute"]:
                self._void.add(was_us)
                self._set_cut_off()
        finish(self, delivery, why)

    @applies(SettingChanged)
    def setting_changed(self, fact: SettingChanged) -> None:
        """The newest holds."""
        self.changed[fact.name] = fact.new

    # What lanes hold

    @hears(LaneOpened)
    def lane_opened(self, report: Report) -> None:
        """A lane went into service."""
        lane: LaneOpened = report.content
        needs = self._lanes.setdefault(head(report.source), Needs())
        place = needs.put(tail(report.source), lane.product, lane.par, lane.level, lane.safety)
        self._call_if_low(report.source, needs, place)

    @hears(VendCompleted, LaneFilled, LaneEmptied, LaneAssigned)
    def level_known(self, report: Report) -> None:
        """A lane's level or product changed."""
        if (found := self._find(report.source)) is not None:
            needs, place = found
            needs.levels[place] = report.content.level
            needs.products[place] = intern(report.content.product)
            if isinstance(report.content, LaneEmptied):
                needs.spoilt = tuple(code for code in needs.spoilt if code != needs.codes[place])
            elif not isinstance(report.content, LaneFilled):  # a van was just there: it had no more to give
                self._call_if_low(report.source, needs, place)

    @hears(LaneClosed, LaneReopened)
    def lane_state(self, report: Report) -> None:
        """A closed lane is a reason for a visit at the next cut-off."""
        if (found := self._find(report.source)) is not None:
            needs, code = found[0], tail(report.source)
            needs.mark(code, closed=isinstance(report.content, LaneClosed), spoilt=code in needs.spoilt)

    @hears(LaneBlocked, LaneUnblocked)
    def lane_blocked(self, report: Report) -> None:
        """So is one whose goods nobody may eat; warm ones will be thrown away. An operator's block is not."""
        fact: LaneBlocked | LaneUnblocked = report.content
        if fact.why != "operator" and (found := self._find(report.source)) is not None:
            closed = isinstance(fact, LaneBlocked)
            found[0].mark(tail(report.source), closed=closed, spoilt=closed and fact.why == "health")

    @hears(LanePlanned)
    def lane_planned(self, report: Report) -> None:
        """A lane wants more or less than before."""
        if (found := self._find(report.source)) is not None:
            needs, place = found
            needs.pars[place], needs.safeties[place] = report.content.par, report.content.safety

    @hears(PlanogramPlanned, PlanogramApplied)
    def planogram(self, report: Report) -> None:
        """What the next visit has to bring is known before the lanes change."""
        fact: PlanogramPlanned | PlanogramApplied = report.content
        if (needs := self._lanes.get(report.source)) is None:
            return
        if isinstance(fact, PlanogramPlanned):
            needs.coming = tuple(planned for planned in fact.lanes if planned.lane in needs.codes)
        elif fact.visit:
            needs.coming = ()

    def _find(self, lane: str) -> tuple[Needs, int] | None:
        """A lane's machine, and its place there."""
        machine, _, code = lane.partition("/lane/")
        needs = self._lanes.get(machine)
        return (needs, needs.codes.index(code)) if needs is not None and code in needs.codes else None

    # Rounds at the cut-off

    @handles(HoldCutOff)
    def hold_cut_off(self, due: HoldCutOff) -> None:
        """List machines with lanes under par and plan a round for each van that has some."""
        if due.at_us <= self.held_at_us or due.at_us in self._void:
            self._void.discard(due.at_us)
            return  # held already, or at another time now
        depart_at_us = next_local(max(due.at_us, self.now), self._depart_minute(), self._zone)
        if not self.held_at_us and self._vans_should_be_out():
            depart_at_us = self.now  # a chain that first opens in mid-day does not wait for tomorrow
        by_van: dict[VanDuty, list[MachineSite]] = {van: [] for van in self.vans}
        for site in self.machines:
            if site.id in self._lanes and self._lanes[site.id].need_visit():
                by_van[self._duties[site.district]].append(site)
        rounds = 0
        for van, sites in by_van.items():
            depot = self._depots[van.warehouse]
            order = nearest_first(depot.lat_e6, depot.lon_e6, sites)
            for first in range(0, len(order), ROUND_STOPS_MAX):
                self._plan(van, depart_at_us, order[first : first + ROUND_STOPS_MAX])
                rounds += 1
        self.record(CutOffHeld(at_us=due.at_us, depart_at_us=depart_at_us, rounds=rounds))
        self._set_cut_off()

    def _vans_should_be_out(self) -> bool:
        left_us = latest_local(self.now, self._depart_minute(), self._zone)
        return self.plan_at_start and left_us > latest_local(self.now, self._cutoff_minute(), self._zone)

    def _plan(self, van: VanDuty, depart_at_us: int, sites: Iterable[MachineSite]) -> None:
        stops = tuple(
            Stop(
                machine=site.id,
                lat_e6=site.lat_e6,
                lon_e6=site.lon_e6,
                loads=self._lanes[site.id].loads_to_par() if site.id in self._lanes else (),
            )
            for site in sites
        )
        planned = RoundPlanned(
            round=max(self.newest_round, self._heard_round) + 1,
            van=van.id,
            depart_at_us=depart_at_us,
            stops=stops,
            expires_at_us=self.now + ORDER_EXPIRES_SECONDS * 1_000_000,
        )
        self.record(planned)
        order = PrepareRound(round=planned.round, van=van.id, depart_at_us=depart_at_us, stops=stops)
        issue = Issue(
            to=van.warehouse,
            body=wire.encode(order),
            expires_at_us=planned.expires_at_us,
            asked_by=self.address,
        )
        self.tell(self.reach("commands"), issue)

    # Calls

    def _call_if_low(self, lane: str, needs: Needs, place: int) -> None:
        if needs.calls(place, self._trigger_level()) and needs.levels[place] < needs.pars[place]:
            self._calls[head(lane)] = None
            self._look_soon()

    def _look_soon(self) -> None:
        """Look once everything that is ready now has been heard, history above all."""
        if self._calls and not self._looking:
            self._looking = True
            self.after(0, LookAtCalls())

    @handles(LookAtCalls)
    def look_at_calls(self, _: LookAtCalls) -> None:
        """Send a van to each machine that called, still needs it, and has none on its way."""
        self._looking = False
        on_the_road = [away for away in self.rounds.values() if away.depart_at_us <= self.now]
        awaiting = {machine for away in on_the_road for machine in away.machines}
        busy = [away.van for away in on_the_road]
        for machine in list(self._calls):
            if machine in awaiting:
                continue  # looked at again when that round is over
            del self._calls[machine]
            site = self._sites.get(machine)
            if site is None or not self._lanes[machine].call(self._trigger_level()):
                continue
            own = self._duties[site.district]
            van = min(vans_of(site.district, self.vans), key=lambda v: (busy.count(v.id), v is not own))
            busy.append(van.id)
            self._plan(van, self.now, [site])

    # How rounds end

    @handles(Outcome)
    def ordered(self, outcome: Outcome) -> None:
        """The warehouse has the order, or refused it, or was not reached in time."""
        answer = wire.decode(outcome.answer) if outcome.answer else None
        if isinstance(answer, RoundAnswer):
            if answer.round not in self.rounds:
                return  # over already
            if outcome.outcome == "done":
                self._prepared.add(answer.round)
            else:
                self._end(answer.round, "failed")
        elif outcome.outcome == "expired":
            late = [number for number, away in self.rounds.items() if away.expires_at_us <= self.now]
            for number in late:
                if number not in self._prepared:
                    self._end(number, "expired")

    @hears(PickListMade)
    def picked(self, report: Report) -> None:
        """The warehouse has the order."""
        self._heard_round = max(self._heard_round, report.content.round)
        if report.content.round in self.rounds:
            self._prepared.add(report.content.round)

    @hears(VanReturned)
    def van_returned(self, report: Report) -> None:
        """The round is over; heard again, it changes nothing."""
        if report.content.round in self.rounds:
            self._end(report.content.round, "returned")

    def _end(self, number: int, why: str) -> None:
        self.record(RoundEnded(round=number, why=why))
        self._prepared.discard(number)
        self._look_soon()

    # Facts

    @applies(RoundPlanned)
    def planned(self, fact: RoundPlanned) -> None:
        """A round is under way until it is heard to be over."""
        self.newest_round = fact.round
        self.rounds[fact.round] = RoundAway(
            van=fact.van,
            depart_at_us=fact.depart_at_us,
            expires_at_us=fact.expires_at_us,
            machines=tuple(stop.machine for stop in fact.stops),
        )

    @applies(RoundEnded)
    def ended(self, fact: RoundEnded) -> None:
        """Its machines may call again."""
        del self.rounds[fact.round]

    @applies(CutOffHeld)
    def held(self, fact: CutOffHeld) -> None:
        """This cut-off will not be held again."""
        self.held_at_us = fact.at_us
