"""Changes of the calendar: one person enters, another confirms, and then open deadlines move.

A confirmed change is a new version of the calendar; the confirmed ones are its history. Nobody is
named for what comes by the command line, which may confirm what it entered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, extract, func, select, update
from sqlalchemy.orm import Session, aliased

from workflow import calendar_checks, outbox
from workflow.calendar import Calendar
from workflow.calendar.changes import changed
from workflow.deadlines import RECOUNT
from workflow.errors import Invalid, NotFound, Problem
from workflow.models import CalendarChange, CalendarYear, ClosedDay, Person, Season, WorkWeek
from workflow.models.base import Json
from workflow.models.calendar import ChangeKind

LOCK = 0x63616C
"""Versions are counted one after another: whoever confirms holds this number until the commit."""


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change with the names of those who entered, confirmed or withdrew it."""

    id: int
    kind: ChangeKind
    what: Json
    entered_by_id: int | None
    entered_by: str | None
    entered_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    version: int | None

    @property
    def is_pending(self) -> bool:
        """Whether it waits for a second person."""
        return self.version is None and self.withdrawn_at is None


def preview(session: Session, kind: ChangeKind, what: Json) -> Calendar:
    """The calendar as the change would make it. Raises Invalid with every problem of it."""
    calendar = Calendar.load(session)
    if found := calendar_checks.problems(calendar, kind, what):
        raise Invalid(*found)
    return changed(calendar, kind, what)


def enter(
    session: Session, kind: ChangeKind, what: Json, now: datetime, *, by: int | None
) -> CalendarChange:
    """Write a change down; it counts once somebody else confirms it. Raises Invalid."""
    preview(session, kind, what)
    change = CalendarChange(kind=kind, what=what, entered_by=by, entered_at=now)
    session.add(change)
    session.flush()  # its number is asked for
    return change


def confirm(
    session: Session, change_id: int, now: datetime, *, by: int | None, decree: str = ""
) -> CalendarChange:
    """Let a change count from now on; open deadlines are counted again after the commit.

    `decree` is what the second person compared it with, when that is another. Raises NotFound, and
    Invalid when it does not wait any more, when it does not fit the calendar any more, and for
    whoever entered it.
    """
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    change = _pending(session, change_id)
    if by is not None and by == change.entered_by:
        raise Invalid(Problem("change", "second_person"))
    what = {**change.what, "decree": decree or change.what["decree"]}
    preview(session, ChangeKind(change.kind), what)
    change.what = what
    last = session.scalar(select(func.max(CalendarChange.version))) or 0
    change.version, change.confirmed_at, change.confirmed_by = last + 1, now, by
    _WRITERS[ChangeKind(change.kind)](session, change)
    outbox.post(session, [outbox.row(RECOUNT, f"{RECOUNT}:{change.version}", {}, now)])
    session.flush()
    return change


def withdraw(session: Session, change_id: int, now: datetime, *, by: int | None) -> None:
    """Take back a change that waits. Raises NotFound, Invalid when it does not wait any more."""
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    change = _pending(session, change_id)
    change.withdrawn_at, change.withdrawn_by = now, by
    session.flush()


def pending(session: Session) -> list[ChangeView]:
    """What waits for a second person, the oldest first."""
    query = _VIEWS.where(CalendarChange.version.is_(None), CalendarChange.withdrawn_at.is_(None))
    return [_view(row) for row in session.execute(query.order_by(CalendarChange.id))]


def history(session: Session, limit: int = 200) -> list[ChangeView]:
    """The versions of the calendar, the newest first, and what was withdrawn among them."""
    over = func.coalesce(CalendarChange.confirmed_at, CalendarChange.withdrawn_at)
    query = _VIEWS.where(over.is_not(None)).order_by(over.desc(), CalendarChange.id.desc())
    return [_view(row) for row in session.execute(query.limit(limit))]


