"""Years of closed days: loaded from national lists, counted once an administrator confirms them.

The `holidays` package is only the first draft of a year: some of its days are estimates until the
joint decree is out, and a city adds days of its own.
"""

from __future__ import annotations

from datetime import date, datetime

import holidays
from sqlalchemy import delete, extract, select
from sqlalchemy.orm import Session

from workflow import outbox
from workflow.deadlines import RECOUNT
from workflow.errors import Invalid, NotFound, Problem
from workflow.models import CalendarYear, ClosedDay
from workflow.models.calendar import ClosedDayKind

DECREES = {2026: "SKB 3 Menteri No. 1497 Tahun 2025, No. 2 Tahun 2025, No. 5 Tahun 2025"}
"""Decrees whose days were compared with the list, day by day."""
EARLIEST, LATEST = 2000, 2100


def national_days(year: int) -> dict[date, tuple[ClosedDayKind, str]]:
    """The national holidays and days of collective leave of a year, with their names."""
    public = holidays.country_holidays("ID", years=year, categories=("public",), language="id")
    every = holidays.country_holidays(
        "ID", years=year, categories=("public", "government"), language="id"
    )
    kinds = {True: ClosedDayKind.NATIONAL_HOLIDAY, False: ClosedDayKind.COLLECTIVE_LEAVE}
    return {day: (kinds[day in public], every[day]) for day in sorted(every)}


def load(session: Session, year: int) -> int:
    """Load a year's national days as a draft; returns how many. Days the city added are kept.

    Raises Invalid for a year out of reach, or one that is confirmed already.
    """
    if not EARLIEST <= year <= LATEST:
        raise Invalid(Problem("year", "out_of_range", {"least": EARLIEST, "most": LATEST}))
    known = session.get(CalendarYear, year)
    if known is not None and known.confirmed_at is not None:
        raise Invalid(Problem("year", "already_confirmed", {"year": year}))
    decree = DECREES.get(year, f"SKB 3 Menteri tentang hari libur {year} (belum dicocokkan)")
    session.merge(CalendarYear(year=year, decree=decree, confirmed_at=None, confirmed_by=None))
    session.execute(
        delete(ClosedDay).where(
            extract("year", ClosedDay.day) == year,
            ClosedDay.kind.in_((ClosedDayKind.NATIONAL_HOLIDAY, ClosedDayKind.COLLECTIVE_LEAVE)),
        )
    )
    added = national_days(year)
    for day, (kind, name) in added.items():
        session.merge(ClosedDay(day=day, kind=kind, name=name, decree=decree))
    session.flush()
    return len(added)


def confirm(
    session: Session, year: int, now: datetime, *, by: int | None, decree: str | None = None
) -> CalendarYear:
    """Let a loaded year count for deadlines from now on; open ones are counted again.

    Raises NotFound when it is not loaded, Invalid when it was confirmed before.
    """
    known = session.get(CalendarYear, year)
    if known is None:
        raise NotFound(f"calendar of {year}")
    if known.confirmed_at is not None:
        raise Invalid(Problem("year", "already_confirmed", {"year": year}))
    known.confirmed_at, known.confirmed_by = now, by
    known.decree = decree or known.decree
    message = outbox.row(RECOUNT, f"{RECOUNT}:{year}", {}, now)
    outbox.post(session, [message])
    return known


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
