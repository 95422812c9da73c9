"""Whose a task is, as clauses for lists: anybody's at its position, or its assignee's in office.

A task that was given to somebody goes back to all holders of its position when that person no
longer holds it, is inactive or absent, or administers. What else may bar somebody from one case
stands in `eligibility`, which weighs people one by one; `might_be_barred` says whom to weigh.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, Text, and_, any_, cast, func, or_, select

from workflow import absences
from workflow.models import Appointment, Case, Person, Position, Task


def is_for(person_id: int, day: date) -> ColumnElement[bool]:
    """The clause for tasks that are not somebody else's, among those of the person's positions."""
    return or_(
        Task.assignee_id.is_(None), Task.assignee_id == person_id, ~is_assignee_in_office(day)
    )


def is_others(person_id: int, day: date) -> ColumnElement[bool]:
    """The clause for tasks that somebody else has taken or was given."""
    return and_(Task.assignee_id != person_id, is_assignee_in_office(day))


def is_anybodys(day: date) -> ColumnElement[bool]:
    """The clause for tasks that nobody in particular has."""
    return or_(Task.assignee_id.is_(None), ~is_assignee_in_office(day))


def is_assignee_in_office(day: date) -> ColumnElement[bool]:
    """The clause for tasks whose assignee can still work for the position on the day."""
    held = (
        select(Appointment.id)
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Appointment.position_id == Task.position_id,
            Appointment.person_id == Task.assignee_id,
            Appointment.starts_on <= day,
            or_(Appointment.ends_on.is_(None), Appointment.ends_on >= day),
            Person.is_active,
            ~Person.is_administrator,
            absences.is_present(day),
        )
        .correlate(Task)
    )
    return held.exists()


def might_be_barred(day: date) -> ColumnElement[bool]:
    """The clause for tasks whose assignee has worn another hat, or sits in the owner's line."""
    sits = (
        select(Appointment.id)
        .join(Position, Position.id == Appointment.position_id)
        .where(
            Appointment.person_id == Task.assignee_id,
            Appointment.starts_on <= day,
            or_(Appointment.ends_on.is_(None), Appointment.ends_on >= day),
            Position.agency_id == any_(Case.owner_line),
        )
        .correlate(Task, Case)
    )
    wore = Case.hats[cast(Task.assignee_id, Text)] != func.jsonb_build_array(Task.party)
    suspect = select(Case.id).where(Case.id == Task.case_id, or_(wore, sits.exists()))
    return suspect.correlate(Task).exists()
