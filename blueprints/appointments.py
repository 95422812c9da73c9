"""One's own positions: held now, held before, and in which capacity one acts."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import identity
from blueprints.access import signed_in
from blueprints.edge import database_session, now
from blueprints.labels import capacity
from workflow import organisation
from workflow.errors import Invalid, Problem

blueprint = Blueprint("appointments", __name__, url_prefix="/appointments")


@blueprint.get("/")
@signed_in
def index() -> str:
    """All of the person's appointments, those that have ended included."""
    session, today = database_session(), now().date()
    appointments = organisation.appointments(session, person_id=current_user.id)
    agencies = {agency.id: agency for agency in organisation.agencies(session, today)}
    return render_template(
        "appointments/index.html", appointments=appointments, agencies=agencies, today=today
    )


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
