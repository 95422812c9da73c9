"""Due times, counted over the working weeks and the closed days of 2026."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.orm import Session

from states.definition import Duration
from workflow.calendar import Calendar, Due
from workflow.calendar.openings import Closure, NoOpenDay
from workflow.errors import Refused
from workflow.models import CalendarYear, ClosedDay, WorkWeek
from workflow.models.calendar import ClosedDayKind

WIB = ZoneInfo("Asia/Jakarta")
DECREE = "SKB 1497/2025, 2/2025, 5/2025"
HOLIDAYS = (
    "01-01 01-16 02-17 03-19 03-21 03-22 04-03 04-05 05-01 05-14 05-27 05-31 06-01 06-16 08-17 "
    "08-25 12-25"
)
COLLECTIVE_LEAVE = "02-16 03-18 03-20 03-23 03-24 05-15 05-28 12-24"
MONDAY_TO_FRIDAY = {
    **dict.fromkeys(range(1, 5), (time(7, 30), time(16, 0))),
    5: (time(7, 30), time(16, 30)),
}
CALENDAR = Calendar(
    weeks={
        "five": MONDAY_TO_FRIDAY,
        "six": dict.fromkeys(range(1, 7), (time(7, 30), time(14, 0))),
    },
    closed={
        date.fromisoformat(f"2026-{day}"): Closure(kind, "a closed day", DECREE)
        for kind, days in (
            (ClosedDayKind.NATIONAL_HOLIDAY, HOLIDAYS),
            (ClosedDayKind.COLLECTIVE_LEAVE, COLLECTIVE_LEAVE),
        )
        for day in days.split()
    },
    confirmed=frozenset({2026}),
)


def at(text: str, zone: ZoneInfo = WIB) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def due(
    start: str | datetime,
    amount: int,
    unit: str = "working_days",
    week: str = "five",
    calendar: Calendar = CALENDAR,
) -> Due:
    moment = at(start) if isinstance(start, str) else start
    duration = Duration(amount, unit)  # type: ignore[arg-type]
    return calendar.due(moment, duration, week, facts={})


# Counted by hand from the decree of 2026.
@pytest.mark.parametrize(
    ("received", "amount", "week", "last_day"),
    [
        ("2026-03-13", 5, "five", "2026-03-27"),
        ("2026-03-17", 1, "five", "2026-03-25"),
        ("2026-05-13", 3, "five", "2026-05-20"),
        ("2026-05-26", 5, "five", "2026-06-05"),
        ("2026-06-12", 5, "five", "2026-06-22"),
        ("2026-12-22", 2, "five", "2026-12-28"),
        ("2026-03-31", 5, "five", "2026-04-08"),
        ("2026-02-13", 1, "six", "2026-02-14"),
        ("2026-03-13", 5, "six", "2026-03-26"),
    ],
)
def test_working_days_skip_weekends_holidays_and_collective_leave(
    received: str, amount: int, week: str, last_day: str
) -> None:
    found = due(f"{received}T09:00", amount, week=week)
    closing = CALENDAR.closing(date.fromisoformat(last_day), week, WIB)
    assert found.at == closing
    assert not found.provisional


def test_the_year_2026_has_as_many_working_days_as_the_decree_leaves() -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    months = [day.month for day in days if CALENDAR.is_open(day, "five")]
    by_month = [months.count(month) for month in range(1, 13)]
    assert by_month == [20, 18, 17, 21, 16, 20, 23, 19, 22, 22, 21, 21]
    assert sum(CALENDAR.is_open(day, "six") for day in days) == 291


# The day of receipt is day 0; what comes in late or on a closed day came in on the next open one.
@pytest.mark.parametrize(
    ("received", "at_last"),
    [
        ("2026-11-23T00:00", "2026-11-24T16:00"),
        ("2026-11-23T07:29", "2026-11-24T16:00"),
        ("2026-11-23T16:00", "2026-11-24T16:00"),
        ("2026-11-23T16:00:01", "2026-11-25T16:00"),
        ("2026-11-23T23:59", "2026-11-25T16:00"),
        ("2026-11-26T16:01", "2026-11-30T16:00"),  # Thursday evening: received on Friday
        ("2026-11-27T16:30", "2026-11-30T16:00"),  # Friday closes half an hour later
        ("2026-11-27T16:31", "2026-12-01T16:00"),
        ("2026-11-28T10:00", "2026-12-01T16:00"),  # Saturday
        ("2026-12-24T10:00", "2026-12-29T16:00"),  # collective leave, Christmas, a weekend
    ],
)
def test_one_working_day_ends_at_closing_time_of_the_day_after_receipt(
    received: str, at_last: str
) -> None:
    assert due(received, 1).at == at(at_last)


# The closing bell rings at the city's own four o'clock, to the microsecond.
@pytest.mark.parametrize("name", ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"])
def test_the_edge_of_a_day_is_the_citys_closing_time(name: str) -> None:
    zone = ZoneInfo(name)
    closing = at("2026-11-23T16:00", zone)
    assert due(closing, 1).at == at("2026-11-24T16:00", zone)
    assert due(closing + timedelta.resolution, 1).at == at("2026-11-25T16:00", zone)
    assert due(closing, 0).at == closing
    midnight = at("2026-11-24T00:00", zone)
    assert due(midnight, 1).at == at("2026-11-25T16:00", zone)
    assert due(midnight - timedelta.resolution, 1).at == at("2026-11-25T16:00", zone)


# 23 November 23.30 in Jakarta, Makassar and Jayapura is the same evening there, not in UTC.
@pytest.mark.parametrize("name", ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"])
def test_a_day_is_the_citys_day(name: str) -> None:
    zone = ZoneInfo(name)
    early = due(at("2026-11-24T00:30", zone), 1)  # still the 23rd in UTC
    late = due(at("2026-11-23T23:30", zone), 1)
    assert early.at == late.at == at("2026-11-25T16:00", zone)
    assert early.at.tzinfo is zone
    assert CALENDAR.receipt(at("2026-11-24T00:30", zone), "five") == date(2026, 11, 24)


@pytest.mark.parametrize(
    "moment", [at("2026-11-23").replace(tzinfo=zone) for zone in (None, UTC, ZoneInfo("UTC"))]
)
def test_a_moment_that_does_not_know_the_citys_day_is_refused(moment: datetime) -> None:
    with pytest.raises(ValueError, match="the city's own zone"):
        due(moment, 1)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "at_last"),
    [
        ("2026-11-23T09:00", 4, "working_hours", "2026-11-23T13:00"),
        ("2026-11-23T14:00", 4, "working_hours", "2026-11-24T09:30"),
        ("2026-11-23T12:00", 4, "working_hours", "2026-11-23T16:00"),
        ("2026-11-23T05:00", 1, "working_hours", "2026-11-23T08:30"),
        ("2026-11-23T18:00", 1, "working_hours", "2026-11-24T08:30"),
        ("2026-11-28T09:00", 1, "working_hours", "2026-11-30T08:30"),
        ("2026-12-23T15:30", 2, "working_hours", "2026-12-28T09:00"),
        ("2026-11-23T09:00", 9, "days", "2026-12-02T16:00"),
        ("2026-11-23T09:00", 5, "days", "2026-11-30T16:00"),  # a Saturday moves to Monday
        ("2026-11-23T17:00", 1, "days", "2026-11-25T16:00"),
        ("2026-11-27T22:00", 36, "hours", "2026-11-29T10:00"),
    ],
)
def test_hours_and_calendar_days(start: str, amount: int, unit: str, at_last: str) -> None:
    assert due(start, amount, unit).at == at(at_last)


# A date of the subject is day 0 itself, open or not.
@pytest.mark.parametrize(
    ("anchor", "amount", "unit", "at_last"),
    [
        ("2026-11-30", 5, "working_days", "2026-12-07T16:00"),
        ("2026-11-29", 1, "working_days", "2026-11-30T16:00"),
        ("2026-11-30", 5, "days", "2026-12-07T16:00"),
        ("2026-11-30", 2, "working_hours", "2026-12-01T09:30"),
        ("2026-11-30", 24, "hours", "2026-12-02T00:00"),
        ("2026-09-30", 5, "working_days", "2026-11-24T16:00"),
    ],
)
def test_an_anchored_time_counts_from_its_date_and_leaves_a_working_day(
    anchor: str, amount: int, unit: str, at_last: str
) -> None:
    duration = Duration(amount, unit, after="period_end")  # type: ignore[arg-type]
    found = CALENDAR.due(at("2026-11-23T09:00"), duration, "five", facts={"period_end": anchor})
    assert found.at == at(at_last)
    assert found.explained["after"] == ["period_end", anchor]


@pytest.mark.parametrize("facts", [{}, {"period_end": "soon"}, {"period_end": True}])
def test_an_unknown_anchor_refuses_by_name(facts: dict[str, object]) -> None:
    duration = Duration(5, "working_days", after="period_end")
    with pytest.raises(Refused) as refusal:
        CALENDAR.due(at("2026-11-23T09:00"), duration, "five", facts=facts)
    (reason,) = refusal.value.reasons
    assert (reason.code, reason.values) == ("fact_unknown", {"fact": "period_end"})


def test_a_due_time_explains_each_day() -> None:
    found = due("2026-12-22T16:30", 1)
    decree = {"name": "a closed day", "decree": DECREE}
    assert found.explained == {
        "start": "2026-12-22T16:30:00+07:00",
        "amount": 1,
        "unit": "working_days",
        "week": "five",
        "after": None,
        "provisional": False,
        "calendar": [0, None],
        "days": [
            {"day": "2026-12-22", "counted": False, "reason": "after_closing"},
            {"day": "2026-12-23", "counted": False, "reason": "receipt"},
            {"day": "2026-12-24", "counted": False, "reason": "collective_leave", **decree},
            {"day": "2026-12-25", "counted": False, "reason": "national_holiday", **decree},
            {"day": "2026-12-26", "counted": False, "reason": "weekend"},
            {"day": "2026-12-27", "counted": False, "reason": "weekend"},
            {"day": "2026-12-28", "counted": True, "reason": "working_day"},
        ],
    }


def test_an_unconfirmed_year_counts_over_weekends_only_and_says_so() -> None:
    new_year = {date(2027, 1, 1): Closure(ClosedDayKind.NATIONAL_HOLIDAY, "New Year", "a draft")}
    calendar = dataclasses.replace(CALENDAR, closed={**CALENDAR.closed, **new_year})
    provisional = due("2026-12-30T09:00", 2, calendar=calendar)
    assert provisional.at == at("2027-01-01T16:30")
    assert provisional.provisional
    confirmed = dataclasses.replace(calendar, confirmed=frozenset({2026, 2027}))
    final = due("2026-12-30T09:00", 2, calendar=confirmed)
    assert final.at == at("2027-01-04T16:00")
    assert not final.provisional


def test_a_week_that_never_opens_is_named() -> None:
    calendar = dataclasses.replace(CALENDAR, weeks={"none": {}})
    with pytest.raises(NoOpenDay, match="none"):
        due("2026-11-23T09:00", 1, week="none", calendar=calendar)


@pytest.mark.parametrize(
    ("start", "until", "half"),
    [
        ("2026-11-23T09:00", "2026-11-30T16:00", "2026-11-26T07:30"),  # day 3 of 5
        ("2026-11-23T09:00", "2026-11-25T16:00", "2026-11-24T07:30"),  # day 1 of 2
        ("2026-11-23T09:00", "2026-11-24T16:00", "2026-11-24T07:30"),
        ("2026-11-23T09:00", "2026-11-23T13:00", None),
    ],
)
def test_half_way_is_the_opening_of_a_day(start: str, until: str, half: str | None) -> None:
    found = CALENDAR.half_way(at(start), at(until), "five")
    assert found == (at(half) if half else None)


@pytest.mark.parametrize(
    ("amount", "unit", "moment"),
    [
        (1, "working_days", "2026-11-27T07:30"),
        (3, "days", "2026-11-27T07:30"),
        (2, "days", "2026-11-27T07:30"),  # a Saturday: told on Friday
        (30, "hours", "2026-11-29T10:00"),
        (4, "working_hours", "2026-11-30T12:00"),
        (10, "working_hours", "2026-11-27T15:00"),
    ],
)
def test_some_time_before_a_due_time(amount: int, unit: str, moment: str) -> None:
    assert CALENDAR.before(at("2026-11-30T16:00"), amount, unit, "five") == at(moment)


@pytest.mark.parametrize(
    ("moment", "last_one"),
    [
        ("2026-11-23T07:30", "2026-11-23T07:30"),
        ("2026-11-23T07:29", "2026-11-20T07:30"),
        ("2026-11-23T09:00", "2026-11-23T07:30"),
        ("2026-11-28T09:00", "2026-11-27T07:30"),
    ],
)
def test_the_last_opening_before_a_moment(moment: str, last_one: str) -> None:
    assert CALENDAR.last_opening(at(moment), "five") == at(last_one)


moments = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    datetime(2026, 10, 31),  # noqa: DTZ001
    timezones=st.sampled_from([WIB, ZoneInfo("Asia/Makassar"), ZoneInfo("Asia/Jayapura")]),
)
amounts = st.integers(0, 30)
weeks = st.sampled_from(["five", "six"])
units = st.sampled_from(["working_days", "working_hours", "days", "hours"])


@given(moments, amounts, weeks)
def test_counting_gives_back_what_was_added(start: datetime, amount: int, week: str) -> None:
    found = due(start, amount, week=week).at
    assert CALENDAR.working_days(start, found, week) == amount
    assert CALENDAR.add_days(CALENDAR.receipt(start, week), amount, week) == found.date()
    assert found >= start


@given(moments, st.integers(1, 30), weeks)
def test_going_back_as_many_days_leads_to_the_receipt(
    start: datetime, amount: int, week: str
) -> None:
    last = due(start, amount, week=week).at.date()
    assert CALENDAR.add_days(last, -amount, week) == CALENDAR.receipt(start, week)


@given(moments, amounts, units, weeks, st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_one_more_closed_day_never_makes_a_due_time_earlier(
    start: datetime, amount: int, unit: str, week: str, day: date
) -> None:
    flood = {day: Closure(ClosedDayKind.DISASTER, "flood", "a circular")}
    calendar = dataclasses.replace(CALENDAR, closed={**CALENDAR.closed, **flood})
    assert due(start, amount, unit, week, calendar).at >= due(start, amount, unit, week).at


@given(moments, amounts, weeks, units)
def test_more_time_is_never_due_earlier(start: datetime, amount: int, week: str, unit: str) -> None:
    assert due(start, amount + 1, unit, week).at > due(start, amount, unit, week).at or (
        unit == "days"  # two days may both move to the same open one
    )
    assert due(start, amount + 1, unit, week).at >= due(start, amount, unit, week).at


@given(moments, amounts, weeks)
def test_the_last_counted_day_is_the_due_day(start: datetime, amount: int, week: str) -> None:
    found = due(start, amount, week=week)
    counted = [entry["day"] for entry in found.explained["days"] if entry["counted"]]
    assert len(counted) == amount
    assert not amount or counted[-1] == found.at.date().isoformat()


@pytest.fixture
def stored(session: Session, now: datetime) -> Session:
    session.add_all(
        [
            WorkWeek(code="five", name="Five days", hours={"1": ["07:30", "16:00"]}),
            ClosedDay(
                day=date(2026, 12, 25),
                kind=ClosedDayKind.NATIONAL_HOLIDAY,
                name="Christmas",
                decree=DECREE,
            ),
            CalendarYear(year=2026, decree=DECREE, confirmed_at=now),
            CalendarYear(year=2027, decree="a draft", confirmed_at=None),
        ]
    )
    session.flush()
    return session


def test_the_calendar_is_read_in_one_statement(stored: Session) -> None:
    statements: list[str] = []
    connection = stored.connection()
    event.listen(connection, "before_cursor_execute", lambda *given: statements.append(given[2]))
    calendar = Calendar.load(stored)
    assert len(statements) == 1
    assert calendar == Calendar(
        weeks={"five": {1: (time(7, 30), time(16, 0))}},
        closed={date(2026, 12, 25): Closure("national_holiday", "Christmas", DECREE)},
        confirmed=frozenset({2026}),
    )


def test_an_unchanged_calendar_is_parsed_once_and_a_changed_one_again(stored: Session) -> None:
    calendar = Calendar.load(stored)
    assert Calendar.load(stored) is calendar
    stored.add(ClosedDay(day=date(2026, 6, 9), kind="city_day", name="City day", decree="Perwali"))
    stored.flush()
    assert date(2026, 6, 9) in Calendar.load(stored).closed


def test_an_empty_calendar_can_be_read(session: Session) -> None:
    assert Calendar.load(session) == Calendar({}, {}, frozenset())
