"""Timers are rows: what to do when, for one seat of one visit, and it dies with the visit.

Decides when reminders, escalations and lapses come. Firing them is `sweep`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import Table, and_, case, select, text, tuple_, update
from sqlalchemy.orm import Session

from states.definition import Definition, Reminder
from states.move import Opened
from workflow.calendar import Calendar, Due
from workflow.models import Timer
from workflow.models.case import TimerStatus

REMINDER = "reminder"
ESCALATION = "escalation"
LAPSE = "lapse"

REMINDED = "reminded"
ESCALATED = "escalated"
"""The kinds of event that a fired reminder and a fired escalation leave in the journal."""


class TimerRow(NamedTuple):
    """What a timer does (`reminder.N`, `escalation.N`, `lapse`) and when."""

    kind: str
    due_at: datetime
    is_for_due_time: bool = True
    """Whether it speaks of the due time, so that a later one makes it matter again."""


def rows(
    definition: Definition,
    *,
    opened: Opened,
    opened_at: datetime,
    due: Due | None,
    calendar: Calendar,
    week: str,
) -> list[TimerRow]:
    """The timers of a task that has just been opened: none without a due time.

    Reminders come at opening time; one that would come before the task, or at the same moment as
    a later one, is left out. N counts from 0 in the definition's list.
    """
    if due is None:
        return []
    opened_at = opened_at.astimezone(due.at.tzinfo)
    reminders = {
        at: TimerRow(f"{REMINDER}.{number}", at, reminder.kind != "half_way")
        for number, reminder in enumerate(definition.reminders)
        if (at := _reminder_at(reminder, opened_at, due.at, calendar, week)) is not None
        and at > opened_at
    }
    escalations = [
        TimerRow(
            f"{ESCALATION}.{number}",
            calendar.due(due.at, escalation.after, week, facts={}).at,
        )
        for number, escalation in enumerate(definition.escalations)
    ]
    lapse = [TimerRow(LAPSE, due.at)] if opened.lapses else []
    return [*reminders.values(), *lapse, *escalations]


def retime(
    session: Session, seat: Mapping[str, object], rows: Iterable[TimerRow], now: datetime
) -> None:
    """Give the timers of a seat (`case_id, path, visit, seat`) their moments for a later due time.

    Those that wait move. One that has fired stays fired, unless it speaks of the due time and its
    new moment is still to come. What would come in the past is left as it is.
    """
    later = [{**seat, **row._asdict()} for row in rows if row.due_at > now]
    if later:
        session.execute(_RETIME, later)


def _reminder_at(
    reminder: Reminder, opened_at: datetime, due_at: datetime, calendar: Calendar, week: str
) -> datetime | None:
    if reminder.kind == "half_way":
        return calendar.half_way(opened_at, due_at, week)
    if reminder.kind == "on_due_day":
        return calendar.last_opening(due_at, week)
    assert reminder.amount is not None
    assert reminder.unit is not None
    return calendar.before(due_at, reminder.amount, reminder.unit, week)


class DueTimer(NamedTuple):
    """A timer whose moment has come."""

    due_at: datetime
    id: int
    case_id: int


class Fired(NamedTuple):
    """A timer that is being fired in this transaction."""

    case_id: int
    path: str
    visit: int
    seat: int
    kind: str
    due_at: datetime


def due(
    session: Session, now: datetime, limit: int = 100, after: DueTimer | None = None
) -> list[DueTimer]:
    """The timers whose moment has come, the oldest first; with `after`, those behind it."""
    query = (
        select(_timer.c.due_at, _timer.c.id, _timer.c.case_id)
        .where(_timer.c.status == TimerStatus.WAITING, _timer.c.due_at <= now)
        .order_by(_timer.c.due_at, _timer.c.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(_timer.c.due_at, _timer.c.id) > (after.due_at, after.id))
    return [DueTimer(*row) for row in session.execute(query)]


def take(session: Session, timer_id: int, now: datetime) -> Fired | None:
    """Mark a due timer as fired; its case must be locked. None when somebody else was quicker.

    A reminder that was slept through until the seat's next timer was due as well becomes void
    instead, so that nobody is told of the same task twice at once.
    """
    later = _timer.alias()
    is_superseded = (
        select(later.c.id)
        .where(
            later.c.case_id == _timer.c.case_id,
            later.c.path == _timer.c.path,
            later.c.visit == _timer.c.visit,
            later.c.seat == _timer.c.seat,
            later.c.status != TimerStatus.VOID,
            tuple_(later.c.due_at, later.c.id) > tuple_(_timer.c.due_at, _timer.c.id),
            later.c.due_at <= now,
        )
        .exists()
    )
    void = and_(_timer.c.kind.startswith(REMINDER), is_superseded)
    statement = (
        update(_timer)
        .where(
            _timer.c.id == timer_id,
            _timer.c.status == TimerStatus.WAITING,
            _timer.c.due_at <= now,
        )
        .values(status=case((void, TimerStatus.VOID), else_=TimerStatus.FIRED), fired_at=now)
        .returning(
            _timer.c.case_id,
            _timer.c.path,
            _timer.c.visit,
            _timer.c.seat,
            _timer.c.kind,
            _timer.c.due_at,
            _timer.c.status,
        )
    )
    row = session.execute(statement).one_or_none()
    if row is None or row.status == TimerStatus.VOID:
        return None
    return Fired(*row[:-1])


_timer = cast("Table", Timer.__table__)
_RETIME = text("""
    INSERT INTO timers (case_id, path, visit, seat, kind, due_at, status)
    VALUES (:case_id, :path, :visit, :seat, :kind, :due_at, 'waiting')
    ON CONFLICT (case_id, path, visit, seat, kind)
    DO UPDATE SET due_at = excluded.due_at, status = 'waiting', fired_at = NULL
    WHERE timers.status = 'waiting' OR (:is_for_due_time AND excluded.due_at > timers.due_at)
""")
