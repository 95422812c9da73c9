"""Cases: the page, the decision, its receipt, why a day is due, and what was submitted."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints import case_page, due_words, foreseeing, proposal_words
from blueprints.access import access
from blueprints.decision_form import DecisionForm
from blueprints.digits import whole
from blueprints.edge import database_session, now
from blueprints.labels import capacity, done
from workflow import dossier, engine, forecast, receipts
from workflow.errors import Conflict, Invalid, Refused
from workflow.permissions import Permission

blueprint = Blueprint("cases", __name__, url_prefix="/cases")


@blueprint.get("/<int:case_id>")
@access(Permission.VIEW_CASE, "case_id")
def show(case_id: int) -> ResponseReturnValue:
    """The case: who has it, the proposal, what may be done, and what has happened."""
    return case_page.page(case_id)


@blueprint.post("/<int:case_id>/actions")
@access(Permission.DECIDE, "case_id")
def act(case_id: int) -> ResponseReturnValue:
    """Decide, and show the receipt; or only add or take out a row of the form."""
    form = g.form = DecisionForm()
    if "add" in request.form or "remove" in request.form:
        form.change_rows(request.form.get("add"), request.form.get("remove"))
        return case_page.page(case_id, typed=form)
    panel = case_page.panel_of(case_id, form)
    data = form.data_given()
    problems = [] if panel is None else panel.problems(data)
    if problems or not form.validate():
        raise Invalid(*problems)
    made = engine.act(
        database_session(),
        case_id,
        form.action.data or "",
        person_id=current_user.id,
        appointment_id=None if panel is None else panel.offer.appointment_id,
        request_id=form.request_id.data or "",
        seen_version=whole(form.version.data),
        now=now(),
        track=form.track.data or "",
        data=data,
    )
    return redirect(url_for(".receipt", case_id=case_id, version=made.version), 303)


@blueprint.errorhandler(Invalid)
def _invalid(error: Invalid) -> ResponseReturnValue:
    """The page again, with each problem beside its box and nothing lost."""
    g.form.place(error.problems)
    return case_page.page(_case_id(), typed=g.form), 422


@blueprint.errorhandler(Conflict)
def _overtaken(error: Conflict) -> ResponseReturnValue:
    """The case as it stands now, with who was quicker, and what was typed."""
    return case_page.page(_case_id(), typed=g.form, refused=error), 409


@blueprint.errorhandler(Refused)
def _refused(error: Refused) -> ResponseReturnValue:
    """The page again, with every rule that stands in the way."""
    is_unfinished = all(reason.code == "needs_missing" for reason in error.reasons)
    return case_page.page(_case_id(), typed=g.form, refused=error), 422 if is_unfinished else 403


@blueprint.get("/<int:case_id>/decisions/<int:version>")
@access(Permission.VIEW_CASE, "case_id")
def receipt(case_id: int, version: int) -> ResponseReturnValue:
    """What was decided, as whom, when, and what follows. Shown to whoever decided it."""
    session = database_session()
    entry = receipts.of(session, case_id, version, current_user.id)
    payload = entry.payload
    return render_template(
        "cases/receipt.html",
        papers=case_page.papers_of(case_id),
        holders=engine.holders(session, case_id, now()),
        made={**payload, "at": entry.at, "seq": entry.seq, "hash": entry.hash}
        | {"receipt": (payload.get("snapshot") or {}).get("receipt")},
        action=done(payload["action"]),
        acting_as=capacity(payload["capacity"], payload["position"]),
    )


@blueprint.get("/<int:case_id>/due/<path>/<int:visit>/<int:seat>")
@access(Permission.VIEW_CASE, "case_id")
def due(case_id: int, path: str, visit: int, seat: int) -> ResponseReturnValue:
    """Why a task is due on its day: every day, counted or not, and why."""
    session = database_session()
    found = dossier.explained(session, case_id, path, visit, seat, now())
    opened_at, due_at, explained, title = found
    return render_template(
        "cases/due.html",
        papers=case_page.papers_of(case_id),
        path=path,
        opened_at=opened_at,
        due_at=due_at,
        explained=explained,
        title=title,
        parts=due_words.parts(explained),
        edition=due_words.edition(explained),
    )


@blueprint.get("/<int:case_id>/forecast")
@access(Permission.VIEW_CASE, "case_id")
def foresee(case_id: int) -> ResponseReturnValue:
    """What happens to the case by itself in the next days, if nobody acts."""
    session = database_session()
    papers = case_page.papers_of(case_id)
    found = forecast.of_case(session, case_id, now())
    return render_template(
        "cases/forecast.html",
        papers=papers,
        coming=foreseeing.tell(found, {}),
        days=forecast.DAYS,
    )


@blueprint.get("/<int:case_id>/snapshots/<int:number>")
@access(Permission.VIEW_CASE, "case_id")
def snapshot(case_id: int, number: int) -> ResponseReturnValue:
    """The proposal as it was submitted."""
    session = database_session()
    note, stored, taken_by = dossier.snapshot(session, case_id, number)
    return render_template(
        "cases/snapshot.html",
        papers=case_page.papers_of(case_id),
        note=note,
        stored=stored,
        taken_by=taken_by,
        agency_names=case_page.agency_names(stored, note.taken_at),
        words=proposal_words,
    )


def _case_id() -> int:
    return int((request.view_args or {})["case_id"])
