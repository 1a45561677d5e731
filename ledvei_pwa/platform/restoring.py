"""Putting a backup back: into a database that is empty, or is emptied in the same transaction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alembic import command
from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, MetaData, Table, func, inspect, select, text
from sqlalchemy.engine import Engine

from ledvei_pwa.platform import schema
from ledvei_pwa.platform.backup_file import BackupProblem, read_backup
from ledvei_pwa.platform.backups import (
    END,
    FORMAT,
    KEYS,
    MANIFEST,
    TABLES,
    Manifest,
    Row,
    meant,
    refuse_unfit_keys,
)
from ledvei_pwa.platform.key_files import Keys, keys_in
from ledvei_pwa.platform.keyring import associated, number_in, open_bytes, opens, unwrap, wrapped_for
from ledvei_pwa.platform.new_keys import EncryptedColumn, encrypted_columns

TakeRows = Callable[[str, list[str], list[Row]], None]
NOT_OURS = "The backup holds something that is not Ledvei's."


@dataclass
class Contents:
    """What a backup turned out to hold."""

    manifest: Manifest | None = None
    keys: dict[str, bytes] = field(default_factory=dict)
    rows: Counter[str] = field(default_factory=Counter)
    texts: int = 0  # that open with the keys beside them
    closed: int = 0  # that do not: they did not in the database either
    ended: bool = False


def examine(path: Path, private: str) -> Contents:
    """Open all of a backup, count its rows and open every text in it. Raises `BackupProblem`."""
    contents = Contents()
    texts = Texts(contents)
    read_contents(path, private, contents, texts.look_at)
    return contents


def read_contents(path: Path, private: str, contents: Contents, take_rows: TakeRows) -> None:
    """Raises `BackupProblem` unless the file is whole, ours, and of a version that this code knows."""
    read_backup(path, private, Sorting(contents, take_rows).take)
    if not contents.ended:
        raise BackupProblem("The backup has no end. Take another one.")


class Sorting:
    """Knows a backup's parts by their names."""

    def __init__(self, contents: Contents, take_rows: TakeRows) -> None:
        self._contents = contents
        self._take_rows = take_rows

    def take(self, name: str, content: bytes) -> None:
        try:
            self._sort(name, content)
        except (KeyError, TypeError, ValueError) as problem:
            raise BackupProblem(NOT_OURS) from problem

    def _sort(self, name: str, content: bytes) -> None:
        kind, _, rest = name.partition("/")
        if name == MANIFEST:
            self._contents.manifest = known(json.loads(content))
        elif self._contents.manifest is None:
            raise BackupProblem(NOT_OURS)
        elif kind == KEYS and rest[:1] not in {"", "."} and "/" not in rest:
            self._contents.keys[rest] = content
        elif kind == TABLES:
            _take_rows(self._contents, rest.partition("/")[0], json.loads(content), self._take_rows)
        elif name == END:
            _take_end(self._contents, json.loads(content))
        else:
            raise BackupProblem(NOT_OURS)


def known(said: Mapping[str, Any]) -> Manifest:
    if said.get("format") != FORMAT:
        raise BackupProblem("The backup was made by a newer version of Ledvei. Install that first.")
    manifest = Manifest(**said)
    if manifest.revision not in schema.every_revision():
        raise BackupProblem(
            f"The backup was made by version {manifest.version}, which is newer. Install that first."
        )
    return manifest


def _take_rows(contents: Contents, table: str, said: Any, take_rows: TakeRows) -> None:
    if not contents.rows:
        refuse_unfit_keys(contents.keys)
    contents.rows[table] += len(said["rows"])
    take_rows(table, said["columns"], [[meant(value) for value in row] for row in said["rows"]])


def _take_end(contents: Contents, said: Any) -> None:
    came = {table: count for table, count in contents.rows.items() if count}
    if came != {table: count for table, count in said["rows"].items() if count}:
        raise BackupProblem("The backup does not hold the rows that it says. Take another one.")
    contents.ended = True


