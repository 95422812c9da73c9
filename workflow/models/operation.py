"""Which processes of this installation are at work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from workflow.models.base import Base


class WorkerProcess(Base):
    """A process that delivers messages and fires timers, and when it last said that it lives."""

    __tablename__ = "worker_processes"

    name: Mapped[str] = mapped_column(primary_key=True)
    """The machine and the process's number there."""
    started_at: Mapped[datetime]
    alive_at: Mapped[datetime]
