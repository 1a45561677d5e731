"""A database for tests: a SQLite file in memory-backed storage, or a PostgreSQL database of one's own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy
from flask import Flask

from ledvei_pwa.platform.database import db
from ledvei_pwa.settings import with_driver

MEMORY = Path("/dev/shm")  # noqa: S108 — a folder of its own is made in it


@contextmanager
def temporary_database(name: str) -> Iterator[str]:
    """The address of an empty database, gone afterwards. PostgreSQL when LEDVEI_TEST_DATABASE_URL is set."""
    server = os.environ.get("LEDVEI_TEST_DATABASE_URL", "")
    opened = on_postgresql(with_driver(server), name) if server else on_sqlite()
    with opened as url:
        yield url


@contextmanager
def on_sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="ledvei-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield f"sqlite:///{folder}/test.sqlite3"


@contextmanager
def on_postgresql(server: str, name: str) -> Iterator[str]:
    admin = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT")
    name = f"ledvei_{name}_{os.getpid()}".lower()
    with admin.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    yield sqlalchemy.make_url(server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    admin.dispose()


def empty_tables(app: Flask) -> None:
    """Forget all rows. Real commits were made, so a rollback would not do."""
    db.session.remove()
    tables = [f'DELETE FROM "{table.name}"' for table in reversed(db.metadata.sorted_tables)]
    with db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            for statement in tables:
                connection.exec_driver_sql(statement)
        else:  # all in one message: PostgreSQL is a process of its own
            connection.execution_options(no_parameters=True).exec_driver_sql("; ".join(tables))
