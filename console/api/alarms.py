"""What people do with alarms: acknowledge, shelve, take out of service, assign, note, let in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, FromPath

from actors.office.messages import (
    AcknowledgeAlarms,
    AssignAlarms,
    NoteAlarm,
    SetAlarmService,
    ShelveAlarms,
    UnshelveAlarms,
)
from console.api.commands_desk import issue
from console.host import Host
from console.people import accounts
from console.people.people import People
from console.people.permissions import Person, permissions_of, person_of
from console.people.wrong import Wrong
from console.state.alarm_book import OUT, SHELVED, Alarm
from runtime import quarantine
from runtime.quarantine import LetIn
from scenarios.assembly import node_of

HANDLE = {"permission": "alarms.handle"}
DESK = "office/alarms"
SET_ASIDE = "set_aside"
"""The kind of alarm that ``let-in`` ends."""
SHELF_MINUTES_MAX = 7 * 24 * 60
AT_ONCE_MAX = 500
TEXT_MAX = 500
Asked = Request[Any, Any, Any]
Alarms = Annotated[list[int], msgspec.Meta(max_length=AT_ONCE_MAX)]
Words = Annotated[str, msgspec.Meta(max_length=TEXT_MAX)]
Name = Annotated[str, msgspec.Meta(max_length=200)]
Tag = tuple[Name, Name]
Tags = Annotated[list[Tag], msgspec.Meta(max_length=AT_ONCE_MAX)]


class Some(msgspec.Struct, forbid_unknown_fields=True):
    """Which alarms."""

    alarms: Alarms


class Shelve(msgspec.Struct, forbid_unknown_fields=True):
    """Which alarms, by number or as (kind, place), for how many minutes of the chain's clock, and why."""

    minutes: int
    reason: Words
    alarms: Alarms = []
    tags: Tags = []


class Unshelve(msgspec.Struct, forbid_unknown_fields=True):
    """Which tags count again."""

    alarms: Alarms = []
    tags: Tags = []


class Service(msgspec.Struct, forbid_unknown_fields=True):
    """Which alarms go out of service or come back, and why."""

    in_service: bool
    reason: Words
    alarms: Alarms = []
    tags: Tags = []


class Assign(msgspec.Struct, forbid_unknown_fields=True):
    """Who looks after which alarms; "" nobody."""

    alarms: Alarms
    to: Name


class NewNote(msgspec.Struct, forbid_unknown_fields=True):
    """What is written to an alarm."""

    text: Words


class RefusedOne(msgspec.Struct, frozen=True):
    """What it was not done to, and the rule: an alarm's number, or kind and place."""

    what: str
    rule: str


class Handled(msgspec.Struct, frozen=True):
    """How many the office was asked to do it to, and what not; the feed tells when it was done."""

    asked: int
    refused: list[RefusedOne]


def routes(host: Host, people: People) -> list[HTTPRouteHandler]:
    """Doing something with alarms."""
    return [*_seeing(host), *_putting_aside(host), *_caring(host, people)]


def _seeing(host: Host) -> list[HTTPRouteHandler]:
    @post("/api/alarms/{alarm:int}/acknowledge", sync_to_thread=False, status_code=202, opt=HANDLE)
    def acknowledge(request: Asked, alarm: FromPath[int]) -> dict[str, int]:
        """Acknowledge an alarm; the feed tells when the office has done it."""
        person = person_of(request)
        _one(host, person, alarm)
        issue(host, DESK, AcknowledgeAlarms(alarms=(alarm,), by=person.name), by=person.name)
        return {"alarm": alarm}

    @post("/api/alarms/acknowledge", sync_to_thread=False, status_code=202, opt=HANDLE)
    def acknowledge_many(request: Asked, data: Annotated[Some, Body()]) -> Handled:
        """Acknowledge those that wait for it; each other one is named with the reason."""
        person, book = person_of(request), host.console.alarm_book
        good, refused = [], []
        for number in dict.fromkeys(data.alarms):
            alarm = _seen(host, person, number)
            state = "" if alarm is None else book.state(alarm)
            if alarm is None:
                refused.append(RefusedOne(str(number), "must be active, or over and not seen"))
            elif alarm.by:
                refused.append(RefusedOne(str(number), f"was acknowledged already, by {alarm.by}"))
            elif state in (SHELVED, OUT):
                refused.append(RefusedOne(str(number), f"must count, it is {state}"))
            else:
                good.append(number)
        if good:
            issue(host, DESK, AcknowledgeAlarms(alarms=tuple(good), by=person.name), by=person.name)
        return Handled(len(good), refused)

    @post("/api/alarms/{alarm:int}/let-in", sync_to_thread=False, status_code=202, opt=HANDLE)
    def let_in(request: Asked, alarm: FromPath[int]) -> dict[str, int]:
        """Let all messages in again that were set aside for the actor of this alarm."""
        person = person_of(request)
        view = _seen(host, person, alarm)
        node = node_of(host.chain)(view.place) if view is not None and view.kind == SET_ASIDE else ""
        if view is None or not node:
            raise NotFoundException(f"alarm {alarm} must be of messages set aside at a node")
        order = LetIn(address=view.place, digest="", by=person.name)
        issue(host, quarantine.address_of(node), order, by=person.name)
        return {"alarm": alarm}

    return [acknowledge, acknowledge_many, let_in]


