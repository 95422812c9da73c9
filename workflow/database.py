"""The database: opened, brought to the present schema, asked whether it is there.

Knows no table and no setting; addresses and folders are handed in.
"""

import functools
import select
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from workflow.embedded_server import EmbeddedServer, EmbeddedServerError

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
MIGRATION_LOCK = 0x616C7572  # any number that no other user of advisory locks takes: "alur"
CONNECTIONS = 10
CONNECTIONS_IN_A_RUSH = 10
SECONDS_TO_CONNECT = 5
SECONDS_TO_TRUST = 5.0
"""How long a connection that rests needs no question whether it still leads to the server."""

RESTING_SINCE = "resting_since"


class DatabaseUnavailable(Exception):
    """The database cannot be used; says in a sentence why, without the password."""


@dataclass(frozen=True)
class Database:
    """One engine for all threads of a process, and the sessions over it.

    Nothing is read again after a commit: objects keep what they had.
    """

    engine: Engine
    sessions: sessionmaker[Session]
    server: EmbeddedServer | None = None

    def close(self) -> None:
        """Give the connections back and leave the embedded server, if there is one."""
        self.engine.dispose()
        if self.server is not None:
            self.server.stop()


def open_database(url: str | None, data_dir: Path) -> Database:
    """Open the database at `url`, or without one the embedded server in the data folder.

    Nothing is connected or started before the first use. The embedded server is brought to the
    present schema then; a server of the city's is migrated on purpose only.
    """
    if url is not None:
        return create_database(url)
    server = EmbeddedServer(data_dir / "postgres")
    database = create_database(server.url)
    prepare = _once(functools.partial(_prepare, server))

    @event.listens_for(database.engine, "do_connect")
    def start_server(*_: object) -> None:
        prepare()

    return Database(database.engine, database.sessions, server)


def create_database(url: str | URL) -> Database:
    """Make the engine for `url`; `postgresql://` and `postgres://` both mean psycopg 3.

    Raises DatabaseUnavailable when `url` is not an address of PostgreSQL.
    """
    engine = create_engine(
        _psycopg_url(url),
        pool_size=CONNECTIONS,
        max_overflow=CONNECTIONS_IN_A_RUSH,
        pool_timeout=SECONDS_TO_CONNECT,
        hide_parameters=True,  # what people typed does not belong into the log of a fault
        connect_args={
            "connect_timeout": SECONDS_TO_CONNECT,
            "application_name": "alur",
            "client_encoding": "utf8",  # where a database names none, words come as bytes
            # Statements here are many and short: compiling one takes longer than it spares.
            "options": "-c timezone=UTC -c jit=off",
        },
    )
    _test_connections(engine)
    return Database(engine, sessionmaker(engine, expire_on_commit=False))


@contextmanager
def at_once(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """A session in which every statement is a transaction of its own.

    One round trip to the server instead of three: for single statements, and for reading.
    """
    with sessions() as session:
        session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        yield session


def migrate(database: Database) -> None:
    """Bring the schema to the newest version; of several processes one does it, all wait for it.

    Raises DatabaseUnavailable.
    """
    with available(database), database.engine.connect() as connection:
        _require_utf8(connection)
        if not _is_current(connection):
            upgrade(connection)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations up to `revision` under a lock of the whole database."""
    with _migration_lock(connection):
        command.upgrade(migration_config(connection), revision)


def is_current(database: Database) -> bool:
    """Whether the schema is the one that this code was written for.

    Raises DatabaseUnavailable.
    """
    with available(database), database.engine.connect() as connection:
        return _is_current(connection)


@contextmanager
def available(database: Database) -> Iterator[None]:
    """Turn the driver's complaints about reaching the database into DatabaseUnavailable."""
    try:
        yield
    except EmbeddedServerError as error:
        raise DatabaseUnavailable(str(error)) from error
    except DBAPIError as error:
        words = str(error.orig).strip().partition("\n")[0].rstrip(".")
        where = database.engine.url.render_as_string(hide_password=True)
        problem = f"The database at {where} cannot be used: {words}."
        raise DatabaseUnavailable(problem) from error


def migration_config(connection: Connection | None = None) -> Config:
    """Alembic's settings, made here so that no file holds an address or a password."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    return config


def _test_connections(engine: Engine) -> None:
    """Hand out no connection that the server has ended; the pool then takes new ones.

    To ask the server costs a round trip. A connection that was in use a moment ago is only looked
    at: when a server ends one, it says so, and there is something to read where nothing should be.
    """

    @event.listens_for(engine, "checkin")
    def note(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info[RESTING_SINCE] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def test(connection: Any, record: ConnectionPoolEntry, _: object) -> None:
        since = record.info.get(RESTING_SINCE)
        if since is None:
            return  # it has just been made
        if time.monotonic() - since < SECONDS_TO_TRUST and not _has_news(connection):
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error:
            raise InvalidatePoolError from None


def _has_news(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server has said something unasked, or hung up."""
    if connection.closed:
        return True
    watch = select.poll()
    watch.register(connection.fileno(), select.POLLIN)
    return bool(watch.poll(0))


def _psycopg_url(url: str | URL) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The words of the error may repeat the password.
        raise DatabaseUnavailable("DATABASE_URL cannot be read as an address.") from None
    if parsed.drivername not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise DatabaseUnavailable(f"Alur needs PostgreSQL, not {parsed.get_backend_name()}.")
    return parsed.set(drivername="postgresql+psycopg")


def _prepare(server: EmbeddedServer) -> None:
    server.start()
    database = create_database(server.url)
    try:
        migrate(database)
    finally:
        database.close()


def _once(function: Callable[[], None]) -> Callable[[], None]:
    """`function`, run by the first caller while the others wait, and never again after success."""
    lock = threading.Lock()
    done = threading.Event()

    def run() -> None:
        with lock:
            if not done.is_set():
                function()
                done.set()

    return run


def _require_utf8(connection: Connection) -> None:
    found = connection.scalar(text("SELECT current_setting('server_encoding')"))
    if found != "UTF8":
        raise DatabaseUnavailable(
            f"The database {connection.engine.url.database} is written in {found}, and Alur needs "
            "UTF8: make it again with createdb --encoding=UTF8 --template=template0."
        )
    connection.rollback()


@contextmanager
def _migration_lock(connection: Connection) -> Iterator[None]:
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()


def _is_current(connection: Connection) -> bool:
    found = MigrationContext.configure(connection).get_current_heads()
    connection.rollback()
    return set(found) == _newest()


@functools.cache
def _newest() -> frozenset[str]:
    return frozenset(ScriptDirectory.from_config(migration_config()).get_heads())
