"""What administrators set, and who changed which setting when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from workflow.models.base import Base, Id, Json, reference


class MailText(Base):
    """The city's own words of one kind of mail in one language, instead of the shipped ones."""

    __tablename__ = "mail_texts"
    __table_args__ = (UniqueConstraint("kind", "language"),)

    id: Mapped[Id]
    kind: Mapped[str]
    language: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    changed_at: Mapped[datetime]
    broken_at: Mapped[datetime | None]
    """When a mail was last sent in the shipped words, because these could not be filled."""
    error: Mapped[str | None]


class SettingChange(Base):
    """One change of one setting. Kept from change by a trigger."""

    __tablename__ = "setting_changes"
    __table_args__ = (Index("ix_setting_changes_subject_id", "subject", "id"),)

    id: Mapped[Id]
    subject: Mapped[str]
    """What was changed, such as `webhook:3`."""
    kind: Mapped[str]
    person_id: Mapped[int | None] = reference("people.id", index=True)
    """Who did it; nobody when the system did."""
    at: Mapped[datetime]
    what: Mapped[Json]
