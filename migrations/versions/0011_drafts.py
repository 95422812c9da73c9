"""Drafts of workflows with all their revisions, and who wrote a version."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision: str | Sequence[str] | None = "0010"
branch_labels = None
depends_on = None

COLUMNS = "id", "key", "number", "subject", "source", "hash", "published_at", "published_by"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_table(
        "drafts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("based_on", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.BigInteger(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_back", sa.Text(), nullable=True),
        sa.Column("version_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(status = 'published') = (version_id IS NOT NULL)",
            name=op.f("ck_drafts_published_as_version"),
        ),
        sa.CheckConstraint(
            "status <> 'in_approval' OR submitted_by IS NOT NULL",
            name=op.f("ck_drafts_submitted_by_somebody"),
        ),
        *(_version("drafts", column) for column in ("based_on", "version_id")),
        *(_person("drafts", column) for column in ("changed_by", "submitted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_table(
        "draft_revisions",
        sa.Column("draft_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("saved_by", sa.BigInteger(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["drafts.id"], name=op.f("fk_draft_revisions_draft_id")
        ),
        _person("draft_revisions", "saved_by"),
        sa.PrimaryKeyConstraint("draft_id", "number", name=op.f("pk_draft_revisions")),
    )
    op.execute(
        "CREATE TRIGGER draft_revisions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON draft_revisions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.add_column("workflow_versions", sa.Column("authored_by", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_workflow_versions_authored_by"),
        "workflow_versions",
        "people",
        ["authored_by"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.create_check_constraint(
        op.f("ck_workflow_versions_two_people"),
        "workflow_versions",
        "authored_by <> published_by",
    )
    _keep_what_was_published(*COLUMNS, "authored_by")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    _keep_what_was_published(*COLUMNS)
    op.drop_constraint(op.f("ck_workflow_versions_two_people"), "workflow_versions")
    op.drop_constraint(op.f("fk_workflow_versions_authored_by"), "workflow_versions")
    op.drop_column("workflow_versions", "authored_by")
    op.drop_table("draft_revisions")
    op.drop_table("drafts")


def _person(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], ["people.id"], name=name, ondelete="RESTRICT")


def _version(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint(
        [column], ["workflow_versions.id"], name=name, ondelete="RESTRICT"
    )


def _keep_what_was_published(*columns: str) -> None:
    """The trigger's function of 0002, over these columns."""
    new, old = (", ".join(f"{row}.{column}" for column in columns) for row in ("NEW", "OLD"))
    op.execute(
        f"""
        CREATE OR REPLACE FUNCTION keep_what_was_published() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.status <> 'draft' AND (
                TG_OP = 'DELETE' OR NEW.status = 'draft' OR ({new}) IS DISTINCT FROM ({old})
            ) THEN
                RAISE EXCEPTION 'a published workflow version never changes: % is refused', TG_OP
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        END
        $$
        """
    )
