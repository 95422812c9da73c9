"""What somebody should look after: counted and listed for administrators. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from workflow.models import (
    Appointment,
    CalendarYear,
    Case,
    KeptMail,
    OutboxMessage,
    Person,
    Position,
    Proposal,
    Task,
    Timer,
)
from workflow.models.case import TaskStatus, TimerStatus
from workflow.models.organisation import Capacity
from workflow.organisation import valid_on

SOON = timedelta(days=14)
"""How long before its end an acting appointment is worth a look."""


@dataclass(frozen=True, slots=True)
class Ending:
    """An appointment that ends soon."""

    person: str
    title: str
    capacity: Capacity
    ends_on: date


@dataclass(frozen=True, slots=True)
class Unattended:
    """A position that has open work and nobody to do it."""

    position_id: int
    title: str
    open_tasks: int


@dataclass(frozen=True, slots=True)
class FailingTimer:
    """A timer that could not be fired and is tried again, with the case that waits for it."""

    case_id: int
    title: str
    path: str
    kind: str
    due_at: datetime
    failures: int
    error: str
    retry_at: datetime


@dataclass(frozen=True, slots=True)
class Attention:
    """Everything that waits for an administrator."""

    unattended: tuple[Unattended, ...]
    failing_timers: tuple[FailingTimer, ...]
    ending: tuple[Ending, ...]
    parked_messages: int
    unconfirmed_years: tuple[int, ...]

    @property
    def is_needed(self) -> bool:
        """Whether anything waits at all."""
        return bool(
            self.unattended
            or self.failing_timers
            or self.ending
            or self.parked_messages
            or self.unconfirmed_years
        )


def attention(session: Session, now: datetime) -> Attention:
    """What an administrator should look after today."""
    parked = select(func.count()).where(OutboxMessage.dead_at.is_not(None))
    years = (
        select(CalendarYear.year)
        .where(CalendarYear.confirmed_at.is_(None), CalendarYear.year >= now.year)
        .order_by(CalendarYear.year)
    )
    return Attention(
        unattended=unattended(session, now),
        failing_timers=failing_timers(session),
        ending=ending(session, now),
        parked_messages=session.scalar(parked) or 0,
        unconfirmed_years=tuple(session.scalars(years)),
    )


def unattended(session: Session, now: datetime) -> tuple[Unattended, ...]:
    """Positions with open tasks that no active person holds today, the most tasks first."""
    held = (
        select(Appointment.id)
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Appointment.position_id == Position.id,
            valid_on(now.date(), Appointment.starts_on, Appointment.ends_on),
            Person.is_active,
        )
    )
    count = func.count(Task.id)
    query = (
        select(Position.id, Position.title, count)
        .join(Task, Task.position_id == Position.id)
        .where(Task.status == TaskStatus.OPEN, ~held.exists())
        .group_by(Position.id)
        .order_by(count.desc(), Position.id)
    )
    return tuple(Unattended(*row) for row in session.execute(query))


def failing_timers(session: Session, limit: int = 20) -> tuple[FailingTimer, ...]:
    """Timers that could not be fired, the longest due first."""
    retry_at = cast("InstrumentedAttribute[datetime]", Timer.retry_at)
    query = (
        select(
            Timer.case_id,
            Proposal.title,
            Timer.path,
            Timer.kind,
            Timer.due_at,
            Timer.failures,
            func.coalesce(Timer.error, ""),
            retry_at,
        )
        .join(Case, Case.id == Timer.case_id)
        .join(Proposal, Proposal.id == Case.proposal_id)
        .where(Timer.status == TimerStatus.WAITING, Timer.failures > 0)
        .order_by(Timer.due_at, Timer.id)
        .limit(limit)
    )
    return tuple(FailingTimer(*row) for row in session.execute(query))


def ending(session: Session, now: datetime) -> tuple[Ending, ...]:
    """Acting appointments that end within two weeks, the nearest first."""
    ends_on = cast("InstrumentedAttribute[date]", Appointment.ends_on)
    query = (
        select(Person.name, Position.title, Appointment.capacity, ends_on)
        .join(Person, Person.id == Appointment.person_id)
        .join(Position, Position.id == Appointment.position_id)
        .where(
            Appointment.starts_on <= now.date(),
            ends_on.between(now.date(), (now + SOON).date()),
        )
        .order_by(ends_on, Position.title)
    )
    return tuple(
        Ending(name, title, Capacity(capacity), ends_on)
        for name, title, capacity, ends_on in session.execute(query)
    )


def parked_messages(session: Session, limit: int = 100) -> list[OutboxMessage]:
    """Messages that were given up after too many attempts, the newest first."""
    query = select(OutboxMessage).where(OutboxMessage.dead_at.is_not(None))
    return list(session.scalars(query.order_by(OutboxMessage.dead_at.desc()).limit(limit)))


def kept_mails(session: Session, *, before: int | None = None, limit: int = 50) -> list[KeptMail]:
    """Mails kept instead of sent, the newest first; with `before`, those older than that id."""
    query = select(KeptMail).order_by(KeptMail.id.desc()).limit(limit)
    if before is not None:
        query = query.where(KeptMail.id < before)
    return list(session.scalars(query))


def kept_mail(session: Session, mail_id: int) -> KeptMail | None:
    """One kept mail, if there is one by that number."""
    return session.get(KeptMail, mail_id)
