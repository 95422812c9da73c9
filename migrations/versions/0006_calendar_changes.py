"""Seasons of a working week, and the changes of the calendar with who entered and confirmed them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision: str | Sequence[str] | None = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_table(
        "seasons",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("hours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_seasons_ends_after_start")),
        sa.ForeignKeyConstraint(["week"], ["work_weeks.code"], name=op.f("fk_seasons_week")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seasons")),
        sa.UniqueConstraint("week", "name", name=op.f("uq_seasons_week_name")),
    )
    op.create_table(
        "calendar_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("what", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("entered_by", sa.BigInteger(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(version IS NULL) = (confirmed_at IS NULL)",
            name=op.f("ck_calendar_changes_has_a_version"),
        ),
        sa.CheckConstraint(
            "version IS NULL OR withdrawn_at IS NULL",
            name=op.f("ck_calendar_changes_counts_or_withdrawn"),
        ),
        sa.CheckConstraint(
            "confirmed_by <> entered_by", name=op.f("ck_calendar_changes_two_people")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column],
                ["people.id"],
                name=op.f(f"fk_calendar_changes_{column}"),
                ondelete="RESTRICT",
            )
            for column in ("entered_by", "confirmed_by", "withdrawn_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_changes")),
        sa.UniqueConstraint("version", name=op.f("uq_calendar_changes_version")),
    )
    for column in ("entered_by", "confirmed_by"):
        op.add_column("closed_days", sa.Column(column, sa.BigInteger(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_closed_days_{column}"),
            "closed_days",
            "people",
            [column],
            ["id"],
            ondelete="RESTRICT",
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for column in ("confirmed_by", "entered_by"):
        op.drop_constraint(op.f(f"fk_closed_days_{column}"), "closed_days", type_="foreignkey")
        op.drop_column("closed_days", column)
    op.drop_table("calendar_changes")
    op.drop_table("seasons")
