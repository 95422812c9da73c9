"""Tells administrators when messages pile up: once when it begins, not again while it lasts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, case, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workflow import notifications
from workflow.models import Alarm, OutboxMessage
from workflow.notifications import Told, audience

QUEUE_GROWN = "queue_grown"
TOO_LONG = timedelta(minutes=15)
"""How long a message may wait past its moment."""

WELL_AGAIN = timedelta(minutes=5)
"""The wait under which all is well again: less than TOO_LONG, lest it be told often."""


def look(session: Session, now: datetime) -> bool:
    """Look at the outbox once; true when the administrators are told just now."""
    parked, oldest = session.execute(_STATE).one()
    late = timedelta() if oldest is None else now - oldest
    if not parked and late <= WELL_AGAIN:
        session.execute(delete(Alarm).where(Alarm.matter == QUEUE_GROWN))
        return False
    if not parked and late <= TOO_LONG:
        return False
    if session.execute(_RAISE, {"matter": QUEUE_GROWN, "since": now}).one_or_none() is None:
        return False
    values = {"parked": parked, "minutes": max(0, int(late.total_seconds() // 60))}
    key = f"{QUEUE_GROWN}:{now.isoformat()}"
    people = audience.administrators(session)
    told = [Told(person_id, None, QUEUE_GROWN, key, values) for person_id in people]
    notifications.tell(session, told, now)
    return True


_open = OutboxMessage.done_at.is_(None)
_waiting_since = case(
    (OutboxMessage.attempts > 1, OutboxMessage.created_at), else_=OutboxMessage.due_at
)
_STATE = select(
    func.count().filter(OutboxMessage.dead_at.is_not(None)),
    func.min(_waiting_since).filter(OutboxMessage.dead_at.is_(None)),
).where(_open)
_alarms = cast("Table", Alarm.__table__)
_RAISE = (
    insert(_alarms).on_conflict_do_nothing(index_elements=["matter"]).returning(_alarms.c.matter)
)
