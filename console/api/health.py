"""Whether the process serves, whether it is ready to, and what is measured of it."""

from __future__ import annotations

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from console.host import Host
from console.metrics import MEDIA, Metrics
from console.people.people import People
from console.people.permissions import OPEN, WHOLE_CHAIN
from runtime.errors import HawkerError


class Ready(msgspec.Struct):
    """Whether requests can be served."""

    ready: bool


def routes(host: Host, people: People, metrics: Metrics) -> list[HTTPRouteHandler]:
    """For whoever keeps the process running."""

    @get("/health/live", sync_to_thread=False, media_type="text/plain", opt={"permission": OPEN})
    def live() -> str:
        """Whether the process serves."""
        return "live\n"

    @get("/health/ready", opt={"permission": OPEN})
    async def ready() -> Response[Ready]:
        """Whether it can say who may come in, and knows its nodes; 503 if not."""
        try:
            await people.look(lambda db: db.execute("SELECT count(*) FROM people").fetchone())
            well = bool(host.nodes())
        except HawkerError:
            well = False
        return Response(Ready(well), status_code=200 if well else 503)

    @get(
        "/metrics",
        sync_to_thread=False,
        opt={"permission": "metrics.read", "place": WHOLE_CHAIN},
        media_type=MEDIA.partition(";")[0],
    )
    def measured() -> Response[bytes]:
        """OpenMetrics; give a scraper a token with the scope metrics.read."""
        return Response(metrics.page(), media_type=MEDIA)

    return [live, ready, measured]
