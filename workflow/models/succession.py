"""Agencies that are merged or split: who follows whom from a day on."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ColumnElement, Index, and_, text
from sqlalchemy.orm import Mapped

from workflow.models.base import Base, Id, Json, reference


class Succession(Base):
    """What becomes of an agency's positions and proposals on a day, and what was made of it.

    `plan` holds the heirs, and for each position and proposal where it goes.
    """

    __tablename__ = "successions"
    __table_args__ = (
        CheckConstraint(
            "carried_out_at IS NULL OR withdrawn_at IS NULL", name="carried_out_or_withdrawn"
        ),
        Index(
            "ix_successions_agency_id_waiting",
            "agency_id",
            unique=True,
            postgresql_where=text("carried_out_at IS NULL AND withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    agency_id: Mapped[int] = reference("agencies.id")
    happens_on: Mapped[date]
    """The first day on which the heirs have what they inherit."""
    ends: Mapped[bool]
    """Whether the agency is no more from that day on."""
    decree: Mapped[str]
    decree_on: Mapped[date]
    plan: Mapped[Json]
    entered_by: Mapped[int] = reference("people.id")
    entered_at: Mapped[datetime]
    carried_out_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = reference("people.id")
    withdrawn_at: Mapped[datetime | None]
    outcome: Mapped[Json | None]
    """How much went over when it was carried out."""


def waiting() -> ColumnElement[bool]:
    """The clause for successions that still wait for their day."""
    return and_(Succession.carried_out_at.is_(None), Succession.withdrawn_at.is_(None))


def goes_to(agency_id: int) -> ColumnElement[bool]:
    """The clause for successions of which the agency is an heir."""
    return Succession.plan["heirs"].contains([agency_id])
