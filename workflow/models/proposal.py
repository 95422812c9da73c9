"""Programme proposals: the living document, its snapshots, and the points and conditions on it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Computed, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from workflow.models.base import Base, Id, Json, reference


class Proposal(Base):
    """A programme proposal of an agency. `document` is edited in its drafting steps only."""

    __tablename__ = "proposals"
    __table_args__ = (Index("ix_proposals_search", "search", postgresql_using="gin"),)

    id: Mapped[Id]
    agency_id: Mapped[int] = reference("agencies.id", index=True)
    title: Mapped[str]
    document: Mapped[Json]
    revision: Mapped[int] = mapped_column(default=1)
    """Grows with each saved change; a save on an older one is a conflict."""
    receipt_number: Mapped[str | None] = mapped_column(unique=True)
    import_key: Mapped[str | None] = mapped_column(unique=True)
    """Names the imported row, so that nothing is imported twice."""
    created_by: Mapped[int | None] = reference("people.id")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    search: Mapped[str] = mapped_column(
        TSVECTOR, Computed("to_tsvector('indonesian', title)", persisted=True), deferred=True
    )


class Snapshot(Base):
    """The document as it was submitted, with its hash. A trigger refuses change and deletion."""

    __tablename__ = "snapshots"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: Mapped[Id]
    case_id: Mapped[int] = reference("cases.id")
    number: Mapped[int]
    document: Mapped[Json]
    sha256: Mapped[str]
    taken_by: Mapped[int | None] = reference("people.id")
    taken_at: Mapped[datetime]


class Counter(Base):
    """The last number drawn of a series (`receipt.2026`). Drawn under its row's lock."""

    __tablename__ = "counters"

    series: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


class Point(Base):
    """One numbered point of a return, tied to a field, answered by the owner."""

    __tablename__ = "points"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: Mapped[Id]
    case_id: Mapped[int] = reference("cases.id")
    number: Mapped[int]
    decision_id: Mapped[int] = reference("decisions.id")
    field: Mapped[str | None]
    text: Mapped[str]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]


class Condition(Base):
    """One condition of an approval: what, before which gate, blocking or not."""

    __tablename__ = "conditions"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: Mapped[Id]
    case_id: Mapped[int] = reference("cases.id")
    number: Mapped[int]
    decision_id: Mapped[int] = reference("decisions.id")
    text: Mapped[str]
    gate: Mapped[str]
    is_blocking: Mapped[bool]
    closed_at: Mapped[datetime | None]
