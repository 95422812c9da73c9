"""What happens by itself in the days to come, in words: for one case, and day by day for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import lazy_gettext as _l

from blueprints.labels import label
from workflow.forecast import Foreseen

KINDS: Mapping[str, object] = {
    "reminder": _l("Reminder"),
    "escalation": _l("Escalation"),
    "reassign": _l("Goes to another holder"),
    "lapse": _l("Time runs out"),
}
GOES_TO: Mapping[str, object] = {
    "superior": _l("the superior"),
    "head": _l("the agency's head"),
    "acting": _l("the acting officer"),
    "forum": _l("the forum's list"),
}


@dataclass(frozen=True)
class Coming:
    """One thing that will happen, as it is told."""

    at: datetime
    case_id: int
    title: str
    kind: str
    what: str
    step: str
    position: str
    to: str


@dataclass(frozen=True)
class Day:
    """How many things will happen on a day, by kind."""

    day: date
    counts: Mapping[str, int]


def tell(found: Iterable[Foreseen], titles: Mapping[int, str]) -> list[Coming]:
    """Each thing in words; `titles` names the cases."""
    return [
        Coming(
            at=one.at,
            case_id=one.case_id,
            title=titles.get(one.case_id, ""),
            kind=one.what,
            what=str(KINDS[one.what]),
            step=label("step", one.path, one.wording),
            position=one.position,
            to="" if one.to is None else str(GOES_TO.get(one.to) or label("function", one.to)),
        )
        for one in found
    ]


def by_day(found: Iterable[Foreseen]) -> list[Day]:
    """The days on which something happens, with how much of what."""
    days: dict[date, Counter[str]] = {}
    for one in found:
        days.setdefault(one.at.date(), Counter())[one.what] += 1
    return [Day(day, counts) for day, counts in sorted(days.items())]
