"""Appointments are entered and ended by people, and who did it is kept for good."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | Sequence[str] | None = "0004"
branch_labels = None
depends_on = None

ENDS_AFTER_START = "ck_appointments_ends_after_start"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.add_column(
        "positions", sa.Column("places", sa.BigInteger(), server_default="1", nullable=False)
    )
    op.drop_constraint(op.f(ENDS_AFTER_START), "appointments", type_="check")
    op.create_check_constraint(
        op.f(ENDS_AFTER_START), "appointments", "ends_on IS NULL OR ends_on >= starts_on - 1"
    )
    op.create_table(
        "appointment_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("appointment_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("letter_number", sa.Text(), nullable=False),
        sa.Column("letter_date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointments.id"],
            name=op.f("fk_appointment_changes_appointment_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_appointment_changes_person_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_changes")),
    )
    for column in ("appointment_id", "person_id"):
        op.create_index(
            op.f(f"ix_appointment_changes_{column}"), "appointment_changes", [column], unique=False
        )
    op.execute(
        "CREATE TRIGGER appointment_changes_append_only "
        "BEFORE UPDATE OR DELETE OR TRUNCATE ON appointment_changes "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.drop_table("appointment_changes")
    op.drop_constraint(op.f(ENDS_AFTER_START), "appointments", type_="check")
    op.create_check_constraint(
        op.f(ENDS_AFTER_START), "appointments", "ends_on IS NULL OR ends_on >= starts_on"
    )
    op.drop_column("positions", "places")
