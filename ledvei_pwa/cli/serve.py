"""`ledvei serve` and `ledvei worker`: one process for a service on one machine, several for more."""

from __future__ import annotations

import errno
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
import waitress
from flask import Flask
from sqlalchemy import make_url

from ledvei_pwa import create_app
from ledvei_pwa.cli.fill import demo_links, fill_when_empty, print_links
from ledvei_pwa.cli.start import make_instance_folder, plainly, refuse_unready, working_app
from ledvei_pwa.platform import assets, jobs, schema
from ledvei_pwa.platform.keyring import ensure_keys
from ledvei_pwa.settings import Settings

THREADS: Final = 8
LARGEST_BODY: Final = (
    16 * 1024 * 1024
)  # bytes; Flask says no to more than 2 MB, in words a device understands


@click.command()
@click.option(
    "--no-worker", is_flag=True, help="Leave reminders and other jobs to a `ledvei worker` of its own."
)
@click.option(
    "--prepare",
    is_flag=True,
    help="First make what is missing: keys, tables and, in an empty database, the demo.",
)
@plainly
def serve(no_worker: bool, prepare: bool) -> None:
    """Serve the app, with the worker inside, until Ctrl-C or SIGTERM."""
    settings = Settings.from_environment()
    if prepare:
        make_what_is_missing(settings)
    assets.publish(settings.instance_path, settings.build)
    app = create_app(settings)
    with app.app_context():
        refuse_unready()
    server = listen(app, settings)
    with nothing() if no_worker else worker_inside(app):
        announce(app, settings)
        run_until_told(server)


@click.command()
@plainly
def worker() -> None:
    """Run reminders and other jobs until Ctrl-C or SIGTERM: beside `serve --no-worker`, or gunicorn."""
    with working_app() as app:
        click.echo("The worker is running.")
    jobs.run_worker_forever(app)


def make_what_is_missing(settings: Settings) -> None:
    """For trying it out and for developing: nothing that exists is changed."""
    make_instance_folder(settings)
    ensure_keys(settings.keys_path)
    file = sqlite_file(settings)
    if file is None or file.exists():
        fill_database(settings)
        return
    # A first run that is broken off leaves no half demo: the file gets its name when it is whole.
    unfinished = file.with_suffix(".making")
    unfinished.unlink(missing_ok=True)
    fill_database(replace(settings, database_url=f"sqlite:///{unfinished}"))
    unfinished.rename(file)


def sqlite_file(settings: Settings) -> Path | None:
    url = make_url(settings.database_url)
    return Path(url.database) if url.drivername == "sqlite" and url.database else None


def fill_database(settings: Settings) -> None:
    schema.upgrade(settings.database_url)
    with working_app(settings):
        fill_when_empty(datetime.now(UTC))


def listen(app: Flask, settings: Settings) -> Any:
    """A waitress server that holds the port. Says so in a sentence when somebody else does."""
    try:
        return waitress.create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=THREADS,
            ident=None,
            max_request_body_size=LARGEST_BODY,
            clear_untrusted_proxy_headers=False,  # ProxyFix reads them, and only when LEDVEI_PROXIES says so
        )
    except OSError as problem:
        if problem.errno not in {errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL}:
            raise
        raise click.ClickException(
            f"{settings.host}:{settings.port} cannot be used ({problem.strerror}). "
            f"Choose another port, for example: PORT={settings.port + 1}"
        ) from problem


@contextmanager
def worker_inside(app: Flask) -> Iterator[None]:
    running = jobs.start_worker(app)
    try:
        yield
    finally:
        running.stop()


@contextmanager
def nothing() -> Iterator[None]:
    yield


def announce(app: Flask, settings: Settings) -> None:
    click.echo(f"\nLedvei is at {settings.base_url}/  (Ctrl-C stops it)")
    with app.app_context():
        links = demo_links(settings.base_url, now=datetime.now(UTC))
    if links:
        click.echo("\nThis is the demo service, with invented people. Sign in as:")
        print_links(links)
    sys.stdout.flush()


def run_until_told(server: Any) -> None:
    """Answer what has been asked, then end: for Ctrl-C, and for what stops services (SIGTERM)."""

    def stop(_number: int, _frame: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    try:
        server.run()
    finally:
        server.close()
