"""Outages: an administrator names the hours in which the system could not be used, and why.

What an outage would do to deadlines is shown first, and saved only as it was shown.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from blueprints import tabs
from blueprints.access import access
from blueprints.edge import database_session, now
from blueprints.proposal_fields import LineField, ParagraphsField
from blueprints.typed_form import DayField, TypedForm
from workflow import calendar_effects, outages
from workflow.errors import Invalid
from workflow.models import Outage
from workflow.permissions import Permission

blueprint = Blueprint("outages", __name__, url_prefix="/admin/outages")
blueprint.context_processor(tabs.groups)

SAVE = "save"


class OutageForm(TypedForm):
    """The day, the hours, and the reason."""

    day = DayField(_l("Day"))
    from_time = LineField(_l("From"), description=_l("The hour, such as 07.30."))
    until_time = LineField(_l("Until"), description=_l("The hour, such as 16.00."))
    reason = ParagraphsField(_l("Reason"), description=_l("Those whose deadlines move read it."))


@blueprint.get("/")
@access(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """The outages so far, and the form for another."""
    return _page(OutageForm())


@blueprint.post("/")
@access(Permission.ADMINISTER)
def declare() -> ResponseReturnValue:
    """Show what the outage would do, save it as shown, or show all that is wrong with it."""
    form, session = OutageForm(), database_session()
    try:
        outage = outages.read(form.typed(), by=current_user.id, now=now())
    except Invalid as invalid:
        form.place(invalid.problems)
        return _page(form), 422
    if request.form.get("step") != SAVE or request.form.get("seen") != _hours(outage):
        return _page(form, outage)
    outages.declare(session, outage)
    flash(_("The outage is recorded. Deadlines that fell in it are being moved."), "done")
    return redirect(url_for(".index"), 303)


def _page(form: OutageForm, outage: Outage | None = None) -> str:
    session = database_session()
    effect = None
    if outage is not None:
        effect = calendar_effects.effect_of_outage(session, outage, now())
    return render_template(
        "admin/outages.html",
        form=form,
        effect=effect,
        seen=outage and _hours(outage),
        outages=outages.listed(session),
    )


def _hours(outage: Outage) -> str:
    """The hours that an effect was shown for: with others, it is shown again."""
    return f"{outage.starts_at.isoformat()}/{outage.ends_at.isoformat()}"
