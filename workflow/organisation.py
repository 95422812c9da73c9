"""Agencies, positions and appointments as they were on a day. Reads only; grants nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, Text, and_, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
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
