"""What a backup holds: the keys' folder and every row of every table, as they were at one moment.

The rows are read in one transaction that sees one moment (SQLite's WAL, PostgreSQL's REPEATABLE READ) and go
out as JSON, so that nothing readable comes onto the disk, nothing grows with the database, and a backup of
one kind of database can be put back into the other. Order of the parts:

    manifest.json              who, when, which revision of the tables, which keys
    keys/…                     the files
    tables/<name>/000001.json  {"columns": […], "rows": [[…], …]}, the services' keys first
    end.json                   how many rows of each table there were
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import Connection, MetaData, Table, inspect, select, text
from sqlalchemy.engine import Engine

from ledvei_pwa.platform.backup_file import (
    BackupProblem,
    Part,
    as_parts,
    read_recovery,
    write_backup,
)
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.installation_keys import InstallationKey
from ledvei_pwa.platform.key_files import KeyringProblem, keys_in, read_folder
from ledvei_pwa.platform.registry import house
from ledvei_pwa.settings import Settings

FORMAT: Final = 1
MANIFEST, END = "manifest.json", "end.json"
KEYS, TABLES = "keys", "tables"
BOOKKEEPING: Final = {"alembic_version"}  # the manifest has it
FIRST: Final = ("installation_key", "service_key", "earlier_service_key")  # so that texts can be looked at
ROWS_AT_ONCE: Final = 200
PART_SIZE: Final = 256 * 1024  # bytes
TRIES: Final = 5

NAME: Final = re.compile(r"ledvei-\d{8}T\d{6}Z\.age")
MADE_EVERY: Final = timedelta(hours=23)
OLD_AFTER: Final = timedelta(hours=36)

Row = list[Any]


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself."""

    format: int
    made_at: str  # ISO 8601 in UTC
    version: str  # of Ledvei
    revision: str  # of the tables
    database: str  # "sqlite" or "postgresql"
    services: list[str]


# --- making one -----------------------------------------------------------------------------------


def make_backup(path: Path, settings: Settings, *, now: datetime) -> Mapping[str, int]:
    """Write a sealed backup; answers how many rows of each table are in it. Raises `BackupProblem`."""
    recovery = read_recovery(settings.keys_path)
    counts: Counter[str] = Counter()
    with keys_and_rows(db.engine, settings.keys_path) as (files, connection):
        write_backup(path, parts_of(connection, files, now, counts), recovery)
    return counts


@contextmanager
def keys_and_rows(engine: Engine, folder: Path) -> Iterator[tuple[dict[str, bytes], Connection]]:
    """The keys' files and a connection that sees the rows of one moment, which fit each other."""
    for _ in range(TRIES):
        files = read_folder(folder)
        with one_moment(engine) as connection:
            if fit(files, connection):
                yield files, connection
                return
    raise BackupProblem("The keys' folder does not fit the database. Look at it with: ledvei doctor")


@contextmanager
def one_moment(engine: Engine) -> Iterator[Connection]:
    """A connection that sees the database as it is now, whatever is written meanwhile."""
    is_sqlite = engine.dialect.name == "sqlite"
    options: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**{} if is_sqlite else options) as connection:
        if is_sqlite:
            connection.exec_driver_sql("BEGIN")
        inspect(connection).get_table_names()  # the moment is the first reading's
        yield connection
        connection.rollback()


def fit(files: Mapping[str, bytes], connection: Connection) -> bool:
    """Whether the files are the keys that these rows were written under: they may have been exchanged."""
    keys = keys_in(files, KEYS)
    if InstallationKey.__tablename__ not in inspect(connection).get_table_names():
        return True
    in_use = connection.execute(
        select(InstallationKey.kind, InstallationKey.key_id).where(InstallationKey.replaced_at.is_(None))
    )
    return all(key_id in keys.ids_of(kind) for kind, key_id in in_use)


def parts_of(
    connection: Connection, files: Mapping[str, bytes], now: datetime, counts: Counter[str]
) -> Iterator[Part]:
    tables = tables_in(connection)
    yield MANIFEST, as_json(asdict(manifest_of(connection, now)))
    yield from as_parts(KEYS, files)
    for table in tables:
        counts[table.name] = 0
        columns = as_json([column.name for column in table.columns])
        for number, rows in enumerate(in_lots(rows_of(connection, table)), 1):
            counts[table.name] += len(rows)
            content = b'{"columns":%b,"rows":[%b]}' % (columns, b",".join(rows))
            yield f"{TABLES}/{table.name}/{number:06}.json", content
    yield END, as_json({"rows": dict(counts)})


