"""`ledvei db`: the database's tables, revision by revision."""

from __future__ import annotations

import click
import sqlalchemy

from ledvei_pwa import create_app
from ledvei_pwa.cli.start import make_instance_folder, plainly
from ledvei_pwa.platform import schema
from ledvei_pwa.platform.key_files import MASTER
from ledvei_pwa.platform.registry import house
from ledvei_pwa.settings import Settings


@click.group("db")
def database() -> None:
    """Bring the database's tables to the newest revision, or look where they are."""


@database.command()
@plainly
def upgrade() -> None:
    """Bring the tables to what this version needs. Take a backup first."""
    settings = Settings.from_environment()
    make_instance_folder(settings)
    refuse_other_keys(settings)
    schema.upgrade(settings.database_url)
    click.echo(f"The database is at {schema.newest_revision()}.")


@database.command()
@click.argument("revision")
@click.confirmation_option(prompt="What newer revisions have stored will be lost. Go on?")
@plainly
def downgrade(revision: str) -> None:
    """Go back to REVISION, `base` for nothing at all."""
    schema.downgrade(Settings.from_environment().database_url, revision)
    click.echo(f"The database is at {revision}.")


@database.command()
@plainly
def current() -> None:
    """Say which revision the database is at, and which the code needs."""
    engine = sqlalchemy.create_engine(Settings.from_environment().database_url)
    click.echo(
        f"database: {schema.current_revision(engine) or 'empty'}\ncode:     {schema.newest_revision()}"
    )


@database.command()
@click.argument("intent")
@plainly
def revision(intent: str) -> None:
    """For developers: write a migration named by its INTENT ("remember who moved a session")."""
    click.echo(schema.new_revision(Settings.from_environment().database_url, intent))


def refuse_other_keys(settings: Settings) -> None:
    """Leave a database alone that these keys do not open: the settings point at another's."""
    if (settings.keys_path / MASTER).exists():
        with create_app(settings).app_context():
            house().keyring.refuse_foreign_database()
