"""What comes over the line and could be read in two ways is refused by the server that we serve with."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator

import pytest
from flask import Flask

from ledvei_pwa.cli.serve import listen

pytestmark = pytest.mark.one_database
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    """Where the app is served as `ledvei serve` does it."""
    bound = socket.create_server(("127.0.0.1", 0))
    server = listen(app, [bound])
    threading.Thread(target=server.run, daemon=True).start()
    yield int(bound.getsockname()[1])
    server.close()


def statuses(port: int, sent: bytes) -> list[int]:
    """Of every answer that comes back, until the server closes or says no more."""
    with socket.create_connection(("127.0.0.1", port), timeout=0.5) as line:
        line.sendall(sent)
        answer = b""
        try:
            while some := line.recv(65536):
                answer += some
        except TimeoutError:
            pass
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
        b"Content-Length: +44\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_a_request_that_can_be_read_in_two_ways_is_one_refusal_and_hides_none(port: int, head: bytes) -> None:
    answers = statuses(port, b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\n" + head + HIDDEN)
    assert len(answers) == 1
    assert answers[0] in {400, 501}


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "DEBUG"])
def test_nobody_gets_back_what_was_sent(port: int, method: str) -> None:
    asked = f"{method} /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert statuses(port, asked.encode()) == [405]
