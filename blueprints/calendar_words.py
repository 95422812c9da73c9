"""A change of the calendar in one sentence, for lists and headings."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from blueprints import formatting
from blueprints.edge import application
from blueprints.labels import label
from workflow.models.base import Json
from workflow.models.calendar import ChangeKind


def described(kind: ChangeKind, what: Json) -> str:
    """What the change does."""
    match kind:
        case ChangeKind.CLOSE_DAY:
            return _("Close %(day)s: %(name)s", day=_day(what["day"]), name=what["name"])
        case ChangeKind.OPEN_DAY:
            return _("Work on %(day)s again", day=_day(what["day"]))
        case ChangeKind.COUNT_YEAR:
            return _("Let the closed days of %(year)s count", year=what["year"])
        case ChangeKind.SET_HOURS:
            return _("New hours for: %(week)s", week=label("week", what["week"]))
        case ChangeKind.SET_SEASON:
            return _(
                "%(name)s from %(first)s until %(last)s, own hours for: %(week)s",
                name=what["name"],
                first=_day(what["starts_on"]),
                last=_day(what["ends_on"]),
                week=label("week", what["week"]),
            )
        case ChangeKind.END_SEASON:
            return _(
                "Take %(name)s out for: %(week)s",
                name=what["name"],
                week=label("week", what["week"]),
            )


def _day(written: str) -> str:
    return formatting.day(date.fromisoformat(written), application().settings.zone)
