"""Messages reach people through every broker, once each, whatever is killed on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from states import library
from tests.waiting import PATIENCE, wait_until
from tests.workflow.factories import City
from tests.workflow.receiving import Box, receiving
from workflow import actors, deadlines, notifications, operation, outbox
from workflow.database import Database
from workflow.delivery.relay import Relay
from workflow.models import ClosedDay, KeptMail, Notification, OutboxMessage, Person, Task
from workflow.notifications import Told, letters
from workflow.webhooks.addresses import Network

ROOT = Path(__file__).resolve().parents[2]
REDIS = "redis://127.0.0.1:6379/9"
RABBITMQ = "amqp://guest:guest@127.0.0.1:5672"
BROKERS = [
    None,
    pytest.param(REDIS, marks=pytest.mark.redis),
    pytest.param(RABBITMQ, marks=pytest.mark.rabbitmq),
]
EMBEDDED = """
import signal
from config import Settings
from workflow.actors import start_embedded
from workflow.database import open_database
settings = Settings.from_environment()
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
embedded = start_embedded(settings, open_database(settings.database_url, settings.data_dir))
signal.sigwait({signal.SIGTERM})
embedded.stop()
"""


@dataclass
class Settings:
    """An installation whose clock can be moved."""

    moment: datetime
    broker_url: str | None = None
    mail_url: str | None = None
    base_url: str = "https://alur.example"
    secret_key: str = "x" * 40
    webhook_networks: tuple[Network, ...] = ()
    is_production: bool = False

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def settings(now: datetime) -> Settings:
    return Settings(now)


@pytest.fixture
def box() -> Iterator[Box]:
    with receiving() as box:
        yield box


@contextmanager
def running(settings: Settings, database: Database) -> Iterator[None]:
    embedded = actors.start_embedded(settings, database)
    try:
        yield
    finally:
        embedded.stop()


def post_mails(sessions: sessionmaker[Session], count: int, now: datetime) -> set[str]:
    """Tell one person of so many matters; the Message-IDs of the mails to come."""
    with sessions.begin() as session:
        person = Person(
            username="kepala.dinkes",
            name="Kepala Dinas Kesehatan",
            email="kepala.dinkes@metro.example",
            password_hash="-",
            created_at=now,
        )
        session.add(person)
        session.flush()
        values = {"title": "Antrean", "agency": "Dinkes", "receipt": None, "by": None}
        told = [
            Told(person.id, None, "received", f"{number}", values)  # type: ignore[arg-type]
            for number in range(count)
        ]
        notifications.tell(session, told, now)
        written = session.scalars(select(Notification)).all()
    return {f"<{letters.fingerprint(each)}@alur.example>" for each in written}


def undelivered(sessions: sessionmaker[Session]) -> int:
    with sessions() as session:
        query = select(func.count()).where(OutboxMessage.done_at.is_(None))
        return session.scalar(query) or 0


# --- inside the serving process


def test_a_decision_reaches_the_next_holder_by_mail(
    database: Database, sessions: sessionmaker[Session], settings: Settings, box: Box
) -> None:
    settings.mail_url = f"smtp://127.0.0.1:{box.port}"
    with running(settings, database):
        with sessions.begin() as session:
            city = City.founded(session, settings.now())
            case_id = city.case(city.publish(library.text("program-proposal")), settings.now())
            city.act(case_id, "operator.dinkes", "forward", settings.now())
        actors.wake()
        wait_until(lambda: len(box.mails) == 1)
        wait_until(lambda: undelivered(sessions) == 0)
    (mail,) = box.mails
    assert mail["To"] == "secretary.dinkes@metro.example"
    assert mail["Subject"] == (
        "Verifikasi internal: Antrean puskesmas (Dinas dinkes), batas 25 November 2026 16.00 WIB"
    )


def test_timers_are_swept_and_told(
    database: Database, sessions: sessionmaker[Session], settings: Settings
) -> None:
    with sessions.begin() as session:
        city = City.founded(session, settings.now())
        case_id = city.case(city.publish(library.text("program-proposal")), settings.now())
        city.act(case_id, "operator.dinkes", "forward", settings.now())
    settings.moment = settings.now().replace(hour=7, minute=30) + timedelta(days=1)

    def subjects() -> list[str]:
        with sessions() as session:
            return list(session.scalars(select(KeptMail.subject).order_by(KeptMail.id)))

    with running(settings, database):
        wait_until(lambda: any(subject.startswith("Pengingat:") for subject in subjects()))


def test_deadlines_are_counted_again_when_a_message_asks_for_it(
    database: Database, sessions: sessionmaker[Session], settings: Settings
) -> None:
    with sessions.begin() as session:
        city = City.founded(session, settings.now())
        case_id = city.case(city.publish(library.text("program-proposal")), settings.now())
        city.act(case_id, "operator.dinkes", "forward", settings.now())
        day = ClosedDay(day=date(2026, 11, 24), kind="city_day", name="Hari", decree="Perwali")
        session.add(day)
        message = outbox.row(deadlines.RECOUNT, "recount:1", {}, settings.now())
        outbox.post(session, [message])
    with running(settings, database):
        wait_until(lambda: undelivered(sessions) == 0)
    with sessions() as session:
        due_at = session.scalars(select(Task.due_at).where(Task.status == "open")).one()
    assert due_at == datetime.fromisoformat("2026-11-26T16:00+07:00")


def test_without_a_mail_server_mails_are_kept(
    database: Database, sessions: sessionmaker[Session], settings: Settings
) -> None:
    expected = post_mails(sessions, 3, settings.now())
    with running(settings, database):
        wait_until(lambda: undelivered(sessions) == 0)
    with sessions() as session:
        assert set(session.scalars(select(KeptMail.message_id))) == expected


def test_a_mail_that_is_refused_stays_with_its_error_and_goes_later(
    database: Database, sessions: sessionmaker[Session], settings: Settings, box: Box
) -> None:
    settings.mail_url = f"smtp://127.0.0.1:{box.port}"
    box.refuses = True
    expected = post_mails(sessions, 1, settings.now())

    def stored() -> OutboxMessage:
        with sessions() as session:
            return session.scalars(select(OutboxMessage)).one()

    with running(settings, database):
        wait_until(lambda: stored().error is not None)
        assert "Try again later" in str(stored().error)
        assert stored().due_at == settings.now() + outbox.FIRST_PAUSE
        box.refuses = False
        settings.moment += outbox.FIRST_PAUSE
        wait_until(lambda: undelivered(sessions) == 0)
    assert set(box.ids) == expected
    assert (stored().attempts, stored().error) == (2, None)


def test_a_message_of_an_unknown_kind_does_not_stop_the_others(
    database: Database, sessions: sessionmaker[Session], settings: Settings
) -> None:
    with sessions.begin() as session:
        outbox.post(session, [outbox.row("pigeon", "pigeon:1", {}, settings.now())])
    post_mails(sessions, 1, settings.now())
    with running(settings, database):
        wait_until(lambda: undelivered(sessions) == 1)
    with sessions() as session:
        query = select(OutboxMessage.error).where(OutboxMessage.kind == "pigeon")
        assert session.scalars(query).one() == "KeyError: 'pigeon'"


def test_stopping_waits_for_the_delivery_that_is_under_way(
    database: Database, sessions: sessionmaker[Session], settings: Settings, box: Box
) -> None:
    settings.mail_url = f"smtp://127.0.0.1:{box.port}"
    box.takes_seconds = 0.5
    post_mails(sessions, 1, settings.now())
    with running(settings, database):
        wait_until(lambda: len(box.mails) == 1)
    assert undelivered(sessions) == 0


def test_a_broker_that_does_not_answer_leaves_messages_in_the_outbox(
    sessions: sessionmaker[Session], now: datetime
) -> None:
    post_mails(sessions, 3, now)
    sent: list[int] = []

    def send(message_id: int) -> None:
        if len(sent) == 1:
            raise ConnectionError
        sent.append(message_id)

    with pytest.raises(ConnectionError):
        Relay(sessions, lambda: now, send).hand_on()
    with sessions.begin() as session:
        left = outbox.claim(session, now)
    assert len(left) == 2
    assert not set(left) & set(sent)


def test_waking_without_a_relay_is_nothing() -> None:
    actors.wake()


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (None, StubBroker),
        ("redis://127.0.0.1:6379/9", RedisBroker),
        ("rediss://127.0.0.1:6379/9", RedisBroker),
        ("amqp://127.0.0.1", RabbitmqBroker),
    ],
)
def test_the_address_says_which_broker(url: str | None, kind: type) -> None:
    broker = actors.make_broker(url)
    assert isinstance(broker, kind)
    broker.close()


def test_a_serving_process_whose_broker_is_down_keeps_its_messages(
    database: Database, sessions: sessionmaker[Session], settings: Settings
) -> None:
    settings.broker_url = "redis://127.0.0.1:1/0"
    post_mails(sessions, 2, settings.now())
    with running(settings, database):
        time.sleep(0.2)
    with sessions.begin() as session:
        assert len(outbox.claim(session, settings.now())) == 2


def test_a_message_that_comes_twice_is_delivered_once(
    database: Database, sessions: sessionmaker[Session], settings: Settings, box: Box
) -> None:
    settings.mail_url = f"smtp://127.0.0.1:{box.port}"
    post_mails(sessions, 1, settings.now())
    delivery = actors.make_delivery(settings, database)
    with sessions.begin() as session:
        (message_id,) = outbox.claim(session, settings.now())
    for _ in range(2):
        delivery.deliver(message_id)
    assert len(box.mails) == 1


def test_a_broker_that_does_not_answer_says_why(settings: Settings, box: Box) -> None:
    assert actors.silence_of_broker(settings) is None
    settings.broker_url = f"redis://127.0.0.1:{box.port}/0"
    assert actors.silence_of_broker(settings) is None
    settings.broker_url = "amqp://127.0.0.1:1"
    sentence = "127.0.0.1:1 does not answer: Connection refused."
    assert actors.silence_of_broker(settings) == sentence


def test_a_worker_says_that_it_lives(
    database: Database, sessions: sessionmaker[Session], settings: Settings
) -> None:
    def alive() -> list[str]:
        with sessions() as session:
            return [worker.name for worker in operation.workers(session, settings.now())]

    with running(settings, database):
        wait_until(lambda: len(alive()) == 1)
    (name,) = alive()
    assert name.endswith(f":{os.getpid()}")
    settings.moment += operation.GONE_AFTER
    assert alive() == []


def test_a_worker_tells_of_an_emptied_post_by_itself(
    database: Database, sessions: sessionmaker[Session], settings: Settings
) -> None:
    with sessions.begin() as session:
        city = City.founded(session, settings.now())
        city.person("admin", administers=True)
        city.case(city.publish(library.text("program-proposal")), settings.now())
        session.get_one(Person, city.people["operator.dinkes"]).is_active = False

    def subjects() -> list[str]:
        with sessions() as session:
            return list(session.scalars(select(KeptMail.subject)))

    with running(settings, database):
        wait_until(lambda: any("operator dinkes" in subject for subject in subjects()))
    assert actors.SECONDS_BETWEEN_WATCHES <= 60


# --- in processes of their own


@pytest.fixture(params=BROKERS)
def start_process(
    request: pytest.FixtureRequest, database: Database, box: Box, tmp_path: Path
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts a process that delivers: through a broker, or alone."""
    url: str | None = request.param
    started: list[subprocess.Popen[bytes]] = []
    environment = {
        "ALUR_ENV": "test",
        "BASE_URL": "https://alur.example",
        "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "DATA_DIR": str(tmp_path),
        "MAIL_URL": f"smtp://127.0.0.1:{box.port}",
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", EMBEDDED]
    if url is not None:
        environment["BROKER_URL"] = url
        command = [sys.executable, "-m", "dramatiq", "wsgi:broker", "-p", "1", "-t", "4"]

    def start(**more: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**environment, **more}, start_new_session=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=PATIENCE)
    _forget_queues(url, f"{actors.QUEUE}.{database.engine.url.database}")


