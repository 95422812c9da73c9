"""The bell: what a person was told, and what of it is read."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints.access import signed_in
from blueprints.edge import application, database_session, now
from blueprints.language import language
from workflow import notifications

blueprint = Blueprint("notifications", __name__, url_prefix="/notifications")

A_PAGE = 50


@blueprint.get("/")
@signed_in
def index() -> str:
    """What the person was told, the newest first."""
    before = request.args.get("before", type=int)
    zone, spoken = application().settings.zone, language()
    found = notifications.list_for(database_session(), current_user.id, before=before, limit=A_PAGE)
    return render_template(
        "notifications/index.html",
        notifications=[(told, notifications.line(told, spoken, zone)) for told in found],
        further=found[-1].id if len(found) == A_PAGE else None,
        is_first=before is None,
    )


@blueprint.post("/read")
@signed_in
def read() -> ResponseReturnValue:
    """Mark the named ones as read, or all of them when none is named."""
    ids = request.form.getlist("id", type=int) or None
    notifications.mark_read(database_session(), current_user.id, now(), ids)
    return redirect(url_for("notifications.index"), 303)
