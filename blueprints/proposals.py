"""Proposals: the list, a new one, and the form that is saved as often as wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm

from blueprints import proposal_editing, proposal_words
from blueprints.access import access, signed_in
from blueprints.amounts import write_figure
from blueprints.definition_words import name_of
from blueprints.digits import whole
from blueprints.edge import database_session, now
from blueprints.labels import capacity
from blueprints.proposal_fields import LineField
from blueprints.proposal_form import ProposalForm
from blueprints.proposal_words import FIELDS
from blueprints.words import problem as problem_in_words
from workflow import definitions, permissions, proposals
from workflow.errors import Conflict, Invalid
from workflow.permissions import Permission
from workflow.proposals import answers, register
from workflow.proposals.register import State

blueprint = Blueprint("proposals", __name__, url_prefix="/proposals")
blueprint.add_app_template_filter(write_figure, "figure")

STATES: Mapping[str, object] = {
    "": _l("All states"),
    State.DRAFT: _l("Drafts"),
    State.RUNNING: _l("Under way"),
    State.APPROVED: _l("Approved"),
    State.REJECTED: _l("Rejected"),
    State.ENDED: _l("Ended"),
}


class NewForm(FlaskForm):
    """What a proposal begins with."""

    title = LineField(
        FIELDS["title"], description=_l("What is done, and for whom. 10 to 200 characters.")
    )

    def all_errors(self) -> list[tuple[str, str]]:
        """Every complaint with the name of its box."""
        return [(field.name, str(words)) for field in self for words in field.errors]


@blueprint.get("/")
@signed_in
def index() -> ResponseReturnValue:
    """All proposals that the reader may know of, page by page."""
    search, chosen = request.args.get("q", "").strip()[:200], request.args.get("state", "")
    state = State(chosen) if chosen in set(State) else None
    after = request.args.get("after", type=int)
    page = register.page(
        database_session(), current_user.id, now(), search=search, state=state, after=after
    )
    kept: dict[str, Any] = {
        name: value for name, value in (("q", search), ("state", state)) if value
    }
    first = url_for(".index", **kept)
    further = url_for(".index", **kept, after=page.next_cursor) if page.next_cursor else None
    return render_template(
        "proposals/index.html",
        page=page,
        search=search,
        chosen_state=state or "",
        states=STATES.items(),
        may_create=bool(_drafting()),
        next_page=further,
        first_page=first if after else None,
    )


@blueprint.get("/new")
@access(Permission.CREATE_PROPOSAL)
def new() -> ResponseReturnValue:
    """The page on which a proposal begins."""
    return _new_page(NewForm())


@blueprint.post("/")
@access(Permission.CREATE_PROPOSAL)
def create() -> ResponseReturnValue:
    """Begin a proposal with its title, on behalf of one's agency."""
    form = NewForm()
    actor = _drafting().get(request.form.get("appointment_id", type=int) or 0)
    if not form.title.data:
        form.title.errors = [_("Give it a title.")]
        return _new_page(form), 422
    if actor is None:
        form.title.errors = [_("You hold no position that may begin a proposal there.")]
        return _new_page(form), 422
    try:
        proposal = proposals.create(
            database_session(),
            actor.agency_id,
            form.title.data,
            person_id=current_user.id,
            appointment_id=actor.appointment_id,
            now=now(),
            workflow=request.form.get("workflow"),
        )
    except Invalid as error:
        form.title.errors = [problem_in_words(problem) for problem in error.problems]
        return _new_page(form), 422
    flash(_("The proposal is begun. It can be saved at any time."), "done")
    return redirect(url_for(".edit", proposal_id=proposal.id), 303)


@blueprint.get("/<int:proposal_id>")
@access(Permission.VIEW_PROPOSAL, "proposal_id")
def show(proposal_id: int) -> ResponseReturnValue:
    """A proposal is read on the page of its case."""
    held = proposals.read(database_session(), proposal_id)
    return redirect(url_for("cases.show", case_id=held.case_id), 303)


@blueprint.get("/<int:proposal_id>/edit")
@access(Permission.EDIT_PROPOSAL, "proposal_id")
def edit(proposal_id: int) -> ResponseReturnValue:
    """The form, as the proposal was last saved."""
    held = proposals.read(database_session(), proposal_id)
    form = ProposalForm.of_document(held.document, held.revision)
    return proposal_editing.page(held, form)


@blueprint.post("/<int:proposal_id>/edit")
@access(Permission.EDIT_PROPOSAL, "proposal_id")
def save(proposal_id: int) -> ResponseReturnValue:
    """Save what was typed, complete or not; or only add or take out a row."""
    form = ProposalForm()
    session = database_session()
    held = proposals.read(session, proposal_id)
    if "add" in request.form or "remove" in request.form:
        form.add_row(request.form.get("add", ""))
        form.remove_row(request.form.get("remove", ""))
        return proposal_editing.page(held, form)
    if not form.validate():
        return proposal_editing.page(held, form), 422
    try:
        with session.begin_nested():
            _keep(held, form)
    except Invalid as error:
        form.place(error.problems)
        return proposal_editing.page(held, form), 422
    except Conflict as error:
        latest = proposals.read(session, proposal_id)
        return proposal_editing.page(latest, form, conflict=error), 409
    flash(_("Saved."), "done")
    return redirect(url_for(".edit", proposal_id=proposal_id), 303)


def _keep(held: proposals.ProposalView, form: ProposalForm) -> None:
    """Save the document, and the answers to points that stand beside it."""
    acting = current_user.acting
    whose: dict[str, Any] = {
        "person_id": current_user.id,
        "appointment_id": acting.appointment_id if acting else None,
        "now": now(),
    }
    session = database_session()
    answers.keep(session, held.case_id, proposal_editing.typed_answers(), **whose)
    seen = whole(form.revision.data) or 0
    proposals.save(session, held.id, form.document(), revision=seen, **whose)


def _drafting() -> dict[int, permissions.Actor]:
    """The appointments in which the reader may begin a proposal."""
    return {
        actor.appointment_id: actor
        for actor in current_user.appointments
        if actor.post in permissions.DRAFTING_POSTS
    }


def _new_page(form: NewForm) -> str:
    drafting = _drafting()
    return render_template(
        "proposals/new.html",
        form=form,
        drafting=[(id_, capacity(actor.capacity, actor.title)) for id_, actor in drafting.items()],
        appointment_id=request.form.get("appointment_id", type=int),
        workflows=[
            (version.key, name_of(version))
            for version in definitions.to_start_on(database_session(), proposals.SUBJECT)
        ],
        workflow=request.form.get("workflow"),
        words=proposal_words,
    )