def _forget_queues(url: str | None, queue: str) -> None:
    broker = actors.make_broker(url)
    if isinstance(broker, RedisBroker):
        for key in broker.client.scan_iter(f"dramatiq:*{queue}*"):
            broker.client.delete(key)
        broker.client.close()  # the broker's own close leaves it to the garbage
    elif isinstance(broker, RabbitmqBroker):
        for name in (queue, f"{queue}.DQ", f"{queue}.XQ"):
            broker.channel.queue_delete(name)
    broker.close()


def test_a_worker_killed_in_mid_delivery_loses_nothing_and_sends_each_mail_once(
    sessions: sessionmaker[Session],
    box: Box,
    start_process: Callable[..., subprocess.Popen[bytes]],
    now: datetime,
) -> None:
    box.confirms = 5
    expected = post_mails(sessions, 16, now)
    process = start_process(CLOCK_SHIFT=_shift(now))
    wait_until(lambda: len(box.mails) > 5 and undelivered(sessions) <= 11)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=PATIENCE)
    assert undelivered(sessions) == 11
    box.confirms = None
    start_process(CLOCK_SHIFT=_shift(now, further=2 * outbox.LEASE))
    wait_until(lambda: undelivered(sessions) == 0)
    assert set(box.ids) == expected
    with sessions() as session:
        attempts = session.scalars(select(OutboxMessage.attempts)).all()
    assert min(attempts) == 1 < max(attempts)
    assert len(box.ids) <= sum(attempts)


def test_a_worker_that_is_told_to_stop_ends_its_deliveries(
    sessions: sessionmaker[Session],
    box: Box,
    start_process: Callable[..., subprocess.Popen[bytes]],
    now: datetime,
) -> None:
    box.takes_seconds = 0.5
    post_mails(sessions, 4, now)
    process = start_process(CLOCK_SHIFT=_shift(now))
    wait_until(lambda: len(box.mails) > 0)
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=PATIENCE)
    with sessions() as session:
        begun = select(func.count()).where(OutboxMessage.attempts > 0)
        done = select(func.count()).where(OutboxMessage.done_at.is_not(None))
        assert session.scalar(begun) == session.scalar(done)


def _shift(now: datetime, further: timedelta = timedelta()) -> str:
    """A shift of the clock that makes it later than the moment, whatever the time is."""
    behind = max(timedelta(), now - datetime.now(now.tzinfo))
    return f"PT{int((behind + further).total_seconds()) + 1}S"
