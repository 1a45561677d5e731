"""log what administrators do, in lines that are only added: the database refuses to change or delete one.

The triggers are made here and not by the models: the tests, whose tables the models make, begin each with
empty ones.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = "audit_entry"

ON_SQLITE = (
    """
    CREATE TRIGGER audit_entry_keeps_words BEFORE UPDATE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'audit_entry is only added to'); END
    """,
    """
    CREATE TRIGGER audit_entry_keeps_lines BEFORE DELETE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'audit_entry is only added to'); END
    """,
    # INSERT OR REPLACE deletes without a word to the trigger above (sqlite.org/lang_createtrigger.html).
    """
    CREATE TRIGGER audit_entry_keeps_places BEFORE INSERT ON audit_entry
    WHEN EXISTS (
        SELECT 1 FROM audit_entry
        WHERE id = NEW.id OR (service_id = NEW.service_id AND number = NEW.number)
    )
    BEGIN SELECT RAISE(ABORT, 'audit_entry is only added to'); END
    """,
)
ON_POSTGRESQL = (
    """
    CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'audit_entry is only added to'; END $$
    """,
    """
    CREATE TRIGGER audit_entry_keeps_lines BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()
    """,
    """
    CREATE TRIGGER audit_entry_keeps_all BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()
    """,
)


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=True),
        sa.Column("deed", sa.String(length=40), nullable=False),
        sa.Column("subject_type", sa.String(length=24), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_audit_entry_service_id")),
        sa.UniqueConstraint("service_id", "number", name=op.f("uq_audit_entry_service_id_number")),
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in ON_SQLITE if is_sqlite else ON_POSTGRESQL:
        op.execute(sa.text(statement))


def downgrade() -> None:
    """The log is lost."""
    op.drop_table(TABLE)
    if op.get_bind().dialect.name != "sqlite":
        op.execute(sa.text("DROP FUNCTION audit_entry_refuse()"))
