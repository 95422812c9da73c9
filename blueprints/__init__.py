"""The web: pages, signing in, the transaction at the edge. Decides nothing about a case."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from flask import Blueprint
from werkzeug.middleware.proxy_fix import ProxyFix

from blueprints import (
    access,
    appearance,
    commands,
    errors,
    identity,
    language,
    logs,
    metrics,
    security,
)
from blueprints.edge import Alur
from config import Settings
from workflow.database import Database, open_database

MODULES = (
    "auth",
    "passwords",
    "home",
    "queue",
    "tasks",
    "proposals",
    "cases",
    "helping",
    "notifications",
    "appointments",
    "admin",
    "rights",
    "agencies",
    "positions",
    "successions",
    "people",
    "workbook",
    "calendar",
    "webhooks",
    "mail_texts",
    "outages",
    "drafts",
    "moves",
    "reruns",
    "designer",
    "scenarios",
    "api",
    "assets",
    "health",
)
"""Each module here offers one `blueprint`; a place that is not built yet is simply not linked."""


def create_app(settings: Settings | None = None, database: Database | None = None) -> Alur:
    """Build the application; by default from the environment, over the database it names.

    Raises ConfigurationError, and UndeclaredAccess when a page does not say who may open it.
    """
    settings = settings or Settings.from_environment()
    database = database or open_database(settings.database_url, settings.data_dir)
    app = Alur(settings, database)
    if settings.is_production:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    metrics.install(app)
    logs.install(app)
    security.install(app)
    language.install(app)
    identity.install(app)
    appearance.install(app)
    errors.install(app)
    for blueprint in _blueprints():
        app.register_blueprint(blueprint)
    access.require_declarations(app)
    commands.register(app)
    return app


def _blueprints() -> list[Blueprint]:
    here = Path(__file__).parent
    present = [name for name in MODULES if _is_present(here / name)]
    return [import_module(f"blueprints.{name}").blueprint for name in present]


def _is_present(path: Path) -> bool:
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()
