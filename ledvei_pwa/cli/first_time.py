"""`ledvei init`: a real, empty service, and the link that lets its leader in."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime

import click
import segno

from ledvei_pwa.cli.start import make_instance_folder, plainly, working_app
from ledvei_pwa.features.people import accounts, actions
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.platform import schema
from ledvei_pwa.platform.i18n import LANGUAGES
from ledvei_pwa.platform.keyring import ensure_keys
from ledvei_pwa.settings import Settings


@click.command()
@click.option("--name", prompt="The service's name", help="As its people say it.")
@click.option(
    "--language",
    prompt="Its language",
    type=click.Choice(LANGUAGES),
    default="nb",
    show_default=True,
    help="nb or nn.",
)
@click.option("--leader", prompt="Its leader's name", help="The first person, who invites the others.")
@click.option("--email", prompt="The leader's e-mail", help="What the leader signs in with.")
@click.option("--another", is_flag=True, help="Add a service although this installation has one.")
@plainly
def init(name: str, language: str, leader: str, email: str, another: bool) -> None:
    """Make a real, empty service and print its leader's invitation link.

    Makes what is missing first: the instance folder, the keys, the database's tables.
    """
    settings = Settings.from_environment()
    if not name.strip() or not leader.strip() or not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email.strip()):
        raise click.ClickException(
            "A service needs a name, its leader's name and an e-mail such as kari@kommune.no."
        )
    make_instance_folder(settings)
    made = ensure_keys(settings.keys_path)
    schema.upgrade(settings.database_url)
    with working_app(settings):
        refuse_unless_meant(email.strip().lower(), another=another)
        link = make_service(name, language, leader, email, now=datetime.now(UTC))
    show(link, name, settings, keys_made=bool(made))


def refuse_unless_meant(email: str, *, another: bool) -> None:
    services = actions.every_service()
    if services and not another:
        names = ", ".join(service.name for service in services)
        raise click.ClickException(
            f"There is a service here already: {names}. Use --another if you mean one more."
        )
    now = datetime.now(UTC)
    for service in services:
        if any(person.email == email for person in actions.people_in_service(service.id, now=now)):
            raise click.ClickException(
                f"{email} is in {service.name} already, and an e-mail is one person's."
            )


def make_service(name: str, language: str, leader: str, email: str, *, now: datetime) -> str:
    """The address of the leader's invitation."""
    service = actions.create_service(actions.CreateService(name=name, language=language), now=now)
    roles = (actions.NewRole(Role.SERVICE_LEADER),)
    added = actions.add_person(service.id, actions.InvitePerson(leader, email, roles), now=now)
    if not added.ok or added.value is None:
        raise click.ClickException(f"The leader could not be added ({added.reason}).")
    return accounts.absolute_link(actions.make_invitation(added.value.id, now=now))


def show(link: str, name: str, settings: Settings, *, keys_made: bool) -> None:
    click.echo(
        f"\n{name} is ready. Its leader opens this link within 7 days and chooses how to "
        f"sign in:\n\n  {link}\n"
    )
    if sys.stdout.isatty():
        segno.make(link).terminal(compact=True)
    if keys_made:
        click.echo(f"The keys are in {settings.keys_path}. Without them no text can ever be read:")
        click.echo("put a copy in a safe place, apart from the copies of the database.")
    click.echo("\nServe it with: ledvei serve")
