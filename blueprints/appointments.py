"""One's own positions, and the appointments of agencies for those who look after them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import identity
from blueprints.access import access, signed_in
from blueprints.appointment_form import AppointmentForm, EndForm
from blueprints.appointment_register import shown
from blueprints.edge import database_session, now
from blueprints.labels import capacity
from workflow import appointable, appointing, organisation, permissions
from workflow.errors import Invalid, Problem
from workflow.permissions import Permission

blueprint = Blueprint("appointments", __name__, url_prefix="/appointments")


@blueprint.get("/")
@signed_in
def index() -> str:
    """All of the person's appointments, those that have ended included."""
    session, today = database_session(), now().date()
    appointments = organisation.appointments(session, now().date(), person_id=current_user.id)
    agencies = {agency.id: agency for agency in organisation.agencies(session, today)}
    return render_template(
        "appointments/index.html",
        appointments=appointments,
        agencies=agencies,
        today=today,
        may_appoint=permissions.may(session, current_user.id, Permission.APPOINT, now()),
    )


@blueprint.get("/register")
@access(Permission.APPOINT)
def register() -> str:
    """Who holds which position of the agencies that the reader looks after, and what is amiss."""
    agency_ids = appointable.agencies(database_session(), current_user.id, now())
    return render_template("appointments/register.html", **shown(agency_ids))


@blueprint.get("/new")
@access(Permission.APPOINT)
def new() -> ResponseReturnValue:
    """The form for an appointment; `position_id` and `starts_on` may be given in the address."""
    return _new_page(AppointmentForm(request.args))


@blueprint.post("/")
@access(Permission.APPOINT)
def enter() -> ResponseReturnValue:
    """Enter an appointment, or show everything that is wrong with it."""
    form = AppointmentForm()
    try:
        appointing.enter(database_session(), form.typed(), by=current_user.id, now=now())
    except Invalid as error:
        form.place(error.problems)
        return _new_page(form), 422
    flash(_("The appointment has been entered."), "done")
    return redirect(url_for(".register", all=1), 303)


@blueprint.get("/<int:appointment_id>/end")
@access(Permission.END_APPOINTMENT, "appointment_id")
def ending(appointment_id: int) -> ResponseReturnValue:
    """The form that ends an appointment, with who entered it."""
    return _end_page(appointment_id, EndForm())


@blueprint.post("/<int:appointment_id>/end")
@access(Permission.END_APPOINTMENT, "appointment_id")
def end(appointment_id: int) -> ResponseReturnValue:
    """End an appointment, or show everything that is wrong with what was typed."""
    form = EndForm()
    session = database_session()
    try:
        appointing.end(session, appointment_id, form.typed(), by=current_user.id, now=now())
    except Invalid as error:
        form.place(error.problems)
        return _end_page(appointment_id, form), 422
    flash(_("The end of the appointment has been entered."), "done")
    return redirect(url_for(".register", all=1), 303)


@blueprint.post("/acting")
@signed_in
def switch() -> ResponseReturnValue:
    """Act in another of the capacities that the person holds today. Raises Invalid for others."""
    wanted = request.form.get("appointment_id", "")
    for actor in current_user.appointments:
        if str(actor.appointment_id) == wanted:
            identity.act_as(actor.appointment_id)
            title = capacity(actor.capacity, actor.title)
            flash(_("You now act as %(title)s.", title=title), "done")
            return redirect(url_for("home.index"), 303)
    raise Invalid(Problem("appointment_id", "unknown"))


def _new_page(form: AppointmentForm) -> str:
    session, by = database_session(), current_user.id
    form.offer(appointable.positions(session, by, now()), appointable.people(session, by))
    return render_template("appointments/new.html", form=form)


def _end_page(appointment_id: int, form: EndForm) -> str:
    session = database_session()
    appointment = organisation.appointment(session, appointment_id, now().date())
    return render_template(
        "appointments/end.html",
        form=form,
        appointment=appointment,
        earliest=appointing.earliest_end(appointment.starts_on, now().date()),
        history=appointing.history(session, appointment_id),
    )
