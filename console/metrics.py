"""What is measured of the console and the chain behind it, as OpenMetrics: the door to prometheus-client."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from console.host import Host

MEDIA = CONTENT_TYPE_LATEST


class Metrics:
    """One registry a console; read at the moment it is asked for."""

    def __init__(self, host: Host, feed_clients: Callable[[], int]) -> None:
        self.feed_clients = feed_clients
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "hawker_requests", "Requests answered, by method and status.", ("method", "status"),
            registry=self._registry,
        )  # fmt: skip
        self._registry.register(_Chain(host, feed_clients))

    def answered(self, method: str, status: int) -> None:
        """A request was answered."""
        known = method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"
        self._requests.labels(known, str(status)).inc()

    def page(self) -> bytes:
        """Everything, in the text format of OpenMetrics 1.0."""
        page: bytes = generate_latest(self._registry)  # type: ignore[no-untyped-call]
        return page


class _Chain(Collector):
    """Nodes, trade and alarms of the chain, and who listens."""

    def __init__(self, host: Host, feed_clients: Callable[[], int]) -> None:
        self._host, self._feed_clients = host, feed_clients

    def collect(self) -> Iterator[Metric]:
        """What is so now."""
        host, actor = self._host, self._host.console
        now_us = host.now_us()
        linked = GaugeMetricFamily("hawker_node_linked", "1 if the node's link is up.", labels=("node",))
        lag = GaugeMetricFamily(
            "hawker_node_lag_seconds",
            "Since the node was last heard, by the chain's clock.",
            labels=("node",),
        )
        for name, up, heard_us in host.nodes():
            linked.add_metric((name,), float(up))
            if heard_us:
                lag.add_metric((name,), max(0.0, (now_us - heard_us) / 1e6))
        yield linked
        yield lag
        kpis = actor.kpis()
        gauges = {
            "hawker_machines_online": ("Machines that answer.", kpis.online),
            "hawker_sales_today_minor": ("Sales of the business day, minor units.", kpis.sales_minor),
            "hawker_units_today": ("Units that machines sold in the business day.", actor.units_today),
            "hawker_alarms": ("Alarms active or not acknowledged.", len(actor.alarms)),
            "hawker_alarms_unacknowledged": ("Alarms nobody has seen.", kpis.unacknowledged),
            "hawker_feed_clients": ("Open live feeds.", self._feed_clients()),
            "hawker_speed": ("Simulated seconds per second.", host.speed),
        }
        for name, (about, value) in gauges.items():
            yield GaugeMetricFamily(name, about, value=float(value))
        yield CounterMetricFamily(
            "hawker_reports_heard", "Facts and readings that the console heard.", value=float(actor.heard)
        )
