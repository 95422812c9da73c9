"""Mails that cannot be delivered: parked, told once, sent again; addresses that bounce."""

from __future__ import annotations

from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from tests.workflow.factories import City
from workflow import notifications, outbox
from workflow.delivery import Delivery
from workflow.models import Notification, OutboxMessage, Person
from workflow.notifications import Told, queue_watch

ADDRESS = "head.dinkes@metro.example"


class Server:
    """A mail server that fails as it is told to."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.taken = 0

    def send(self, *_: object) -> None:
        """Take a mail, or fail."""
        if self.error is not None:
            raise self.error
        self.taken += 1


@pytest.fixture
def message_id(sessions: sessionmaker[Session], now: datetime) -> int:
    with sessions.begin() as session:
        city = City.founded(session, now)
        city.person("admin", administers=True)
        city.person("admin2", administers=True)
        values = {"title": "Antrean", "agency": "Dinkes", "receipt": None, "by": None}
        line = Told(city.people["head.dinkes"], None, "received", "1", values)
        notifications.tell(session, [line], now)
        return session.scalars(select(OutboxMessage.id)).one()


def deliver(
    sessions: sessionmaker[Session], server: Server, message_id: int, now: datetime
) -> tuple[OutboxMessage, Person]:
    """Make one attempt; the message and its reader as they are stored then."""
    delivery = Delivery(sessions, lambda: now, "https://alur.example", server)  # type: ignore[arg-type]
    delivery.deliver(message_id)
    with sessions() as session:
        person = session.scalars(select(Person).where(Person.username == "head.dinkes")).one()
        return session.get_one(OutboxMessage, message_id), person


def test_an_address_refused_for_good_is_noted_and_its_mail_parked(
    sessions: sessionmaker[Session], message_id: int, now: datetime
) -> None:
    server = Server()
    server.error = SMTPRecipientsRefused({ADDRESS: (550, b"No such user")})
    message, person = deliver(sessions, server, message_id, now)
    assert (message.dead_at, message.attempts) == (now, 1)
    assert person.is_bouncing
    assert (person.bounced_at, person.bounce_reason) == (now, "550 No such user")
    person.email = "baru@metro.example"
    assert not person.is_bouncing


@pytest.mark.parametrize(
    "error",
    [SMTPRecipientsRefused({ADDRESS: (450, b"Later")}), SMTPServerDisconnected("gone"), OSError()],
)
def test_what_may_pass_is_tried_again_and_marks_nobody(
    sessions: sessionmaker[Session], message_id: int, now: datetime, error: Exception
) -> None:
    server = Server()
    server.error = error
    message, person = deliver(sessions, server, message_id, now)
    assert (message.dead_at, message.due_at) == (None, now + outbox.FIRST_PAUSE)
    assert not person.is_bouncing


def test_a_mail_that_arrives_clears_the_address(
    sessions: sessionmaker[Session], message_id: int, now: datetime
) -> None:
    server = Server()
    server.error = SMTPRecipientsRefused({ADDRESS: (550, b"No such user")})
    deliver(sessions, server, message_id, now)
    server.error = None
    with sessions.begin() as session:
        assert outbox.send_again(session, None, now) == 1
    message, person = deliver(sessions, server, message_id, now)
    assert (message.done_at, server.taken) == (now, 1)
    assert (person.bounced_address, person.bounce_reason) == (None, None)


def test_only_the_named_ones_are_sent_again_from_their_first_attempt(
    sessions: sessionmaker[Session], message_id: int, now: datetime
) -> None:
    with sessions.begin() as session:
        other = outbox.row("mail", "mail:other", {"notification": 0}, now)
        outbox.post(session, [other])
        session.execute(update(OutboxMessage).values(dead_at=now, attempts=10))
    later = now + timedelta(days=1)
    with sessions.begin() as session:
        assert outbox.send_again(session, [message_id], later) == 1
        assert outbox.claim(session, later) == [message_id]
    message, _ = deliver(sessions, Server(), message_id, later)
    assert (message.attempts, message.done_at) == (1, later)


def alarms(sessions: sessionmaker[Session]) -> list[Notification]:
    with sessions() as session:
        kind = Notification.kind == queue_watch.QUEUE_GROWN
        return list(session.scalars(select(Notification).where(kind).order_by(Notification.id)))


def look(sessions: sessionmaker[Session], at: datetime) -> bool:
    with sessions.begin() as session:
        return queue_watch.look(session, at)


def test_administrators_are_told_once_while_something_is_parked_and_anew_the_next_time(
    sessions: sessionmaker[Session], message_id: int, now: datetime
) -> None:
    assert not look(sessions, now)
    parked = update(OutboxMessage).where(OutboxMessage.id == message_id)
    with sessions.begin() as session:
        session.execute(parked.values(dead_at=now))
    told = [look(sessions, now + timedelta(minutes=minute)) for minute in range(5)]
    assert told == [True, False, False, False, False]
    assert len(alarms(sessions)) == 2  # one for each administrator
    with sessions.begin() as session:
        session.execute(parked.values(dead_at=None, done_at=now))
        alarm_mails = update(OutboxMessage).where(OutboxMessage.done_at.is_(None))
        session.execute(alarm_mails.values(done_at=now))
    assert not look(sessions, now + timedelta(minutes=6))
    with sessions.begin() as session:
        session.execute(parked.values(dead_at=now, done_at=None))
    assert look(sessions, now + timedelta(minutes=7))
    assert len(alarms(sessions)) == 4


def test_an_old_message_is_told_and_one_that_waits_for_its_moment_is_not(
    sessions: sessionmaker[Session], message_id: int, now: datetime
) -> None:
    due = now + timedelta(hours=20)
    waits = update(OutboxMessage).where(OutboxMessage.id == message_id)
    with sessions.begin() as session:
        session.execute(waits.values(due_at=due))
    assert not look(sessions, due + queue_watch.TOO_LONG)
    assert look(sessions, due + queue_watch.TOO_LONG + timedelta(seconds=1))
    assert alarms(sessions)[0].values == {"parked": 0, "minutes": 15}


def test_a_message_that_fails_again_and_again_counts_from_when_it_was_written(
    sessions: sessionmaker[Session], message_id: int, now: datetime
) -> None:
    at = now + queue_watch.TOO_LONG + timedelta(seconds=1)
    with sessions.begin() as session:
        session.execute(update(OutboxMessage).values(attempts=5, due_at=at + timedelta(hours=1)))
    assert look(sessions, at)
