"""Links with which people give themselves a password: a salt and a last moment."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision: str | Sequence[str] | None = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.add_column("people", sa.Column("password_link_salt", sa.Text(), nullable=True))
    op.add_column(
        "people", sa.Column("password_link_until", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.drop_column("people", "password_link_until")
    op.drop_column("people", "password_link_salt")
