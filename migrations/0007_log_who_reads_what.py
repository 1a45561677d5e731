"""log who has got and read others' texts: lines that are only added, and the texts that each is about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# How a row is known, in a trigger: INSERT OR REPLACE deletes without a word to the trigger on DELETE
# (sqlite.org/lang_createtrigger.html).
SAME_ROW = {
    "read_line": "id = NEW.id OR (service_id = NEW.service_id AND number = NEW.number)",
    "read_text": (
        "place_id = NEW.place_id AND entry_id = NEW.entry_id AND revision = NEW.revision AND way = NEW.way"
    ),
}
ON_SQLITE = (
    """
    CREATE TRIGGER {table}_keeps_words BEFORE UPDATE ON {table}
    BEGIN SELECT RAISE(ABORT, '{table} is only added to'); END
    """,
    """
    CREATE TRIGGER {table}_keeps_lines BEFORE DELETE ON {table}
    BEGIN SELECT RAISE(ABORT, '{table} is only added to'); END
    """,
    """
    CREATE TRIGGER {table}_keeps_places BEFORE INSERT ON {table}
    WHEN EXISTS (SELECT 1 FROM {table} WHERE {same_row})
    BEGIN SELECT RAISE(ABORT, '{table} is only added to'); END
    """,
)
ON_POSTGRESQL = (
    """
    CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{table} is only added to'; END $$
    """,
    """
    CREATE TRIGGER {table}_keeps_lines BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION {table}_refuse()
    """,
    """
    CREATE TRIGGER {table}_keeps_all BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()
    """,
)


def upgrade() -> None:
    op.create_table(
        "read_line",
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_read_line")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_read_line_service_id")),
        sa.UniqueConstraint("service_id", "number", name=op.f("uq_read_line_service_id_number")),
    )
    op.create_table(
        "read_text",
        sa.Column("place_id", sa.String(length=36), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("way", sa.String(length=12), nullable=False),
        sa.Column("author_id", sa.String(length=36), nullable=False),
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("place_id", "entry_id", "revision", "way", name=op.f("pk_read_text")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_read_text_service_id")),
    )
    op.create_index("ix_read_text_service_id_number", "read_text", ["service_id", "number"])
    op.create_index("ix_read_text_author_id_entry_id", "read_text", ["author_id", "entry_id"])
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, same_row in SAME_ROW.items():
        for statement in ON_SQLITE if is_sqlite else ON_POSTGRESQL:
            op.execute(sa.text(statement.format(table=table, same_row=same_row)))


def downgrade() -> None:
    """The log is lost."""
    for table in SAME_ROW:
        op.drop_table(table)
        if op.get_bind().dialect.name != "sqlite":
            op.execute(sa.text(f"DROP FUNCTION {table}_refuse()"))
