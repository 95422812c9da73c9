"""Weeks that keep other hours for a time, and counting over any calendar at all."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.workflow.test_calendar import (
    CALENDAR,
    MONDAY_TO_FRIDAY,
    WIB,
    at,
    due,
    moments,
    units,
    weeks,
)
from workflow.calendar import Calendar
from workflow.calendar.openings import Closure, Season
from workflow.models import Season as SeasonRow
from workflow.models import WorkWeek
from workflow.models.calendar import ClosedDayKind

RAMADAN_DAYS = date(2026, 2, 18), date(2026, 3, 19)
RAMADAN = dataclasses.replace(
    CALENDAR,
    seasons=(
        Season(
            "five",
            "Ramadan 1447 H",
            *RAMADAN_DAYS,
            {**dict.fromkeys(range(1, 5), (time(8), time(15))), 5: (time(8), time(15, 30))},
        ),
        Season(
            "six", "Ramadan 1447 H", *RAMADAN_DAYS, dict.fromkeys(range(1, 7), (time(8), time(14)))
        ),
    ),
)


# Ramadan 2026: Monday to Thursday until 15.00, Friday until 15.30; six-day units until 14.00.
@pytest.mark.parametrize(
    ("received", "amount", "week", "at_last"),
    [
        ("2026-02-16T09:00", 0, "five", "2026-02-18T15:00"),  # two closed days before the first
        ("2026-02-18T15:00", 1, "five", "2026-02-19T15:00"),
        ("2026-02-18T15:01", 1, "five", "2026-02-20T15:30"),  # late for Ramadan; due on a Friday
        ("2026-02-19T09:00", 1, "five", "2026-02-20T15:30"),
        ("2026-03-17T09:00", 1, "five", "2026-03-25T16:00"),  # over the last day into usual hours
        ("2026-02-18T14:01", 1, "six", "2026-02-20T14:00"),
    ],
)
def test_a_season_has_its_own_hours(received: str, amount: int, week: str, at_last: str) -> None:
    assert due(received, amount, week=week, calendar=RAMADAN).at == at(at_last)


def test_a_season_ends_with_its_last_day() -> None:
    assert RAMADAN.closing(RAMADAN_DAYS[1], "five", WIB).time() == time(15)
    assert RAMADAN.closing(RAMADAN_DAYS[1] + timedelta(days=6), "five", WIB).time() == time(16)
    assert RAMADAN.opening(RAMADAN_DAYS[0], "five", WIB).time() == time(8)
    assert CALENDAR.opening(RAMADAN_DAYS[0], "five", WIB).time() == time(7, 30)


def test_working_hours_run_while_the_season_is_open() -> None:
    found = due("2026-02-18T14:00", 3, "working_hours", calendar=RAMADAN)
    assert found.at == at("2026-02-19T10:00")


def test_a_season_may_close_a_weekday_and_each_day_names_it() -> None:
    short = Season("five", "Short", date(2026, 11, 23), date(2026, 11, 27), {1: (time(8), time(9))})
    found = due("2026-11-23T08:00", 1, calendar=dataclasses.replace(CALENDAR, seasons=(short,)))
    assert found.at == at("2026-11-30T16:00")
    told = [(day["reason"], day.get("season")) for day in found.explained["days"]]
    assert told == [
        ("receipt", "Short"),
        *[("weekend", "Short")] * 4,
        *[("weekend", None)] * 2,
        ("working_day", None),
    ]


def test_seasons_are_read_with_the_calendar(session: Session) -> None:
    hours = {"1": ["08:00", "15:00"]}
    session.add(WorkWeek(code="five", name="Five days", hours={"1": ["07:30", "16:00"]}))
    session.flush()
    session.add(
        SeasonRow(
            week="five",
            name="Ramadan",
            starts_on=RAMADAN_DAYS[0],
            ends_on=RAMADAN_DAYS[1],
            hours=hours,
        )
    )
    session.flush()
    season = Season("five", "Ramadan", *RAMADAN_DAYS, {1: (time(8), time(15))})
    assert Calendar.load(session).seasons == (season,)


# --- any calendar at all ----------------------------------------------------------------------

relaxed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

hours_of_a_day = st.tuples(st.integers(6, 11), st.integers(12, 18)).map(
    lambda pair: (time(pair[0], 30), time(pair[1]))
)
days_of_2026 = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@st.composite
def some_hours(draw: Any) -> dict[int, tuple[time, time]]:
    return draw(st.dictionaries(st.integers(1, 7), hours_of_a_day, min_size=1))


@st.composite
def calendars(draw: Any) -> Calendar:
    """Any two weeks, any closed days, and up to two seasons of each week."""
    seasons = []
    for week in ("five", "six"):
        edges = sorted(draw(st.lists(days_of_2026, max_size=4, unique=True)))
        for first, last in zip(edges[::2], edges[1::2], strict=False):
            seasons.append(Season(week, f"from {first}", first, last, draw(some_hours())))
    closed = draw(st.sets(days_of_2026, max_size=20))
    return Calendar(
        weeks={"five": draw(st.just(MONDAY_TO_FRIDAY)), "six": draw(some_hours())},
        closed={day: Closure(ClosedDayKind.CITY_DAY, "closed", "a decree") for day in closed},
        confirmed=frozenset({2026}),
        seasons=tuple(seasons),
    )


@relaxed
@given(calendars(), moments, st.integers(0, 15), weeks)
def test_over_any_calendar_counting_gives_back_what_was_added(
    calendar: Calendar, start: datetime, amount: int, week: str
) -> None:
    found = due(start, amount, week=week, calendar=calendar).at
    assert calendar.working_days(start, found, week) == amount
    assert calendar.is_open(found.date(), week)
    assert found == calendar.closing(found.date(), week, start.tzinfo)


@relaxed
@given(calendars(), moments, st.integers(0, 15), units, weeks, days_of_2026)
def test_over_any_calendar_a_closed_day_more_is_never_due_earlier(
    calendar: Calendar, start: datetime, amount: int, unit: str, week: str, day: date
) -> None:
    flood = {day: Closure(ClosedDayKind.DISASTER, "flood", "a circular")}
    wetter = dataclasses.replace(calendar, closed={**calendar.closed, **flood})
    assert due(start, amount, unit, week, wetter).at >= due(start, amount, unit, week, calendar).at


@relaxed
@given(calendars(), moments, st.timedeltas(timedelta(), timedelta(days=9)), st.integers(0, 15))
def test_over_any_calendar_what_comes_later_is_never_due_earlier(
    calendar: Calendar, start: datetime, later: timedelta, amount: int
) -> None:
    for unit in ("working_days", "working_hours", "days", "hours"):
        first = due(start, amount, unit, calendar=calendar).at
        assert due(start + later, amount, unit, calendar=calendar).at >= first
        assert due(start, amount + 1, unit, calendar=calendar).at >= first
