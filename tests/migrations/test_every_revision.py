"""Every revision goes up and down with rows in every table; the newest is what the models say."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, Table

from ledvei_pwa.platform import schema
from ledvei_pwa.tables import every_table
from tests.support.database import temporary_database

FOLDER = Path(__file__).resolve().parents[2] / "migrations"
BOOKKEEPING = {"alembic_version"}


def revisions() -> list[str]:
    """The oldest first."""
    scripts = ScriptDirectory.from_config(schema.alembic_config())
    return [script.revision for script in reversed(list(scripts.walk_revisions()))]


def before(revision: str) -> str:
    position = revisions().index(revision)
    return revisions()[position - 1] if position else "base"


def up_to(address: str, revision: str) -> None:
    if revision != "base":
        schema.upgrade(address, revision)


def without_bookkeeping(shape: dict[str, Any]) -> dict[str, Any]:
    return {name: table for name, table in shape.items() if name not in BOOKKEEPING}


@pytest.fixture
def address(worker_name: str) -> Iterator[str]:
    with temporary_database(f"migrations_{worker_name}") as url:
        yield url


@pytest.fixture
def engine(address: str) -> Iterator[Engine]:
    made = sqlalchemy.create_engine(address, poolclass=sqlalchemy.NullPool)
    yield made
    made.dispose()


def tables_in(engine: Engine) -> dict[str, Table]:
    found = MetaData()
    found.reflect(engine)
    return {name: table for name, table in found.tables.items() if name not in BOOKKEEPING}


def shape_of(engine: Engine) -> dict[str, Any]:
    """All that can be read back of the tables, comparable."""
    inspector = sqlalchemy.inspect(engine)
    return {
        name: {
            # By name: a column that came later stands last in a database that is older than it.
            "columns": sorted(
                (column["name"], str(column["type"]), column["nullable"])
                for column in inspector.get_columns(name)
            ),
            "indexes": sorted(
                (index["name"], index["column_names"], index["unique"])
                for index in inspector.get_indexes(name)
            ),
            "keys": sorted((key["name"], key["referred_table"]) for key in inspector.get_foreign_keys(name)),
            "unique": sorted(
                (unique["name"], unique["column_names"]) for unique in inspector.get_unique_constraints(name)
            ),
        }
        for name in inspector.get_table_names()
    }


def plant_a_row_everywhere(engine: Engine) -> dict[str, dict[str, Any]]:
    """One legal row in every table, parents first; the same rows each time."""
    chance = random.Random("ledvei")
    planted: dict[str, dict[str, Any]] = {}
    found = MetaData()
    found.reflect(engine)
    with engine.begin() as connection:
        for table in found.sorted_tables:
            if table.name not in BOOKKEEPING:
                planted[table.name] = {
                    column.name: value_for(column, planted, chance) for column in table.columns
                }
                connection.execute(table.insert().values(planted[table.name]))
    return planted


def value_for(column: Any, planted: dict[str, dict[str, Any]], chance: random.Random) -> Any:
    for key in column.foreign_keys:
        parent, name = key.target_fullname.split(".")
        if parent in planted:
            return planted[parent][name]
        return None  # the table itself, or one in a circle with it
    return value_of_type(column.type, chance)


def value_of_type(type_: Any, chance: random.Random) -> Any:
    python = type_.python_type
    values = {
        str: lambda: (
            "æøå" + "".join(chance.choices("abcdef0123456789", k=min(type_.length or 20, 36) - 3))
            if (type_.length or 20) > 3
            else "nb"[: type_.length]
        ),
        int: lambda: chance.randrange(1000),
        bool: lambda: True,
        bytes: lambda: chance.randbytes(40),
        datetime: lambda: datetime(2026, 11, 18, 9, chance.randrange(60), tzinfo=UTC),
        date: lambda: date(2026, 11, 18),
    }
    return values[python]()


def test_revisions_are_numbered_without_gaps_and_named_by_intent() -> None:
    assert revisions() == [f"{number:04}" for number in range(1, len(revisions()) + 1)]
    for revision in revisions():
        (file,) = FOLDER.glob(f"{revision}_*.py")
        assert len(file.stem.split("_")) >= 3, f"{file.name} does not say what it is for"


def test_the_head_file_names_the_newest_revision() -> None:
    (newest,) = FOLDER.glob(f"{revisions()[-1]}_*.py")
    assert (FOLDER / schema.HEAD_FILE).read_text() == newest.stem + "\n"


def test_the_newest_revision_is_what_the_models_say(address: str, engine: Engine) -> None:
    schema.upgrade(address)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, every_table()) == []


def test_the_tests_own_tables_are_what_migrations_make(
    address: str, engine: Engine, worker_name: str
) -> None:
    schema.upgrade(address)
    with temporary_database(f"models_{worker_name}") as other:
        by_models = sqlalchemy.create_engine(other, poolclass=sqlalchemy.NullPool)
        every_table().create_all(by_models)
        assert without_bookkeeping(shape_of(engine)) == shape_of(by_models)


@pytest.mark.parametrize("revision", revisions())
def test_down_undoes_up(address: str, engine: Engine, revision: str) -> None:
    up_to(address, before(revision))
    shape = shape_of(engine)
    schema.upgrade(address, revision)
    schema.downgrade(address, before(revision))
    assert without_bookkeeping(shape_of(engine)) == without_bookkeeping(shape)


@pytest.mark.parametrize("revision", revisions())
def test_going_down_works_with_rows_in_every_table(address: str, engine: Engine, revision: str) -> None:
    schema.upgrade(address, revision)
    planted = plant_a_row_everywhere(engine)
    assert len(planted) == len(tables_in(engine)) > 0
    schema.downgrade(address, before(revision))
    assert schema.current_revision(engine) == (None if before(revision) == "base" else before(revision))


@pytest.mark.parametrize("revision", revisions())
def test_going_up_keeps_what_was_there(address: str, engine: Engine, revision: str) -> None:
    """Rows planted before a revision are there after it, in every column that it does not take away."""
    up_to(address, before(revision))
    planted = plant_a_row_everywhere(engine)
    schema.upgrade(address, revision)
    for name, table in tables_in(engine).items():
        kept = {column: value for column, value in planted.get(name, {}).items() if column in table.columns}
        if kept:
            with engine.connect() as connection:
                (row,) = connection.execute(table.select()).mappings().all()
            assert {column: comparable(row[column]) for column in kept} == {
                c: comparable(v) for c, v in kept.items()
            }


def comparable(value: Any) -> Any:
    """SQLite forgets the zone of a moment; all are UTC."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def test_up_after_down_makes_the_same_tables(address: str, engine: Engine) -> None:
    schema.upgrade(address)
    shape = shape_of(engine)
    schema.downgrade(address, "base")
    schema.upgrade(address)
    assert shape_of(engine) == shape


