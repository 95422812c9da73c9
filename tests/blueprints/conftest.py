"""The application over a small city, and clients that notice when a page that is read writes."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import InternalError
from werkzeug.test import TestResponse

from blueprints import create_app
from blueprints.edge import Alur
from blueprints.security import limiter
from config import Environment, Settings
from states import library
from tests.blueprints import papers
from tests.blueprints.papers import Papers
from tests.databases import SEEDED_AT, Databases, opened, statements
from tests.workflow.factories import City
from workflow import accounts, permissions
from workflow.database import Database
from workflow.models import Person, WorkflowVersion

NOW = SEEDED_AT
PASSWORD = "kata-sandi-uji"
_numbers = itertools.count(1)
Script = Callable[..., TestResponse]
WRITES = re.compile(r"\s*(insert|update|delete|truncate)\b|for (no key )?update", re.IGNORECASE)


class StoppedClock(Settings):
    """Settings under which it is always the same Monday morning."""

    def now(self) -> datetime:
        """Always NOW."""
        return NOW


class Client(FlaskClient):
    """Fails when a GET writes, or leaves a fault behind."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send the request and look at what it did to the database."""
        with statements(self.application.database) as said:  # type: ignore[attr-defined]
            try:
                response = super().open(*args, **kwargs)
            except InternalError:  # the database refused to write
                assert not _writing(said)
                raise
            response.get_data()
            response.close()
        if response.request.method == "GET":
            assert not _writing(said)
        return response


def _writing(said: list[str]) -> list[str]:
    return [line for line in said if WRITES.search(line)]


def words(response: TestResponse) -> str:
    """What the page says, without its marks."""
    text = re.sub(r"<(script|style|svg).*?</\1>", " ", response.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def settings(folder: Path, **changes: Any) -> StoppedClock:
    """Settings of a test installation."""
    values: dict[str, Any] = {
        "environment": Environment.TEST,
        "port": 8000,
        "data_dir": folder,
        "database_url": None,
        "broker_url": None,
        "mail_url": None,
        "secret_key": "x" * 40,
        "base_url": "http://localhost",
        "timezone": "Asia/Jakarta",
        "clock_shift": timedelta(),
    }
    return StoppedClock(**{**values, **changes})


@pytest.fixture
def same_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """For those who count attempts no time passes, however long the attempts take."""
    began = time.time()
    monkeypatch.setattr("limits.storage.memory.time", SimpleNamespace(time=lambda: began))


@pytest.fixture(scope="session")
def city_database(databases: Databases) -> Iterator[Database]:
    """A database of this worker's own, in which the small city lives for the whole run."""
    yield from opened(databases, "pages")


@pytest.fixture(scope="session")
def city(city_database: Database) -> City:
    """The small city, with an administrator, somebody retired, and a case being drafted."""
    return founded(city_database)


def founded(database: Database) -> City:
    """The small city in an empty database; everybody has PASSWORD."""
    password_hash = accounts.hash_password(PASSWORD)
    with database.sessions.begin() as session:
        city = City.founded(session, NOW)
        city.person("admin", administers=True)
        city.person("former")
        city.appoint("former", "operator.dinsos", "plt", ends_on=NOW.date() - timedelta(days=9))
        city.publish(library.text("program-proposal"))
        session.query(WorkflowVersion).update({"is_default": True})
        session.query(Person).update({"password_hash": password_hash})
    return city


@pytest.fixture(scope="session")
def app(city_database: Database, city: City, tmp_path_factory: pytest.TempPathFactory) -> Alur:
    """The application over the small city; forms need no token unless a test asks for it."""
    app = create_app(settings(tmp_path_factory.mktemp("data")), city_database)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    app.test_client_class = Client
    return app


@pytest.fixture(autouse=True)
def _fresh_limits(app: Alur) -> None:
    limiter.reset()


@pytest.fixture
def anonymous(app: Alur) -> FlaskClient:
    """A browser in which nobody is signed in."""
    return app.test_client()


@pytest.fixture
def desk(app: Alur, city: City) -> Callable[[str], FlaskClient]:
    """A browser in which somebody is signed in, by user name."""

    def signed_in(username: str) -> FlaskClient:
        client = app.test_client()
        with app.database.sessions() as database_session:
            who = permissions.credentials(database_session, city.people[username], NOW)
        with client.session_transaction() as session:
            session["_user_id"] = str(city.people[username])
            session["_fresh"] = True
            session["seal"] = who.seal if who is not None else ""
            session["since"] = int(NOW.timestamp())
        return client

    return signed_in


@pytest.fixture
def hire(city_database: Database, city: City) -> Callable[..., str]:
    """Give a new person positions in a new agency, where nothing else is."""

    def hired(name: str, *posts: str) -> str:
        with city_database.sessions.begin() as session:
            own = City(
                session, people=city.people, agencies=city.agencies, positions=city.positions
            )
            own.agency(name)
            own.person(name)
            for post in posts:
                own.position(name, post)
                own.appoint(name, f"{post}.{name}")
        return name

    return hired


@pytest.fixture
def script(app: Alur, city: City, city_database: Database) -> Callable[[str], Script]:
    """A script of somebody's, by user name: `send(method, path, json=…, key=…)`."""

    def of(username: str) -> Script:
        with city_database.sessions.begin() as session:
            token = accounts.create_token(session, username, NOW)
        client: FlaskClient = app.test_client()

        def send(method: str, path: str, *, key: str | None = None, **kwargs: Any) -> TestResponse:
            headers = {"Authorization": f"Bearer {token}"}
            if key is not None:
                headers["Idempotency-Key"] = key
            return client.open(f"/api/v1{path}", method=method, headers=headers, **kwargs)

        return send

    return of


@pytest.fixture
def case(city: City, city_database: Database) -> Callable[..., Papers]:
    """A case of the health agency, taken through these decisions."""

    def made(steps: Any = (), **changes: Any) -> Papers:
        title = f"Layanan keliling nomor {next(_numbers)}"
        found = papers.begun(city, city_database, title=title, **changes)
        papers.brought(city, city_database, found, steps)
        return found

    return made
