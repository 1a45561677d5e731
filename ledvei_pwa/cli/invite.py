"""`ledvei invite`: a new link for somebody who has lost every way in, when no leader can make it."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from ledvei_pwa.cli.start import plainly, working_app
from ledvei_pwa.features.people import accounts, actions
from ledvei_pwa.features.people.actions import PersonCard


@click.command()
@click.argument("email")
@plainly
def invite(email: str) -> None:
    """Print a new invitation link for the person with this EMAIL, who is there already.

    Whoever uses it can write at once. Earlier texts open after three days and a whole working day, or sooner
    by a recovery code or another device of theirs, where the person can also stop it. Until it opens, they
    lead nothing. There is no way around the wait. They see on their own pages that whoever runs the server
    made the link.
    """
    now = datetime.now(UTC)
    with working_app():
        person = find_person(email.strip().lower(), now)
        link = accounts.absolute_link(actions.make_invitation(person.id, now=now))
    click.echo(f"{person.name} opens this link within 7 days and chooses anew how to sign in:\n\n  {link}\n")
    click.echo("Give it to nobody else: whoever opens it gets in as that person.")
    click.echo("An account that was in use opens its earlier texts and pages only after some days.")


def find_person(email: str, now: datetime) -> PersonCard:
    for service in actions.every_service():
        for person in actions.people_in_service(service.id, now=now):
            if person.email == email and person.is_active:
                return person
    raise click.ClickException(f"Nobody who may sign in has the e-mail {email}.")
