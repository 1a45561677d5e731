"""A proxy that counts what comes over the line, whoever asked for it: page, worker or browser."""

from __future__ import annotations

import socket
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO

KINDS = {
    "text/html": "HTML",
    "text/css": "CSS",
    "text/javascript": "scripts",
    "application/javascript": "scripts",
    "application/json": "JSON",
    "application/manifest+json": "JSON",
}
PORTION = 65_536


@dataclass(frozen=True)
class Exchange:
    """One request and its answer. `size` is bytes of the answer on the line, with its headers."""

    method: str
    path: str
    status: int
    kind: str
    size: int


@dataclass
class Line:
    """What was asked for and what came over the line; what nobody answered is in `asked` alone."""

    address: str
    asked: list[str] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(exchange.size for exchange in self.exchanges)

    def by_kind(self) -> dict[str, tuple[int, int]]:
        """Requests and bytes for each kind, the heaviest first."""
        found: dict[str, list[int]] = defaultdict(list)
        for exchange in self.exchanges:
            found[exchange.kind].append(exchange.size)
        rows = {kind: (len(sizes), sum(sizes)) for kind, sizes in found.items()}
        return dict(sorted(rows.items(), key=lambda row: -row[1][1]))

    def table(self) -> str:
        """For people."""
        rows = [
            f"{kind:<10}{count:>4} requests {size:>8} bytes" for kind, (count, size) in self.by_kind().items()
        ]
        return "\n".join([*rows, f"{'together':<10}{len(self.exchanges):>4} requests {self.size:>8} bytes"])


@contextmanager
def counting_proxy(port: int) -> Iterator[Line]:
    """Stands before the server on `port` of this machine."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    line = Line(f"http://localhost:{listener.getsockname()[1]}")
    threading.Thread(target=_accept, args=(listener, port, line), daemon=True).start()
    try:
        yield line
    finally:
        listener.close()


def _accept(listener: socket.socket, port: int, line: Line) -> None:
    while True:
        try:
            client, _address = listener.accept()
        except OSError:  # closed: the test is over
            return
        threading.Thread(target=_relay, args=(client, port, line), daemon=True).start()


def _relay(client: socket.socket, port: int, line: Line) -> None:
    """One connection of the browser's, as many requests as it likes. A server that is gone closes it."""
    with suppress(OSError), client, ExitStack() as around:
        browser = client.makefile("rwb")
        server: BinaryIO | None = None
        while head := _read_head(browser):
            method, path, _version = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
            line.asked.append(path)
            if server is None:
                connection = around.enter_context(socket.create_connection(("127.0.0.1", port)))
                server = connection.makefile("rwb")
            exchange = _exchange(browser, server, head, method, path)
            if exchange is None:
                return
            line.exchanges.append(exchange)


def _exchange(browser: BinaryIO, server: BinaryIO, head: bytes, method: str, path: str) -> Exchange | None:
    """None when the server left without an answer."""
    server.write(head)
    _pass_body(browser, server, head, has_body=True)
    answer = _read_head(server)
    if not answer:
        return None
    browser.write(answer)
    status = int(answer.split(b" ", 2)[1])
    has_body = method != "HEAD" and status not in {204, 304}
    size = len(answer) + _pass_body(server, browser, answer, has_body=has_body)
    return Exchange(method, path, status, _kind_of(answer), size)


def _read_head(stream: BinaryIO) -> bytes:
    """To the empty line; nothing when the other end has gone."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        row = stream.readline()
        if not row:
            return b""
        head += row
    return head


def _pass_body(source: BinaryIO, target: BinaryIO, head: bytes, *, has_body: bool) -> int:
    """Answers the bytes passed on."""
    if not has_body:
        passed = 0
    elif _header(head, b"transfer-encoding") == b"chunked":
        passed = _pass_chunks(source, target)
    else:
        passed = _pass_bytes(source, target, int(_header(head, b"content-length") or 0))
    target.flush()
    return passed


def _pass_chunks(source: BinaryIO, target: BinaryIO) -> int:
    passed = 0
    while True:
        row = source.readline()
        target.write(row)
        length = int(row.split(b";")[0], 16) + 2
        passed += len(row) + _pass_bytes(source, target, length)
        if length == 2:
            return passed


def _pass_bytes(source: BinaryIO, target: BinaryIO, length: int) -> int:
    left = length
    while left > 0:
        portion = source.read(min(left, PORTION))
        if not portion:
            raise ConnectionError("half an answer")
        target.write(portion)
        left -= len(portion)
    return length


def _header(head: bytes, name: bytes) -> bytes:
    for row in head.split(b"\r\n")[1:]:
        key, _colon, value = row.partition(b":")
        if key.strip().lower() == name:
            return value.strip().lower()
    return b""


def _kind_of(answer: bytes) -> str:
    kind = _header(answer, b"content-type").split(b";")[0].strip().decode()
    return KINDS.get(kind, "pictures" if kind.startswith("image/") else kind or "no content")
