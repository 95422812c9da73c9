"""Workflows while they are written: drafts with all their revisions, and examples to keep."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from workflow.models.base import Base, Id, Json, reference


class DraftStatus(StrEnum):
    """Being written, waiting for a second administrator, or how it ended."""

    DRAFT = "draft"
    IN_APPROVAL = "in_approval"
    PUBLISHED = "published"
    DISCARDED = "discarded"


class Draft(Base):
    """A workflow while it is written: the text as it was saved last, readable or not.

    `revision` grows with each save; who saves from an older one is told, and overwrites nothing.
    `key` is that of the text, or while it cannot be read the one it had before.
    """

    __tablename__ = "drafts"
    __table_args__ = (
        CheckConstraint(
            "(status = 'published') = (version_id IS NOT NULL)", name="published_as_version"
        ),
        CheckConstraint(
            "status <> 'in_approval' OR submitted_by IS NOT NULL", name="submitted_by_somebody"
        ),
    )

    id: Mapped[Id]
    key: Mapped[str]
    based_on: Mapped[int | None] = reference("workflow_versions.id")
    status: Mapped[str]
    source: Mapped[str]
    revision: Mapped[int]
    changed_by: Mapped[int] = reference("people.id")
    changed_at: Mapped[datetime]
    submitted_by: Mapped[int | None] = reference("people.id")
    submitted_at: Mapped[datetime | None]
    sent_back: Mapped[str | None]
    """Why the approver sent it back; empty again once it is submitted again."""
    version_id: Mapped[int | None] = reference("workflow_versions.id")


class DraftRevision(Base):
    """One saved text of a draft: who has ever worked on it, and what it was before."""

    __tablename__ = "draft_revisions"

    draft_id: Mapped[int] = mapped_column(ForeignKey("drafts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str]
    saved_by: Mapped[int] = reference("people.id")
    saved_at: Mapped[datetime]
    restores: Mapped[int | None]
    """The earlier revision whose text it repeats: something was undone or redone."""


class Scenario(Base):
    """A small example of a workflow: `says` has facts, owner, outcome, steps, and who is asked."""

    __tablename__ = "scenarios"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    says: Mapped[Json]
    removed_at: Mapped[datetime | None]
