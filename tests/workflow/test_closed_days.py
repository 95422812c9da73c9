"""Years of closed days: what the joint decree says, and what an administrator confirms."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.workflow.factories import City
from workflow import calendar_changes, closed_days, messages, notifications
from workflow.errors import Invalid, NotFound
from workflow.models import ClosedDay, Notification
from workflow.models.calendar import ClosedDayKind

HOLIDAYS_2026 = "1-1 1-16 2-17 3-19 3-21 3-22 4-3 4-5 5-1 5-14 5-27 5-31 6-1 6-16 8-17 8-25 12-25"
LEAVE_2026 = "2-16 3-18 3-20 3-23 3-24 5-15 5-28 12-24"


def days_of(written: str) -> set[date]:
    return {date(2026, *map(int, day.split("-"))) for day in written.split()}


def test_the_list_of_2026_agrees_with_the_decree_day_by_day() -> None:
    listed = closed_days.national_days(2026)
    by_kind = {
        kind: {day for day, (found, _) in listed.items() if found is kind}
        for kind in (ClosedDayKind.NATIONAL_HOLIDAY, ClosedDayKind.COLLECTIVE_LEAVE)
    }
    assert by_kind[ClosedDayKind.NATIONAL_HOLIDAY] == days_of(HOLIDAYS_2026)
    assert by_kind[ClosedDayKind.COLLECTIVE_LEAVE] == days_of(LEAVE_2026)


@pytest.mark.parametrize(("week", "expected"), [(5, 240), (6, 291)])
def test_2026_has_the_working_days_that_were_counted(week: int, expected: int) -> None:
    closed = closed_days.national_days(2026)
    year = (date(2026, 1, 1) + timedelta(days=number) for number in range(365))
    assert sum(day.isoweekday() <= week and day not in closed for day in year) == expected


def test_a_year_counts_only_once_it_is_confirmed(session: Session, now: datetime) -> None:
    assert closed_days.load(session, 2026, now, by=None) == 25
    assert closed_days.years(session)[0].confirmed_at is None
    closed_days.confirm(session, 2026, now, by=None, decree="SKB 1497/2025")
    confirmed = closed_days.years(session)[0]
    assert (confirmed.confirmed_at, confirmed.decree) == (now, "SKB 1497/2025")
    with pytest.raises(Invalid, match="already_confirmed"):
        closed_days.confirm(session, 2026, now + timedelta(days=1), by=None)
    assert closed_days.years(session)[0].confirmed_at == now


def test_a_confirmed_year_is_not_loaded_over(session: Session, now: datetime) -> None:
    closed_days.load(session, 2026, now, by=None)
    closed_days.confirm(session, 2026, now, by=None)
    with pytest.raises(Invalid, match="already_confirmed"):
        closed_days.load(session, 2026, now, by=None)


def test_loading_again_keeps_what_the_city_added(session: Session, now: datetime) -> None:
    closed_days.load(session, 2027, now, by=None)
    added = ClosedDay(
        day=date(2027, 6, 9), kind=ClosedDayKind.CITY_DAY, name="Hari jadi", decree="Perwali"
    )
    session.add(added)
    closed_days.load(session, 2027, now, by=None)
    kinds = {day.kind for day in closed_days.days(session, 2027)}
    assert ClosedDayKind.CITY_DAY in kinds
    assert len(closed_days.days(session, 2027)) == len(closed_days.national_days(2027)) + 1


def test_a_year_out_of_reach_is_refused(session: Session, now: datetime) -> None:
    with pytest.raises(Invalid, match="out_of_range"):
        closed_days.load(session, 1999, now, by=None)
    with pytest.raises(NotFound):
        closed_days.confirm(session, 2031, now, by=None)


@pytest.fixture
def people(session: Session, now: datetime) -> tuple[int, int]:
    """Two administrators."""
    city = City(session)
    return city.person("admin", administers=True), city.person("admin2", administers=True)


def test_whoever_loaded_a_year_does_not_confirm_it(
    session: Session, now: datetime, people: tuple[int, int]
) -> None:
    first, second = people
    closed_days.load(session, 2026, now, by=first)
    with pytest.raises(Invalid, match="second_person"):
        closed_days.confirm(session, 2026, now, by=first)
    year = closed_days.confirm(session, 2026, now, by=second)
    assert (year.confirmed_at, year.confirmed_by) == (now, second)
    christmas = session.get_one(ClosedDay, date(2026, 12, 25), populate_existing=True)
    assert (christmas.entered_by, christmas.confirmed_by) == (first, second)


def test_a_year_that_is_loaded_again_waits_once(
    session: Session, now: datetime, people: tuple[int, int]
) -> None:
    for person_id in people:
        closed_days.load(session, 2026, now, by=person_id)
    (waiting,) = calendar_changes.pending(session)
    assert (waiting.what["year"], waiting.entered_by) == (2026, "Ibu admin2")


# This year always, the next one from October on.
@pytest.mark.parametrize(
    ("moment", "years"),
    [
        ("2026-09-30T23:59+07:00", (2026,)),
        ("2026-10-01T00:00+07:00", (2026, 2027)),
        ("2026-12-31T23:59+07:00", (2026, 2027)),
        ("2027-01-01T00:00+07:00", (2027,)),
    ],
)
def test_the_next_year_is_asked_for_from_october_on(
    session: Session, moment: str, years: tuple[int, ...]
) -> None:
    assert closed_days.unconfirmed(session, datetime.fromisoformat(moment)) == years


def test_administrators_are_told_once_of_a_year_that_is_not_confirmed(
    session: Session, now: datetime, people: tuple[int, int]
) -> None:
    closed_days.load(session, 2026, now, by=None)
    closed_days.confirm(session, 2026, now, by=None)
    for hours in (0, 1, 48):
        closed_days.warn(session, now + timedelta(hours=hours))
    told = session.scalars(select(Notification).order_by(Notification.person_id)).all()
    assert [(line.person_id, line.values) for line in told] == [
        (person_id, {"year": 2027}) for person_id in people
    ]
    words = [notifications.line(told[0], language, now.tzinfo) for language in ("id", "en")]
    assert words == [
        "Kalender hari kerja tahun 2027 belum ditetapkan",
        "The working calendar of 2027 is not confirmed",
    ]
    text = messages.write("year_unconfirmed", "id", told[0].values, zone=now.tzinfo, link="x").text
    assert "Muat hari libur tahun itu" in text
