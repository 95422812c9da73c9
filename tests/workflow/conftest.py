"""The demo city, written once a worker: tests that need a city use it and undo their work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from tests.databases import Databases, opened, undone
from workflow.database import Database


@pytest.fixture(scope="session")
def demo_database(databases: Databases) -> Iterator[Database]:
    """A database of this worker's own with the demo city in it."""
    yield from opened(databases, "demo", "demo")


@pytest.fixture
def demo(demo_database: Database) -> Iterator[Session]:
    """A session on the demo city whose work, commits included, is undone after the test."""
    yield from undone(demo_database)
