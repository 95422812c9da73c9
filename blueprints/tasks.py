"""Whose a task is: claimed, released, or given to a colleague."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints.access import access
from blueprints.edge import database_session, now
from workflow import engine
from workflow.permissions import Permission

blueprint = Blueprint("tasks", __name__, url_prefix="/cases/<int:case_id>/tasks/<int:task_id>")


@blueprint.post("/claim")
@access(Permission.VIEW_CASE, "case_id")
def claim(case_id: int, task_id: int) -> ResponseReturnValue:
    """Take the task for oneself."""
    engine.claim(database_session(), case_id, task_id, person_id=current_user.id, now=now())
    flash(_("The task is yours."), "done")
    return _back(case_id)


@blueprint.post("/release")
@access(Permission.VIEW_CASE, "case_id")
def release(case_id: int, task_id: int) -> ResponseReturnValue:
    """Let the task be anybody's at its position."""
    engine.release(database_session(), case_id, task_id, person_id=current_user.id, now=now())
    flash(_("Everybody who holds the position can take the task now."), "done")
    return _back(case_id)


@blueprint.post("/give")
@access(Permission.VIEW_CASE, "case_id")
def give(case_id: int, task_id: int) -> ResponseReturnValue:
    """Give the task to somebody who holds its position."""
    to = request.form.get("person_id", 0, type=int)
    engine.give(database_session(), case_id, task_id, to, person_id=current_user.id, now=now())
    flash(_("The task has been given, and its new holder is told."), "done")
    return _back(case_id)


def _back(case_id: int) -> ResponseReturnValue:
    return redirect(url_for("cases.show", case_id=case_id), 303)
