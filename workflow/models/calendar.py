"""Working weeks and closed days: what a deadline is counted over."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from workflow.models.base import Base, Json, reference


class ClosedDayKind(StrEnum):
    """Why the city's offices are closed on a day."""

    NATIONAL_HOLIDAY = "national_holiday"
    COLLECTIVE_LEAVE = "collective_leave"
    CITY_DAY = "city_day"
    DISASTER = "disaster"


class WorkWeek(Base):
    """A working week: opening and closing time by ISO weekday, e.g. {"1": ["07:30", "16:00"]}."""

    __tablename__ = "work_weeks"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    hours: Mapped[Json]


class ClosedDay(Base):
    """A day on which no agency works, with the decree that says so."""

    __tablename__ = "closed_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    decree: Mapped[str]


class CalendarYear(Base):
    """A year whose closed days are loaded. Counts for deadlines once it is confirmed."""

    __tablename__ = "calendar_years"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    decree: Mapped[str]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[int | None] = reference("people.id")
