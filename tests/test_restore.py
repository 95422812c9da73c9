"""A backup of yesterday, restored: it is complete, and goes on where it stood, without a flood."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from tests.databases import SEEDED_AT, Databases, opened
from tests.workflow.receiving import Box, receiving
from workflow import journal, outbox, rehearsal, sweep
from workflow.database import Database, create_database
from workflow.delivery import Delivery
from workflow.engine import firing
from workflow.models import Case, Event, OutboxMessage, Timer
from workflow.notifications.mail import MailServer
from workflow.rehearsal import Rehearsal, invariants

pytestmark = pytest.mark.postgres15

YESTERDAY = SEEDED_AT
TODAY = YESTERDAY + timedelta(days=1)


@pytest.fixture
def city(databases: Databases) -> Iterator[Database]:
    """A demo city, in which half of the work was decided yesterday."""
    for database in opened(databases, "lost", "demo"):
        _decide(database, 20)
        yield database


def _decide(database: Database, decisions: int) -> None:
    acting = Rehearsal(database.sessions, lambda: YESTERDAY, seed=3)
    for number, _step in enumerate(acting.run(acting.open_cases()), start=1):
        if number == decisions:
            return


def _deliver_all(sessions: sessionmaker[Session], box: Box, now: datetime) -> None:
    delivery = Delivery(
        sessions,
        lambda: now,
        "https://alur.example",
        MailServer.from_url(f"smtp://127.0.0.1:{box.port}", "alur@alur.example"),
    )
    while True:
        with sessions.begin() as session:
            claimed = outbox.claim(session, now)
        if not claimed:
            return
        for message_id in claimed:
            delivery.deliver(message_id)


def _copied(databases: Databases, database: Database, dump: Path) -> str:
    """Dump a database as an operator does, and restore it under another name."""
    name = f"restored_{database.engine.url.database}".replace(databases.prefix, "")
    source = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    target = databases.create(name, None)
    programs = databases.programs
    subprocess.run(
        [programs / "pg_dump", "--format=custom", f"--file={dump}", source],
        check=True,
        capture_output=True,
    )
    restore = ["--no-owner", "--exit-on-error", f"--dbname={target.replace('+psycopg', '')}"]
    subprocess.run([programs / "pg_restore", *restore, dump], check=True, capture_output=True)
    return target


def _fired(session: Session) -> int:
    return session.scalar(select(func.count()).where(Timer.status == "fired")) or 0


def test_a_restored_backup_is_complete_and_goes_on(
    databases: Databases, city: Database, tmp_path: Path
) -> None:
    with receiving() as box:
        restored = create_database(_copied(databases, city, tmp_path / "alur.dump"))
        with city.sessions() as lost, restored.sessions() as session:
            assert journal.digest(session) == journal.digest(lost)
            assert list(invariants.check(session, YESTERDAY)) == []
            assert session.scalar(select(func.count()).select_from(Event)) > 20
        _deliver_all(city.sessions, box, YESTERDAY)
        sent_before = set(box.ids)
        assert sent_before

        sweep.run(restored.sessions, TODAY)
        _deliver_all(restored.sessions, box, TODAY + firing.SETTLING)

        # What was sent after the backup is sent again, and is known by its Message-ID.
        assert sent_before <= set(box.ids[len(sent_before) :])
        with restored.sessions() as session:
            once = _fired(session)
            assert once > 0
        assert sweep.run(restored.sessions, TODAY).fired == 0
        ended = Rehearsal(restored.sessions, lambda: TODAY, seed=4)
        assert not [step for step in ended.run(ended.open_cases()) if step.is_stuck]
        _deliver_all(restored.sessions, box, TODAY + firing.SETTLING)
        with restored.sessions() as session:
            assert list(invariants.check(session, TODAY)) == []
            assert session.scalar(select(func.count()).where(Case.outcome.is_(None))) == 0
            assert not session.scalars(
                select(OutboxMessage.id).where(OutboxMessage.done_at.is_(None))
            ).all()
            assert rehearsal.summary(session).mails == len(set(box.ids))
        restored.close()
