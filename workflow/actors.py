"""Dramatiq: the broker, the one actor, and the threads that run beside it.

The broker only wakes workers and carries ids; what must happen is in the database, so that a lost
broker loses nothing. Without an address of a broker everything runs inside the serving process.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

import dramatiq
from dramatiq import Broker, Middleware, Worker
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import ShutdownNotifications, TimeLimit

from workflow import closed_days, operation, outbox, sweep, vacancies, webhooks
from workflow.database import Database
from workflow.delivery import Delivery
from workflow.delivery.relay import Relay, wake
from workflow.delivery.rounds import Rounds
from workflow.notifications import queue_watch
from workflow.notifications.mail import MailServer
from workflow.webhooks.addresses import Network
from workflow.webhooks.posting import Outbound

__all__ = [
    "Embedded",
    "WorkerSettings",
    "make_outbound",
    "silence_of_broker",
    "start_embedded",
    "wake",
    "worker_broker",
]

QUEUE = "alur"
THREADS = 4
DEFAULT_PORTS = {"redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671}
SECONDS_TO_ANSWER = 2
SECONDS_BETWEEN_SWEEPS = 5.0
SECONDS_BETWEEN_WATCHES = 30.0
SECONDS_BETWEEN_PURGES = 3600.0
SECONDS_BETWEEN_LOOKS = 60.0

LONGEST_DELIVERY = 45_000
"""Milliseconds; shorter than the outbox's lease, so that no message is attempted twice at once."""

LONGEST_SHUTDOWN = 8_000
"""Milliseconds that running deliveries get to end."""


class WorkerSettings(Protocol):
    """What a worker asks of the installation's settings."""

    @property
    def broker_url(self) -> str | None:
        """Where the broker is; None when the worker runs inside the serving process."""

    @property
    def mail_url(self) -> str | None:
        """Where the mail server is; None when mails are kept."""

    @property
    def base_url(self) -> str:
        """What links in mails begin with."""

    @property
    def secret_key(self) -> str:
        """What the secrets of webhooks, and links for passwords, are made with."""

    @property
    def webhook_networks(self) -> tuple[Network, ...]:
        """Private networks that webhooks may reach all the same."""

    @property
    def is_production(self) -> bool:
        """Whether webhooks go out over HTTPS only."""

    def now(self) -> datetime:
        """The present moment in the city's zone."""


class Crew(Middleware):
    """The threads beside the actors of a process: they start and stop with its worker."""

    def __init__(self, threads: Sequence[Rounds]) -> None:
        self._threads = threads

    def after_worker_boot(self, *_: object) -> None:
        """Start in the process that the actors run in."""
        for thread in self._threads:
            thread.start()

    def before_worker_shutdown(self, *_: object) -> None:
        """Stop before the actors, so that nothing more is handed to them."""
        for thread in self._threads:
            thread.stop()


class Embedded:
    """What runs inside the serving process, until it is stopped."""

    def __init__(self, broker: Broker, runs: Worker | Relay) -> None:
        self._broker = broker
        self._runs = runs

    def stop(self) -> None:
        """Stop; deliveries that are under way end first."""
        if isinstance(self._runs, Worker):
            self._runs.stop(timeout=LONGEST_SHUTDOWN)
        else:
            self._runs.stop()
        self._broker.close()


def make_broker(url: str | None) -> Broker:
    """The broker at an address of RabbitMQ or Redis; without one, a queue inside the process.

    There is no retry middleware: a message that failed stays in the outbox, which sends it again.
    """
    middleware: list[Middleware] = [TimeLimit(time_limit=LONGEST_DELIVERY), ShutdownNotifications()]
    if url is None:
        return StubBroker(middleware=middleware)
    if urlsplit(url).scheme.startswith("redis"):
        # With the defaults, what a killed worker held would come back after many minutes.
        return RedisBroker(  # type: ignore[no-untyped-call]
            url=url, middleware=middleware, heartbeat_timeout=20_000, maintenance_chance=100_000
        )
    return RabbitmqBroker(url=url, middleware=middleware, confirm_delivery=True)


