"""The journal: numbered events of each case, chained by hash, checked and played again.

Only adds. What the events of a move hold is written by `writing`; who may read them is asked of
`sight`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, bindparam, select, text
from sqlalchemy.orm import Session

from states.marking import Marking
from workflow import versions
from workflow.cases import GENESIS, CaseState
from workflow.models import Case, Event
from workflow.timelines import Entry, timeline

__all__ = [
    "Entry",
    "Flaw",
    "Flawed",
    "append",
    "canonical",
    "digest",
    "digest_of",
    "events",
    "link",
    "replay",
    "timeline",
    "verify",
]

MOVES = ("case_started", "decided", "lapsed")
"""The kinds of event that move a case."""


class Flaw(StrEnum):
    """What can be wrong with a chain."""

    EDITED = "edited"
    DELETED = "deleted"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    HEAD = "head"


@dataclass(frozen=True, slots=True)
class Flawed:
    """Where a chain does not hold, and why."""

    case_id: int
    seq: int
    kind: Flaw
    detail: str


def canonical(value: object) -> str:
    """The one way to write a value as JSON: keys sorted, no spaces, times in UTC."""
    return _ENCODER.encode(value)


def link(
    previous_hash: str,
    case_id: int,
    seq: int,
    kind: str,
    at: datetime,
    person_id: int | None,
    appointment_id: int | None,
    payload: Mapping[str, Any],
) -> str:
    """The hash of an event: SHA-256 over all that it says and over the hash before it."""
    content = {
        "previous": previous_hash,
        "case": case_id,
        "seq": seq,
        "kind": kind,
        "at": at,
        "person": person_id,
        "appointment": appointment_id,
        "payload": payload,
    }
    return digest_of(content)


def digest_of(value: object) -> str:
    """The SHA-256 of a value in its canonical form."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


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


def verify(session: Session, case_id: int | None = None) -> Iterator[Flawed]:
    """Every place where a chain does not hold, of one case or of all."""
    heads = select(_case.id, _case.journal_seq, _case.journal_hash).order_by(_case.id)
    if case_id is not None:
        heads = heads.where(_case.id == case_id)
    for head in session.execute(heads).all():
        yield from _verify_case(session, head)


def digest(session: Session) -> str:
    """One hash over the heads of all cases: to be kept elsewhere, and compared."""
    heads = select(_case.id, _case.journal_seq, _case.journal_hash).order_by(_case.id)
    return digest_of([list(row) for row in session.execute(heads)])


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


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"not a value of the journal: {value!r}")


_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain
)


def _verify_case(session: Session, head: Row[int, int, str]) -> Iterator[Flawed]:
    rows = session.execute(_CHAIN, {"case_id": head.id}).all()
    places = {row.hash: row.seq for row in rows}
    last_seq, last_hash = 0, GENESIS
    for row in rows:
        if row.seq != last_seq + 1:
            missing = f"{last_seq + 1} to {row.seq - 1} are missing"
            yield Flawed(head.id, last_seq + 1, Flaw.DELETED, missing)
        elif row.previous_hash != last_hash:
            yield _broken(head.id, row, places)
        elif _link_of(row) != row.hash:
            yield Flawed(head.id, row.seq, Flaw.EDITED, "its content does not fit its hash")
        last_seq, last_hash = row.seq, row.hash
    if last_seq < head.journal_seq:
        missing = f"the case has {head.journal_seq} events, the journal ends at {last_seq}"
        yield Flawed(head.id, last_seq + 1, Flaw.TRUNCATED, missing)
    elif last_seq > head.journal_seq or last_hash != head.journal_hash:
        yield Flawed(head.id, last_seq, Flaw.HEAD, "the case's head is not its last event")


def _broken(case_id: int, row: Row[Any], places: Mapping[str, int]) -> Flawed:
    """An event that does not follow on the one before it: moved, or its neighbour is gone."""
    follows = places.get(row.previous_hash)
    if follows is None and row.previous_hash != GENESIS:
        detail = "the event that it follows on is not there"
        return Flawed(case_id, row.seq, Flaw.DELETED, detail)
    return Flawed(case_id, row.seq, Flaw.REORDERED, f"it follows on {follows or 'the beginning'}")


def _link_of(row: Row[Any]) -> str:
    return link(
        row.previous_hash,
        row.case_id,
        row.seq,
        row.kind,
        row.at,
        row.person_id,
        row.appointment_id,
        row.payload,
    )


_case, _event = Case.__table__.c, Event.__table__
_CHAIN = select(_event).where(_event.c.case_id == bindparam("case_id")).order_by(_event.c.seq.asc())
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
