"""Where an agency's proposals lie: who has each of them, since when, until when. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, func, or_, select
from sqlalchemy.orm import Session

from workflow.models import (
    Agency,
    AgencyName,
    Appointment,
    Case,
    Person,
    Position,
    Proposal,
    Task,
)
from workflow.models.case import TaskStatus
from workflow.organisation import valid_on

MOST_PROPOSALS = 200


@dataclass(frozen=True, slots=True)
class Holder:
    """A position that has a task of a case, and who sits there. Nobody: it is unattended."""

    path: str
    position: str
    agency: str
    people: tuple[str, ...]
    since: datetime
    due_at: datetime | None
    week: str
    """The working week of the position's agency, over which the due time was counted."""


@dataclass(frozen=True, slots=True)
class Ball:
    """A proposal of an agency and who has it now; nobody when it has an outcome."""

    proposal_id: int
    case_id: int
    title: str
    receipt_number: str | None
    agency_id: int
    agency: str
    step: str
    outcome: str | None
    moved_at: datetime
    holders: tuple[Holder, ...]


def where_is_the_ball(
    session: Session, agency_ids: Sequence[int], now: datetime, limit: int = MOST_PROPOSALS
) -> list[Ball]:
    """The agencies' proposals with who has them now, the running ones first, newest move first."""
    statement = (
        select(
            Proposal.id.label("proposal_id"),
            Case.id.label("case_id"),
            Proposal.title,
            Proposal.receipt_number,
            Proposal.agency_id,
            AgencyName.name.label("agency"),
            Case.step,
            Case.outcome,
            Case.moved_at,
            _holders(now.date()).label("holders"),
        )
        .join(Case, Case.proposal_id == Proposal.id)
        .join(AgencyName, owner_named(now.date()))
        .where(Case.agency_id.in_(agency_ids))
        .order_by(Case.outcome.is_not(None), Case.moved_at.desc(), Case.id)
        .limit(limit)
    )
    return [_ball(row) for row in session.execute(statement).mappings()]


def owner_named(day: date) -> ColumnElement[bool]:
    """The clause for the name that a proposal's agency has on a day."""
    return and_(
        AgencyName.agency_id == Proposal.agency_id,
        valid_on(day, AgencyName.valid_from, AgencyName.valid_until),
    )


def _holders(day: date) -> ColumnElement[Any]:
    people = (
        select(func.jsonb_agg(Person.name))
        .join(Appointment, Appointment.person_id == Person.id)
        .where(
            Appointment.position_id == Task.position_id,
            Person.is_active,
            valid_on(day, Appointment.starts_on, Appointment.ends_on),
            or_(Task.assignee_id.is_(None), Task.assignee_id == Person.id),
        )
        .correlate(Task)
        .scalar_subquery()
    )
    agency = (
        select(AgencyName.name)
        .where(
            AgencyName.agency_id == Position.agency_id,
            valid_on(day, AgencyName.valid_from, AgencyName.valid_until),
        )
        .correlate(Position)
        .scalar_subquery()
    )
    values = {
        "path": Task.path,
        "position": Position.title,
        "agency": agency,
        "people": people,
        "since": Task.opened_at,
        "due_at": Task.due_at,
        "week": Agency.week,
    }
    pairs = [part for pair in values.items() for part in pair]
    return (
        select(func.jsonb_agg(func.jsonb_build_object(*pairs)))
        .select_from(Task)
        .join(Position, Position.id == Task.position_id)
        .join(Agency, Agency.id == Position.agency_id)
        .where(Task.case_id == Case.id, Task.status == TaskStatus.OPEN)
        .correlate(Case)
        .scalar_subquery()
    )


def _holder(said: dict[str, Any]) -> Holder:
    return Holder(
        path=said["path"],
        position=said["position"],
        agency=said["agency"] or "",
        people=tuple(said["people"] or ()),
        since=datetime.fromisoformat(said["since"]),
        due_at=datetime.fromisoformat(said["due_at"]) if said["due_at"] else None,
        week=said["week"],
    )


def _ball(row: RowMapping) -> Ball:
    holders = tuple(_holder(said) for said in row["holders"] or ())
    values: dict[str, Any] = {**row, "holders": holders}
    return Ball(**values)
