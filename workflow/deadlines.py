"""Counts the deadlines of open tasks again after the calendar has changed.

A deadline moves later or stays: a day that became closed gives its time back, and nobody becomes
late because somebody else edited the calendar. Closed tasks stay as they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, sessionmaker

from workflow import cases, journal, notifications, versions
from workflow.calendar import Calendar, Due
from workflow.engine import postponing
from workflow.engine.postponing import Dated
from workflow.models import Task
from workflow.models.base import Json
from workflow.models.case import TaskStatus
from workflow.notifications import Told, audience

MOVED = "deadlines_moved"
"""The kind of event that a case's journal gets."""

RECOUNT = "recount"
"""The kind of message in the outbox that asks for all deadlines to be counted again."""


BATCH = 200
"""Cases that one message counts: a few seconds of work, far from the time limit of a delivery."""


class Recounted(NamedTuple):
    """How many tasks have more time now, and after which case to go on, if any may be left."""

    moved: int
    after_case_id: int | None


@dataclass(frozen=True, slots=True)
class _Moved:
    task: Dated
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


def recount(sessions: sessionmaker[Session], now: datetime, *, after_case_id: int = 0) -> Recounted:
    """Count the open deadlines of the next cases again, no more than a batch of them.

    Commits after each case, so that decisions wait for none but their own.
    """
    with sessions() as session:
        calendar = Calendar.load(session)
        case_ids = session.scalars(_CASES, {"after": after_case_id, "most": BATCH}).all()
    moved = 0
    for case_id in case_ids:
        with sessions.begin() as session:
            moved += recount_case(session, case_id, calendar, now)
    return Recounted(moved, case_ids[-1] if len(case_ids) == BATCH else None)


def recount_case(session: Session, case_id: int, calendar: Calendar, now: datetime) -> int:
    """Count the open deadlines of one case again; returns how many moved. Locks the case."""
    case = cases.lock(session, case_id)
    counted = [
        _Moved(task, postponing.counted_again(calendar, task.due_explained, now.tzinfo))
        for task in postponing.dated(session, case_id)
    ]
    moved = [one for one in counted if one.due.at > one.task.due_at]
    version = versions.load(session, case.workflow_version_id, case.workflow_hash)
    for one in counted:
        if one.due.at == one.task.due_at and one.due.explained != one.task.due_explained:
            postponing.explain(session, one.task, one.due)
    for one in moved:
        postponing.postpone(session, version, calendar, one.task, one.due, now)
    if moved:
        payload = {"moved": [one.told() for one in moved]}
        journal.append(
            session, case, MOVED, at=now, person_id=None, appointment_id=None, payload=payload
        )
        _tell(session, case_id, moved, calendar, now)
    return len(moved)


def _tell(
    session: Session, case_id: int, moved: list[_Moved], calendar: Calendar, now: datetime
) -> None:
    """Tell the holders: each once for a version of the calendar, however many tasks moved."""
    places = {(one.task.path, one.task.visit, one.task.seat) for one in moved}
    waiting = cases.open_tasks(session, case_id)
    tasks = [task for place, task in waiting.items() if place in places]
    people = {person for held in audience.holders(session, case_id, tasks, now) for person in held}
    key, values = f"{MOVED}:{calendar.version}", {"version": calendar.version}
    told = [Told(person_id, None, MOVED, key, values) for person_id in sorted(people)]
    notifications.tell(session, told, now)


_CASES = (
    select(Task.case_id)
    .where(
        Task.status == TaskStatus.OPEN,
        Task.due_at.is_not(None),
        Task.case_id > bindparam("after"),
    )
    .group_by(Task.case_id)
    .order_by(Task.case_id)
    .limit(bindparam("most"))
)
