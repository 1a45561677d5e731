"""`ledvei demo` and `ledvei links`: the invented service, and the links that sign in as its people."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from ledvei_pwa.cli.start import find_address, plainly, working_app
from ledvei_pwa.features.people import accounts
from ledvei_pwa.features.people.actions import every_service, people_in_service
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.settings import Settings


@click.command("demo")
@plainly
def make_demo() -> None:
    """Fill an empty database with an invented service and a year of its history.

    Refuses on a database that holds a real service.
    """
    with working_app():
        services = every_service()
        if any(not service.is_demo for service in services):
            raise click.ClickException(
                "This database holds a real service, and the demo keeps its hands off it. "
                "Give the demo a folder of its own: LEDVEI_INSTANCE=demo ledvei serve --prepare"
            )
        if services:
            raise click.ClickException(
                "The demo is here already. Remove the instance folder to make it anew."
            )
        fill(datetime.now(UTC))


@click.command("links")
@click.option("--json", "as_json", is_flag=True, help='For programs: {"caseworker": "http://…", …}.')
@plainly
def print_demo_links(as_json: bool) -> None:
    """Print one sign-in link for each role of the demo service. There is no such link to a real person."""
    settings = Settings.from_environment()
    with working_app(settings):
        found = demo_links(find_address(settings), now=datetime.now(UTC))
    if not found:
        raise click.ClickException(
            "There is no demo service here. Make one in an empty database: ledvei demo"
        )
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        print_links(found)


def fill_when_empty(now: datetime) -> None:
    if not every_service():
        fill(now)


def fill(now: datetime) -> None:
    from ledvei_pwa.cli.demo import story  # large, and seldom needed

    click.echo("Making the demo service, with a year of history …")
    story.fill(now)


def demo_links(base_url: str, *, now: datetime) -> dict[str, str]:
    """Address by role, in the order of the roles; empty where there is no demo service."""
    demos = [service for service in every_service() if service.is_demo]
    if not demos:
        return {}
    by_email = {person.email: person for person in people_in_service(demos[0].id, now=now)}
    return {
        role.value: base_url + accounts.demo_sign_in_link(by_email[email].id)
        for role, email in people_shown().items()
        if email in by_email
    }


def people_shown() -> dict[Role, str]:
    """The e-mail of the person who shows what each role sees."""
    from ledvei_pwa.cli.demo import organisation as invented  # read only where there is a demo

    return {
        Role.CASEWORKER: invented.CASEWORKER.email,
        Role.SUPERVISOR: invented.SUPERVISOR.email,
        Role.TEAM_LEADER: invented.TEAM_LEADER.email,
        Role.SERVICE_LEADER: invented.SERVICE_LEADER.email,
        Role.EXTERNAL_SUPERVISOR: invented.EXTERNAL.email,
    }


def print_links(found: dict[str, str]) -> None:
    for role, address in found.items():
        click.echo(f"  {role.replace('_', ' '):<20} {address}")
