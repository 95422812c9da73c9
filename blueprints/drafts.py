"""Drafts of workflows: written as text, looked at as a picture, approved by a second person."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy.orm import Session

from blueprints import (
    change_words,
    definition_words,
    designer_parts,
    designer_words,
    scenario_words,
    tabs,
    words,
)
from blueprints.access import access
from blueprints.draft_findings import findings, picture
from blueprints.edge import database_session, now
from blueprints.labels import speak_of
from blueprints.texts import as_file, difference
from states.examining import Examination, examine
from workflow import (
    accounts,
    definitions,
    draft_history,
    drafts,
    gate,
    permissions,
    scenarios,
    setting_changes,
)
from workflow.drafts import Overtaken
from workflow.errors import Invalid, Problem
from workflow.models import Draft, WorkflowVersion
from workflow.models.draft import DraftStatus
from workflow.permissions import Permission

blueprint = Blueprint("drafts", __name__, url_prefix="/admin/drafts")
blueprint.context_processor(tabs.groups)

EVENTS = {
    "draft_begun": _l("Begun"),
    "draft_saved": _l("Saved"),
    "draft_undone": _l("Change undone"),
    "draft_redone": _l("Change made again"),
    "draft_submitted": _l("Submitted for approval"),
    "draft_taken_back": _l("Taken back to write on"),
    "draft_sent_back": _l("Sent back"),
    "draft_discarded": _l("Discarded"),
    "version_published": _l("Approved and published"),
    "scenario_recorded": _l("Example recorded"),
    "scenario_removed": _l("Example removed"),
}
"""What happened to a draft and to the examples of its workflow, by the kind of the event."""


@blueprint.post("/")
@access(Permission.ADMINISTER)
def begin() -> ResponseReturnValue:
    """Begin a draft with the text of a version, or with the empty frame."""
    version_id = request.form.get("version_id", type=int)
    found = drafts.begin(database_session(), by=current_user.id, now=now(), version_id=version_id)
    return _to(found)


@blueprint.get("/<int:draft_id>")
@access(Permission.ADMINISTER)
def show(draft_id: int) -> str:
    """The text, the picture, the findings, what changes, and what can be done with it now.

    `?finding=N` draws the way to that finding on the picture.
    """
    return _page(drafts.draft(database_session(), draft_id))


@blueprint.post("/<int:draft_id>")
@access(Permission.ADMINISTER)
def save(draft_id: int) -> ResponseReturnValue:
    """Save what was typed or sent as a file; what cannot be saved stays in the box."""
    found = drafts.draft(database_session(), draft_id)
    seen = request.form.get("revision", 0, type=int)
    try:
        source = _sent(found)
    except UnicodeDecodeError:
        problem = Problem("source", "not_text")
        return _page(found, complaints=[words.problem(problem)]), 422
    return _done(found, lambda: _save(found, source, seen), source, _("Saved."))


@blueprint.get("/<int:draft_id>/text")
@access(Permission.ADMINISTER)
def text(draft_id: int) -> Response:
    """The text as a file, byte by byte as it is kept."""
    found = drafts.draft(database_session(), draft_id)
    return as_file(found.source, f"{found.key}-{found.revision}.yaml")


@blueprint.post("/<int:draft_id>/submit")
@access(Permission.ADMINISTER)
def submit(draft_id: int) -> ResponseReturnValue:
    """Ask a second administrator for approval."""
    said = _("Submitted. Another administrator has to approve it now.")
    return _go_on(draft_id, drafts.submit, said)


@blueprint.post("/<int:draft_id>/take-back")
@access(Permission.ADMINISTER)
def take_back(draft_id: int) -> ResponseReturnValue:
    """Write on after all."""
    found = drafts.take_back(database_session(), draft_id, by=current_user.id, now=now())
    flash(_("The draft can be changed again."), "done")
    return _to(found)


@blueprint.post("/<int:draft_id>/approve")
@access(Permission.ADMINISTER)
def approve(draft_id: int) -> ResponseReturnValue:
    """Publish it as the next version. Raises Refused for whoever worked on it."""
    said = _("Approved and published. Running cases stay on their version.")
    return _go_on(draft_id, drafts.publish, said)


@blueprint.post("/<int:draft_id>/send-back")
@access(Permission.ADMINISTER)
def send_back(draft_id: int) -> ResponseReturnValue:
    """Return it to its authors with a reason. Raises Refused for whoever worked on it."""
    session = database_session()
    found = drafts.draft(session, draft_id)
    reason = request.form.get("reason", "")
    return _done(
        found,
        lambda: drafts.send_back(session, draft_id, reason, by=current_user.id, now=now()),
        None,
        _("Sent back to its authors."),
    )


@blueprint.post("/<int:draft_id>/discard")
@access(Permission.ADMINISTER)
def discard(draft_id: int) -> ResponseReturnValue:
    """Give it up."""
    drafts.discard(database_session(), draft_id, by=current_user.id, now=now())
    flash(_("The draft was discarded. Its journal is kept."), "done")
    return redirect(url_for("admin.workflows"), 303)


def _sent(found: Draft) -> str:
    """The text of the file that came, or else of the box; without either the draft's own."""
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        return upload.read().decode("utf-8")
    typed = request.form.get("source")
    return found.source if typed is None else drafts.with_line_ends(typed, found.source)


