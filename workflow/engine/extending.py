"""More time for one task, given by an administrator with a reason. Nothing is decided by it.

Whoever has the task is told of it once.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from states.definition import Duration
from workflow import cases, journal, permissions, situations, versions
from workflow.engine import postponing, reasons
from workflow.engine.postponing import Dated
from workflow.errors import Invalid, NotFound, Problem
from workflow.models.base import Json
from workflow.permissions import Permission

MOST_DAYS = 30
EXTENDED = "deadlines_moved"
"""The same kind of event as when the calendar moves deadlines, here with who did it and why."""


def more_time(
    session: Session,
    case_id: int,
    task_id: int,
    days: int | None,
    reason: str,
    *,
    person_id: int,
    now: datetime,
) -> datetime:
    """Give a task more working days, counted from its due time; returns the new one.

    Raises NotFound for a task that is not open or has no due time, Invalid with all problems.
    """
    case = cases.lock(session, case_id)
    who = permissions.demand(session, person_id, Permission.TEND_CASE, now, case_id=case_id)
    words = " ".join(reason.split())
    task = next((one for one in postponing.dated(session, case_id) if one.id == task_id), None)
    if task is None:
        raise NotFound(f"task {task_id} of case {case_id} with a due time")
    added = _added(days, words)
    version = versions.of(session, case)
    around = situations.look_around(session, case, version, now, hats=())
    due = postponing.later(around, task, added)
    if due.at <= now:
        raise Invalid(Problem("days", "still_over"))
    postponing.postpone(session, version, around.calendar, task, due, now)
    told = {"moved": [_told(task, due.at)], "reason": words, "by": who.name}
    journal.announce(session, case, EXTENDED, told, now, person_id=person_id)
    return due.at


def _told(task: Dated, due_at: datetime) -> Json:
    place = {"path": task.path, "visit": task.visit, "seat": task.seat, "party": task.party}
    return {**place, "from": task.due_at, "to": due_at}


def _added(days: int | None, reason: str) -> Duration:
    """The time that is added. Raises Invalid with everything that is wrong."""
    problems = list(reasons.wrong(reason))
    if days is None or not 1 <= days <= MOST_DAYS:
        problems.append(Problem("days", "not_in_range", {"least": 1, "most": MOST_DAYS}))
    if problems or days is None:
        raise Invalid(*problems)
    return Duration(days, "working_days")
