"""A move, written: the case, the decision, the event, tasks, timers and the message, or nothing.

One statement with a part for each table, so that a decision costs one round trip however much
follows from it. Judges nothing; the case must be locked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from states.marking import Marking
from states.move import Closed, Move
from workflow import journal
from workflow.appointments import Actor
from workflow.cases import CaseState, Fact
from workflow.engine import picking, postponing, tasks
from workflow.engine.tasks import Opening, place
from workflow.models.base import Json
from workflow.situations import Surroundings

LONG_WORDS = frozenset({"checklist"})
"""Data that the event names by its hash only; the decision keeps it."""


@dataclass(frozen=True)
class Deed:
    """Who did what with which words: all of a decision that is not in its move."""

    kind: str
    request_id: str
    actor: Actor | None = None
    hat: str | None = None
    words: Mapping[str, Any] = field(default_factory=dict)
    asked: Mapping[str, Fact] = field(default_factory=dict)
    """The facts that the guards were asked with, the actor's own among them."""
    holders: Mapping[str, int] = field(default_factory=dict)
    snapshot: Mapping[str, Any] = field(default_factory=dict)


def write(
    session: Session, around: Surroundings, move: Move, deed: Deed, facts: Mapping[str, Fact]
) -> int | None:
    """Write everything that a move changes; returns the decision's id.

    None when this request id has decided already: nothing is written then. `facts` are the
    case's from now on. Raises Refused when the agency that is asked next does not exist.
    """
    case, now = around.case, around.now
    after = replace(around, case=replace(case, facts=dict(facts), hats=_hats(case, deed)))
    picks = deed.words.get("picks") or picking.remembered(session, after, move.opened)
    openings = tasks.openings(session, after, move.opened, picks)
    who, payload = deed.actor, _payload(case, move, deed, openings)
    values = {
        **case_values(after.case, move.marking),
        **_decision_values(move, deed),
        **event_values(
            case,
            deed.kind,
            payload,
            now,
            person_id=None if who is None else who.person_id,
            appointment_id=None if who is None else who.appointment_id,
        ),
        "case_id": case.id,
        "now": now,
        "closed": journal.canonical([told_of_closed(closed) for closed in move.closed]),
        "opened": journal.canonical([opening.row() for opening in openings]),
        "timed": journal.canonical(tasks.timed(around, openings)),
    }
    statement = _BEGIN if deed.kind == "case_started" else _WRITE
    connection = session.connection()
    decision_id: int | None = connection.exec_driver_sql(statement, values).scalar()
    if decision_id is not None and move.extends is not None:
        postponing.extend(session, after, move, facts)
    return decision_id


def case_values(case: CaseState, marking: Marking) -> dict[str, Any]:
    """The row of a case that has moved on to a marking."""
    return {
        "marking": journal.canonical(marking.to_json()),
        "facts": journal.canonical(case.facts),
        "hats": journal.canonical(case.hats),
        "version": case.version + 1,
        "step": marking.step,
        "outcome": marking.outcome,
    }


def _decision_values(move: Move, deed: Deed) -> dict[str, Any]:
    actor = deed.actor
    return {
        "request_id": deed.request_id,
        "capacity": None if actor is None else actor.capacity.value,
        "hat": deed.hat,
        "action": move.action,
        "track": move.track,
        "path": move.path,
        "visit": move.visit,
        "seat": move.seat,
        "means": move.means.value,
        "decision_class": move.decision_class.value,
        "verdict": move.verdict,
        "words": journal.canonical(deed.words),
    }


def event_values(
    case: CaseState,
    kind: str,
    payload: Json,
    now: datetime,
    *,
    person_id: int | None,
    appointment_id: int | None,
) -> dict[str, Any]:
    """The event, chained to the one before, and the message that tells the world of it."""
    seq = case.journal_seq + 1
    message = journal.announcement(case.id, seq, now)
    return {
        "seq": seq,
        "kind": kind,
        "person_id": person_id,
        "appointment_id": appointment_id,
        "payload": journal.canonical(payload),
        "previous_hash": case.journal_hash,
        "hash": journal.link(
            case.journal_hash, case.id, seq, kind, now, person_id, appointment_id, payload
        ),
        "message_kind": message["kind"],
        "message_key": message["key"],
        "arguments": journal.canonical(message["arguments"]),
    }


def _hats(case: CaseState, deed: Deed) -> dict[str, list[str]]:
    if deed.actor is None or deed.hat is None:
        return case.hats
    return case.worn_with(deed.actor.person_id, deed.hat)


def told_of_closed(closed: Closed) -> dict[str, Any]:
    """What the event says of a task that was closed."""
    return {**place(closed), "status": closed.status}


def _payload(case: CaseState, move: Move, deed: Deed, openings: list[Opening]) -> dict[str, Any]:
    """What the event says: enough to tell the story, and to play the move again."""
    payload = {
        **_told_of_move(move, openings),
        **_told_of_person(deed),
        "data": {
            name: {"sha256": journal.digest_of(words)} if name in LONG_WORDS else words
            for name, words in deed.words.items()
        },
        "version": case.version + 1,
        "marking_hash": journal.digest_of(move.marking.to_json()),
        "unattended": [opening.missed() for opening in openings if not opening.is_attended],
        "facts": dict(deed.asked),
    }
    if deed.kind == "case_started":
        payload["workflow_hash"] = case.workflow_hash
    if deed.holders:
        payload["holders"] = dict(deed.holders)
    if deed.snapshot:
        payload["snapshot"] = dict(deed.snapshot)
    return payload


