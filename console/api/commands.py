"""Commands to machines: what one would change, giving it to one machine or many, how far it has come."""

from __future__ import annotations

import hashlib
import secrets
from typing import Annotated, Any

import attrs
import msgspec
from litestar import Request, get, post
from litestar.exceptions import PermissionDeniedException
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, FromPath, QueryParameter

from actors.control.messages import NotDone
from console.api.command_kinds import KINDS, Kind
from console.api.command_orders import Change, Filter, LanePlan, Order
from console.api.commands_desk import issue
from console.api.machines import fits
from console.api.paging import LIMIT, Cursor, Limit, Page, page_of, position_of
from console.host import Host
from console.people import approvals
from console.people.people import People
from console.people.permissions import Person, person_of
from console.people.wrong import Missing, Wrong
from console.state.command_book import Asked as Command
from console.state.views import STATE_NAMES
from runtime.message import wire_of
from scenarios.assembly import node_of

GIVE = {"permission": "commands.give"}
LOOK = {"permission": "commands.read"}
NEWEST = 1 << 62
CHANGES_SHOWN = 200
MINUTES_MAX = 24 * 60
STATES = ("queued", "sent", "accepted", "done", "failed", "expired")
Asked = Request[Any, Any, Any]
Word = Annotated[str, QueryParameter(max_length=100)]
State = Annotated[str, QueryParameter(name="state", max_length=20, description="One of the states.")]


class CommandRow(msgspec.Struct, frozen=True):
    """A command; times are ms since 1970 UTC, 0 not yet.

    Attributes:
        kind: name of the command on the wire, e.g. "control.set_prices".
        state: "queued" (its node's link is down), "sent", "accepted", "done", "failed" or "expired".
        by: the person who gave it.
        said: what it orders; ``answer``: what the machine answered, null nothing (yet).
        why: for one that failed.
    """

    id: str
    number: int
    machine: str
    kind: str
    state: str
    by: str
    group: str
    at_ms: int
    accepted_ms: int
    ended_ms: int
    expires_ms: int
    said: dict[str, Any]
    answer: dict[str, Any] | None
    why: str


class NeedsApproval(msgspec.Struct, frozen=True):
    """What another person has to approve first, as it is asked for at /api/approvals."""

    kind: str
    what: dict[str, str | int]
    place: str
    rule: str


class Preview(msgspec.Struct, frozen=True):
    """What a command would change.

    Attributes:
        machines: how many it goes to; ``skipped`` of those chosen have nothing to change.
        changes: the first of them; ``changes_count`` is all.
        confirm: it costs something if it was not meant.
        approval: another person has to agree; null nobody.
    """

    machines: int
    skipped: int
    changes_count: int
    changes: list[Change]
    confirm: bool
    approval: NeedsApproval | None


class Given(msgspec.Struct, frozen=True):
    """To how many machines a command was given; ``group`` finds all of them in /api/commands."""

    group: str
    machines: int
    skipped: int


@attrs.frozen(kw_only=True)
class Plan:
    """An order that is right in itself: what goes to which machine, and what that changes."""

    order: Order
    kind: Kind
    chosen: int
    commands: list[tuple[str, object]]
    changes: list[Change]


def routes(host: Host, people: People) -> list[HTTPRouteHandler]:
    """Giving commands, and looking after them."""
    return [*_giving(host, people), *_looking(host)]


def _giving(host: Host, people: People) -> list[HTTPRouteHandler]:
    @post("/api/commands/preview", sync_to_thread=False, status_code=200, opt=LOOK | {"reads": True})
    def preview(request: Asked, data: Annotated[Order, Body()]) -> Preview:
        """What a command would change, and what it needs; nothing is done."""
        person = person_of(request)
        plan = _planned(host, person, data)
        return Preview(
            machines=len(plan.commands),
            skipped=plan.chosen - len(plan.commands),
            changes_count=len(plan.changes),
            changes=plan.changes[:CHANGES_SHOWN],
            confirm=plan.kind.costly or len(plan.commands) > 1,
            approval=_approval(host, person, plan),
        )

    @post("/api/commands", status_code=202, opt=GIVE)
    async def give(request: Asked, data: Annotated[Order, Body()]) -> Given:
        """Give a command to one machine or many; each is run once, and ends done, failed or expired."""
        person = person_of(request)
        plan = _planned(host, person, data)
        if not plan.commands:
            raise Wrong("machines", "must have something to change, these have not", clash=True)
        if (needed := _approval(host, person, plan)) is not None:
            if data.approval is None:
                raise Wrong("approval", needed.rule, clash=True)
            number = data.approval
            await people.work(
                lambda db: approvals.use(db, people.now(), person, number, kind=needed.kind, what=needed.what)
            )
        group = secrets.token_hex(5)
        for machine, command in plan.commands:
            issue(host, machine, command, by=person.name, group=group, seconds=data.minutes * 60)
        return Given(group, len(plan.commands), plan.chosen - len(plan.commands))

    return [preview, give]


