"""One count over open days and hours, and the trail of what it counted and what it skipped.

Pure. Knows nothing of rows, and of deadlines only how long they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from workflow.calendar.openings import ONE_DAY, Closure, Openings, one_by_one
from workflow.models.base import Json


@dataclass(slots=True)
class Count:
    """Walks forward over the days of one working week and notes each of them in `days`."""

    openings: Openings
    week: str
    days: list[Json] = field(default_factory=list)

    def receive(self, moment: datetime) -> date:
        """Day 0: the moment's own day, or the next open one when offices are closed by then."""
        day = moment.date()
        if self.openings.is_open(day, self.week) and moment > self.closing(day, moment):
            self.note(day, "after_closing")
            day += ONE_DAY
        day = self.next_open(day)
        self.note(day, "receipt")
        return day

    def working_days(self, day: date, amount: int) -> date:
        """The last of so many open days after `day`."""
        for _ in range(amount):
            day = self.next_open(day + ONE_DAY)
            self.note(day, "working_day", counted=True)
        return self.next_open(day)

    def calendar_days(self, day: date, amount: int) -> date:
        """So many days after `day`; the next open one when that day is closed."""
        for _ in range(amount):
            day += ONE_DAY
            self.note(day, "calendar_day", counted=True)
        if self.openings.is_open(day, self.week):
            return day
        day = self.next_open(day)
        self.note(day, "next_working_day")
        return day

    def working_hours(self, moment: datetime, left: timedelta) -> datetime:
        """The moment by which offices have been open for so long."""
        day = moment.date()
        while True:
            day = self.next_open(day)
            closing = self.closing(day, moment)
            begin = max(moment, self.openings.opening(day, self.week, moment.tzinfo))
            self.note(day, "working_hours", counted=True)
            if begin + left <= closing:
                return begin + left
            left -= max(closing - begin, timedelta())
            day += ONE_DAY

    def closing(self, day: date, moment: datetime) -> datetime:
        """When offices close on an open day, in the zone of the moment."""
        return self.openings.closing(day, self.week, moment.tzinfo)

    def next_open(self, day: date) -> date:
        """The day itself, or the next open one, noting why the days before it are closed."""
        for candidate in one_by_one(day, self.week):
            day = candidate
            closure = self.openings.closure(day, self.week)
            if closure is None:
                break
            self.skip(day, closure)
        return day

    def note(self, day: date, reason: str, *, counted: bool = False) -> None:
        """Write down one day, with the season whose hours it keeps."""
        self.days.append({"day": day.isoformat(), "counted": counted, "reason": reason})
        if (season := self.openings.season(day, self.week)) is not None:
            self.days[-1]["season"] = season.name

    def skip(self, day: date, closure: Closure) -> None:
        """Write down a closed day, with the decree that closed it."""
        self.note(day, closure.reason)
        if closure.name is not None:
            self.days[-1] |= {"name": closure.name, "decree": closure.decree}
