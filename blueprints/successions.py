"""Merging and splitting an agency: where everything goes, what that does, and entering it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import tabs
from blueprints.access import access
from blueprints.edge import database_session, now
from blueprints.finding_words import missed
from blueprints.words import problem as problem_in_words
from workflow import agency_years, organisation, succession
from workflow.errors import Invalid, Problem
from workflow.organisation import AgencyView
from workflow.permissions import Permission
from workflow.succession import Effect, plans
from workflow.succession.plans import HEIRS, Place

blueprint = Blueprint("successions", __name__, url_prefix="/admin/agencies/<int:agency_id>")
blueprint.context_processor(tabs.groups)

SAVE, LOOK = "save", "look"


@blueprint.get("/succession")
@access(Permission.ADMINISTER)
def begin(agency_id: int) -> str:
    """The form: from when, by which decree, and to whom."""
    return _page(agency_id, {"happens_on": now().date().isoformat(), "ends": "yes"})


@blueprint.post("/succession")
@access(Permission.ADMINISTER)
def enter(agency_id: int) -> ResponseReturnValue:
    """Offer where everything may go, show what it does, or enter it."""
    session, typed = database_session(), request.form.to_dict()
    step = typed.get("step")
    if step not in (SAVE, LOOK):
        missing = () if any(map(typed.get, HEIRS)) else (Problem(HEIRS[0], "required"),)
        return _page(agency_id, typed, problems=missing), 422 if missing else 200
    try:
        if step == LOOK:
            effect = succession.preview(session, agency_id, typed, by=current_user.id, now=now())
            return _page(agency_id, typed, effect=effect)
        succession.enter(session, agency_id, typed, by=current_user.id, now=now())
    except Invalid as error:
        return _page(agency_id, typed, problems=error.problems), 422
    flash(_("The merger or split has been entered."), "done")
    return redirect(url_for("agencies.show", agency_id=agency_id), 303)


@blueprint.post("/succession/<int:succession_id>/withdraw")
@access(Permission.ADMINISTER)
def withdraw(agency_id: int, succession_id: int) -> ResponseReturnValue:
    """Let nothing come of a merger or split that waits."""
    succession.withdraw(database_session(), succession_id, by=current_user.id, now=now())
    flash(_("The merger or split is withdrawn."), "done")
    return redirect(url_for("agencies.show", agency_id=agency_id), 303)


def _page(
    agency_id: int,
    typed: Mapping[str, str],
    *,
    problems: tuple[Problem, ...] = (),
    effect: Effect | None = None,
) -> str:
    session, today = database_session(), now().date()
    day = agency_years.day_of(session, agency_id, today)
    agency = organisation.agency(session, agency_id, day)
    others = [one for one in _agencies() if one.id != agency_id]
    heirs = [one for one in others if str(one.id) in {typed.get(name) for name in HEIRS}]
    positions = plans.positions(session, agency_id, today) if heirs else []
    proposals = plans.under_way(session, agency_id) if heirs else []
    filled = {**_usual(positions, proposals, heirs), **typed} if _is_new(typed) else dict(typed)
    errors: dict[str, list[str]] = {}
    for found in problems:
        errors.setdefault(found.field, []).append(problem_in_words(found))
    return render_template(
        "organisation/succession.html",
        agency=agency,
        others=others,
        heirs=heirs,
        heir_names=HEIRS,
        positions=positions,
        goals=_goals(positions, heirs),
        proposals=proposals,
        typed=filled,
        errors=errors,
        problems=[(found.field, problem_in_words(found)) for found in problems],
        effect=effect,
        missed=[] if effect is None else [w for one in effect.missed for w in missed(one)],
    )


def _agencies() -> list[AgencyView]:
    """The agencies of today, and those still to come under their names then."""
    session, today = database_session(), now().date()
    to_come = [one for one in agency_years.elsewhen(session, today) if one.valid_from > today]
    later = [organisation.agency(session, one.agency_id, one.valid_from) for one in to_come]
    return [*organisation.agencies(session, today), *later]


def _is_new(typed: Mapping[str, str]) -> bool:
    """Whether nobody has said yet where positions and proposals go."""
    return not any(name.startswith(("place.", "proposal.")) for name in typed)


def _usual(
    positions: list[organisation.PositionView],
    proposals: list[plans.UnderWay],
    heirs: list[AgencyView],
) -> dict[str, str]:
    """To the first heir, the same post; holders follow to posts that nobody holds."""
    if not heirs:
        return {}
    first = heirs[0].id
    held = plans.held_posts(database_session(), (first,), now().date())
    usual = {f"place.{one.id}": Place(first, one.post).key for one in positions}
    usual |= {f"follow.{one.id}": "yes" for one in positions if (first, one.post) not in held}
    return usual | {f"proposal.{one.proposal_id}": str(first) for one in proposals}


def _goals(
    positions: list[organisation.PositionView], heirs: list[AgencyView]
) -> list[tuple[str, str]]:
    """Every post of the heirs, and those of the agency that they would be given."""
    session, today = database_session(), now().date()
    offered = []
    for heir in heirs:
        own = {one.post: one.title for one in plans.positions(session, heir.id, today)}
        for post, title in own.items():
            offered.append((Place(heir.id, post).key, f"{heir.short_name}: {title}"))
        for one in positions:
            if one.post not in own:
                words = _("%(agency)s, new: %(title)s", agency=heir.short_name, title=one.title)
                offered.append((Place(heir.id, one.post).key, words))
    return offered
