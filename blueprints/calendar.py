"""The working calendar: its years, weeks, seasons and versions, and how it is changed.

Whoever enters a change sees what it does to open deadlines before it is saved, and so does whoever
confirms it.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import calendar_form, calendar_words, tabs
from blueprints.access import access
from blueprints.due_words import WEEKDAYS
from blueprints.edge import database_session, now
from blueprints.words import problem
from workflow import accounts, calendar_changes, calendar_effects, closed_days
from workflow.calendar import Calendar
from workflow.calendar.changes import changed
from workflow.errors import Invalid, NotFound
from workflow.models.base import Json
from workflow.models.calendar import ChangeKind, ClosedDayKind
from workflow.permissions import Permission

SAVE = "save"
"""The step that enters a change; without it, what it would do is shown."""
blueprint = Blueprint("calendar", __name__, url_prefix="/admin/calendar")
blueprint.context_processor(tabs.groups)
blueprint.add_app_template_global(calendar_words.described, "described_change")


@blueprint.context_processor
def weekday_names() -> dict[str, object]:
    """The names of the days, Monday first."""
    return {"weekday_names": WEEKDAYS}


@blueprint.get("")
@access(Permission.ADMINISTER)
def index() -> str:
    """The closed days of a year, by default this one, what waits, and the weeks."""
    session = database_session()
    year = request.args.get("year", now().year, type=int)
    years, days = closed_days.years(session), closed_days.days(session, year)
    who = {person_id for day in days for person_id in (day.entered_by, day.confirmed_by)}
    return render_template(
        "calendar/index.html",
        years=years,
        year=year,
        is_loaded=any(loaded.year == year for loaded in years),
        days=days,
        names=accounts.names(session, who),
        pending=calendar_changes.pending(session),
        calendar=Calendar.load(session),
    )


@blueprint.get("/history")
@access(Permission.ADMINISTER)
def history() -> str:
    """The versions of the calendar: who changed what when."""
    return render_template(
        "calendar/history.html", changes=calendar_changes.history(database_session())
    )


@blueprint.get("/new/<kind>")
@access(Permission.ADMINISTER)
def begin(kind: str) -> str:
    """The empty form of a change. Raises NotFound for an unknown kind."""
    known = _kind(kind)
    return _form(known, calendar_form.begun(known, request.args, Calendar.load(database_session())))


@blueprint.post("/new/<kind>")
@access(Permission.ADMINISTER)
def enter(kind: str) -> ResponseReturnValue:
    """Show what the change would do, or save it for a second person. Raises NotFound."""
    known, session = _kind(kind), database_session()
    what = calendar_form.typed(known, request.form)
    try:
        after = calendar_changes.preview(session, known, what)
    except Invalid as invalid:
        return _form(known, what, invalid), 422
    if request.form.get("step") != SAVE:
        effect = calendar_effects.effect(session, after, now())
        return _form(known, what, effect=effect)
    change = calendar_changes.enter(session, known, what, now(), by=current_user.id)
    flash(_("The change is entered. It counts once somebody else confirms it."), "done")
    return redirect(url_for("calendar.change", change_id=change.id), 303)


@blueprint.post("/years")
@access(Permission.ADMINISTER)
def load() -> ResponseReturnValue:
    """Load the national days of a year as a proposal. Raises Invalid."""
    year = request.form.get("year", 0, type=int)
    count = closed_days.load(database_session(), year, now(), by=current_user.id)
    flash(
        _("%(count)s closed days of %(year)s are loaded as a proposal.", count=count, year=year),
        "done",
    )
    return redirect(url_for("calendar.index", year=year), 303)


@blueprint.get("/changes/<int:change_id>")
@access(Permission.ADMINISTER)
def change(change_id: int) -> str:
    """One change: who entered it, what it would do now, and who may confirm it."""
    return _change(change_id)


@blueprint.post("/changes/<int:change_id>/confirm")
@access(Permission.ADMINISTER)
def confirm(change_id: int) -> ResponseReturnValue:
    """Let the change count. Raises NotFound."""
    session = database_session()
    decree = " ".join(request.form.get("decree", "").split())
    try:
        calendar_changes.confirm(session, change_id, now(), by=current_user.id, decree=decree)
    except Invalid as invalid:
        return _change(change_id, invalid), 422
    flash(_("The change counts now. Open deadlines are being counted again."), "done")
    return redirect(url_for("calendar.change", change_id=change_id), 303)


@blueprint.post("/changes/<int:change_id>/withdraw")
@access(Permission.ADMINISTER)
def withdraw(change_id: int) -> ResponseReturnValue:
    """Take a waiting change back. Raises NotFound."""
    session = database_session()
    try:
        calendar_changes.withdraw(session, change_id, now(), by=current_user.id)
    except Invalid as invalid:
        return _change(change_id, invalid), 422
    flash(_("The change is withdrawn."), "done")
    return redirect(url_for("calendar.index"), 303)


def _kind(written: str) -> ChangeKind:
    """A kind of change that is typed. Raises NotFound."""
    for kind in calendar_form.FIELDS:
        if kind == written:
            return kind
    raise NotFound(f"change of the calendar {written}")


def _form(
    kind: ChangeKind,
    what: Json,
    invalid: Invalid | None = None,
    effect: calendar_effects.Effect | None = None,
) -> str:
    problems = invalid.problems if invalid else ()
    errors: dict[str, list[str]] = {}
    for found in problems:
        errors.setdefault(found.field, []).append(problem(found))
    return render_template(
        "calendar/form.html",
        kind=kind,
        what=what,
        weekdays=calendar_form.weekdays(what) if "hours" in what else [],
        weeks=sorted(Calendar.load(database_session()).weeks),
        kinds=list(ClosedDayKind),
        errors=errors,
        labels=calendar_form.LABELS,
        problems=[
            (found.field, f"{calendar_form.label_of(found.field)}: {problem(found)}")
            for found in problems
        ],
        effect=effect,
    )


def _change(change_id: int, invalid: Invalid | None = None) -> str:
    session = database_session()
    found = calendar_changes.read(session, change_id)
    effect = None
    if found.is_pending:
        after = changed(Calendar.load(session), found.kind, found.what)
        effect = calendar_effects.effect(session, after, now())
    return render_template(
        "calendar/change.html",
        change=found,
        effect=effect,
        is_own=found.entered_by_id == current_user.id,
        problems=[(None, problem(one)) for one in invalid.problems] if invalid else [],
    )
