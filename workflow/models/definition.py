"""Versions of workflow definitions. A published one never changes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from workflow.models.base import Base, Id, reference


class VersionStatus(StrEnum):
    """Whether newer versions of its key have taken its place."""

    PUBLISHED = "published"
    RETIRED = "retired"


class WorkflowVersion(Base):
    """One version: the document as it was written, and the hash of its content that names it.

    Nobody is named for what came by the command line.
    """

    __tablename__ = "workflow_versions"
    __table_args__ = (
        UniqueConstraint("key", "number"),
        UniqueConstraint("key", "hash"),
        CheckConstraint("authored_by <> published_by", name="two_people"),
        Index(
            "uq_workflow_versions_subject_default",
            "subject",
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )

    id: Mapped[Id]
    key: Mapped[str]
    number: Mapped[int]
    subject: Mapped[str]
    source: Mapped[str]
    hash: Mapped[str]
    status: Mapped[str]
    is_default: Mapped[bool]
    """Whether cases start on it where nothing else is chosen."""

    is_offered: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether it can be chosen for a case that starts."""

    published_at: Mapped[datetime | None]
    authored_by: Mapped[int | None] = reference("people.id")
    published_by: Mapped[int | None] = reference("people.id")
    """Who approved it; nobody approves what they wrote."""
