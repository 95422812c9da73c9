"""Where administrators put mails into the city's own words, and try them on real cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from blueprints import tabs
from blueprints.access import access
from blueprints.edge import application, database_session, now
from blueprints.language import LANGUAGES
from blueprints.proposal_fields import one_line, plain_text
from blueprints.words import problem as problem_in_words
from workflow import mail_texts, setting_changes
from workflow.errors import Invalid, Problem
from workflow.messages import Words, own
from workflow.permissions import Permission

blueprint = Blueprint("mail_texts", __name__, url_prefix="/admin/mail-texts")
blueprint.context_processor(tabs.groups)

KINDS: Mapping[str, object] = {
    "administrator_made": _l("There is a new administrator"),
    "appointed": _l("Somebody was appointed"),
    "appointment_ending": _l("An appointment ends soon"),
    "caught_up": _l("What piled up during an outage"),
    "deadlines_moved": _l("More time, because the calendar changed"),
    "week_changed": _l("More time, because the agency works another week"),
    "digest": _l("The daily digest"),
    "ended": _l("A proposal has its outcome"),
    "escalated": _l("A late task is shown to somebody above"),
    "outage": _l("More time, because of an outage"),
    "more_time": _l("More time, given by an administrator"),
    "lapse_failed": _l("A passed deadline cannot lead on"),
    "queue_grown": _l("Messages pile up"),
    "received": _l("A proposal was received and has its number"),
    "reminded": _l("Reminder of a deadline"),
    "returned": _l("A proposal came back to be revised"),
    "task_given": _l("A task was given to you"),
    "task_moved": _l("A task went to somebody else"),
    "unattended": _l("Nobody holds a position with work"),
    "vacated": _l("A post with work became empty"),
    "webhook_off": _l("A webhook was switched off"),
    "year_unconfirmed": _l("A year of the calendar is not confirmed"),
}
NAMES: Mapping[str, object] = {
    "agency": _l("the proposing agency"),
    "appointments": _l("a list; each as in the shipped text"),
    "by": _l("the position that decided, or nothing"),
    "count": _l("how many there are"),
    "ends_on": _l("a day; write ends_on | day"),
    "entered_by": _l("the name of who entered it"),
    "link": _l("the address of the page; put it at the end of a line"),
    "matters": _l("a list; each as in the shipped text"),
    "minutes": _l("a number of minutes"),
    "outcome": _l("the outcome; write outcome | outcome"),
    "parked": _l("how many messages were given up"),
    "person": _l("the name of the person"),
    "position": _l("the position"),
    "reason": _l("the reason, or nothing"),
    "receipt": _l("the receipt number, or nothing"),
    "since": _l("a moment; write since | moment(zone)"),
    "tasks": _l("a list; each has path (write path | step), position, and due_at or nothing"),
    "title": _l("the proposal's title"),
    "url": _l("the address of the webhook"),
    "username": _l("the user name"),
    "version": _l("the version of the calendar"),
    "year": _l("the year"),
    "zone": _l("the city's time zone, for moment(zone)"),
}
CHANGES: Mapping[str, object] = {
    mail_texts.CHANGED: _l("changed"),
    mail_texts.RESET: _l("back to the shipped text"),
}


@blueprint.get("/")
@access(Permission.ADMINISTER)
def index() -> str:
    """All kinds of mails, and which of them speak in the city's own words."""
    return render_template(
        "mail_texts/index.html",
        kinds=own.kinds(),
        words=KINDS,
        languages=LANGUAGES,
        texts=mail_texts.texts(database_session()),
    )


@blueprint.get("/<kind>/<language>")
@access(Permission.ADMINISTER)
def edit(kind: str, language: str) -> str:
    """The text that is used now, as it reads for the newest case."""
    session = database_session()
    row = mail_texts.text(session, kind, language)
    shipped = own.shipped(kind, language)
    words = shipped if row is None else Words(row.subject, row.text)
    trials = mail_texts.trials(session, kind)
    trial_id = trials[0].id if trials else None
    try:
        preview = _preview(kind, language, words, trial_id)
    except Invalid as error:
        return _page(kind, language, words, trial_id, None, error.problems)
    return _page(kind, language, words, trial_id, preview)


@blueprint.post("/<kind>/<language>")
@access(Permission.ADMINISTER)
def save(kind: str, language: str) -> ResponseReturnValue:
    """Show how the text reads for a case, or keep it; or everything that is wrong with it."""
    words = Words(one_line(request.form.get("subject")), plain_text(request.form.get("text")))
    trial_id = request.form.get("trial", type=int)
    try:
        preview = _preview(kind, language, words, trial_id)
        if request.form.get("do") == "preview":
            return _page(kind, language, words, trial_id, preview)
        settings = application().settings
        mail_texts.save(
            database_session(),
            kind,
            language,
            words,
            base_url=settings.base_url,
            zone=settings.zone,
            by=current_user.id,
            now=now(),
        )
    except Invalid as error:
        return _page(kind, language, words, trial_id, None, error.problems), 422
    flash(_("Mails of this kind now say this."), "done")
    return redirect(url_for("mail_texts.edit", kind=kind, language=language), 303)


@blueprint.post("/<kind>/<language>/reset")
@access(Permission.ADMINISTER)
def reset(kind: str, language: str) -> ResponseReturnValue:
    """Go back to the shipped text."""
    mail_texts.reset(database_session(), kind, language, by=current_user.id, now=now())
    flash(_("Mails of this kind say again what was shipped."), "done")
    return redirect(url_for("mail_texts.edit", kind=kind, language=language), 303)


def _preview(kind: str, language: str, words: Words, trial_id: int | None) -> Words:
    settings = application().settings
    return mail_texts.preview(
        database_session(),
        kind,
        language,
        words,
        trial_id=trial_id,
        base_url=settings.base_url,
        zone=settings.zone,
    )


def _page(
    kind: str,
    language: str,
    words: Words,
    trial_id: int | None,
    preview: Words | None,
    problems: Sequence[Problem] = (),
) -> str:
    session = database_session()
    return render_template(
        "mail_texts/edit.html",
        kind=kind,
        language=language,
        title=KINDS.get(kind, kind),
        spoken=LANGUAGES[language],
        words=words,
        row=mail_texts.text(session, kind, language),
        names={name: NAMES.get(name, "") for name in sorted(own.names(kind))},
        trials=mail_texts.trials(session, kind),
        trial_id=trial_id,
        preview=preview,
        errors={problem.field: problem_in_words(problem) for problem in problems},
        history=setting_changes.history(session, mail_texts.subject(kind, language)),
        changes=CHANGES,
    )
