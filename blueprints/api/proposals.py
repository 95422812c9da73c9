"""Proposals for scripts: create, read, change. Submitting is an action of the case."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_login import current_user
from pydantic import Field

from blueprints import words
from blueprints.access import access
from blueprints.api.reading import Strict, body, idempotency_key
from blueprints.api.root import blueprint
from blueprints.edge import database_session, now
from workflow import permissions, proposals
from workflow.permissions import Permission


class NewProposal(Strict):
    """A title, the agency by its code, and as much of the document as is known.

    `workflow` is the key of one that is offered; without it, it is the usual one.
    """

    agency: str
    title: str
    workflow: str | None = None
    document: dict[str, Any] = Field(default_factory=dict)


class Change(Strict):
    """The revision that was read, and the fields of the document that change."""

    revision: int
    document: dict[str, Any]


@blueprint.post("/proposals")
@access(Permission.CREATE_PROPOSAL)
def create_proposal() -> tuple[dict[str, object], int, dict[str, str]]:
    """Start a draft and its case; the same Idempotency-Key gives the same proposal."""
    wanted = body(NewProposal)
    proposal_id = proposals.create_once(
        database_session(),
        agency_code=wanted.agency,
        title=wanted.title,
        document=wanted.document,
        workflow=wanted.workflow,
        person_id=current_user.id,
        key=idempotency_key(),
        now=now(),
    )
    address = url_for("api.show_proposal", proposal_id=proposal_id)
    return _shown(proposal_id), 201, {"Location": address}


@blueprint.get("/proposals/<int:proposal_id>")
@access(Permission.VIEW_PROPOSAL, "proposal_id")
def show_proposal(proposal_id: int) -> dict[str, object]:
    """The document, its revision, and what it still lacks for submission."""
    return _shown(proposal_id)


@blueprint.patch("/proposals/<int:proposal_id>")
@access(Permission.EDIT_PROPOSAL, "proposal_id")
def change_proposal(proposal_id: int) -> dict[str, object]:
    """Replace the named fields, if nobody has changed the revision that was read."""
    wanted = body(Change)
    session = database_session()
    present = proposals.read(session, proposal_id)
    proposals.save(
        session,
        proposal_id,
        {**present.document, **wanted.document},
        person_id=current_user.id,
        revision=wanted.revision,
        now=now(),
    )
    return _shown(proposal_id)


def _shown(proposal_id: int) -> dict[str, object]:
    """A proposal as scripts see it: what was submitted, to all but those who may write in it."""
    session = database_session()
    proposal = proposals.read(session, proposal_id)
    writes = Permission.EDIT_PROPOSAL
    if not permissions.may(session, current_user.id, writes, now(), proposal_id=proposal_id):
        proposal = proposals.as_submitted(session, proposal)
    missing = proposals.gaps(proposals.parse(proposal.document))
    return {
        "id": proposal.id,
        "case_id": proposal.case_id,
        "agency_id": proposal.agency_id,
        "title": proposal.title,
        "revision": proposal.revision,
        "receipt_number": proposal.receipt_number,
        "document": proposal.document,
        "gaps": [
            {"field": gap.field, "code": gap.code, "text": words.problem(gap)} for gap in missing
        ],
    }
