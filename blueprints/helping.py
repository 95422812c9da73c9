"""Helping a case by hand, without deciding: routing, more time, calling off, taking a move back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import SelectField

from blueprints.access import access
from blueprints.case_page import papers_of
from blueprints.edge import database_session, now
from blueprints.proposal_fields import NOT_CHOSEN, LineField, ParagraphsField, options
from blueprints.typed_form import DayField, TypedForm
from workflow import definitions, engine
from workflow.engine import Holder
from workflow.errors import Invalid
from workflow.permissions import Permission

blueprint = Blueprint("helping", __name__, url_prefix="/cases/<int:case_id>/help")


class _Form(TypedForm):
    """What every form of the page asks: a reason."""

    reason = ParagraphsField(_l("Reason"))


F = TypeVar("F", bound=_Form)


class RouteForm(_Form):
    """Who gets a task, and why."""

    position_id = SelectField(_l("To"), validate_choice=False)


class TimeForm(_Form):
    """How much time is added, and why."""

    days = LineField(_l("Working days"))


class CancelForm(_Form):
    """By whose document a case is called off, and why."""

    authority = LineField(
        _l("Who decided it"), description=_l("The post that signed the document.")
    )
    number = LineField(_l("Number of the document"))
    dated = DayField(_l("Date of the document"))


class BackForm(_Form):
    """Why a move is taken back."""


@blueprint.get("/")
@access(Permission.TEND_CASE, "case_id")
def index(case_id: int) -> ResponseReturnValue:
    """All that can be done for the case without deciding."""
    return _page(case_id)


@blueprint.post("/tasks/<int:task_id>/route")
@access(Permission.TEND_CASE, "case_id")
def route(case_id: int, task_id: int) -> ResponseReturnValue:
    """Give a task to another holder, to the superior, or where somebody can do it."""
    form = RouteForm(prefix=f"route-{task_id}")

    def do() -> None:
        engine.route(
            database_session(),
            case_id,
            task_id,
            form.position_id.data,
            form.reason.data or "",
            person_id=current_user.id,
            now=now(),
        )

    return _done(case_id, form, do, _("The task has been routed, and its new holders are told."))


@blueprint.post("/tasks/<int:task_id>/more-time")
@access(Permission.TEND_CASE, "case_id")
def more_time(case_id: int, task_id: int) -> ResponseReturnValue:
    """Give a task more working days."""
    form = TimeForm(prefix=f"time-{task_id}")
    typed = (form.days.data or "").strip()

    def do() -> None:
        engine.more_time(
            database_session(),
            case_id,
            task_id,
            int(typed) if typed.isdecimal() and len(typed) < 5 else None,
            form.reason.data or "",
            person_id=current_user.id,
            now=now(),
        )

    return _done(case_id, form, do, _("The task has more time."))


@blueprint.post("/cancel")
@access(Permission.TEND_CASE, "case_id")
def cancel(case_id: int) -> ResponseReturnValue:
    """Call the case off, on the document of whoever may decide that."""
    form = CancelForm(prefix="cancel")

    def do() -> None:
        engine.cancel(
            database_session(),
            case_id,
            engine.Mandate(
                form.authority.data or "", form.number.data or "", form.dated.data or ""
            ),
            form.reason.data or "",
            person_id=current_user.id,
            now=now(),
        )

    return _done(case_id, form, do, _("The case is cancelled; its agency is told."))


@blueprint.post("/take-back")
@access(Permission.TEND_CASE, "case_id")
def take_back(case_id: int) -> ResponseReturnValue:
    """Take the last move to another version back."""
    form = BackForm(prefix="back")

    def do() -> None:
        reason = form.reason.data or ""
        engine.take_back(database_session(), case_id, reason, person_id=current_user.id, now=now())

    return _done(case_id, form, do, _("The move is taken back."))


def _done(case_id: int, form: _Form, do: Callable[[], None], said: str) -> ResponseReturnValue:
    """Do it and go to the case, or show the page with what is wrong and what was typed."""
    try:
        do()
    except Invalid as error:
        form.place(error.problems)
        return _page(case_id, form), 422
    flash(said, "done")
    return redirect(url_for("cases.show", case_id=case_id), 303)


def _page(case_id: int, typed: _Form | None = None) -> str:
    session, instant = database_session(), now()
    papers = papers_of(case_id)
    holders = engine.holders(session, case_id, instant)
    newest = definitions.newest(session, papers.workflow)
    if newest is not None and papers.version_id == newest.id:
        newest = None
    return render_template(
        "cases/help.html",
        papers=papers,
        tasks=[_task(case_id, holder, typed) for holder in holders],
        cancel=_own(CancelForm, "cancel", typed),
        back=_own(BackForm, "back", typed) if engine.can_take_back(session, case_id) else None,
        newest=newest,
        errors=[] if typed is None else typed.all_errors(),
        most_days=engine.MOST_DAYS,
        longest=engine.LONGEST_REASON,
    )


def _task(case_id: int, holder: Holder, typed: _Form | None) -> dict[str, object]:
    """One task with the forms that help it; without goals it cannot be routed."""
    goals = engine.goals(database_session(), case_id, holder.task_id, now())
    route_form = _own(RouteForm, f"route-{holder.task_id}", typed)
    offered = ((goal.key, _named(goal)) for goal in goals)
    route_form.position_id.choices = options([NOT_CHOSEN, *offered])
    return {
        "holder": holder,
        "goals": goals,
        "route": route_form,
        "time": _own(TimeForm, f"time-{holder.task_id}", typed) if holder.due_at else None,
    }


def _named(goal: engine.Goal) -> str:
    return goal.title if goal.person_id is None else f"{goal.title}: {goal.people[0]}"


def _own(kind: type[F], prefix: str, typed: _Form | None) -> F:
    """The form that was posted, if it is this one; else an empty one."""
    wanted = f"{prefix}-"
    if isinstance(typed, kind) and typed._prefix == wanted:
        return typed
    return kind(formdata=None, prefix=prefix)
