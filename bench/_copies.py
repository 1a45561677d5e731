"""Copies of a year: services that differ in ids, keys and names and in nothing else, written in bulk.

Every text is encrypted anew for its place, and ids carry the moment at which their row was made, so that the
indexes look as they would. With `years` more than one, what happened (not who is there) has happened in the
years before as well, and has left the devices.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Engine, String, Table, event

from bench._year import ENCRYPTED, TABLES, YEAR, Row, Rows, Year
from ledvei_pwa.platform.keyring import associated, seal_bytes
from ledvei_pwa.platform.sessions import digest

ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# There once, however long the service has been there. All else is what happened in a year.
LASTING: Final = frozenset(
    {"service", "service_key", "team", "person", "role", "series", "series_member", "device"}
)
ALWAYS_FED: Final = frozenset({"service", "person", "series"})
MADE_AT: Final = {"entry": "created_at", "operation": "received_at", "revision": "at"}

Values = list[Any]  # of one row, in the order of the table's columns
Ids = Mapping[str, str]


def write_credential(device_id: str) -> str:
    return f"write-{device_id}"


def read_credential(device_id: str) -> str:
    return f"read-{device_id}"


@dataclass(frozen=True)
class Copy:
    """One service to be: its ids, and the key of its texts."""

    number: int
    years: int
    service_id: str
    key: bytes

    def encrypt(self, table: str, id_: str, column: str, text: str) -> bytes:
        return seal_bytes(self.key, text.encode(), associated(self.service_id, table, id_, column))


class Sheet:
    """One table's rows of one year, as the database's driver takes them."""

    def __init__(self, table: Table, rows: Iterable[Row], dialect: Dialect) -> None:
        self.table = table
        self.places = {column.name: place for place, column in enumerate(table.columns)}
        to_driver = {
            column.name: column.type.dialect_impl(dialect).bind_processor(dialect) or (lambda value: value)
            for column in table.columns
        }
        for name in ENCRYPTED.get(table.name, ()):
            to_driver[name] = lambda text: text  # bytes only after it has been encrypted
        self._rows = [[to_driver[name](row[name]) for name in self.places] for row in rows]
        self._ids = [
            self.places[column.name]
            for column in table.columns
            if isinstance(column.type, String) and column.type.length == 36
        ]

    def copied(self, ids: Ids, copy: Copy) -> Iterator[Values]:
        for row in self._rows:
            new = list(row)
            for place in self._ids:
                new[place] = ids.get(new[place], new[place])
            for column in ENCRYPTED.get(self.table.name, ()):
                text, place = new[self.places[column]], self.places[column]
                if text is not None:
                    renamed = ID.sub(lambda found: ids.get(found[0], found[0]), text)
                    new[place] = copy.encrypt(self.table.name, new[self.places["id"]], column, renamed)
            yield new


class Copies:
    """What can be written into one kind of database."""

    def __init__(self, year: Year, master: bytes, dialect: Dialect) -> None:
        self._year, self._master, self._dialect = year, master, dialect
        self._sheets: dict[int, list[Sheet]] = {}
        self._made = {row["id"]: row[column] for name, column in MADE_AT.items() for row in year.rows[name]}
        with_id = [name for name in year.rows if "id" in TABLES[name].columns]
        self._lasting = [row["id"] for name in with_id if name in LASTING for row in year.rows[name]]
        self._dated = [row["id"] for name in with_id if name not in LASTING for row in year.rows[name]]

    def write(self, engine: Engine, years: list[int]) -> None:
        """A service for each element, so many years old. Indexes come afterwards, which makes it quick."""
        indexes = [index for table in TABLES.values() for index in table.indexes]
        for index in indexes:
            index.drop(engine)
        for number, how_many in enumerate(years):
            with engine.begin() as connection:
                for table, rows in self.tables_of(number, how_many):
                    write_rows(connection, table, rows)
        for index in indexes:
            index.create(engine)

    def tables_of(self, number: int, years: int) -> Iterator[tuple[Table, list[Values]]]:
        lasting = new_ids(self._lasting, f"{number}")
        service_id = lasting[self._year.rows["service"][0]["id"]]
        copy = Copy(number, years, service_id, secrets.token_bytes(32))
        for ago in range(years):
            ids = {**lasting, **new_ids(self._dated, f"{number}/{ago}", self._made, ago * YEAR)}
            for sheet in self._sheets_of(ago):
                rows = sheet.copied(ids, copy)
                yield sheet.table, [self._own(sheet, row, copy, ago) for row in rows]

    def _own(self, sheet: Sheet, row: Values, copy: Copy, ago: int) -> Values:
        """What is no id and still different in each service."""
        for column, value in self._differences(sheet, row, copy, ago).items():
            row[sheet.places[column]] = value
        return row

    def _differences(self, sheet: Sheet, row: Values, copy: Copy, ago: int) -> dict[str, Any]:
        name, places = sheet.table.name, sheet.places
        if name == "feed":
            earlier_years = copy.years - 1 - ago
            return {"version": row[places["version"]] + earlier_years * self._year.counter}
        if name == "service":
            counter = copy.years * self._year.counter
            return {"name": f"Service {copy.number}", "epoch": copy.service_id, "change_counter": counter}
        if name == "service_key":
            about = associated("service_key", copy.service_id)
            return {"wrapped": seal_bytes(self._master, copy.key, about)}
        if name == "person":
            return {"email": f"{copy.number}.{row[places['email']]}"}
        if name == "device":
            id_ = row[places["id"]]
            return {"write_hash": digest(write_credential(id_)), "read_hash": digest(read_credential(id_))}
        return {}

    def _sheets_of(self, ago: int) -> list[Sheet]:
        if ago not in self._sheets:
            rows = self._year.rows if ago == 0 else earlier_year(self._year)
            self._sheets[ago] = [
                Sheet(TABLES[name], [earlier(name, row, ago) for row in told], self._dialect)
                for name, told in rows.items()
            ]
        return self._sheets[ago]


def earlier_year(year: Year) -> Rows:
    """What happened, without who is there, and without its end, on whose days the next year begins."""
    ends = max(row["received_at"] for row in year.rows["operation"]) - timedelta(weeks=2)
    gone = {row["id"] for row in year.rows["session"] if row["starts_at"] > ends}
    gone |= {row["id"] for row in year.rows["entry"] if row["session_id"] in gone}
    gone |= ALWAYS_FED
    return {
        name: [row for row in rows if gone.isdisjoint(row.values())]
        for name, rows in year.rows.items()
        if name not in LASTING
    }


def earlier(table: str, row: Row, ago: int) -> Row:
    """The same as it was so many years ago. By now it has left the devices."""
    if not ago:
        return row
    moved = {
        name: value - ago * YEAR if isinstance(value, (date, datetime)) else value
        for name, value in row.items()
    }
    return {**moved, "removed": True} if table == "feed" else moved


def new_ids(
    old: Iterable[str], seed: str, made: Mapping[str, datetime] | None = None, back: timedelta = timedelta(0)
) -> dict[str, str]:
    """UUIDs of version 7 of the moment at which each was made, and else like the old ones."""
    mask = int(sha256(seed.encode()).hexdigest()[:12], 16)
    found = {}
    for id_ in old:
        time = f"{int((made[id_] - back).timestamp() * 1000):012x}" if made and id_ in made else ""
        head = f"{time[:8]}-{time[8:]}{id_[13:24]}" if time else id_[:24]
        found[id_] = f"{head}{int(id_[24:], 16) ^ mask:012x}"
    return found


def write_rows(connection: Connection, table: Table, rows: list[Values]) -> None:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET session_replication_role = replica")  # the keys are right as they are
        with driver.cursor().copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(table.columns))
    driver.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', rows)  # noqa: S608


def in_a_hurry(engine: Engine) -> None:
    """A database cut short while it is filled is made anew, so that nothing needs to wait for the disk."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _hurry)


def _hurry(connection: Any, _record: Any) -> None:
    for pragma in ("synchronous=OFF", "foreign_keys=OFF", "cache_size=-2000000", "wal_autocheckpoint=100000"):
        connection.execute(f"PRAGMA {pragma}")
