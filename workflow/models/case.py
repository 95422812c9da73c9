"""Cases and what hangs on them: tasks, decisions and timers.

All that a decision must judge by stands in the case's own row, so that one locked read is fresh:
the marking, the facts, who wore which hat, and the head of the journal.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from workflow.models.base import Base, Id, Json, reference


class TaskStatus(StrEnum):
    """Open, or how it was closed."""

    OPEN = "open"
    DONE = "done"
    OUTVOTED = "outvoted"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    MOVED = "moved"
    """Closed by nobody's act: its case went on elsewhere, under another version."""


class TimerStatus(StrEnum):
    """Waiting for its moment, fired, or void because its visit ended first."""

    WAITING = "waiting"
    FIRED = "fired"
    VOID = "void"


class Case(Base):
    """One run of a version over one subject. Only `engine` writes here."""

    __tablename__ = "cases"
    __table_args__ = (
        Index(
            "ix_cases_agency_id_open", "agency_id", "id", postgresql_where=text("outcome IS NULL")
        ),
    )

    id: Mapped[Id]
    workflow_version_id: Mapped[int] = reference("workflow_versions.id", index=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposals.id"), unique=True)
    agency_id: Mapped[int] = reference("agencies.id", index=True)
    owner_line: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """The owning agency and its parents: whoever stands here never reviews this case."""
    marking: Mapped[Json]
    facts: Mapped[Json]
    hats: Mapped[Json]
    """Person id -> the hats that the person has worn in this case."""
    version: Mapped[int]
    """Grows by one with each decision; a decision on an older one is a conflict."""
    journal_seq: Mapped[int]
    journal_hash: Mapped[str]
    step: Mapped[str]
    """The main chart's step, copied from the marking for lists."""
    outcome: Mapped[str | None]
    started_at: Mapped[datetime]
    moved_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Task(Base):
    """One piece of work on one visit, addressed to a position, with a due time."""

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("case_id", "path", "visit", "seat"),
        Index(
            "ix_tasks_queue",
            "position_id",
            "rank_at",
            "id",
            postgresql_where=text("status = 'open'"),
        ),
        Index("ix_tasks_case_id_open", "case_id", postgresql_where=text("status = 'open'")),
        CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="closed_has_time"),
    )

    id: Mapped[Id]
    case_id: Mapped[int] = reference("cases.id")
    path: Mapped[str]
    visit: Mapped[int]
    seat: Mapped[int]
    party: Mapped[str]
    position_id: Mapped[int] = reference("positions.id")
    assignee_id: Mapped[int | None] = reference("people.id")
    """Set when a disposition named somebody of the position."""
    status: Mapped[str] = mapped_column(default=TaskStatus.OPEN)
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    due_explained: Mapped[Json | None]
    """How the due time was counted: start, days counted, days skipped and why."""
    rank_at: Mapped[datetime]
    """Order in the queue: the due time, or far away when there is none."""
    closed_at: Mapped[datetime | None]


class Decision(Base):
    """What one person, in one capacity, did. A repeated request id is the same decision."""

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("case_id", "request_id"),
        UniqueConstraint("case_id", "version"),
    )

    id: Mapped[Id]
    case_id: Mapped[int] = reference("cases.id")
    request_id: Mapped[str]
    version: Mapped[int]
    """The case's version that this decision made."""
    person_id: Mapped[int | None] = reference("people.id", index=True)
    appointment_id: Mapped[int | None] = reference("appointments.id")
    capacity: Mapped[str | None]
    party: Mapped[str | None]
    action: Mapped[str]
    track: Mapped[str | None]
    path: Mapped[str]
    visit: Mapped[int]
    seat: Mapped[int | None]
    means: Mapped[str]
    decision_class: Mapped[str]
    verdict: Mapped[str | None]
    data: Mapped[Json]
    """What was said: comment, points, conditions, reason, checklist …"""
    made_at: Mapped[datetime]


class Timer(Base):
    """What to do when. Belongs to a visit, and dies with it."""

    __tablename__ = "timers"
    __table_args__ = (
        UniqueConstraint("case_id", "path", "visit", "seat", "kind"),
        ForeignKeyConstraint(
            ["case_id", "path", "visit", "seat"],
            ["tasks.case_id", "tasks.path", "tasks.visit", "tasks.seat"],
            name="fk_timers_task",
        ),
        Index("ix_timers_due_at_waiting", "due_at", postgresql_where=text("status = 'waiting'")),
    )

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(BigInteger)
    path: Mapped[str]
    visit: Mapped[int]
    seat: Mapped[int]
    kind: Mapped[str]
    """`reminder.N`, `escalation.N`, `reassign.N` (N counts in the definition's list) or `lapse`."""
    due_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default=TimerStatus.WAITING)
    fired_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often firing it has failed."""
    retry_at: Mapped[datetime | None]
    """After a failure: when it is tried again, after a pause that grows."""
    error: Mapped[str | None]
    """Why it failed last."""
