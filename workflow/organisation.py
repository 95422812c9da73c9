"""Agencies, positions and appointments as they were on a day. Reads only; grants nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, Text, and_, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.orm import InstrumentedAttribute, Session

from workflow.errors import NotFound
from workflow.models import (
    Agency,
    AgencyFunction,
    AgencyName,
    Appointment,
    Person,
    Position,
)
from workflow.models.organisation import Capacity, title_on


@dataclass(frozen=True, slots=True)
class AgencyView:
    """An agency under the name, and with the functions, that it has on a day."""

    id: int
    code: str
    name: str
    short_name: str
    parent_id: int | None
    week: str
    functions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PositionView:
    """A post of an agency."""

    id: int
    agency_id: int
    post: str
    title: str
    superior_id: int | None
    places: int
    closed_on: date | None

    def is_open(self, day: date) -> bool:
        """Whether it is there on the day."""
        return self.closed_on is None or day <= self.closed_on


@dataclass(frozen=True, slots=True)
class AppointmentView:
    """Who holds which position, in what capacity, from when until when, on which letter."""

    id: int
    person_id: int
    person: str
    username: str
    position_id: int
    post: str
    title: str
    agency_id: int
    capacity: Capacity
    starts_on: date
    ends_on: date | None
    letter_number: str
    letter_date: date

    def holds(self, day: date) -> bool:
        """Whether the position is held on `day`; the last day counts."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


def valid_on(
    day: date,
    start: InstrumentedAttribute[date],
    end: InstrumentedAttribute[date | None],
) -> ColumnElement[bool]:
    """The clause for rows whose dates hold `day`; both ends count."""
    return and_(start <= day, or_(end.is_(None), end >= day))


def is_open(day: date) -> ColumnElement[bool]:
    """The clause for positions that are there on the day."""
    return or_(Position.closed_on.is_(None), Position.closed_on >= day)


def agencies(session: Session, on: date) -> list[AgencyView]:
    """All agencies that have a name on the day, parents before children, by name."""
    rows = session.execute(_agencies(on).order_by(Agency.parent_id.nulls_first(), AgencyName.name))
    return [_agency(row) for row in rows.mappings()]


