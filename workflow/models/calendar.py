"""Working weeks, seasons and closed days: what deadlines are counted over, and who said so."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflow.models.base import Base, Id, Json, reference


class ClosedDayKind(StrEnum):
    """Why the city's offices are closed on a day."""

    NATIONAL_HOLIDAY = "national_holiday"
    COLLECTIVE_LEAVE = "collective_leave"
    CITY_DAY = "city_day"
    DISASTER = "disaster"


class ChangeKind(StrEnum):
    """What a change does to the calendar."""

    CLOSE_DAY = "close_day"
    OPEN_DAY = "open_day"
    COUNT_YEAR = "count_year"
    SET_HOURS = "set_hours"
    SET_SEASON = "set_season"
    END_SEASON = "end_season"


class WorkWeek(Base):
    """A working week: opening and closing time by ISO weekday, e.g. {"1": ["07:30", "16:00"]}."""

    __tablename__ = "work_weeks"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    hours: Mapped[Json]


class Season(Base):
    """From a day until the end of a day a working week keeps other hours, as in Ramadan."""

    __tablename__ = "seasons"
    __table_args__ = (
        UniqueConstraint("week", "name"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
    )

    id: Mapped[Id]
    week: Mapped[str] = mapped_column(ForeignKey("work_weeks.code"))
    name: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    hours: Mapped[Json]


class ClosedDay(Base):
    """A day on which no agency works, the decree that says so, who entered and who confirmed it.

    Nobody is named for what came by the command line.
    """

    __tablename__ = "closed_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    decree: Mapped[str]
    entered_by: Mapped[int | None] = reference("people.id")
    confirmed_by: Mapped[int | None] = reference("people.id")


class CalendarYear(Base):
    """A year whose closed days are loaded. Counts for deadlines once it is confirmed."""

    __tablename__ = "calendar_years"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    decree: Mapped[str]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[int | None] = reference("people.id")


class Outage(Base):
    """Hours in which the system could not be used, named afterwards by an administrator.

    A deadline that fell in them is moved for everybody.
    """

    __tablename__ = "outages"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="ends_after_start"),)

    id: Mapped[Id]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str]
    declared_at: Mapped[datetime]
    declared_by: Mapped[int] = reference("people.id")


class CalendarChange(Base):
    """A change that one person entered and another confirmed; from then on it has a version.

    The confirmed ones, in order, are the history of the calendar.
    """

    __tablename__ = "calendar_changes"
    __table_args__ = (
        CheckConstraint("(version IS NULL) = (confirmed_at IS NULL)", name="has_a_version"),
        CheckConstraint("version IS NULL OR withdrawn_at IS NULL", name="counts_or_withdrawn"),
        CheckConstraint("confirmed_by <> entered_by", name="two_people"),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    what: Mapped[Json]
    entered_by: Mapped[int | None] = reference("people.id")
    entered_at: Mapped[datetime]
    confirmed_by: Mapped[int | None] = reference("people.id")
    confirmed_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = reference("people.id")
    withdrawn_at: Mapped[datetime | None]
    version: Mapped[int | None] = mapped_column(unique=True)
