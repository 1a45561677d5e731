"""The database: SQLite (WAL, FULL) by default, PostgreSQL by a URL. The same tables and code on both."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, MetaData, String, TypeDecorator, event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from uuid6 import uuid7

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
_KEPT = "ledvei_kept_rows"


@contextmanager
def kept_rows() -> Iterator[None]:
    """Read each row once within this block, until all is forgotten (`expire_all`, a rollback).

    Otherwise a session knows a row only as long as somebody else holds it (SQLAlchemy, "Session Referencing
    Behavior"), and asks again for what it has just read.
    """
    session = db.session()
    before = session.info.get(_KEPT)
    session.info[_KEPT] = []
    try:
        yield
    finally:
        session.info[_KEPT] = before


@event.listens_for(db.session, "loaded_as_persistent")
@event.listens_for(db.session, "pending_to_persistent")
def _keep_row(session: Session, row: object) -> None:
    kept = session.info.get(_KEPT)
    if kept is not None:
        kept.append(row)


def new_id() -> str:
    """A UUIDv7 (RFC 9562) as 36 characters: sorts by time, can be made on any device."""
    return str(uuid7())


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. Aware in Python, UTC in the database; a naive datetime is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = String(36)


# secure_delete: what is deleted is overwritten, and so is in no copy of the file (Debian's default as well).
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    "busy_timeout=10000",
)


class HasId:
    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)


@event.listens_for(Engine, "connect")
def _set_up_sqlite(connection: Any, _record: Any) -> None:
    """Acknowledged means durable: FULL waits for the disk at every commit (sqlite.org/pragma.html)."""
    if not isinstance(connection, sqlite3.Connection):
        return
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
