"""Whose a task is: claimed, released, given to a colleague, or routed when nobody can do it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import SelectField

from blueprints.access import access
from blueprints.edge import database_session, now
from blueprints.proposal_fields import NOT_CHOSEN, ParagraphsField, options
from blueprints.words import problem as problem_in_words
from workflow import dossier, engine
from workflow.errors import Invalid
from workflow.permissions import Permission

blueprint = Blueprint("tasks", __name__, url_prefix="/cases/<int:case_id>/tasks/<int:task_id>")


class RouteForm(FlaskForm):
    """Where a task goes that nobody can do, and why."""

    position_id = SelectField(_l("Position"), validate_choice=False)
    reason = ParagraphsField(_l("Reason"))

    def place(self, error: Invalid) -> None:
        """Put each problem beside its box."""
        for found in error.problems:
            box = self[found.field]
            box.errors = [*box.errors, problem_in_words(found)]

    def all_errors(self) -> list[tuple[str, str]]:
        """Every complaint with the name of its box."""
        return [
            (box.name, f"{box.label.text}: {words}")
            for box in (self.position_id, self.reason)
            for words in box.errors
        ]


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


@blueprint.get("/route")
@access(Permission.TEND_CASE, "case_id")
def routing(case_id: int, task_id: int) -> ResponseReturnValue:
    """The form that routes a task which nobody can do."""
    return _route_page(case_id, task_id, RouteForm())


@blueprint.post("/route")
@access(Permission.TEND_CASE, "case_id")
def route(case_id: int, task_id: int) -> ResponseReturnValue:
    """Route the task, or show what is wrong with what was typed."""
    form = RouteForm()
    chosen = form.position_id.data or ""
    try:
        engine.route(
            database_session(),
            case_id,
            task_id,
            int(chosen) if chosen.isdecimal() else None,
            form.reason.data or "",
            person_id=current_user.id,
            now=now(),
        )
    except Invalid as error:
        form.place(error)
        return _route_page(case_id, task_id, form), 422
    flash(_("The task has been routed, and its new holders are told."), "done")
    return _back(case_id)


def _back(case_id: int) -> ResponseReturnValue:
    return redirect(url_for("cases.show", case_id=case_id), 303)


def _route_page(case_id: int, task_id: int, form: RouteForm) -> str:
    session = database_session()
    found = engine.goals(session, case_id, task_id, now())
    offered = ((str(goal.position_id), goal.title) for goal in found)
    form.position_id.choices = options([NOT_CHOSEN, *offered])
    holders = engine.holders(session, case_id, now())
    return render_template(
        "cases/route.html",
        papers=dossier.read(session, case_id, now()),
        holder=next(holder for holder in holders if holder.task_id == task_id),
        goals=found,
        form=form,
    )
