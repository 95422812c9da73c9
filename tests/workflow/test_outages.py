"""An outage gives time back to everybody whose deadline fell in it, once, and to nobody else."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from states import library
from states.definition import Duration
from tests.workflow.factories import City
from workflow import calendar_effects, deadlines, journal, outages, sweep, timers
from workflow.calendar import Calendar
from workflow.delivery import Delivery
from workflow.engine import postponing
from workflow.errors import Invalid
from workflow.models import (
    ClosedDay,
    Event,
    Notification,
    Outage,
    OutboxMessage,
    Person,
    Task,
    Timer,
)

pytestmark = pytest.mark.postgres15

WEDNESDAY = {
    "day": "2026-11-25",
    "from_time": "10.00",
    "until_time": "18:00",
    "reason": "Pusat data tanpa listrik",
}
EVENING = datetime.fromisoformat("2026-11-25T19:00+07:00")
MOVED_TO = datetime.fromisoformat("2026-11-26T16:00+07:00")
"""The next working day."""

FRIDAY = datetime.fromisoformat("2026-11-27T16:00+07:00")


@pytest.fixture
def case_ids(sessions: sessionmaker[Session], now: datetime) -> list[int]:
    """Three cases that are due on Wednesday, and one that is due on Friday."""
    with sessions.begin() as session:
        city = City.founded(session, now)
        city.person("admin", administers=True)
        version_id = city.publish(library.text("program-proposal"))
        ids = [city.case(version_id, now) for _ in range(4)]
        for number, case_id in enumerate(ids):
            day = now + timedelta(days=2 * (number // 3))
            city.act(case_id, "operator.dinkes", "forward", day)
        return ids


def declare(sessions: sessionmaker[Session], **changes: str) -> int:
    with sessions.begin() as session:
        by = session.scalars(select(Person.id).where(Person.username == "admin")).one()
        read = outages.read({**WEDNESDAY, **changes}, by=by, now=EVENING)
        return outages.declare(session, read).id


def deliver(sessions: sessionmaker[Session], kind: str) -> None:
    delivery = Delivery(sessions, lambda: EVENING, "https://alur.example")
    while True:
        with sessions() as session:
            query = select(OutboxMessage.id).where(
                OutboxMessage.kind == kind, OutboxMessage.done_at.is_(None)
            )
            ids = session.scalars(query.order_by(OutboxMessage.id)).all()
        if not ids:
            return
        for message_id in ids:
            delivery.deliver(message_id)


def dues(session: Session, case_ids: list[int]) -> list[datetime | None]:
    query = select(Task.due_at).where(Task.case_id.in_(case_ids), Task.status == "open")
    return list(session.scalars(query.order_by(Task.case_id)))


def test_deadlines_in_an_outage_move_to_the_next_working_day_for_all(
    sessions: sessionmaker[Session], case_ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "BATCH", 2)
    declare(sessions)
    deliver(sessions, outages.OUTAGE)
    with sessions() as session:
        assert dues(session, case_ids) == [MOVED_TO] * 3 + [FRIDAY]
        task = session.scalars(
            select(Task).where(Task.case_id == case_ids[0], Task.status == "open")
        ).one()
        assert task.rank_at == MOVED_TO
        assert task.due_explained is not None
        assert task.due_explained["outage"]["reason"] == "Pusat data tanpa listrik"
        assert task.due_explained["earlier"]["amount"] == 2
        events = session.scalars(select(Event).where(Event.kind == deadlines.MOVED)).all()
        assert sorted(event.case_id for event in events) == case_ids[:3]
        assert {event.payload["outage"]["id"] for event in events} == {1}
        assert all(event.person_id is not None for event in events)
        assert list(journal.verify(session)) == []


def test_the_effect_that_is_shown_is_what_the_outage_does(
    sessions: sessionmaker[Session], case_ids: list[int]
) -> None:
    with sessions() as session:
        outage = outages.read(WEDNESDAY, by=1, now=EVENING)
        effect = calendar_effects.effect_of_outage(session, outage, EVENING)
        assert (effect.looked_at, effect.tasks, effect.cases) == (4, 3, 3)
        assert effect.by_days == ((1, 3),)
    assert deadlines.give_back(sessions, EVENING, outage_id=declare(sessions)).moved == 3
    with sessions() as session:
        moved = [shift.case_id for shift in effect.examples]
        assert [shift.moves_to for shift in effect.examples] == dues(session, moved)


def test_each_holder_is_told_once_however_many_deadlines_move(
    sessions: sessionmaker[Session], case_ids: list[int]
) -> None:
    declare(sessions)
    deliver(sessions, outages.OUTAGE)
    with sessions() as session:
        query = (
            select(Person.username, func.count())
            .join(Notification, Notification.person_id == Person.id)
            .where(Notification.kind == outages.OUTAGE)
            .group_by(Person.username)
        )
        assert [tuple(row) for row in session.execute(query)] == [("secretary.dinkes", 1)]


def test_the_same_outage_moves_nothing_twice(
    sessions: sessionmaker[Session], case_ids: list[int]
) -> None:
    outage_id = declare(sessions)
    assert deadlines.give_back(sessions, EVENING, outage_id=outage_id).moved == 3
    assert deadlines.give_back(sessions, EVENING, outage_id=outage_id).moved == 0


def test_what_was_escalated_for_the_old_due_time_is_armed_for_the_new_one(
    sessions: sessionmaker[Session], case_ids: list[int]
) -> None:
    thursday = datetime.fromisoformat("2026-11-26T16:00+07:00")
    sweep.run(sessions, thursday)
    outage_id = declare(sessions)
    deadlines.give_back(sessions, thursday, outage_id=outage_id)
    with sessions() as session:
        query = select(Timer.status, Timer.due_at).where(
            Timer.case_id == case_ids[0],
            Timer.path == "verifying",
            Timer.kind == f"{timers.ESCALATION}.0",
        )
        status, due_at = session.execute(query).one()
        assert (status, due_at) == ("waiting", MOVED_TO + timedelta(days=1))


def test_a_recount_keeps_the_outage_and_gives_later_closed_days_back(
    sessions: sessionmaker[Session], case_ids: list[int]
) -> None:
    deadlines.give_back(sessions, EVENING, outage_id=declare(sessions))
    with sessions.begin() as session:
        session.add(
            ClosedDay(day=date(2026, 11, 26), kind="city_day", name="Kota", decree="Perwali 5")
        )
    deadlines.recount(sessions, EVENING)
    with sessions() as session:
        assert dues(session, case_ids[:3]) == [MOVED_TO + timedelta(days=1)] * 3


@pytest.mark.parametrize(
    ("until", "moved_to"),
    [
        ("2026-11-25T16:00", "2026-11-26T16:00"),
        ("2026-11-25T16:30", "2026-11-26T16:00"),
        ("2026-11-26T08:00", "2026-11-27T16:00"),
        ("2026-11-28T12:00", "2026-11-30T16:00"),
        ("2026-11-25T15:59", "2026-11-25T16:00"),
    ],
)
def test_a_due_time_moves_one_working_day_from_the_end_of_the_outage(
    session: Session, now: datetime, until: str, moved_to: str
) -> None:
    City.founded(session, now)
    calendar = Calendar.load(session)
    due = calendar.due(now, Duration(2, "working_days"), "five", facts={})
    outage = {"starts_at": "2026-11-25T09:00+07:00", "ends_at": f"{until}+07:00"}
    moved = postponing.after_outage(calendar, due, "five", outage, now.tzinfo)
    assert moved.at == datetime.fromisoformat(f"{moved_to}+07:00")


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"day": "kemarin"}, "day", "not_a_date"),
        ({"from_time": "pagi"}, "from_time", "not_a_time"),
        ({"until_time": ""}, "until_time", "not_a_time"),
        ({"until_time": "09.00"}, "until_time", "until_before_from"),
        ({"reason": "mati"}, "reason", "too_short"),
    ],
)
def test_an_outage_says_when_and_why(
    sessions: sessionmaker[Session],
    case_ids: list[int],
    changes: dict[str, str],
    field: str,
    code: str,
) -> None:
    with pytest.raises(Invalid) as refused:
        declare(sessions, **changes)
    assert [(one.field, one.code) for one in refused.value.problems] == [(field, code)]
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Outage)) == 0
