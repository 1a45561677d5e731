"""What stands between a browser and the server in tests: it hands each request to somebody who decides."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import BufferedIOBase

import brotli

AT_ONCE = struct.pack("ii", 1, 0)  # linger for no time: closing then is a reset, not an end


@dataclass(frozen=True)
class Message:
    """A request or an answer as it stood on the line, the sizes of its chunks and all."""

    head: bytes
    body: bytes = b""

    @property
    def size(self) -> int:
        return len(self.head) + len(self.body)

    @property
    def content(self) -> bytes:
        """What was said, unpacked; for what came in one piece."""
        packed = self.header(b"content-encoding")
        if packed == b"br":
            return bytes(brotli.decompress(self.body))
        return gzip.decompress(self.body) if packed == b"gzip" else self.body

    @property
    def first(self) -> list[str]:
        return self.head.split(b"\r\n", 1)[0].decode().split(" ", 2)

    @property
    def method(self) -> str:
        return self.first[0]

    @property
    def path(self) -> str:
        return self.first[1]

    @property
    def status(self) -> int:
        return int(self.first[1])

    def header(self, name: bytes) -> bytes:
        for row in self.head.split(b"\r\n")[1:]:
            key, _colon, value = row.partition(b":")
            if key.strip().lower() == name:
                return value.strip().lower()
        return b""


@dataclass
class Passing:
    """One request on its way, and what can be done with it. Whoever does nothing closes the line."""

    request: Message
    port: int  # the server's, on this machine
    browser: BufferedIOBase
    line: socket.socket
    is_open: bool = False  # an answer was given: the browser may ask again on the same line

    def ask_server(self) -> Message:
        """Raises `OSError` when there is no server, or no whole answer."""
        return ask(self.port, self.request)

    def answer(self, answer: Message) -> None:
        self.write(answer.head + answer.body)
        self.is_open = True

    def write(self, data: bytes) -> None:
        """Something, or a part of something."""
        self.browser.write(data)
        self.browser.flush()

    def reset(self) -> None:
        """As when a router has forgotten the line."""
        self.line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)

    def has_left(self) -> bool:
        """Whether the browser has gone away meanwhile."""
        self.line.settimeout(0.2)
        try:
            return not self.line.recv(1, 0 if isinstance(self.line, ssl.SSLSocket) else socket.MSG_PEEK)
        except TimeoutError:
            return False
        except OSError:
            return True
        finally:
            with suppress(OSError):
                self.line.settimeout(None)


@dataclass
class Relay:
    """`certificate` is what it shows of itself; it may be changed. Without one it speaks plainly."""

    port: int
    treat: Callable[[Passing], None]
    listener: socket.socket
    certificate: ssl.SSLContext | None = None
    lines: set[socket.socket] = field(default_factory=set)

    @property
    def own_port(self) -> int:
        return int(self.listener.getsockname()[1])

    def cut(self) -> None:
        """End every line that stands open, so that the browser must come anew."""
        for line in list(self.lines):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def accept(self) -> None:
        while True:
            try:
                line, _address = self.listener.accept()
            except OSError:  # closed: the test is over
                return
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        """One connection of the browser's, as many requests as it likes."""
        with suppress(OSError):
            if self.certificate:
                line = self.certificate.wrap_socket(line, server_side=True)
            self.lines.add(line)
            with line, line.makefile("rwb") as browser:
                while request := read(browser, has_body=True):
                    passing = Passing(request, self.port, browser, line)
                    self.treat(passing)
                    if not passing.is_open:
                        return
        self.lines.discard(line)


@contextmanager
def relay(
    port: int, treat: Callable[[Passing], None], *, certificate: ssl.SSLContext | None = None
) -> Iterator[Relay]:
    """Stands before the server on `port` of this machine."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    found = Relay(port, treat, listener, certificate)
    threading.Thread(target=found.accept, daemon=True).start()
    try:
        yield found
    finally:
        listener.close()
        found.cut()


def ask(port: int, request: Message) -> Message:
    """A connection of its own for each request: a server that has been restarted is found again."""
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rwb") as server:
        server.write(request.head + request.body)
        server.flush()
        answer = read(server, has_body=request.method != "HEAD")
        if answer is None:
            raise ConnectionError("the server left without an answer")
        return answer


def read(stream: BufferedIOBase, *, has_body: bool) -> Message | None:
    """None when the other end has gone."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        row = stream.readline()
        if not row:
            return None
        head += row
    message = Message(head)
    if not has_body or (message.first[0].startswith("HTTP/") and message.status in {204, 304}):
        return message
    return Message(head, _body(stream, message))


def _body(stream: BufferedIOBase, message: Message) -> bytes:
    if message.header(b"transfer-encoding") == b"chunked":
        return b"".join(_chunks(stream))
    return _bytes(stream, int(message.header(b"content-length") or 0))


def _chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    while True:
        row = stream.readline()
        length = int(row.split(b";")[0], 16) + 2
        yield row + _bytes(stream, length)
        if length == 2:
            return


def _bytes(stream: BufferedIOBase, length: int) -> bytes:
    found = stream.read(length)
    if len(found) < length:
        raise ConnectionError("half a message")
    return found
