"""Files that come with a library and are served from here: Bootstrap's style sheet."""

from __future__ import annotations

from flask import Blueprint, Response, send_from_directory
from werkzeug.exceptions import NotFound

from blueprints.access import public
from blueprints.appearance import BOOTSTRAP, STATIC

FILES = frozenset({"css/bootstrap.min.css"})
blueprint = Blueprint("assets", __name__)


@blueprint.get("/bootstrap/<path:name>")
@public
def bootstrap(name: str) -> Response:
    """One of Bootstrap's files, out of the wheel it is installed from."""
    if name not in FILES:
        raise NotFound
    return send_from_directory(BOOTSTRAP, name)


@blueprint.get("/favicon.ico")
@public
def favicon() -> Response:
    """Alur's sign, for browsers that ask without reading the page."""
    return send_from_directory(STATIC, "favicon.svg", mimetype="image/svg+xml")
