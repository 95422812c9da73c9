"""Why a due time falls on its day, in words: each rule, and every day that was counted or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from blueprints import formatting
from blueprints.edge import application
from blueprints.labels import label
from states.definition import Duration

WEEKDAYS = (
    _l("Monday"),
    _l("Tuesday"),
    _l("Wednesday"),
    _l("Thursday"),
    _l("Friday"),
    _l("Saturday"),
    _l("Sunday"),
)
WHY: Mapping[str, object] = {
    "after_closing": _l("Received after closing time: counts as the next working day."),
    "receipt": _l("Day of receipt: day 0, not counted."),
    "anchor": _l("The day from which it is counted: day 0."),
    "working_day": _l("A working day."),
    "calendar_day": _l("A calendar day."),
    "working_hours": _l("Office hours were counted on this day."),
    "next_working_day": _l("Offices are closed on the last day: moved to the next working day."),
    "at_least_one_working_day": _l("At least one working day is left after it was opened."),
    "weekend": _l("Offices are closed by the working week."),
    "national_holiday": _l("National holiday"),
    "collective_leave": _l("Collective leave"),
    "city_day": _l("Closed by the city"),
    "disaster": _l("Closed because of a disaster"),
}


@dataclass(frozen=True)
class Day:
    """One day of the count; `number` is empty for a day that does not count."""

    day: date
    weekday: str
    number: str
    why: str
    decree: str
    season: str


@dataclass(frozen=True)
class Edition:
    """The version of the calendar that a due time was counted over, and since when it counts."""

    number: int
    since: datetime | None


@dataclass(frozen=True)
class Part:
    """One count: the time that the step has, or what was granted on top of it."""

    rule: str
    days: tuple[Day, ...]


def parts(explained: Mapping[str, Any]) -> list[Part]:
    """How the due time came about, from the beginning on."""
    earlier = explained.get("earlier")
    before = [] if earlier is None else parts(earlier)
    return [*before, Part(_rule(explained), tuple(_days(explained)))]


def _rule(explained: Mapping[str, Any]) -> str:
    """How long the step may take or by how much it was extended, and how that is counted."""
    length = formatting.duration(Duration(int(explained["amount"]), explained["unit"]))
    if "outage" in explained:
        return _outage(explained["outage"])
    if "earlier" in explained:
        return _("It was extended by %(length)s, counted from that due time.", length=length)
    return _(
        "This step may take %(length)s, counted over a %(week)s. The day of receipt is day 0; "
        "it is due when the office closes on the last day.",
        length=length,
        week=label("week", explained["week"]).lower(),
    )


def _outage(outage: Mapping[str, Any]) -> str:
    zone = application().settings.zone
    return _(
        "That due time fell in an outage, from %(start)s until %(end)s (%(reason)s): moved to the "
        "closing time of the next working day.",
        start=formatting.moment(datetime.fromisoformat(outage["starts_at"]), zone),
        end=formatting.moment(datetime.fromisoformat(outage["ends_at"]), zone),
        reason=outage["reason"],
    )


def _days(explained: Mapping[str, Any]) -> list[Day]:
    """Every day from the beginning to the end of the count."""
    found: list[Day] = []
    number = 0
    for told in explained["days"]:
        number += bool(told["counted"])
        day = date.fromisoformat(told["day"])
        why = str(WHY.get(told["reason"], told["reason"]))
        name = told.get("name")
        found.append(
            Day(
                day=day,
                weekday=str(WEEKDAYS[day.weekday()]),
                number=str(number) if told["counted"] else "",
                why=f"{why}: {name}" if name else why,
                decree=told.get("decree") or "",
                season=told.get("season") or "",
            )
        )
    return found


def edition(explained: Mapping[str, Any]) -> Edition:
    """Which version of the calendar it was counted over."""
    number, since = explained.get("calendar", (0, None))
    return Edition(number, None if since is None else datetime.fromisoformat(since))
