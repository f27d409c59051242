"""How the chain's own works are: links, journals, disk, ledger, checks, back-ups, recordings, listeners."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import msgspec
import trio
from litestar import Request, get
from litestar.handlers import HTTPRouteHandler

from console.cli import doctor
from console.host import Host
from console.people.permissions import Person, person_of
from scenarios.live.health import Kept, LinkState, kept, recordings

READ = {"permission": "metrics.read"}
RECORDINGS_SHOWN = 200
Asked = Request[Any, Any, Any]


class NodeHealth(msgspec.Struct, frozen=True):
    """A node: how long it was silent, and what waits or is kept there.

    Attributes:
        lag_s: since it was last heard, by the chain's clock; null never.
        journal_bytes: of its journal, where that is on this computer; null elsewhere.
        backed_up: number of its last fact in a back-up off this computer; 0 none.
    """

    node: str
    linked: bool
    lag_s: int | None
    waiting: int
    epoch: int
    facts: int
    forked: str
    journal_bytes: int | None
    backed_up: int


class Disk(msgspec.Struct, frozen=True):
    """Room where the data are kept, in bytes."""

    free: int
    total: int
    ledger: int
    journals: int


class Recording(msgspec.Struct, frozen=True):
    """A file of a node's recorded day that has ended; ``whole``: in order."""

    node: str
    date: str
    file: str
    bytes: int
    whole: bool


class Finding(msgspec.Struct, frozen=True):
    """What the doctor says of one thing on this computer; verdict "ok", "warning" or "missing"."""

    name: str
    value: str
    verdict: str
    note: str


class Trouble(msgspec.Struct, frozen=True):
    """What somebody should look at.

    ``kind`` is "unlinked", "forked", "damaged" or "disk", or of what ``what`` is wrong.
    """

    kind: str
    what: str


class HealthPage(msgspec.Struct, frozen=True):
    """Everything at once; times are ms since 1970 UTC, 0 never.

    Attributes:
        trouble: what is not as it should be; empty if all is well.
        facts: in the ledger.
        checked_ms: when the last daily check of this run ended, by the chain's clock.
        backed_up_ms: when a back-up off this computer was last confirmed, by this computer's clock.
        heard: facts and readings that the console heard.
    """

    trouble: list[Trouble]
    nodes: list[NodeHealth]
    disk: Disk | None
    facts: int
    checked_ms: int
    checked: list[str]
    wrong: list[Trouble]
    backed_up_ms: int
    feed_clients: int
    heard: int


def routes(host: Host, feed_clients: Callable[[], int]) -> list[HTTPRouteHandler]:
    """What the page of health asks."""

    @get("/api/health", opt=READ)
    async def health(request: Asked) -> HealthPage:
        """How the chain's own works are, of the nodes in one's scope."""
        here = None if host.data is None else await trio.to_thread.run_sync(kept, host.data)
        return _page(host, person_of(request), here, feed_clients())

    @get("/api/health/recordings", opt=READ)
    async def days(request: Asked) -> list[Recording]:
        """The newest recorded days of the nodes in one's scope."""
        person = person_of(request)
        found = [] if host.data is None else await trio.to_thread.run_sync(recordings, host.data)
        shown = [Recording(**attrs.asdict(each)) for each in found if person.sees(each.node)]
        return shown[:RECORDINGS_SHOWN]

    @get("/api/health/doctor", opt=READ)
    async def computer() -> list[Finding]:
        """What this computer has and lacks, as ``hawker doctor`` says."""
        found = await trio.to_thread.run_sync(doctor.examine, host.data)
        return [Finding(**attrs.asdict(each)) for each in found]

    return [health, days, computer]


def _page(host: Host, person: Person, here: Kept | None, feed_clients: int) -> HealthPage:
    now_us, links, checked = host.now_us(), host.links(), host.checked()
    nodes = [_node(link, here, now_us) for link in links if person.sees(link.node)]
    wrong = [Trouble(of, what) for of, what in (checked.wrong if checked else ())]
    return HealthPage(
        trouble=_trouble(nodes, here, wrong),
        nodes=nodes,
        disk=None if here is None else Disk(here.free, here.total, here.ledger, sum(here.journals.values())),
        facts=sum(link.facts for link in links),
        checked_ms=checked.at_us // 1000 if checked else 0,
        checked=list(checked.of) if checked else [],
        wrong=wrong,
        backed_up_ms=here.backed_up_s * 1000 if here else 0,
        feed_clients=feed_clients,
        heard=host.console.heard,
    )


def _node(link: LinkState, here: Kept | None, now_us: int) -> NodeHealth:
    return NodeHealth(
        node=link.node,
        linked=link.linked,
        lag_s=max(0, now_us - link.heard_us) // 1_000_000 if link.heard_us else None,
        waiting=link.waiting,
        epoch=link.epoch,
        facts=link.facts,
        forked=link.forked,
        journal_bytes=here.journals.get(link.node) if here else None,
        backed_up=here.covered.get(link.node, 0) if here else 0,
    )


def _trouble(nodes: list[NodeHealth], here: Kept | None, wrong: list[Trouble]) -> list[Trouble]:
    found = [Trouble("unlinked", each.node) for each in nodes if not each.linked]
    found += [Trouble("forked", each.node) for each in nodes if each.forked]
    found += [Trouble("damaged", each.kind) for each in wrong]
    if here is not None and here.free < doctor.FREE_BYTES_MIN:
        found.append(Trouble("disk", f"{here.free / 1e9:.1f} GB"))
    return found
