"""What a supervisor asks: is the process there, can it work, what are its figures."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from blueprints.access import public
from blueprints.edge import application
from workflow.database import DatabaseUnavailable, is_current

blueprint = Blueprint("health", __name__)

SECONDS_FOR_THE_BROKER = 2
PORTS = {"redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671}


@blueprint.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """The database, its schema and the broker are there; 503 when one is not."""
    checks = {**_database(), "broker": _broker_answers()}
    status = 200 if all(checks.values()) else 503
    return jsonify(status="ok" if status == 200 else "unready", checks=checks), status


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """Figures for Prometheus: counts and durations, nothing about anybody."""
    response: Response = application().extensions["metrics"]()
    return response


def _database() -> dict[str, bool]:
    try:
        return {"database": True, "migrations": is_current(application().database)}
    except (DatabaseUnavailable, SQLAlchemyError):
        return {"database": False, "migrations": False}


def _broker_answers() -> bool:
    """Whether somebody listens where the broker should be; without one, nothing is missing."""
    broker_url = application().settings.broker_url
    if broker_url is None:
        return True
    url = urlsplit(broker_url)
    address = (url.hostname or "127.0.0.1", url.port or PORTS[url.scheme])
    try:
        with socket.create_connection(address, timeout=SECONDS_FOR_THE_BROKER):
            return True
    except OSError:
        return False
