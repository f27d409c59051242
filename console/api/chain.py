"""The chain itself: names, places, products, and the map under them."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from console.districts import map_of
from console.feed import circle as feed
from console.feed.scope import scope_of
from console.host import Host
from console.people.permissions import person_of

READ = {"permission": "overview.read"}
GEOJSON = "application/geo+json"


def routes(host: Host) -> list[HTTPRouteHandler]:
    """What a page asks once, before its feed begins."""
    geojson = map_of(host.chain)

    @get("/api/chain", sync_to_thread=False, opt=READ)
    def chain(request: Request[Any, Any, Any]) -> Response[Any]:
        """Names, places and products of the chain, as far as this person sees it."""
        scope = scope_of(host.chain, person_of(request))
        return Response(feed.chain_page(host, scope), media_type="application/json")

    @get("/api/map", sync_to_thread=False, opt=READ, media_type=GEOJSON)
    def districts() -> Response[Any]:
        """GeoJSON of the chain's districts; null where the chain has no map."""
        return Response(geojson or b"null", media_type=GEOJSON)

    return [chain, districts]
