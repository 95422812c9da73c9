"""A former mail address hears that it is one: by whom, in which words, and when it does not."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from tests.workflow.factories import City
from workflow import setting_changes
from workflow.delivery import Delivery
from workflow.models import KeptMail, OutboxMessage, Person
from workflow.notifications.mail import Mail
from workflow.organising import people

FORMER, NEW = "kepala.dinkes@metro.example", "orang.lain@elsewhere.example"


class Post:
    """A mail server that keeps what it takes."""

    def __init__(self) -> None:
        self.taken: list[Mail] = []

    def send(self, mail: Mail, _now: datetime) -> None:
        """Take it."""
        self.taken.append(mail)


def _changed(
    sessions: sessionmaker[Session], now: datetime, *, language: str = "id", **typed: str
) -> int:
    """A person whose account an administrator changes; returns the person's number."""
    with sessions.begin() as session:
        city = City(session)
        administrator, person_id = city.person("admin", administers=True), city.person("kepala")
        person = session.get_one(Person, person_id)
        person.email, person.language = FORMER, language
        said = {"name": person.name, "email": person.email, **typed}
        people.change(session, person_id, said, by=administrator, now=now)
    return person_id


def _delivered(sessions: sessionmaker[Session], now: datetime, post: Post | None) -> None:
    delivery = Delivery(sessions, lambda: now, "https://alur.example", post)  # type: ignore[arg-type]
    with sessions() as session:
        waiting = session.scalars(select(OutboxMessage.id)).all()
    for message_id in (*waiting, *waiting):  # the second time there is nothing to do
        delivery.deliver(message_id)


@pytest.mark.parametrize(
    ("language", "says"),
    [("id", "segera beri tahu administrator"), ("en", "tell an administrator")],
)
def test_a_former_address_is_told_in_the_persons_language_without_any_link(
    sessions: sessionmaker[Session], now: datetime, language: str, says: str
) -> None:
    _changed(sessions, now, language=language, email=NEW)
    post = Post()
    _delivered(sessions, now, post)
    (mail,) = post.taken
    assert mail.recipient == FORMER
    assert says in mail.text
    assert "kepala" in mail.text
    assert NEW not in mail.text
    assert not mail.links
    assert not re.search(r"https?:|alur\.example", mail.text)


def test_without_a_mail_server_the_word_is_kept_once(
    sessions: sessionmaker[Session], now: datetime
) -> None:
    _changed(sessions, now, email=NEW)
    _delivered(sessions, now, None)
    with sessions() as session:
        assert session.scalars(select(KeptMail.recipient)).all() == [FORMER]


@pytest.mark.parametrize("typed", [{"name": "Nama Baru"}, {}])
def test_an_address_that_stays_is_told_nothing(
    sessions: sessionmaker[Session], now: datetime, typed: dict[str, str]
) -> None:
    _changed(sessions, now, **typed)
    with sessions() as session:
        assert session.scalars(select(OutboxMessage.id)).all() == []


def test_where_there_was_no_address_nobody_is_told(
    sessions: sessionmaker[Session], now: datetime
) -> None:
    person_id = _changed(sessions, now, email=NEW)
    with sessions.begin() as session:
        session.get_one(Person, person_id).email = ""
        typed = {"name": "Ibu kepala", "email": NEW}
        people.change(session, person_id, typed, by=person_id, now=now)
        assert len(session.scalars(select(OutboxMessage.id)).all()) == 1


def test_the_journal_of_settings_says_that_the_former_address_is_told(
    sessions: sessionmaker[Session], now: datetime
) -> None:
    person_id = _changed(sessions, now, email=NEW)
    with sessions() as session:
        told, changed = setting_changes.history(session, people.subject(person_id))
    assert (told.kind, told.what) == ("former_address_told", {"address": FORMER})
    assert changed.what["email"] == {"from": FORMER, "to": NEW}