class Texts:
    """Opens every text of a backup with the keys in it."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._service_keys: dict[tuple[str, int], bytes] = {}
        self._columns: dict[str, list[EncryptedColumn]] = {}
        for column in encrypted_columns():
            self._columns.setdefault(column.table.name, []).append(column)

    def look_at(self, table: str, columns: list[str], rows: list[Row]) -> None:
        for values in rows:
            row = dict(zip(columns, values, strict=True))
            if table in {"service_key", "earlier_service_key"}:
                self._keep(row)
            for column in self._columns.get(table, []):
                self._open(column, row)

    def _keep(self, row: Mapping[str, Any]) -> None:
        number = row.get("number", 1)
        about = wrapped_for(row["service_id"], number)
        keys: Keys = keys_in(self._contents.keys, KEYS)
        fitting = [master for master in keys.masters if opens(master, row["wrapped"], about)]
        if not fitting:
            raise BackupProblem("The keys in the backup do not open its texts. Take another one.")
        self._service_keys[row["service_id"], number] = unwrap(fitting[0], row["wrapped"], about)

    def _open(self, column: EncryptedColumn, row: Mapping[str, Any]) -> None:
        data = row.get(column.column.name)
        if data is None:
            return
        about = associated(row["service_id"], *column.place_of(row["id"]))
        try:
            open_bytes(self._service_keys[row["service_id"], number_in(data)], data, about)
            self._contents.texts += 1
        except (InvalidTag, KeyError):
            self._contents.closed += 1


# --- into a database ------------------------------------------------------------------------------


def is_empty(engine: Engine) -> bool:
    """Whether nothing is in the database that a backup would take the place of."""
    if not inspect(engine).has_table("service"):
        return True
    with engine.connect() as connection:
        return connection.execute(text("SELECT 1 FROM service")).first() is None


def fill(engine: Engine, path: Path, private: str) -> Contents:
    """Empty the database, make its tables and put every row in, in one transaction; all of it or nothing."""
    contents = Contents()
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
        migrate(connection, "base")
        filling = Filling(connection, contents)
        read_contents(path, private, contents, filling.take)
        filling.check()
        migrate(connection, "head")
    return contents


def migrate(connection: Connection, revision: str) -> None:
    """In the transaction of that connection."""
    config = schema.alembic_config()
    config.attributes["connection"] = connection
    if revision == "base":
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)


class Filling:
    """Puts rows into tables as the backup knew them."""

    def __init__(self, connection: Connection, contents: Contents) -> None:
        self._connection = connection
        self._contents = contents
        self._tables: dict[str, Table] = {}

    def take(self, name: str, columns: list[str], rows: list[Row]) -> None:
        table = self._tables[name] if name in self._tables else self._make(name)
        if set(columns) != set(table.columns.keys()):
            raise BackupProblem(NOT_OURS)
        named = [dict(zip(columns, row, strict=True)) for row in rows]
        if named:
            self._connection.execute(table.insert(), named)

    def _make(self, name: str) -> Table:
        if not self._tables and self._contents.manifest:
            migrate(self._connection, self._contents.manifest.revision)
            found = MetaData()
            found.reflect(self._connection)
            self._tables = dict(found.tables)
        if name not in self._tables:
            raise BackupProblem(NOT_OURS)
        return self._tables[name]

    def check(self) -> None:
        """Raise `BackupProblem` unless every row is there."""
        for name, count in self._contents.rows.items():
            counted = select(func.count()).select_from(self._tables[name])
            there = self._connection.execute(counted).scalar_one()
            if there != count:
                raise BackupProblem(
                    f"{there} of {count} rows came into the table {name}. Nothing was changed."
                )
        if self._connection.dialect.name == "sqlite":
            astray = self._connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            if astray is not None:
                raise BackupProblem("The backup's rows do not belong together. Nothing was changed.")
