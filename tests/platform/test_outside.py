"""Asking other servers: what they answer is taken as it is, and leads nowhere else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ledvei_pwa.platform import outside
from ledvei_pwa.settings import Settings

pytestmark = pytest.mark.one_database


@contextmanager
def sending_elsewhere() -> Iterator[tuple[str, list[str]]]:
    """A server that answers every question with "ask there instead"; and the paths it was asked for."""
    asked: list[str] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302)
            self.send_header("Location", "/inside")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_said: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def test_a_redirect_is_an_answer_and_is_not_followed(settings: Settings) -> None:
    with sending_elsewhere() as (address, asked):
        assert outside.ask(f"{address}/first", settings).status == 302
    assert asked == ["/first"]
