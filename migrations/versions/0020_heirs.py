"""Which position and which agency follow those that went to heirs."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision: str | Sequence[str] | None = "0019"
branch_labels = None
depends_on = None

TABLES = ("agencies", "positions")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for table in TABLES:
        op.add_column(table, sa.Column("followed_by_id", sa.BigInteger(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_{table}_followed_by_id"),
            table,
            table,
            ["followed_by_id"],
            ["id"],
            ondelete="RESTRICT",
        )
        op.create_index(op.f(f"ix_{table}_followed_by_id"), table, ["followed_by_id"])
    op.execute(AGENCIES)
    op.execute(POSITIONS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for table in TABLES:
        op.drop_column(table, "followed_by_id")


AGENCIES = """
    UPDATE agencies SET followed_by_id = (plan -> 'heirs' ->> 0)::bigint FROM successions
    WHERE successions.agency_id = agencies.id AND ends AND carried_out_at IS NOT NULL
"""
POSITIONS = """
    UPDATE positions SET followed_by_id = heirs.id
    FROM successions, positions AS heirs
    WHERE successions.agency_id = positions.agency_id AND carried_out_at IS NOT NULL
      AND positions.closed_on = happens_on - 1
      AND (ends OR plan -> 'places' ? positions.id::text)
      AND heirs.agency_id = coalesce(
          plan -> 'places' -> positions.id::text ->> 0, plan -> 'heirs' ->> 0
      )::bigint
      AND heirs.post = coalesce(plan -> 'places' -> positions.id::text ->> 1, positions.post)
"""
"""Those that succession closed: it closed them on the day before its own."""
