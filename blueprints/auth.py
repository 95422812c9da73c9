"""Signing in and out."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from blueprints import demo, identity
from blueprints.access import public, signed_in
from blueprints.edge import application, database_session
from blueprints.security import limiter, remote_network
from workflow import accounts

blueprint = Blueprint("auth", __name__)


class SignInForm(FlaskForm):
    """Name and password."""

    username = StringField(validators=[InputRequired(_l("Type your user name.")), Length(max=100)])
    password = PasswordField(validators=[InputRequired(_l("Type your password.")), Length(max=500)])


def _account() -> str:
    """One account from one place: an office behind one address does not lock itself out."""
    return f"{remote_network()} {_username()}"


def _username() -> str:
    """One account, from wherever: many addresses together do not guess faster."""
    return request.form.get("username", "")[:100].strip().casefold()


def _has_failed(response: Response) -> bool:
    return response.status_code == 422


@blueprint.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """The page to sign in on."""
    if current_user.is_authenticated:
        return redirect(own_path(request.args.get("next")), 303)
    return _page(SignInForm())


@blueprint.post("/sign-in")
@public
@limiter.limit("100 per minute")
@limiter.limit("5 per minute", key_func=_account)
@limiter.limit("30 per minute", key_func=_username, deduct_when=_has_failed)
def submit_sign_in() -> ResponseReturnValue:
    """Begin a session, or say that name and password do not fit without saying which."""
    form = SignInForm()
    if not form.validate_on_submit():
        return _page(form), 422
    username = (form.username.data or "").strip()
    person = accounts.authenticate(database_session(), username, form.password.data or "")
    if person is None:
        form.password.errors = [_("The user name and the password do not belong together.")]
        return _page(form), 422
    identity.sign_in(person)
    return redirect(own_path(request.args.get("next")), 303)


@blueprint.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    """End the session."""
    identity.sign_out()
    return redirect(url_for("auth.sign_in"), 303)


def own_path(wanted: str | None) -> str:
    """`wanted` if it is a path of this site, else the start page. Never another site."""
    home = url_for("home.index")
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return home
    if any(ord(character) < 32 or character == "\\" for character in wanted):
        return home
    parts = urlsplit(wanted)
    return wanted if not parts.scheme and not parts.netloc else home


def _page(form: SignInForm) -> str:
    users = demo.users(application())
    return render_template(
        "auth/sign_in.html",
        form=form,
        by_mail=application().settings.sends_mail,
        demo_users=users,
        demo_password=demo.PASSWORD,
    )
