"""How the installation is doing: what waits and for how long, and which workers are alive.

The same figures serve Prometheus and the administrators' page. Counts everything, names nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workflow import due_timers
from workflow.models import (
    Agency,
    AgencyName,
    OutboxMessage,
    Position,
    Task,
    WorkerProcess,
)
from workflow.models.case import TaskStatus
from workflow.organisation import valid_on

SECONDS_BETWEEN_SIGNS = 10.0
"""How often a worker says that it lives."""

GONE_AFTER = timedelta(seconds=60)
"""A worker that has not been heard of for so long is no longer counted."""

FORGOTTEN_AFTER = timedelta(days=1)
LATE_AFTER = timedelta(seconds=30)
"""A timer is late when its moment was so long ago: several rounds of every worker have passed."""

LATELY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Load:
    """The open tasks of one agency's positions, and how many of them are past their due time."""

    agency: str
    name: str
    open_tasks: int
    late_tasks: int


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Messages of one kind: delivered within the last hour, waiting, failing, and given up.

    Failing ones wait too, for another attempt.
    """

    kind: str
    delivered: int
    waiting: int
    failing: int
    parked: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The state of the installation at one moment."""

    loads: tuple[Load, ...]
    deliveries: tuple[Deliveries, ...]
    oldest_message: timedelta
    """For how long the oldest message that could be delivered has been waiting; zero without."""
    timers_late: int
    workers: tuple[WorkerProcess, ...]

    @property
    def open_tasks(self) -> int:
        """The open tasks of all agencies."""
        return sum(load.open_tasks for load in self.loads)

    @property
    def late_tasks(self) -> int:
        """How many of them are past their due time."""
        return sum(load.late_tasks for load in self.loads)

    @property
    def waiting(self) -> int:
        """Messages on their way, of all kinds."""
        return sum(kind.waiting for kind in self.deliveries)

    @property
    def parked(self) -> int:
        """Messages given up, of all kinds."""
        return sum(kind.parked for kind in self.deliveries)


def figures(session: Session, now: datetime) -> Figures:
    """Count everything that an operator watches, in five statements."""
    return Figures(
        loads=_loads(session, now),
        deliveries=_deliveries(session, now),
        oldest_message=_oldest_message(session, now),
        timers_late=_timers_late(session, now),
        workers=workers(session, now),
    )


def report_alive(session: Session, name: str, started_at: datetime, now: datetime) -> None:
    """Note that a worker lives, and forget those that have been silent for a day."""
    alive = {"name": name, "started_at": started_at, "alive_at": now}
    statement = insert(_workers).values(alive)
    session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=alive))
    session.execute(delete(_workers).where(_workers.c.alive_at < now - FORGOTTEN_AFTER))


def workers(session: Session, now: datetime) -> tuple[WorkerProcess, ...]:
    """The workers that were heard of within the last minute, by name."""
    query = select(WorkerProcess).where(WorkerProcess.alive_at > now - GONE_AFTER)
    return tuple(session.scalars(query.order_by(WorkerProcess.name)))


def _loads(session: Session, now: datetime) -> tuple[Load, ...]:
    late = func.count().filter(Task.due_at < now)
    query = (
        select(
            Agency.code,
            func.coalesce(func.max(AgencyName.short_name), Agency.code),
            func.count(),
            late,
        )
        .select_from(Task)
        .join(Position, Position.id == Task.position_id)
        .join(Agency, Agency.id == Position.agency_id)
        .outerjoin(
            AgencyName,
            (AgencyName.agency_id == Agency.id)
            & valid_on(now.date(), AgencyName.valid_from, AgencyName.valid_until),
        )
        .where(Task.status == TaskStatus.OPEN)
        .group_by(Agency.code)
        .order_by(late.desc(), func.count().desc(), Agency.code)
    )
    return tuple(Load(*row) for row in session.execute(query))


def _deliveries(session: Session, now: datetime) -> tuple[Deliveries, ...]:
    message = OutboxMessage
    is_open = message.done_at.is_(None) & message.dead_at.is_(None)
    query = (
        select(
            message.kind,
            func.count().filter(message.done_at.is_not(None)),
            func.count().filter(is_open),
            func.count().filter(is_open, message.error.is_not(None)),
            func.count().filter(message.dead_at.is_not(None)),
        )
        .where(message.done_at.is_(None) | (message.done_at > now - LATELY))
        .group_by(message.kind)
        .order_by(message.kind)
    )
    return tuple(Deliveries(*row) for row in session.execute(query))


def _oldest_message(session: Session, now: datetime) -> timedelta:
    waiting = OutboxMessage.done_at.is_(None) & OutboxMessage.dead_at.is_(None)
    query = select(func.min(OutboxMessage.due_at)).where(waiting, OutboxMessage.due_at <= now)
    oldest = session.scalar(query)
    return now - oldest if oldest is not None else timedelta()


def _timers_late(session: Session, now: datetime) -> int:
    return due_timers.count_overdue(session, now - LATE_AFTER - timedelta.resolution)


_workers = cast("Table", WorkerProcess.__table__)
