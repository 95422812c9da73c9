"""The schema's history: it leads to the models, back and forth, whoever runs it."""

from collections.abc import Iterator
from multiprocessing import get_context

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from tests.databases import Databases, opened
from tests.waiting import PATIENCE
from workflow.database import (
    Database,
    DatabaseUnavailable,
    create_database,
    is_current,
    migrate,
    migration_config,
    upgrade,
)
from workflow.models import Base

pytestmark = pytest.mark.postgres15


@pytest.fixture
def blank(databases: Databases) -> Iterator[Database]:
    """A database without any table."""
    yield from opened(databases, "blank", None)


def test_the_history_has_one_end_and_counts_its_steps() -> None:
    script = ScriptDirectory.from_config(migration_config())
    numbers = [revision.revision for revision in script.walk_revisions()]
    assert numbers == [f"{number:04}" for number in range(len(numbers), 0, -1)]
    assert script.get_heads() == numbers[:1]


def test_the_migrations_lead_to_what_the_models_say(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_every_migration_goes_up_and_down_and_up_again(blank: Database) -> None:
    with blank.engine.connect() as connection:
        upgrade(connection)
        command.downgrade(migration_config(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
        left = connection.execute(
            text("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
        )
        assert left.scalars().all() == []
        connection.rollback()
        upgrade(connection)
        assert set(inspect(connection).get_table_names()) >= set(Base.metadata.tables)


def test_a_database_is_current_only_after_migrating(blank: Database) -> None:
    assert not is_current(blank)
    migrate(blank)
    assert is_current(blank)


def test_a_database_that_cannot_sort_letters_is_refused_before_anything_is_written(
    blank: Database,
) -> None:
    """As on a server that was set up without a language."""
    name = f"{blank.engine.url.database}_ascii"
    made = f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc"
    with blank.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text(f"{made} LOCALE 'C'"))
        ascii_only = create_database(blank.engine.url.set(database=name))
        with pytest.raises(DatabaseUnavailable, match="written in SQL_ASCII, and Alur needs UTF8"):
            migrate(ascii_only)
        ascii_only.close()
        connection.execute(text(f"DROP DATABASE {name}"))


def test_of_several_processes_that_migrate_at_once_none_fails(blank: Database) -> None:
    url = blank.engine.url.render_as_string(hide_password=False)
    processes = [get_context("spawn").Process(target=_migrate, args=(url,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(PATIENCE)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert is_current(blank)


def _migrate(url: str) -> None:
    database = create_database(url)
    migrate(database)
    database.close()


@pytest.mark.parametrize("table", ["events", "snapshots"])
@pytest.mark.parametrize("change", ["UPDATE {} SET case_id = 1", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_database_refuses_to_change_what_was_journalled(
    database: Database, table: str, change: str
) -> None:
    with database.engine.connect() as connection:
        with pytest.raises(IntegrityError, match=f"{table} is append-only"):
            connection.execute(text(change.format(table)))
        connection.rollback()


def test_those_who_went_to_heirs_before_it_was_kept_are_followed_too(blank: Database) -> None:
    """A post that became another, one that was not named, and one that was closed before."""
    with blank.engine.connect() as connection:
        config = migration_config(connection)
        command.upgrade(config, "0019")
        connection.execute(text(_SUCCEEDED))
        command.upgrade(config, "0020")
        positions = connection.execute(text("SELECT id, followed_by_id FROM positions ORDER BY id"))
        assert [tuple(row) for row in positions] == [
            (1, 12),
            (2, 11),
            (3, None),
            (11, None),
            (12, None),
        ]
        agencies = connection.execute(text("SELECT id, followed_by_id FROM agencies ORDER BY id"))
        assert [tuple(row) for row in agencies] == [(1, 2), (2, None)]


_SUCCEEDED = """
    INSERT INTO work_weeks (code, name, hours) VALUES ('five', 'Lima', '{}');
    INSERT INTO agencies (id, code, week) VALUES (1, 'old', 'five'), (2, 'new', 'five');
    INSERT INTO positions (id, agency_id, post, title, closed_on) VALUES
        (1, 1, 'head', 'Kepala', '2026-11-30'), (2, 1, 'clerk', 'Petugas', '2026-11-30'),
        (3, 1, 'reviewer', 'Penelaah', '2026-01-31'),
        (11, 2, 'clerk', 'Petugas', NULL), (12, 2, 'secretary', 'Sekretaris', NULL);
    INSERT INTO people (id, username, name, email, password_hash, is_active, is_administrator,
                        language, created_at)
    VALUES (1, 'admin', 'Admin', 'admin@metro.example', '-', true, true, 'id', now());
    INSERT INTO successions (agency_id, happens_on, ends, decree, decree_on, plan, entered_by,
                             entered_at, carried_out_at)
    VALUES (1, '2026-12-01', true, 'Perda 9', '2026-11-20',
            '{"heirs": [2], "places": {"1": [2, "secretary"]}}', 1, now(), now());
"""
