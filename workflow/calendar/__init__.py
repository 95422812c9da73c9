"""Due times, counted over the working weeks and closed days of the city.

Pure once loaded. Knows nothing of cases, tasks or timers, and never asks what time it is: every
moment is handed in, aware and in the city's own zone, so that a day is the city's day.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from states.definition import Duration
from workflow.calendar.counting import Count
from workflow.calendar.openings import ONE_DAY, Closure, Hours, Openings, Season, in_city
from workflow.errors import Reason, Refused
from workflow.models.base import Json

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Due:
    """A due time in the city's zone, how it was counted, and whether a year was unconfirmed.

    `explained` is `{start, amount, unit, week, after, provisional, calendar, days}`; `calendar` is
    the number of the calendar's version and since when it counts, and each entry of `days` is
    `{day, counted, reason}`, with `name` and `decree` of a closed day, `season` in a season.
    """

    at: datetime
    explained: Json
    provisional: bool


@dataclass(frozen=True, slots=True)
class Calendar(Openings):
    """When offices are open, and by when something is due. What rests on an unconfirmed year is
    provisional.
    """

    version: int = 0
    """Grows with every change that counts."""
    since: str | None = None
    """When the last change began to count."""

    @classmethod
    def load(cls, session: Session) -> Calendar:
        """Read the calendar: one statement, parsed again only when something in it changed."""
        return cls.read(session.execute(_LOAD).scalar_one())

    @classmethod
    def read(cls, document: str) -> Calendar:
        """Make a calendar of what DOCUMENT selects, for callers that read it along with more."""
        return _read(document)

    def working_days(self, a: datetime, b: datetime, week: str) -> int:
        """How many working days lie after the day on which `a` counts as received, up to b's day.

        What is due after n working days is n working days away. Never negative.
        """
        last = in_city(b).date()
        day = self.receipt(a, week) + ONE_DAY
        count = 0
        while day <= last:
            count += self.is_open(day, week)
            day += ONE_DAY
        return count

    def receipt(self, moment: datetime, week: str) -> date:
        """The day 0 of what comes in at that moment: an open day, and not after its closing."""
        return Count(self, week).receive(in_city(moment))

    def half_way(self, start: datetime, due: datetime, week: str) -> datetime | None:
        """Opening time of the day by which half of the working days (rounded up) have come.

        None when the due time is on the day of receipt, where no day lies between.
        """
        start = in_city(start)
        half = (self.working_days(start, due, week) + 1) // 2
        if half == 0:
            return None
        return self.opening(
            self.add_days(self.receipt(start, week), half, week), week, start.tzinfo
        )

    def before(self, due: datetime, amount: int, unit: str, week: str) -> datetime:
        """The moment that lies so much before a due time: an opening time, when counted in days."""
        due = in_city(due)
        if unit == "hours":
            return _later(due, -amount * HOUR)
        if unit == "working_hours":
            return self._working_hours_before(due, amount * HOUR, week)
        if unit == "days":
            return self.last_opening(due - timedelta(days=amount), week)
        return self.opening(self.add_days(due.date(), -amount, week), week, due.tzinfo)

    def due(
        self, start: datetime, duration: Duration, week: str, *, facts: Mapping[str, object]
    ) -> Due:
        """Count a duration from `start`, or from the day that its anchor fact names.

        An anchored time leaves at least one working day from `start`, so that nothing is late
        the moment it begins. Raises Refused (`fact_unknown`) when the anchor is no ISO date.
        """
        start = in_city(start)
        count = Count(self, week)
        anchor = None if duration.after is None else _anchor(duration.after, facts)
        at = _counted(count, start, anchor, duration)
        if anchor is not None and at < (least := self._least(start, week)):
            at = least
            count.note(at.date(), "at_least_one_working_day", counted=True)
        confirmed = self.confirmed.issuperset(range(start.year, at.year + 1))
        explained: Json = {
            "start": start.isoformat(),
            "amount": duration.amount,
            "unit": duration.unit,
            "week": week,
            "after": None if anchor is None else [duration.after, anchor.isoformat()],
            "provisional": not confirmed,
            "calendar": [self.version, self.since],
            "days": count.days,
        }
        return Due(at, explained, not confirmed)

    def _least(self, start: datetime, week: str) -> datetime:
        day = self.add_days(self.receipt(start, week), 1, week)
        return self.closing(day, week, start.tzinfo)

    def _working_hours_before(self, moment: datetime, left: timedelta, week: str) -> datetime:
        while True:
            opening = self.last_opening(moment, week)
            end = min(moment, self.closing(opening.date(), week, moment.tzinfo))
            if end - left >= opening:
                return end - left
            left -= end - opening
            moment = opening - timedelta.resolution


def _counted(count: Count, start: datetime, anchor: date | None, duration: Duration) -> datetime:
    """The due time of a duration from day 0: the anchor as it stands, or the day of receipt."""
    amount, unit = duration.amount, duration.unit
    if unit in ("hours", "working_hours"):
        if anchor is not None:
            start = datetime.combine(anchor + ONE_DAY, time(), start.tzinfo)
        if unit == "hours":
            return _later(start, amount * HOUR)
        return count.working_hours(start, amount * HOUR)
    if anchor is None:
        day = count.receive(start)
    else:
        day = anchor
        count.note(day, "anchor")
    last = count.calendar_days(day, amount) if unit == "days" else count.working_days(day, amount)
    return count.closing(last, start)


def _later(moment: datetime, span: timedelta) -> datetime:
    return (moment.astimezone(UTC) + span).astimezone(moment.tzinfo)


def _anchor(name: str, facts: Mapping[str, object]) -> date:
    try:
        return date.fromisoformat(str(facts[name]))
    except (KeyError, ValueError):
        raise Refused(Reason("fact_unknown", {"fact": name})) from None


DOCUMENT = """CAST(json_build_array(
    (SELECT json_object_agg(code, hours) FROM work_weeks),
    (SELECT json_agg(json_build_array(day, kind, name, decree) ORDER BY day) FROM closed_days),
    (SELECT json_agg(year ORDER BY year) FROM calendar_years WHERE confirmed_at IS NOT NULL),
    (SELECT json_agg(json_build_array(week, name, starts_on, ends_on, hours)
                     ORDER BY starts_on, week) FROM seasons),
    (SELECT json_build_array(coalesce(max(version), 0), max(confirmed_at)) FROM calendar_changes)
) AS text)"""
"""The whole calendar as one column of text, to be selected alone or beside other columns."""

_LOAD = text(f"SELECT {DOCUMENT}")


@functools.lru_cache(maxsize=4)
def _read(document: str) -> Calendar:
    weeks, closed, confirmed, seasons, (version, since) = json.loads(document)
    return Calendar(
        weeks={code: hours_of(hours) for code, hours in (weeks or {}).items()},
        closed={
            date.fromisoformat(day): Closure(kind, name, decree)
            for day, kind, name, decree in closed or ()
        },
        confirmed=frozenset(confirmed or ()),
        seasons=tuple(
            Season(week, name, date.fromisoformat(first), date.fromisoformat(last), hours_of(hours))
            for week, name, first, last, hours in seasons or ()
        ),
        version=version,
        since=since,
    )


def hours_of(written: Mapping[str, Sequence[str]]) -> Hours:
    """Read hours as they are stored: {"1": ["07:30", "16:00"]}."""
    return {
        int(weekday): (time.fromisoformat(opening), time.fromisoformat(closing))
        for weekday, (opening, closing) in written.items()
    }
