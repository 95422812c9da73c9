"""Journal and snapshots take new rows only, and what was published stays: the database sees to it."""

from collections.abc import Sequence

from alembic import op

revision = "0002"
down_revision: str | Sequence[str] | None = "0001"
branch_labels = None
depends_on = None

TABLES = ("events", "snapshots")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
                USING ERRCODE = 'restrict_violation';
        END
        $$
        """
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        """
        CREATE FUNCTION keep_what_was_published() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.status <> 'draft' AND (
                TG_OP = 'DELETE' OR NEW.status = 'draft'
                OR (NEW.id, NEW.key, NEW.number, NEW.subject, NEW.source, NEW.hash,
                    NEW.published_at, NEW.published_by)
                IS DISTINCT FROM (OLD.id, OLD.key, OLD.number, OLD.subject, OLD.source, OLD.hash,
                    OLD.published_at, OLD.published_by)
            ) THEN
                RAISE EXCEPTION 'a published workflow version never changes: % is refused', TG_OP
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        END
        $$
        """
    )
    op.execute(
        "CREATE TRIGGER workflow_versions_keep_published "
        "BEFORE UPDATE OR DELETE ON workflow_versions "
        "FOR EACH ROW EXECUTE FUNCTION keep_what_was_published()"
    )
    op.execute(
        "CREATE TRIGGER workflow_versions_keep_all BEFORE TRUNCATE ON workflow_versions "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("DROP TRIGGER workflow_versions_keep_all ON workflow_versions")
    op.execute("DROP TRIGGER workflow_versions_keep_published ON workflow_versions")
    op.execute("DROP FUNCTION keep_what_was_published()")
    for table in TABLES:
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute("DROP FUNCTION refuse_change()")
