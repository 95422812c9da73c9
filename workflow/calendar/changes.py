"""What the calendar is after a change, as a value. Pure: the same change as rows is stored by
`calendar_changes`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import date

from workflow.calendar import Calendar, hours_of
from workflow.calendar.openings import Closure, Season
from workflow.models.base import Json
from workflow.models.calendar import ChangeKind


def changed(calendar: Calendar, kind: str, what: Json) -> Calendar:
    """The calendar as it would be if this change counted."""
    return _CHANGES[ChangeKind(kind)](calendar, what)


def _close_day(calendar: Calendar, what: Json) -> Calendar:
    closure = Closure(what["kind"], what["name"], what["decree"])
    closed = {**calendar.closed, date.fromisoformat(what["day"]): closure}
    return dataclasses.replace(calendar, closed=closed)


def _open_day(calendar: Calendar, what: Json) -> Calendar:
    opened = date.fromisoformat(what["day"])
    closed = {day: closure for day, closure in calendar.closed.items() if day != opened}
    return dataclasses.replace(calendar, closed=closed)


def _count_year(calendar: Calendar, what: Json) -> Calendar:
    return dataclasses.replace(calendar, confirmed=calendar.confirmed | {what["year"]})


def _set_hours(calendar: Calendar, what: Json) -> Calendar:
    weeks = {**calendar.weeks, what["week"]: hours_of(what["hours"])}
    return dataclasses.replace(calendar, weeks=weeks)


def _set_season(calendar: Calendar, what: Json) -> Calendar:
    first, last = date.fromisoformat(what["starts_on"]), date.fromisoformat(what["ends_on"])
    season = Season(what["week"], what["name"], first, last, hours_of(what["hours"]))
    seasons = (*_end_season(calendar, what).seasons, season)
    ordered = sorted(seasons, key=lambda season: (season.starts_on, season.week))
    return dataclasses.replace(calendar, seasons=tuple(ordered))


def _end_season(calendar: Calendar, what: Json) -> Calendar:
    named = what["week"], what["name"]
    kept = tuple(season for season in calendar.seasons if (season.week, season.name) != named)
    return dataclasses.replace(calendar, seasons=kept)


_CHANGES: Mapping[ChangeKind, Callable[[Calendar, Json], Calendar]] = {
    ChangeKind.CLOSE_DAY: _close_day,
    ChangeKind.OPEN_DAY: _open_day,
    ChangeKind.COUNT_YEAR: _count_year,
    ChangeKind.SET_HOURS: _set_hours,
    ChangeKind.SET_SEASON: _set_season,
    ChangeKind.END_SEASON: _end_season,
}
assert _CHANGES.keys() == set(ChangeKind)
