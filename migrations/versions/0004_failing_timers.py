"""A timer that cannot be fired says why, and when it is tried again."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | Sequence[str] | None = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.add_column(
        "timers", sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column("timers", sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("timers", sa.Column("error", sa.Text(), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.drop_column("timers", "error")
    op.drop_column("timers", "retry_at")
    op.drop_column("timers", "failures")
