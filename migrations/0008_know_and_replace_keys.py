"""know which keys a database belongs to, and let a service have a new key while the old one is still needed.

Going back is only for a database in which no key was ever replaced: older versions read texts of a service's
first key alone. Plain ALTER TABLE on SQLite too, as in 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "installation_key",
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("replaced_at", MOMENT, nullable=True),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("kind", "key_id", name=op.f("pk_installation_key")),
    )
    op.create_table(
        "earlier_service_key",
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("replaced_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("service_id", "number", name=op.f("pk_earlier_service_key")),
    )
    op.add_column(
        "service_key", sa.Column("number", sa.Integer(), server_default=sa.text("1"), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("service_key", "number")
    op.drop_table("earlier_service_key")
    op.drop_table("installation_key")
