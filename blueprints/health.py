"""What a supervisor asks: is the process there, can it work, what are its figures."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from blueprints.access import public
from blueprints.edge import application
from workflow import actors
from workflow.database import DatabaseUnavailable, is_current

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """The database, its schema and the broker are there; 503 when one is not, with the reason."""
    why = {
        "database": _trouble_of_database(),
        "migrations": _trouble_of_schema(),
        "broker": actors.silence_of_broker(application().settings),
    }
    troubles = {part: sentence for part, sentence in why.items() if sentence is not None}
    checks = {part: sentence is None for part, sentence in why.items()}
    status = "unready" if troubles else "ok"
    return jsonify(status=status, checks=checks, why=troubles), 503 if troubles else 200


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """Figures for Prometheus: counts and durations, nothing about anybody."""
    response: Response = application().extensions["metrics"]()
    return response


def _trouble_of_database() -> str | None:
    try:
        with application().database.engine.connect():
            return None
    except SQLAlchemyError:
        return "The database takes no connection."


def _trouble_of_schema() -> str | None:
    try:
        if is_current(application().database):
            return None
    except (DatabaseUnavailable, SQLAlchemyError):
        return "The schema cannot be read while the database takes no connection."
    return "The database has another schema than this program: run `make migrate`."
