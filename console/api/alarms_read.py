"""Reading alarms: the list by filters, the journal, how many come, and what belongs together in a flood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
from litestar import Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from console.api.paging import LIMIT, Cursor, Limit, Page, page_after, page_of, position_of
from console.host import Host
from console.people.permissions import Person, person_of
from console.people.wrong import Wrong
from console.state import alarm_rate
from console.state.alarm_book import STATES, Alarm, AlarmBook

READ = {"permission": "alarms.read"}
NEWEST = 1 << 62
ME = "me"
GROUPS = ("place", "kind", "district")
Asked = Request[Any, Any, Any]
Filter = Annotated[str, QueryParameter(max_length=100)]
Priority = Annotated[int | None, QueryParameter(ge=1, le=3, description="1 is the worst.")]
Condition = Annotated[
    str, QueryParameter(name="state", max_length=100, description="One or more, by commas.")
]
Minutes = Annotated[int, QueryParameter(ge=1, le=1440)]
By = Annotated[str, QueryParameter(max_length=20, description="place, kind or district")]


class Note(msgspec.Struct, frozen=True):
    """What somebody wrote to an alarm."""

    at_ms: int
    by: str
    text: str


class AlarmRow(msgspec.Struct, frozen=True):
    """An alarm; times are ms since 1970 UTC, 0 not yet.

    Attributes:
        state: "unacknowledged", "acknowledged", "returned", "shelved", "suppressed" or "out_of_service".
        active: its condition holds, whatever its state.
        explained: for a suppressed one, "service" or "alarm" and a number.
        until_ms: when a shelved one comes back.
    """

    alarm: int
    kind: str
    priority: int
    place: str
    value: int
    state: str
    active: bool
    at_ms: int
    cleared_ms: int
    acknowledged_ms: int
    by: str
    to: str
    explained: str
    until_ms: int
    reason: str
    notes: list[Note]


class JournalLine(msgspec.Struct, frozen=True):
    """A change: ``what`` is "raised", "cleared", "acknowledged", "shelved" and so on; ``by`` "" nobody."""

    number: int
    at_ms: int
    what: str
    alarm: int
    kind: str
    place: str
    priority: int
    by: str
    text: str


class Aside(msgspec.Struct, frozen=True):
    """A tag that somebody put aside; ``until_ms`` 0: out of service."""

    kind: str
    place: str
    until_ms: int
    at_ms: int
    by: str
    reason: str


class Step(msgspec.Struct, frozen=True):
    """Ten minutes: how many alarms came in them."""

    at_ms: int
    count: int


class Often(msgspec.Struct, frozen=True):
    """A tag that came several times."""

    kind: str
    place: str
    times: int


class AlarmRate(msgspec.Struct, frozen=True):
    """How many alarms come, against EEMUA 191's one in ten minutes an operator on average.

    Attributes:
        now: in the last ten minutes, an operator.
        average: in ten minutes, an operator, over the last day as far as it is known.
        flood: more than ten in ten minutes an operator came, and not yet under five.
        steps: the last day, oldest first.
        chattering: tags that came three times or more in ten minutes.
        frequent: tags that came most often in the last day.
        stale: alarms that hold for longer than a day.
    """

    operators: int
    now: float
    average: float
    flood: bool
    acceptable: int
    flood_from: int
    steps: list[Step]
    chattering: list[Often]
    frequent: list[Often]
    stale: list[int]


class Group(msgspec.Struct, frozen=True):
    """Alarms that belong together; ``first_out``: the one that came first."""

    name: str
    count: int
    unacknowledged: int
    worst: int
    first_out: int
    first_ms: int
    last_ms: int
    alarms: list[int]


def routes(host: Host) -> list[HTTPRouteHandler]:
    """Reading of alarms."""
    return [*_lists(host), *_sums(host)]


def _lists(host: Host) -> list[HTTPRouteHandler]:
    @get("/api/alarms", sync_to_thread=False, opt=READ)
    def alarms(
        request: Asked,
        limit: Limit = LIMIT,
        cursor: Cursor = None,
        condition: Condition = "",
        priority: Priority = None,
        kind: Filter = "",
        place: Filter = "",
        assigned: Filter = "",
    ) -> Page[AlarmRow]:
        """Alarms in one's scope that are not both over and seen: what waits for a person first."""
        person, book = person_of(request), host.console.alarm_book
        states = _states(condition)
        wanted = ME if assigned != ME else person.name
        found = [
            row
            for alarm in _seen(book, person)
            if priority in (None, alarm.priority)
            and (not kind or alarm.kind == kind)
            and (not place or place == alarm.place or place == alarm.machine)
            and (not assigned or alarm.to == (wanted if assigned == ME else assigned))
            and (row := row_of(book, alarm)).state in states
        ]
        found.sort(key=_order)
        items, after = page_after(found, lambda row: str(row.alarm), cursor, limit)
        return Page(list(items), after)

    @get("/api/alarms/journal", sync_to_thread=False, opt=READ)
    def journal(
        request: Asked, limit: Limit = LIMIT, cursor: Cursor = None, kind: Filter = "", place: Filter = ""
    ) -> Page[JournalLine]:
        """Every change of alarms, who made it and when, newest first."""
        person, book = person_of(request), host.console.alarm_book
        found: list[JournalLine] = []
        for entry in book.entries(position_of(cursor, NEWEST), len(book.journal)):
            fits = (not kind or entry.kind == kind) and (not place or entry.place.startswith(place))
            if fits and person.sees(entry.place):
                found.append(
                    JournalLine(
                        entry.number, entry.at_us // 1000, entry.what, entry.alarm, entry.kind, entry.place,
                        entry.priority, entry.by, entry.text,
                    )
                )  # fmt: skip
                if len(found) > limit:
                    break
        return page_of(found, limit, lambda line: line.number)

    return [alarms, journal]