def agency(session: Session, agency_id: int, on: date) -> AgencyView:
    """One agency. Raises NotFound when there is none, or none by a name on that day."""
    row = session.execute(_agencies(on).where(Agency.id == agency_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"agency {agency_id}")
    return _agency(row)


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


def _ever_held() -> ColumnElement[bool]:
    """The clause for names that hold on some day; one to come does not when its agency ends."""
    return or_(AgencyName.valid_until.is_(None), AgencyName.valid_until >= AgencyName.valid_from)


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


def by_code(session: Session, code: str) -> int | None:
    """The number of the agency of this code, or of the heir of one that is no more."""
    found = session.scalar(select(Agency.id).where(Agency.code == code))
    return None if found is None else last_heir(session, found)


def last_heir(session: Session, agency_id: int) -> int:
    """The agency itself, or of one that is no more the heir that is there."""
    while heir := session.scalar(select(Agency.followed_by_id).where(Agency.id == agency_id)):
        agency_id = heir
    return agency_id


def ended_on(session: Session, agency_id: int, today: date) -> date | None:
    """The last day of an agency that is no more; None of one that is there or still to come."""
    held = names(session, agency_id)
    until = held[0].valid_until if held else None
    return until if until is not None and until < today else None


def names(session: Session, agency_id: int) -> list[AgencyName]:
    """Every name that the agency has had or is to have, the last one first."""
    return list(
        session.scalars(
            select(AgencyName)
            .where(AgencyName.agency_id == agency_id, _ever_held())
            .order_by(AgencyName.valid_from.desc())
        )
    )


def positions(session: Session, day: date, agency_id: int | None = None) -> list[PositionView]:
    """The positions of one agency, or of all, under their titles of the day."""
    query = select(
        Position.id,
        Position.agency_id,
        Position.post,
        title_on(day),
        Position.superior_id,
        Position.places,
        Position.closed_on,
    ).order_by(Position.agency_id, Position.id)
    if agency_id is not None:
        query = query.where(Position.agency_id == agency_id)
    return [PositionView(*row) for row in session.execute(query)]


def appointments(
    session: Session,
    day: date,
    *,
    only_then: bool = False,
    people: Collection[int] | None = None,
    person_id: int | None = None,
    position_id: int | None = None,
    agency_id: int | None = None,
    appointment_id: int | None = None,
) -> list[AppointmentView]:
    """Appointments by any of these, newest first; with `only_then` those that hold on the day.

    `people` are the numbers of those whose appointments are asked for.

    Positions go by the titles of the day, or of the day nearest to it in the appointment.
    """
    query = _appointments(day)
    for column, value in (
        (Appointment.id, appointment_id),
        (Appointment.person_id, person_id),
        (Appointment.position_id, position_id),
        (Position.agency_id, agency_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if people is not None:
        query = query.where(Appointment.person_id.in_(people))
    if only_then:
        query = query.where(valid_on(day, Appointment.starts_on, Appointment.ends_on))
    return [_appointment(row) for row in session.execute(query).mappings()]


def appointment(session: Session, appointment_id: int, day: date) -> AppointmentView:
    """The appointment of that number. Raises NotFound."""
    found = appointments(session, day, appointment_id=appointment_id)
    if not found:
        raise NotFound(f"appointment {appointment_id}")
    return found[0]


def nearest(names: Iterable[str], wanted: str) -> str | None:
    """The name that is written most like `wanted`, if one is near enough to be meant."""
    by_folded = {name.casefold(): name for name in names}
    found = get_close_matches(wanted.casefold(), by_folded, n=1, cutoff=0.7)
    return by_folded[found[0]] if found else None


def _agencies(on: date) -> Select[*tuple[Any, ...]]:
    functions = func.array_agg(AgencyFunction.function, type_=ARRAY(Text))
    return (
        select(
            Agency.id,
            Agency.code,
            AgencyName.name,
            AgencyName.short_name,
            Agency.parent_id,
            Agency.week,
            functions.label("functions"),
        )
        .join(
            AgencyName,
            and_(
                AgencyName.agency_id == Agency.id,
                valid_on(on, AgencyName.valid_from, AgencyName.valid_until),
            ),
        )
        .outerjoin(
            AgencyFunction,
            and_(
                AgencyFunction.agency_id == Agency.id,
                valid_on(on, AgencyFunction.valid_from, AgencyFunction.valid_until),
            ),
        )
        .group_by(Agency.id, AgencyName.id)
    )


def _agency(row: RowMapping) -> AgencyView:
    functions = tuple(sorted(name for name in row["functions"] if name))
    return AgencyView(**{**row, "functions": functions})


def _appointment(row: RowMapping) -> AppointmentView:
    values: dict[str, Any] = {**row, "capacity": Capacity(row["capacity"])}
    return AppointmentView(**values)


def _appointments(day: date) -> Select[*tuple[Any, ...]]:
    last = func.coalesce(Appointment.ends_on, day)
    nearest_day = func.greatest(Appointment.starts_on, func.least(last, day))
    return (
        select(
            Appointment.id,
            Appointment.person_id,
            Person.name.label("person"),
            Person.username,
            Appointment.position_id,
            Position.post,
            title_on(nearest_day).label("title"),
            Position.agency_id,
            Appointment.capacity,
            Appointment.starts_on,
            Appointment.ends_on,
            Appointment.letter_number,
            Appointment.letter_date,
        )
        .join(Person, Person.id == Appointment.person_id)
        .join(Position, Position.id == Appointment.position_id)
        .order_by(Appointment.starts_on.desc(), Appointment.id)
    )
