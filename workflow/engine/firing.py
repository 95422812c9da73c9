"""Due timers of locked cases, fired: told in the journal and the outbox, or moved by.

Whatever is told of many cases is written by one statement, so that a sweep costs little more than
its rows. A timer never decides: a lapse goes where the definition leads, a
late task may go to somebody else, all else only tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from workflow import cases, due_timers, journal, outbox, timers, versions
from workflow.cases import Head
from workflow.due_timers import DueTimer, Fate, Judged
from workflow.engine import lapsing, reassigning
from workflow.models.base import Json
from workflow.models.case import TimerStatus

CATCH_UP = "catch_up"
"""The kind of message in the outbox that leads what piled up in some cases to whom it concerns."""

SETTLING = timedelta(minutes=2)
"""How long what piled up waits before people are told; longer while a sweep is not through."""


@dataclass(frozen=True, slots=True)
class Told:
    """What firing many cases came to."""

    fired: int
    left: int
    """Cases that were busy, and timers that had become void."""
    moving: tuple[int, ...]
    """Cases that have something to fire that may move them: each on its own."""


@dataclass(slots=True)
class _Sheet:
    """The rows that one statement writes."""

    now: datetime
    heads: list[Json] = field(default_factory=list)
    events: list[Json] = field(default_factory=list)
    settled: list[Json] = field(default_factory=list)
    messages: list[Json] = field(default_factory=list)
    piled_up: list[list[int]] = field(default_factory=list)

    @property
    def fired(self) -> int:
        """How many timers are told."""
        return len(self.events)

    @property
    def void(self) -> int:
        """How many timers have become void."""
        return len(self.settled) - len(self.events)


def tell(session: Session, case_ids: Sequence[int], now: datetime) -> Told:
    """Tell what is due of these cases, up to what may move them. Locks those that are free."""
    heads = cases.lock_free(session, case_ids)
    due = due_timers.of_cases(session, [head.id for head in heads], now, now.date())
    sheet, moving = _Sheet(now), []
    for head in heads:
        judged = due_timers.judge(due.get(head.id, ()), now)
        told = list(takewhile(lambda one: one.fate is not Fate.MOVE, judged))
        _put(session, sheet, head, told)
        if len(told) < len(judged):
            moving.append(head.id)
    _write(session, sheet)
    return Told(sheet.fired, sheet.void + len(case_ids) - len(heads), tuple(moving))


def fire(session: Session, timer: DueTimer, now: datetime) -> Fate | None:
    """Fire one timer. None when its case is busy, or when something else is due before it now."""
    for head in cases.lock_free(session, [timer.case_id]):
        due = due_timers.of_cases(session, [head.id], now, now.date()).get(head.id, ())
        judged = due_timers.judge(due, now)[:1]
        if judged and judged[0].timer.id == timer.id:
            return _fire(session, head, judged[0], now)
    return None


def _fire(session: Session, head: Head, judged: Judged, now: datetime) -> Fate:
    timer = judged.timer
    if judged.fate is Fate.MOVE:
        session.execute(_FIRED, {"id": timer.id, "now": now})
        if timer.kind == timers.LAPSE:
            lapsing.lapse(session, timer.case_id, timer.path, timer.visit, now)
        else:
            reassigning.reassign(session, timer, now)
        return judged.fate
    sheet = _Sheet(now)
    _put(session, sheet, head, [judged])
    _write(session, sheet)
    return judged.fate


def _put(session: Session, sheet: _Sheet, head: Head, judged: Iterable[Judged]) -> None:
    """Write down what follows from these timers of one case: each event chained to the last."""
    seq, chain = head.journal_seq, head.journal_hash
    for timer, fate in judged:
        is_void = fate is Fate.VOID
        status = TimerStatus.VOID if is_void else TimerStatus.FIRED
        sheet.settled.append({"id": timer.id, "status": status.value})
        if is_void:
            continue
        seq += 1
        kind, payload = _told(session, head, timer)
        previous = chain
        chain = journal.link(previous, head.id, seq, kind, sheet.now, None, None, payload)
        sheet.events.append(
            {
                "case_id": head.id,
                "seq": seq,
                "kind": kind,
                "payload": payload,
                "previous_hash": previous,
                "hash": chain,
            }
        )
        _announce(sheet, head.id, seq, is_late=timer.is_late(sheet.now))
    if seq > head.journal_seq:
        sheet.heads.append({"id": head.id, "seq": seq, "hash": chain})


def _announce(sheet: _Sheet, case_id: int, seq: int, *, is_late: bool) -> None:
    if is_late:
        sheet.piled_up.append([case_id, seq])
        return
    sheet.messages.append(journal.announcement(case_id, seq, sheet.now))


def _told(session: Session, head: Head, timer: DueTimer) -> tuple[str, Json]:
    """What the event says of a timer, and its kind."""
    payload: Json = timer.told()
    if not timer.kind.startswith(timers.ESCALATION):
        return timers.REMINDED, payload
    number = int(timer.kind.removeprefix(f"{timers.ESCALATION}."))
    version = versions.of(session, head)
    escalation = version.definition.escalations[number]
    payload["to"] = escalation.to
    if escalation.post is not None:
        payload["post"] = escalation.post
    return timers.ESCALATED, payload


def _write(session: Session, sheet: _Sheet) -> None:
    if not sheet.settled:
        return
    messages = list(sheet.messages)
    if sheet.piled_up:
        first = ":".join(str(number) for number in sheet.piled_up[0])
        about = {"events": sheet.piled_up}
        due_at = sheet.now + SETTLING
        messages.append(outbox.row(CATCH_UP, f"{CATCH_UP}:{first}", about, sheet.now, due_at))
    values: dict[str, Any] = {
        "now": sheet.now,
        "heads": journal.canonical(sheet.heads),
        "events": journal.canonical(sheet.events),
        "settled": journal.canonical(sheet.settled),
        "messages": journal.canonical(messages),
    }
    session.connection().exec_driver_sql(_TELL, values)


_FIRED = text("UPDATE timers SET status = 'fired', fired_at = :now WHERE id = :id")
_TELL = """
    WITH headed AS (
        UPDATE cases SET journal_seq = head.seq, journal_hash = head.hash
        FROM jsonb_to_recordset(CAST(%(heads)s AS jsonb)) AS head (id bigint, seq int, hash text)
        WHERE cases.id = head.id
    ), told AS (
        INSERT INTO events (case_id, seq, kind, at, payload, previous_hash, hash)
        SELECT case_id, seq, kind, %(now)s, payload, previous_hash, hash
        FROM jsonb_to_recordset(CAST(%(events)s AS jsonb))
             AS event (case_id bigint, seq int, kind text, payload jsonb, previous_hash text,
                       hash text)
    ), settled AS (
        UPDATE timers SET status = settled.status, fired_at = %(now)s
        FROM jsonb_to_recordset(CAST(%(settled)s AS jsonb)) AS settled (id bigint, status text)
        WHERE timers.id = settled.id
    )
    INSERT INTO outbox (kind, key, arguments, created_at, due_at)
    SELECT kind, key, arguments, created_at, due_at
    FROM jsonb_to_recordset(CAST(%(messages)s AS jsonb))
         AS message (kind text, key text, arguments jsonb, created_at timestamptz,
                     due_at timestamptz)
    ON CONFLICT (key) DO NOTHING
"""
