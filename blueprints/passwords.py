"""Where a link for a password is asked for, and the page behind it; the link says whose it is."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField

from blueprints.access import public
from blueprints.edge import application, database_session, now
from blueprints.proposal_fields import LineField
from blueprints.security import limiter
from blueprints.typed_form import TypedForm
from workflow import accounts, password_links
from workflow.errors import NotFound, Problem

blueprint = Blueprint("passwords", __name__, url_prefix="/password")


class NewPasswordForm(TypedForm):
    """A password, typed twice."""

    password = PasswordField(_l("New password"))
    again = PasswordField(_l("The same password again"))


def address(person_id: int, token: str) -> str:
    """The link for a person, as it is handed on."""
    path = url_for("passwords.choose", person_id=person_id, token=token)
    return application().settings.base_url + path


class NameForm(TypedForm):
    """Who has forgotten their password."""

    username = LineField(_l("User name"))


def _named() -> str:
    """One account, from wherever: nobody's mailbox is filled."""
    return f"forgotten {request.form.get('username', '')[:100].strip().casefold()}"


@blueprint.get("")
@public
def forgotten() -> str:
    """Where somebody asks for a link to their own mail address. Raises NotFound without mail."""
    _require_mail()
    return render_template("auth/password_forgotten.html", form=NameForm())


@blueprint.post("")
@public
@limiter.limit("10 per minute")
@limiter.limit("3 per hour", key_func=_named)
def ask() -> ResponseReturnValue:
    """Send a link, and say the same whether or not anybody has the name."""
    _require_mail()
    form = NameForm()
    username = (form.username.data or "").strip()
    if not username:
        form.place([Problem("username", "required")])
        return render_template("auth/password_forgotten.html", form=form), 422
    password_links.ask(database_session(), username, now())
    flash(
        _("If there is an account by this name, a link is on its way to its mail address."), "done"
    )
    return redirect(url_for("auth.sign_in"), 303)


def _require_mail() -> None:
    if not application().settings.sends_mail:
        raise NotFound("mail server")


def _person() -> str:
    return f"password {(request.view_args or {})['person_id']}"


@blueprint.get("/<int:person_id>/<token>")
@public
@limiter.limit("60 per minute")
def choose(person_id: int, token: str) -> ResponseReturnValue:
    """The form, while the link is good; looking at it does not use it up."""
    return _page(person_id, token, NewPasswordForm())


@blueprint.post("/<int:person_id>/<token>")
@public
@limiter.limit("60 per minute")
@limiter.limit("10 per minute", key_func=_person)
def submit(person_id: int, token: str) -> ResponseReturnValue:
    """Set the password and lead to signing in, or show everything that is wrong."""
    form, key = NewPasswordForm(), application().settings.secret_key
    spend = partial(password_links.spend, database_session(), person_id, token, key, now=now())
    try:
        if not form.take(spend):
            return _page(person_id, token, form, status=422)
    except NotFound:
        return _page(person_id, token, form)
    flash(_("The password has been set. Sign in with it now."), "done")
    return redirect(url_for("auth.sign_in"), 303)


def _page(person_id: int, token: str, form: NewPasswordForm, status: int = 200) -> tuple[str, int]:
    key = application().settings.secret_key
    try:
        person = password_links.holder(database_session(), person_id, token, key, now())
    except NotFound:
        return render_template("auth/password_link_over.html"), 404
    return render_template(
        "auth/password.html", form=form, person=person, least=accounts.SHORTEST_PASSWORD
    ), status