def _save(found: Draft, source: str, seen: int) -> None:
    drafts.save(database_session(), found.id, source, seen=seen, by=current_user.id, now=now())


def _go_on(draft_id: int, step: Callable[..., object], said: str) -> ResponseReturnValue:
    """Take a step with the revision that was seen, or show what stands in the way."""
    session = database_session()
    seen = request.form.get("revision", 0, type=int)
    go = partial(step, session, draft_id, seen=seen, by=current_user.id, now=now())
    return _done(drafts.draft(session, draft_id), go, None, said)


def _done(
    found: Draft, change: Callable[[], object], typed: str | None, said: str
) -> ResponseReturnValue:
    """Do it and go to the draft, or show the draft with what stands in the way."""
    try:
        change()
    except Invalid as error:
        return _page(found, typed, [words.problem(one) for one in error.problems]), 422
    except Overtaken as overtaken:
        return _page(found, typed, overtaken=overtaken), 409
    flash(said, "done")
    return _to(found)


def _to(found: Draft) -> ResponseReturnValue:
    return redirect(url_for("drafts.show", draft_id=found.id), 303)


def _page(
    found: Draft,
    typed: str | None = None,
    complaints: list[str] | None = None,
    overtaken: Overtaken | None = None,
) -> str:
    session = database_session()
    source = found.source if typed is None else typed
    known = examine(found.source if found.status != DraftStatus.DRAFT else source)
    if known.definition is not None:
        speak_of(known.definition)
    newest = definitions.newest(session, found.key)
    may_approve = permissions.may(
        session, current_user.id, Permission.APPROVE_DRAFT, now(), draft_id=found.id
    )
    return render_template(
        "drafts/show.html",
        draft=found,
        source=source,
        complaints=complaints or [],
        reason_typed=request.form.get("reason", ""),
        overtaken=overtaken,
        difference=difference(found.source, source) if overtaken else [],
        examination=known,
        problems=[(one.line, definition_words.placed(one)) for one in known.problems],
        findings=findings(session, known),
        obstacles=[words.problem(one) for one in gate.obstacles(session, known, now())],
        picture=picture(known, found, way_to=_chosen(known)),
        chosen=_chosen(known),
        is_kept=typed is None,
        reach=draft_history.reach(session, found.id),
        parts=designer_parts.parts(known.definition),
        newest=newest,
        changes=_changes(newest, known),
        without_english=known.definition and designer_words.without_english(known.definition),
        examples=scenario_words.examples(session, known),
        **_history(session, found),
        may_approve=may_approve,
    )


def _history(session: Session, found: Draft) -> dict[str, Any]:
    """Who worked on the draft, and what was done to it and to the examples of its workflow."""
    subjects = drafts.subject(found.id), scenarios.subject(found.key)
    return {
        "editors": drafts.editors(session, found.id),
        "names": accounts.names(session, [found.changed_by, found.submitted_by]),
        "events": setting_changes.history(session, *subjects),
        "event_words": EVENTS,
    }


def _changes(newest: WorkflowVersion | None, known: Examination) -> list[str]:
    """What is different from the version that is published last, in sentences."""
    if newest is None or known.definition is None:
        return []
    before = examine(newest.source).definition
    return [] if before is None else change_words.sentences(before, known.definition)


def _chosen(known: Examination) -> int | None:
    """The number of the finding whose way is to be drawn."""
    wanted = request.args.get("finding", type=int)
    return wanted if wanted is not None and 1 <= wanted <= len(known.findings) else None
