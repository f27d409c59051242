"""Nodes: their links and keys; letting one in, taking its key, changing the office's own."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

import attrs
import msgspec
import trio
from litestar import Request, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, FromPath

from console import qr
from console.api.paging import LIMIT, Cursor, Limit, Page, page_after
from console.api.session import Text
from console.host import Host
from console.people import approvals
from console.people.people import People
from console.people.permissions import WHOLE_CHAIN, Person, person_of
from console.people.wrong import Missing, Wrong
from runtime.errors import ConfigError, Refused
from runtime.pairing import CODE_SECONDS
from scenarios.live.health import LinkState
from scenarios.live.pairing import KeyDesk, NodeKey, OfficeKey

READ = {"permission": "nodes.read"}
MANAGE = {"permission": "nodes.manage", "place": WHOLE_CHAIN}
REVOCATION = "key_revocation"
UNKEPT = NodeKey(state="none")
Asked = Request[Any, Any, Any]


class NodeRow(msgspec.Struct, frozen=True):
    """A node; times are ms since 1970 UTC, by the chain's clock, 0 never.

    Attributes:
        machines, stores, warehouses, vans: what lives on it.
        epoch, facts: of its facts that the office has; ``waiting`` is known to come.
        forked: why nothing more of it is taken; "" while all is well.
        key: "in", "waits" (for a yes), "invited" (has a code), "revoked" or "none".
        serial: of the computer that waits.
        code_until_s: when its code ends, seconds since 1970 UTC; 0 none.
    """

    node: str
    linked: bool
    heard_ms: int
    machines: int
    stores: int
    warehouses: int
    vans: int
    epoch: int
    facts: int
    waiting: int
    forked: str
    key: str
    fingerprint: str
    serial: str
    code_until_s: int


class Office(msgspec.Struct, frozen=True):
    """The office's own key.

    Attributes:
        version: of Hawker here.
        kept: whether this process keeps keys at all (a replay does not).
        address: where other nodes knock; "" where it lets none in.
        next_fingerprint: of the key it changes to; ``missing`` have yet to hear of that.
    """

    version: str
    kept: bool
    fingerprint: str
    address: str
    next_fingerprint: str
    missing: list[str]


class Invited(msgspec.Struct, frozen=True):
    """A one-time code, and what its node is told with it; shown this once.

    ``command`` is typed at the node; ``picture`` says the same as a QR code (SVG).
    """

    node: str
    code: str
    fingerprint: str
    office: str
    seconds: int
    command: str
    picture: str


class Serial(msgspec.Struct, forbid_unknown_fields=True):
    """The serial number that stands on the computer."""

    serial: Text


class Approved(msgspec.Struct, forbid_unknown_fields=True):
    """The number of the approval by another administrator."""

    approval: int | None = None


class Said(msgspec.Struct, frozen=True):
    """A node, and how far it is with its key now."""

    node: str
    key: str


def routes(host: Host, people: People) -> list[HTTPRouteHandler]:
    """Reading, letting in, sending away."""
    return [*_reading(host), *_letting_in(host), *_taking_away(host, people)]


def _reading(host: Host) -> list[HTTPRouteHandler]:
    @get("/api/nodes", opt=READ)
    async def listed(request: Asked, limit: Limit = LIMIT, cursor: Cursor = None) -> Page[NodeRow]:
        """Nodes in one's scope, the office last."""
        person = person_of(request)
        links = [link for link in host.links() if person.sees(link.node)]
        page, after = page_after(links, lambda link: link.node, cursor, limit)
        names = tuple(link.node for link in page)
        keys = {} if host.data is None else await trio.to_thread.run_sync(_desk(host).nodes, names)
        counts, office = _living(host), host.chain.nodes[-1]
        if office in keys:
            keys[office] = attrs.evolve(keys[office], state="in")
        return Page([_row(link, keys.get(link.node, UNKEPT), counts[link.node]) for link in page], after)

    @get("/api/office-key", opt=READ)
    async def office() -> Office:
        """The office's own key, and how far its change is."""
        if host.data is None:
            return _office(OfficeKey(fingerprint="", address=""), kept=False)
        return _office(await trio.to_thread.run_sync(_desk(host).office), kept=True)

    return [listed, office]


