"""set a last day ahead: after it an account closes by itself; who set it, and when.

Plain ALTER TABLE on SQLite too, as in 0002: the new columns have no foreign keys.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("last_day", sa.Date(), nullable=True))
    op.add_column("person", sa.Column("last_day_by", sa.String(length=36), nullable=True))
    op.add_column("person", sa.Column("last_day_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Nobody's account closes by itself then: a last day that was set is to be set again."""
    for name in ("last_day", "last_day_by", "last_day_at"):
        op.drop_column("person", name)
