"""Agencies through the years: the names they had and are to have, their last day, and their heirs.

Reads only. What an agency is on one day is in `organisation`.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from workflow.errors import NotFound
from workflow.models import Agency, AgencyName
from workflow.organisation import valid_on


def names(session: Session, agency_id: int) -> list[AgencyName]:
    """Every name that the agency has had or is to have, the last one first."""
    return list(
        session.scalars(
            select(AgencyName)
            .where(AgencyName.agency_id == agency_id, _ever_held())
            .order_by(AgencyName.valid_from.desc())
        )
    )


def names_by_code(session: Session, day: date) -> dict[str, str]:
    """What every agency is called on the day, by code; the last name of those that are no more."""
    query = (
        select(Agency.code, AgencyName.name)
        .join(AgencyName, AgencyName.agency_id == Agency.id)
        .where(
            AgencyName.valid_from <= day,
            _ever_held(),
        )
        .order_by(AgencyName.valid_from)
    )
    return {row.code: row.name for row in session.execute(query)}


def elsewhen(session: Session, on: date) -> list[AgencyName]:
    """The agencies that are no more, or are still to come: each by its last name."""
    return list(
        session.scalars(
            select(AgencyName)
            .where(
                _ever_held(),
                AgencyName.agency_id.not_in(
                    select(AgencyName.agency_id).where(
                        valid_on(on, AgencyName.valid_from, AgencyName.valid_until)
                    )
                ),
            )
            .ext(distinct_on(AgencyName.agency_id))
            .order_by(AgencyName.agency_id, AgencyName.valid_from.desc())
        )
    )


def day_of(session: Session, agency_id: int, day: date) -> date:
    """The day itself, or the nearest one on which the agency has a name. Raises NotFound."""
    held = names(session, agency_id)
    if not held:
        raise NotFound(f"agency {agency_id}")
    before = [name for name in held if name.valid_from <= day]
    name = before[0] if before else held[-1]
    if name.valid_until is not None and name.valid_until < day:
        return max(name.valid_until, name.valid_from)
    return max(name.valid_from, day)


def ended_on(session: Session, agency_id: int, today: date) -> date | None:
    """The last day of an agency that is no more; None of one that is there or still to come."""
    held = names(session, agency_id)
    until = held[0].valid_until if held else None
    return until if until is not None and until < today else None


def by_code(session: Session, code: str) -> int | None:
    """The number of the agency of this code, or of the heir of one that is no more."""
    found = session.scalar(select(Agency.id).where(Agency.code == code))
    return None if found is None else last_heir(session, found)


def last_heir(session: Session, agency_id: int) -> int:
    """The agency itself, or of one that is no more the heir that is there."""
    while heir := session.scalar(select(Agency.followed_by_id).where(Agency.id == agency_id)):
        agency_id = heir
    return agency_id


def _ever_held() -> ColumnElement[bool]:
    """The clause for names that hold on some day; one to come does not when its agency ends."""
    return or_(AgencyName.valid_until.is_(None), AgencyName.valid_until >= AgencyName.valid_from)
