"""A proxy that counts what comes over the line, whoever asked for it: page, worker or browser."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.support.relay import Message, Passing, relay

KINDS = {
    "text/html": "HTML",
    "text/css": "CSS",
    "text/javascript": "scripts",
    "application/javascript": "scripts",
    "application/json": "JSON",
    "application/manifest+json": "JSON",
}


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
    """Stands before the server on `port` of this machine. A server that is gone closes the line."""
    line = Line("")

    def count(passing: Passing) -> None:
        request = passing.request
        line.asked.append(request.path)
        answer = passing.ask_server()
        passing.answer(answer)
        line.exchanges.append(
            Exchange(request.method, request.path, answer.status, _kind_of(answer), answer.size)
        )

    with relay(port, count) as found:
        line.address = f"http://localhost:{found.own_port}"
        yield line


def _kind_of(answer: Message) -> str:
    kind = answer.header(b"content-type").split(b";")[0].strip().decode()
    return KINDS.get(kind, "pictures" if kind.startswith("image/") else kind or "no content")
