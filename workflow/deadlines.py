"""Counts the deadlines of open tasks again after the calendar has changed.

A deadline moves later or stays: a day that became closed gives its time back, and nobody becomes
late because somebody else edited the calendar. Closed tasks stay as they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, text
from sqlalchemy.orm import Session, sessionmaker

from states.definition import Duration
from states.move import Opened
from workflow import cases, journal, timers, versions
from workflow.calendar import Calendar, Due
from workflow.cases import CaseState
from workflow.models import Task
from workflow.models.base import Json
from workflow.models.case import TaskStatus

MOVED = "deadlines_moved"
"""The kind of event that a case's journal gets."""

RECOUNT = "recount"
"""The kind of message in the outbox that asks for all deadlines to be counted again."""


@dataclass(frozen=True, slots=True)
class _Moved:
    task: Row[*tuple[Any, ...]]
    due: Due

    def told(self) -> Json:
        """What the event says of it."""
        return {
            "path": self.task.path,
            "visit": self.task.visit,
            "seat": self.task.seat,
            "party": self.task.party,
            "from": self.task.due_at,
            "to": self.due.at,
        }


def recount(sessions: sessionmaker[Session], now: datetime) -> int:
    """Count every open deadline again, case by case; returns how many tasks have more time now.

    Commits after each case, so that decisions wait for none but their own.
    """
    with sessions() as session:
        calendar = Calendar.load(session)
        case_ids = session.scalars(_CASES).all()
    moved = 0
    for case_id in case_ids:
        with sessions.begin() as session:
            moved += recount_case(session, case_id, calendar, now)
    return moved


def recount_case(session: Session, case_id: int, calendar: Calendar, now: datetime) -> int:
    """Count the open deadlines of one case again; returns how many moved. Locks the case."""
    case = cases.lock(session, case_id)
    tasks = session.execute(_TASKS, {"case_id": case_id}).all()
    counted = [_Moved(task, _again(task, calendar, now)) for task in tasks]
    moved = [one for one in counted if one.due.at > one.task.due_at]
    for one in moved:
        _write(session, case, one, calendar, now)
    if moved:
        payload = {"moved": [one.told() for one in moved]}
        journal.append(
            session, case, MOVED, at=now, person_id=None, appointment_id=None, payload=payload
        )
    return len(moved)


def _again(task: Row[*tuple[Any, ...]], calendar: Calendar, now: datetime) -> Due:
    """The due time from the same start, by the same duration."""
    explained = task.due_explained
    anchor, day = explained["after"] or (None, None)
    duration = Duration(explained["amount"], explained["unit"], after=anchor)
    start = datetime.fromisoformat(explained["start"]).astimezone(now.tzinfo)
    return calendar.due(start, duration, explained["week"], facts={str(anchor): day})


def _write(
    session: Session, case: CaseState, moved: _Moved, calendar: Calendar, now: datetime
) -> None:
    task, due = moved.task, moved.due
    values = {"id": task.id, "due_at": due.at, "explained": journal.canonical(due.explained)}
    session.execute(_POSTPONE, values)
    version = versions.load(session, case.workflow_version_id, case.workflow_hash)
    lapses = bool(version.machine.step(task.path).on_lapse)
    rows = timers.rows(
        version.definition,
        opened=Opened(task.path, task.visit, task.seat, task.party, None, lapses),
        opened_at=task.opened_at,
        due=due,
        calendar=calendar,
        week=due.explained["week"],
    )
    place = {"case_id": case.id, "path": task.path, "visit": task.visit, "seat": task.seat}
    later = [{**place, **row._asdict()} for row in rows if row.due_at > now]
    if later:
        session.execute(_RETIME, later)


_CASES = (
    select(Task.case_id)
    .where(Task.status == TaskStatus.OPEN, Task.due_at.is_not(None))
    .group_by(Task.case_id)
    .order_by(Task.case_id)
)
_TASKS = (
    select(
        Task.id,
        Task.path,
        Task.visit,
        Task.seat,
        Task.party,
        Task.opened_at,
        Task.due_at,
        Task.due_explained,
    )
    .where(
        Task.case_id == bindparam("case_id"),
        Task.status == TaskStatus.OPEN,
        Task.due_at.is_not(None),
    )
    .order_by(Task.id)
)
_POSTPONE = text("""
    UPDATE tasks SET due_at = :due_at, rank_at = :due_at, due_explained = CAST(:explained AS jsonb)
    WHERE id = :id
""")
_RETIME = text("""
    INSERT INTO timers (case_id, path, visit, seat, kind, due_at, status)
    VALUES (:case_id, :path, :visit, :seat, :kind, :due_at, 'waiting')
    ON CONFLICT (case_id, path, visit, seat, kind)
    DO UPDATE SET due_at = excluded.due_at, status = 'waiting', fired_at = NULL
""")