def test_an_old_database_is_known_as_old(address: str, engine: Engine) -> None:
    assert not schema.is_newest(engine)
    schema.upgrade(address)
    assert schema.is_newest(engine)


ADDED_TO = {"audit_entry": "actor_id", "read_line": "actor_id", "read_text": "author_id"}
STATEMENTS = [
    "UPDATE {table} SET {column} = 'another'",
    "UPDATE {table} SET {column} = NULL",
    "DELETE FROM {table}",
]
ON_ONE_DATABASE = {
    "sqlite": "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    "postgresql": "TRUNCATE {table}",
}


@pytest.mark.parametrize("table", ADDED_TO)
def test_the_database_refuses_to_change_or_delete_a_line_of_a_log(
    address: str, engine: Engine, table: str
) -> None:
    schema.upgrade(address)
    plant_a_row_everywhere(engine)
    log = tables_in(engine)[table]
    with engine.connect() as connection:
        before = connection.execute(log.select()).all()
    assert len(before) == 1
    for statement in [*STATEMENTS, ON_ONE_DATABASE[engine.dialect.name]]:
        asked = statement.format(table=table, column=ADDED_TO[table])
        with pytest.raises(sqlalchemy.exc.DBAPIError, match="only added to"), engine.begin() as connection:
            connection.exec_driver_sql(asked)
    with engine.connect() as connection:
        assert connection.execute(log.select()).all() == before


@pytest.mark.parametrize("table", ADDED_TO)
def test_the_database_takes_another_line_of_a_log(address: str, engine: Engine, table: str) -> None:
    schema.upgrade(address)
    row = plant_a_row_everywhere(engine)[table]
    log = tables_in(engine)[table]
    another = {**row, "number": row["number"] + 1, "place_id" if table == "read_text" else "id": "another"}
    with engine.begin() as connection:
        connection.execute(log.insert().values(another))
        assert len(connection.execute(log.select()).all()) == 2
