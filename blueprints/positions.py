"""The forms with which administrators make, change, close and open positions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import organisation_forms as forms
from blueprints import tabs
from blueprints.access import access
from blueprints.edge import database_session, now
from blueprints.typed_form import TypedForm
from workflow import agency_years, organisation
from workflow.models import Position
from workflow.organising import positions
from workflow.permissions import Permission

Form = TypeVar("Form", bound=TypedForm)
blueprint = Blueprint("positions", __name__, url_prefix="/admin")
blueprint.context_processor(tabs.groups)


@blueprint.get("/agencies/<int:agency_id>/positions/new")
@access(Permission.ADMINISTER)
def new(agency_id: int) -> str:
    """The form for a position of an agency."""
    return _new(agency_id, forms.NewPositionForm(data={"places": "1"}))


@blueprint.post("/agencies/<int:agency_id>/positions")
@access(Permission.ADMINISTER)
def enter(agency_id: int) -> ResponseReturnValue:
    """Make a position, or show everything that is wrong with what was typed."""
    form, session = forms.NewPositionForm(), database_session()
    make = partial(positions.make, session, agency_id, by=current_user.id, now=now())
    if not form.take(make):
        return _new(agency_id, form), 422
    flash(_("The position has been entered. Appoint somebody to it next."), "done")
    return redirect(url_for("agencies.show", agency_id=agency_id), 303)


@blueprint.get("/positions/<int:position_id>")
@access(Permission.ADMINISTER)
def edit(position_id: int) -> str:
    """The form with what a position is now."""
    position = positions.position(database_session(), position_id)
    now_set = {
        "superior_id": str(position.superior_id or ""),
        "places": str(position.places),
    }
    return _edit(position, forms.PositionForm(data=now_set))


@blueprint.post("/positions/<int:position_id>")
@access(Permission.ADMINISTER)
def change(position_id: int) -> ResponseReturnValue:
    """Change a position, or show everything that is wrong with what was typed."""
    form, said = forms.PositionForm(), _("The position has been changed.")
    return _done(position_id, form, positions.change, _edit, said)


@blueprint.get("/positions/<int:position_id>/title")
@access(Permission.ADMINISTER)
def renaming(position_id: int) -> str:
    """The form for another title."""
    position = positions.position(database_session(), position_id)
    today = now().date().isoformat()
    return _rename(position, forms.TitleForm(data={"title": position.title, "valid_from": today}))


@blueprint.post("/positions/<int:position_id>/title")
@access(Permission.ADMINISTER)
def rename(position_id: int) -> ResponseReturnValue:
    """Give a position another title, or show everything that is wrong with what was typed."""
    form, said = forms.TitleForm(), _("The title has been entered.")
    return _done(position_id, form, positions.rename, _rename, said)


@blueprint.get("/positions/<int:position_id>/close")
@access(Permission.ADMINISTER)
def closing(position_id: int) -> str:
    """The form that closes a position."""
    return _close(positions.position(database_session(), position_id), forms.ReasonForm())


@blueprint.post("/positions/<int:position_id>/close")
@access(Permission.ADMINISTER)
def close(position_id: int) -> ResponseReturnValue:
    """Close a position, or say what hangs on it."""
    form, said = forms.ReasonForm(), _("The position has been closed.")
    return _done(position_id, form, positions.close, _close, said)


@blueprint.post("/positions/<int:position_id>/open")
@access(Permission.ADMINISTER)
def reopen(position_id: int) -> ResponseReturnValue:
    """Open a closed position again."""
    session = database_session()
    position = positions.position(session, position_id)
    positions.reopen(session, position_id, by=current_user.id, now=now())
    flash(_("The position is open again."), "done")
    return redirect(url_for("agencies.show", agency_id=position.agency_id), 303)


def _done(
    position_id: int,
    form: Form,
    service: Callable[..., object],
    page: Callable[[Position, Form], str],
    said: str,
) -> ResponseReturnValue:
    """Do it and go to the agency, or show the form with everything that is wrong."""
    session = database_session()
    position = positions.position(session, position_id)
    if not form.take(partial(service, session, position_id, by=current_user.id, now=now())):
        return page(position, form), 422
    flash(said, "done")
    return redirect(url_for("agencies.show", agency_id=position.agency_id), 303)


def _new(agency_id: int, form: forms.NewPositionForm) -> str:
    return _page(
        form,
        agency_id,
        names=("title", "post", "superior_id", "places"),
        title=_("Enter a position"),
        lead=_("Work is addressed to positions, never to persons."),
        action=url_for(".enter", agency_id=agency_id),
        button_text=_("Enter"),
    )


def _edit(position: Position, form: forms.PositionForm) -> str:
    return _page(
        form,
        position.agency_id,
        names=("superior_id", "places"),
        title=_("Change a position"),
        lead=position.title,
        action=url_for(".change", position_id=position.id),
        button_text=_("Save"),
    )


def _rename(position: Position, form: forms.TitleForm) -> str:
    return _page(
        form,
        position.agency_id,
        names=("title", "valid_from", "decree"),
        title=_("Rename a position"),
        lead=_("What was decided keeps the title of its day."),
        action=url_for(".rename", position_id=position.id),
        button_text=_("Save the title"),
    )


def _close(position: Position, form: forms.ReasonForm) -> str:
    return _page(
        form,
        position.agency_id,
        names=("reason",),
        title=_("Close a position"),
        lead=_(
            "Nobody is appointed to %(title)s any more. What happened there stays.",
            title=position.title,
        ),
        action=url_for(".close", position_id=position.id),
        button_text=_("Close the position"),
        means="stop",
    )


def _page(form: TypedForm, agency_id: int, **words: object) -> str:
    session, today = database_session(), now().date()
    day = agency_years.day_of(session, agency_id, today)
    if isinstance(form, forms.PositionForm):
        known = [one for one in organisation.positions(session, today) if one.is_open(today)]
        forms.offer_positions(form.superior_id, known)
    return render_template(
        "organisation/form.html",
        form=form,
        back=url_for("agencies.show", agency_id=agency_id),
        back_text=organisation.agency(session, agency_id, day).name,
        **words,
    )
