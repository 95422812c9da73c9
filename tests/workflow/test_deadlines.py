"""Open deadlines follow the calendar; closed ones and the journal do not change."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from states import library
from tests.workflow.factories import City
from workflow import closed_days, deadlines, journal, outbox, sweep
from workflow.delivery import Delivery
from workflow.models import CalendarYear, ClosedDay, Event, OutboxMessage, Task, Timer

pytestmark = pytest.mark.postgres15

FLOOD = date(2026, 11, 25)


@pytest.fixture
def case_ids(sessions: sessionmaker[Session], now: datetime) -> list[int]:
    """Two cases that wait until Wednesday for their verification; one step of each is behind."""
    with sessions.begin() as session:
        city = City.founded(session, now)
        version_id = city.publish(library.text("program-proposal"))
        ids = [city.case(version_id, now) for _ in range(2)]
        for case_id in ids:
            city.act(case_id, "operator.dinkes", "forward", now)
        return ids


def close(sessions: sessionmaker[Session], day: date) -> None:
    with sessions.begin() as session:
        session.add(ClosedDay(day=day, kind="disaster", name="Banjir", decree="Perwali 5"))


def waiting(session: Session, case_id: int) -> Task:
    return session.scalars(select(Task).where(Task.case_id == case_id, Task.status == "open")).one()


def test_a_closed_day_gives_open_tasks_its_time_back(
    sessions: sessionmaker[Session], case_ids: list[int], now: datetime
) -> None:
    close(sessions, FLOOD)
    assert deadlines.recount(sessions, now).moved == 2
    assert deadlines.recount(sessions, now).moved == 0
    moved_to = datetime.fromisoformat("2026-11-26T16:00+07:00")
    with sessions() as session:
        for case_id in case_ids:
            task = waiting(session, case_id)
            assert task.due_at == task.rank_at == moved_to
            assert task.due_explained is not None
            assert {
                "day": "2026-11-25",
                "counted": False,
                "reason": "disaster",
                "name": "Banjir",
                "decree": "Perwali 5",
            } in task.due_explained["days"]
            on_due_day = select(Timer.due_at).where(
                Timer.case_id == case_id, Timer.kind == "reminder.1"
            )
            assert session.scalar(on_due_day) == moved_to.replace(hour=7, minute=30)
            event = session.scalars(
                select(Event).where(Event.case_id == case_id, Event.kind == deadlines.MOVED)
            ).one()
            (told,) = event.payload["moved"]
            assert (told["path"], told["from"][:10], told["to"][:10]) == (
                "verifying",
                "2026-11-25",
                "2026-11-26",
            )
        assert list(journal.verify(session)) == []


def test_a_reminder_that_was_sent_is_sent_again_for_the_new_day(
    sessions: sessionmaker[Session], case_ids: list[int], now: datetime
) -> None:
    on_due_day = now + timedelta(days=2)
    sweep.run(sessions, on_due_day)
    close(sessions, FLOOD)
    assert deadlines.recount(sessions, on_due_day).moved == 2
    assert sweep.run(sessions, on_due_day).fired == 0
    assert sweep.run(sessions, on_due_day + timedelta(days=1)).fired == 2


def test_more_cases_than_a_batch_are_counted_by_messages_that_follow(
    sessions: sessionmaker[Session],
    case_ids: list[int],
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deadlines, "BATCH", 1)
    close(sessions, FLOOD)
    with sessions.begin() as session:
        outbox.post(session, [outbox.row(deadlines.RECOUNT, "recount:2026", {}, now)])
    delivery = Delivery(sessions, lambda: now, "http://127.0.0.1")
    moved = []
    for rest in ({}, {"after_case_id": case_ids[0]}, {"after_case_id": case_ids[1]}):
        with sessions() as session:
            asks = select(OutboxMessage).where(
                OutboxMessage.kind == deadlines.RECOUNT, OutboxMessage.done_at.is_(None)
            )
            message = session.scalars(asks).one()
            assert message.arguments == rest
        assert delivery.deliver(message.id)
        assert not delivery.deliver(message.id)
        with sessions() as session:
            events = select(Event.case_id).where(Event.kind == deadlines.MOVED)
            moved.append(sorted(session.scalars(events)))
    assert moved == [case_ids[:1], case_ids, case_ids]
    with sessions() as session:
        assert session.scalars(asks).all() == []


def test_no_deadline_moves_earlier(
    sessions: sessionmaker[Session], case_ids: list[int], now: datetime
) -> None:
    close(sessions, FLOOD)
    deadlines.recount(sessions, now)
    with sessions.begin() as session:
        session.delete(session.get_one(ClosedDay, FLOOD))
    assert deadlines.recount(sessions, now).moved == 0


def test_confirming_a_year_asks_for_a_recount_with_the_same_commit(
    session: Session, now: datetime
) -> None:
    session.add(CalendarYear(year=2027, decree="a draft", confirmed_at=None))
    session.flush()
    closed_days.confirm(session, 2027, now, by=None, decree="SKB 2027")
    kinds = session.scalars(select(OutboxMessage.kind)).all()
    assert kinds == [deadlines.RECOUNT]


def test_a_closed_day_elsewhere_or_in_an_unconfirmed_year_moves_nothing(
    sessions: sessionmaker[Session], case_ids: list[int], now: datetime
) -> None:
    close(sessions, date(2026, 12, 24))
    assert deadlines.recount(sessions, now).moved == 0
    close(sessions, FLOOD)
    with sessions.begin() as session:
        session.get_one(CalendarYear, 2026).confirmed_at = None
    assert deadlines.recount(sessions, now).moved == 0
