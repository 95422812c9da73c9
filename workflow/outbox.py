"""What must reach the world outside, as rows: written with the decision, delivered after it.

Knows nothing of brokers or of what a message says. A claim is a lease, so that what a lost broker
held is sent again; an attempt is counted before it is made, so that a message that kills its
worker is parked in the end. `due_at` is when a message may next be attempted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, Update, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workflow.models import OutboxMessage
from workflow.models.base import Json

PARKED_AFTER = 10
"""Attempts, after which a message waits for a person instead of a moment."""

AWAITED_UNTIL = 5
"""Attempts, after which nothing waits for a message any more: seven minutes of failures."""

LEASE = timedelta(seconds=60)
"""How long a claim or an attempt may take: longer than the slowest delivery."""

MOST_UNDER_WAY = 1000
"""Messages that may wait in a broker at once: as many as workers carry well within a lease, so
that a long queue is not handed on again and again."""

CLOCKS_DIFFER = timedelta(seconds=2)
"""How far apart the clocks of two machines may be."""

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=2)
KEPT_FOR = timedelta(days=30)
"""How long delivered messages stay, to be looked up."""

_outbox = cast("Table", OutboxMessage.__table__)
_open = _outbox.c.done_at.is_(None) & _outbox.c.dead_at.is_(None)


@dataclass(frozen=True, slots=True)
class Message:
    """A message whose attempt has been counted."""

    id: int
    kind: str
    arguments: Json
    attempts: int


def row(
    kind: str,
    key: str,
    arguments: Mapping[str, object],
    now: datetime,
    due_at: datetime | None = None,
) -> dict[str, Any]:
    """The values of a new message's row. `key` names the matter: it is never written twice."""
    return {
        "kind": kind,
        "key": key,
        "arguments": dict(arguments),
        "created_at": now,
        "due_at": due_at or now,
    }


def post(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write messages; one whose matter is there already is left as it is."""
    if rows:
        session.execute(_POST, rows)


def post_again(session: Session, row: Mapping[str, Any]) -> bool:
    """Write a message, or open it again when it was delivered or parked. False while it is open."""
    return session.execute(_POST_AGAIN, row).one_or_none() is not None


def claim(session: Session, now: datetime, limit: int = 100) -> list[int]:
    """Lease the messages that may be attempted now, to hand their ids on after the commit.

    Two that claim side by side never get the same message.
    """
    under_way = select(_outbox.c.id).where(_open, _outbox.c.leased_until > now)
    counted = select(func.count()).select_from(under_way.limit(MOST_UNDER_WAY).subquery())
    limit = min(limit, MOST_UNDER_WAY - (session.scalar(counted) or 0))
    if limit <= 0:
        return []
    claimable = (
        select(_outbox.c.id)
        .where(
            _open,
            _outbox.c.due_at <= now,
            or_(_outbox.c.leased_until.is_(None), _outbox.c.leased_until <= now),
        )
        .order_by(_outbox.c.due_at, _outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte()  # looked up once: a subquery may be begun again for each row, and lock further ones
    )
    claimed = update(_outbox).where(_outbox.c.id == claimable.c.id).values(leased_until=now + LEASE)
    return sorted(session.scalars(claimed.returning(_outbox.c.id)))


def release(session: Session, ids: Sequence[int]) -> None:
    """Give claimed messages back that could not be handed on."""
    session.execute(update(_outbox).where(_outbox.c.id.in_(ids)).values(leased_until=None))


def begin_attempt(session: Session, message_id: int, now: datetime) -> Message | None:
    """Count an attempt before it is made. Commit, then deliver.

    None when there is nothing to do: delivered, parked, not yet due, or under way elsewhere. A
    message that was attempted too often without a word from its worker is parked here.
    """
    asked = {
        "id": message_id,
        "due_by": now + CLOCKS_DIFFER,
        "most": PARKED_AFTER,
        "leased_until": now + LEASE,
    }
    found = session.connection().exec_driver_sql(_ATTEMPT, asked).one_or_none()
    if found is not None:
        return Message(*found)
    session.execute(
        _still_open(message_id)
        .where(_outbox.c.due_at <= now, _outbox.c.attempts >= PARKED_AFTER)
        .values(dead_at=now, error="Each attempt ended with its worker.")
    )
    return None


def done(session: Session, message_id: int, now: datetime) -> bool:
    """Note the delivery, in the transaction that writes its effect. False when already noted."""
    noted = session.connection().exec_driver_sql(DONE, {"message": message_id, "now": now})
    return noted.one_or_none() is not None


def is_awaited(session: Session, kind: str) -> bool:
    """Whether a message of this kind may be delivered soon: it is open and has seldom failed."""
    soon = select(_outbox.c.id).where(
        _open, _outbox.c.kind == kind, _outbox.c.attempts < AWAITED_UNTIL
    )
    return session.scalar(select(soon.exists())) or False


def postpone(session: Session, message: Message, until: datetime) -> None:
    """Let a message wait for a moment that it was not yet due for; this was no attempt."""
    waits = _still_open(message.id).values(due_at=until, attempts=message.attempts - 1, error=None)
    session.execute(waits)


def failed(
    session: Session, message: Message, error: str, now: datetime, *, for_good: bool = False
) -> None:
    """Note a failed attempt: the next comes after a growing pause, the tenth is the last.

    `for_good` parks the message at once: no other attempt would end otherwise.
    """
    is_last = for_good or message.attempts >= PARKED_AFTER
    session.execute(
        _still_open(message.id).values(
            error=error, due_at=now + pause(message.attempts), dead_at=now if is_last else None
        )
    )


def send_again(session: Session, ids: Sequence[int] | None, now: datetime) -> int:
    """Let parked messages be attempted from the beginning: these, or all. How many there were."""
    again = update(_outbox).where(_outbox.c.dead_at.is_not(None))
    if ids is not None:
        again = again.where(_outbox.c.id.in_(ids))
    again = again.values(dead_at=None, attempts=0, due_at=now)
    return len(session.scalars(again.returning(_outbox.c.id)).all())


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 5 seconds, 20, 80 … two hours at most."""
    return min(FIRST_PAUSE * (1 << 2 * (attempts - 1)), LONGEST_PAUSE)


def purge(session: Session, now: datetime) -> None:
    """Forget what was delivered long ago."""
    session.execute(delete(_outbox).where(_outbox.c.done_at < now - KEPT_FOR))


def _still_open(message_id: int) -> Update:
    return update(_outbox).where(_outbox.c.id == message_id, _open)


# Asked for every message: a statement that SQLAlchemy builds costs this process four times as much.
_ATTEMPT = """
    UPDATE outbox SET attempts = attempts + 1, due_at = %(leased_until)s, leased_until = NULL
    WHERE id = %(id)s AND done_at IS NULL AND dead_at IS NULL
      AND due_at <= %(due_by)s AND attempts < %(most)s
    RETURNING id, kind, arguments, attempts
"""
DONE = """
    UPDATE outbox SET done_at = %(now)s, error = NULL
    WHERE id = %(message)s AND done_at IS NULL AND dead_at IS NULL
    RETURNING id
"""
"""Notes the delivery of a message, to be executed alone or together with its effect."""

_POST = insert(_outbox).on_conflict_do_nothing(index_elements=["key"])
_AGAIN = insert(_outbox)
_POST_AGAIN = _AGAIN.on_conflict_do_update(
    index_elements=["key"],
    set_={
        "due_at": _AGAIN.excluded.due_at,
        "attempts": 0,
        **dict.fromkeys(("leased_until", "error", "done_at", "dead_at")),
    },
    where=~_open,
).returning(_outbox.c.id)
