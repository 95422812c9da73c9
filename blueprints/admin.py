"""What administrators look at: definitions, the organisation, messages. They decide no case."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from blueprints import change_words, foreseeing, mail_words, tabs, words
from blueprints.access import access
from blueprints.appointment_register import shown
from blueprints.edge import application, database_session, now
from blueprints.labels import label, speak_of
from blueprints.texts import as_file
from states import diagram
from workflow import (
    accounts,
    actors,
    attention,
    definitions,
    drafts,
    forecast,
    forum,
    outbox,
    setting_changes,
    versions,
)
from workflow.errors import Invalid, NotFound, Problem
from workflow.models import WorkflowVersion
from workflow.operation import figures
from workflow.permissions import Permission

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
blueprint.context_processor(tabs.groups)

MAILS_A_PAGE = 50
MOVES_A_PAGE = 100
MOST_FOR_THE_FORUM = 100


@blueprint.get("/")
@access(Permission.ADMINISTER)
def index() -> str:
    """What waits for an administrator, and how much there is of everything."""
    session = database_session()
    return render_template(
        "admin/index.html",
        attention=attention.attention(session, now()),
        figures=figures(session, now()),
    )


@blueprint.get("/workflows")
@access(Permission.ADMINISTER)
def workflows() -> str:
    """All drafts, and all versions of all definitions with the cases that run on each."""
    session = database_session()
    written = drafts.drafts(session)
    return render_template(
        "admin/workflows.html",
        drafts=written,
        names=accounts.names(session, [draft.changed_by for draft in written]),
        versions=definitions.versions(session),
        running=definitions.running(session),
    )


@blueprint.get("/workflows/<int:version_id>")
@access(Permission.ADMINISTER)
def workflow(version_id: int) -> str:
    """One version: its picture, the same as a table, and the text it was made of."""
    session = database_session()
    version = definitions.version(session, version_id)
    definition = versions.load(session, version_id).definition
    speak_of(definition)
    return render_template(
        "admin/workflow.html",
        version=version,
        before=_before(version, definitions.of_key(session, version.key)),
        names=accounts.names(session, [version.authored_by, version.published_by]),
        picture=diagram.draw(definition, labels=label),
        definition=definition,
        changes=setting_changes.history(session, f"workflow:{version.key}"),
    )


@blueprint.post("/workflows/<int:version_id>/offer")
@access(Permission.ADMINISTER)
def offer_workflow(version_id: int) -> ResponseReturnValue:
    """Let agencies choose it for a new proposal, or no more. Raises Refused when it is replaced."""
    is_offered = request.form.get("offered") == "yes"
    definitions.offer(
        database_session(), version_id, offered=is_offered, by=current_user.id, now=now()
    )
    flash(_("It can be chosen now.") if is_offered else _("It can be chosen no more."), "done")
    return redirect(url_for(".workflow", version_id=version_id), 303)


@blueprint.get("/workflows/<int:version_id>/text")
@access(Permission.ADMINISTER)
def workflow_text(version_id: int) -> Response:
    """The text of a version as a file, byte by byte as it was published."""
    version = definitions.version(database_session(), version_id)
    return as_file(version.source, f"{version.key}-{version.number}.yaml")


@blueprint.get("/workflows/<int:version_id>/changes")
@access(Permission.ADMINISTER)
def workflow_changes(version_id: int) -> str:
    """What differs from another version of the workflow, `?from=ID`; by default the one before."""
    session = database_session()
    version = definitions.version(session, version_id)
    others = definitions.of_key(session, version.key)
    wanted = request.args.get("from", type=int)
    before = next((one for one in others if one.id == wanted), _before(version, others)) or version
    old, new = (versions.load(session, one.id).definition for one in (before, version))
    speak_of(new)
    return render_template(
        "admin/workflow_changes.html",
        version=version,
        before=before,
        others=others,
        changes=change_words.sentences(old, new),
    )


def _before(version: WorkflowVersion, others: Sequence[WorkflowVersion]) -> WorkflowVersion | None:
    """The version before it, if there is one."""
    return max(
        (one for one in others if one.number < version.number),
        key=lambda one: one.number,
        default=None,
    )


@blueprint.get("/appointments")
@access(Permission.ADMINISTER)
def appointments() -> str:
    """Who holds which position: today's by default, all with `?all=1`."""
    return render_template("admin/appointments.html", **shown())


@blueprint.get("/forecast")
@access(Permission.ADMINISTER)
def foresee() -> str:
    """What happens by itself in the next days, and what is late enough for the forum."""
    session, after = database_session(), max(request.args.get("after", 0, type=int), 0)
    found = forecast.of_city(session, now())
    moving = [one for one in found if one.what in ("reassign", "lapse")]
    further = after + MOVES_A_PAGE if after + MOVES_A_PAGE < len(moving) else None
    moving = moving[after : after + MOVES_A_PAGE]
    return render_template(
        "admin/forecast.html",
        days=foreseeing.by_day(found),
        kinds=foreseeing.KINDS,
        moving=foreseeing.tell(moving, forecast.titles(session, moving)),
        further=further,
        is_first=not after,
        listed=forum.listed(session, now(), MOST_FOR_THE_FORUM),
        most_listed=MOST_FOR_THE_FORUM,
    )


@blueprint.get("/mails")
@access(Permission.ADMINISTER)
def mails() -> str:
    """Mails that were kept because no mail server is configured."""
    before = request.args.get("before", type=int)
    found = attention.kept_mails(database_session(), before=before, limit=MAILS_A_PAGE)
    further = found[-1].id if len(found) == MAILS_A_PAGE else None
    return render_template("admin/mails.html", mails=found, further=further, is_first=not before)


@blueprint.get("/mails/<int:mail_id>")
@access(Permission.ADMINISTER)
def mail(mail_id: int) -> str:
    """One kept mail. Raises NotFound."""
    found = attention.kept_mail(database_session(), mail_id)
    if found is None:
        raise NotFound(f"mail {mail_id}")
    return render_template("admin/mail.html", mail=found)


@blueprint.get("/outbox")
@access(Permission.ADMINISTER)
def messages() -> str:
    """Messages that could not be delivered and wait for a person."""
    found = attention.parked_messages(database_session())
    return render_template(
        "admin/messages.html", messages=found, fault=mail_words.fault, kinds=words.MESSAGE_KINDS
    )


@blueprint.post("/outbox/again")
@access(Permission.ADMINISTER)
def send_again() -> ResponseReturnValue:
    """Send parked messages again, the named ones or all. Raises Invalid unless it is confirmed."""
    if request.form.get("confirmed") != "yes":
        raise Invalid(Problem("confirmed", "required"))
    ids = request.form.getlist("id", type=int) or None
    count = outbox.send_again(database_session(), ids, now())
    said = ngettext("%(num)d message is sent again.", "%(num)d messages are sent again.", count)
    flash(said, "done")
    return redirect(url_for("admin.messages"), 303)


@blueprint.get("/operation")
@access(Permission.ADMINISTER)
def operation() -> str:
    """The state of the installation in words: workers, messages, tasks by agency."""
    return render_template(
        "admin/operation.html",
        figures=figures(database_session(), now()),
        kinds=words.MESSAGE_KINDS,
        broker_silence=actors.silence_of_broker(application().settings),
    )
