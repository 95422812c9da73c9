"""After an outage of days, or a restored backup: what still matters, once a person."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session, sessionmaker

from states import library
from tests.workflow.factories import City
from workflow import due_timers, journal, notifications, outbox, sweep, timers, webhooks
from workflow.database import Database
from workflow.delivery import Delivery
from workflow.engine import firing
from workflow.models import (
    Agency,
    Base,
    Case,
    Event,
    KeptMail,
    Notification,
    OutboxMessage,
    Person,
    PiledUp,
    Timer,
)
from workflow.models.case import TimerStatus
from workflow.notifications import piles

pytestmark = pytest.mark.postgres15

MONDAY = datetime.fromisoformat("2026-11-23T09:00+07:00")
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


def delivery_at(sessions: sessionmaker[Session], moment: datetime) -> Delivery:
    """What carries messages at that moment."""
    return Delivery(sessions, lambda: moment, "https://alur.example")


def deliver_all(sessions: sessionmaker[Session], now: datetime) -> None:
    """Carry all messages of the outbox, and those that follow from them."""
    now += timedelta(minutes=5)
    delivery = delivery_at(sessions, now)
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
        delivery_at(sessions, hours_later).deliver(message_id)
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


def carry_open(sessions: sessionmaker[Session], kind: str, now: datetime) -> list[int]:
    """Carry each open message of a kind once, however that ends; their numbers."""
    with sessions() as session:
        query = select(OutboxMessage.id).where(
            OutboxMessage.kind == kind, OutboxMessage.done_at.is_(None)
        )
        ids = list(session.scalars(query.order_by(OutboxMessage.id)))
    delivery = delivery_at(sessions, now)
    for message_id in ids:
        delivery.deliver(message_id)
    return ids


def caught_up(sessions: sessionmaker[Session]) -> list[int]:
    """Of how many matters each line about all that piled up tells."""
    with sessions() as session:
        values = select(Notification.values).where(Notification.kind == "caught_up")
        return sorted(one["count"] for one in session.scalars(values))


@pytest.fixture
def backlog(
    sessions: sessionmaker[Session], cases: list[int], monkeypatch: pytest.MonkeyPatch
) -> datetime:
    """A sweep is through that wrote what piled up in three parts; when they are due."""
    monkeypatch.setattr(sweep, "BATCH", 1)
    sweep.run(sessions, THURSDAY_EVENING)
    return THURSDAY_EVENING + firing.SETTLING


def test_no_delivery_gathers_more_than_one_batch_of_the_sweep(
    sessions: sessionmaker[Session], backlog: datetime
) -> None:
    with sessions() as session:
        first, *others = waiting(sessions)
        delivery_at(sessions, backlog).deliver(first)
        left = set(waiting(sessions))
        assert first not in left
        assert set(others) < left
        piled = session.scalars(select(PiledUp.case_id)).all()
    assert len(piled) == 1


def test_nobody_is_told_before_everything_is_gathered(
    sessions: sessionmaker[Session], backlog: datetime
) -> None:
    first = waiting(sessions)[0]
    delivery_at(sessions, backlog).deliver(first)
    assert len(carry_open(sessions, piles.PILE, backlog)) == 1
    assert caught_up(sessions) == []
    carry_open(sessions, firing.CATCH_UP, backlog)
    carry_open(sessions, piles.PILE, backlog + piles.PAUSE)
    assert caught_up(sessions) == [3]
    with sessions() as session:
        assert session.scalars(select(PiledUp)).all() == []


def test_what_cannot_be_gathered_holds_the_rest_up_for_minutes_only(
    sessions: sessionmaker[Session], backlog: datetime
) -> None:
    with sessions.begin() as session:
        broken = session.get_one(OutboxMessage, waiting(sessions)[0])
        broken.arguments = {"events": [[0, 0]]}
    moment = backlog
    while not caught_up(sessions):
        carry_open(sessions, firing.CATCH_UP, moment)
        carry_open(sessions, piles.PILE, moment)
        moment += timedelta(minutes=1)
        assert moment < backlog + timedelta(minutes=15)
    assert moment > backlog + timedelta(minutes=5)
    assert caught_up(sessions) == [2]


class Killed(BaseException):
    """The process ended here."""


@pytest.mark.parametrize(
    "place",
    ["piles.add", "webhooks.announce", "piles.tell", "notifications.tell", "outbox.done"],
)
@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_worker_killed_anywhere_while_catching_up_changes_nothing(
    sessions: sessionmaker[Session],
    backlog: datetime,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    times: int,
) -> None:
    """It dies after the named work and before its commit, the so manyth time that it gets there."""
    module, name = place.split(".")
    target = {"piles": piles, "webhooks": webhooks, "notifications": notifications}.get(
        module, outbox
    )
    work, reached = getattr(target, name), []

    def until_killed(*args: object) -> object:
        done = work(*args)
        reached.append(place)
        if len(reached) == times:
            raise Killed
        return done

    monkeypatch.setattr(target, name, until_killed)
    moment, killed = backlog, 0
    while waiting(sessions):
        for message_id in waiting(sessions):
            try:
                delivery_at(sessions, moment).deliver(message_id)
            except Killed:
                killed += 1
        moment += outbox.LEASE
        assert moment < backlog + timedelta(hours=1)
    assert killed == (times <= len(reached))
    assert caught_up(sessions) == [3]
    with sessions() as session:
        assert len(mails(session, "head.setda")) == 1
        assert session.scalars(select(PiledUp)).all() == []


def test_workers_that_catch_up_side_by_side_tell_each_person_once(
    sessions: sessionmaker[Session], cases: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "BATCH", 1)
    with sessions.begin() as session:
        version_id = session.scalars(select(Case.workflow_version_id)).first()
        city = city_of(session)
        city.agencies = {
            row.code: row.id for row in session.execute(select(Agency.code, Agency.id))
        }
        for _ in range(9):
            case_id = city.case(version_id, MONDAY)
            city.act(case_id, "operator.dinkes", "forward", MONDAY)
            city.act(case_id, "secretary.dinkes", "initial", MONDAY)
    deliver_all(sessions, MONDAY)
    sweep.run(sessions, THURSDAY_EVENING)
    moment = THURSDAY_EVENING + firing.SETTLING
    while waiting(sessions):
        delivery = delivery_at(sessions, moment)
        with ThreadPoolExecutor(4) as workers:
            list(workers.map(delivery.deliver, waiting(sessions)))
        moment += piles.PAUSE
    assert caught_up(sessions) == [12]


def test_a_line_tells_of_the_longest_due_and_how_many_there_are(
    sessions: sessionmaker[Session], backlog: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(piles, "MOST_TOLD", 2)
    deliver_all(sessions, THURSDAY_EVENING)
    with sessions() as session:
        line = session.scalars(select(Notification).where(Notification.kind == "caught_up")).one()
        (mail,) = session.scalars(select(KeptMail).where(KeptMail.subject.like("%menumpuk%")))
    assert len(line.values["matters"]) == 2
    assert mail.subject.startswith("3 hal menumpuk")
    assert mail.body.count("head dinkes") == 2


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
