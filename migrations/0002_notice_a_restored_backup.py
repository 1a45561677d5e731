"""notice a restored backup, and a browser that was emptied.

Plain ALTER TABLE on SQLite too (3.35 and newer drop columns): copying a table to which others refer is not
possible while their keys are looked after.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("device", sa.Column("sign_in_id", sa.String(length=36), nullable=True))
    op.add_column("service", sa.Column("epoch_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("service", "epoch_at")
    op.drop_column("device", "sign_in_id")