def _told_of_move(move: Move, openings: list[Opening]) -> dict[str, Any]:
    return {
        "action": move.action,
        "track": move.track,
        "path": move.path,
        "visit": move.visit,
        "seat": move.seat,
        "means": move.means.value,
        "class": move.decision_class.value,
        "verdict": move.verdict,
        "from": move.before.step,
        "to": move.marking.step,
        "opened": [opening.told() for opening in openings],
        "closed": [told_of_closed(closed) for closed in move.closed],
        "joined": [{**asdict(joined), "verdicts": dict(joined.verdicts)} for joined in move.joined],
        "outcome": move.outcome,
        "clocks_started": list(move.clocks_started),
    }


def _told_of_person(deed: Deed) -> dict[str, Any]:
    actor = deed.actor
    if actor is None:
        return dict.fromkeys(("position", "agency", "person", "capacity", "letter", "party"))
    return {"party": deed.hat, **actor.told()}


_PLACES = "AS place (path text, visit bigint, seat bigint, status text)"
CASE = """
    UPDATE cases
    SET marking = CAST(%(marking)s AS jsonb), facts = CAST(%(facts)s AS jsonb),
        hats = CAST(%(hats)s AS jsonb), version = %(version)s, journal_seq = %(seq)s,
        journal_hash = %(hash)s, step = %(step)s, outcome = %(outcome)s, moved_at = %(now)s,
        ended_at = CASE WHEN CAST(%(outcome)s AS text) IS NULL THEN NULL ELSE %(now)s END
    WHERE id = %(case_id)s
"""
# Only the parts of this module are put together here.
REST = f"""
    told AS (
        INSERT INTO events (case_id, seq, kind, at, person_id, appointment_id, payload,
                            previous_hash, hash)
        SELECT id, %(seq)s, %(kind)s, %(now)s, CAST(%(person_id)s AS bigint),
               CAST(%(appointment_id)s AS bigint), CAST(%(payload)s AS jsonb),
               %(previous_hash)s, %(hash)s
        FROM moved
    ), sent AS (
        INSERT INTO outbox (kind, key, arguments, created_at, due_at)
        SELECT %(message_kind)s, %(message_key)s, CAST(%(arguments)s AS jsonb), %(now)s, %(now)s
        FROM moved
    ), closed AS (
        UPDATE tasks SET status = place.status, closed_at = %(now)s
        FROM moved, jsonb_to_recordset(CAST(%(closed)s AS jsonb)) {_PLACES}
        WHERE tasks.case_id = %(case_id)s AND tasks.status = 'open' AND tasks.path = place.path
          AND tasks.visit = place.visit AND tasks.seat = place.seat
        RETURNING tasks.path, tasks.visit, tasks.seat
    ), voided AS (
        UPDATE timers SET status = 'void'
        FROM closed
        WHERE timers.case_id = %(case_id)s AND timers.path = closed.path
          AND timers.visit = closed.visit AND timers.seat = closed.seat
          AND timers.status = 'waiting'
    ), opened AS (
        INSERT INTO tasks (case_id, path, visit, seat, party, position_id, assignee_id, status,
                           opened_at, due_at, due_explained, rank_at)
        SELECT moved.id, path, visit, seat, party, position_id, assignee_id, 'open',
               %(now)s, due_at, due_explained, rank_at
        FROM moved, jsonb_to_recordset(CAST(%(opened)s AS jsonb))
             AS task (path text, visit bigint, seat bigint, party text, position_id bigint,
                      assignee_id bigint, due_at timestamptz, due_explained jsonb,
                      rank_at timestamptz)
    ), timed AS (
        INSERT INTO timers (case_id, path, visit, seat, kind, due_at, status)
        SELECT moved.id, path, visit, seat, kind, due_at, 'waiting'
        FROM moved, jsonb_to_recordset(CAST(%(timed)s AS jsonb))
             AS timer (path text, visit bigint, seat bigint, kind text, due_at timestamptz)
    )
"""  # noqa: S608
_WRITE = f"""
    WITH moved AS (
        {CASE} AND NOT EXISTS (
            SELECT FROM decisions WHERE case_id = %(case_id)s AND request_id = %(request_id)s
        )
        RETURNING id
    ), decided AS (
        INSERT INTO decisions (case_id, request_id, version, person_id, appointment_id, capacity,
                               party, action, track, path, visit, seat, means, decision_class,
                               verdict, data, made_at)
        SELECT id, %(request_id)s, %(version)s, CAST(%(person_id)s AS bigint),
               CAST(%(appointment_id)s AS bigint), %(capacity)s, %(hat)s, %(action)s, %(track)s,
               %(path)s, %(visit)s, CAST(%(seat)s AS bigint), %(means)s, %(decision_class)s,
               %(verdict)s, CAST(%(words)s AS jsonb), %(now)s
        FROM moved
        RETURNING id
    ), {REST}
    SELECT id FROM decided
"""  # noqa: S608
_BEGIN = f"WITH moved AS ({CASE} RETURNING id), {REST} SELECT id FROM moved"  # noqa: S608
