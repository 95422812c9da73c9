"""Where the appointments of a position do not fit together: nobody holds it, or too many do.

Looks from a day on, and only as far as somebody can plan. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.models import Appointment, Person, Position
from workflow.models.organisation import Capacity, title_on
from workflow.organisation import is_open

HORIZON = timedelta(days=90)


class Misfit(StrEnum):
    """How the appointments of a position do not fit together."""

    GAP = "gap"
    OVERLAP = "overlap"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on which a position has nobody, or more people than it has places."""

    position_id: int
    title: str
    agency_id: int
    kind: Misfit
    since: date
    until: date | None
    """The last day; None when no end is in sight."""
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """An appointment as far as it matters here."""

    name: str
    capacity: Capacity
    starts_on: date
    ends_on: date | None

    def holds(self, day: date) -> bool:
        """Whether the day lies in it."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


def misfits(session: Session, day: date, agency_ids: Sequence[int] | None = None) -> list[Stretch]:
    """The gaps and overlaps of all positions, or of these agencies', from the day on."""
    query = (
        select(
            Position.id,
            title_on(day),
            Position.agency_id,
            Position.places,
            Person.name,
            Appointment.capacity,
            Appointment.starts_on,
            Appointment.ends_on,
        )
        .outerjoin(
            Appointment,
            (Appointment.position_id == Position.id)
            & (Appointment.ends_on.is_(None) | (Appointment.ends_on >= day)),
        )
        .outerjoin(Person, (Person.id == Appointment.person_id) & Person.is_active)
        .where(is_open(day))
        .order_by(Position.agency_id, Position.id, Appointment.starts_on, Appointment.id)
    )
    if agency_ids is not None:
        query = query.where(Position.agency_id.in_(agency_ids))
    found = []
    for position, rows in groupby(session.execute(query), key=lambda row: row[:4]):
        windows = [
            Window(row.name, Capacity(row.capacity), row.starts_on, row.ends_on)
            for row in rows
            if row.name is not None
        ]
        position_id, title, agency_id, places = position
        found += [
            Stretch(position_id, title, agency_id, kind, since, until, people)
            for kind, since, until, people in stretches(windows, places, day)
        ]
    return found


def stretches(
    windows: Sequence[Window], places: int, day: date
) -> Iterable[tuple[Misfit, date, date | None, tuple[str, ...]]]:
    """What does not fit, from the day on: each stretch with who holds the position in it."""
    last = day + HORIZON
    turns = {day, *(window.starts_on for window in windows)}
    ends = (window.ends_on for window in windows)
    turns |= {end + timedelta(days=1) for end in ends if end and end < last}
    days = sorted(turn for turn in turns if day <= turn <= last)
    parts = []
    for number, since in enumerate(days):
        held = [window for window in windows if window.holds(since)]
        is_last = number == len(days) - 1
        until = None if is_last else days[number + 1] - timedelta(days=1)
        parts.append((_misfit(held, places), since, until, held))
    for kind, group in groupby(parts, key=lambda part: part[0]):
        run = list(group)
        if kind is not None:
            people = dict.fromkeys(window.name for part in run for window in part[3])
            yield kind, run[0][1], run[-1][2], tuple(people)


def _misfit(held: Sequence[Window], places: int) -> Misfit | None:
    """A position with one place has one definitive holder, or one who fills in, and a Plh."""
    if not held:
        return Misfit.GAP
    in_full = [window for window in held if window.capacity is not Capacity.PLH]
    definitive = [window for window in held if window.capacity is Capacity.DEFINITIVE]
    if len(definitive) > places or (places == 1 and len(in_full) > 1):
        return Misfit.OVERLAP
    return None