def silence_of_broker(settings: WorkerSettings) -> str | None:
    """Why the broker takes no connection, in a sentence; None when it does, or there is none."""
    if settings.broker_url is None:
        return None
    parts = urlsplit(settings.broker_url)
    address = (parts.hostname or "127.0.0.1", parts.port or DEFAULT_PORTS[parts.scheme])
    try:
        with socket.create_connection(address, timeout=SECONDS_TO_ANSWER):
            return None
    except OSError as error:
        return f"{address[0]}:{address[1]} does not answer: {error.strerror or error}."


def declare(broker: Broker, settings: WorkerSettings, database: Database) -> Relay:
    """Declare the actor and the relay that feeds it; nothing runs yet.

    The queue is named for the database, so that several cities may share a broker.
    """
    delivery = make_delivery(settings, database)

    @dramatiq.actor(broker=broker, queue_name=f"{QUEUE}.{database.engine.url.database}")
    def deliver(message_id: int) -> None:
        if delivery.deliver(message_id):
            relay.wake()

    relay = Relay(database.sessions, settings.now, deliver.send)
    return relay


def make_delivery(settings: WorkerSettings, database: Database) -> Delivery:
    """How this installation delivers."""
    host = urlsplit(settings.base_url).hostname or "localhost"
    server = None
    if settings.mail_url is not None:
        server = MailServer.from_url(settings.mail_url, f"alur@{host}")
    return Delivery(
        database.sessions,
        settings.now,
        settings.base_url,
        server,
        make_outbound(settings),
        settings.secret_key,
    )


def make_outbound(settings: WorkerSettings) -> Outbound:
    """How this installation posts webhooks."""
    return Outbound(
        settings.secret_key, settings.webhook_networks, https_only=settings.is_production
    )


def work_along(broker: Broker, relay: Relay, settings: WorkerSettings, database: Database) -> None:
    """Let relay, sweeper and purge run in each process in which a worker of the broker runs."""

    def sweep_timers() -> None:
        if sweep.run(database.sessions, settings.now()).fired:
            relay.wake()

    def look_after() -> None:
        now = settings.now()
        with database.sessions.begin() as session:
            outbox.purge(session, now)
            webhooks.purge(session, now)
            closed_days.warn(session, now)

    def watch_queue() -> None:
        with database.sessions.begin() as session:
            queue_watch.look(session, settings.now())

    started_at = settings.now()

    def show_life() -> None:
        with database.sessions.begin() as session:
            operation.report_alive(session, _name(), started_at, settings.now())

    def tell_vacancies() -> None:
        with database.sessions.begin() as session:
            vacancies.tell(session, settings.now())
        relay.wake()

    watch = Rounds("vacancies", tell_vacancies, every=SECONDS_BETWEEN_WATCHES)
    sweeper = Rounds("sweeper", sweep_timers, every=SECONDS_BETWEEN_SWEEPS)
    purge = Rounds("purge", look_after, every=SECONDS_BETWEEN_PURGES)
    life = Rounds("life", show_life, every=operation.SECONDS_BETWEEN_SIGNS)
    backlog = Rounds("backlog", watch_queue, every=SECONDS_BETWEEN_LOOKS)
    broker.add_middleware(Crew([relay, sweeper, purge, life, watch, backlog]))


def _name() -> str:
    """What this process is called among the workers: its machine, and its number there."""
    return f"{socket.gethostname()}:{os.getpid()}"


def worker_broker(settings: WorkerSettings, database: Database) -> Broker:
    """The broker of a worker process, for the `dramatiq` command to run."""
    broker = make_broker(settings.broker_url)
    relay = declare(broker, settings, database)
    work_along(broker, relay, settings, database)
    return broker


def start_embedded(settings: WorkerSettings, database: Database) -> Embedded:
    """Start what the serving process does for the outbox; call it after the last fork.

    Without a broker that is everything. With one it is only the relay, so that a message leaves
    right after its commit; delivering and sweeping are for the worker processes.
    """
    if settings.broker_url is not None:
        broker = make_broker(settings.broker_url)
        relay = declare(broker, settings, database)
        relay.start()
        return Embedded(broker, relay)
    broker = worker_broker(settings, database)
    broker.emit_after("process_boot")  # time limits start to count here
    worker = Worker(broker, worker_threads=THREADS)
    worker.start()
    return Embedded(broker, worker)
