"""What a decision and a mail cost: how many statements it sends, and in which order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from states import library
from tests.databases import statements
from tests.workflow.factories import City, checklist
from tests.workflow.receiving import receiving
from workflow import attention, notifications
from workflow.database import Database
from workflow.delivery import Delivery
from workflow.models import Notification, OutboxMessage
from workflow.notifications import Told
from workflow.notifications.mail import MailServer

SAID: dict[str, Any] = {"checklist": checklist("planning")}
STEPS = (
    # who, what, with which words, how many statements
    ("operator.dinkes", "forward", {}, 3),
    ("secretary.dinkes", "initial", {}, 3),
    ("head.dinkes", "submit", {}, 8),  # the snapshot, its receipt, and whether this was sent before
    ("clerk.bapperida", "accept", {"lane": "standard"}, 3),
    ("reviewer.bapperida", "recommend", SAID, 3),
)
MATTER = {"title": "Antrean", "agency": "Dinas", "receipt": None, "by": None}


@pytest.fixture
def city(sessions: sessionmaker[Session], now: datetime) -> City:
    with sessions.begin() as session:
        return City.founded(session, now)


@pytest.fixture
def case_id(sessions: sessionmaker[Session], city: City, now: datetime) -> int:
    with sessions.begin() as session:
        city.session = session
        return city.case(city.publish(library.text("program-proposal")), now)


def test_a_decision_locks_then_looks_around_then_writes(
    sessions: sessionmaker[Session], database: Database, city: City, case_id: int, now: datetime
) -> None:
    with statements(database) as sent, sessions.begin() as session:
        city.session = session
        city.act(case_id, "operator.dinkes", "forward", now, seen=1)
    lock, around, write = sent
    assert lock.endswith("FOR UPDATE OF cases")
    assert around.startswith("SELECT (SELECT json_build_object( 'id', people.id")
    assert "FOR UPDATE" not in around
    assert write.startswith("WITH moved AS ( UPDATE cases")


def test_a_decision_costs_three_statements(
    sessions: sessionmaker[Session], database: Database, city: City, case_id: int, now: datetime
) -> None:
    for seen, (username, action, said, most) in enumerate(STEPS, start=1):
        with statements(database) as sent, sessions.begin() as session:
            city.session = session
            city.act(case_id, username, action, now, seen=seen, **said)
        assert len(sent) <= most, (action, sent)


def test_a_mail_costs_three_statements(
    database: Database, sessions: sessionmaker[Session], city: City, now: datetime
) -> None:
    with sessions.begin() as session:
        line = Told(city.people["head.dinkes"], None, "received", "of no case", MATTER)
        notifications.tell(session, [line], now)
        message_id = session.execute(select(func.max(OutboxMessage.id))).scalar_one()
    with receiving() as box, statements(database) as sent:
        server = MailServer.from_url(f"smtp://127.0.0.1:{box.port}", "alur@alur.example")
        Delivery(sessions, lambda: now, "https://alur.example", server).deliver(message_id)
    attempt, asked, noted = sent
    assert len(box.arrived) == 1
    assert attempt.startswith("UPDATE outbox SET attempts = attempts + 1")
    assert asked.startswith("SELECT")
    assert "done_at = " in noted
    assert "mailed_at = " in noted
    with sessions() as session:
        mailed = select(Notification.mailed_at).where(Notification.kind == "received")
        assert session.scalars(mailed).all() == [now]


def test_what_needs_attention_costs_the_same_however_many_versions_there_are(
    database: Database, sessions: sessionmaker[Session], city: City, now: datetime
) -> None:
    costs = []
    for days in (5, 6, 7):
        with sessions.begin() as session:
            city.session = session
            city.publish(library.text("program-proposal").replace("5 working", f"{days} working"))
        with sessions() as session:
            attention.attention(session, now)  # a version that is new to the process is read once
        with statements(database) as sent, sessions() as session:
            attention.attention(session, now)
        costs.append(len(sent))
    assert len(set(costs)) == 1
