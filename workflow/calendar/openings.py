"""When offices are open: working weeks, closed days, and the way from one open day to another.

Pure. Knows nothing of durations, deadlines or rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

LONGEST_CLOSURE = 366
"""Days in a row without an open one, after which a week is taken to have no open day at all."""

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Closure:
    """Why a day is not worked: its kind, and for closed days the name and the decree."""

    reason: str
    name: str | None = None
    decree: str | None = None


WEEKEND = Closure("weekend")

Hours = Mapping[int, tuple[time, time]]
"""Opening and closing time by ISO weekday; a weekday that is not there is not worked."""


@dataclass(frozen=True, slots=True)
class Season:
    """From a day until the end of a day a working week keeps other hours, as in Ramadan."""

    week: str
    name: str
    starts_on: date
    ends_on: date
    hours: Hours


class NoOpenDay(ValueError):
    """The working week never opens, so that nothing can be counted over it."""


@dataclass(frozen=True, slots=True)
class Openings:
    """The city's working weeks by code, its closed days, its seasons, and the confirmed years.

    Closed days count in confirmed years only; in any other year the weekends alone are closed.
    """

    weeks: Mapping[str, Hours]
    closed: Mapping[date, Closure]
    confirmed: frozenset[int]
    seasons: tuple[Season, ...] = ()

    def closure(self, day: date, week: str) -> Closure | None:
        """Why the week's agencies do not work on that day; None when they do."""
        if day.year in self.confirmed and (closure := self.closed.get(day)) is not None:
            return closure
        return None if day.isoweekday() in self.hours(day, week) else WEEKEND

    def is_open(self, day: date, week: str) -> bool:
        """Whether the week's agencies work on that day."""
        return self.closure(day, week) is None

    def add_days(self, day: date, count: int, week: str) -> date:
        """The open day that is `count` working days after `day` (before it, when negative)."""
        step = ONE_DAY if count >= 0 else -ONE_DAY
        for _ in range(abs(count)):
            day = self.open_day(day + step, week, step)
        return day

    def opening(self, day: date, week: str, zone: tzinfo | None) -> datetime:
        """When the offices open on an open day."""
        return datetime.combine(day, self.hours(day, week)[day.isoweekday()][0], zone)

    def closing(self, day: date, week: str, zone: tzinfo | None) -> datetime:
        """When the offices close on an open day."""
        return datetime.combine(day, self.hours(day, week)[day.isoweekday()][1], zone)

    def last_opening(self, moment: datetime, week: str) -> datetime:
        """The last opening time at or before the moment."""
        moment = in_city(moment)
        day = self.open_day(moment.date(), week, -ONE_DAY)
        opening = self.opening(day, week, moment.tzinfo)
        if opening <= moment:
            return opening
        return self.opening(self.add_days(day, -1, week), week, moment.tzinfo)

    def open_day(self, day: date, week: str, step: timedelta = ONE_DAY) -> date:
        """The day itself when it is open, else the next open one in the direction of `step`."""
        return next(day for day in one_by_one(day, week, step) if self.is_open(day, week))

    def season(self, day: date, week: str) -> Season | None:
        """The season in which the week keeps other hours on that day."""
        for season in self.seasons:
            if season.week == week and season.starts_on <= day <= season.ends_on:
                return season
        return None

    def hours(self, day: date, week: str) -> Hours:
        """The hours that the week keeps around that day: the season's, or its usual ones."""
        season = self.season(day, week)
        return self.weeks[week] if season is None else season.hours


def one_by_one(day: date, week: str, step: timedelta = ONE_DAY) -> Iterator[date]:
    """The days from `day` on. Raises NoOpenDay when nobody has stopped for a year."""
    for _ in range(LONGEST_CLOSURE):
        yield day
        day += step
    raise NoOpenDay(week)


def in_city(moment: datetime) -> datetime:
    """The moment itself. Raises ValueError when it does not say what day it is in the city.

    No city of Indonesia keeps UTC, so that a moment fresh from the database is found out here.
    """
    if not moment.utcoffset():
        raise ValueError(f"a moment of the city's own zone is needed, not {moment!r}")
    return moment
