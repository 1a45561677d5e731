"""`ledvei serve` and `ledvei worker`: one process for a service on one machine, several for more."""

from __future__ import annotations

import errno
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
import waitress
from flask import Flask
from sqlalchemy import make_url
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError

from ledvei_pwa.cli.fill import demo_links, fill_when_empty, print_links
from ledvei_pwa.cli.start import known_address, make_instance_folder, plainly, working_app
from ledvei_pwa.platform import jobs, schema
from ledvei_pwa.platform.keyring import ensure_keys
from ledvei_pwa.settings import Settings
from ledvei_pwa.wsgi import ready_app

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
    with ExitStack() as around:
        sockets = [around.enter_context(held) for held in hold_port(settings.host, settings.port)]
        if prepare:
            make_what_is_missing(settings)
        app = ready_app(settings)
        server = listen(app, sockets)
        if not no_worker:
            around.enter_context(worker_inside(app))
        around.enter_context(known_address(settings))
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


def hold_port(host: str, port: int) -> list[socket.socket]:
    """Take the port before anything that lasts is begun. Nobody is let in until the server listens."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    held: list[socket.socket] = []
    problems: list[OSError] = []
    for family, kind, protocol, _name, address in dict.fromkeys(found):
        try:
            held.append(bind(family, kind, protocol, address))
        except OSError as problem:
            problems.append(problem)
    in_use = [problem for problem in problems if problem.errno in {errno.EADDRINUSE, errno.EACCES}]
    if in_use or not held:
        raise click.ClickException(
            f"{host}:{port} cannot be used ({(in_use or problems)[0].strerror}). "
            f"Choose another port, for example: PORT={port + 1}"
        )
    return held


def bind(family: int, kind: int, protocol: int, address: Any) -> socket.socket:
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
    except OSError:
        made.close()
        raise
    return made


class OneLength(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """Refuses a request that says its length in two ways, which waitress reads in one (RFC 9112 §6.3).

    What stands in front might read it in the other, and take what follows for a part of it.
    """

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("Content-Length and Transfer-Encoding")


HTTPChannel.parser_class = OneLength


def listen(app: Flask, sockets: list[socket.socket]) -> Any:
    return waitress.create_server(
        app,
        sockets=sockets,
        threads=THREADS,
        ident=None,
        max_request_body_size=LARGEST_BODY,
        clear_untrusted_proxy_headers=False,  # ProxyFix reads them, and only when LEDVEI_PROXIES says so
    )


@contextmanager
def worker_inside(app: Flask) -> Iterator[None]:
    running = jobs.start_worker(app)
    try:
        yield
    finally:
        running.stop()


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
