"""The journal: what happened to each case, chained by hash, and kept from change by a trigger."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from workflow.models.base import Base, Json, reference


class Event(Base):
    """One event of one case. `hash` covers the canonical form of all else, and the hash before."""

    __tablename__ = "events"

    case_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("cases.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    at: Mapped[datetime]
    person_id: Mapped[int | None] = reference("people.id")
    appointment_id: Mapped[int | None] = reference("appointments.id")
    payload: Mapped[Json]
    previous_hash: Mapped[str]
    hash: Mapped[str]
