"""A change of the calendar: entered by one person, confirmed by another, then a new version."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from states import library
from tests.workflow.factories import City
from workflow import calendar_changes, calendar_effects, deadlines
from workflow.calendar import Calendar
from workflow.calendar.changes import changed
from workflow.errors import Invalid, NotFound
from workflow.models import (
    CalendarYear,
    ClosedDay,
    Notification,
    OutboxMessage,
    Season,
    Task,
    WorkWeek,
)
from workflow.models.calendar import ChangeKind

FLOOD = {"day": "2026-11-25", "kind": "disaster", "name": "Banjir", "decree": "Perwali 5"}
SHORT = {"1": ["08:00", "15:00"], "5": ["08:00", "15:30"]}
RAMADAN = {
    "week": "five",
    "name": "Ramadan",
    "starts_on": "2027-02-08",
    "ends_on": "2027-03-09",
    "hours": SHORT,
    "decree": "SE Wali Kota",
}
CHANGES: list[tuple[ChangeKind, dict[str, Any]]] = [
    (ChangeKind.CLOSE_DAY, FLOOD),
    (ChangeKind.OPEN_DAY, {"day": "2026-12-25", "decree": "Perwali 6"}),
    (ChangeKind.COUNT_YEAR, {"year": 2028, "decree": "SKB"}),
    (ChangeKind.SET_HOURS, {"week": "five", "hours": SHORT, "decree": "Perwali 7"}),
    (ChangeKind.SET_SEASON, RAMADAN),
    (ChangeKind.SET_SEASON, RAMADAN | {"name": "Old", "ends_on": "2027-02-20"}),
    (ChangeKind.END_SEASON, {"week": "five", "name": "Old", "decree": "Perwali 8"}),
]


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    """The small city with two administrators, Christmas, and a season of this year."""
    return founded(session, now)


def founded(session: Session, now: datetime) -> City:
    city = City.founded(session, now)
    city.person("admin", administers=True)
    city.person("admin2", administers=True)
    session.add_all(
        [
            ClosedDay(day=date(2026, 12, 25), kind="national_holiday", name="Natal", decree="SKB"),
            CalendarYear(year=2028, decree="a draft", confirmed_at=None),
            Season(
                week="five",
                name="Old",
                starts_on=date(2026, 2, 18),
                ends_on=date(2026, 3, 19),
                hours=SHORT,
            ),
        ]
    )
    session.flush()
    return city


@pytest.mark.parametrize(("kind", "what"), CHANGES)
def test_what_is_shown_before_is_what_counts_after(
    session: Session, city: City, now: datetime, kind: ChangeKind, what: dict[str, Any]
) -> None:
    before = Calendar.load(session)
    shown = calendar_changes.preview(session, kind, what)
    assert shown == changed(before, kind, what) != before
    change = calendar_changes.enter(session, kind, what, now, by=city.people["admin"])
    assert Calendar.load(session) == before
    calendar_changes.confirm(session, change.id, now, by=city.people["admin2"])
    after = Calendar.load(session)
    assert (after.weeks, after.closed, after.confirmed, after.seasons) == (
        shown.weeks,
        shown.closed,
        shown.confirmed,
        shown.seasons,
    )
    assert (after.version, datetime.fromisoformat(after.since or "")) == (1, now)


def test_a_change_waits_for_somebody_else(session: Session, city: City, now: datetime) -> None:
    admin, other = city.people["admin"], city.people["admin2"]
    change = calendar_changes.enter(session, ChangeKind.CLOSE_DAY, FLOOD, now, by=admin)
    with pytest.raises(Invalid, match="second_person"):
        calendar_changes.confirm(session, change.id, now, by=admin)
    assert [waiting.id for waiting in calendar_changes.pending(session)] == [change.id]
    calendar_changes.confirm(session, change.id, now, by=other)
    closed = session.get_one(ClosedDay, date(2026, 11, 25))
    assert (closed.entered_by, closed.confirmed_by) == (admin, other)
    assert calendar_changes.pending(session) == []
    assert session.scalars(select(OutboxMessage.kind)).all() == [deadlines.RECOUNT]


def test_a_change_is_confirmed_or_withdrawn_once(
    session: Session, city: City, now: datetime
) -> None:
    admin, other = city.people["admin"], city.people["admin2"]
    first, second = (
        calendar_changes.enter(
            session, ChangeKind.CLOSE_DAY, FLOOD | {"day": day}, now, by=admin
        ).id
        for day in ("2026-11-25", "2026-11-26")
    )
    calendar_changes.confirm(session, first, now, by=other)
    calendar_changes.withdraw(session, second, now, by=admin)
    for change_id in (first, second):
        with pytest.raises(Invalid, match="not_waiting"):
            calendar_changes.confirm(session, change_id, now, by=other)
        with pytest.raises(Invalid, match="not_waiting"):
            calendar_changes.withdraw(session, change_id, now, by=other)
    with pytest.raises(NotFound):
        calendar_changes.confirm(session, 999_999, now, by=other)
    assert session.get(ClosedDay, date(2026, 11, 26)) is None


def test_a_change_that_no_longer_fits_is_not_confirmed(
    session: Session, city: City, now: datetime
) -> None:
    twice = [
        calendar_changes.enter(
            session, ChangeKind.CLOSE_DAY, FLOOD, now, by=city.people["admin"]
        ).id
        for _ in range(2)
    ]
    calendar_changes.confirm(session, twice[0], now, by=city.people["admin2"])
    with pytest.raises(Invalid, match="already_closed"):
        calendar_changes.confirm(session, twice[1], now, by=city.people["admin2"])


def test_the_history_tells_who_changed_what_when(
    session: Session, city: City, now: datetime
) -> None:
    later = now + timedelta(hours=1)
    for number, day in enumerate(("2026-11-25", "2026-11-26", "2026-11-27")):
        change = calendar_changes.enter(
            session, ChangeKind.CLOSE_DAY, FLOOD | {"day": day}, now, by=city.people["admin"]
        )
        end = calendar_changes.withdraw if number == 1 else calendar_changes.confirm
        end(session, change.id, later + number * timedelta(hours=1), by=city.people["admin2"])
    told = [
        (change.version, change.what["day"], change.entered_by, change.confirmed_by)
        for change in calendar_changes.history(session)
    ]
    assert told == [
        (2, "2026-11-27", "Ibu admin", "Ibu admin2"),
        (None, "2026-11-26", "Ibu admin", None),
        (1, "2026-11-25", "Ibu admin", "Ibu admin2"),
    ]


# Each problem beside the field that it belongs to.
@pytest.mark.parametrize(
    ("kind", "what", "found"),
    [
        (
            ChangeKind.CLOSE_DAY,
            {"day": "soon", "kind": "strike", "name": "", "decree": "x" * 301},
            {
                "day": "not_a_date",
                "kind": "unknown_choice",
                "name": "missing",
                "decree": "too_long",
            },
        ),
        (ChangeKind.CLOSE_DAY, FLOOD | {"day": "1999-01-01"}, {"day": "out_of_range"}),
        (ChangeKind.CLOSE_DAY, FLOOD | {"day": "2026-12-25"}, {"day": "already_closed"}),
        (ChangeKind.CLOSE_DAY, FLOOD | {"name": "a\0"}, {"name": "control_character"}),
        (ChangeKind.OPEN_DAY, {"day": "2026-11-25", "decree": "x"}, {"day": "not_closed"}),
        (ChangeKind.COUNT_YEAR, {"year": 2026, "decree": "x"}, {"year": "already_confirmed"}),
        (
            ChangeKind.SET_HOURS,
            {"week": "nine", "hours": {}, "decree": "x"},
            {"week": "unknown_choice", "hours": "never_open"},
        ),
        (
            ChangeKind.SET_HOURS,
            {
                "week": "five",
                "hours": {"1": ["9", "17:00"], "2": ["17:00", "08:00"]},
                "decree": "x",
            },
            {"hours.1": "time_missing", "hours.2": "closes_before_opening"},
        ),
        (
            ChangeKind.SET_SEASON,
            RAMADAN | {"starts_on": "x", "ends_on": ""},
            {"starts_on": "not_a_date", "ends_on": "not_a_date"},
        ),
        (
            ChangeKind.SET_SEASON,
            RAMADAN | {"ends_on": "2027-02-07"},
            {"ends_on": "ends_before_start"},
        ),
        (
            ChangeKind.SET_SEASON,
            RAMADAN | {"ends_on": "2027-12-31"},
            {"ends_on": "season_too_long"},
        ),
        (
            ChangeKind.SET_SEASON,
            RAMADAN | {"starts_on": "2026-03-19", "ends_on": "2026-03-20"},
            {"starts_on": "season_overlaps"},
        ),
        (
            ChangeKind.END_SEASON,
            {"week": "five", "name": "Spring", "decree": "x"},
            {"name": "unknown_choice"},
        ),
    ],
)
def test_a_change_that_cannot_be_taken_says_all_that_is_wrong(
    session: Session,
    city: City,
    now: datetime,
    kind: ChangeKind,
    what: dict[str, Any],
    found: dict[str, str],
) -> None:
    with pytest.raises(Invalid) as refused:
        calendar_changes.enter(session, kind, what, now, by=city.people["admin"])
    assert {problem.field: problem.code for problem in refused.value.problems} == found


# --- what it does to open deadlines -----------------------------------------------------------


@pytest.fixture
def case_ids(sessions: sessionmaker[Session], now: datetime) -> list[int]:
    """Two cases that wait until Wednesday with the same person, in a city with administrators."""
    with sessions.begin() as session:
        city = founded(session, now)
        version_id = city.publish(library.text("program-proposal"))
        ids = [city.case(version_id, now) for _ in range(2)]
        for case_id in ids:
            city.act(case_id, "operator.dinkes", "forward", now)
        return ids


@pytest.mark.postgres15
def test_the_effect_that_is_shown_is_what_a_recount_does(
    sessions: sessionmaker[Session], case_ids: list[int], now: datetime
) -> None:
    with sessions.begin() as session:
        shown = calendar_changes.preview(session, ChangeKind.CLOSE_DAY, FLOOD)
        effect = calendar_effects.effect(session, shown, now)
        assert (effect.looked_at, effect.tasks, effect.cases, effect.furthest) == (2, 2, 2, 1)
        change = calendar_changes.enter(session, ChangeKind.CLOSE_DAY, FLOOD, now, by=None)
        calendar_changes.confirm(session, change.id, now, by=None)
    assert deadlines.recount(sessions, now).moved == effect.tasks
    with sessions() as session:
        for shift in effect.examples:
            moved = session.scalars(
                select(Task).where(Task.case_id == shift.case_id, Task.status == "open")
            ).one()
            assert moved.due_at == shift.moves_to
            assert moved.due_explained is not None
            number, since = moved.due_explained["calendar"]
            assert (number, datetime.fromisoformat(since)) == (1, now)
        opened = calendar_changes.preview(
            session, ChangeKind.OPEN_DAY, {"day": FLOOD["day"], "decree": "Perwali 9"}
        )
        assert calendar_effects.effect(session, opened, now).tasks == 0


@pytest.mark.postgres15
def test_holders_are_told_once_of_a_change_however_many_tasks_moved(
    sessions: sessionmaker[Session], case_ids: list[int], now: datetime
) -> None:
    for day in ("2026-11-25", "2026-11-26"):
        with sessions.begin() as session:
            what = FLOOD | {"day": day}
            change = calendar_changes.enter(session, ChangeKind.CLOSE_DAY, what, now, by=None)
            calendar_changes.confirm(session, change.id, now, by=None)
        for _ in range(2):
            deadlines.recount(sessions, now)
    with sessions() as session:
        told = session.scalars(
            select(Notification)
            .where(Notification.kind == deadlines.MOVED)
            .order_by(Notification.id)
        ).all()
        assert [(line.case_id, line.values) for line in told] == [
            (None, {"version": 1}),
            (None, {"version": 2}),
        ]
        assert len({line.person_id for line in told}) == 1


@pytest.mark.postgres15
def test_a_confirmed_year_makes_deadlines_final_that_stay(
    sessions: sessionmaker[Session], case_ids: list[int], now: datetime
) -> None:
    with sessions.begin() as session:
        session.get_one(CalendarYear, 2026).confirmed_at = None
    deadlines.recount(sessions, now)
    assert {task.due_explained["provisional"] for task in open_tasks(sessions)} == {True}
    with sessions.begin() as session:
        session.get_one(CalendarYear, 2026).confirmed_at = now
    assert deadlines.recount(sessions, now).moved == 0
    assert {task.due_explained["provisional"] for task in open_tasks(sessions)} == {False}


def open_tasks(sessions: sessionmaker[Session]) -> list[Any]:
    with sessions() as session:
        return list(session.scalars(select(Task).where(Task.status == "open")))


@pytest.mark.postgres15
def test_shorter_hours_make_nothing_due_earlier(
    sessions: sessionmaker[Session], case_ids: list[int], now: datetime
) -> None:
    before = [task.due_at for task in open_tasks(sessions)]
    with sessions.begin() as session:
        session.get_one(WorkWeek, "five").hours = {
            str(day): ["08:00", "12:00"] for day in range(1, 6)
        }
    assert deadlines.recount(sessions, now).moved == 0
    assert [task.due_at for task in open_tasks(sessions)] == before


@pytest.mark.postgres15
def test_of_two_that_confirm_at_once_one_is_told_that_nothing_waits(
    sessions: sessionmaker[Session], case_ids: list[int], now: datetime
) -> None:
    with sessions.begin() as session:
        change = calendar_changes.enter(session, ChangeKind.CLOSE_DAY, FLOOD, now, by=None)
    barrier = Barrier(2)

    def confirmed(_: int) -> str:
        barrier.wait()
        try:
            with sessions.begin() as session:
                calendar_changes.confirm(session, change.id, now, by=None)
        except Invalid as refused:
            return str(refused)
        return "confirmed"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(confirmed, range(2))) == ["change: not_waiting", "confirmed"]
    with sessions() as session:
        assert Calendar.load(session).version == 1
