"""find what a person holds without reading what they held once."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NARROW = "ix_feed_person_id_version"
WIDE = "ix_feed_person_id_removed_version"


def upgrade() -> None:
    op.create_index(WIDE, "feed", ["person_id", "removed", "version", "type", "subject_id"])
    op.drop_index(NARROW, "feed")


def downgrade() -> None:
    op.create_index(NARROW, "feed", ["person_id", "version"])
    op.drop_index(WIDE, "feed")
