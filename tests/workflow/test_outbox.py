"""The outbox: claimed once, attempted within a lease, retried with pauses, parked in the end."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, sessionmaker

from workflow import outbox
from workflow.models import OutboxMessage

pytestmark = pytest.mark.postgres15


@pytest.fixture
def message_id(session: Session, now: datetime) -> int:
    return _posted(session, now, "mail:1")


def _posted(session: Session, now: datetime, key: str, due_at: datetime | None = None) -> int:
    outbox.post(session, [outbox.row("mail", key, {"person_id": 1}, now, due_at)])
    return session.scalars(select(OutboxMessage.id).where(OutboxMessage.key == key)).one()


def _stored(session: Session, message_id: int) -> OutboxMessage:
    return session.get_one(OutboxMessage, message_id, populate_existing=True)


def test_a_matter_is_written_once(session: Session, now: datetime) -> None:
    first = outbox.row("mail", "mail:1", {"person_id": 1}, now)
    outbox.post(session, [first, {**first, "arguments": {"person_id": 2}}])
    outbox.post(session, [first])
    assert session.scalars(select(OutboxMessage.arguments)).all() == [{"person_id": 1}]


def test_writing_nothing_needs_no_statement(session: Session) -> None:
    outbox.post(session, [])
    assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 0


def test_a_message_is_claimed_when_due_and_then_leased(session: Session, now: datetime) -> None:
    later = now + timedelta(minutes=1)
    first = _posted(session, now, "mail:1")
    second = _posted(session, now, "mail:2", due_at=later)
    assert outbox.claim(session, now) == [first]
    assert outbox.claim(session, now) == []
    assert outbox.claim(session, later) == [first, second]


def test_the_oldest_are_claimed_first_and_no_more_than_asked(
    session: Session, now: datetime
) -> None:
    new = _posted(session, now, "mail:new")
    old = _posted(session, now - timedelta(hours=1), "mail:old")
    assert outbox.claim(session, now, limit=1) == [old]
    assert outbox.claim(session, now, limit=1) == [new]


def test_no_more_wait_in_a_broker_than_workers_carry_within_a_lease(
    session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_UNDER_WAY", 2)
    first, second, third = (_posted(session, now, f"mail:{number}") for number in range(3))
    assert outbox.claim(session, now) == [first, second]
    assert outbox.claim(session, now) == []
    outbox.begin_attempt(session, first, now)
    assert outbox.claim(session, now) == [third]


def test_what_could_not_be_handed_on_is_given_back(
    session: Session, message_id: int, now: datetime
) -> None:
    outbox.release(session, outbox.claim(session, now))
    assert outbox.claim(session, now) == [message_id]


def test_two_that_claim_side_by_side_share_the_messages(
    sessions: sessionmaker[Session], now: datetime
) -> None:
    with sessions.begin() as session:
        ids = {_posted(session, now, f"mail:{number}") for number in range(4)}
    with sessions() as one, sessions() as other:
        first = outbox.claim(one, now, limit=2)
        second = outbox.claim(other, now)
        one.commit()
        other.commit()
    assert len(first) == len(second) == 2
    assert {*first, *second} == ids


def test_no_more_is_claimed_than_asked_for_however_the_database_goes_about_it(
    session: Session, now: datetime
) -> None:
    for number in range(4):
        _posted(session, now, f"mail:{number}")
    for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
        session.execute(text(f"SET LOCAL enable_{way} = off"))
    assert len(outbox.claim(session, now, limit=2)) == 2


def test_an_attempt_is_counted_before_it_is_made(
    session: Session, message_id: int, now: datetime
) -> None:
    message = outbox.begin_attempt(session, message_id, now)
    assert message == outbox.Message(message_id, "mail", {"person_id": 1}, attempts=1)
    assert _stored(session, message_id).attempts == 1


def test_an_attempt_under_way_is_not_begun_again(
    session: Session, message_id: int, now: datetime
) -> None:
    outbox.begin_attempt(session, message_id, now)
    assert outbox.begin_attempt(session, message_id, now + timedelta(seconds=1)) is None
    assert outbox.claim(session, now + timedelta(seconds=1)) == []


def test_a_message_that_was_lost_in_a_broker_comes_back(
    session: Session, message_id: int, now: datetime
) -> None:
    outbox.claim(session, now)
    assert outbox.claim(session, now + outbox.LEASE) == [message_id]


def test_the_message_of_a_worker_that_died_comes_back(
    session: Session, message_id: int, now: datetime
) -> None:
    outbox.claim(session, now)
    outbox.begin_attempt(session, message_id, now)
    assert outbox.claim(session, now + outbox.LEASE) == [message_id]
    again = outbox.begin_attempt(session, message_id, now + outbox.LEASE)
    assert again is not None
    assert again.attempts == 2


def test_a_worker_whose_clock_is_a_little_behind_may_begin(
    session: Session, message_id: int, now: datetime
) -> None:
    assert outbox.begin_attempt(session, message_id, now - timedelta(seconds=1)) is not None


def test_what_is_delivered_is_delivered_once(
    session: Session, message_id: int, now: datetime
) -> None:
    outbox.begin_attempt(session, message_id, now)
    assert outbox.done(session, message_id, now)
    assert not outbox.done(session, message_id, now)
    later = now + timedelta(days=1)
    assert outbox.begin_attempt(session, message_id, later) is None
    assert outbox.claim(session, later) == []
    assert _stored(session, message_id).done_at == now


def test_pauses_grow_and_the_tenth_failure_parks_the_message(
    session: Session, message_id: int, now: datetime
) -> None:
    pauses = []
    for _ in range(outbox.PARKED_AFTER):
        message = outbox.begin_attempt(session, message_id, now)
        assert message is not None
        outbox.failed(session, message, "no route", now)
        pauses.append(_stored(session, message_id).due_at - now)
        now += pauses[-1]
    assert pauses == sorted(pauses)
    assert pauses[0] == outbox.FIRST_PAUSE
    assert pauses[-1] == outbox.LONGEST_PAUSE
    stored = _stored(session, message_id)
    assert stored.dead_at is not None
    assert stored.error == "no route"
    assert outbox.claim(session, now) == []


def test_a_message_that_kills_its_worker_is_parked(
    session: Session, message_id: int, now: datetime
) -> None:
    for _ in range(outbox.PARKED_AFTER):
        assert outbox.begin_attempt(session, message_id, now) is not None
        now += outbox.LEASE
    assert outbox.begin_attempt(session, message_id, now) is None
    stored = _stored(session, message_id)
    assert stored.dead_at == now
    assert stored.error == "Each attempt ended with its worker."


def test_delivered_messages_are_forgotten_after_a_month(
    session: Session, message_id: int, now: datetime
) -> None:
    waiting = _posted(session, now, "mail:2")
    outbox.done(session, message_id, now)
    outbox.purge(session, now + outbox.KEPT_FOR)
    assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 2
    outbox.purge(session, now + outbox.KEPT_FOR + timedelta(seconds=1))
    assert session.scalars(select(OutboxMessage.id)).all() == [waiting]
