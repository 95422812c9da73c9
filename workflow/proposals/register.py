"""The register of proposals: all that somebody may know of, the newest first. Reads only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, func, or_, select
from sqlalchemy.orm import Session

from states.wording import Wording, Words
from workflow import sight, versions
from workflow.appointments import Credentials, credentials
from workflow.errors import Invalid, Problem
from workflow.models import (
    AgencyName,
    Case,
    Position,
    Proposal,
    Snapshot,
    Task,
    WorkflowVersion,
)
from workflow.models.case import TaskStatus
from workflow.models.organisation import title_on
from workflow.whereabouts import owner_named

PAGE = 50


class State(StrEnum):
    """What the register can be narrowed to."""

    DRAFT = "draft"
    RUNNING = "running"
    APPROVED = "approved"
    REJECTED = "rejected"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Entry:
    """One proposal, where it stands, and at which positions it lies."""

    proposal_id: int
    case_id: int
    title: str
    receipt_number: str | None
    agency: str
    step: str
    outcome: str | None
    moved_at: datetime
    holders: tuple[str, ...]
    due_at: datetime | None
    owner_word: Words | None
    """What the step is called for the owner's people, if the reader is one of them."""
    wording: Wording
    """What the definition calls its steps."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the register, and where the next part begins, if there is one."""

    rows: tuple[Entry, ...]
    next_cursor: int | None


def page(
    session: Session,
    person_id: int,
    now: datetime,
    *,
    search: str = "",
    state: State | None = None,
    after: int | None = None,
    limit: int = PAGE,
) -> Page:
    """The proposals that this person may know of, the newest first.

    `search` takes beginnings of words of the title, or a receipt number. Raises Invalid for a
    person that does not exist.
    """
    who = credentials(session, person_id, now)
    if who is None:
        raise Invalid(Problem("person", "unknown"))
    statement = (
        _entries(now)
        .where(sight.visible(session, who, now), *_wanted(search, state, after))
        .order_by(Proposal.id.desc())
        .limit(limit + 1)
    )
    rows = [_entry(session, who, row) for row in session.execute(statement).mappings()]
    return Page(tuple(rows[:limit]), rows[limit - 1].proposal_id if len(rows) > limit else None)


def _entries(now: datetime) -> Select[*tuple[Any, ...]]:
    """What an entry shows, and what tells the owner's word for it, of every proposal."""
    return (
        select(
            Proposal.id.label("proposal_id"),
            Case.id.label("case_id"),
            Proposal.title,
            Proposal.receipt_number,
            AgencyName.short_name.label("agency"),
            Case.step,
            Case.outcome,
            Case.moved_at,
            _titles(now.date()).label("holders"),
            _first_due().label("due_at"),
            Case.owner_line,
            Case.workflow_version_id,
            WorkflowVersion.hash,
        )
        .join(Case, Case.proposal_id == Proposal.id)
        .join(WorkflowVersion, WorkflowVersion.id == Case.workflow_version_id)
        .join(AgencyName, owner_named(now))
    )


def _entry(session: Session, who: Credentials, row: RowMapping) -> Entry:
    values: dict[str, Any] = {**row, "holders": tuple(row["holders"] or ())}
    owner_line, version_id, digest = (values.pop(name) for name in _RULES)
    word = None
    if sight.is_owner(who, owner_line):
        word = versions.load(session, version_id, digest).machine.step(row["step"]).owner_sees
    wording = versions.wording(session, version_id, digest)
    return Entry(**values, owner_word=word, wording=wording)


def _wanted(search: str, state: State | None, after: int | None) -> list[ColumnElement[bool]]:
    clauses: list[ColumnElement[bool]] = []
    if after is not None:
        clauses.append(Proposal.id < after)
    if search.strip():
        clauses.append(matches(search.strip()))
    if state is not None:
        clauses.append(_in_state(state))
    return clauses


def _in_state(state: State) -> ColumnElement[bool]:
    submitted = select(Snapshot.id).where(Snapshot.case_id == Case.id).exists()
    if state is State.DRAFT:
        return Case.outcome.is_(None) & ~submitted
    if state is State.RUNNING:
        return Case.outcome.is_(None) & submitted
    if state is State.ENDED:
        return Case.outcome.is_not(None)
    return Case.outcome == state.value


def matches(search: str) -> ColumnElement[bool]:
    """The clause for proposals with words of the title that begin so, or with this number."""
    words = " & ".join(f"{word}:*" for word in re.findall(r"\w+", search))
    by_number = Proposal.receipt_number == search.upper()
    if not words:
        return by_number
    return or_(Proposal.search.op("@@")(func.to_tsquery("indonesian", words)), by_number)


def _titles(day: date) -> ColumnElement[list[str]]:
    return (
        select(func.array_agg(title_on(day).distinct()))
        .join(Task, Task.position_id == Position.id)
        .where(Task.case_id == Case.id, Task.status == TaskStatus.OPEN)
        .correlate(Case)
        .scalar_subquery()
    )


def _first_due() -> ColumnElement[datetime | None]:
    return (
        select(func.min(Task.due_at))
        .where(Task.case_id == Case.id, Task.status == TaskStatus.OPEN)
        .correlate(Case)
        .scalar_subquery()
    )


_RULES = ("owner_line", "workflow_version_id", "hash")
