"""`ledvei oidc`: where a service's people may sign in besides here (OpenID Connect)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from ledvei_pwa.cli.start import plainly, working_app
from ledvei_pwa.features.people import actions
from ledvei_pwa.features.people.actions import ServiceCard

if TYPE_CHECKING:
    from ledvei_pwa.features.people.openid_setup import Shown
    from ledvei_pwa.features.people.openid_talk import ChosenProvider

PROBLEMS: Final = {
    "endpoint_invalid": "The issuer must be an address with https://, at its own port.",
    "endpoint_not_public": "The issuer must be a host on the open internet.",
    "scope_without_openid": "The scope must hold openid.",
    "left_empty": "The name, the client id and the claim must not be empty.",
    "no_secret": "Say with --secret-file, --key-file or --new-key how the server shows who it is.",
    "no_private_key": "That file holds no private key in PEM without a passphrase.",
    "key_too_short": "An RSA key must have at least 2048 bits.",
    "key_of_another_kind": "The key must be RSA, or an elliptic curve key on P-256.",
}
service_option = click.option(
    "--service", default="", help="Its name or id; not needed where there is only one."
)


@click.group()
def oidc() -> None:
    """Sign in through a provider that the municipality has (OpenID Connect): off until it is set.

    It opens accounts that are there already, and never makes one. Nobody but you can set it.
    """


@oidc.command(name="set")
@service_option
@click.option("--name", required=True, help="As its people say it; the button reads Sign in with …")
@click.option("--issuer", required=True, help="The provider's address, exactly as it writes it itself.")
@click.option("--client-id", required=True, help="What the provider calls this Ledvei.")
@click.option(
    "--auth",
    type=click.Choice(["private_key_jwt", "client_secret_post", "client_secret_basic"]),
    default="private_key_jwt",
    show_default=True,
    help="How the server shows the provider who it is.",
)
@click.option("--secret-file", type=click.File(), help="A file with the client's secret; - to paste it.")
@click.option("--key-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A PEM.")
@click.option("--new-key", is_flag=True, help="Make a new private key; its public half is printed.")
@click.option("--key-id", default="", help="What the provider calls the key (kid); else one is made.")
@click.option("--scope", default="", help="What is asked for; openid, and email with --by-email.")
@click.option("--claim", default="sub", show_default=True, help="The claim that says who somebody is.")
@click.option("--by-email", is_flag=True, help="A verified e-mail may open an account nobody has been in.")
@click.option("--acr", default="", help="Values of acr that mean two factors; asked for and checked.")
@click.option("--amr", default="", help="Values of amr that mean two factors; checked.")
@plainly
def set_provider(service: str, **said: Any) -> None:
    """Let a service's people sign in at a provider. Run again to change it.

    Without --acr or --amr it stands for the password, and a code or a passkey is still asked for. With both,
    both must be right.
    """
    refuse_without_extra()
    from ledvei_pwa.features.people import openid_setup

    chosen = read_chosen(said)
    with working_app():
        card = find_service(service)
        outcome = openid_setup.choose(card.id, chosen, now=datetime.now(UTC))
        if not outcome.ok:
            raise click.ClickException(explain(outcome.reason, outcome.fields.get("problem", "")))
        shown = openid_setup.show(card.id)
    if outcome.value:
        click.echo(f"{outcome.value} who were connected before must connect anew: it names people otherwise.")
    if shown:
        click.echo(describe(card, shown))


@oidc.command()
@service_option
@plainly
def show(service: str) -> None:
    """Print what is set, and what the provider needs to know of this Ledvei."""
    refuse_without_extra()
    from ledvei_pwa.features.people import openid_setup

    with working_app():
        card = find_service(service)
        shown = openid_setup.show(card.id)
    click.echo(describe(card, shown) if shown else f"{card.name} has no provider.")


@oidc.command()
@service_option
@plainly
def remove(service: str) -> None:
    """Take the provider away. Whoever came in by it alone is signed out."""
    refuse_without_extra()
    from ledvei_pwa.features.people import openid_setup

    with working_app():
        card = find_service(service)
        outcome = openid_setup.remove(card.id, now=datetime.now(UTC))
        alone = actions.persons_by_ids(outcome.value or [])
    if not outcome.ok:
        raise click.ClickException(f"{card.name} has no provider.")
    click.echo(f"{card.name} has no provider any more.")
    if alone:
        click.echo("These have no other way in, and need a new link from a leader:")
        click.echo("\n".join(f"  {person.name}" for person in alone.values()))


def read_chosen(said: dict[str, Any]) -> ChosenProvider:
    from ledvei_pwa.features.people.openid_talk import ChosenProvider

    return ChosenProvider(
        name=said["name"],
        issuer=said["issuer"],
        client_id=said["client_id"],
        auth=said["auth"],
        secret=read_secret(said),
        key_id=said["key_id"],
        scope=said["scope"] or ("openid email" if said["by_email"] else "openid"),
        subject_claim=said["claim"],
        by_email=said["by_email"],
        acr_values=" ".join(said["acr"].split()),
        amr_values=" ".join(said["amr"].split()),
    )


def read_secret(said: dict[str, Any]) -> str:
    """Never from the command line itself, where other processes of the machine can see it."""
    from ledvei_pwa.features.people.openid_setup import new_private_key

    if said["key_file"]:
        return str(said["key_file"].read_text())
    if said["secret_file"]:
        return str(said["secret_file"].read().strip())
    return new_private_key() if said["new_key"] else ""


def refuse_without_extra() -> None:
    try:
        import authlib  # noqa: F401 — only whether it is there
    except ImportError:
        raise click.ClickException("Install what it needs: pip install -r requirements/oidc.txt") from None


def find_service(named: str) -> ServiceCard:
    services = actions.every_service()
    found = [card for card in services if not named or named in {card.name, card.id}]
    if len(found) != 1:
        names = ", ".join(card.name for card in services)
        raise click.ClickException(f"Say with --service which one: {names}.")
    return found[0]


def explain(reason: str, problem: str) -> str:
    if reason == "away":
        return f"The provider did not answer as one does ({problem}). Look at the issuer's address."
    return PROBLEMS.get(reason, f"That cannot be set ({reason}).")


def describe(card: ServiceCard, shown: Shown) -> str:
    chosen = shown.card
    means = " and ".join(
        f"{name} is one of: {values}"
        for name, values in (("acr", chosen.acr_values), ("amr", chosen.amr_values))
        if values
    )
    lines = [
        f"{card.name}: Sign in with {chosen.name}",
        f"  issuer        {chosen.issuer}",
        f"  client id     {chosen.client_id}",
        f"  we show us by {chosen.auth}",
        f"  we ask for    {chosen.scope}",
        f"  who it is     {chosen.subject_claim}",
        f"  by e-mail     {'an account nobody has been in' if chosen.by_email else 'no'}",
        f"  two factors   {f'when {means}' if means else 'never: a code or a passkey is asked for too'}",
        f"  connected     {shown.connected}",
        "",
        "The provider needs to know where people are sent back to:",
        f"  {shown.redirect_uri}",
    ]
    if shown.public_jwk:
        lines += ["", "and the public half of our key:", f"  {json.dumps(shown.public_jwk)}"]
    return "\n".join(lines)
