"""Run by Alembic: connects to the database that the caller named and compares it with the house's models."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy
from alembic import context
from alembic.autogenerate.api import AutogenContext

from ledvei_pwa.platform.row_security import guard_rows
from ledvei_pwa.tables import every_table

metadata = every_table()


def render_item(kind: str, item: Any, _autogen: AutogenContext) -> str | Literal[False]:
    """Write our own column types as the plain ones below them, so that a migration never imports the app."""
    if kind == "type" and isinstance(item, sqlalchemy.TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def run(connection: sqlalchemy.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name
        == "sqlite",  # SQLite cannot change a column: the table is copied
        render_item=render_item,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        guard_rows(connection)


def connect_and_run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is not None:
        run(connection)
        return
    engine = sqlalchemy.create_engine(
        context.config.attributes["database_url"], poolclass=sqlalchemy.NullPool
    )
    with engine.connect() as connection:
        run(connection)
    engine.dispose()


connect_and_run()
