"""`ledvei audit`: the log of administration, looked at by whoever runs the server."""

from __future__ import annotations

import click

from ledvei_pwa.cli.start import plainly, working_app
from ledvei_pwa.features.people import actions
from ledvei_pwa.platform import audit as log
from ledvei_pwa.platform import reads
from ledvei_pwa.platform.chained import Chain, Line

SHOWN = 50
PROBLEMS = {
    "missing": "a line is missing before this place, or stands twice",
    "changed": "this line is not what was written",
    "not_joined": "this line does not follow the one before",
    "loose": "texts are named here that no line tells of",
}


@click.group()
def audit() -> None:
    """The logs of who did what to people, roles, sign-ins, devices and series, and of who has read what.

    Lines are only added, and each is chained to the one before. They hold ids and codes, no names.
    """


@audit.command()
@click.option("--holds", metavar="HASH", multiple=True, help="Also look for a hash you wrote down.")
@plainly
def verify(holds: tuple[str, ...]) -> None:
    """Walk each service's two logs from their first lines. Ends with 1 when one is not whole.

    Write the last hashes down in another place: they alone can show, later, that the last lines were removed
    or that a log was made anew.
    """
    with working_app():
        services = actions.every_service()
        chains = {service.name: log.walk(service.id) for service in services}
        chains |= {f"{service.name}, reading": reads.walk(service.id) for service in services}
        found = {wanted for wanted in holds if _is_somewhere(wanted)}
    for name, chain in chains.items():
        click.echo(f"{name}: {say(chain)}")
    for wanted in holds:
        click.echo(f"{wanted} is {'in the log.' if wanted in found else 'NOT in the log.'}")
    if len(found) < len(set(holds)) or any(chain.broken_at for chain in chains.values()):
        raise SystemExit(1)


@audit.command()
@plainly
def show() -> None:
    """Print the last 50 lines of each service's logs, the newest last."""
    with working_app():
        services = actions.every_service()
        shown = {service.name: log.latest(service.id, SHOWN) for service in services}
        shown |= {f"{service.name}, reading": reads.latest(service.id, SHOWN) for service in services}
    for name, lines in shown.items():
        click.echo(name)
        for line in lines:
            click.echo(f"  {plain(line)}")


def say(chain: Chain) -> str:
    if chain.broken_at:
        whole = f"{chain.lines} lines before it are whole."
        return f"BROKEN at line {chain.broken_at}: {PROBLEMS[chain.why]}. {whole}"
    if not chain.lines:
        return "no lines yet."
    return f"{chain.lines} lines, unbroken since {chain.since[:10]}. Last hash: {chain.last_hash}"


def plain(line: Line) -> str:
    who = line.actor_id or "the server's operator"
    what = f"{line.deed} {line.subject_type} {line.subject_id} {line.details}"
    return f"{line.number} {line.at[:19]}Z {who} {what}"


def _is_somewhere(wanted: str) -> bool:
    services = actions.every_service()
    return any(
        kept.find_hash(service.id, wanted) is not None for service in services for kept in (log, reads)
    )
