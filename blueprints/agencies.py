"""Agencies: how they are called and stand, and the forms with which administrators change them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from blueprints import organisation_forms as forms
from blueprints import tabs
from blueprints.access import access
from blueprints.edge import database_session, now
from blueprints.setting_words import told
from blueprints.typed_form import DecreedForm
from workflow import agency_years, labels, occupancy, organisation, setting_changes, succession
from workflow.calendar import Calendar
from workflow.errors import NotFound
from workflow.organising import agencies, functions, positions, weeks
from workflow.permissions import Permission

blueprint = Blueprint("agencies", __name__, url_prefix="/admin/agencies")
blueprint.context_processor(tabs.groups)

LOOK = "look"


@dataclass(frozen=True)
class Act:
    """Something that is done to an agency: its form, the service that does it, and its words."""

    form: type[DecreedForm]
    service: Callable[..., None]
    title: object
    lead: object
    button: object
    done: object
    means: str = "primary"


ACTS: Mapping[str, Act] = {
    "name": Act(
        forms.NamedForm,
        agencies.rename,
        _l("Rename an agency"),
        _l(
            "What happened before the first day keeps the name of its day. The first day of the "
            "last name puts that name right."
        ),
        _l("Save the name"),
        _l("The name has been entered."),
    ),
    "parent": Act(
        forms.ParentForm,
        agencies.move,
        _l("Put an agency under another"),
        _l("Proposals that are under way keep the line of agencies that they began with."),
        _l("Save"),
        _l("The agency has been moved."),
    ),
    "function": Act(
        forms.FunctionForm,
        functions.give,
        _l("Give an agency a function"),
        _l(
            "Workflows ask the agency that has a function on the day. Whoever had it has it until "
            "the day before; open tasks stay where they are."
        ),
        _l("Give the function"),
        _l("The function has been given."),
    ),
    "close": Act(
        DecreedForm,
        agencies.close,
        _l("Close an agency"),
        _l(
            "From today on it is no more; what happened there stays. An agency with proposals "
            "under way, tasks or people is merged or split instead."
        ),
        _l("Close the agency"),
        _l("The agency has been closed."),
        means="stop",
    ),
}


@blueprint.get("")
@access(Permission.ADMINISTER)
def index() -> str:
    """All agencies under the names they have today, and those that are no more or to come."""
    session, today = database_session(), now().date()
    found = organisation.agencies(session, today)
    children: dict[int | None, list[organisation.AgencyView]] = {}
    known = {agency.id for agency in found}
    for agency in found:
        parent_id = agency.parent_id if agency.parent_id in known else None
        children.setdefault(parent_id, []).append(agency)
    return render_template(
        "organisation/agencies.html",
        children=children,
        count=len(found),
        elsewhen=agency_years.elsewhen(session, today),
        today=today,
    )


@blueprint.get("/new")
@access(Permission.ADMINISTER)
def new() -> str:
    """The form for an agency."""
    return _new(forms.AgencyForm(data={"valid_from": now().date().isoformat()}))


@blueprint.post("")
@access(Permission.ADMINISTER)
def enter() -> ResponseReturnValue:
    """Found an agency, or show everything that is wrong with what was typed."""
    form = forms.AgencyForm()
    if not form.take(partial(agencies.found, database_session(), by=current_user.id, now=now())):
        return _new(form), 422
    flash(_("The agency has been entered. It needs positions next."), "done")
    return redirect(url_for(".index"), 303)


@blueprint.get("/<int:agency_id>")
@access(Permission.ADMINISTER)
def show(agency_id: int) -> str:
    """One agency: names through time, positions, who holds them, and what was changed."""
    session, today = database_session(), now().date()
    held: dict[int, list[organisation.AppointmentView]] = {}
    for appointment in organisation.appointments(
        session, today, only_then=True, agency_id=agency_id
    ):
        held.setdefault(appointment.position_id, []).append(appointment)
    everywhere = organisation.positions(session, today)
    own = [position for position in everywhere if position.agency_id == agency_id]
    day = agency_years.day_of(session, agency_id, today)
    changes = setting_changes.history(
        session,
        agencies.subject(agency_id),
        *(positions.subject(position.id) for position in own),
    )
    there = {one.id: one for one in organisation.agencies(session, today)}
    successions = succession.of_agency(session, agency_id)
    others = agency_years.elsewhen(session, today) if successions else []
    return render_template(
        "organisation/agency.html",
        agency=organisation.agency(session, agency_id, day),
        agencies=there,
        heirs={one.agency_id: one.name for one in others} | {i: a.name for i, a in there.items()},
        is_there=day == today,
        names=agency_years.names(session, agency_id),
        positions=own,
        former_titles=positions.titles(session, [agency_id]),
        titles={position.id: position.title for position in everywhere},
        held=held,
        misfits=occupancy.misfits(session, today, [agency_id]),
        successions=successions,
        changes=[(told(change), change) for change in changes],
        today=today,
    )


@blueprint.get("/<int:agency_id>/week")
@access(Permission.ADMINISTER)
def begin_week(agency_id: int) -> str:
    """The form for another working week."""
    return _week(agency_id, forms.WeekForm(), {})


@blueprint.post("/<int:agency_id>/week")
@access(Permission.ADMINISTER)
def change_week(agency_id: int) -> ResponseReturnValue:
    """Show what another week would do to open deadlines, or let the agency work by it."""
    form, session = forms.WeekForm(), database_session()
    if request.form.get("step") == LOOK:
        effect: dict[str, object] = {}

        def look(typed: Mapping[str, str]) -> None:
            effect["effect"] = weeks.preview(session, agency_id, typed, now())

        status = 200 if form.take(look) else 422
        return _week(agency_id, form, effect), status
    if not form.take(partial(_do, weeks.change, agency_id)):
        return _week(agency_id, form, {}), 422
    flash(_("The agency works by the new week. Open deadlines are being counted again."), "done")
    return redirect(url_for(".show", agency_id=agency_id), 303)


@blueprint.get("/<int:agency_id>/<act>")
@access(Permission.ADMINISTER)
def begin(agency_id: int, act: str) -> str:
    """The form of something that is done to an agency. Raises NotFound."""
    return _form(agency_id, act, _act(act).form(data=_now_set(agency_id)))


@blueprint.post("/<int:agency_id>/<act>")
@access(Permission.ADMINISTER)
def change(agency_id: int, act: str) -> ResponseReturnValue:
    """Do it, or show everything that is wrong with what was typed. Raises NotFound."""
    known = _act(act)
    form = known.form()
    if not form.take(partial(_do, known.service, agency_id)):
        return _form(agency_id, act, form), 422
    flash(str(known.done), "done")
    return redirect(url_for(".show", agency_id=agency_id), 303)


def _do(service: Callable[..., None], agency_id: int, typed: Mapping[str, str]) -> None:
    service(database_session(), agency_id, typed, by=current_user.id, now=now())


def _act(written: str) -> Act:
    known = ACTS.get(written)
    if known is None:
        raise NotFound(f"change {written} of an agency")
    return known


def _agency(agency_id: int) -> organisation.AgencyView:
    session = database_session()
    day = agency_years.day_of(session, agency_id, now().date())
    return organisation.agency(session, agency_id, day)


def _now_set(agency_id: int) -> dict[str, object]:
    """What the boxes hold at first."""
    agency = _agency(agency_id)
    return {
        "name": agency.name,
        "short_name": agency.short_name,
        "parent_id": str(agency.parent_id or ""),
        "valid_from": now().date().isoformat(),
    }


def _new(form: forms.AgencyForm) -> str:
    session = database_session()
    forms.offer_agencies(form.parent_id, organisation.agencies(session, now().date()))
    forms.offer_weeks(form.week, sorted(Calendar.load(session).weeks))
    return render_template(
        "organisation/form.html",
        form=form,
        names=("name", "short_name", "valid_from", "code", "parent_id", "week", "decree"),
        title=_("Enter an agency"),
        lead=_("Its first name holds from a day on. Positions and people follow."),
        action=url_for(".enter"),
        back=url_for(".index"),
        back_text=_("Agencies"),
        button_text=_("Enter"),
    )


def _form(agency_id: int, act: str, form: DecreedForm) -> str:
    known, agency = _act(act), _agency(agency_id)
    if isinstance(form, forms.ParentForm):
        others = organisation.agencies(database_session(), now().date())
        forms.offer_agencies(form.parent_id, [one for one in others if one.id != agency_id])
    if isinstance(form, forms.FunctionForm):
        known_names = ", ".join(sorted(set(labels.KINDS["function"]) - agencies.RESERVED))
        form.function.description = _("As workflows name it. Known: %(names)s.", names=known_names)
    names = [box.name for box in form.boxes() if box.name != "decree"]
    return render_template(
        "organisation/form.html",
        form=form,
        names=(*names, "decree"),
        title=known.title,
        lead=known.lead,
        action=url_for(".change", agency_id=agency_id, act=act),
        back=url_for(".show", agency_id=agency_id),
        back_text=agency.name,
        button_text=known.button,
        means=known.means,
    )


def _week(agency_id: int, form: forms.WeekForm, effect: dict[str, object]) -> str:
    forms.offer_weeks(form.week, sorted(Calendar.load(database_session()).weeks))
    agency = _agency(agency_id)
    return render_template(
        "organisation/week.html",
        form=form,
        names=("week", "decree"),
        title=_("Another working week"),
        lead=_("Deadlines are counted over the hours of the agency that has the task."),
        action=url_for(".change_week", agency_id=agency_id),
        back=url_for(".show", agency_id=agency_id),
        back_text=agency.name,
        **effect,
    )
