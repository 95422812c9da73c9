"""After an outage of days, or a restored backup: what still matters, once a person."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session, sessionmaker

from states import library
from tests.workflow.factories import City
from workflow import due_timers, journal, sweep, timers
from workflow.database import Database
from workflow.delivery import Delivery
from workflow.engine import firing
from workflow.models import Base, Event, KeptMail, Notification, OutboxMessage, Person, Timer
from workflow.models.case import TimerStatus

pytestmark = pytest.mark.postgres15

TUESDAY_EVENING = datetime.fromisoformat("2026-11-24T18:00+07:00")
THURSDAY_EVENING = datetime.fromisoformat("2026-11-26T18:00+07:00")


@pytest.fixture
def cases(sessions: sessionmaker[Session], now: datetime) -> list[int]:
    """Three cases that wait until Wednesday for one head; each escalation tells the secretary."""
    with sessions.begin() as session:
        city = City.founded(session, now)
        city.person("admin", administers=True)
        superior = {"head": city.positions["head.dinkes"], "by": city.positions["head.setda"]}
        session.execute(text("UPDATE positions SET superior_id = :by WHERE id = :head"), superior)
        version_id = city.publish(library.text("program-proposal"))
        ids = [city.case(version_id, now) for _ in range(3)]
        for case_id in ids:
            city.act(case_id, "operator.dinkes", "forward", now)
            city.act(case_id, "secretary.dinkes", "initial", now)
    deliver_all(sessions, now)
    return ids


def deliver_all(sessions: sessionmaker[Session], now: datetime) -> None:
    """Carry all messages of the outbox, and those that follow from them."""
    now += timedelta(minutes=5)
    delivery = Delivery(sessions, lambda: now, "https://alur.example")
    while ids := waiting(sessions):
        for message_id in ids:
            delivery.deliver(message_id)


def waiting(sessions: sessionmaker[Session]) -> list[int]:
    """The messages that are still to be carried."""
    with sessions() as session:
        query = select(OutboxMessage.id).where(OutboxMessage.done_at.is_(None))
        return list(session.scalars(query.order_by(OutboxMessage.id)))


def told_since(session: Session, since: datetime) -> Counter[tuple[str, str]]:
    """Who was told what kind of matter, and how often."""
    query = (
        select(Person.username, Notification.kind)
        .join(Person, Person.id == Notification.person_id)
        .where(Notification.created_at > since)
    )
    return Counter((row.username, row.kind) for row in session.execute(query))


def mails(session: Session, username: str) -> list[str]:
    query = select(KeptMail.body).where(KeptMail.recipient == f"{username}@metro.example")
    return list(session.scalars(query.order_by(KeptMail.id)))


def test_after_days_each_person_is_told_once_of_all_that_piled_up(
    sessions: sessionmaker[Session], cases: list[int], now: datetime
) -> None:
    assert sweep.run(sessions, THURSDAY_EVENING).fired == 3
    deliver_all(sessions, THURSDAY_EVENING)
    with sessions() as session:
        assert told_since(session, now + timedelta(hours=1)) == {("head.setda", "caught_up"): 1}
        (mail,) = mails(session, "head.setda")
        assert mail.count("head dinkes") == 3
        assert "https://alur.example/queue/" in mail
        assert sweep.run(sessions, THURSDAY_EVENING).fired == 0


def test_who_is_told_of_one_matter_is_told_as_on_any_day(
    sessions: sessionmaker[Session], cases: list[int], now: datetime
) -> None:
    with sessions.begin() as session:
        city_of(session).act(cases[0], "head.dinkes", "submit", now)
        city_of(session).act(cases[1], "head.dinkes", "submit", now)
    deliver_all(sessions, now)
    with sessions.begin() as session:
        city = city_of(session)
        for case_id in cases[:2]:
            city.act(case_id, "clerk.bapperida", "return", now, points=POINTS)
    deliver_all(sessions, now)
    sweep.run(sessions, THURSDAY_EVENING)
    deliver_all(sessions, THURSDAY_EVENING)
    with sessions() as session:
        later = told_since(session, now + timedelta(hours=1))
        assert later == {("head.setda", timers.ESCALATED): 1}


POINTS = [{"field": "budget", "text": "Rincian belum ada"}]


def city_of(session: Session) -> City:
    """The founded city, for acting in another session."""
    people = session.execute(select(Person.username, Person.id))
    return City(session, people={row.username: row.id for row in people})


def test_what_two_sweepers_found_is_told_as_one(
    sessions: sessionmaker[Session],
    cases: list[int],
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sweep, "BATCH", 1)
    sweep.run(sessions, THURSDAY_EVENING)
    with sessions() as session:
        piles = select(func.count()).where(OutboxMessage.kind == "catch_up")
        assert session.scalar(piles) == 3
    deliver_all(sessions, THURSDAY_EVENING)
    with sessions() as session:
        assert told_since(session, now + timedelta(hours=1)) == {("head.setda", "caught_up"): 1}


def test_what_piled_up_is_told_once_however_long_the_sweep_takes(
    sessions: sessionmaker[Session], cases: list[int], now: datetime
) -> None:
    """A sweep that has lasted for hours, of which two batches of three are written."""
    for case_id in cases[:2]:
        with sessions.begin() as session:
            firing.tell(session, [case_id], THURSDAY_EVENING)
    hours_later = THURSDAY_EVENING + timedelta(hours=3)
    for message_id in waiting(sessions):
        Delivery(sessions, lambda: hours_later, "https://alur.example").deliver(message_id)
    with sessions() as session:
        assert not told_since(session, now + timedelta(hours=1))
        query = select(OutboxMessage.due_at, OutboxMessage.attempts)
        piles = session.execute(query.where(OutboxMessage.kind == firing.CATCH_UP))
        assert [tuple(one) for one in piles] == [(hours_later + firing.SETTLING, 0)] * 2
    with sessions.begin() as session:
        firing.tell(session, cases[2:], THURSDAY_EVENING)
    deliver_all(sessions, hours_later)
    with sessions() as session:
        assert told_since(session, now + timedelta(hours=1)) == {("head.setda", "caught_up"): 1}


def test_what_was_decided_before_the_message_left_is_not_told(
    sessions: sessionmaker[Session], cases: list[int], now: datetime
) -> None:
    sweep.run(sessions, THURSDAY_EVENING)
    with sessions.begin() as session:
        for case_id in cases:
            city_of(session).act(case_id, "head.dinkes", "submit", THURSDAY_EVENING)
    deliver_all(sessions, THURSDAY_EVENING)
    with sessions() as session:
        assert ("head.setda", "caught_up") not in told_since(session, now)


def test_reminders_that_lost_their_sense_are_void_and_all_else_fires_in_order(
    sessions: sessionmaker[Session], cases: list[int], now: datetime
) -> None:
    sweep.run(sessions, now + timedelta(days=14))
    with sessions() as session:
        for case_id in cases:
            query = select(Timer.status).where(Timer.case_id == case_id, Timer.path == "endorsing")
            ordered = session.scalars(query.order_by(Timer.due_at, Timer.id)).all()
            assert ordered == [TimerStatus.VOID] * 2 + [TimerStatus.FIRED] * 3
            told = select(Event.payload).where(Event.kind == timers.ESCALATED)
            events = session.scalars(told.where(Event.case_id == case_id).order_by(Event.seq))
            assert [one["timer"] for one in events] == [f"escalation.{n}" for n in range(3)]


def backup(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in Base.metadata.sorted_tables:
            connection.execute(text(f"CREATE TABLE kept_{table.name} AS TABLE {table.name}"))


def restore(engine: Engine) -> None:
    """Put back what was there, the numbers that are given out next included."""
    names = [table.name for table in Base.metadata.sorted_tables]
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(f"TRUNCATE {', '.join(names)} RESTART IDENTITY"))
        for table in Base.metadata.sorted_tables:
            name = table.name
            own = ", ".join(f'"{one.name}"' for one in table.columns if one.computed is None)
            rows = f"({own}) OVERRIDING SYSTEM VALUE SELECT {own} FROM kept_{name}"
            connection.execute(text(f"INSERT INTO {name} {rows}"))
            if "id" in table.columns:
                sequence = f"pg_get_serial_sequence('{name}', 'id')"
                last = f"(SELECT max(id) FROM {name})"
                connection.execute(text(f"SELECT setval({sequence}, coalesce({last}, 1))"))
            connection.execute(text(f"DROP TABLE kept_{name}"))


def test_a_restored_backup_neither_floods_nor_leaves_anything_stuck(
    database: Database, sessions: sessionmaker[Session], cases: list[int], now: datetime
) -> None:
    with sessions.begin() as session:
        (taken, *_) = due_timers.of_cases(
            session, cases[:1], TUESDAY_EVENING, TUESDAY_EVENING.date()
        )[cases[0]]
        due_timers.failed(session, taken.id, "the worker died", TUESDAY_EVENING)
    sweep.run(sessions, TUESDAY_EVENING)
    deliver_all(sessions, TUESDAY_EVENING)
    backup(database.engine)
    for day in ("2026-11-25T07:30", "2026-11-26T16:00"):
        moment = datetime.fromisoformat(f"{day}+07:00")
        assert sweep.run(sessions, moment).fired == 3
        deliver_all(sessions, moment)
    restore(database.engine)
    assert sweep.run(sessions, THURSDAY_EVENING).fired == 3
    assert sweep.run(sessions, THURSDAY_EVENING).fired == 0
    deliver_all(sessions, THURSDAY_EVENING)
    with sessions() as session:
        told = told_since(session, TUESDAY_EVENING + timedelta(hours=1))
        assert told == {("head.setda", "caught_up"): 1}
        overdue = select(func.count()).where(
            Timer.status == TimerStatus.WAITING, Timer.due_at <= THURSDAY_EVENING
        )
        assert session.scalar(overdue) == 0
        assert list(journal.verify(session)) == []
