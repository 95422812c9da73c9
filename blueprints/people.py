"""Accounts: who can sign in, what each holds, and the forms with which they are changed."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import organisation_forms as forms
from blueprints import passwords, tabs
from blueprints.access import access
from blueprints.edge import application, database_session, now
from blueprints.security import limiter
from blueprints.setting_words import told
from workflow import accounts, organisation, password_links, setting_changes
from workflow.organising import people
from workflow.permissions import Permission

blueprint = Blueprint("people", __name__, url_prefix="/admin/users")
blueprint.context_processor(tabs.groups)


@blueprint.get("")
@access(Permission.ADMINISTER)
def index() -> str:
    """Those who can sign in, page by page, with the positions of today."""
    session = database_session()
    search = request.args.get("q", "").strip()[:200]
    after = request.args.get("after", "")[:200]
    page = accounts.page(session, search=search, after=after)
    held: dict[int, list[organisation.AppointmentView]] = {}
    shown = [person.id for person in page.people]
    for appointment in organisation.appointments(
        session, now().date(), only_then=True, people=shown
    ):
        held.setdefault(appointment.person_id, []).append(appointment)
    kept: dict[str, Any] = {"q": search} if search else {}
    return render_template(
        "organisation/people.html",
        people=page.people,
        held=held,
        search=search,
        next_page=url_for(".index", **kept, after=page.next_cursor) if page.next_cursor else None,
        first_page=url_for(".index", **kept) if after else None,
    )


@blueprint.get("/new")
@access(Permission.ADMINISTER)
def new() -> str:
    """The form for an account."""
    return _new(forms.NewAccountForm())


@blueprint.post("")
@access(Permission.ADMINISTER)
def enter() -> ResponseReturnValue:
    """Make an account, or show everything that is wrong with what was typed."""
    form = forms.NewAccountForm()
    if not form.take(partial(people.make, database_session(), by=current_user.id, now=now())):
        return _new(form), 422
    made = accounts.named(database_session(), form.username.data)
    flash(_("The account has been made. It needs a password and an appointment next."), "done")
    return redirect(url_for(".show", person_id=made.id), 303)


@blueprint.get("/<int:person_id>")
@access(Permission.ADMINISTER)
def show(person_id: int) -> str:
    """One person: what they hold, what waits for them, and what was changed."""
    return _show(person_id)


@blueprint.post("/<int:person_id>/password-link")
@access(Permission.ADMINISTER)
@limiter.limit("30 per minute")
def password_link(person_id: int) -> ResponseReturnValue:
    """Send the person a link to set a password; without a mail server, show it this once."""
    session, settings = database_session(), application().settings
    if settings.sends_mail:
        password_links.send(session, person_id, by=current_user.id, now=now())
        flash(_("The link goes to the person by mail; nobody else sees it."), "done")
        return redirect(url_for(".show", person_id=person_id), 303)
    token = password_links.make(
        session, person_id, settings.secret_key, by=current_user.id, now=now()
    )
    session.flush()  # what was changed is asked for
    return _show(person_id, passwords.address(person_id, token))


@blueprint.get("/<int:person_id>/edit")
@access(Permission.ADMINISTER)
def edit(person_id: int) -> str:
    """The form with what an account says now."""
    person = people.person(database_session(), person_id)
    return _edit(person_id, forms.AccountForm(data={"name": person.name, "email": person.email}))


@blueprint.post("/<int:person_id>")
@access(Permission.ADMINISTER)
def change(person_id: int) -> ResponseReturnValue:
    """Change an account, or show everything that is wrong with what was typed."""
    form = forms.AccountForm()
    changed = partial(people.change, database_session(), person_id, by=current_user.id, now=now())
    if not form.take(changed):
        return _edit(person_id, form), 422
    flash(_("The account has been changed."), "done")
    return redirect(url_for(".show", person_id=person_id), 303)


@blueprint.get("/<int:person_id>/switch")
@access(Permission.ADMINISTER)
def switching(person_id: int) -> str:
    """What a person holds, and the form that switches the account off or on."""
    return _switch(person_id, forms.ReasonForm())


@blueprint.post("/<int:person_id>/switch")
@access(Permission.ADMINISTER)
def switch(person_id: int) -> ResponseReturnValue:
    """Switch an account off, or on again, or say why not."""
    form, session = forms.ReasonForm(), database_session()
    is_active = people.person(session, person_id).is_active
    service = people.switch_off if is_active else people.switch_on
    if not form.take(partial(service, session, person_id, by=current_user.id, now=now())):
        return _switch(person_id, form), 422
    flash(
        _("The account is off. Nothing of its history is lost.")
        if is_active
        else _("The account is on again."),
        "done",
    )
    return redirect(url_for(".show", person_id=person_id), 303)


def _show(person_id: int, link: str | None = None) -> str:
    session, today = database_session(), now().date()
    changes = setting_changes.history(session, people.subject(person_id))
    return render_template(
        "organisation/person.html",
        person=people.person(session, person_id),
        held=people.held(session, person_id, now()),
        appointments=organisation.appointments(session, today, person_id=person_id),
        agencies={one.id: one for one in organisation.agencies(session, today)},
        changes=[(told(change), change) for change in changes],
        no_password=people.NO_PASSWORD,
        link=link,
        by_mail=application().settings.sends_mail,
        now=now(),
        today=today,
    )


def _new(form: forms.NewAccountForm) -> str:
    return render_template(
        "organisation/form.html",
        form=form,
        names=("username", "name", "email", "is_administrator"),
        title=_("Enter an account"),
        lead=_("An account alone opens nothing: rights come from appointments."),
        action=url_for(".enter"),
        back=url_for(".index"),
        back_text=_("Users"),
        button_text=_("Enter"),
    )


def _edit(person_id: int, form: forms.AccountForm) -> str:
    return render_template(
        "organisation/form.html",
        form=form,
        names=("name", "email"),
        title=_("Change an account"),
        lead=_("What was decided keeps the name of its day."),
        action=url_for(".change", person_id=person_id),
        back=url_for(".show", person_id=person_id),
        back_text=people.person(database_session(), person_id).username,
        button_text=_("Save"),
    )


def _switch(person_id: int, form: forms.ReasonForm) -> str:
    session = database_session()
    person = people.person(session, person_id)
    return render_template(
        "organisation/switch.html",
        form=form,
        names=("reason",),
        person=person,
        held=people.held(session, person_id, now()),
        title=_("Switch an account off") if person.is_active else _("Switch an account on"),
        lead=_("From this instant the person signs in no more, in no browser and no script.")
        if person.is_active
        else _("The person signs in again with the password they had."),
        action=url_for(".switch", person_id=person_id),
        back=url_for(".show", person_id=person_id),
        back_text=person.username,
        button_text=_("Switch off") if person.is_active else _("Switch on"),
        means="stop" if person.is_active else "primary",
    )
