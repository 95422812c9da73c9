"""The databases that tests run on: one server a run, templates, and copies of them."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, make_url, text
from sqlalchemy.orm import Session

from workflow import embedded_server
from workflow.city import seed
from workflow.database import Database, create_database, migrate
from workflow.embedded_server import EmbeddedServer
from workflow.models import Base

FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "plan_cache_mode": "force_custom_plan",
}
"""A test's database need not survive the machine, and its tables grow faster than their statistics:
a plan that was made while they were empty must not stay."""
SEEDED_AT = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Asia/Jakarta"))
"""The day of the demo city that tests copy."""


def _seed(database: Database) -> None:
    with database.sessions.begin() as session:
        seed.ensure_demo(session, SEEDED_AT)


Template = Literal["migrated", "demo"]
FILLED: Mapping[Template, Callable[[Database], None]] = {"migrated": migrate, "demo": _seed}
"""The templates, made once a run, with what is done to each; the demo begins as a migrated one."""


class Databases:
    """The databases of one test run, told from those of other runs by their prefix."""

    def __init__(self, run: str, url: str | None) -> None:
        """`run` is the same in all processes of the run; without `url` they share a server."""
        self.prefix = f"alur_test_{re.sub('[^a-z0-9]', '', run)[:16]}"
        self.folder = Path(tempfile.gettempdir()) / self.prefix
        self._server = None if url else EmbeddedServer(self.folder, settings=FAST)
        self._url = make_url(url).set(drivername="postgresql+psycopg") if url else None

    @property
    def programs(self) -> Path:
        """The folder with the server's own programs, such as `pg_dump`."""
        if self._server is not None:
            return embedded_server.programs()
        found = shutil.which("pg_dump")
        assert found is not None, "the clients of PostgreSQL are not on this machine"
        return Path(found).parent

    @contextmanager
    def started(self) -> Iterator[None]:
        """Hold the server for this process."""
        if self._server is not None:
            self._server.start()
            self._url = self._server.url
        try:
            yield
        finally:
            if self._server is not None:
                self._server.stop()

    def url(self, name: str) -> str:
        """The address of a database of this run."""
        assert self._url is not None
        full_name = f"{self.prefix}_{name}"
        return self._url.set(database=full_name).render_as_string(hide_password=False)

    def create(self, name: str, template: Template | None = "migrated") -> str:
        """Make a database as a copy of a template, or an empty one, and return its address."""
        with self._maintenance() as connection:
            self._copy(connection, self._made(connection, template), name)
        return self.url(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        with self._maintenance() as connection:
            connection.execute(text(f"DROP DATABASE {self.prefix}_{name} WITH (FORCE)"))

    def drop_all(self) -> None:
        """Remove what this run has left."""
        with self._maintenance() as connection:
            names = self._names(connection)
        for name in names:
            self.drop(name.removeprefix(f"{self.prefix}_"))

    def _names(self, connection: Connection) -> list[str]:
        statement = text("SELECT datname FROM pg_database WHERE starts_with(datname, :prefix)")
        return list(connection.execute(statement, {"prefix": f"{self.prefix}_"}).scalars())

    def _made(self, connection: Connection, template: Template | None) -> str:
        """The full name of a template, which is made where it is not there yet."""
        if template is None:
            return "template0"
        name = f"{self.prefix}_{template}"
        if name not in self._names(connection):
            before = self._made(connection, "migrated" if template == "demo" else None)
            self._copy(connection, before, template)
            database = create_database(self.url(template))
            FILLED[template](database)
            database.close()
        return name

    def _copy(self, connection: Connection, template: str, name: str) -> None:
        connection.execute(text(f"CREATE DATABASE {self.prefix}_{name} TEMPLATE {template}"))

    @contextmanager
    def _maintenance(self) -> Iterator[Connection]:
        """A connection outside the run's databases; one process of the run at a time has it."""
        assert self._url is not None
        engine = create_engine(self._url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(
                text("SELECT pg_advisory_lock(hashtext(:run))"), {"run": self.prefix}
            )
            yield connection


def empty(engine: Engine) -> None:
    """Remove every row, also those that the triggers keep."""
    tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))


def opened(
    databases: Databases, purpose: str, template: Template | None = "migrated"
) -> Iterator[Database]:
    """A copy of a template for this process alone, closed and removed after use."""
    name = f"{purpose}_{os.getpid()}"
    database = create_database(databases.create(name, template))
    try:
        yield database
    finally:
        database.close()
        databases.drop(name)


def undone(database: Database) -> Iterator[Session]:
    """A session whose work, commits included, is undone after use."""
    with database.engine.connect() as connection:
        transaction = connection.begin()
        with Session(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        ) as session:
            yield session
        transaction.rollback()


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The statements that are sent to the database meanwhile, each in one line."""
    said: list[str] = []

    def note(_c: Any, _u: Any, statement: str, *_rest: Any) -> None:
        said.append(" ".join(statement.split()))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
