"""sign in with two factors: passkeys, code apps and recovery codes; how a sign-in proved who it is.

A sign-in from before says nothing of how it was made, and has the second step left. Plain ALTER TABLE on
SQLite too, as in 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("person", sa.Column("accepted_at", MOMENT, nullable=True))
    # Whoever has a password has used an invitation; when, nobody wrote down.
    op.execute(sa.text("UPDATE person SET accepted_at = created_at WHERE password_hash IS NOT NULL"))
    op.add_column("sign_in_session", sa.Column("strength", sa.String(length=12), nullable=True))
    op.add_column("sign_in_session", sa.Column("proved_at", MOMENT, nullable=True))
    create_passkey()
    create_code_app()
    create_recovery_code()


def create_passkey() -> None:
    op.create_table(
        "passkey",
        *of_a_person("passkey"),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("user_handle", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", WHOLE, nullable=False),
        sa.Column("transports", sa.String(length=80), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    find_by("passkey", "service_id", "person_id")


def create_code_app() -> None:
    op.create_table(
        "code_app",
        *of_a_person("code_app"),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", WHOLE, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.UniqueConstraint("person_id", name=op.f("uq_code_app_person_id")),
    )
    find_by("code_app", "service_id")


def create_recovery_code() -> None:
    op.create_table(
        "recovery_code",
        *of_a_person("recovery_code"),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
    )
    find_by("recovery_code", "service_id", "person_id")


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
    """Who has a passkey alone cannot sign in after this, and needs a new invitation."""
    op.drop_table("recovery_code")
    op.drop_table("code_app")
    op.drop_table("passkey")
    op.drop_column("sign_in_session", "proved_at")
    op.drop_column("sign_in_session", "strength")
    op.drop_column("person", "accepted_at")
