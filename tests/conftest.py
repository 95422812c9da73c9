"""What all tests lean on: a database, a fixed clock, and a word about what was left out."""

from __future__ import annotations

import os
import shutil
import socket
import uuid
from collections.abc import Callable, Generator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.databases import Databases, empty, opened, undone
from workflow.database import Database

REAL_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)


def _listens(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


NEEDS: dict[str, tuple[Callable[[], bool], str]] = {
    "browser": (lambda: CHROMIUM is not None, "left out: no Chromium on this machine"),
    "data": (REAL_DATA.exists, "left out: the real lists are not beside the project"),
    "rabbitmq": (lambda: _listens(5672), "left out: no RabbitMQ on this machine"),
    "redis": (lambda: _listens(6379), "left out: no Redis on this machine"),
}
"""What a marked test needs of the machine, and the sentence when it is not there."""


def pytest_configure(config: pytest.Config) -> None:
    """Give the run a name that its workers know too."""
    worker_input: dict[str, Any] = getattr(config, "workerinput", {})
    run = worker_input.get("run") or uuid.uuid4().hex
    config.stash[RUN] = Databases(run, os.environ.get("TEST_DATABASE_URL"))
    config.stash[RUN_NAME] = run
    files = config.stash[RUN].folder / "files"
    files.mkdir(parents=True, exist_ok=True)
    # Where runs share a folder, each that begins closes it to the account of the others' servers.
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(files)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the run's name to a worker of pytest-xdist."""
    node.workerinput["run"] = node.config.stash[RUN_NAME]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the databases of the run when its last process ends."""
    databases = config.stash.get(RUN, None)
    if databases is None or hasattr(config, "workerinput"):
        return
    if "TEST_DATABASE_URL" in os.environ:
        databases.drop_all()
    shutil.rmtree(databases.folder, ignore_errors=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, with processes that are killed first; measure no lines of it.

    So no process works on alone at the end. What these tests reach, quicker ones reach too.
    """
    items.sort(key=lambda item: "crashes" not in item.nodeid)
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker("no_cover")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what this machine cannot run, saying so."""
    for marker, (is_there, sentence) in NEEDS.items():
        if item.get_closest_marker(marker) and not is_there():
            pytest.skip(sentence)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI nothing may be left out, except tests on data that is not beside the project."""
    report = yield
    left_out = report.skipped and not hasattr(report, "wasxfail")
    may_be_left_out = item.get_closest_marker("data") and not REAL_DATA.exists()
    if left_out and "CI" in os.environ and not may_be_left_out:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was left out in CI: {report.longrepr}"
    return report


RUN = pytest.StashKey[Databases]()
RUN_NAME = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def databases(pytestconfig: pytest.Config) -> Iterator[Databases]:
    """The server of this run, to make further databases on."""
    databases = pytestconfig.stash[RUN]
    with databases.started():
        yield databases


@pytest.fixture(scope="session")
def database(databases: Databases) -> Iterator[Database]:
    """This worker's own migrated database; empty, and left empty by every test."""
    yield from opened(databases, "common")


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session whose work, commits included, is undone after the test."""
    yield from undone(database)


@pytest.fixture
def sessions(database: Database) -> Iterator[sessionmaker[Session]]:
    """Sessions that really commit, for tests of several connections; emptied after the test."""
    yield database.sessions
    empty(database.engine)


@pytest.fixture
def now() -> datetime:
    """A Monday in November at nine in the morning, in Metro."""
    return datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Asia/Jakarta"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's own Chromium, quiet and able to run as root."""
    quiet = (
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    )
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": list(quiet)}
