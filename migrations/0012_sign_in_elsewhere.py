"""sign in elsewhere: a service's provider, and who somebody is there.

The secret is encrypted with the service's key; of who somebody is there, only a keyed digest is kept.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_provider()
    create_link()


def create_provider() -> None:
    words = {
        "name": 80,
        "issuer": 500,
        "client_id": 200,
        "auth": 30,
        "key_id": 100,
        "scope": 300,
        "subject_claim": 60,
        "acr_values": 300,
        "amr_values": 300,
    }
    op.create_table(
        "identity_provider",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("service_id", sa.String(length=36), nullable=False),
        *(sa.Column(name, sa.String(length=length), nullable=False) for name, length in words.items()),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("by_email", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_provider")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_identity_provider_service_id")),
        sa.UniqueConstraint("service_id", name=op.f("uq_identity_provider_service_id")),
    )


def create_link() -> None:
    op.create_table(
        "identity_link",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("provider_id", sa.String(length=36), nullable=False),
        sa.Column("subject_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.Column("whole_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_link")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_identity_link_service_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_identity_link_person_id")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["identity_provider.id"], name=op.f("fk_identity_link_provider_id")
        ),
        sa.UniqueConstraint("provider_id", "subject_hash", name="uq_identity_link_subject"),
        sa.UniqueConstraint("provider_id", "person_id", name="uq_identity_link_person"),
    )
    for column in ("service_id", "person_id"):
        op.create_index(op.f(f"ix_identity_link_{column}"), "identity_link", [column])


def downgrade() -> None:
    """Whoever came in by a provider alone is signed out: what came before knows no such sign-in."""
    op.execute(sa.text("DELETE FROM sign_in_session WHERE strength = 'provider'"))
    op.drop_table("identity_link")
    op.drop_table("identity_provider")
