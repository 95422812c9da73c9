"""Who changed a setting of the city, and when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from workflow.models.base import Base, Id, Json, reference


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
