"""The demo city, written once a worker: tests that need a city use it and undo their work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from tests.databases import Databases, opened
from workflow.city import seed
from workflow.database import Database

SEEDED_AT = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Asia/Jakarta"))


@pytest.fixture(scope="session")
def demo_database(databases: Databases) -> Iterator[Database]:
    """A database of this worker's own with the demo city in it."""
    for database in opened(databases, f"demo_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"):
        with database.sessions.begin() as session:
            seed.ensure_demo(session, SEEDED_AT)
        yield database


@pytest.fixture
def demo(demo_database: Database) -> Iterator[Session]:
    """A session on the demo city whose work, commits included, is undone after the test."""
    with demo_database.engine.connect() as connection:
        transaction = connection.begin()
        with Session(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        ) as session:
            yield session
        transaction.rollback()
