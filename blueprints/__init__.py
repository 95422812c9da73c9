"""The web: pages, signing in, the transaction at the edge. Decides nothing about a case."""

from __future__ import annotations

from importlib import import_module

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
from workflow.database import Database

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
"""Each module here offers one `blueprint`."""


def create_app(settings: Settings, database: Database) -> Alur:
    """Build the application; raises UndeclaredAccess when a page does not say who may open it."""
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
    for name in MODULES:
        app.register_blueprint(import_module(f"blueprints.{name}").blueprint)
    access.require_declarations(app)
    commands.register(app)
    return app
