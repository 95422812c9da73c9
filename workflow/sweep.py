"""Fires the timers whose moment has come: reminders, escalations and lapses, each once.

Goes case by case, the longest due first, and within a case in the order of its timers' moments.
Cases are locked before they are judged, as for a decision, and one that is busy is left for the
next round; so sweepers may run side by side. What fails is tried alone, and then after pauses
that grow, so that one bad timer stops no other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.orm import Session, sessionmaker

from workflow import due_timers, timers
from workflow.due_timers import DueTimer, Fate
from workflow.engine import firing, lapsing

BATCH = 50
"""Cases that are locked together, for some hundredths of a second."""

FOUND_AT_ONCE = 10_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many timers were fired, left (the case was busy, or they were void), and failed."""

    fired: int
    left: int
    failed: int


def run(sessions: sessionmaker[Session], now: datetime) -> Swept:
    """Fire everything that is due by `now`. Commits after each batch, and after each move."""
    count: Counter[str] = Counter()
    seen: set[int] = set()
    while True:
        with sessions() as session:
            found = due_timers.cases(session, now, FOUND_AT_ONCE + len(seen))
        fresh = [case.case_id for case in found if case.case_id not in seen]
        for first in range(0, len(fresh), BATCH):
            _fire_together(sessions, fresh[first : first + BATCH], now, count)
        seen.update(fresh)
        if len(fresh) < FOUND_AT_ONCE:
            return Swept(count["fired"], count["left"], count["failed"])


def _fire_together(
    sessions: sessionmaker[Session], case_ids: list[int], now: datetime, count: Counter[str]
) -> None:
    """Tell what is due of these cases in one transaction; what that leaves, case by case."""
    alone: Iterable[int] = case_ids
    try:
        with sessions.begin() as session:
            told = firing.tell(session, case_ids, now)
    except Exception:
        log.exception("batch of timers failed", first_case=case_ids[0])
    else:
        count.update(fired=told.fired, left=told.left)
        alone = told.moving
    for case_id in alone:
        _fire_alone(sessions, case_id, now, count)


def _fire_alone(
    sessions: sessionmaker[Session], case_id: int, now: datetime, count: Counter[str]
) -> None:
    """Fire one case's timers, each in a transaction of its own."""
    while (timer := _next(sessions, case_id, now)) is not None:
        try:
            with sessions.begin() as session:
                fate = firing.fire(session, timer, now)
        except Exception as error:
            log.exception("timer failed", timer=timer.id, case=case_id)
            _note(sessions, timer, error, now)
            count["failed"] += 1
            continue
        count["left" if fate in (None, Fate.VOID) else "fired"] += 1
        if fate is None:
            return


def _next(sessions: sessionmaker[Session], case_id: int, now: datetime) -> DueTimer | None:
    with sessions() as session:
        due = due_timers.of_cases(session, [case_id], now, now.date()).get(case_id, ())
    judged = due_timers.judge(due, now)
    return judged[0].timer if judged else None


def _note(
    sessions: sessionmaker[Session], timer: DueTimer, error: Exception, now: datetime
) -> None:
    """Note a failure; of a lapse the administrators are told, the first time."""
    with sessions.begin() as session:
        failures = due_timers.failed(session, timer.id, f"{type(error).__name__}: {error}", now)
        if timer.kind == timers.LAPSE and failures == 1:
            lapsing.record_failure(session, timer, error, now)
