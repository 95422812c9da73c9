"""The journal: numbered events of each case, chained by hash, checked and played again.

Only adds. What the events of a move hold is written by `writing`; who may read them is asked of
`sight` and `timelines`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from states.marking import Marking
from workflow import versions
from workflow.cases import CaseState
from workflow.journal.chain import canonical, digest_of, link
from workflow.journal.verifying import MOVES, Flaw, Flawed, digest, verify
from workflow.models import Case, Event

__all__ = [
    "MOVES",
    "Flaw",
    "Flawed",
    "append",
    "canonical",
    "digest",
    "digest_of",
    "events",
    "link",
    "replay",
    "verify",
]


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


def replay(session: Session, case_id: int) -> Marking:
    """The marking that the journal leads to, played through the case's machine from the start."""
    version_id = select(_case.workflow_version_id).where(_case.id == case_id)
    machine = versions.machine(session, session.execute(version_id).scalar_one())
    marking = Marking("")
    for event in session.execute(_MOVES, {"case_id": case_id}):
        told = event.payload
        facts, holders = told["facts"], told.get("holders", {})
        if event.kind == "case_started":
            marking = machine.start(facts, holders).marking
        elif event.kind == "lapsed":
            marking = machine.lapse(marking, told["path"], facts, holders).marking
        else:
            marking = machine.fire(
                marking,
                told["action"],
                facts,
                track=told["track"] or "",
                seat=told["seat"],
                party=told["party"],
                picks=len(told["data"].get("picks", ())),
                holders=holders,
            ).marking
    return marking


_case, _event = Case.__table__.c, Event.__table__
_MOVES = (
    select(_event.c.kind, _event.c.payload)
    .where(_event.c.case_id == bindparam("case_id"), _event.c.kind.in_(MOVES))
    .order_by(_event.c.seq)
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
