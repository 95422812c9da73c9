"""A line of the log for each request, and its number in every line that is written on the way.

The number comes from the web server in front (`X-Request-ID`) or is made here, and goes back to
the caller, so that a complaint can be found. Never who asked, nor what was typed or searched for.
"""

from __future__ import annotations

import re
import time
import uuid

import structlog
from flask import Response, g, request

from blueprints.edge import Alur

HEADER = "X-Request-ID"
FITTING = re.compile(r"[A-Za-z0-9._-]{1,64}")

log = structlog.get_logger(__name__)


def install(app: Alur) -> None:
    """Number every request, and tell of it when it has been answered."""
    app.before_request(_begin)
    app.after_request(_tell)


def _begin() -> None:
    given = request.headers.get(HEADER, "")
    g.request_id = given if FITTING.fullmatch(given) else uuid.uuid4().hex
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=g.request_id)
    if request.view_args and "case_id" in request.view_args:
        structlog.contextvars.bind_contextvars(case=request.view_args["case_id"])


def _tell(response: Response) -> Response:
    if "request_id" not in g:
        return response
    response.headers[HEADER] = g.request_id
    log.info(
        "request",
        endpoint=request.endpoint,
        method=request.method,
        status=response.status_code,
        milliseconds=round((time.perf_counter() - g.started) * 1000, 1),
    )
    return response
