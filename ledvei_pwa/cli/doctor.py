"""`ledvei doctor`: one line for each thing that must be well, and what to do when it is not."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from ledvei_pwa import create_app
from ledvei_pwa.cli.start import plainly
from ledvei_pwa.platform.health import Check, all_checks


@click.command()
@plainly
def doctor() -> None:
    """Look at database, migrations, keys, clock, disk, worker and push keys.

    Ends with 0 when all is well, else with 1 and, for each thing that is not, what to do.
    """
    with create_app().app_context():
        checks = all_checks(now=datetime.now(UTC))
    for check in checks:
        click.echo(line_of(check))
    if not all(check.ok for check in checks):
        raise SystemExit(1)


def line_of(check: Check) -> str:
    line = f"{'ok    ' if check.ok else 'not ok'}  {check.name:<11} {check.seen}"
    return line if check.ok else f"{line}\n        {'':<11} → {check.remedy}"
