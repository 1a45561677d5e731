"""`ledvei restored`: the database came from a backup, and the devices must hear of it."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from ledvei_pwa.cli.start import plainly, working_app
from ledvei_pwa.features.people import actions

WHAT_HAPPENS = """
From now on each device, at its next contact, sends again what it has sent in the last 30 days, and fetches
everything anew. What the backup holds already is taken once only. Nothing written is lost.

Everybody signs in again: sign-ins that had been ended since the backup would have come back to life.

What was done on the pages of the server since the backup must be done again: people, roles, series, moved
sessions.
Devices that were closed and people who were shut out since then must be closed and shut out again.
Invitation links and recovery codes that were used since then work once more: make new ones in their place.
Links that waited to open an account wait from now on: who had stopped one is told, and can stop it again.
"""


@click.command()
@plainly
def restored() -> None:
    """Say that the database was put back from a backup. Do it before you serve again.

    Devices then send again what the backup does not have. Saying it once too often does no harm.
    """
    with working_app():
        names = begin_anew(datetime.now(UTC))
    tell_what_happens(names)


def begin_anew(now: datetime) -> list[str]:
    """Tell devices that the database is older than they remember. Answers the services' names. Commits."""
    services = actions.every_service()
    for service in services:
        actions.begin_epoch(service.id, now=now)
        actions.sign_everybody_out(service.id, now=now)
    return [service.name for service in services]


def tell_what_happens(names: list[str]) -> None:
    for name in names:
        click.echo(f"{name}: its devices will send again.")
    click.echo(WHAT_HAPPENS if names else "There is no service in this database.")
