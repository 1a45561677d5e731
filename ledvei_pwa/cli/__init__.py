"""The `ledvei` command. Each part of it is a module here; the work is done by the features' actions."""

from __future__ import annotations

import click

from ledvei_pwa.cli.audit import audit
from ledvei_pwa.cli.backup import backup, restore
from ledvei_pwa.cli.bench import bench
from ledvei_pwa.cli.database import database
from ledvei_pwa.cli.doctor import doctor
from ledvei_pwa.cli.fill import make_demo, print_demo_links
from ledvei_pwa.cli.first_time import init
from ledvei_pwa.cli.invite import invite
from ledvei_pwa.cli.keys import keys
from ledvei_pwa.cli.oidc import oidc
from ledvei_pwa.cli.restored import restored
from ledvei_pwa.cli.serve import serve, worker

EPILOG = """
\b
From nothing to a service on this machine:
  ledvei init        asks three questions and prints the leader's invitation link
  ledvei serve       serves it until you press Ctrl-C
\b
All that is kept lies in the instance folder (./instance, or LEDVEI_INSTANCE): the database, the keys, the
queue of jobs. Settings come from the environment:
  LEDVEI_INSTANCE      the folder for all that is kept
  LEDVEI_BASE_URL      the address people type, with https:// for anything but this machine
  LEDVEI_DATABASE_URL  PostgreSQL instead of SQLite: postgresql://user@host/name
  LEDVEI_REDIS_URL     jobs through Redis, for more than one machine
  LEDVEI_BACKUP_FOLDER a folder for a sealed backup each night; LEDVEI_BACKUP_KEEP of them, 14 unless told
  LEDVEI_PROXIES       how many proxies stand in front and set X-Forwarded-*; 0 unless told
  HOST, PORT           where to listen; 127.0.0.1 and 8000 unless told
"""


@click.group(
    epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(package_name="ledvei-pwa", prog_name="ledvei")
def main() -> None:
    """Ledvei: supervision in Norwegian child welfare, on the phone, with or without a network."""


for command in (
    init,
    invite,
    serve,
    worker,
    make_demo,
    print_demo_links,
    doctor,
    database,
    restored,
    keys,
    oidc,
    backup,
    restore,
    audit,
    bench,
):
    main.add_command(command)
