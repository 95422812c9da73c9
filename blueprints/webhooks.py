"""Where other systems are told of events: endpoints, their secrets, and what came of messages."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from blueprints import tabs
from blueprints.access import access
from blueprints.edge import application, database_session, now
from blueprints.proposal_fields import one_line
from blueprints.words import problem as problem_in_words
from workflow import actors, setting_changes, webhooks
from workflow.errors import Invalid, Problem
from workflow.models import WebhookEndpoint
from workflow.permissions import Permission
from workflow.webhooks import State, endpoints
from workflow.webhooks.posting import Outbound

blueprint = Blueprint("webhooks", __name__, url_prefix="/admin/webhooks")
blueprint.context_processor(tabs.groups)

DELIVERIES_A_PAGE = 50
KINDS: Mapping[str, object] = {
    "case.started": _l("A proposal was begun"),
    "case.decided": _l("Somebody decided, or handed on"),
    "case.lapsed": _l("A time ran out, and the case went on as the workflow says"),
    "case.reminded": _l("Somebody was reminded of a deadline"),
    "case.escalated": _l("A late task was shown to somebody above"),
    "case.reassigned": _l("A task went to somebody else"),
    "case.moved": _l("A case was moved to another version of its workflow"),
    "case.move_taken_back": _l("Such a move was taken back"),
    "case.cancelled": _l("A case was cancelled on the document of an authority"),
}
STATES: Mapping[str, object] = {
    State.WAITING: _l("on its way"),
    State.DELIVERED: _l("delivered"),
    State.FAILED: _l("not taken"),
    State.LEFT_OUT: _l("not sent: switched off"),
}
CHANGES: Mapping[str, object] = {
    endpoints.ENTERED: _l("entered"),
    endpoints.CHANGED: _l("changed"),
    endpoints.ROTATED: _l("new secret"),
    endpoints.SECRET_SHOWN: _l("secret shown"),
    endpoints.SWITCHED_ON: _l("switched on"),
    endpoints.SWITCHED_OFF: _l("switched off"),
}


@blueprint.get("/")
@access(Permission.ADMINISTER)
def index() -> str:
    """All endpoints, and whether they work."""
    return render_template("webhooks/index.html", endpoints=endpoints.endpoints(database_session()))


@blueprint.get("/new")
@access(Permission.ADMINISTER)
def new() -> str:
    """The form for an endpoint."""
    return _form(None, "", [])


@blueprint.post("/")
@access(Permission.ADMINISTER)
def enter() -> ResponseReturnValue:
    """Enter an endpoint, or show everything that is wrong with it."""
    url, kinds = _typed()
    try:
        endpoint_id = endpoints.enter(
            database_session(), url, kinds, _outbound(), by=current_user.id, now=now()
        )
    except Invalid as error:
        return _form(None, url, kinds, error.problems), 422
    flash(_("The webhook has been entered. Take its secret now."), "done")
    return _to(endpoint_id)


@blueprint.get("/<int:endpoint_id>")
@access(Permission.ADMINISTER)
def show(endpoint_id: int) -> str:
    """One endpoint, with what came of its messages."""
    return _page(endpoint_id)


@blueprint.get("/<int:endpoint_id>/edit")
@access(Permission.ADMINISTER)
def edit(endpoint_id: int) -> str:
    """The form with what is set now."""
    endpoint = endpoints.endpoint(database_session(), endpoint_id)
    return _form(endpoint, endpoint.url, endpoint.kinds)


@blueprint.post("/<int:endpoint_id>")
@access(Permission.ADMINISTER)
def change(endpoint_id: int) -> ResponseReturnValue:
    """Change an endpoint, or show everything that is wrong with what was typed."""
    url, kinds = _typed()
    session = database_session()
    try:
        endpoints.change(
            session, endpoint_id, url, kinds, _outbound(), by=current_user.id, now=now()
        )
    except Invalid as error:
        return _form(endpoints.endpoint(session, endpoint_id), url, kinds, error.problems), 422
    flash(_("The webhook has been changed."), "done")
    return _to(endpoint_id)


@blueprint.post("/<int:endpoint_id>/secret")
@access(Permission.ADMINISTER)
def secret(endpoint_id: int) -> str:
    """Show the secret, this once."""
    taken = endpoints.take_secret(
        database_session(), endpoint_id, _outbound(), by=current_user.id, now=now()
    )
    return _page(endpoint_id, secret=taken)


@blueprint.post("/<int:endpoint_id>/rotate")
@access(Permission.ADMINISTER)
def rotate(endpoint_id: int) -> ResponseReturnValue:
    """Make a new secret; the old one signs too for a day."""
    endpoints.rotate(database_session(), endpoint_id, by=current_user.id, now=now())
    flash(_("There is a new secret. The one before signs too for 24 hours."), "done")
    return _to(endpoint_id)


@blueprint.post("/<int:endpoint_id>/switch")
@access(Permission.ADMINISTER)
def switch(endpoint_id: int) -> ResponseReturnValue:
    """Switch the endpoint on or off."""
    on = request.form.get("on") == "1"
    endpoints.switch(database_session(), endpoint_id, on=on, by=current_user.id, now=now())
    flash(_("The webhook is on.") if on else _("The webhook is off."), "done")
    return _to(endpoint_id)


@blueprint.post("/<int:endpoint_id>/test")
@access(Permission.ADMINISTER)
def test(endpoint_id: int) -> ResponseReturnValue:
    """Send a message that says nothing but that messages arrive."""
    endpoints.endpoint(database_session(), endpoint_id)
    webhooks.send_test(database_session(), endpoint_id, now())
    flash(_("A test message is on its way. Load the page again to see what came of it."), "done")
    return _to(endpoint_id)


@blueprint.post("/<int:endpoint_id>/deliveries/<int:delivery_id>")
@access(Permission.ADMINISTER)
def again(endpoint_id: int, delivery_id: int) -> ResponseReturnValue:
    """Send a message once more."""
    if webhooks.send_again(database_session(), endpoint_id, delivery_id, now()):
        flash(_("The message is sent again."), "done")
    else:
        flash(_("The message is on its way already; it is tried again by itself."), "done")
    return _to(endpoint_id)


def _typed() -> tuple[str, list[str]]:
    return one_line(request.form.get("url")), request.form.getlist("kinds")


def _outbound() -> Outbound:
    return actors.make_outbound(application().settings)


def _to(endpoint_id: int) -> ResponseReturnValue:
    return redirect(url_for("webhooks.show", endpoint_id=endpoint_id), 303)


def _page(endpoint_id: int, secret: str | None = None) -> str:
    session, before = database_session(), request.args.get("before", type=int)
    found = endpoints.deliveries(session, endpoint_id, before=before, limit=DELIVERIES_A_PAGE)
    return render_template(
        "webhooks/show.html",
        endpoint=endpoints.endpoint(session, endpoint_id),
        secret=secret,
        deliveries=found,
        further=found[-1].id if len(found) == DELIVERIES_A_PAGE else None,
        is_first=before is None,
        history=setting_changes.history(session, endpoints.subject(endpoint_id)),
        kinds=KINDS,
        states=STATES,
        changes=CHANGES,
        now=now(),
    )


def _form(
    endpoint: WebhookEndpoint | None,
    url: str,
    kinds: list[str],
    problems: tuple[Problem, ...] = (),
) -> str:
    return render_template(
        "webhooks/form.html",
        endpoint=endpoint,
        url=url,
        chosen=kinds,
        kinds=KINDS,
        errors={problem.field: problem_in_words(problem) for problem in problems},
    )
