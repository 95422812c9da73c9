"""Gaps and overlaps of appointments, from a day on."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.workflow.factories import City
from workflow import occupancy
from workflow.models.organisation import Capacity
from workflow.occupancy import Misfit, Window

DAY = date(2026, 11, 23)


def window(name: str, first: int, last: int | None = None, capacity: str = "definitive") -> Window:
    """An appointment by days of November 2026."""
    ends_on = None if last is None else date(2026, 11, last)
    return Window(name, Capacity(capacity), date(2026, 11, first), ends_on)


@pytest.mark.parametrize(
    ("windows", "places", "found"),
    [
        ([], 1, [(Misfit.GAP, 23, None)]),
        ([window("a", 1)], 1, []),
        ([window("a", 1, 25)], 1, [(Misfit.GAP, 26, None)]),
        ([Window("a", Capacity.DEFINITIVE, DAY, date.max)], 1, []),
        ([window("a", 1, 25), window("b", 28)], 1, [(Misfit.GAP, 26, 27)]),
        ([window("a", 1, 25), window("b", 26)], 1, []),
        ([window("a", 1, 25), window("b", 24)], 1, [(Misfit.OVERLAP, 24, 25)]),
        ([window("a", 1), window("b", 1)], 2, []),
        ([window("a", 1), window("b", 1), window("c", 24)], 2, [(Misfit.OVERLAP, 24, None)]),
        ([window("a", 1), window("b", 24, 29, "plh")], 1, []),
        ([window("a", 1), window("b", 24, 29, "plt")], 1, [(Misfit.OVERLAP, 24, 29)]),
        ([window("a", 1, 20), window("b", 21, 26, "plt")], 1, [(Misfit.GAP, 27, None)]),
        ([window("a", 1, 25), window("b", 20, 26), window("c", 26)], 1, [(Misfit.OVERLAP, 23, 26)]),
    ],
)
def test_gaps_and_overlaps_by_day(
    windows: list[Window], places: int, found: list[tuple[Misfit, int, int | None]]
) -> None:
    told = [
        (kind, since.day, None if until is None else until.day)
        for kind, since, until, _people in occupancy.stretches(windows, places, DAY)
    ]
    assert told == found


def test_a_gap_begins_where_the_only_holder_has_left(session: Session, now: datetime) -> None:
    city = City.founded(session, now)
    everything = [city.agencies["dinkes"]]
    assert occupancy.misfits(session, DAY, everything) == []
    session.execute(text("UPDATE people SET is_active = false WHERE username = 'head.dinkes'"))
    (gap,) = occupancy.misfits(session, DAY, everything)
    assert (gap.title, gap.kind, gap.since, gap.until) == ("head dinkes", Misfit.GAP, DAY, None)


def test_an_overlap_names_those_who_hold_the_position(session: Session, now: datetime) -> None:
    city = City.founded(session, now)
    city.person("second")
    city.appoint("second", "head.dinkes")
    (overlap,) = occupancy.misfits(session, DAY)
    assert set(overlap.people) == {"Ibu head.dinkes", "Ibu second"}
