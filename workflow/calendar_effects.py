"""What a change of the calendar, or an outage, would do to open deadlines, before it is saved.

Counts as `deadlines` does afterwards: a deadline moves later or stays. Reads only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from states.wording import Wording
from workflow import deadlines, outages, versions
from workflow.calendar import Calendar, Due
from workflow.engine import postponing
from workflow.models import Agency, Case, Outage, Position, Proposal, Task, WorkflowVersion
from workflow.models.case import TaskStatus

EXAMPLES = 5
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Shift:
    """A task whose deadline would move."""

    case_id: int
    title: str
    path: str
    due_at: datetime
    moves_to: datetime
    wording: Wording
    """What the case's definition calls its steps."""

    @property
    def days(self) -> int:
        """By how many days of the calendar, at the edges of the day."""
        return (self.moves_to.date() - self.due_at.date()).days


@dataclass(frozen=True, slots=True)
class Effect:
    """How many open deadlines would move, how far, and those that would move furthest."""

    looked_at: int
    tasks: int
    cases: int
    by_days: tuple[tuple[int, int], ...]
    """By how many days, and how many tasks by so many: the furthest first."""
    examples: tuple[Shift, ...]

    @property
    def furthest(self) -> int:
        """By how many days at most."""
        return self.by_days[0][0] if self.by_days else 0


def effect(session: Session, calendar: Calendar, now: datetime) -> Effect:
    """What counting all open deadlines again over this calendar would change."""

    def again(task: Row[Any]) -> Due:
        return postponing.counted_again(calendar, task.due_explained, now.tzinfo)

    return _effect(session, _DATED, again, now)


def effect_of_week(session: Session, agency_id: int, week: str, now: datetime) -> Effect:
    """What counting an agency's open deadlines over another week would change."""
    calendar = Calendar.load(session)

    def again(task: Row[Any]) -> Due:
        return deadlines.in_week(calendar, task.due_explained, week, now.tzinfo)

    own = _DATED.join(Position, Position.id == Task.position_id).where(
        Position.agency_id == agency_id
    )
    return _effect(session, own, again, now)


def effect_of_outage(session: Session, outage: Outage, now: datetime) -> Effect:
    """What giving back the time of an outage would change; it need not be written down yet."""
    calendar, named = Calendar.load(session), outages.told(outage)

    def again(task: Row[Any]) -> Due:
        was = Due(task.due_at, task.due_explained, provisional=False)
        return postponing.after_outage(calendar, was, task.week, named, now.tzinfo)

    of_weeks = (
        _DATED.join(Position, Position.id == Task.position_id)
        .join(Agency, Agency.id == Position.agency_id)
        .add_columns(Agency.week)
    )
    return _effect(session, of_weeks, again, now)


def _effect(
    session: Session,
    dated: Select[*tuple[Any, ...]],
    again: Callable[[Row[Any]], Due],
    now: datetime,
) -> Effect:
    shifts, looked_at = [], 0
    for row in session.execute(dated.execution_options(yield_per=AT_ONCE)):
        looked_at += 1
        due = again(row)
        was_due = row.due_at.astimezone(now.tzinfo)
        if due.at > was_due:
            wording = versions.wording(session, row.version_id, row.hash)
            shifts.append(Shift(row.case_id, row.title, row.path, was_due, due.at, wording))
    shifts.sort(key=lambda shift: (shift.due_at - shift.moves_to, shift.due_at, shift.case_id))
    return Effect(
        looked_at=looked_at,
        tasks=len(shifts),
        cases=len({shift.case_id for shift in shifts}),
        by_days=tuple(sorted(Counter(shift.days for shift in shifts).items(), reverse=True)),
        examples=tuple(shifts[:EXAMPLES]),
    )


_DATED = (
    select(
        Task.case_id,
        Proposal.title,
        Task.path,
        Task.due_at,
        Task.due_explained,
        WorkflowVersion.id.label("version_id"),
        WorkflowVersion.hash,
    )
    .join(Case, Case.id == Task.case_id)
    .join(WorkflowVersion, WorkflowVersion.id == Case.workflow_version_id)
    .join(Proposal, Proposal.id == Case.proposal_id)
    .where(
        Task.status == TaskStatus.OPEN,
        Task.due_at.is_not(None),
        Task.due_explained.is_not(None),
    )
    .order_by(Task.id)
)
