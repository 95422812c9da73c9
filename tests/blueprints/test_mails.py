"""Mails and what leads from them: links that only show, messages sent again on purpose."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from blueprints import mail_words
from blueprints.edge import Alur
from states import library
from tests.blueprints.conftest import NOW
from tests.workflow.factories import City
from workflow.database import Database
from workflow.delivery import Delivery
from workflow.models import Base, Event, KeptMail, Notification, OutboxMessage, Person

BASE_URL = "http://localhost"


def _rows(database: Database) -> dict[str, int]:
    with database.sessions() as session:
        tables = Base.metadata.sorted_tables
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in tables
        }


def test_every_link_of_a_mail_opened_ten_times_changes_nothing(
    desk: Callable[[str], FlaskClient],
    anonymous: FlaskClient,
    city: City,
    city_database: Database,
) -> None:
    with city_database.sessions.begin() as session:
        own = City(session, city.agencies, city.positions, city.people, city.appointments)
        version = own.publish(library.text("program-proposal").replace("program-proposal", "mails"))
        case_id = own.case(version, NOW)
        own.act(case_id, "operator.dinkes", "forward", NOW)
    delivery = Delivery(city_database.sessions, lambda: NOW, BASE_URL)
    for kind in ("announce", "mail"):
        with city_database.sessions() as session:
            waiting = select(OutboxMessage.id).where(
                OutboxMessage.kind == kind, OutboxMessage.done_at.is_(None)
            )
            ids = session.scalars(waiting).all()
        for message_id in ids:
            delivery.deliver(message_id)
    with city_database.sessions() as session:
        link = f"{BASE_URL}/cases/{case_id}"
        mail = session.scalars(select(KeptMail).where(KeptMail.body.contains(link))).first()
        line = session.scalars(select(Notification).where(Notification.case_id == case_id)).one()
    assert mail is not None
    links = re.findall(r"https?://\S+", mail.body)
    assert links == [link]
    before = _rows(city_database)
    for _ in range(10):
        for address in links:
            path = address.removeprefix(BASE_URL)
            assert desk("secretary.dinkes").get(path).status_code == 200
            assert anonymous.get(path).status_code in (302, 303, 401)
    assert _rows(city_database) == before
    with city_database.sessions() as session:
        kept = session.get_one(Notification, line.id)
        seq = select(func.max(Event.seq)).where(Event.case_id == case_id)
        assert (kept.read_at, session.scalar(seq)) == (None, 2)


@pytest.fixture
def parked(city_database: Database) -> int:
    with city_database.sessions.begin() as session:
        message = OutboxMessage(
            kind="recount",
            key=f"parked:{session.scalar(select(func.count()).select_from(OutboxMessage))}",
            arguments={},
            created_at=NOW,
            due_at=NOW,
            attempts=10,
            error="ConnectionRefusedError: [Errno 111] Connection refused",
            dead_at=NOW,
        )
        session.add(message)
        session.flush()
        return message.id


@pytest.mark.parametrize("named", [True, False])
def test_parked_messages_are_shown_with_the_reason_and_sent_again_when_confirmed(
    desk: Callable[[str], FlaskClient], city_database: Database, parked: int, *, named: bool
) -> None:
    client = desk("admin")
    page = client.get("/admin/outbox").text
    assert "Tidak ada server surel yang menjawab pada alamatnya." in page
    form = {"id": parked} if named else {}
    assert client.post("/admin/outbox/again", data=form).status_code == 422
    with city_database.sessions() as session:
        assert session.get_one(OutboxMessage, parked).dead_at == NOW
    again = client.post("/admin/outbox/again", data={**form, "confirmed": "yes"})
    assert again.status_code == 303
    with city_database.sessions() as session:
        message = session.get_one(OutboxMessage, parked)
    assert (message.dead_at, message.attempts, message.due_at) == (None, 0, NOW)


def test_who_administers_nothing_sends_nothing_again(
    desk: Callable[[str], FlaskClient], city_database: Database, parked: int
) -> None:
    refused = desk("head.dinkes").post("/admin/outbox/again", data={"confirmed": "yes"})
    assert refused.status_code == 403
    with city_database.sessions() as session:
        assert session.get_one(OutboxMessage, parked).dead_at == NOW


def test_an_address_that_bounces_is_shown_to_its_owner_and_to_administrators(
    desk: Callable[[str], FlaskClient], hire: Callable[..., str], city_database: Database
) -> None:
    name = hire("mental", "head")
    with city_database.sessions.begin() as session:
        person = session.scalars(select(Person).where(Person.username == name)).one()
        person.bounced_address, person.bounced_at = person.email, NOW
        person.bounce_reason = "550 No such user"
    assert "550 No such user" in desk("admin").get("/admin/users").text
    page = desk(name).get("/notifications/preferences").text
    assert "Surel ke mental@metro.example kembali." in page


def test_every_fault_has_words(app: Alur) -> None:
    with app.test_request_context():
        said = [mail_words.fault(f"{beginning}: x") for beginning, _ in mail_words.FAULTS]
        assert len(set(said)) == len(mail_words.FAULTS)
        assert mail_words.fault("KeyError: 'x'") == mail_words.fault(None)
