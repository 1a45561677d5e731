"""let texts expire: how long each sort is kept, which go when, and which have been.

What is there already is told of first, as ever: nothing goes by this alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "keeping_period",
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("sort", sa.String(length=24), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("service_id", "sort", name=op.f("pk_keeping_period")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_keeping_period_service_id")),
    )
    op.create_table(
        "expiry",
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("author_id", sa.String(length=36), nullable=False),
        sa.Column("goes_on", sa.Date(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept_until", sa.Date(), nullable=True),
        sa.Column("extra_years", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_expiry")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entry.id"], name=op.f("fk_expiry_entry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_expiry_service_id")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_expiry_author_id")),
    )
    op.create_index(op.f("ix_expiry_author_id"), "expiry", ["author_id"])
    op.create_index("ix_expiry_service_id_goes_on", "expiry", ["service_id", "goes_on"])
    op.create_table(
        "forgotten_entry",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("author_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("series_id", sa.String(length=36), nullable=True),
        sa.Column("session_id", sa.String(length=36), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forgotten_entry")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_forgotten_entry_service_id")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_forgotten_entry_author_id")),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_forgotten_entry_series_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_forgotten_entry_session_id")),
    )
    op.create_index(op.f("ix_forgotten_entry_author_id"), "forgotten_entry", ["author_id"])
    op.create_index(op.f("ix_forgotten_entry_service_id"), "forgotten_entry", ["service_id"])


def downgrade() -> None:
    """What is gone stays gone; that it was there is forgotten as well."""
    op.drop_table("forgotten_entry")
    op.drop_table("expiry")
    op.drop_table("keeping_period")
