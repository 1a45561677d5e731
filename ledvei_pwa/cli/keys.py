"""`ledvei keys`: which keys there are, and new ones in their place while people write."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from ledvei_pwa import create_app
from ledvei_pwa.cli.start import plainly, working_app
from ledvei_pwa.features.people import actions
from ledvei_pwa.features.people.silent_devices import count_not_heard_since
from ledvei_pwa.platform import installation_keys, new_keys
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.backup_file import RECOVERY, keep_recovery, new_recovery_key, recovery_of
from ledvei_pwa.platform.health import NotReady, check_migrations
from ledvei_pwa.platform.installation_keys import InstallationKey
from ledvei_pwa.platform.key_files import MASTER, NEXT, PUSH, SEALING, new_pem, write_secret
from ledvei_pwa.platform.registry import house
from ledvei_pwa.settings import Settings

SHOWN_ONCE = """
This is the recovery key. It opens every backup that is made from now on, and it is shown this once:
"""
AFTER_MASTER = """
What browsers hold is signed anew: everybody signs in again, and nothing that waits on a phone is lost.

Copies of the database from before now open only with the old key: keep the copy of the keys' folder that you
have as long as you keep those, and make a new copy of the folder today. Sealed backups hold their own keys.
"""
ELSEWHERE = f"""
{MASTER}{NEXT} is in the keys' folder. Copy it to the keys' folder of every machine that serves this database.
Then run, on one of them: ledvei keys rotate --master
"""
LOST = """
From now on devices seal for the key that is in the folder. What waits on a phone since before cannot be
opened: it stays there under "Needs attention", and "Try again" packs it anew.
"""


@click.group()
def keys() -> None:
    """The keys to what people write: which there are, and new ones in their place while the app serves.

    All lie in the keys' folder of the instance folder, except the services' own, which are in the database,
    wrapped by the master key.
    """


@keys.command()
@plainly
def status() -> None:
    """Say which keys are in use since when, and which older ones are still needed, and for what."""
    with working_app():
        lines = [*service_lines(), *file_lines(Settings.from_environment().keys_path)]
    click.echo("\n".join(lines))


@keys.command()
@click.option("--master", is_flag=True, help="A new master key: it wraps the services' keys.")
@click.option("--sealing", is_flag=True, help="A new sealing key: devices seal for it what waits.")
@click.option(
    "--prepare", is_flag=True, help="With --master: only make the key, to be copied elsewhere first."
)
@click.option("--lost", is_flag=True, help="With --sealing: the old one is gone for good.")
@plainly
def rotate(master: bool, sealing: bool, prepare: bool, lost: bool) -> None:
    """New keys while people write: without an option, one for each service's texts.

    The texts are then encrypted anew, some at a time. Broken off at any point, the worker goes on with it,
    and so does this command. What is old stays readable, and an old key goes when nothing needs it.
    """
    folder, now = Settings.from_environment().keys_path, datetime.now(UTC)
    if lost:
        replace_lost_sealing(folder, now)
        return
    with working_app():
        if master and prepare:
            new_keys.write_next_master(folder)
            click.echo(ELSEWHERE)
        elif master:
            new_keys.replace_master(folder, now=now)
            click.echo(f"There is a new master key.\n{AFTER_MASTER}")
        elif sealing:
            key_id = new_keys.replace_sealing(folder, now=now)
            click.echo(f"Devices seal for {key_id} from their next contact on. The key before it is kept.")
        else:
            replace_service_keys(now)


def replace_service_keys(now: datetime) -> None:
    for service in actions.every_service():
        number = new_keys.begin_service_key(service.id, now=now)
        if not number:
            click.echo(f"{service.name}: nothing has been written yet, so there is no key to replace.")
            continue
        done = 0
        for some in new_keys.encrypt_anew(service.id):
            done += some
        new_keys.drop_unused_keys(service.id, now=now)
        click.echo(f"{service.name}: key {number} is in use, and {done} texts are encrypted anew with it.")
    click.echo("The worker gives the old keys up when nothing needs them, in an hour at the earliest.")


def replace_lost_sealing(folder: Path, now: datetime) -> None:
    """Without the check that all keys fit, which this is to make true again; the master key must."""
    if not (folder / SEALING).exists() and (folder / MASTER).exists() and (folder / PUSH).exists():
        write_secret(folder / SEALING, new_pem())
    with create_app().app_context():
        migrations = check_migrations()
        if not migrations.ok:
            raise NotReady(f"{migrations.seen}. {migrations.remedy}")
        house().keyring.refuse_foreign_database(besides="sealing")
        new_keys.accept_lost_sealing(folder, now=now)
    click.echo(LOST)


@keys.command()
@click.argument("key_id")
@click.option("--even-so", is_flag=True, help="Although a phone may hold what is sealed for it.")
@plainly
def forget(key_id: str, even_so: bool) -> None:
    """Give an earlier sealing key up for good: what is sealed for KEY_ID can be opened by nobody then."""
    folder, now = Settings.from_environment().keys_path, datetime.now(UTC)
    with working_app():
        rows = {row.key_id: row for row in installation_keys.earlier("sealing")}
        if key_id in rows and not even_so and (why := still_needed(rows[key_id], now)):
            raise click.ClickException(f"{why} Use --even-so if you mean it all the same.")
        if not new_keys.forget_sealing(folder, key_id, now=now):
            raise click.ClickException(f"There is no earlier sealing key {key_id}.")
    click.echo(f"{key_id} is gone.")


def still_needed(row: InstallationKey, now: datetime) -> str:
    """Why something may still come that is sealed for it; "" when nothing should."""
    replaced = row.replaced_at or now
    if silent := count_not_heard_since(replaced):
        return f"{silent} devices have not been in contact since it was replaced: they may hold texts for it."
    if max(replaced, row.used_at or replaced) > now - new_keys.SEALING_KEPT:
        return f"It was in use in the last {new_keys.SEALING_KEPT.days} days: devices keep what they sent."
    return ""


def service_lines() -> list[str]:
    left = new_keys.what_is_left()
    lines = []
    for service in actions.every_service():
        number, since = new_keys.number_in_use(service.id)
        lines.append(f"{service.name}: {f'key {number} since {since:%Y-%m-%d}' if since else 'no key yet'}")
        lines += [
            f"  key {old.number}, until {old.replaced_at:%Y-%m-%d %H:%M} UTC: {old.texts} texts still need it"
            for old in left
            if old.service_id == service.id
        ]
    return lines


def file_lines(folder: Path) -> list[str]:
    in_use = installation_keys.in_use()
    lines = [f"{kind} key: {row.key_id} since {row.since:%Y-%m-%d}" for kind, row in sorted(in_use.items())]
    if (folder / (MASTER + NEXT)).exists():
        lines.append(f"  {MASTER}{NEXT} is waiting: run ledvei keys rotate --master")
    for row in installation_keys.earlier("sealing"):
        there = new_keys.earlier_sealing_file(folder, row.key_id).exists()
        lines.append(f"  earlier sealing key: {row.key_id} {said_of(row) if there else 'is gone'}")
    return lines


def said_of(row: InstallationKey) -> str:
    replaced = row.replaced_at or row.since
    used = f"last used {row.used_at:%Y-%m-%d}" if row.used_at else "not used since"
    silent = count_not_heard_since(replaced)
    return f"until {replaced:%Y-%m-%d}, {used}, {silent} devices not in contact since"


@keys.command()
@click.option(
    "--replace", is_flag=True, help="Although there is one: backups from now on are sealed to the new."
)
@click.option("--yes", is_flag=True, help="Do not ask whether it was written down.")
@plainly
def recovery(replace: bool, yes: bool) -> None:
    """Make the key that opens backups, and show it this once. It is not kept on this machine.

    Print it, or write it down twice, and keep it where neither the server nor its backups are.
    """
    folder, now = Settings.from_environment().keys_path, datetime.now(UTC)
    with working_app():
        if (folder / RECOVERY).exists() and not replace:
            raise click.ClickException(
                "There is a recovery key already. With --replace a new one is made. The backups there are "
                "still need the old one, so keep both papers."
            )
        private = new_recovery_key()
        click.echo(f"{SHOWN_ONCE}\n    {private}\n")
        if not yes:
            ask_whether_written(private)
        keep_recovery(folder, recovery_of(private))
        new_keys.record_everywhere(Deed.BACKUP_KEY_MADE, now)
    click.echo(
        "Backups are sealed to it from now on. Prove that you can open one: ledvei backup --check FILE"
    )


def ask_whether_written(private: str) -> None:
    """Nothing is kept until they show that they have it."""
    last = click.prompt("Its last six signs, from your paper")
    if last.strip().upper() != private[-6:]:
        raise click.ClickException("These are not its last six signs. Nothing was changed: begin again.")
