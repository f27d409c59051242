"""A recorded business day of a whole chain, as a console hears it: every node's facts and readings, in time.

DIR/NODE/DATE.mcap  ->  opening (what was so when the day began)  ->  reports in order of their moments
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs

from actors.machine.lane import Lane
from actors.machine.machine import Machine
from actors.machine.messages import DeviceWentMissing, LaneAssigned, LaneClosed, LanePlanned
from actors.office.messages import AlarmAcknowledged, AlarmCleared, AlarmRaised
from runtime.actor import Report
from runtime.errors import ConfigError
from runtime.node import Node
from runtime.recorded import Published
from runtime.recording import RecordedDay, read_day, recorded_days
from runtime.wire import FactRecord
from scenarios.assembly import OFFICE
from scenarios.chain import Chain
from scenarios.replay.first_difference import chain_of, node_at_start
from scenarios.replay.verify import recordings_in

ALARMS = (AlarmRaised, AlarmAcknowledged, AlarmCleared)

Event = tuple[int, int, str, FactRecord | Published]
"""Microseconds since 1970 UTC, place among the node's events, node, what."""


def dates(directory: Path) -> list[str]:
    """Every business day that some node recorded, ISO, in order. Raises ConfigError when there are none."""
    files = recorded_days(recordings_in(directory)).values()
    return sorted({path.name[:10] for paths in files for path in paths})


@attrs.define(kw_only=True)
class ChainDay:
    """One business day.

    Attributes:
        date: ISO.
        chain: what was recorded.
        opening: what was so when the day began, as reports.
        events: facts and readings in order of their moments; of one moment, by node.
        lacks: nodes without a recording of this day, and files that were cut off.
    """

    date: str
    chain: Chain
    opening: list[Report]
    events: list[Event]
    lacks: list[str]

    @property
    def from_us(self) -> int:
        """The first event's moment."""
        return self.events[0][0]

    @property
    def to_us(self) -> int:
        """The last event's moment."""
        return self.events[-1][0]

    def report(self, place: int) -> Report:
        """An event as it was heard."""
        at_us, _, node, what = self.events[place]
        if isinstance(what, FactRecord):
            return Report(node, what.seq, what.source, at_us, what.fact())
        return Report(node, 0, what.source, at_us, what.reading)


def read_chain_day(directory: Path, date: str) -> ChainDay:
    """Read one business day of every node.

    Raises ConfigError for a day that nobody recorded, and what ``read_day`` raises.
    """
    files = recorded_days(recordings_in(directory))
    events: list[Event] = []
    opening: list[Report] = []
    lacks: list[str] = []
    chain: Chain | None = None
    for node, paths in files.items():
        of_day = [path for path in paths if path.name[:10] == date]
        if node == OFFICE:
            before = [path for path in paths if path.name[:10] < date]
            opening += [report for path in before for report in _alarms(read_day(path))]
        for number, path in enumerate(of_day):
            day = read_day(path)
            if number == 0:
                chain = chain or chain_of(day)
                try:
                    opening += _as_it_stood(node_at_start(day), day.start.now_us)
                except ConfigError:
                    lacks.append(f"{node}/{path.name}: begins as another version of hawker kept it")
                    opening += _told_before(paths[: paths.index(path)])
            if not day.whole:
                lacks.append(f"{node}/{path.name}: cut off")
            events += _events(day, len(events))
    if chain is None or not events:
        known = sorted({path.name[:10] for paths in files.values() for path in paths})
        raise ConfigError(
            f"{directory}: day must be one of {known[0]} to {known[-1]} recorded here, not {date}"
        )
    events.sort(key=lambda event: event[:3])
    return ChainDay(date=date, chain=chain, opening=opening, events=events, lacks=lacks)


def _events(day: RecordedDay, place: int) -> Iterator[Event]:
    """A node's facts and readings, merged; of one moment facts come first, as they did."""
    facts, readings = iter(day.records), iter(day.readings)
    fact, reading = next(facts, None), next(readings, None)
    while fact is not None or reading is not None:
        place += 1
        if reading is None or (fact is not None and fact.at_us <= reading.at_us):
            assert fact is not None
            yield fact.at_us, place, day.node, fact
            fact = next(facts, None)
        else:
            yield reading.at_us, place, day.node, reading
            reading = next(readings, None)


def _as_it_stood(node: Node, at_us: int) -> Iterator[Report]:
    """What lanes held and which devices were missing, told as facts that say so."""
    for address, actor in zip(node.addresses, node.actors, strict=True):
        if isinstance(actor, Lane):
            said = [
                LanePlanned(
                    capacity=actor.capacity, par=actor.par, safety=actor.safety, perishable=actor.perishable
                ),
                LaneAssigned(
                    product=actor.product, price_minor=actor.price_minor, was=actor.product, level=actor.level
                ),
            ]
            if actor.product:
                yield from (Report(node.name, 0, address, at_us, fact) for fact in said)
            if actor.closed:
                yield Report(node.name, 0, address, at_us, LaneClosed(why=actor.closed))
        elif isinstance(actor, Machine):
            for device in actor.missing:
                yield Report(node.name, 0, address, at_us, DeviceWentMissing(device=device))


def _told_before(paths: list[Path]) -> Iterator[Report]:
    """All facts of the days before: what was so when this one began, as far as they were recorded."""
    for path in paths:
        day = read_day(path)
        for record in day.records:
            yield Report(day.node, record.seq, record.source, record.at_us, record.fact())


def _alarms(day: RecordedDay) -> Iterator[Report]:
    """What became of alarms on a day before."""
    for record in day.records:
        if record.source == "office/alarms":
            fact = record.fact()
            if isinstance(fact, ALARMS):
                yield Report(day.node, record.seq, record.source, record.at_us, fact)
