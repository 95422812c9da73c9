"""Figures for Prometheus: requests, decisions and how long they take, and what waits."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from flask import Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from blueprints.access import is_decision
from blueprints.edge import Alur
from workflow import operation
from workflow.operation import Figures

METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Waiting(Collector):
    """What the database knows, counted when somebody asks."""

    def __init__(self, app: Alur) -> None:
        self.app = app

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Tasks by agency, messages by kind and state, late timers, workers."""
        with self.app.database.sessions() as session:
            now = self.app.settings.now()
            figures = operation.figures(session, now)
        for name, help_text, counts in (
            ("open_tasks", "Open tasks by agency", _by_agency(figures, "open_tasks")),
            ("late_tasks", "Open tasks past their due time", _by_agency(figures, "late_tasks")),
        ):
            yield _gauge(name, help_text, ("agency",), counts)
        yield _gauge("messages", "Messages of the outbox", ("kind", "state"), _by_state(figures))
        oldest = figures.oldest_message.total_seconds()
        for name, help_text, value in (
            ("oldest_message_seconds", "How long a message that is due has waited", oldest),
            ("timers_late", "Timers that should have fired by now", figures.timers_late),
            ("workers", "Workers heard of within the last minute", len(figures.workers)),
        ):
            yield _gauge(name, help_text, (), {(): value})


def _result(status: int) -> str:
    """What became of a decision: made, refused by a rule, or failed by our fault."""
    if status < 400:
        return "made"
    return "refused" if status < 500 else "failed"


def _gauge(
    name: str, help_text: str, labels: tuple[str, ...], values: Mapping[tuple[str, ...], float]
) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(f"alur_{name}", help_text, labels=labels)
    for label_values, value in values.items():
        gauge.add_metric(label_values, value)
    return gauge


def _by_agency(figures: Figures, count: str) -> dict[tuple[str, ...], float]:
    return {(load.agency,): getattr(load, count) for load in figures.loads}


def _by_state(figures: Figures) -> dict[tuple[str, ...], float]:
    return {
        (kind.kind, state): getattr(kind, state)
        for kind in figures.deliveries
        for state in ("delivered", "waiting", "failing", "parked")
    }


def _times(
    name: str, help_text: str, labels: tuple[str, ...], registry: CollectorRegistry
) -> Histogram:
    return Histogram(f"alur_{name}_seconds", help_text, labels, buckets=SECONDS, registry=registry)


def install(app: Alur) -> None:
    """Measure every request; `app.extensions["metrics"]` renders the figures."""
    registry = CollectorRegistry()
    requests = Counter(
        "alur_requests", "Answered requests", ("endpoint", "method", "status"), registry=registry
    )
    seconds = _times("request", "Time to answer a request", ("endpoint", "method"), registry)
    decisions = _times("decision", "Time to answer a decision, by result", ("result",), registry)
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
            if is_decision(app):
                decisions.labels(_result(response.status_code)).observe(elapsed)
        return response

    def render() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    app.extensions["metrics"] = render
