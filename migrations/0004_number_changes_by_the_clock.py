"""number changes by the clock: its milliseconds need more than 31 bits.

SQLite stores every whole number in as many bytes as it needs.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("service", "change_counter", type_=sa.BigInteger())


def downgrade() -> None:
    """What the clock has numbered does not fit any more: then the column stays wide, which hurts nobody."""
    connection = op.get_bind()
    largest = connection.scalar(sa.text("SELECT max(change_counter) FROM service")) or 0
    if connection.dialect.name == "postgresql" and largest < 2**31:
        op.alter_column("service", "change_counter", type_=sa.Integer())
