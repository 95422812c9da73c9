"""What a change of the calendar would do to open deadlines, counted before it is saved.

Counts as `deadlines` does afterwards: a deadline moves later or stays. Reads only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from workflow import deadlines
from workflow.calendar import Calendar, Due
from workflow.engine import postponing
from workflow.models import Case, Position, Proposal, Task
from workflow.models.base import Json
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

    @property
    def days(self) -> int:
        """By how many days of the calendar, at the edges of the day."""
        return (self.moves_to.date() - self.due_at.date()).days


@dataclass(frozen=True, slots=True)
class Effect:
    """How many open deadlines would move, how far at most, and those that would move furthest."""

    looked_at: int
    tasks: int
    cases: int
    furthest: int
    examples: tuple[Shift, ...]


def effect(session: Session, calendar: Calendar, now: datetime) -> Effect:
    """What counting all open deadlines again over this calendar would change."""

    def again(explained: Json) -> Due:
        return postponing.counted_again(calendar, explained, now.tzinfo)

    return _effect(session, _DATED, again, now)


def effect_of_week(session: Session, agency_id: int, week: str, now: datetime) -> Effect:
    """What counting an agency's open deadlines over another week would change."""
    calendar = Calendar.load(session)

    def again(explained: Json) -> Due:
        return deadlines.in_week(calendar, explained, week, now.tzinfo)

    own = _DATED.join(Position, Position.id == Task.position_id).where(
        Position.agency_id == agency_id
    )
    return _effect(session, own, again, now)


def _effect(
    session: Session, dated: Select[*tuple[Any, ...]], again: Callable[[Json], Due], now: datetime
) -> Effect:
    shifts, looked_at = [], 0
    for row in session.execute(dated.execution_options(yield_per=AT_ONCE)):
        looked_at += 1
        due = again(row.due_explained)
        was_due = row.due_at.astimezone(now.tzinfo)
        if due.at > was_due:
            shifts.append(Shift(row.case_id, row.title, row.path, was_due, due.at))
    shifts.sort(key=lambda shift: (shift.due_at - shift.moves_to, shift.due_at, shift.case_id))
    return Effect(
        looked_at=looked_at,
        tasks=len(shifts),
        cases=len({shift.case_id for shift in shifts}),
        furthest=max((shift.days for shift in shifts), default=0),
        examples=tuple(shifts[:EXAMPLES]),
    )


_DATED = (
    select(Task.case_id, Proposal.title, Task.path, Task.due_at, Task.due_explained)
    .join(Case, Case.id == Task.case_id)
    .join(Proposal, Proposal.id == Case.proposal_id)
    .where(
        Task.status == TaskStatus.OPEN,
        Task.due_at.is_not(None),
        Task.due_explained.is_not(None),
    )
    .order_by(Task.id)
)
