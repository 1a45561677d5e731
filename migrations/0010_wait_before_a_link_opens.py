"""wait before a link opens an account: what came by it, sign-ins and devices too, is kept apart.

Plain ALTER TABLE on SQLite too, as in 0002: the new columns have no foreign keys.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_reentry()
    create_waiting_code_app()
    for table in ("sign_in_session", "passkey", "device"):
        op.add_column(table, sa.Column("reentry_id", sa.String(length=36), nullable=True))
    find_by("sign_in_session", "reentry_id")
    find_by("passkey", "reentry_id")


def create_reentry() -> None:
    op.create_table(
        "reentry",
        *of_a_person("reentry"),
        sa.Column("invitation_id", sa.String(length=36), nullable=False),
        sa.Column("browser", sa.String(length=80), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("opens_at", MOMENT, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=True),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitation.id"], name=op.f("fk_reentry_invitation_id")),
    )
    find_by("reentry", "service_id", "person_id")


def create_waiting_code_app() -> None:
    op.create_table(
        "waiting_code_app",
        *of_a_person("waiting_code_app"),
        sa.Column("reentry_id", sa.String(length=36), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", WHOLE, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["reentry_id"], ["reentry.id"], name=op.f("fk_waiting_code_app_reentry_id")),
        sa.UniqueConstraint("reentry_id", name=op.f("uq_waiting_code_app_reentry_id")),
    )
    find_by("waiting_code_app", "service_id", "person_id")


def of_a_person(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f(f"fk_{table}_service_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f(f"fk_{table}_person_id")),
    )


def find_by(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def downgrade() -> None:
    """Whoever waits is thrown out: without the column their sign-in and their passkey would be whole."""
    op.execute(sa.text("DELETE FROM sign_in_session WHERE reentry_id IS NOT NULL"))
    op.execute(sa.text("DELETE FROM passkey WHERE reentry_id IS NOT NULL"))
    op.execute(
        sa.text(
            "UPDATE device SET revoked_at = created_at WHERE reentry_id IS NOT NULL AND revoked_at IS NULL"
        )
    )
    for table in ("sign_in_session", "passkey"):
        op.drop_index(op.f(f"ix_{table}_reentry_id"), table)
    for table in ("sign_in_session", "passkey", "device"):
        op.drop_column(table, "reentry_id")
    op.drop_table("waiting_code_app")
    op.drop_table("reentry")
