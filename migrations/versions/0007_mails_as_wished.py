"""People choose when a mail tells them, and a line of the bell says what became of its mail."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision: str | Sequence[str] | None = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    choices = sa.Column("mail_choices", postgresql.JSONB(), server_default="{}", nullable=False)
    op.add_column("people", choices)
    quiet = sa.Column("quiet_hours", sa.Boolean(), server_default="false", nullable=False)
    op.add_column("people", quiet)
    op.add_column("people", sa.Column("bounced_address", sa.Text(), nullable=True))
    op.add_column("people", sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("people", sa.Column("bounce_reason", sa.Text(), nullable=True))
    for name in ("mailed_at", "digest_at"):
        moment = sa.Column(name, sa.DateTime(timezone=True), nullable=True)
        op.add_column("notifications", moment)
    op.add_column("notifications", sa.Column("unsent", sa.Text(), nullable=True))
    op.create_index(
        "ix_notifications_person_id_in_digest",
        "notifications",
        ["person_id", "id"],
        unique=False,
        postgresql_where=sa.text("digest_at IS NOT NULL"),
    )
    op.create_table(
        "alarms",
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("matter", name=op.f("pk_alarms")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.drop_table("alarms")
    op.drop_index(
        "ix_notifications_person_id_in_digest",
        table_name="notifications",
        postgresql_where=sa.text("digest_at IS NOT NULL"),
    )
    for name in ("unsent", "digest_at", "mailed_at"):
        op.drop_column("notifications", name)
    for name in (
        "bounce_reason",
        "bounced_at",
        "bounced_address",
        "quiet_hours",
        "mail_choices",
    ):
        op.drop_column("people", name)
