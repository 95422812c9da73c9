"""The queue: what waits for the positions that a person holds, by due time."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask_login import current_user

from blueprints.access import access
from blueprints.edge import database_session, now
from workflow import queue
from workflow.permissions import Permission

blueprint = Blueprint("queue", __name__, url_prefix="/queue")


@blueprint.get("/")
@access(Permission.VIEW_QUEUE)
def index() -> str:
    """One part of the queue. Search and place are in the address, so that it can be sent on."""
    search = request.args.get("q", "").strip()
    after = request.args.get("after") or None
    page = queue.page(
        database_session(), current_user.id, now(), after=after, search=search or None
    )
    return render_template("queue/index.html", page=page, search=search, is_first=after is None)
