"""Later deadlines: open tasks get more time, and their timers new moments, in this one place.

A due time keeps how it came about, each part resting on the one before, so that it can be counted
again from its beginning. Asks nobody for leave and writes no event; the case must be locked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from states.definition import Duration
from states.move import Move, Opened
from workflow import journal, timers
from workflow.calendar import Calendar, Due
from workflow.cases import Fact
from workflow.engine.tasks import Open
from workflow.models.base import Json
from workflow.situations import Surroundings
from workflow.versions import Version


@dataclass(frozen=True, slots=True)
class Dated:
    """An open task that has a due time, and the working week of who has it."""

    id: int
    case_id: int
    path: str
    visit: int
    seat: int
    party: str
    opened_at: datetime
    due_at: datetime
    due_explained: Json
    week: str


def dated(
    session: Session, case_id: int, path: str | None = None, visit: int | None = None
) -> list[Dated]:
    """The open tasks of a case that have a due time; with a path, those of one visit."""
    rows = session.execute(_DATED, {"case_id": case_id, "path": path, "visit": visit})
    return [Dated(*row) for row in rows]


def extend(session: Session, around: Surroundings, move: Move, facts: Mapping[str, Fact]) -> None:
    """Give the tasks of a visit the time that a move grants, from their due time on."""
    if move.extends is None:
        return
    for task in dated(session, around.case.id, move.path, move.visit):
        due = later(around, task, move.extends, facts)
        postpone(session, around.version, around.calendar, task, due, around.now)


def later(around: Surroundings, task: Dated, more: Duration, facts: Mapping[str, Fact] = {}) -> Due:
    """The due time of a task with so much time added."""
    was_due = task.due_at.astimezone(around.now.tzinfo)
    added = around.calendar.due(was_due, more, task.week, facts=facts)
    return _resting_on(task.due_explained, added)


def counted_again(calendar: Calendar, explained: Json, zone: tzinfo | None) -> Due:
    """The due time from the same start by the same durations, part resting on part."""
    earlier = explained.get("earlier")
    anchor, day = explained["after"] or (None, None)
    duration = Duration(explained["amount"], explained["unit"], after=anchor)
    before = None if earlier is None else counted_again(calendar, earlier, zone)
    start = datetime.fromisoformat(explained["start"]).astimezone(zone)
    if before is not None and "outage" in explained:
        return after_outage(calendar, before, explained["week"], explained["outage"], zone)
    if before is not None:
        start = before.at
    due = calendar.due(start, duration, explained["week"], facts={str(anchor): day})
    return due if before is None else _resting_on(before.explained, due)


def of_limit(
    calendar: Calendar,
    task: Open,
    limit: Duration,
    facts: Mapping[str, Fact],
    zone: tzinfo | None,
) -> Due:
    """The due time of a task whose limit is another one now: counted from when it was opened.

    What was added to it since is added again. The same limit gives the same due time.
    """
    explained = task.due_explained
    if explained is not None and _limit(explained) == (limit.amount, limit.unit, limit.after):
        assert task.due_at is not None
        return Due(task.due_at.astimezone(zone), explained, bool(explained["provisional"]))
    first = calendar.due(task.opened_at.astimezone(zone), limit, task.week, facts=facts)
    if explained is None or "earlier" not in explained:
        return first
    return counted_again(calendar, _rebased(explained, first), zone)


def _limit(explained: Json) -> tuple[int, str, str | None]:
    """The limit from which a due time was first counted."""
    while "earlier" in explained:
        explained = explained["earlier"]
    anchor = explained["after"]
    return explained["amount"], explained["unit"], anchor and anchor[0]


def _rebased(explained: Json, first: Due) -> Json:
    """The same explanation, resting on another beginning."""
    earlier = explained.get("earlier")
    if earlier is None:
        return first.explained
    return {**explained, "earlier": _rebased(earlier, first)}


def after_outage(calendar: Calendar, due: Due, week: str, outage: Json, zone: tzinfo | None) -> Due:
    """A due time that falls in an outage, moved: one working day, counted from the outage's end.

    An outage that ends when offices are closed is taken to end when they closed. Any other due
    time stays as it is.
    """
    starts, ends = (
        datetime.fromisoformat(outage[name]).astimezone(zone) for name in ("starts_at", "ends_at")
    )
    if not starts <= due.at <= ends:
        return due
    closed = calendar.closing(calendar.last_opening(ends, week).date(), week, zone)
    moved = calendar.due(min(ends, closed), Duration(1, "working_days"), week, facts={})
    told = _resting_on(due.explained, moved)
    return Due(told.at, {**told.explained, "outage": outage}, told.provisional)


def postpone(
    session: Session,
    version: Version,
    calendar: Calendar,
    task: Dated,
    due: Due,
    now: datetime,
) -> None:
    """Give one task a later due time, and its timers the moments that follow from it."""
    values = {"id": task.id, "due_at": due.at, "explained": journal.canonical(due.explained)}
    session.execute(_POSTPONE, values)
    lapses = bool(version.machine.step(task.path).on_lapse)
    rows = timers.rows(
        version.definition,
        opened=Opened(task.path, task.visit, task.seat, task.party, None, lapses),
        opened_at=task.opened_at,
        due=due,
        calendar=calendar,
        week=task.week,
    )
    seat = {"case_id": task.case_id, "path": task.path, "visit": task.visit, "seat": task.seat}
    timers.retime(session, seat, rows, now)


def explain(session: Session, task: Dated, due: Due) -> None:
    """Keep how the same due time is counted by now: no part of it is provisional any more, say."""
    explained = journal.canonical(due.explained)
    session.execute(_EXPLAIN, {"id": task.id, "explained": explained})


def _resting_on(earlier: Json, due: Due) -> Due:
    """The same due time, which tells the part before it as well."""
    provisional = due.provisional or bool(earlier["provisional"])
    explained = {**due.explained, "provisional": provisional, "earlier": earlier}
    return Due(due.at, explained, provisional)


_DATED = text("""
    SELECT tasks.id, tasks.case_id, tasks.path, tasks.visit, tasks.seat, tasks.party,
           tasks.opened_at, tasks.due_at, tasks.due_explained, agencies.week
    FROM tasks JOIN positions ON positions.id = tasks.position_id
    JOIN agencies ON agencies.id = positions.agency_id
    WHERE tasks.case_id = :case_id AND tasks.status = 'open' AND tasks.due_at IS NOT NULL
      AND (CAST(:path AS text) IS NULL OR (tasks.path = :path AND tasks.visit = :visit))
    ORDER BY tasks.id
""")
_POSTPONE = text("""
    UPDATE tasks SET due_at = :due_at, rank_at = :due_at, due_explained = CAST(:explained AS jsonb)
    WHERE id = :id
""")
_EXPLAIN = text("UPDATE tasks SET due_explained = CAST(:explained AS jsonb) WHERE id = :id")
