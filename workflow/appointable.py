"""Who may be appointed to what, and by whom: the positions and people that a form offers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from workflow import permissions
from workflow.models import Person, Position
from workflow.models.organisation import title_on
from workflow.organisation import is_open


@dataclass(frozen=True, slots=True)
class Choice:
    """A position or a person that may be chosen, by number and in words."""

    id: int
    words: str
    agency_id: int | None = None


def agencies(session: Session, by: int, now: datetime) -> frozenset[int] | None:
    """The agencies whose appointments the person looks after; None for all of them."""
    who = permissions.credentials(session, by, now)
    return frozenset() if who is None else permissions.appointing_agencies(session, who, now)


def positions(session: Session, by: int, now: datetime) -> list[Choice]:
    """The positions to which the person may appoint somebody."""
    query = (
        select(Position.id, title_on(now.date()), Position.agency_id)
        .where(is_open(now.date()))
        .order_by(Position.agency_id, Position.id)
    )
    agency_ids = agencies(session, by, now)
    if agency_ids is not None:
        query = query.where(Position.agency_id.in_(agency_ids))
    rows = session.execute(query)
    return [Choice(*row) for row in rows]


def people(session: Session, by: int) -> list[Choice]:
    """Everybody who can be appointed by this person: active, no administrator, not oneself."""
    query = select(Person.id, Person.name, Person.username).where(open_to(by))
    rows = session.execute(query.order_by(Person.name, Person.username))
    return [Choice(row.id, f"{row.name} ({row.username})") for row in rows]


def open_to(by: int) -> ColumnElement[bool]:
    """The clause for people whom this person may appoint."""
    return and_(Person.is_active, ~Person.is_administrator, Person.id != by)
