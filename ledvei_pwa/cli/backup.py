"""`ledvei backup` and `ledvei restore`: one sealed file of all that is kept, and the way back from it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import IO

import click
import sqlalchemy

from ledvei_pwa.cli.restored import begin_anew, tell_what_happens
from ledvei_pwa.cli.serve import hold_port, sqlite_file
from ledvei_pwa.cli.start import make_instance_folder, plainly, working_app
from ledvei_pwa.platform import backups, restoring
from ledvei_pwa.platform.backup_file import BackupProblem
from ledvei_pwa.platform.health import READY, RESTORING
from ledvei_pwa.platform.key_files import keep_names, write_secret
from ledvei_pwa.platform.restoring import Contents
from ledvei_pwa.settings import Settings

ASIDE = "before-restore"
KEY_FILE = click.option(
    "--key-file", type=click.File("r"), help="Where the recovery key stands; - for the standard input."
)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--check", is_flag=True, help="Open FILE instead: it must be whole, and every text must open.")
@KEY_FILE
@plainly
def backup(file: Path, check: bool, key_file: IO[str] | None) -> None:
    """Write the database and the keys into FILE, sealed to the recovery key. Ledvei may be serving.

    Nobody can open FILE without the recovery key (ledvei keys recovery), which is not on this machine.
    """
    if check:
        contents = restoring.examine(file, asked_for(key_file))
        click.echo(told_of(contents))
        return
    settings, now = Settings.from_environment(), datetime.now(UTC)
    with working_app(settings):
        counts = backups.make_backup(file, settings, now=now)
    click.echo(f"{file}: {sum(counts.values())} rows of {len(counts)} tables, and the keys.")
    click.echo(f"Prove that it opens: ledvei backup --check {file}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--replace", "replace_all", is_flag=True, help="Although there is something here already.")
@KEY_FILE
@plainly
def restore(file: Path, replace_all: bool, key_file: IO[str] | None) -> None:
    """Put the backup FILE back: into an empty folder, or in the place of what is here. Stop Ledvei first.

    Everything is opened and counted before anything is replaced. What was here is put aside, not deleted
    (with PostgreSQL: the keys only). Then devices are told to send again, and everybody signs in anew.
    """
    settings = Settings.from_environment()
    refuse_while_served(settings)
    refuse_unless_meant(settings, replace_all=replace_all)
    private = asked_for(key_file)
    click.echo(told_of(restoring.examine(file, private)))
    names = put_back(file, private, settings, datetime.now(UTC))
    click.echo("\nThe backup is in its place.")
    tell_what_happens(names)


def asked_for(key_file: IO[str] | None) -> str:
    if key_file:
        return key_file.read()
    answer: str = click.prompt("The recovery key (it begins with AGE-SECRET-KEY-1)", hide_input=True)
    return answer


def told_of(contents: Contents) -> str:
    manifest = contents.manifest
    if manifest is None:
        raise BackupProblem("The backup is empty.")
    rows, keys = sum(contents.rows.values()), len(contents.keys)
    services = ", ".join(manifest.services) or "nobody yet"
    lines = [
        f"Made {manifest.made_at} by version {manifest.version}, for: {services}.",
        f"It is whole: {rows} rows, {keys} files of keys, and {contents.texts} texts that open.",
    ]
    if contents.closed:
        lines.append(f"{contents.closed} texts do not open. They did not in the database either.")
    lines += [f"  {name:<22} {count}" for name, count in sorted(contents.rows.items()) if count]
    return "\n".join(lines)


# --- restoring ------------------------------------------------------------------------------------


def refuse_while_served(settings: Settings) -> None:
    try:
        held = hold_port(settings.host, settings.port)
    except click.ClickException as taken:
        raise BackupProblem(
            f"Something answers on port {settings.port}. If it is Ledvei, stop it and its workers first; "
            "otherwise name another port: PORT=8001 ledvei restore …"
        ) from taken
    for one in held:
        one.close()


def refuse_unless_meant(settings: Settings, *, replace_all: bool) -> None:
    if replace_all or broken_off(settings):
        return
    file = sqlite_file(settings)
    if file and not file.exists():
        return
    engine = sqlalchemy.create_engine(settings.database_url)
    try:
        if not restoring.is_empty(engine):
            raise BackupProblem(
                "There is a service in this database already. Restore into an empty folder "
                "(LEDVEI_INSTANCE), or use --replace if the backup is to take its place."
            )
    finally:
        engine.dispose()


def broken_off(settings: Settings) -> bool:
    return (settings.instance_path / RESTORING / READY).exists()


def put_back(file: Path, private: str, settings: Settings, now: datetime) -> list[str]:
    """Put all together in a folder of its own, let the devices know, then exchange it for what is here."""
    make_instance_folder(settings)
    aside = unused(settings.instance_path / f"{ASIDE}-{now:%Y%m%dT%H%M%SZ}")
    with place_to_restore(settings) as there:
        contents = fill_database(file, private, there)
        if not sqlite_file(settings):
            (there.instance_path / READY).touch()  # what was in PostgreSQL has been replaced already
        for name, content in contents.keys.items():
            write_secret(there.keys_path / name, content)
        with working_app(there):
            names = begin_anew(now)
        (there.instance_path / READY).touch()
        exchange(there, settings, aside)
    return names


def unused(folder: Path) -> Path:
    """The folder, or one beside it: what an earlier try put aside in the same second stays as it is."""
    others = (folder.with_name(f"{folder.name}-{number}") for number in count(2))
    return next(one for one in chain([folder], others) if not one.exists())


@contextmanager
def place_to_restore(settings: Settings) -> Iterator[Settings]:
    """Settings of a folder inside the instance folder; gone afterwards."""
    folder = settings.instance_path / RESTORING
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "keys").mkdir(parents=True, mode=0o700)
    folder.chmod(0o700)
    there = replace(settings, instance_path=folder)
    if file := sqlite_file(settings):
        there = replace(there, database_url=f"sqlite:///{folder / file.name}")
    try:
        yield there
    except BaseException:
        if not (folder / READY).exists():
            shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder)


def fill_database(file: Path, private: str, there: Settings) -> Contents:
    engine = sqlalchemy.create_engine(there.database_url)
    try:
        return restoring.fill(engine, file, private)
    finally:
        engine.dispose()


def exchange(there: Settings, settings: Settings, aside: Path) -> None:
    """The keys first: broken off between, they do not fit the old database, and nothing starts."""
    aside.mkdir(mode=0o700)
    move(settings.keys_path, aside)
    os.rename(there.keys_path, settings.keys_path)
    new, old = sqlite_file(there), sqlite_file(settings)
    if new and old:
        for name in (old.name, f"{old.name}-wal", f"{old.name}-shm"):
            move(old.with_name(name), aside)
        # The new one's -wal is gone when its last connection has been closed. If it is not, it belongs to it.
        for name in (f"{old.name}-wal", old.name):
            move(new.with_name(name), old.parent)
    keep_names(settings.instance_path)
    if not any(aside.iterdir()):
        aside.rmdir()


def move(path: Path, folder: Path) -> None:
    if path.exists():
        os.rename(path, folder / path.name)
