"""Whether a change of the calendar can be taken: every problem at once, beside its field. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, time

from workflow.calendar import Calendar
from workflow.errors import Problem
from workflow.models.base import Json
from workflow.models.calendar import ChangeKind, ClosedDayKind

EARLIEST, LATEST = 2000, 2100
LONGEST_SEASON = 100
"""Days: longer than any fasting month, shorter than a year typed wrong."""
LONGEST_TEXT = 300


def problems(calendar: Calendar, kind: str, what: Json) -> list[Problem]:
    """What stands against the change."""
    return list(_CHECKS[ChangeKind(kind)](calendar, what))


def _close_day(calendar: Calendar, what: Json) -> Iterator[Problem]:
    yield from _said(what, "name", "decree")
    if what["kind"] not in set(ClosedDayKind):
        yield Problem("kind", "unknown_choice")
    day = _day(what["day"])
    if day is None:
        yield Problem("day", "not_a_date")
    elif not EARLIEST <= day.year <= LATEST:
        yield Problem("day", "out_of_range", {"least": EARLIEST, "most": LATEST})
    elif day in calendar.closed:
        yield Problem("day", "already_closed", {"name": calendar.closed[day].name})


def _open_day(calendar: Calendar, what: Json) -> Iterator[Problem]:
    yield from _said(what, "decree")
    day = _day(what["day"])
    if day is None or day not in calendar.closed:
        yield Problem("day", "not_closed")


def _count_year(calendar: Calendar, what: Json) -> Iterator[Problem]:
    yield from _said(what, "decree")
    if what["year"] in calendar.confirmed:
        yield Problem("year", "already_confirmed", {"year": what["year"]})


def _set_hours(calendar: Calendar, what: Json) -> Iterator[Problem]:
    yield from _said(what, "decree")
    yield from _hours(calendar, what)


def _set_season(calendar: Calendar, what: Json) -> Iterator[Problem]:
    yield from _said(what, "name", "decree")
    yield from _hours(calendar, what)
    first, last = _day(what["starts_on"]), _day(what["ends_on"])
    if first is None:
        yield Problem("starts_on", "not_a_date")
    if last is None:
        yield Problem("ends_on", "not_a_date")
    if first is None or last is None:
        return
    if last < first:
        yield Problem("ends_on", "ends_before_start")
    elif (last - first).days >= LONGEST_SEASON:
        yield Problem("ends_on", "season_too_long", {"most": LONGEST_SEASON})
    for season in calendar.seasons:
        is_other = season.week == what["week"] and season.name != what["name"]
        if is_other and season.starts_on <= last and first <= season.ends_on:
            yield Problem("starts_on", "season_overlaps", {"name": season.name})


def _end_season(calendar: Calendar, what: Json) -> Iterator[Problem]:
    yield from _said(what, "decree")
    named = [(season.week, season.name) for season in calendar.seasons]
    if (what["week"], what["name"]) not in named:
        yield Problem("name", "unknown_choice")


def _hours(calendar: Calendar, what: Json) -> Iterator[Problem]:
    """A known week; at least one day; each day opens before it closes."""
    if what["week"] not in calendar.weeks:
        yield Problem("week", "unknown_choice")
    if not what["hours"]:
        yield Problem("hours", "never_open")
    for weekday, (opening, closing) in what["hours"].items():
        opens, closes = _time(opening), _time(closing)
        if opens is None or closes is None:
            yield Problem(f"hours.{weekday}", "time_missing")
        elif opens >= closes:
            yield Problem(f"hours.{weekday}", "closes_before_opening")


def _said(what: Json, *names: str) -> Iterator[Problem]:
    for name in names:
        if not what[name]:
            yield Problem(name, "missing")
        elif len(what[name]) > LONGEST_TEXT:
            yield Problem(name, "too_long", {"most": LONGEST_TEXT})
        elif not what[name].isprintable():
            yield Problem(name, "control_character")


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _time(written: str) -> time | None:
    try:
        found = time.fromisoformat(written)
    except ValueError:
        return None
    return found if found.tzinfo is None else None


_CHECKS: Mapping[ChangeKind, Callable[[Calendar, Json], Iterator[Problem]]] = {
    ChangeKind.CLOSE_DAY: _close_day,
    ChangeKind.OPEN_DAY: _open_day,
    ChangeKind.COUNT_YEAR: _count_year,
    ChangeKind.SET_HOURS: _set_hours,
    ChangeKind.SET_SEASON: _set_season,
    ChangeKind.END_SEASON: _end_season,
}
assert _CHECKS.keys() == set(ChangeKind)
