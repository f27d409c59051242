"""What operators do with alarms."""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from actors.office.messages import AcknowledgeAlarm
from console.api.commands_desk import issue
from console.host import Host
from console.people.permissions import Person, person_of
from console.views import AlarmView
from runtime import quarantine
from runtime.quarantine import LetIn
from scenarios.assembly import node_of

HANDLE = {"permission": "alarms.handle"}
SET_ASIDE = "set_aside"
"""The kind of alarm that ``let-in`` ends."""


def routes(host: Host) -> list[HTTPRouteHandler]:
    """Acknowledging, and letting in again what was set aside."""

    @post("/api/alarms/{alarm:int}/acknowledge", sync_to_thread=False, status_code=202, opt=HANDLE)
    def acknowledge(request: Request[Any, Any, Any], alarm: FromPath[int]) -> dict[str, int]:
        """Acknowledge an alarm; the feed tells when the office has done it."""
        person = person_of(request)
        if _seen(host, person, alarm) is None:
            raise NotFoundException(f"alarm {alarm} must be active or unacknowledged")
        issue(host, "office/alarms", AcknowledgeAlarm(alarm=alarm, by=person.name))
        return {"alarm": alarm}

    @post("/api/alarms/{alarm:int}/let-in", sync_to_thread=False, status_code=202, opt=HANDLE)
    def let_in(request: Request[Any, Any, Any], alarm: FromPath[int]) -> dict[str, int]:
        """Let all messages in again that were set aside for the actor of this alarm."""
        person = person_of(request)
        view = _seen(host, person, alarm)
        node = node_of(host.chain)(view.place) if view is not None and view.kind == SET_ASIDE else ""
        if view is None or not node:
            raise NotFoundException(f"alarm {alarm} must be of messages set aside at a node")
        issue(host, quarantine.address_of(node), LetIn(address=view.place, digest="", by=person.name))
        return {"alarm": alarm}

    return [acknowledge, let_in]


def _seen(host: Host, person: Person, alarm: FromPath[int]) -> AlarmView | None:
    """The alarm, if it is there and its place is in the person's scope."""
    view = host.console.alarms.get(alarm)
    return view if view is not None and person.sees(view.place) else None
