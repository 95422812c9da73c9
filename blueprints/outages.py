"""Outages: an administrator names the hours in which the system could not be used, and why."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from blueprints import tabs
from blueprints.access import access
from blueprints.edge import database_session, now
from blueprints.proposal_fields import LineField, ParagraphsField
from blueprints.typed_form import DayField, TypedForm
from workflow import outages
from workflow.permissions import Permission

blueprint = Blueprint("outages", __name__, url_prefix="/admin/outages")
blueprint.context_processor(tabs.groups)


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
    """Declare an outage, or show everything that is wrong with what was typed."""
    form = OutageForm()
    declared = partial(outages.declare, database_session(), by=current_user.id, now=now())
    if not form.take(declared):
        return _page(form), 422
    flash(_("The outage is recorded. Deadlines that fell in it are being moved."), "done")
    return redirect(url_for(".index"), 303)


def _page(form: OutageForm) -> str:
    found = outages.listed(database_session())
    return render_template("admin/outages.html", form=form, outages=found)
