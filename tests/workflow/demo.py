"""Who and what is what in the demo city, by the names that people use."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.models import Agency, Case, Person, Proposal


def person_id(session: Session, username: str) -> int:
    """The number of somebody of the demo."""
    return session.scalars(select(Person.id).where(Person.username == username)).one()


def agency_id(session: Session, code: str) -> int:
    """The number of an agency of the demo."""
    return session.scalars(select(Agency.id).where(Agency.code == code)).one()


def case_of(session: Session, code: str) -> Case:
    """The case of the first proposal that the demo holds for an agency."""
    query = select(Case).where(Case.agency_id == agency_id(session, code)).order_by(Case.id)
    return session.scalars(query.limit(1)).one()


def case_titled(session: Session, title: str) -> Case:
    """The case of the proposal with this title."""
    query = select(Case).join(Proposal, Proposal.id == Case.proposal_id)
    return session.scalars(query.where(Proposal.title == title)).one()
