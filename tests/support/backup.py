"""A backup of the whole database, and putting it back: every row of every table, on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

from flask import Flask

from ledvei_pwa.platform.database import db
from tests.support.database import empty_tables

Rows = dict[str, list[dict[str, Any]]]


def take_backup() -> Rows:
    db.session.rollback()
    with db.engine.connect() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(table.select()).mappings()]
            for table in db.metadata.sorted_tables
        }


def put_back(app: Flask, backup: Rows) -> None:
    """What came after the backup is gone, as when a disk has been replaced."""
    empty_tables(app)
    with db.engine.begin() as connection:
        for table in db.metadata.sorted_tables:
            if backup[table.name]:
                connection.execute(table.insert(), backup[table.name])
