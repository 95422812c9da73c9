"""Alembic's entry: runs migrations over the connection that `workflow.database` hands in."""

from collections.abc import Iterable

from alembic import context
from alembic.operations.ops import MigrationScript
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from workflow.models import Base


def number(
    migration: MigrationContext, _: Iterable[str | None] | str, scripts: list[MigrationScript]
) -> None:
    """Name a new migration by the number after the last one."""
    config = migration.config
    assert config is not None
    head = ScriptDirectory.from_config(config).get_current_head()
    scripts[0].rev_id = f"{int(head or 0) + 1:04}"


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_server_default=True,
    process_revision_directives=number,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
