"""All rows of all tables go into a backup and come back, on both databases and from one to the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import Engine

from ledvei_pwa.platform import backups, restoring, schema
from ledvei_pwa.platform.backup_file import BackupProblem, new_recovery_key, recovery_of, write_backup
from ledvei_pwa.platform.key_files import ensure_keys, read_folder
from tests.migrations.test_every_revision import comparable, plant_a_row_everywhere, tables_in
from tests.support.database import on_sqlite, temporary_database

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
MINE = new_recovery_key()


@pytest.fixture(scope="module")
def source(worker_name: str) -> Iterator[Engine]:
    """A database with a row in every table."""
    with temporary_database(f"source_{worker_name}") as url:
        schema.upgrade(url)
        engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
        plant_a_row_everywhere(engine)
        yield engine


@pytest.fixture(scope="module")
def backup(source: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backup")
    ensure_keys(folder / "keys")
    with backups.one_moment(source) as connection:
        parts = backups.parts_of(connection, read_folder(folder / "keys"), NOW, Counter())
        write_backup(folder / "backup.age", parts, recovery_of(MINE))
    return folder / "backup.age"


def rows_in(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    found = {}
    with engine.connect() as connection:
        for name, table in tables_in(engine).items():
            rows = connection.execute(table.select()).mappings().all()
            found[name] = [{column: comparable(value) for column, value in row.items()} for row in rows]
    return found


def test_every_row_of_every_table_comes_back_and_is_replaced_whole_or_not_at_all(
    source: Engine, backup: Path, tmp_path: Path, worker_name: str
) -> None:
    with temporary_database(f"target_{worker_name}") as url:
        target = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
        contents = restoring.fill(target, backup, MINE)
        assert set(contents.rows) == set(rows_in(source))
        assert rows_in(target) == rows_in(source)
        assert schema.is_newest(target)
        with target.begin() as connection:
            connection.exec_driver_sql("UPDATE service SET name = 'Later'")
        cut = tmp_path / "cut.age"
        cut.write_bytes(backup.read_bytes()[:-40])
        with pytest.raises(BackupProblem):
            restoring.fill(target, cut, MINE)
        assert rows_in(target)["service"][0]["name"] == "Later"
        restoring.fill(target, backup, MINE)
        assert rows_in(target) == rows_in(source)


def test_a_backup_of_one_kind_of_database_goes_into_another(source: Engine, backup: Path) -> None:
    if source.dialect.name == "sqlite":
        pytest.skip("the other kind is PostgreSQL")
    with on_sqlite() as url:
        target = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
        restoring.fill(target, backup, MINE)
        assert rows_in(target) == rows_in(source)


def test_a_backup_sees_one_moment_while_others_write(source: Engine, tmp_path: Path) -> None:
    ensure_keys(tmp_path / "keys")
    counts: Counter[str] = Counter()
    with backups.one_moment(source) as connection:
        with source.begin() as other:
            other.exec_driver_sql("UPDATE job_run SET failure = 'Later'")
        parts = dict(backups.parts_of(connection, read_folder(tmp_path / "keys"), NOW, counts))
    with source.begin() as other:
        other.exec_driver_sql("UPDATE job_run SET failure = ''")
    assert counts["job_run"] == 1
    assert b"Later" not in parts["tables/job_run/000001.json"]


def test_a_backup_by_a_newer_version_is_told_as_that(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "every_revision", lambda: {"0001"})
    with pytest.raises(BackupProblem, match="newer"):
        restoring.examine(backup, MINE)
