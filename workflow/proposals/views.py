"""Proposals as they stand, for showing: with their case and the points on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow import timelines
from workflow.errors import NotFound
from workflow.models import Case, Decision, Point, Proposal, Snapshot


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal as it stands, with the case that carries it."""

    id: int
    case_id: int
    agency_id: int
    title: str
    revision: int
    receipt_number: str | None
    document: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    step: str
    outcome: str | None


def read(session: Session, proposal_id: int) -> ProposalView:
    """The proposal with its case, in one statement. Raises NotFound."""
    row = session.execute(
        select(
            Proposal.id,
            Case.id,
            Proposal.agency_id,
            Proposal.title,
            Proposal.revision,
            Proposal.receipt_number,
            Proposal.document,
            Proposal.created_at,
            Proposal.updated_at,
            Case.step,
            Case.outcome,
        )
        .join(Case, Case.proposal_id == Proposal.id)
        .where(Proposal.id == proposal_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"proposal {proposal_id}")
    return ProposalView(*row)


def as_submitted(session: Session, proposal: ProposalView) -> ProposalView:
    """The proposal as it was last submitted; one that never was has an empty document."""
    document = session.scalar(
        select(Snapshot.document)
        .where(Snapshot.case_id == proposal.case_id)
        .order_by(Snapshot.number.desc())
        .limit(1)
    )
    if document is None:
        return replace(proposal, document={})
    return replace(proposal, document=dict(document), title=document["title"])


def points(session: Session, case_id: int, person_id: int, now: datetime) -> list[Point]:
    """The numbered points of all returns that this person may know of, in order."""
    unheard = timelines.unheard(session, case_id, person_id, now)
    query = (
        select(Point)
        .join(Decision, Decision.id == Point.decision_id)
        .where(Point.case_id == case_id, Decision.version.not_in(unheard))
        .order_by(Point.number)
    )
    return list(session.scalars(query))
