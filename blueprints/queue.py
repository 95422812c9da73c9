"""The queue: what waits for the positions that a person holds, by due time."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, render_template, request
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from blueprints.access import access
from blueprints.edge import database_session, now
from workflow import queue
from workflow.permissions import Permission
from workflow.queue import Whose

PARTS: Mapping[Whose | None, object] = {
    None: _l("Mine and anybody's"),
    Whose.MINE: _l("Mine"),
    Whose.ANYBODYS: _l("Not taken"),
    Whose.OTHERS: _l("Taken by others"),
}

blueprint = Blueprint("queue", __name__, url_prefix="/queue")


@blueprint.get("/")
@access(Permission.VIEW_QUEUE)
def index() -> str:
    """One part of the queue. Search and place are in the address, so that it can be sent on."""
    search = request.args.get("q", "").strip()
    after = request.args.get("after") or None
    chosen = request.args.get("whose", "")
    whose = Whose(chosen) if chosen in set(Whose) else None
    page = queue.page(
        database_session(),
        current_user.id,
        now(),
        after=after,
        search=search or None,
        whose=whose,
    )
    return render_template(
        "queue/index.html",
        page=page,
        search=search,
        whose=whose,
        parts=PARTS.items(),
        is_first=after is None,
    )
