"""Who has what to do: a person's open tasks by due time.

Reads only. Every page costs the same, however many tasks wait in the city.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Select,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session

from states.wording import Wording
from workflow import absences, assignments, versions
from workflow.engine.holders import holders_of, rules_of
from workflow.errors import Invalid, Problem
from workflow.models import (
    Agency,
    AgencyName,
    Appointment,
    Case,
    Person,
    Position,
    Proposal,
    Task,
    WorkflowVersion,
)
from workflow.models.case import TaskStatus
from workflow.models.organisation import title_on
from workflow.organisation import valid_on
from workflow.proposals.register import matches
from workflow.whereabouts import Ball, owner_named, where_is_the_ball

PAGE = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

__all__ = ["Ball", "Page", "Row", "Whose", "page", "where_is_the_ball"]


class Whose(StrEnum):
    """A part of the queue: taken by oneself, by nobody, or by others of the same position."""

    MINE = "mine"
    ANYBODYS = "anybodys"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Row:
    """One task in somebody's queue."""

    task_id: int
    case_id: int
    proposal_id: int
    title: str
    receipt_number: str | None
    agency_id: int
    agency: str
    """The owning agency's name of the day."""
    agency_short: str
    path: str
    visit: int
    seat: int
    party: str
    position_id: int
    position: str
    assignee_id: int | None
    assignee: str | None
    """Who took it or was given it, whether they may still do it or not."""
    opened_at: datetime
    due_at: datetime | None
    rank_at: datetime
    week: str
    """The working week of the position's agency, over which the due time was counted."""
    provisional: bool
    """Whether the due time rests on a year of the calendar that is not confirmed."""
    wording: Wording = field(kw_only=True)
    """What the case's definition calls its steps."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the queue, and the cursor at which the next part begins, if there is one."""

    rows: tuple[Row, ...]
    next_cursor: str | None


def page(
    session: Session,
    person_id: int,
    now: datetime,
    *,
    after: str | None = None,
    search: str | None = None,
    whose: Whose | None = None,
    limit: int = PAGE,
) -> Page:
    """The open tasks of all positions that the person holds today, by due time.

    Without `whose` all that the person may do: their own and anybody's. `search` takes beginnings
    of words of the title, or a receipt number. Raises Invalid for a cursor that no page gave.
    """
    held = _held(person_id, now.date())
    conditions = [_whose(whose, person_id, now.date())]
    if after:
        conditions.append(tuple_(Task.rank_at, Task.id) > tuple_(*map(literal, _read(after))))
    words = (search or "").strip()
    task = _first_tasks(held, conditions, matches(words) if words else None, limit + 1)
    statement = _shown(held, task, now).limit(limit + 1)
    rows = [_row(session, *row) for row in session.execute(statement)]
    shown = _weighed(session, rows[:limit], whose, person_id, now)
    return Page(shown, _cursor(rows[limit - 1]) if len(rows) > limit else None)


def _row(session: Session, version_id: int, digest: str, *values: Any) -> Row:
    return Row(*values, wording=versions.wording(session, version_id, digest))


def _whose(whose: Whose | None, person_id: int, day: date) -> ColumnElement[bool]:
    match whose:
        case Whose.MINE:
            return Task.assignee_id == person_id
        case Whose.ANYBODYS:
            return or_(assignments.is_anybodys(day), assignments.might_be_barred(day))
        case Whose.OTHERS:
            return assignments.is_others(person_id, day)
        case None:
            return or_(assignments.is_for(person_id, day), assignments.might_be_barred(day))


def _weighed(
    session: Session, rows: Sequence[Row], whose: Whose | None, person_id: int, now: datetime
) -> tuple[Row, ...]:
    """The rows without those that somebody else alone may do; of OTHERS, these alone.

    Asked only where somebody else is named, whom a rule of the case may bar meanwhile.
    """
    named = [row for row in rows if row.assignee_id not in (None, person_id)]
    rules = rules_of(session, {row.case_id for row in named})
    held = [one for found in holders_of(session, rules, now).values() for one in found]
    taken = {one.task_id for one in held if one.assignee_id not in (None, person_id)}
    is_wanted = whose is Whose.OTHERS
    return tuple(row for row in rows if row not in named or (row.task_id in taken) is is_wanted)


def _held(person_id: int, day: date) -> CTE:
    return (
        select(Appointment.position_id)
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Appointment.person_id == person_id,
            Person.is_active,
            valid_on(day, Appointment.starts_on, Appointment.ends_on),
            absences.is_present(day),
        )
        .distinct()
        .cte("held")
    )


def _first_tasks(
    held: CTE,
    conditions: Sequence[ColumnElement[bool]],
    matches: ColumnElement[bool] | None,
    limit: int,
) -> FromClause:
    """The first tasks of each position, so that each is one walk along the queue's index."""
    tasks = (
        select(Task)
        .where(
            Task.position_id == held.c.position_id,
            Task.status == TaskStatus.OPEN,
            *conditions,
        )
        .order_by(Task.rank_at, Task.id)
        .limit(limit)
    )
    if matches is not None:
        tasks = (
            tasks.join(Case, Case.id == Task.case_id)
            .join(Proposal, Proposal.id == Case.proposal_id)
            .where(matches)
        )
    return tasks.correlate(held).lateral("task")


def _shown(held: CTE, task: FromClause, now: datetime) -> Select[*tuple[Any, ...]]:
    """The version of each task's case, and what a row shows, in the order of its fields."""
    return (
        select(
            WorkflowVersion.id,
            WorkflowVersion.hash,
            task.c.id,
            task.c.case_id,
            Proposal.id,
            Proposal.title,
            Proposal.receipt_number,
            Proposal.agency_id,
            AgencyName.name,
            AgencyName.short_name,
            task.c.path,
            task.c.visit,
            task.c.seat,
            task.c.party,
            task.c.position_id,
            title_on(now.date()),
            task.c.assignee_id,
            Person.name,
            task.c.opened_at,
            task.c.due_at,
            task.c.rank_at,
            Agency.week,
            func.coalesce(task.c.due_explained["provisional"].as_boolean(), false()),
        )
        .select_from(held)
        .join(task, true())
        .join(Case, Case.id == task.c.case_id)
        .join(WorkflowVersion, WorkflowVersion.id == Case.workflow_version_id)
        .join(Proposal, Proposal.id == Case.proposal_id)
        .join(Position, Position.id == task.c.position_id)
        .join(Agency, Agency.id == Position.agency_id)
        .outerjoin(Person, Person.id == task.c.assignee_id)
        .join(AgencyName, owner_named(now))
        .order_by(task.c.rank_at, task.c.id)
    )


def _cursor(row: Row) -> str:
    return f"{(row.rank_at - EPOCH) // MICROSECOND}.{row.task_id}"


def _read(cursor: str) -> tuple[datetime, int]:
    match = re.fullmatch(r"(-?\d{1,18})\.(\d{1,18})", cursor)
    if match is None:
        raise Invalid(Problem("after", "bad_cursor"))
    try:
        return EPOCH + int(match[1]) * MICROSECOND, int(match[2])
    except OverflowError:
        raise Invalid(Problem("after", "bad_cursor")) from None
