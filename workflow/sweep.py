"""Fires the timers whose moment has come: reminders, escalations and lapses, each once.

Each timer has a transaction of its own, which locks the case first, as a decision does; so
sweepers may run side by side, and one bad timer stops no other. A timer never decides: a lapse
goes through the engine, all else only tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from workflow import (
    cases,
    engine,
    journal,
    outbox,
    timers,
    versions,
)
from workflow.cases import CaseState
from workflow.models import Case
from workflow.models.base import Json
from workflow.timers import Fired

BATCH = 100

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many timers were fired, left (the case was busy, or they were void), and failed."""

    fired: int
    left: int
    failed: int


def run(sessions: sessionmaker[Session], now: datetime) -> Swept:
    """Fire everything that is due by `now`. Commits after each timer."""
    results: list[bool | None] = []
    last: timers.DueTimer | None = None
    while True:
        with sessions() as session:
            batch = timers.due(session, now, BATCH, after=last)
        results += [_fire_alone(sessions, timer, now) for timer in batch]
        if len(batch) < BATCH:
            return Swept(results.count(True), results.count(False), results.count(None))
        last = batch[-1]


def fire(session: Session, timer: timers.DueTimer, now: datetime) -> bool:
    """Fire one timer. False when its case is busy just now, or when it has become void."""
    busy = select(Case.id).where(Case.id == timer.case_id).with_for_update(skip_locked=True)
    if session.scalar(busy) is None:
        return False
    fired = timers.take(session, timer.id, now)
    if fired is None:
        return False
    if fired.kind == timers.LAPSE:
        return engine.lapse(session, fired.case_id, fired.path, fired.visit, now) is not None
    _tell(session, fired, now)
    return True


def _fire_alone(
    sessions: sessionmaker[Session], timer: timers.DueTimer, now: datetime
) -> bool | None:
    """Fire in a transaction of its own; None when it failed, and then it stays due."""
    try:
        with sessions.begin() as session:
            return fire(session, timer, now)
    except Exception:
        log.exception("timer failed", timer=timer.id, case=timer.case_id)
        return None


def _tell(session: Session, fired: Fired, now: datetime) -> None:
    case = cases.lock(session, fired.case_id)
    task = cases.open_tasks(session, case.id)[fired.path, fired.visit, fired.seat]
    payload: Json = {
        "path": fired.path,
        "visit": fired.visit,
        "seat": fired.seat,
        "party": task.party,
        "position_id": task.position_id,
        "position": task.title,
        "due_at": task.due_at,
        "timer": fired.kind,
    }
    kind = timers.REMINDED
    if fired.kind.startswith(timers.ESCALATION):
        kind = timers.ESCALATED
        payload["to"] = _escalation_to(session, case, fired)
    seq = journal.append(
        session, case, kind, at=now, person_id=None, appointment_id=None, payload=payload
    )
    arguments = {"case_id": case.id, "seq": seq}
    message = outbox.row("announce", f"announce:{case.id}:{seq}", arguments, now)
    outbox.post(session, [message])


def _escalation_to(session: Session, case: CaseState, fired: Fired) -> str:
    """Whom the definition's list names for this escalation."""
    number = int(fired.kind.removeprefix(f"{timers.ESCALATION}."))
    version = versions.load(session, case.workflow_version_id, case.workflow_hash)
    return version.definition.escalations[number].to
