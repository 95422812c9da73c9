"""The bell: one line for a person about a matter, and the mail that says it at length.

Knows what was said to whom and what was read; who is told what is decided by `announcements`, and
what becomes of a line's mail by `sending`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import cast

from sqlalchemy import ColumnElement, Table, and_, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workflow import messages, outbox
from workflow.models import Notification
from workflow.models.base import Json

MOST_COUNTED = 100
MAIL = "mail"
"""The kind of message in the outbox that carries a notification by mail."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one person is told: the kind of matter, a key that names it, and its words' values.

    No case: it is about several.
    """

    person_id: int
    case_id: int | None
    kind: str
    key: str
    values: Json


def tell(session: Session, told: Sequence[Told], now: datetime) -> None:
    """Write each line once, however often it is told, and a mail for each new one."""
    if not told:
        return
    rows = [
        {
            "person_id": line.person_id,
            "case_id": line.case_id,
            "kind": line.kind,
            "key": line.key,
            "values": line.values,
            "created_at": now,
        }
        for line in told
    ]
    written = session.scalars(_TELL, rows).all()
    outbox.post(
        session,
        [outbox.row(MAIL, f"mail:{number}", {"notification": number}, now) for number in written],
    )


def unread(session: Session, person_id: int, cap: int = MOST_COUNTED) -> int:
    """How many lines the person has not read; counts no further than `cap`."""
    query = select(Notification.id).where(_unread(person_id)).limit(cap)
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def list_for(
    session: Session, person_id: int, *, before: int | None = None, limit: int = 50
) -> list[Notification]:
    """The person's lines, the newest first; with `before`, those older than that id."""
    query = select(Notification).where(Notification.person_id == person_id)
    if before is not None:
        query = query.where(Notification.id < before)
    return list(session.scalars(query.order_by(Notification.id.desc()).limit(limit)))


def mark_read(
    session: Session, person_id: int, now: datetime, ids: Collection[int] | None = None
) -> None:
    """Note that the person has read these lines, or all of them. Others' lines stay untouched."""
    statement = update(Notification).where(_unread(person_id)).values(read_at=now)
    if ids is not None:
        statement = statement.where(Notification.id.in_(ids))
    session.execute(statement)


def line(notification: Notification, language: str, zone: tzinfo | None) -> str:
    """The line in words."""
    return messages.subject(notification.kind, language, notification.values, zone=zone)


def _unread(person_id: int) -> ColumnElement[bool]:
    return and_(Notification.person_id == person_id, Notification.read_at.is_(None))


_notification = cast("Table", Notification.__table__)
_TELL = (
    insert(_notification)
    .on_conflict_do_nothing(index_elements=["person_id", "key"])
    .returning(_notification.c.id)
)
