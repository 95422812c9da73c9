"""Whom to tell: people by what they hold on a day. Asked when a message is written, not before.

Knows nothing of messages.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from workflow import engine, parties, permissions
from workflow.cases import OpenTask
from workflow.models import AgencyFunction, Appointment, Person, Position
from workflow.organisation import valid_on

OWNERS = ("operator", "head")
"""The posts of an owning agency that are told what becomes of its proposals."""

STANDING_IN = ("assistant", "head")
"""The posts of a function's agency that an escalation goes to: the first of them that exists."""


def holders(
    session: Session, case_id: int, tasks: Iterable[OpenTask], now: datetime
) -> list[list[int]]:
    """For each task of a case the people who can do it, as everywhere else."""
    found = {
        (one.path, one.visit, one.seat): [person.person_id for person in one.people]
        for one in engine.holders(session, case_id, now)
    }
    return [found.get((task.path, task.visit, task.seat), []) for task in tasks]


def owners(session: Session, agency_id: int, day: date) -> list[int]:
    """The people of the owning agency who follow its proposals."""
    of_agency = select(Position.id).where(
        Position.agency_id == agency_id, Position.post.in_(OWNERS)
    )
    return _people(session, of_agency, day)


def administrators(session: Session) -> list[int]:
    """The people who put the city's appointments in order."""
    query = select(Person.id).where(Person.is_administrator, Person.is_active).order_by(Person.id)
    return list(session.scalars(query))


def secretaries(session: Session, agency_id: int, day: date) -> list[int]:
    """The people who enter the appointments of an agency."""
    post = select(Position.id).where(
        Position.agency_id == agency_id, Position.post == permissions.APPOINTING_POST
    )
    return _people(session, post, day)


def leaders(session: Session, agency_id: int, day: date) -> list[int]:
    """Who heads an agency or enters its appointments, also while somebody else stands in."""
    query = (
        select(Appointment.person_id)
        .join(Position, Position.id == Appointment.position_id)
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Position.agency_id == agency_id,
            Position.post.in_(("head", permissions.APPOINTING_POST)),
            valid_on(day, Appointment.starts_on, Appointment.ends_on),
            Person.is_active,
        )
    )
    return sorted(set(session.scalars(query)))


def of_position(session: Session, position_id: int, day: date) -> list[int]:
    """The people who hold a position."""
    return _people(session, select(Position.id).where(Position.id == position_id), day)


def above(
    session: Session, task: OpenTask, to: str, day: date, post: str | None = None
) -> list[int]:
    """Whom a late task is shown to: the position's superior or acting officer, its agency's head,
    or a function: a post of it, or the first of STANDING_IN that somebody holds.
    """
    if to == "superior":
        superior = select(Position.superior_id).where(Position.id == task.position_id)
        return _people(session, superior, day)
    if to == "head":
        head = select(Position.id).where(
            Position.agency_id == task.agency_id, Position.post == "head"
        )
        return _people(session, head, day)
    if to == "acting":
        held = parties.holdings(session, [task.position_id], day)[task.position_id]
        return [one.person_id for one in held if one.capacity.is_acting]
    for one in (post,) if post is not None else STANDING_IN:
        if people := _people(session, _of_function(to, one, day), day):
            return people
    return []


def _of_function(function: str, post: str, day: date) -> Select[int]:
    return (
        select(Position.id)
        .join(AgencyFunction, AgencyFunction.agency_id == Position.agency_id)
        .where(
            AgencyFunction.function == function,
            valid_on(day, AgencyFunction.valid_from, AgencyFunction.valid_until),
            Position.post == post,
        )
    )


def _people(session: Session, positions: Select[int] | Select[int | None], day: date) -> list[int]:
    ids = [position_id for position_id in session.scalars(positions) if position_id is not None]
    held = parties.holdings(session, ids, day)
    return sorted({holding.person_id for people in held.values() for holding in people})
