"""share with a person: whom each author meant by "the supervisor", and since when each series has its own.

Who supervises a series now reads already what was shared with the supervisor, and goes on reading it. Plain
ALTER TABLE on SQLite too, as in 0002: the new columns have no foreign keys.
"""

from __future__ import annotations

import json
from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ID = sa.String(length=36)

SERIES = sa.table("series", sa.column("id", ID), sa.column("supervised_since", MOMENT))
LOG = sa.table(
    "audit_entry",
    sa.column("deed", sa.String),
    sa.column("subject_id", ID),
    sa.column("at", MOMENT),
    sa.column("details", sa.Text),
)


def upgrade() -> None:
    op.add_column("entry", sa.Column("shared_with", ID, nullable=True))
    op.add_column("series", sa.Column("supervised_since", MOMENT, nullable=True))
    op.execute(
        sa.text(
            "UPDATE entry SET shared_with ="
            " (SELECT supervisor_id FROM series WHERE series.id = entry.series_id)"
            " WHERE audience = 'supervisor' AND series_id IS NOT NULL"
        )
    )
    for series_id, moment in last_changes().items():
        op.execute(sa.update(SERIES).where(SERIES.c.id == series_id).values(supervised_since=moment))


def last_changes() -> dict[str, datetime]:
    """When another supervisor was named last, by series, as far back as the log of administration goes."""
    lines = sa.select(LOG.c.subject_id, LOG.c.at, LOG.c.details).where(LOG.c.deed == "series_people_changed")
    found: dict[str, datetime] = {}
    for series_id, moment, text in op.get_bind().execute(lines.order_by(LOG.c.at)):
        details = json.loads(text)
        if details.get("supervisor") != details.get("supervisor_before"):
            found[series_id] = moment
    return found


def downgrade() -> None:
    """Whoever supervises a series reads all that was ever shared with a supervisor of it, as before."""
    op.drop_column("series", "supervised_since")
    op.drop_column("entry", "shared_with")