def _looking(host: Host) -> list[HTTPRouteHandler]:
    @get("/api/commands", sync_to_thread=False, opt=LOOK)
    def commands(
        request: Asked,
        limit: Limit = LIMIT,
        cursor: Cursor = None,
        machine: Word = "",
        condition: State = "",
        group: Word = "",
        by: Word = "",
    ) -> Page[CommandRow]:
        """Commands that people gave to machines in one's scope, the newest first."""
        if condition and condition not in STATES:
            raise Wrong("state", f"must be one of {', '.join(STATES)}, not {condition!r}")
        person, links = person_of(request), _Links(host)
        found: list[CommandRow] = []
        for asked in host.console.commands.newest(position_of(cursor, NEWEST)):
            if not _to_a_machine(host, person, asked) or machine not in ("", asked.to):
                continue
            if group not in ("", asked.group) or by not in ("", asked.by):
                continue
            if not condition or links.state(asked) == condition:
                found.append(_row(asked, links))
                if len(found) > limit:
                    break
        return page_of(found, limit, lambda row: row.number)

    @get("/api/commands/{command:str}", sync_to_thread=False, opt=LOOK)
    def one(request: Asked, command: FromPath[str]) -> CommandRow:
        """One command."""
        asked = host.console.commands.asked.get(command)
        if asked is None or not _to_a_machine(host, person_of(request), asked):
            raise Missing(f"command {command[:60]}: must be one that was given lately")
        return _row(asked, _Links(host))

    return [commands, one]


def _to_a_machine(host: Host, person: Person, asked: Command) -> bool:
    return asked.to in host.console.machine_numbers and person.sees(asked.to)


class _Links:
    """How far commands have come, by the links of their nodes now."""

    def __init__(self, host: Host) -> None:
        self._node_of = node_of(host.chain)
        self._nodes = {name: (linked, heard_us) for name, linked, heard_us in host.nodes()}

    def state(self, asked: Command) -> str:
        return asked.state(*self._nodes.get(self._node_of(asked.to), (False, 0)))


def _row(asked: Command, links: _Links) -> CommandRow:
    order, answer = asked.order(), asked.said()
    return CommandRow(
        id=asked.id,
        number=asked.number,
        machine=asked.to,
        kind="" if order is None else wire_of(type(order)).name,
        state=links.state(asked),
        by=asked.by,
        group=asked.group,
        at_ms=asked.at_us // 1000,
        accepted_ms=asked.accepted_at_us // 1000,
        ended_ms=asked.ended_at_us // 1000,
        expires_ms=asked.expires_at_us // 1000,
        said=_plain(order),
        answer=None if answer is None or isinstance(answer, NotDone) else _plain(answer),
        why=answer.why if isinstance(answer, NotDone) else "",
    )


def _plain(message: object) -> dict[str, Any]:
    said = msgspec.to_builtins(message, enc_hook=str)
    return said if isinstance(said, dict) else {}


# What an order comes to


def _planned(host: Host, person: Person, order: Order) -> Plan:
    """Check an order, and find what it comes to. Raises Wrong, or 403 for a kind one may not give."""
    if (kind := KINDS.get(order.kind)) is None:
        raise Wrong("kind", f"must be one of {', '.join(KINDS)}, not {order.kind!r}")
    if not person.may(kind.permission):
        raise PermissionDeniedException(f"{person.name}: must have the permission {kind.permission}")
    machines = _machines(host, person, order)
    if kind.one and len(machines) != 1:
        raise Wrong("machines", f"must be one machine, not {len(machines)}")
    if order.like:
        order = _copied(host, person, order)
    kind.check(order)
    if not 1 <= order.minutes <= MINUTES_MAX:
        raise Wrong("minutes", f"must be from 1 to {MINUTES_MAX}, not {order.minutes}")
    _known(host, order, machines)
    commands, changes = [], []
    for machine in machines:
        view = host.console.machines[host.console.machine_numbers[machine]]
        if (command := kind.make(order, view)) is not None:
            commands.append((machine, command))
            changes += [Change(machine, *change) for change in kind.changes(order, view)]
    return Plan(order=order, kind=kind, chosen=len(machines), commands=commands, changes=changes)


