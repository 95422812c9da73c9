"""Figures for Prometheus: how many requests, how long they and decisions take, what waits."""

from __future__ import annotations

import time
from collections.abc import Iterator

from flask import Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from blueprints.edge import Alur
from workflow import attention

METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Waiting(Collector):
    """What waits in the database, counted when somebody asks."""

    def __init__(self, app: Alur) -> None:
        self.app = app

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Open tasks, late tasks, messages on their way and parked ones."""
        with self.app.database.sessions() as session:
            counts = attention.backlog(session, self.app.settings.now())
        for name, count in counts.items():
            yield GaugeMetricFamily(f"alur_{name}", name.replace("_", " "), value=count)


def install(app: Alur) -> None:
    """Measure every request; `app.extensions["metrics"]` renders the figures."""
    registry = CollectorRegistry()
    requests = Counter(
        "alur_requests", "Answered requests", ("endpoint", "method", "status"), registry=registry
    )
    seconds = Histogram(
        "alur_request_seconds",
        "Time to answer a request",
        ("endpoint", "method"),
        buckets=SECONDS,
        registry=registry,
    )
    registry.register(Waiting(app))

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        # Whatever else a caller calls a method is one figure: names of theirs would pile up.
        method = request.method if request.method in METHODS else "other"
        requests.labels(endpoint, method, response.status_code).inc()
        if "started" in g:
            elapsed = time.perf_counter() - g.started
            seconds.labels(endpoint, method).observe(elapsed)
        return response

    def render() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    app.extensions["metrics"] = render
