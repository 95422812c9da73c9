"""Timers are rows: what to do when, for one seat of one visit, and it dies with the visit.

Decides when reminders, escalations and lapses come. What becomes of them then is for `due_timers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from states.definition import Definition, Reminder
from states.move import Opened
from workflow.calendar import Calendar, Due

REMINDER = "reminder"
ESCALATION = "escalation"
REASSIGN = "reassign"
LAPSE = "lapse"

REMINDED = "reminded"
ESCALATED = "escalated"
"""The kinds of event that a fired reminder and a fired escalation leave in the journal."""

REASSIGNED = "reassigned"
"""The kind of event of a late task that went to the superior or to the acting officer."""

LAPSE_FAILED = "lapse_failed"
"""The kind of event that says why a passed deadline cannot lead on."""


class TimerRow(NamedTuple):
    """What a timer does (`reminder.N`, `escalation.N`, `reassign.N`, `lapse`) and when."""

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
            f"{REASSIGN if escalation.reassign else ESCALATION}.{number}",
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


def reset(
    session: Session, seat: Mapping[str, object], rows: Iterable[TimerRow], now: datetime
) -> None:
    """Let the timers of a seat be these, of a version that has other ones.

    Those that wait die. What would come in the past is left out, except that a time which is over
    leads on; what has fired fires again only for a due time that is still to come.
    """
    session.execute(_VOID, seat)
    coming = [{**seat, **row._asdict()} for row in rows if row.due_at > now or row.kind == LAPSE]
    if coming:
        session.execute(_RESET, coming)


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


_VOID = text("""
    UPDATE timers SET status = 'void'
    WHERE case_id = :case_id AND path = :path AND visit = :visit AND seat = :seat
      AND status = 'waiting'
""")
_RESET = text("""
    INSERT INTO timers (case_id, path, visit, seat, kind, due_at, status)
    VALUES (:case_id, :path, :visit, :seat, :kind, :due_at, 'waiting')
    ON CONFLICT (case_id, path, visit, seat, kind)
    DO UPDATE SET due_at = excluded.due_at, status = 'waiting', fired_at = NULL, failures = 0,
                  retry_at = NULL, error = NULL
    WHERE timers.status = 'void' OR :is_for_due_time
""")
_RETIME = text("""
    INSERT INTO timers (case_id, path, visit, seat, kind, due_at, status)
    VALUES (:case_id, :path, :visit, :seat, :kind, :due_at, 'waiting')
    ON CONFLICT (case_id, path, visit, seat, kind)
    DO UPDATE SET due_at = excluded.due_at, status = 'waiting', fired_at = NULL, failures = 0,
                  retry_at = NULL, error = NULL
    WHERE timers.status = 'waiting' OR (:is_for_due_time AND excluded.due_at > timers.due_at)
""")