def _machines(host: Host, person: Person, order: Order) -> list[str]:
    """The machines that are meant, each in one's scope, in the order given or of the chain."""
    if bool(order.machines) == (order.filter is not None):
        raise Wrong("machines", "must be ids or a filter, and not both")
    if order.filter is not None:
        return _filtered(host, person, order.filter)
    for machine in order.machines:
        if machine not in host.console.machine_numbers or not person.sees(machine):
            raise Wrong("machines", f"must be machines of yours, not {machine!r}")
    return list(dict.fromkeys(order.machines))


def _filtered(host: Host, person: Person, wanted: Filter) -> list[str]:
    states = [name for name in wanted.state.split(",") if name]
    if unknown := [name for name in states if name not in STATE_NAMES]:
        raise Wrong("filter.state", f"must be of {', '.join(STATE_NAMES)}, not {unknown[0]!r}")
    found = []
    for plan, view in zip(host.chain.machines, host.console.machines, strict=True):
        here = wanted.site in ("", plan.site) and wanted.district in ("", plan.place.district)
        fitting = not states or STATE_NAMES[view.state] in states
        if here and fitting and person.sees(plan.id) and fits(plan, view, "", wanted.q.lower()):
            found.append(plan.id)
    return found


def _copied(host: Host, person: Person, order: Order) -> Order:
    """A planogram order with the lanes of another machine."""
    number = host.console.machine_numbers.get(order.like)
    if number is None or not person.sees(order.like):
        raise Wrong("like", f"must be a machine of yours, not {order.like!r}")
    if order.lanes:
        raise Wrong("lanes", "must be left out where another machine's are copied")
    plans = {lane.code: lane for lane in host.chain.machines[number].lanes}
    lanes = [
        LanePlan(
            lane=code,
            product=lane.product,
            price_minor=lane.price_minor,
            capacity=lane.capacity,
            par=lane.par,
            safety=plans[code].safety if code in plans else 0,
            perishable=code in plans and plans[code].perishable,
        )
        for code, lane in host.console.machines[number].lanes.items()
    ]
    return msgspec.structs.replace(order, lanes=lanes)


def _known(host: Host, order: Order, machines: list[str]) -> None:
    """What an order names must be there: its lane, its products."""
    products = {product.code for product in host.chain.products}
    if order.product and order.product not in products:
        raise Wrong("product", f"must be a product of the chain, not {order.product!r}")
    for number, lane in enumerate(order.lanes):
        if lane.product not in products:
            raise Wrong(f"lanes.{number}.product", f"must be a product of the chain, not {lane.product!r}")
    if len(machines) != 1:
        return
    lanes = host.console.machines[host.console.machine_numbers[machines[0]]].lanes
    for field, code in [("lane", order.lane), *((f"prices.{code}", code) for code in order.prices)]:
        if code and code not in lanes:
            raise Wrong(field, f"must be a lane of {machines[0]}, not {code!r}")


def _approval(host: Host, person: Person, plan: Plan) -> NeedsApproval | None:
    """What another person has to agree to: much money, or prices of many machines."""
    settings, chain, order = host.console.settings, host.chain, plan.order
    if order.kind == "refund" and (limit := settings.value(chain, "refund_alone_minor")) < order.amount_minor:
        machine = plan.commands[0][0]
        what: dict[str, str | int] = {
            "machine": machine, "sale": order.sale, "amount_minor": order.amount_minor,
        }  # fmt: skip
        rule = f"must be approved by another person over {limit} minor units"
        return NeedsApproval("refund", what, machine, rule)
    most = settings.value(chain, "price_push_alone_machines")
    prices = order.kind == "prices" or any(change.unit == "money" for change in plan.changes)
    if order.kind in ("prices", "planogram") and prices and len(plan.commands) > most:
        digest = hashlib.sha256(repr(plan.commands).encode()).hexdigest()[:16]
        by_lane = ",".join(f"{lane}={price}" for lane, price in sorted(order.prices.items()))[:190]
        said = order.product or order.like or by_lane
        price = -1 if order.price_minor is None else order.price_minor
        what = {"machines": len(plan.commands), "of": said, "price_minor": price, "digest": digest}
        place = "" if person.sites is None else plan.commands[0][0]
        return NeedsApproval(
            "price_push", what, place, f"must be approved by another person for more than {most} machines"
        )
    return None