def _sums(host: Host) -> list[HTTPRouteHandler]:
    @get("/api/alarms/aside", sync_to_thread=False, opt=READ)
    def aside(request: Asked) -> list[Aside]:
        """Tags that people shelved or took out of service, whether there is an alarm now or not."""
        person, book = person_of(request), host.console.alarm_book
        return [
            Aside(kind, place, put.until_us // 1000, put.at_us // 1000, put.by, put.reason)
            for table in (book.shelved, book.out)
            for (kind, place), put in table.items()
            if person.sees(place)
        ]

    @get("/api/alarms/rate", sync_to_thread=False, opt=READ)
    def rate(request: Asked) -> AlarmRate:
        """How many alarms come in one's scope, and which come too often or stay too long."""
        person, book = person_of(request), host.console.alarm_book
        operators = host.console.settings.value(host.chain, "alarm_operators")
        return _rate(book, person, host.now_us(), operators)

    @get("/api/alarms/groups", sync_to_thread=False, opt=READ)
    def groups(request: Asked, by: By = "place", minutes: Minutes = 60) -> list[Group]:
        """Alarms of the last minutes that count, by place, kind or district, with the one that came first."""
        if by not in GROUPS:
            raise Wrong("by", f"must be one of {', '.join(GROUPS)}, not {by!r}")
        person, book = person_of(request), host.console.alarm_book
        since_us = host.now_us() - minutes * 60_000_000
        together: dict[str, list[Alarm]] = {}
        for alarm in _seen(book, person):
            if alarm.at_us >= since_us and alarm.number not in book.hidden:
                together.setdefault(_group(host, alarm, by), []).append(alarm)
        found = [_grouped(name, each) for name, each in together.items()]
        return sorted(found, key=lambda group: (-group.count, group.first_ms))[:200]

    return [aside, rate, groups]


def _seen(book: AlarmBook, person: Person) -> Iterator[Alarm]:
    return (alarm for alarm in book.alarms.values() if person.sees(alarm.place))


def _states(text: str) -> tuple[str, ...]:
    wanted = tuple(name for name in text.split(",") if name)
    if unknown := [name for name in wanted if name not in STATES]:
        raise Wrong("state", f"must be of {', '.join(STATES)}, not {unknown[0]!r}")
    return wanted or STATES


def _order(row: AlarmRow) -> tuple[int, int, int]:
    waits = row.state in ("unacknowledged", "returned")
    return (0 if waits else 1 + STATES.index(row.state), row.priority, -row.alarm)


def row_of(book: AlarmBook, alarm: Alarm) -> AlarmRow:
    """An alarm as JSON."""
    aside = book.out.get(alarm.tag) or book.shelved.get(alarm.tag)
    return AlarmRow(
        alarm=alarm.number,
        kind=alarm.kind,
        priority=alarm.priority,
        place=alarm.place,
        value=alarm.value,
        state=book.state(alarm),
        active=alarm.cleared_at_us == 0,
        at_ms=alarm.at_us // 1000,
        cleared_ms=alarm.cleared_at_us // 1000,
        acknowledged_ms=alarm.acknowledged_at_us // 1000,
        by=alarm.by,
        to=alarm.to,
        explained=book.explained(alarm),
        until_ms=aside.until_us // 1000 if aside else 0,
        reason=aside.reason if aside else "",
        notes=[Note(at_us // 1000, by, text) for at_us, by, text in alarm.notes],
    )


def _group(host: Host, alarm: Alarm, by: str) -> str:
    if by == "kind":
        return alarm.kind
    if by == "place":
        return alarm.machine
    number = host.console.machine_numbers.get(alarm.machine)
    return alarm.machine if number is None else host.chain.machines[number].place.district or alarm.machine


def _grouped(name: str, alarms: list[Alarm]) -> Group:
    first = min(alarms, key=lambda alarm: (alarm.at_us, alarm.number))
    return Group(
        name=name,
        count=len(alarms),
        unacknowledged=sum(not alarm.by for alarm in alarms),
        worst=min(alarm.priority for alarm in alarms),
        first_out=first.number,
        first_ms=first.at_us // 1000,
        last_ms=max(alarm.at_us for alarm in alarms) // 1000,
        alarms=[alarm.number for alarm in alarms][:500],
    )


def _rate(book: AlarmBook, person: Person, now_us: int, operators: int) -> AlarmRate:
    raised = [
        (at_us, (kind, place))
        for at_us, _, kind, place in book.raised
        if person.sites is None or person.sees(place)
    ]
    found = alarm_rate.measured(raised, now_us, operators)
    since_us = now_us - alarm_rate.DAY_US
    return AlarmRate(
        operators=operators,
        now=found.now,
        average=found.average,
        flood=found.flood,
        acceptable=alarm_rate.ACCEPTABLE,
        flood_from=alarm_rate.FLOOD_FROM,
        steps=[Step(at_us // 1000, count) for at_us, count in found.steps],
        chattering=[Often(*tag, times) for tag, times in found.chattering],
        frequent=[Often(*tag, times) for tag, times in found.frequent],
        stale=[a.number for a in _seen(book, person) if not a.cleared_at_us and a.at_us < since_us][:200],
    )
