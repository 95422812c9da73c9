"""Money, days, times and due words as an Indonesian official writes them. Knows no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from states.definition import Duration

ZONE_LABELS = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
NOTHING = "–"
NEAR_DAYS = 1
"""A deadline that is at most so many working days away is near."""

MONTHS = (
    _l("January"),
    _l("February"),
    _l("March"),
    _l("April"),
    _l("May"),
    _l("June"),
    _l("July"),
    _l("August"),
    _l("September"),
    _l("October"),
    _l("November"),
    _l("December"),
)


class Urgency(StrEnum):
    """How pressing a deadline is. Each has a colour and a shape of its own."""

    NONE = "none"
    CALM = "calm"
    NEAR = "near"
    TODAY = "today"
    LATE = "late"


@dataclass(frozen=True)
class DueWord:
    """A deadline in words: `2 working days left`, `today`, `1 day late`."""

    text: str
    urgency: Urgency


def money(rupiah: int | None) -> str:
    """`Rp 1.234.567.890`; a dash when nothing is known."""
    if rupiah is None:
        return NOTHING
    sign = "-" if rupiah < 0 else ""
    return f"{sign}Rp\N{NO-BREAK SPACE}{number(abs(rupiah))}"


def number(value: int | None) -> str:
    """A whole number with dots between thousands."""
    return NOTHING if value is None else f"{value:,}".replace(",", ".")


def day(value: date | datetime | None, zone: ZoneInfo | None = None) -> str:
    """`23 November 2026`; a moment is first taken into `zone`."""
    if value is None:
        return NOTHING
    value = _local(value, zone)
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def short_day(value: date | datetime | None, zone: ZoneInfo | None = None) -> str:
    """`23 Nov 2026`, for tables."""
    if value is None:
        return NOTHING
    value = _local(value, zone)
    return f"{value.day} {str(MONTHS[value.month - 1])[:3]} {value.year}"


def clock(value: datetime, zone: ZoneInfo) -> str:
    """`16.30 WIB`: the hour as it is in `zone`, with the zone's Indonesian name."""
    return f"{value.astimezone(zone):%H.%M} {ZONE_LABELS.get(zone.key, zone.key)}"


def moment(value: datetime | None, zone: ZoneInfo) -> str:
    """`25 November 2026 16.30 WIB`."""
    return NOTHING if value is None else f"{day(value, zone)} {clock(value, zone)}"


def duration(value: Duration) -> str:
    """A length of time in words: `3 working days`."""
    amount = value.amount
    match value.unit:
        case "working_days":
            text = ngettext("%(num)d working day", "%(num)d working days", amount)
        case "working_hours":
            text = ngettext("%(num)d working hour", "%(num)d working hours", amount)
        case "days":
            text = ngettext("%(num)d day", "%(num)d days", amount)
        case "hours":
            text = ngettext("%(num)d hour", "%(num)d hours", amount)
    if value.after is None:
        return text
    return _("%(length)s after %(anchor)s", length=text, anchor=value.after.replace("_", " "))


def due_word(due_at: datetime | None, now: datetime, working_days: int, zone: ZoneInfo) -> DueWord:
    """Say how far away `due_at` is; `working_days` counts those between it and `now`'s day."""
    if due_at is None:
        return DueWord(_("no deadline"), Urgency.NONE)
    if due_at < now:
        return _late(due_at, now, working_days, zone)
    if due_at.astimezone(zone).date() == now.astimezone(zone).date():
        return DueWord(_("today"), Urgency.TODAY)
    days = max(working_days, 1)
    text = ngettext("%(num)d working day left", "%(num)d working days left", days)
    return DueWord(text, Urgency.NEAR if days <= NEAR_DAYS else Urgency.CALM)


def _late(due_at: datetime, now: datetime, working_days: int, zone: ZoneInfo) -> DueWord:
    if due_at.astimezone(zone).date() == now.astimezone(zone).date():
        return DueWord(_("late since today"), Urgency.LATE)
    text = ngettext("%(num)d working day late", "%(num)d working days late", max(working_days, 1))
    return DueWord(text, Urgency.LATE)


def _local(value: date | datetime, zone: ZoneInfo | None) -> date:
    return value.astimezone(zone) if isinstance(value, datetime) and zone else value
