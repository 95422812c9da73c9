"""What must reach the world outside, and what has reached a person inside."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from workflow.models.base import Base, Id, Json, reference


class OutboxMessage(Base):
    """Written with the decision, delivered after it. Its id is the idempotency key outside."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_open",
            "due_at",
            "id",
            postgresql_where=text("done_at IS NULL AND dead_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    """What this message is about, so that the same matter is never written twice."""
    arguments: Mapped[Json]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    error: Mapped[str | None]
    done_at: Mapped[datetime | None] = mapped_column(index=True)
    dead_at: Mapped[datetime | None]


class Notification(Base):
    """A line in a person's bell: what kind of matter, about which case, with its words' values."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("person_id", "key"),
        Index(
            "ix_notifications_person_id_unread",
            "person_id",
            "id",
            postgresql_where=text("read_at IS NULL"),
        ),
        Index(
            "ix_notifications_person_id_in_digest",
            "person_id",
            "id",
            postgresql_where=text("digest_at IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    person_id: Mapped[int] = reference("people.id")
    case_id: Mapped[int | None] = reference("cases.id", index=True)
    kind: Mapped[str]
    key: Mapped[str]
    values: Mapped[Json]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]
    unsent: Mapped[str | None]
    """Why no mail tells of this line, when that was decided."""
    digest_at: Mapped[datetime | None]
    """When the digest goes out in which this line waits."""


class PiledUp(Base):
    """What a person is to be told of an outage, until all of it is known and told in one line."""

    __tablename__ = "piled_up"
    __table_args__ = (UniqueConstraint("person_id", "key"),)

    id: Mapped[Id]
    person_id: Mapped[int] = reference("people.id")
    case_id: Mapped[int] = reference("cases.id")
    kind: Mapped[str]
    key: Mapped[str]
    values: Mapped[Json]
    due_at: Mapped[datetime]
    """The earliest due time that it tells of: what is told first."""


class KeptMail(Base):
    """A mail that was kept instead of sent, because no mail server is configured."""

    __tablename__ = "kept_mails"

    id: Mapped[Id]
    message_id: Mapped[str] = mapped_column(unique=True)
    recipient: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    kept_at: Mapped[datetime]


class Alarm(Base):
    """Something of the installation that is wrong just now, and was told when it began."""

    __tablename__ = "alarms"

    matter: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
