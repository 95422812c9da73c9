"""The designer: a draft is changed in forms, beside its picture and what was found in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import change_words, definition_words, tabs, words
from blueprints.access import access
from blueprints.designer_boxes import Form, Typed, Values, boxes_of, overlaid, titles_of
from blueprints.designer_forms import FORMS, asked, form_over
from blueprints.designer_steps import is_first
from blueprints.draft_findings import findings, picture
from blueprints.edge import database_session, now
from states.definition import Definition, Step, StepKind
from states.edit_parallel import neighbours
from states.edits import Edit, Misfit, edited
from states.examining import examine
from states.problems import Problem as Unread
from workflow import draft_history, drafts
from workflow.drafts import Overtaken
from workflow.errors import Invalid, NotFound, Problem
from workflow.models import Draft
from workflow.models.draft import DraftStatus
from workflow.permissions import Permission

blueprint = Blueprint("designer", __name__, url_prefix="/admin/drafts/<int:draft_id>")
blueprint.context_processor(tabs.groups)


@blueprint.get("/edit/<name>")
@access(Permission.ADMINISTER)
def form(draft_id: int, name: str) -> str:
    """A form over what the draft says now."""
    found = drafts.draft(database_session(), draft_id)
    made = form_over(name, found.source)
    return _page(found, name, made, made.values())


@blueprint.post("/edit/<name>")
@access(Permission.ADMINISTER)
def change(draft_id: int, name: str) -> ResponseReturnValue:
    """Make the edit that was asked for, or show the form with everything that is wrong with it.

    Who saved meanwhile is told; what was typed is laid over it, to be looked at and saved again.
    """
    session = database_session()
    found = drafts.draft(session, draft_id)
    seen = request.form.get("revision", 0, type=int)
    made = form_over(name, found.source if seen == found.revision else _seen(draft_id, seen))
    values = {box.name: request.form.getlist(box.name) for box in boxes_of(made)}
    typed = Typed(values)
    if seen != found.revision:
        return _overtaken(found, name, made, values), 409
    try:
        source = _edited(found, made.edit(typed), typed)
        drafts.save(session, draft_id, source, seen=seen, by=current_user.id, now=now())
    except Invalid as error:
        return _page(found, name, made, values, error.problems), 422
    except Overtaken:
        return _overtaken(drafts.draft(session, draft_id), name, made, values), 409
    flash(_("Saved."), "done")
    return redirect(url_for("drafts.show", draft_id=draft_id), 303)


@blueprint.post("/undo")
@access(Permission.ADMINISTER)
def undo(draft_id: int) -> ResponseReturnValue:
    """Take the last change back."""
    return _moved(draft_id, draft_history.undo, _("The last change was undone."))


@blueprint.post("/redo")
@access(Permission.ADMINISTER)
def redo(draft_id: int) -> ResponseReturnValue:
    """Make the change again that was undone."""
    return _moved(draft_id, draft_history.redo, _("The change was made again."))


def _moved(draft_id: int, move: Callable[..., Draft], said: str) -> ResponseReturnValue:
    seen = request.form.get("revision", 0, type=int)
    try:
        move(database_session(), draft_id, seen=seen, by=current_user.id, now=now())
    except Overtaken as overtaken:
        flash(_("%(name)s saved this draft meanwhile. Nothing was undone.", name=overtaken.by))
    else:
        flash(said, "done")
    return redirect(url_for("drafts.show", draft_id=draft_id), 303)


def _seen(draft_id: int, number: int) -> str:
    return drafts.source_of(database_session(), draft_id, number)


def _edited(found: Draft, edit: Edit, typed: Typed) -> str:
    """The text after the edit. Raises Invalid with everything in the way of it."""
    if typed.problems:
        raise Invalid(*typed.problems)
    try:
        source = edited(found.source, edit)
    except Misfit as misfit:
        raise Invalid(Problem(misfit.field, misfit.code, misfit.values)) from misfit
    problems = examine(source).problems
    if problems:
        raise Invalid(*(Problem("", "unreadable_after", {"one": one}) for one in problems))
    return source


def _overtaken(found: Draft, name: str, made: Form, values: Values) -> str:
    """The form over what stands there now, with what was typed laid over it."""
    session = database_session()
    before = examine(_seen(found.id, request.form.get("revision", 0, type=int))).definition
    after = examine(found.source).definition
    try:
        newer = form_over(name, found.source)
    except NotFound:  # what it was about is gone; it can still be read, and not saved
        newer = made
    laid = overlaid(made.values(), values, newer.values())
    others = change_words.sentences(before, after) if before and after else []
    told = drafts.overtaken(session, found)
    return _page(found, name, newer, laid, told=told, others=others)


def _page(
    found: Draft,
    name: str,
    made: Form,
    values: Values,
    problems: tuple[Problem, ...] = (),
    told: Overtaken | None = None,
    others: Sequence[str] = (),
) -> str:
    """The form, beside it the picture with its step and what is found in the draft."""
    session = database_session()
    known = examine(found.source)
    errors = {one.field: _sentence(one) for one in problems}
    boxes = titles_of(made)
    return render_template(
        "drafts/form.html",
        draft=found,
        name=name,
        form=made,
        values=values,
        touched={name for name, value in values.items() if value != made.values().get(name, [])},
        errors=errors,
        complaints=[
            (one.field, f"{boxes[one.field]}: {_sentence(one)}")
            if one.field in boxes
            else (None, _sentence(one))
            for one in problems
        ],
        overtaken=told,
        others=others,
        step=_drawn(known.definition, made.step),
        ways=_ways(known.definition, made.step) if name == "step" else [],
        about={key: asked(key) for key in FORMS if asked(key)},
        removal=f"remove-{name}" if f"remove-{name}" in FORMS and asked(name) else None,
        picture=picture(known, found, step=made.step or None),
        findings=findings(session, known),
        reach=draft_history.reach(session, found.id),
        is_kept=True,
        open=found.status == DraftStatus.DRAFT,
    )


def _sentence(problem: Problem) -> str:
    one = problem.values.get("one")
    return definition_words.placed(one) if isinstance(one, Unread) else words.problem(problem)


def _drawn(definition: Definition | None, path: str) -> Step | None:
    if definition is None:
        return None
    return next((step for step in definition.every_step() if step.path == path), None)


def _ways(definition: Definition | None, path: str) -> list[tuple[str, str]]:
    """What else can be done with a step: the form, and what its link says."""
    step = _drawn(definition, path)
    if definition is None or step is None:
        return []
    found = []
    if step.kind in (StepKind.PLAIN, StepKind.VOTED):
        found.append(("seats", _("Who decides here")))
    if step.kind in (StepKind.PLAIN, StepKind.VOTED, StepKind.PARALLEL):
        found.append(("action", _("Add an action")))
    if step.tally:
        found.append(("tally", _("What the verdicts lead to together")))
    if path != definition.initial:
        found.append(("step-before", _("Put a step before it")))
    if "." not in path and path != definition.initial:
        found.append(("review", _("Let another agency review before it")))
        found.append(("side-by-side", _("Let several agencies review side by side before it")))
    if not is_first(definition, path):
        found.append(("fork", _("Put a fork before it")))
    if neighbours(definition, path):
        found.append(("parallel", _("Do it side by side with another step")))
    if step.kind is StepKind.PARALLEL:
        found.append(("track", _("Add an agency side by side")))
        found.append(("tracks", _("Which agencies join")))
        found.append(("again", _("What stays valid when the case comes back")))
    found.append(("rename", _("Name the step")))
    return found
