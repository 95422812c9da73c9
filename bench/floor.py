"""The floor: one decision in hand-written SQL on the bare driver, writing the same rows.

It judges nothing: it locks the case, reads one appointment and one position, and writes what the
engine writes in the same tables. Each statement is prepared by the driver, and one round trip.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection, Cursor
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

LOCK = """
    SELECT workflow_version_id, marking, facts, hats, version, journal_seq, journal_hash, outcome
    FROM cases WHERE id = %s FOR UPDATE
"""
APPOINTMENT = """
    SELECT appointments.id, appointments.capacity, positions.agency_id, positions.title, people.name
    FROM appointments JOIN positions ON positions.id = appointments.position_id
    JOIN people ON people.id = appointments.person_id
    WHERE people.id = %s AND people.is_active AND appointments.starts_on <= %s
      AND (appointments.ends_on IS NULL OR appointments.ends_on >= %s)
"""
POSITION = "SELECT id FROM positions WHERE agency_id = %s AND post = %s"
MOVE_CASE = """
    UPDATE cases SET marking = %s, hats = %s, version = version + 1, step = %s, moved_at = %s,
           journal_seq = journal_seq + 1, journal_hash = %s
    WHERE id = %s
"""
DECIDE = """
    INSERT INTO decisions (case_id, request_id, version, person_id, appointment_id, capacity, party,
        action, path, visit, seat, means, decision_class, data, made_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, 'forward', 'routine', %s, %s)
"""
APPEND = """
    INSERT INTO events (case_id, seq, kind, at, person_id, appointment_id, payload, previous_hash,
        hash)
    VALUES (%s, %s, 'decided', %s, %s, %s, %s, %s, %s)
"""
CLOSE_TASK = """
    UPDATE tasks SET status = 'done', closed_at = %s
    WHERE case_id = %s AND path = %s AND visit = %s AND seat = 0
"""
VOID_TIMERS = """
    UPDATE timers SET status = 'void'
    WHERE case_id = %s AND path = %s AND visit = %s AND seat = 0 AND status = 'waiting'
"""
OPEN_TASK = """
    INSERT INTO tasks (case_id, path, visit, seat, party, position_id, status, opened_at, due_at,
        rank_at)
    VALUES (%s, %s, %s, 0, %s, %s, 'open', %s, %s, %s)
"""
SET_TIMER = """
    INSERT INTO timers (case_id, path, visit, seat, kind, due_at, status)
    VALUES (%s, %s, %s, 0, %s, %s, 'waiting')
"""
SEND = """
    INSERT INTO outbox (kind, key, arguments, created_at, due_at)
    VALUES ('announce', %s, %s, %s, %s)
"""


@dataclass(frozen=True)
class Turn:
    """One decision of the floor: what is done where, by whom, and what opens after it."""

    action: str
    path: str
    party: str
    person_id: int
    opens: str
    opens_party: str
    opens_post: str
    timers: int
    data: dict[str, Any]
    payload: dict[str, Any]


def decide(
    connection: Connection[Any], case_id: int, turn: Turn, request_id: str, now: datetime
) -> None:
    """Take one turn in one transaction."""
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        case = cursor.execute(LOCK, (case_id,)).fetchone()
        today = now.date()
        held = cursor.execute(APPOINTMENT, (turn.person_id, today, today)).fetchone()
        assert case is not None
        assert held is not None
        position = cursor.execute(POSITION, (held["agency_id"], turn.opens_post)).fetchone()
        assert position is not None
        visits = case["marking"]["visits"]
        next_visit = visits.get(turn.opens, 0) + 1
        marking = {
            **case["marking"],
            "step": turn.opens,
            "visits": {**visits, turn.opens: next_visit},
            "seats": {turn.opens: [[turn.opens_party, None]]},
        }
        seq, previous = case["journal_seq"] + 1, case["journal_hash"]
        form = json.dumps([case_id, seq, now.isoformat(), previous, turn.payload], sort_keys=True)
        digest = hashlib.sha256(form.encode()).hexdigest()
        hats = {**case["hats"], str(turn.person_id): [turn.party]}
        moved = (Jsonb(marking), Jsonb(hats), turn.opens, now, digest, case_id)
        cursor.execute(MOVE_CASE, moved)
        decision = (
            case_id, request_id, case["version"] + 1, turn.person_id, held["id"], held["capacity"],
            turn.party, turn.action, turn.path, visits[turn.path], Jsonb(turn.data), now,
        )  # fmt: skip
        cursor.execute(DECIDE, decision)
        event = (
            case_id, seq, now, turn.person_id, held["id"], Jsonb(turn.payload), previous, digest,
        )  # fmt: skip
        cursor.execute(APPEND, event)
        _hand_on(cursor, case_id, turn, (visits[turn.path], next_visit), position["id"], now)
        message = (
            f"announce:{case_id}:{seq}", Jsonb({"case_id": case_id, "seq": seq}), now, now,
        )  # fmt: skip
        cursor.execute(SEND, message)


def _hand_on(
    cursor: Cursor[Any],
    case_id: int,
    turn: Turn,
    visits: tuple[int, int],
    position_id: int,
    now: datetime,
) -> None:
    """Close the task with its timers, and open the next; `visits` are of the one and the other."""
    visit, next_visit = visits
    cursor.execute(CLOSE_TASK, (now, case_id, turn.path, visit))
    cursor.execute(VOID_TIMERS, (case_id, turn.path, visit))
    due = now + timedelta(days=2)
    task = (case_id, turn.opens, next_visit, turn.opens_party, position_id, now, due, due)
    cursor.execute(OPEN_TASK, task)
    timers = [
        (case_id, turn.opens, next_visit, f"timer.{number}", due) for number in range(turn.timers)
    ]
    if timers:
        cursor.executemany(SET_TIMER, timers)
