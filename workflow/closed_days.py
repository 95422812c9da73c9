"""Years of closed days: loaded from national lists, counted once an administrator confirms them.

The `holidays` package is only the first draft of a year: some of its days are estimates until the
joint decree is out, and a city adds days of its own.
"""

from __future__ import annotations

from datetime import date, datetime

import holidays
from sqlalchemy import delete, extract, select
from sqlalchemy.orm import Session

from workflow import calendar_changes, notifications
from workflow.calendar_checks import EARLIEST, LATEST
from workflow.errors import Invalid, NotFound, Problem
from workflow.models import CalendarChange, CalendarYear, ClosedDay
from workflow.models.calendar import ChangeKind, ClosedDayKind
from workflow.notifications import Told, audience

DECREES = {2026: "SKB 3 Menteri No. 1497 Tahun 2025, No. 2 Tahun 2025, No. 5 Tahun 2025"}
"""Decrees whose days were compared with the list, day by day."""
WARNED_FROM_MONTH = 10
"""October: by then the joint decree for the next year is usually out."""


def national_days(year: int) -> dict[date, tuple[ClosedDayKind, str]]:
    """The national holidays and days of collective leave of a year, with their names."""
    public = holidays.country_holidays("ID", years=year, categories=("public",), language="id")
    every = holidays.country_holidays(
        "ID", years=year, categories=("public", "government"), language="id"
    )
    kinds = {True: ClosedDayKind.NATIONAL_HOLIDAY, False: ClosedDayKind.COLLECTIVE_LEAVE}
    return {day: (kinds[day in public], every[day]) for day in sorted(every)}


def load(session: Session, year: int, now: datetime, *, by: int | None) -> int:
    """Load a year's national days as a proposal; returns how many. Days the city added are kept.

    The year counts once somebody else confirms it. Raises Invalid for a year out of reach, or one
    that is confirmed already.
    """
    if not EARLIEST <= year <= LATEST:
        raise Invalid(Problem("year", "out_of_range", {"least": EARLIEST, "most": LATEST}))
    decree = DECREES.get(year, f"SKB 3 Menteri tentang hari libur {year} (belum dicocokkan)")
    what = {"year": year, "decree": decree}
    calendar_changes.preview(session, ChangeKind.COUNT_YEAR, what)
    session.merge(CalendarYear(year=year, decree=decree, confirmed_at=None, confirmed_by=None))
    session.execute(
        delete(ClosedDay).where(
            extract("year", ClosedDay.day) == year,
            ClosedDay.kind.in_((ClosedDayKind.NATIONAL_HOLIDAY, ClosedDayKind.COLLECTIVE_LEAVE)),
            ClosedDay.confirmed_by.is_(None),
        )
    )
    kept = {closed.day for closed in days(session, year)}
    added = national_days(year)
    session.add_all(
        ClosedDay(day=day, kind=kind, name=name, decree=decree, entered_by=by)
        for day, (kind, name) in added.items()
        if day not in kept
    )
    for waiting in _waiting(session, year):
        calendar_changes.withdraw(session, waiting.id, now, by=by)
    calendar_changes.enter(session, ChangeKind.COUNT_YEAR, what, now, by=by)
    return len(added)


def confirm(
    session: Session, year: int, now: datetime, *, by: int | None, decree: str | None = None
) -> CalendarYear:
    """Let a loaded year count for deadlines from now on; open ones are counted again.

    Raises NotFound when it is not loaded, Invalid when it was confirmed before, and for whoever
    loaded it.
    """
    known = session.get(CalendarYear, year)
    if known is None:
        raise NotFound(f"calendar of {year}")
    if known.confirmed_at is not None:
        raise Invalid(Problem("year", "already_confirmed", {"year": year}))
    change = next(iter(_waiting(session, year)), None)
    if change is None:
        what = {"year": year, "decree": known.decree}
        change = calendar_changes.enter(session, ChangeKind.COUNT_YEAR, what, now, by=None)
    calendar_changes.confirm(session, change.id, now, by=by, decree=decree or "")
    return known


def _waiting(session: Session, year: int) -> list[CalendarChange]:
    """The changes that wait to let the year count."""
    query = select(CalendarChange).where(
        CalendarChange.kind == ChangeKind.COUNT_YEAR,
        CalendarChange.what["year"].as_integer() == year,
        CalendarChange.version.is_(None),
        CalendarChange.withdrawn_at.is_(None),
    )
    return list(session.scalars(query))


def unconfirmed(session: Session, now: datetime) -> tuple[int, ...]:
    """This year, and from October on the next, as far as they do not count yet."""
    needed = {now.year, now.year + 1} if now.month >= WARNED_FROM_MONTH else {now.year}
    counted = select(CalendarYear.year).where(CalendarYear.confirmed_at.is_not(None))
    return tuple(sorted(needed - set(session.scalars(counted))))


def warn(session: Session, now: datetime) -> None:
    """Tell every administrator once of each year that should be confirmed by now."""
    years = unconfirmed(session, now)
    if not years:
        return
    people = audience.administrators(session)
    notifications.tell(
        session,
        [
            Told(person_id, None, "year_unconfirmed", f"year_unconfirmed:{year}", {"year": year})
            for year in years
            for person_id in people
        ],
        now,
    )


def years(session: Session) -> list[CalendarYear]:
    """The years that are loaded, in order."""
    return list(session.scalars(select(CalendarYear).order_by(CalendarYear.year)))


def days(session: Session, year: int) -> list[ClosedDay]:
    """The closed days of a year, in order."""
    return list(
        session.scalars(
            select(ClosedDay).where(extract("year", ClosedDay.day) == year).order_by(ClosedDay.day)
        )
    )
