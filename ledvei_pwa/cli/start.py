"""What commands share: an app for them to work in, and problems told in a sentence instead of a traceback."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final, TypeVar

import click
from flask import Flask
from sqlalchemy.exc import OperationalError

from ledvei_pwa import create_app
from ledvei_pwa.platform.backup_file import BackupProblem
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.health import NotReady, refuse_unready
from ledvei_pwa.platform.i18n import LanguageBroken
from ledvei_pwa.platform.keyring import KeyringProblem
from ledvei_pwa.settings import Settings, UnsafeSettings

ADDRESS_NOTE: Final = "address"
Command = TypeVar("Command", bound=Callable[..., Any])


def plainly(command: Command) -> Command:
    """Say what is wrong and what to do, and end with 1."""

    @wraps(command)
    def told(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (UnsafeSettings, KeyringProblem, LanguageBroken, NotReady, BackupProblem) as problem:
            raise click.ClickException(str(problem)) from problem
        except OperationalError as problem:
            raise click.ClickException(f"The database refused: {problem.orig}") from problem

    return told  # type: ignore[return-value]  # wraps() keeps the signature


def make_instance_folder(settings: Settings) -> None:
    """For nobody else's eyes: the database, the keys and the queue of jobs come here."""
    settings.instance_path.mkdir(parents=True, exist_ok=True, mode=0o700)


@contextmanager
def known_address(settings: Settings) -> Iterator[None]:
    """Let other commands know where this process serves, as long as it does."""
    note = settings.instance_path / ADDRESS_NOTE
    note.write_text(settings.base_url + "\n")
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def find_address(settings: Settings, environ: Mapping[str, str] = os.environ) -> str:
    """What the environment says, else where it is being served, else where it would be."""
    note = settings.instance_path / ADDRESS_NOTE
    told = any(environ.get(name) for name in ("LEDVEI_BASE_URL", "LEDVEI_PORT", "PORT"))
    return note.read_text().strip() if note.exists() and not told else settings.base_url


@contextmanager
def working_app(settings: Settings | None = None) -> Iterator[Flask]:
    """The app, in its context, after what would put people's texts at risk has been ruled out."""
    app = create_app(settings)
    with app.app_context():
        try:
            refuse_unready()
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()