def _putting_aside(host: Host) -> list[HTTPRouteHandler]:
    @post("/api/alarms/shelve", sync_to_thread=False, status_code=202, opt=HANDLE)
    def shelve(request: Asked, data: Annotated[Shelve, Body()]) -> Handled:
        """Put alarms aside for a time; they come back by themselves."""
        person = person_of(request)
        if not 1 <= data.minutes <= SHELF_MINUTES_MAX:
            raise Wrong("minutes", f"must be from 1 to {SHELF_MINUTES_MAX}, not {data.minutes}")
        reason = _reason(data.reason)
        tags, refused = _tags(host, person, data.alarms, data.tags)
        until_us = host.now_us() + data.minutes * 60_000_000 - 1
        if tags:
            order = ShelveAlarms(tags=tags, until_us=until_us, by=person.name, reason=reason)
            issue(host, DESK, order, by=person.name)
        return Handled(len(tags), refused)

    @post("/api/alarms/unshelve", sync_to_thread=False, status_code=202, opt=HANDLE)
    def unshelve(request: Asked, data: Annotated[Unshelve, Body()]) -> Handled:
        """Have shelved alarms count again."""
        person, book = person_of(request), host.console.alarm_book
        tags, refused = _tags(host, person, data.alarms, data.tags)
        on_it = tuple(tag for tag in tags if tag in book.shelved)
        refused += [RefusedOne(" ".join(tag), "must be shelved") for tag in tags if tag not in book.shelved]
        if on_it:
            issue(host, DESK, UnshelveAlarms(tags=on_it, by=person.name), by=person.name)
        return Handled(len(on_it), refused)

    @post("/api/alarms/service", sync_to_thread=False, status_code=202, opt=HANDLE)
    def service(request: Asked, data: Annotated[Service, Body()]) -> Handled:
        """Take alarms out of service until somebody puts them back."""
        person, book = person_of(request), host.console.alarm_book
        reason = _reason(data.reason)
        tags, refused = _tags(host, person, data.alarms, data.tags)
        fits = tuple(tag for tag in tags if (tag in book.out) == data.in_service)
        rule = "must be out of service" if data.in_service else "is out of service already"
        refused += [RefusedOne(" ".join(tag), rule) for tag in tags if (tag in book.out) != data.in_service]
        if fits:
            order = SetAlarmService(tags=fits, in_service=data.in_service, by=person.name, reason=reason)
            issue(host, DESK, order, by=person.name)
        return Handled(len(fits), refused)

    return [shelve, unshelve, service]


def _caring(host: Host, people: People) -> list[HTTPRouteHandler]:
    async def handlers_of() -> list[str]:
        found = await people.look(accounts.listed)
        return [
            each.name for each in found if "alarms.handle" in permissions_of(each.roles) and not each.disabled
        ]

    @get("/api/alarms/handlers", opt=HANDLE)
    async def handlers() -> list[str]:
        """Names of those who may look after an alarm."""
        return await handlers_of()

    @post("/api/alarms/assign", status_code=202, opt=HANDLE)
    async def assign(request: Asked, data: Annotated[Assign, Body()]) -> Handled:
        """Say who looks after alarms."""
        person = person_of(request)
        if data.to and data.to not in await handlers_of():
            raise Wrong("to", f"must be somebody who may handle alarms, not {data.to[:60]!r}")
        numbers = dict.fromkeys(data.alarms)
        good = tuple(number for number in numbers if _seen(host, person, number) is not None)
        rule = "must be active, or over and not seen"
        refused = [RefusedOne(str(number), rule) for number in numbers if number not in good]
        if good:
            issue(host, DESK, AssignAlarms(alarms=good, to=data.to, by=person.name), by=person.name)
        return Handled(len(good), refused)

    @post("/api/alarms/{alarm:int}/note", sync_to_thread=False, status_code=202, opt=HANDLE)
    def note(request: Asked, alarm: FromPath[int], data: Annotated[NewNote, Body()]) -> dict[str, int]:
        """Write something to an alarm."""
        person = person_of(request)
        _one(host, person, alarm)
        text = data.text.strip()
        if not text:
            raise Wrong("text", f"must have 1 to {TEXT_MAX} characters")
        issue(host, DESK, NoteAlarm(alarm=alarm, text=text, by=person.name), by=person.name)
        return {"alarm": alarm}

    return [handlers, assign, note]


def _seen(host: Host, person: Person, number: int) -> Alarm | None:
    """The alarm, if it is there and its place is in the person's scope."""
    alarm = host.console.alarm_book.alarms.get(number)
    return alarm if alarm is not None and person.sees(alarm.place) else None


def _one(host: Host, person: Person, number: int) -> Alarm:
    if (alarm := _seen(host, person, number)) is None:
        raise NotFoundException(f"alarm {number} must be active or unacknowledged")
    return alarm


def _tags(
    host: Host, person: Person, alarms: Iterable[int], tags: Iterable[Tag]
) -> tuple[tuple[Tag, ...], list[RefusedOne]]:
    """What alarms are about, as far as it is there and in scope; the rest is refused."""
    found: dict[Tag, None] = {}
    refused = []
    for number in dict.fromkeys(alarms):
        if (alarm := _seen(host, person, number)) is None:
            refused.append(RefusedOne(str(number), "must be active, or over and not seen"))
        else:
            found[alarm.tag] = None
    for tag in tags:
        if not person.sees(tag[1]):
            refused.append(RefusedOne(" ".join(tag), "must be at one of your places"))
        else:
            found[tag[0], tag[1]] = None
    return tuple(found), refused


def _reason(text: str) -> str:
    reason = text.strip()
    if not 3 <= len(reason) <= TEXT_MAX:
        raise Wrong("reason", f"must have 3 to {TEXT_MAX} characters, not {len(reason)}")
    return reason
