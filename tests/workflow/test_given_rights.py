"""Nobody is given a right in silence: who hears of it, once, and in which words."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from tests.workflow.factories import City
from workflow import appointing, given_rights, messages
from workflow.delivery import Delivery
from workflow.models import KeptMail, Notification, OutboxMessage
from workflow.organising import people

LETTER = {
    "capacity": "plh",
    "starts_on": "2026-11-23",
    "ends_on": "2026-11-29",
    "letter_number": "800/12/BKPSDM/2026",
    "letter_date": "2026-11-20",
}


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    """The small city, with two administrators and somebody without a post."""
    city = City.founded(session, now)
    city.person("newcomer")
    for name in ("admin", "other.admin"):
        city.person(name, administers=True)
    return city


def appoint(city: City, now: datetime, post: str, person: str = "newcomer", **typed: str) -> None:
    """Let the administrator enter an appointment."""
    who = {"position_id": str(city.positions[post]), "person_id": str(city.people[person])}
    appointing.enter(city.session, LETTER | who | typed, by=city.people["admin"], now=now)


def told(city: City, kind: str) -> dict[str, Notification]:
    """The lines of a kind by the name of who is told."""
    names = {number: name for name, number in city.people.items()}
    lines = city.session.scalars(select(Notification).where(Notification.kind == kind))
    return {names[line.person_id]: line for line in lines}


def test_an_appointment_is_told_to_who_gets_it_who_leads_though_absent_and_administrators(
    city: City, now: datetime
) -> None:
    appoint(city, now, "head.dinkes")
    given_rights.tell_appointments(city.session, city.people["admin"], now, now)
    lines = told(city, "appointed")
    assert set(lines) == {"newcomer", "head.dinkes", "secretary.dinkes", "other.admin"}
    (said,) = {
        messages.write("appointed", "id", line.values, zone=now.tzinfo, link="x")
        for line in lines.values()
    }
    assert said.subject == (
        "Penugasan baru: Ibu newcomer, Plh. head dinkes, mulai 23 November 2026"
    )
    assert "Ibu admin mencatat penugasan berikut" in said.text
    assert "23 November 2026 sampai 29 November 2026, surat 800/12/BKPSDM/2026" in said.text


def test_many_appointments_of_one_moment_are_told_in_one_line(
    city: City, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(given_rights, "MOST_TOLD", 1)
    appoint(city, now, "operator.dinkes", capacity="definitive", ends_on="")
    appoint(city, now, "operator.dinsos", capacity="definitive", ends_on="")
    appoint(city, now + timedelta(minutes=1), "secretary.dinsos")
    asked = city.session.scalars(
        select(OutboxMessage).where(OutboxMessage.kind == "appointed").order_by(OutboxMessage.id)
    ).all()
    assert [message.arguments["at"] for message in asked] == [
        now.isoformat(),
        (now + timedelta(minutes=1)).isoformat(),
    ]
    given_rights.tell_appointments(city.session, city.people["admin"], now, now)
    counts = {name: line.values["count"] for name, line in told(city, "appointed").items()}
    assert counts["newcomer"] == counts["other.admin"] == 2
    assert counts["head.dinkes"] == counts["head.dinsos"] == 1
    values = told(city, "appointed")["newcomer"].values
    said = messages.write("appointed", "en", values, zone=now.tzinfo, link="x")
    assert said.subject.startswith("2 new appointments, the first: Ibu newcomer, operator dinkes")
    assert "until it is ended" in said.text
    assert "And 1 more." in said.text


def test_the_worker_tells_of_an_appointment_once(
    sessions: sessionmaker[Session], now: datetime
) -> None:
    with sessions.begin() as session:
        city = City.founded(session, now)
        city.person("admin", administers=True)
        city.person("newcomer")
        appoint(city, now, "operator.dinkes")
    delivery = Delivery(sessions, lambda: now, "https://alur.example", None)
    for _ in range(3):
        with sessions() as session:
            waiting = session.scalars(select(OutboxMessage.id).order_by(OutboxMessage.id)).all()
        for message_id in waiting:
            delivery.deliver(message_id)
    with sessions() as session:
        subjects = session.scalars(select(KeptMail.subject)).all()
        assert len(subjects) == len(set(session.scalars(select(KeptMail.recipient)))) == 3
        assert all(subject.startswith("Penugasan baru: ") for subject in subjects)


def test_a_new_administrator_is_told_to_every_other_one(city: City, now: datetime) -> None:
    typed = {"username": "third", "name": "Administrator ketiga", "email": "third@metro.example"}
    people.make(city.session, typed | {"is_administrator": "yes"}, by=city.people["admin"], now=now)
    assert set(told(city, "administrator_made")) == {"other.admin"}
    values = told(city, "administrator_made")["other.admin"].values
    said = messages.write("administrator_made", "id", values, zone=now.tzinfo, link="x")
    assert said.subject == "Administrator baru: Administrator ketiga (third)"
    assert "Ibu admin menambahkan" in said.text


def test_an_account_without_rights_is_told_to_nobody(city: City, now: datetime) -> None:
    typed = {"username": "third", "name": "Staf ketiga", "email": "third@metro.example"}
    people.make(city.session, typed, by=city.people["admin"], now=now)
    assert told(city, "administrator_made") == {}