def read(session: Session, change_id: int) -> ChangeView:
    """One change. Raises NotFound."""
    row = session.execute(_VIEWS.where(CalendarChange.id == change_id)).one_or_none()
    if row is None:
        raise NotFound(f"change {change_id} of the calendar")
    return _view(row)


def _view(row: tuple[CalendarChange, str | None, str | None, str | None]) -> ChangeView:
    change, entered, confirmed, withdrawn = row
    return ChangeView(
        id=change.id,
        kind=ChangeKind(change.kind),
        what=change.what,
        entered_by_id=change.entered_by,
        entered_by=entered,
        entered_at=change.entered_at,
        confirmed_by=confirmed,
        confirmed_at=change.confirmed_at,
        withdrawn_by=withdrawn,
        withdrawn_at=change.withdrawn_at,
        version=change.version,
    )


def _pending(session: Session, change_id: int) -> CalendarChange:
    change = session.get(CalendarChange, change_id, populate_existing=True)
    if change is None:
        raise NotFound(f"change {change_id} of the calendar")
    if change.version is not None or change.withdrawn_at is not None:
        raise Invalid(Problem("change", "not_waiting"))
    return change


# --- the same changes as rows -----------------------------------------------------------------


def _close_day(session: Session, change: CalendarChange) -> None:
    what = change.what
    session.add(
        ClosedDay(
            day=date.fromisoformat(what["day"]),
            kind=what["kind"],
            name=what["name"],
            decree=what["decree"],
            entered_by=change.entered_by,
            confirmed_by=change.confirmed_by,
        )
    )


def _open_day(session: Session, change: CalendarChange) -> None:
    day = date.fromisoformat(change.what["day"])
    session.execute(delete(ClosedDay).where(ClosedDay.day == day))


def _count_year(session: Session, change: CalendarChange) -> None:
    year = session.get_one(CalendarYear, change.what["year"])
    year.confirmed_at, year.confirmed_by = change.confirmed_at, change.confirmed_by
    year.decree = change.what["decree"]
    listed = extract("year", ClosedDay.day) == year.year
    session.execute(
        update(ClosedDay)
        .where(listed, ClosedDay.confirmed_by.is_(None))
        .values(confirmed_by=change.confirmed_by)
    )


def _set_hours(session: Session, change: CalendarChange) -> None:
    session.get_one(WorkWeek, change.what["week"]).hours = change.what["hours"]


def _set_season(session: Session, change: CalendarChange) -> None:
    _end_season(session, change)
    what = change.what
    session.add(
        Season(
            week=what["week"],
            name=what["name"],
            starts_on=date.fromisoformat(what["starts_on"]),
            ends_on=date.fromisoformat(what["ends_on"]),
            hours=what["hours"],
        )
    )


def _end_season(session: Session, change: CalendarChange) -> None:
    week, name = change.what["week"], change.what["name"]
    session.execute(delete(Season).where(Season.week == week, Season.name == name))


_WRITERS: Mapping[ChangeKind, Callable[[Session, CalendarChange], None]] = {
    ChangeKind.CLOSE_DAY: _close_day,
    ChangeKind.OPEN_DAY: _open_day,
    ChangeKind.COUNT_YEAR: _count_year,
    ChangeKind.SET_HOURS: _set_hours,
    ChangeKind.SET_SEASON: _set_season,
    ChangeKind.END_SEASON: _end_season,
}
assert _WRITERS.keys() == set(ChangeKind)

_entered, _confirmed, _withdrawn = aliased(Person), aliased(Person), aliased(Person)
_VIEWS = (
    select(CalendarChange, _entered.name, _confirmed.name, _withdrawn.name)
    .outerjoin(_entered, _entered.id == CalendarChange.entered_by)
    .outerjoin(_confirmed, _confirmed.id == CalendarChange.confirmed_by)
    .outerjoin(_withdrawn, _withdrawn.id == CalendarChange.withdrawn_by)
)
