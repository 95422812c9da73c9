"""The forms with which the calendar is changed: what was typed, as a change. Judges nothing."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from blueprints.due_words import WEEKDAYS
from workflow.calendar import Calendar
from workflow.models.base import Json
from workflow.models.calendar import ChangeKind

FIELDS: Mapping[ChangeKind, tuple[str, ...]] = {
    ChangeKind.CLOSE_DAY: ("day", "kind", "name", "decree"),
    ChangeKind.OPEN_DAY: ("day", "decree"),
    ChangeKind.SET_HOURS: ("week", "hours", "decree"),
    ChangeKind.SET_SEASON: ("week", "name", "starts_on", "ends_on", "hours", "decree"),
    ChangeKind.END_SEASON: ("week", "name", "decree"),
}
"""What is asked for, in the order of the boxes. A year is loaded, not typed."""

LABELS: Mapping[str, LazyString] = {
    "week": _l("Working week"),
    "day": _l("Day"),
    "kind": _l("Kind"),
    "name": _l("Name"),
    "starts_on": _l("First day"),
    "ends_on": _l("Last day"),
    "hours": _l("Hours"),
    "decree": _l("Decree"),
}


def typed(kind: ChangeKind, form: Mapping[str, str]) -> Json:
    """The change that the boxes say."""
    return {name: _hours(form) if name == "hours" else _line(form, name) for name in FIELDS[kind]}


def begun(kind: ChangeKind, arguments: Mapping[str, str], calendar: Calendar) -> Json:
    """What the boxes hold at first: what the address names, and the hours that count now."""
    what = typed(kind, arguments)
    if "hours" in what:
        hours = calendar.weeks.get(what["week"], {})
        for season in calendar.seasons:
            if kind is ChangeKind.SET_SEASON and _is_named(what, season.week, season.name):
                hours = season.hours
                what["starts_on"] = season.starts_on.isoformat()
                what["ends_on"] = season.ends_on.isoformat()
        what["hours"] = {
            str(weekday): [f"{opening:%H:%M}", f"{closing:%H:%M}"]
            for weekday, (opening, closing) in sorted(hours.items())
        }
    return what


def label_of(field: str) -> str:
    """What a box is called; one of the hours of a day by its day: `hours.1` is Monday."""
    name, _dot, weekday = field.partition(".")
    return str(WEEKDAYS[int(weekday) - 1] if weekday else LABELS[name])


def weekdays(what: Json) -> list[tuple[str, str, str, str]]:
    """Number, name, opening and closing time of each day of a week, for its boxes."""
    return [
        (str(number), str(name), *what["hours"].get(str(number), ("", "")))
        for number, name in enumerate(WEEKDAYS, start=1)
    ]


def _is_named(what: Json, week: str, name: str) -> bool:
    return bool(what["week"] == week and what["name"] == name)


def _line(form: Mapping[str, str], name: str) -> str:
    return " ".join(form.get(name, "").split())


def _hours(form: Mapping[str, str]) -> dict[str, list[str]]:
    """The days of which anything was typed."""
    read = {
        str(number): [_line(form, f"hours.{number}.opens"), _line(form, f"hours.{number}.closes")]
        for number in range(1, 8)
    }
    return {number: times for number, times in read.items() if any(times)}
