"""The start page: what waits for this person, and who has their agency's proposals now."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_login import current_user

from blueprints.access import signed_in
from blueprints.edge import database_session, now
from workflow import attention, queue

blueprint = Blueprint("home", __name__)

TOP_OF_THE_QUEUE = 5


@blueprint.get("/")
@signed_in
def index() -> str:
    """The top of the queue, the agency's proposals, and for administrators what needs them."""
    session, at = database_session(), now()
    agency_ids = current_user.agency_ids
    return render_template(
        "home/index.html",
        today=at.date(),
        waiting=queue.page(session, current_user.id, at, limit=TOP_OF_THE_QUEUE),
        balls=queue.where_is_the_ball(session, agency_ids, at) if agency_ids else [],
        attention=attention.attention(session, at) if current_user.is_administrator else None,
    )
