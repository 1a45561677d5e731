"""A network with faults in front of the real server: what a bad line, a hotel or a tired server does.

`with line.failing(fault) as met:` makes each request to the sync address meet it until the block ends;
`met.times` counts them.
"""

from __future__ import annotations

import random
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.support.relay import Message, Passing, Relay, ask, relay

SYNC = "/api/v1/sync"
EVERYTHING = "/"
PORTAL = "<!doctype html><title>Hotell Fjordgløtt</title><h1>Velkommen til nettet vårt</h1>"
REASONS = {
    401: "Unauthorized",
    403: "Forbidden",
    408: "Request Timeout",
    413: "Content Too Large",
    425: "Too Early",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


@dataclass(frozen=True)
class Asked:
    """`at` by this machine's steady clock, in seconds."""

    at: float
    path: str
    fault: str
    brings: bool  # has operations with it
    is_page: bool  # not the worker, which has nothing to fetch with


@dataclass
class Line:
    """`asked` holds everything that the browser asked for, in order, and which fault it met ("" for none)."""

    relay: Relay = field(init=False)
    address: str = ""
    asked: list[Asked] = field(default_factory=list)
    kept: list[Message] = field(default_factory=list)  # on their way still
    fault: Fault | None = None

    @contextmanager
    def failing(self, fault: Fault) -> Iterator[Met]:
        self.fault = fault
        try:
            yield Met(self, fault, len(self.asked))
        finally:
            self.fault = None

    @contextmanager
    def showing(self, certificate: ssl.SSLContext) -> Iterator[None]:
        """As when the certificate ran out, or somebody in between shows one of his own."""
        own, self.relay.certificate = self.relay.certificate, certificate
        self.relay.cut()
        try:
            yield
        finally:
            self.relay.certificate = own
            self.relay.cut()

    def treat(self, passing: Passing) -> None:
        fault = self.fault
        path, body = passing.request.path, passing.request.body
        met = fault if fault and path.startswith(fault.at) else None
        brings = path == SYNC and b'"operations":[]' not in body
        is_page = path != SYNC or b'"read":' in body
        self.asked.append(Asked(time.monotonic(), path, met.name if met else "", brings, is_page))
        if met:
            met.strike(self, passing)
        else:
            passing.answer(passing.ask_server())

    def bring_what_was_late(self) -> list[Message]:
        """What a router held back arrives now; nobody waits for the answers any more."""
        late, self.kept = self.kept, []
        return [ask(self.relay.port, request) for request in late]


@dataclass(frozen=True)
class Met:
    """The requests with something to bring that met a fault, as they come."""

    line: Line
    fault: Fault
    begun: int  # so many had been asked before

    @property
    def asked(self) -> list[Asked]:
        later = self.line.asked[self.begun :]
        return [asked for asked in later if asked.fault == self.fault.name and asked.brings]

    @property
    def times(self) -> int:
        return len(self.asked)


Strike = Callable[[Line, Passing], None]


@dataclass(frozen=True)
class Fault:
    """`at` is how the paths begin that meet it."""

    name: str
    strike: Strike
    at: str = SYNC


@contextmanager
def fault_proxy(
    port: int, *, host: str = "localhost", certificate: ssl.SSLContext | None = None
) -> Iterator[Line]:
    """Stands before the server on `port` of this machine."""
    line = Line()
    with relay(port, line.treat, certificate=certificate) as line.relay:
        scheme = "https" if certificate else "http"
        line.address = f"{scheme}://{host}:{line.relay.own_port}"
        yield line


# --- the faults ---------------------------------------------------------------------------------------------


def dropped_before(_line: Line, _passing: Passing) -> None:
    """It never comes to the server."""


def dropped_after(_line: Line, passing: Passing) -> None:
    """The server has done it; nobody hears."""
    passing.ask_server()


def doubled(_line: Line, passing: Passing) -> None:
    """A router sends it again by itself; the second answer is the one that comes."""
    passing.ask_server()
    passing.answer(passing.ask_server())


def held_back(line: Line, passing: Passing) -> None:
    """The line breaks, but what was sent is on its way: see `bring_what_was_late`."""
    line.kept.append(passing.request)


def cut_short(_line: Line, passing: Passing) -> None:
    """Half of the answer, and then nothing."""
    answer = passing.ask_server()
    passing.write(answer.head + answer.body[: len(answer.body) // 2])


def cut_cleanly(_line: Line, passing: Passing) -> None:
    """Half of the answer, by somebody who says that it is all: no browser can see that it is not."""
    content = passing.ask_server().content
    passing.answer(said(200, content[: len(content) // 2], "application/json"))


def reset(_line: Line, passing: Passing) -> None:
    passing.ask_server()
    passing.reset()


def silence(line: Line, passing: Passing) -> None:
    """No answer ever: until the browser loses patience, or the fault is over."""
    mine = line.fault
    while line.fault is mine and not passing.has_left():
        time.sleep(0.05)


def hotel(_line: Line, passing: Passing) -> None:
    """A sign-in page of somebody else's, called 200."""
    passing.answer(said(200, PORTAL.encode(), "text/html; charset=utf-8"))


def hotel_elsewhere(_line: Line, passing: Passing) -> None:
    passing.answer(said(302, b"", "text/html", Location="http://hotell.example/velkommen"))


def refused(status: int, **headers: str) -> Strike:
    """By something on the way: the server never hears of it."""
    page = f"<h1>{status} {REASONS[status]}</h1>".encode()

    def strike(_line: Line, passing: Passing) -> None:
        passing.answer(said(status, page, "text/html", **headers))

    return strike


def slow(most: float, seed: int) -> Strike:
    """Up to `most` seconds on the way there, and as long on the way back."""
    chance, alone = random.Random(seed), threading.Lock()

    def strike(_line: Line, passing: Passing) -> None:
        with alone:
            there, back = chance.uniform(0, most), chance.uniform(0, most)
        time.sleep(there)
        answer = passing.ask_server()
        time.sleep(back)
        passing.answer(answer)

    return strike


def said(status: int, body: bytes, kind: str, **headers: str) -> Message:
    rows = {"Content-Type": kind, "Content-Length": str(len(body)), "Cache-Control": "no-store"}
    rows |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = f"HTTP/1.1 {status} {REASONS.get(status, 'OK')}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in rows.items())
    return Message(head.encode() + b"\r\n", body)
