"""The bell: what a person was told, what of it is read, and how mails are to tell of it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import mail_words, words
from blueprints.access import signed_in
from blueprints.edge import application, database_session, now
from blueprints.identity import LANGUAGE
from blueprints.language import language
from workflow import accounts, notifications
from workflow.errors import Invalid
from workflow.notifications import preferences

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
        mail_fate=mail_words.fate,
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


@blueprint.get("/preferences")
@signed_in
def choose() -> str:
    """What mails may tell the person, and when."""
    person = accounts.person(database_session(), current_user.id)
    assert person is not None
    chosen = preferences.of(person)
    bounced = person.email if person.is_bouncing else None
    choices = {kind: choice.value for kind, choice in chosen.choices.items()}
    return _page(choices, chosen.language, quiet_hours=chosen.quiet_hours, bounced=bounced)


@blueprint.post("/preferences")
@signed_in
def keep() -> ResponseReturnValue:
    """Keep what the person chose; what cannot be taken is said beside its field."""
    typed = {kind: request.form.get(kind, "") for kind in preferences.CHOICES}
    spoken, quiet = request.form.get("language", ""), "quiet_hours" in request.form
    person_id = current_user.id
    try:
        preferences.save(database_session(), person_id, typed, spoken, quiet_hours=quiet)
    except Invalid as invalid:
        return _page(typed, spoken, quiet_hours=quiet, invalid=invalid), 422
    session[LANGUAGE] = spoken
    flash(_("Your choices are kept."), "done")
    return redirect(url_for("notifications.choose"), 303)


def _page(
    chosen: dict[str, str],
    spoken: str,
    *,
    quiet_hours: bool,
    bounced: str | None = None,
    invalid: Invalid | None = None,
) -> str:
    problems = () if invalid is None else invalid.problems
    return render_template(
        "notifications/preferences.html",
        kinds=mail_words.KINDS,
        options={kind: mail_words.options(kind) for kind in preferences.CHOICES},
        chosen=chosen,
        spoken=spoken,
        quiet_hours=quiet_hours,
        bounced=bounced,
        wrong={problem.field: words.problem(problem) for problem in problems},
    )
