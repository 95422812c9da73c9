"""What becomes of timers whose moment has come: told, moved by, void, or left for later.

`judge` is asked by the sweep about now and by the forecast about days to come, so that the two
agree. It is pure; the rest reads timers with their tasks, and notes what failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from workflow.models.organisation import TITLE_ON
from workflow.timers import LAPSE, REASSIGN, REMINDER

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)

LATE = timedelta(hours=1)
"""How long after its moment a timer is part of what piled up, and is told with all the rest."""


class DueTimer(NamedTuple):
    """A timer whose moment has come, with the open task that it is for."""

    id: int
    case_id: int
    path: str
    visit: int
    seat: int
    kind: str
    due_at: datetime
    is_waiting: bool
    retry_at: datetime | None
    visit_due_at: datetime | None
    """For a lapse: until when the visit has time, by the task that has most of it."""
    task_due_at: datetime
    party: str
    position_id: int
    position: str

    def is_late(self, now: datetime) -> bool:
        """Whether it comes so long after its moment that it is told with what piled up."""
        return self.due_at < now - LATE

    def told(self) -> dict[str, Any]:
        """What an event says of it."""
        return {
            "path": self.path,
            "visit": self.visit,
            "seat": self.seat,
            "party": self.party,
            "position_id": self.position_id,
            "position": self.position,
            "due_at": self.task_due_at,
            "timer": self.kind,
            "moment": self.due_at,
        }


class Fate(StrEnum):
    """What becomes of a timer whose moment has come."""

    TELL = "tell"
    MOVE = "move"
    """It may change who has the case: fired in a transaction of its own."""
    VOID = "void"


class Judged(NamedTuple):
    """A timer and what becomes of it."""

    timer: DueTimer
    fate: Fate


def judge(timers: Iterable[DueTimer], now: datetime) -> list[Judged]:
    """What becomes of the waiting ones among a case's due timers, in the order of their moments.

    A visit lapses when no seat has time any more. A reminder that was slept through until the
    seat's next timer had come as well is void: nobody is told of one task twice at once. What has
    failed waits out its pause.
    """
    come = sorted(
        (one for one in timers if one.due_at <= now and not _has_time(one, now)),
        key=lambda one: (one.due_at, one.id),
    )
    last = {(one.path, one.visit, one.seat): one.id for one in come}
    judged = []
    for one in come:
        is_pausing = one.retry_at is not None and one.retry_at > now
        if one.is_waiting and not is_pausing:
            is_last = last[one.path, one.visit, one.seat] == one.id
            judged.append(Judged(one, _fate(one, is_last=is_last)))
    return judged


def _has_time(timer: DueTimer, now: datetime) -> bool:
    """Whether another seat of the visit has time left, so that it does not lapse yet."""
    return timer.visit_due_at is not None and timer.visit_due_at > now


def _fate(timer: DueTimer, *, is_last: bool) -> Fate:
    if timer.kind == LAPSE or timer.kind.startswith(REASSIGN):
        return Fate.MOVE
    if timer.kind.startswith(REMINDER) and not is_last:
        return Fate.VOID
    return Fate.TELL


class DueCase(NamedTuple):
    """A case with a timer whose moment has come, and the earliest such moment."""

    due_at: datetime
    case_id: int


def cases(session: Session, now: datetime, limit: int) -> list[DueCase]:
    """The cases that have something to fire, the longest due first."""
    return [DueCase(*row) for row in session.execute(_CASES, {"now": now, "limit": limit})]


def count_overdue(session: Session, since: datetime) -> int:
    """How many timers should have fired by then and have not, for no reason of their own.

    What waits out a pause after a failure, or for a seat that has time, is not counted.
    """
    count: int = session.execute(_OVERDUE, {"now": since}).scalar_one()
    return count


def is_behind(session: Session, now: datetime) -> bool:
    """Whether a sweep has still to fire something that is late: it belongs to what piled up."""
    found: bool = session.execute(_BEHIND, {"now": now - LATE}).scalar_one()
    return found


def cases_until(session: Session, until: datetime) -> list[int]:
    """The cases in which a timer's moment comes by `until`."""
    return list(session.scalars(_CASES_UNTIL, {"until": until}))


def of_cases(
    session: Session, case_ids: Sequence[int], until: datetime, day: date
) -> dict[int, list[DueTimer]]:
    """By case: the timers of open tasks whose moment comes by `until`, void ones left out.

    Positions go by their titles of the day.
    """
    rows = session.execute(_OF_CASES, {"cases": list(case_ids), "until": until, "day": day})
    timers = [DueTimer._make(row) for row in rows.all()]
    return {case_id: list(found) for case_id, found in groupby(timers, key=_case_id)}


def failed(session: Session, timer_id: int, error: str, now: datetime) -> int:
    """Note that firing a timer failed, and when it is tried again; returns how often it has."""
    failures: int = session.execute(_FAILURES, {"id": timer_id}).scalar_one()
    values = {"id": timer_id, "error": error, "retry_at": now + pause(failures)}
    session.execute(_FAILED, values)
    return failures


def pause(failures: int) -> timedelta:
    """How long to wait after so many failures: a minute, 4, 16, 64 … six hours at most."""
    return min(FIRST_PAUSE * (1 << 2 * min(failures - 1, 10)), LONGEST_PAUSE)


def _case_id(timer: DueTimer) -> int:
    return timer.case_id


_DUE = """
    FROM timers
    WHERE status = 'waiting' AND due_at <= :now AND (retry_at IS NULL OR retry_at <= :now)
      AND NOT (kind = 'lapse' AND EXISTS (
          SELECT FROM tasks
          WHERE tasks.case_id = timers.case_id AND tasks.path = timers.path
            AND tasks.visit = timers.visit AND tasks.status = 'open' AND tasks.due_at > :now))
"""
_CASES = text(
    f"SELECT min(due_at) AS due_at, case_id {_DUE} "
    "GROUP BY case_id ORDER BY due_at, case_id LIMIT :limit"
)
_OVERDUE = text(f"SELECT count(*) {_DUE}")
_BEHIND = text(f"SELECT EXISTS (SELECT {_DUE})")
_CASES_UNTIL = text("""
    SELECT DISTINCT case_id FROM timers
    WHERE status = 'waiting' AND due_at <= :until ORDER BY case_id
""")
_OF_CASES = text(f"""
    SELECT timers.id, timers.case_id, timers.path, timers.visit, timers.seat, timers.kind,
           timers.due_at, timers.status = 'waiting', timers.retry_at,
           CASE WHEN timers.kind = 'lapse' THEN (
               SELECT max(due_at) FROM tasks AS seats
               WHERE seats.case_id = timers.case_id AND seats.path = timers.path
                 AND seats.visit = timers.visit AND seats.status = 'open'
           ) END,
           tasks.due_at, tasks.party, tasks.position_id,
           {TITLE_ON.format(positions="positions", day=":day")}
    FROM timers
    JOIN tasks ON tasks.case_id = timers.case_id AND tasks.path = timers.path
     AND tasks.visit = timers.visit AND tasks.seat = timers.seat AND tasks.status = 'open'
    JOIN positions ON positions.id = tasks.position_id
    WHERE timers.case_id = ANY (CAST(:cases AS bigint[])) AND timers.due_at <= :until
      AND timers.status <> 'void'
    ORDER BY timers.case_id, timers.due_at, timers.id
""")  # noqa: S608
_FAILURES = text("UPDATE timers SET failures = failures + 1 WHERE id = :id RETURNING failures")
_FAILED = text("UPDATE timers SET error = :error, retry_at = :retry_at WHERE id = :id")
