"""Who may do what: one table of permissions and roles, and the one guard in front of every route.

A route names its permission in ``opt["permission"]``; one that names none answers nobody. ``OPEN`` needs no
log-in, ``OWN`` any person who is logged in (their own session and account). Where a route's path names a
place, ``opt["place"]`` is the path parameter that must be in the person's scope; ``WHOLE_CHAIN`` there means
that only somebody without a scope may. Lists are filtered by ``Person.sees``. A POST that changes nothing
says ``opt["reads"]``: it is not audited.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, NotFoundException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler

from runtime.address import head
from scenarios.chain import Chain

OPEN = "open"
OWN = "own"
WHOLE_CHAIN = "*"

CASHIER, STORE_MANAGER, RESTOCKER, TECHNICIAN = "cashier", "store_manager", "restocker", "technician"
DISPATCHER, ANALYST, AUDITOR, ADMINISTRATOR = "dispatcher", "analyst", "auditor", "administrator"
ROLES = (
    CASHIER, STORE_MANAGER, RESTOCKER, TECHNICIAN, DISPATCHER, ANALYST, AUDITOR, ADMINISTRATOR,
)  # fmt: skip
"""In the order in which pages list them."""

_READERS = (DISPATCHER, ANALYST, AUDITOR)

PERMISSIONS: dict[str, tuple[str, ...]] = {
    "overview.read": ROLES,
    "products.read": ROLES,
    "machines.read": (STORE_MANAGER, RESTOCKER, TECHNICIAN, ADMINISTRATOR, *_READERS),
    "machines.command": (DISPATCHER,),
    "machines.diagnose": (TECHNICIAN, DISPATCHER),
    "commands.read": (STORE_MANAGER, TECHNICIAN, DISPATCHER, AUDITOR),
    "commands.give": (STORE_MANAGER, TECHNICIAN, DISPATCHER),
    "products.write": (DISPATCHER,),
    "prices.write": (STORE_MANAGER, DISPATCHER),
    "planograms.write": (DISPATCHER,),
    "refunds.write": (CASHIER, STORE_MANAGER, DISPATCHER),
    "refunds.approve": (STORE_MANAGER, DISPATCHER),
    "approvals.read": (CASHIER, STORE_MANAGER, DISPATCHER, AUDITOR, ADMINISTRATOR),
    "approvals.write": (CASHIER, STORE_MANAGER, DISPATCHER, ADMINISTRATOR),
    "cash.read": (STORE_MANAGER, *_READERS),
    "stores.read": (CASHIER, STORE_MANAGER, *_READERS),
    "stock.read": (STORE_MANAGER, RESTOCKER, *_READERS),
    "stock.write": (STORE_MANAGER, RESTOCKER),
    "alarms.read": (STORE_MANAGER, RESTOCKER, TECHNICIAN, ADMINISTRATOR, *_READERS),
    "alarms.handle": (STORE_MANAGER, TECHNICIAN, DISPATCHER),
    "reports.read": (STORE_MANAGER, *_READERS),
    "reports.write": (STORE_MANAGER, DISPATCHER, ANALYST),
    "personal.read": (STORE_MANAGER, AUDITOR),
    "personal.erase": (ADMINISTRATOR,),
    "audit.read": (AUDITOR, ADMINISTRATOR),
    "people.read": (AUDITOR, ADMINISTRATOR),
    "people.manage": (ADMINISTRATOR,),
    "nodes.read": (TECHNICIAN, ADMINISTRATOR, DISPATCHER, AUDITOR),
    "nodes.manage": (ADMINISTRATOR,),
    "settings.read": (ADMINISTRATOR, *_READERS),
    "settings.write": (ADMINISTRATOR,),
    "tokens.manage": (ADMINISTRATOR,),
    "webhooks.manage": (ADMINISTRATOR,),
    "metrics.read": (TECHNICIAN, ADMINISTRATOR, AUDITOR),
    "clock.write": (DISPATCHER,),
    "replay": (DISPATCHER, ANALYST),
}
"""Permission and the roles that have it; what is not here nobody may (SAFETY "Doors")."""

OWNER_ROLES = frozenset({ADMINISTRATOR, DISPATCHER})
"""Of the first person, who follows the link that ``hawker up`` prints."""


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """Everything that one of these roles may."""
    held = set(roles)
    return frozenset(name for name, having in PERMISSIONS.items() if not held.isdisjoint(having))


class Places:
    """Which names a place answers to: a scope holds a place if it holds one of them.

    A machine answers to its own name, its site, its district and its node; a store and a warehouse to their
    name, district and node; a van to its name, its warehouse and that one's node; a node to its name.
    """

    def __init__(self, chain: Chain) -> None:
        self._names: dict[str, frozenset[str]] = {node: frozenset({node}) for node in chain.nodes}
        for machine in chain.machines:
            self._put(machine.id, machine.site, machine.node, machine.place.district)
            self._put(machine.site, machine.node, machine.place.district)
        for store in chain.stores:
            self._put(store.id, store.node, store.place.district)
        homes = {house.id: house for house in chain.warehouses}
        for house in chain.warehouses:
            self._put(house.id, house.node, house.place.district)
        for van in chain.vans:
            self._put(van.id, van.warehouse, *([homes[van.warehouse].node] if van.warehouse in homes else ()))

    def _put(self, place: str, *also: str) -> None:
        self._names[place] = self._names.get(place, frozenset()) | {place, *also} - {""}

    def names(self, place: str) -> frozenset[str]:
        """The names that a place, or anything in it (``hk-0712/lane/A3``), answers to; empty if unknown."""
        return self._names.get(head(place), frozenset())

    def __iter__(self) -> Any:
        """Every name that a scope may hold, in order."""
        return iter(sorted({name for names in self._names.values() for name in names}))


@attrs.frozen(kw_only=True, eq=False)
class Person:
    """Who asks: a person with a session, or another system with a token.

    Attributes:
        id: never used again, e.g. "p3"; a token's is "t5".
        name: as they log in; also what facts and the audit log name them by.
        roles: of ``ROLES``; a token has none.
        sites: names of places they may see and act on; None is the whole chain.
        permissions: of ``PERMISSIONS``.
        places: the chain's names.
        session: which session they came with, "" for a token.
        bound: they must do this first: "password" (change it), or "".
    """

    id: str
    name: str
    roles: frozenset[str]
    sites: frozenset[str] | None
    permissions: frozenset[str]
    places: Places = attrs.field(repr=False)
    session: str = ""
    bound: str = ""

    def may(self, permission: str) -> bool:
        """Whether one of their roles has this permission."""
        return permission in self.permissions

    def sees(self, place: str) -> bool:
        """Whether a place, or the place of an address such as ``hk-0712/lane/A3``, is in their scope."""
        return self.sites is None or not self.sites.isdisjoint(self.places.names(place))


def person_of(request: ASGIConnection[Any, Any, Any, Any]) -> Person:
    """Who asks; only for routes that are not ``OPEN``."""
    person: Person = request.scope["user"]
    return person


def may_enter(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Litestar's guard of every route: a session, the permission, a place in scope; else 401, 403, 404."""
    permission = handler.opt.get("permission", "")
    if permission == OPEN:
        return
    person: Person | None = connection.scope.get("user")
    if person is None:
        raise NotAuthorizedException("session must be open: log in first")
    if permission != OWN:
        if person.bound:
            raise PermissionDeniedException(f"{person.bound}: must be changed first")
        if not person.may(permission):
            raise PermissionDeniedException(
                f"{person.name}: must have the permission {permission or '(none)'}"
            )
    if (place := handler.opt.get("place")) is None:
        return
    if place == WHOLE_CHAIN:
        if person.sites is not None:
            raise PermissionDeniedException(f"{person.name}: must be in charge of the whole chain")
    elif not person.sees(name := str(connection.path_params[place])):
        raise NotFoundException(f"{place} {name}: must be one of yours")
