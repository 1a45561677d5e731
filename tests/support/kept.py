"""What many tests begin with: built once in each process, by the same actions as in the world, then put back.

A test cannot tell: every row is as it was when it had been built, and nothing else knows of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import Connection, select

from ledvei_pwa.features.people.records import Service
from ledvei_pwa.platform.database import db

Facts = TypeVar("Facts", bound=Any)  # a dataclass of ids and cards; rows belong to one test


@dataclass(frozen=True)
class Kept:
    facts: Any
    statements: list[tuple[str, Sequence[Any]]]


def as_built(app: Flask, name: str, build: Callable[[], Facts]) -> Facts:
    """What `build` answers, with the rows that it makes. Where others are already, it is built once more."""
    if db.session.scalar(select(Service.id).limit(1)):
        return build()
    db.session.rollback()
    all_kept: dict[str, Kept] = app.extensions.setdefault("tests.kept", {})
    if kept := all_kept.get(name):
        put_in(kept)
    else:
        kept = all_kept[name] = Kept(build(), read_out())
    return replace(kept.facts)  # what a test writes into it is the test's alone


def read_out() -> list[tuple[str, Sequence[Any]]]:
    """Statements that put all rows into empty tables again, as the database itself has written them."""
    db.session.commit()
    with db.engine.connect() as connection:
        read = rows_of_sqlite if connection.dialect.name == "sqlite" else rows_of_postgresql
        found = [read(connection, table.name) for table in db.metadata.sorted_tables]
    return [statement for statement in found if statement[1]]


def rows_of_sqlite(connection: Connection, table: str) -> tuple[str, Sequence[Any]]:
    rows = [tuple(row) for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"')]
    places = ", ".join("?" * len(rows[0])) if rows else ""
    return f'INSERT INTO "{table}" VALUES ({places})', rows


def rows_of_postgresql(connection: Connection, table: str) -> tuple[str, Sequence[Any]]:
    rows = connection.exec_driver_sql(f'SELECT json_agg(rows)::text FROM "{table}" rows').scalar()
    insert = f'INSERT INTO "{table}" SELECT * FROM json_populate_recordset(NULL::"{table}", %s)'
    return insert, (rows,) if rows else ()


def put_in(kept: Kept) -> None:
    with db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for statement, rows in kept.statements:
            connection.exec_driver_sql(statement, rows)