def _letting_in(host: Host) -> list[HTTPRouteHandler]:
    @post("/api/nodes/{node:str}/code", status_code=201, opt={**MANAGE, "shown_once": True})
    async def invite(node: FromPath[str]) -> Invited:
        """A one-time code for a node; an older one is void."""
        desk = _known(host, node)
        if host.chain.nodes[-1] == node:
            raise Wrong("node", "must be another than the office", clash=True)
        try:
            told = await trio.to_thread.run_sync(desk.issue, node)
        except ConfigError:
            rule = "must be a node of an office that lets others in: hawker node --name office"
            raise Wrong("node", rule, clash=True) from None
        said = (
            f"hawker pair --name {node} --code {told.code} --fingerprint {told.fingerprint}"
            f" --office {told.office}"
        )
        return Invited(
            node=node,
            code=told.code,
            fingerprint=told.fingerprint,
            office=told.office,
            seconds=CODE_SECONDS,
            command=said,
            picture=qr.picture(said),
        )

    @post("/api/nodes/{node:str}/confirm", status_code=200, opt=MANAGE)
    async def confirm(node: FromPath[str], data: Annotated[Serial, Body()]) -> Said:
        """Let the computer with this serial number in, which waits as this node."""
        desk = _known(host, node)
        try:
            await trio.to_thread.run_sync(desk.confirm, node, data.serial.strip())
        except Refused:
            rule = f"must be that of the computer that waits as {node}, not {data.serial[:60]!r}"
            raise Wrong("serial", rule, clash=True) from None
        return await _said(desk, node)

    @post("/api/nodes/{node:str}/reject", status_code=200, opt=MANAGE)
    async def reject(node: FromPath[str]) -> Said:
        """Send away whoever waits as this node, and void its code."""
        desk = _known(host, node)
        await trio.to_thread.run_sync(desk.reject, node)
        return await _said(desk, node)

    return [invite, confirm, reject]


def _taking_away(host: Host, people: People) -> list[HTTPRouteHandler]:
    @post("/api/nodes/{node:str}/revoke", status_code=200, opt=MANAGE)
    async def revoke(request: Asked, node: FromPath[str], data: Annotated[Approved, Body()]) -> Said:
        """Take a node's key, which another administrator has approved; its link ends at once."""
        desk, person = _known(host, node), person_of(request)
        keys = await trio.to_thread.run_sync(desk.nodes, (node,))
        if not keys[node].fingerprint:
            raise Wrong("node", "must have a key to be revoked", clash=True)
        await _approved(people, person, node, data.approval)
        await trio.to_thread.run_sync(desk.revoke, node)
        return await _said(desk, node)

    @post("/api/office-key/rotate", status_code=200, opt=MANAGE)
    async def rotate() -> Office:
        """Begin to change the office's own key, or look how far that is."""
        if host.data is None:
            raise Wrong("office", "must keep its keys in a folder", clash=True)
        return _office(await trio.to_thread.run_sync(_desk(host).rotate), kept=True)

    return [revoke, rotate]


async def _approved(people: People, person: Person, node: str, number: int | None) -> None:
    if number is None:
        raise Wrong("approval", "must be approved by another administrator", clash=True)
    await people.work(
        lambda db: approvals.use(db, people.now(), person, number, kind=REVOCATION, what={"node": node})
    )


def _desk(host: Host) -> KeyDesk:
    if host.data is None:
        raise Wrong("node", "must be one of an office that keeps keys", clash=True)
    return KeyDesk(host.data)


def _known(host: Host, node: str) -> KeyDesk:
    if node not in host.chain.nodes:
        raise Missing(f"node {node[:60]}: must be one of the chain")
    return _desk(host)


async def _said(desk: KeyDesk, node: str) -> Said:
    keys = await trio.to_thread.run_sync(desk.nodes, (node,))
    return Said(node, keys[node].state)


def _office(key: OfficeKey, *, kept: bool) -> Office:
    try:
        here = version("hawker")
    except PackageNotFoundError:
        here = ""
    return Office(
        version=here,
        kept=kept,
        fingerprint=key.fingerprint,
        address=key.address,
        next_fingerprint=key.next_fingerprint,
        missing=list(key.missing),
    )


@attrs.define
class _Living:
    """How many of each kind live on a node."""

    machines: int = 0
    stores: int = 0
    warehouses: int = 0
    vans: int = 0


def _living(host: Host) -> dict[str, _Living]:
    chain = host.chain
    counts = {node: _Living() for node in chain.nodes}
    for machine in chain.machines:
        counts[machine.node].machines += 1
    for store in chain.stores:
        counts[store.node].stores += 1
    homes = {house.id: house.node for house in chain.warehouses}
    for house in chain.warehouses:
        counts[house.node].warehouses += 1
    for van in chain.vans:
        if van.warehouse in homes:
            counts[homes[van.warehouse]].vans += 1
    return counts


def _row(link: LinkState, key: NodeKey, living: _Living) -> NodeRow:
    return NodeRow(
        node=link.node,
        linked=link.linked,
        heard_ms=link.heard_us // 1000,
        **attrs.asdict(living),
        epoch=link.epoch,
        facts=link.facts,
        waiting=link.waiting,
        forked=link.forked,
        key=key.state,
        fingerprint=key.fingerprint,
        serial=key.serial,
        code_until_s=key.code_until,
    )