def manifest_of(connection: Connection, now: datetime) -> Manifest:
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        raise BackupProblem("There is nothing in the database yet.")
    return Manifest(
        format=FORMAT,
        made_at=now.astimezone(UTC).isoformat(timespec="seconds"),
        version=version("ledvei-pwa"),
        revision=revision,
        database=connection.dialect.name,
        services=[name for (name,) in connection.execute(text("SELECT name FROM service ORDER BY name"))],
    )


def tables_in(connection: Connection) -> list[Table]:
    """As they are in the database, which may wait for its migration; parents before children."""
    found = MetaData()
    found.reflect(connection)
    tables = [table for table in found.sorted_tables if table.name not in BOOKKEEPING]
    return sorted(tables, key=lambda table: table.name not in FIRST)


def rows_of(connection: Connection, table: Table) -> Iterator[bytes]:
    """Each as a JSON list. Fetched some at a time, never all in memory."""
    streamed = {"stream_results": True, "yield_per": ROWS_AT_ONCE}
    for row in connection.execute(table.select(), execution_options=streamed):
        yield as_json([said(value) for value in row])


def in_lots(rows: Iterator[bytes]) -> Iterator[list[bytes]]:
    """As many together as make a part of a good size."""
    lot: list[bytes] = []
    size = 0
    for row in rows:
        lot.append(row)
        size += len(row)
        if size > PART_SIZE:
            yield lot
            lot, size = [], 0
    if lot:
        yield lot


# --- values ---------------------------------------------------------------------------------------


def said(value: Any) -> Any:
    """A value as JSON. Moments are UTC, also those of SQLite, which forgets it."""
    if isinstance(value, bytes | memoryview):
        return {"bytes": b64encode(bytes(value)).decode()}
    if isinstance(value, datetime):
        known = value if value.tzinfo else value.replace(tzinfo=UTC)
        return {"moment": known.astimezone(UTC).isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return value


def meant(value: Any) -> Any:
    """The other way."""
    if not isinstance(value, dict):
        return value
    if "bytes" in value:
        return b64decode(value["bytes"], validate=True)
    if "moment" in value:
        return datetime.fromisoformat(value["moment"])
    return date.fromisoformat(value["day"])


def as_json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


# --- every night ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Backups:
    """The backups in the folder that the settings name. `last_at` is None when there is none."""

    last_at: datetime | None
    count: int

    def is_old(self, now: datetime) -> bool:
        return self.last_at is None or now - self.last_at > OLD_AFTER


def backups_in(folder: Path) -> Backups:
    """Raises `OSError` when the folder cannot be read."""
    names = names_in(folder)
    return Backups(moment_of(names[-1]) if names else None, len(names))


def names_in(folder: Path) -> Sequence[str]:
    """The oldest first. What others have put there is none of ours."""
    return sorted(path.name for path in folder.iterdir() if NAME.fullmatch(path.name))


def name_of(now: datetime) -> str:
    return f"ledvei-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.age"


def moment_of(name: str) -> datetime:
    return datetime.strptime(name, "ledvei-%Y%m%dT%H%M%SZ.age").replace(tzinfo=UTC)


def back_up_when_due(now: datetime) -> None:
    """The job: a backup each night into the folder of the settings, and the oldest of too many go."""
    settings = house().settings
    folder = settings.backup_folder
    if folder is None:
        return
    last = backups_in(folder).last_at
    if last is not None and now - last < MADE_EVERY:
        return
    make_backup(folder / name_of(now), settings, now=now)
    for name in names_in(folder)[: -settings.backup_keep]:
        (folder / name).unlink()


def init_app(app: Flask) -> None:
    """Let pages for those who administer say that the last backup is old."""
    app.context_processor(lambda: {"backup_is_old": backup_is_old})


def backup_is_old() -> bool:
    """Whether backups are made here, and the last one is older than it should be."""
    folder = house().settings.backup_folder
    if folder is None:
        return False
    try:
        return backups_in(folder).is_old(datetime.now(UTC))
    except OSError:
        return True


def refuse_unfit_keys(files: Mapping[str, bytes]) -> None:
    """Raise `BackupProblem` unless the files are a whole set of keys."""
    try:
        keys_in(files, KEYS)
    except KeyringProblem as problem:
        raise BackupProblem(f"The keys in the backup are not whole: {problem}") from problem
