"""Settings: what holds where and why, changing it, what was changed, and taking a change back."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.exceptions import PermissionDeniedException
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, QueryParameter

from actors.settings.messages import MACHINE, RESTOCK, SETTINGS, ChangeSetting, Setting
from console.api.commands_desk import issue
from console.api.paging import LIMIT, Cursor, Limit, Page, page_of, position_of
from console.host import Host
from console.people.permissions import Person, person_of
from console.people.wrong import Wrong
from console.state.setting_book import Change, planned, said_by_file

READ = {"permission": "settings.read"}
WRITE = {"permission": "settings.write"}
NEWEST = 1 << 62
REASON_MAX = 200
Asked = Request[Any, Any, Any]
Place = Annotated[str, QueryParameter(max_length=64, description="A machine; none for the office.")]
Words = Annotated[str, msgspec.Meta(max_length=REASON_MAX)]
Name = Annotated[str, msgspec.Meta(max_length=64)]


class ChangeRow(msgspec.Struct, frozen=True):
    """A change. ``place``: the machine, "" the office; ``newest``: no later one of the same setting there."""

    number: int
    at_ms: int
    place: str
    name: str
    unit: str
    old: int
    new: int
    by: str
    reason: str
    newest: bool


class SettingRow(msgspec.Struct, frozen=True):
    """A setting and what holds.

    Attributes:
        source: whose value holds: "default", "file" or "page". A person's holds over the file's.
        file: what the chain's file says; null it is silent.
        changed: the newest change by a person, also when its value is the file's.
    """

    name: str
    group: str
    unit: str
    low: int
    high: int
    value: int
    source: str
    default: int
    file: int | None
    changed: ChangeRow | None


class NewValues(msgspec.Struct, forbid_unknown_fields=True):
    """New values by name, for the office or a machine, and why."""

    values: Annotated[dict[Name, int], msgspec.Meta(max_length=50)]
    reason: Words
    place: Name = ""


class Undo(msgspec.Struct, forbid_unknown_fields=True):
    """Which change is taken back, and why."""

    number: int
    reason: Words


class Changing(msgspec.Struct, frozen=True):
    """How many settings will have another value; the history tells when."""

    asked: int


def routes(host: Host) -> list[HTTPRouteHandler]:
    """Reading and changing of settings."""

    @get("/api/settings", sync_to_thread=False, opt=READ)
    def settings(request: Asked, place: Place = "") -> list[SettingRow]:
        """What holds in the office, or at a machine."""
        if place:
            _machine(host, person_of(request), place)
        return [_row(host, setting, place) for setting in SETTINGS.values() if _is_of(host, setting, place)]

    @get("/api/settings/history", sync_to_thread=False, opt=READ)
    def history(request: Asked, limit: Limit = LIMIT, cursor: Cursor = None) -> Page[ChangeRow]:
        """Every change by a person, newest first."""
        person, before = person_of(request), position_of(cursor, NEWEST)
        found = [
            _change(host, change)
            for change in reversed(host.console.settings.changes)
            if change.number < before and (_of_office(change) or person.sees(change.at))
        ][: limit + 1]
        return page_of(found, limit, lambda row: row.number)

    @post("/api/settings/change", sync_to_thread=False, status_code=202, opt=WRITE)
    def change(request: Asked, data: Annotated[NewValues, Body()]) -> Changing:
        """Have actors go by other values."""
        person = person_of(request)
        _may_change(host, person, data.place)
        if not data.values:
            raise Wrong("values", "must name at least one setting")
        for name, value in data.values.items():
            setting = SETTINGS.get(name)
            if setting is None or not _is_of(host, setting, data.place):
                raise Wrong(f"values.{name}", "must be a setting of this place")
            if not setting.allows(value):
                raise Wrong(f"values.{name}", f"{setting.rule()}, not {value}")
        reason = _reason(data.reason)
        asked = [
            _order(host, person, data.place, name, value, reason)
            for name, value in data.values.items()
            if host.console.settings.value(host.chain, name, data.place) != value
        ]
        if not asked:
            raise Wrong("values", "must be other than what holds already", clash=True)
        return Changing(len(asked))

    @post("/api/settings/undo", sync_to_thread=False, status_code=202, opt=WRITE)
    def undo(request: Asked, data: Annotated[Undo, Body()]) -> Changing:
        """Take a change back: a new change to what held before it."""
        person, book = person_of(request), host.console.settings
        done = book.find(data.number)
        place = "" if done is None or _of_office(done) else done.at
        if done is None or (place and not person.sees(place)):
            raise Wrong("number", f"must be a change there was, not {data.number}", clash=True)
        _may_change(host, person, place)
        if book.latest[done.at, done.name] is not done:
            raise Wrong("number", f"must be the newest change of {done.name} there", clash=True)
        _order(host, person, place, done.name, done.old, _reason(data.reason))
        return Changing(1)

    return [settings, history, change, undo]


def _order(host: Host, person: Person, place: str, name: str, value: int, reason: str) -> str:
    to = place or SETTINGS[name].kept_by
    order = ChangeSetting(name=name, value=value, by=person.name, reason=reason)
    issue(host, to, order, by=person.name)
    return name


def _is_of(host: Host, setting: Setting, place: str) -> bool:
    if setting.kept_by == RESTOCK and host.chain.restock is None:
        return False
    return (setting.kept_by == MACHINE) == bool(place)


def _machine(host: Host, person: Person, place: str) -> None:
    if place not in host.console.machine_numbers or not person.sees(place):
        raise Wrong("place", f"must be a machine of yours, not {place!r}")


def _may_change(host: Host, person: Person, place: str) -> None:
    if place:
        _machine(host, person, place)
    elif person.sites is not None:
        raise PermissionDeniedException(f"{person.name}: must be in charge of the whole chain")


def _of_office(change: Change) -> bool:
    return SETTINGS[change.name].kept_by != MACHINE


def _reason(text: str) -> str:
    reason = text.strip()
    if not 3 <= len(reason) <= REASON_MAX:
        raise Wrong("reason", f"must have 3 to {REASON_MAX} characters, not {len(reason)}")
    return reason


def _change(host: Host, change: Change) -> ChangeRow:
    return ChangeRow(
        number=change.number,
        at_ms=change.at_us // 1000,
        place="" if _of_office(change) else change.at,
        name=change.name,
        unit=SETTINGS[change.name].unit,
        old=change.old,
        new=change.new,
        by=change.by,
        reason=change.reason,
        newest=host.console.settings.latest.get((change.at, change.name)) is change,
    )


def _row(host: Host, setting: Setting, place: str) -> SettingRow:
    book, chain = host.console.settings, host.chain
    change = book.latest.get((place or setting.kept_by, setting.name))
    value, in_file = book.value(chain, setting.name, place), said_by_file(chain, setting.name, place)
    source = "default" if in_file is None else "file"
    if change is not None and value != planned(chain, setting.name, place):
        source = "page"
    return SettingRow(
        name=setting.name,
        group=setting.kept_by.partition("/")[2] or "machine",
        unit=setting.unit,
        low=setting.low,
        high=setting.high,
        value=value,
        source=source,
        default=setting.default,
        file=in_file,
        changed=None if change is None else _change(host, change),
    )
