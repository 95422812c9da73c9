"""A database for one measurement: a real PostgreSQL with its durable defaults, gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workflow.database import Database, create_database, migrate
from workflow.embedded_server import EmbeddedServer


@contextmanager
def fresh() -> Iterator[Database]:
    """A migrated database in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="alur-bench-") as folder:
        server = EmbeddedServer(Path(folder) / "postgres")
        server.start()
        database = create_database(server.url)
        try:
            migrate(database)
            yield database
        finally:
            database.close()
            server.stop()
