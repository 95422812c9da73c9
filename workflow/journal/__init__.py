"""The journal: numbered events of each case, chained by hash, checked and played again.

Only adds. What the events of a move hold is written by `writing`; who may read them is asked of
`sight` and `timelines`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from workflow import outbox
from workflow.cases import CaseState
from workflow.journal.chain import canonical, digest_of, link
from workflow.journal.replaying import replay
from workflow.journal.verifying import (
    CANCELLED,
    MOVED,
    MOVES,
    TAKEN_BACK,
    WITHOUT_DECIDING,
    Flaw,
    Flawed,
    digest,
    verify,
)
from workflow.models import Event

__all__ = [
    "ANNOUNCE",
    "CANCELLED",
    "MOVED",
    "MOVES",
    "TAKEN_BACK",
    "WITHOUT_DECIDING",
    "Flaw",
    "Flawed",
    "announce",
    "announcement",
    "append",
    "canonical",
    "digest",
    "digest_of",
    "events",
    "link",
    "replay",
    "verify",
]

ANNOUNCE = "announce"
"""The kind of message that an announcement is."""


def append(
    session: Session,
    case: CaseState,
    kind: str,
    *,
    at: datetime,
    person_id: int | None,
    appointment_id: int | None,
    payload: Mapping[str, Any],
) -> int:
    """Add an event that moves nothing to a case that is locked; returns its number.

    `case` must be what was locked: a second event in the same transaction needs it read again.
    """
    seq = case.journal_seq + 1
    hashed = link(case.journal_hash, case.id, seq, kind, at, person_id, appointment_id, payload)
    values = {
        "case_id": case.id,
        "seq": seq,
        "kind": kind,
        "at": at,
        "person_id": person_id,
        "appointment_id": appointment_id,
        "payload": canonical(payload),
        "previous_hash": case.journal_hash,
        "hash": hashed,
    }
    session.execute(_APPEND, values)
    return seq


def announce(
    session: Session,
    case: CaseState,
    kind: str,
    payload: Mapping[str, Any],
    now: datetime,
    *,
    person_id: int | None = None,
) -> None:
    """Add such an event, and let everybody be told of it whom it concerns."""
    seq = append(
        session, case, kind, at=now, person_id=person_id, appointment_id=None, payload=payload
    )
    outbox.post(session, [announcement(case.id, seq, now)])


def announcement(case_id: int, seq: int, now: datetime) -> dict[str, Any]:
    """The message by which people and other systems are told of an event."""
    about = {"case_id": case_id, "seq": seq}
    return outbox.row(ANNOUNCE, f"{ANNOUNCE}:{case_id}:{seq}", about, now)


def events(session: Session, case_id: int, *, after: int = 0, limit: int = 100) -> list[Event]:
    """The raw events of a case after a number, in order."""
    return list(
        session.scalars(
            select(Event)
            .where(Event.case_id == case_id, Event.seq > after)
            .order_by(Event.seq)
            .limit(limit)
        )
    )


_APPEND = text("""
    WITH headed AS (
        UPDATE cases SET journal_seq = :seq, journal_hash = :hash WHERE id = :case_id
    )
    INSERT INTO events (case_id, seq, kind, at, person_id, appointment_id, payload,
                        previous_hash, hash)
    VALUES (:case_id, :seq, :kind, :at, :person_id, :appointment_id, CAST(:payload AS jsonb),
            :previous_hash, :hash)
""")
