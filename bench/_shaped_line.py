"""A line between a device and a server that is as slow as it is told to be, and counts what goes over it.

It works on bytes, below HTTP. The two directions share nothing, all connections share what a direction can
carry, each byte arrives half a round trip after it has left, and making a connection costs nothing (a browser
pays a round trip or two): as in the emulation of Chromium's DevTools, for which the presets are made.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from bench._listening import listening

PORTION = 4096  # bytes
REQUEST = re.compile(rb"(?:GET|HEAD|POST|PUT|DELETE) /[^ ]* HTTP/1\.1\r\n")
LONGEST_FIRST_ROW = 2048  # bytes


@dataclass(frozen=True)
class Shape:
    """Bits a second, and seconds there and back. 0 bits a second: as fast as the machine."""

    name: str
    down: float = 0
    up: float = 0
    round_trip: float = 0


UNSHAPED = Shape("unshaped")
# As Community Health Toolkit has them in tests/utils/network.js (its KB is 1024 bits).
GOOD_3G = Shape("Good3G", 1.5 * 1024 * 1024, 750 * 1024, 0.040)
REGULAR_2G = Shape("Regular2G", 250 * 1024, 50 * 1024, 0.300)


@dataclass
class Traffic:
    """Bytes with all headers, as HTTP/1.1 puts them on the line; TLS would add to each connection."""

    up: int = 0
    down: int = 0
    requests: int = 0

    @property
    def size(self) -> int:
        return self.up + self.down


@dataclass
class ShapedLine:
    port: int
    shape: Shape = UNSHAPED
    traffic: Traffic = field(default_factory=Traffic)
    free_at: dict[str, float] = field(default_factory=lambda: {"up": 0.0, "down": 0.0})

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def begin(self, shape: Shape = UNSHAPED) -> None:
        """Count from nothing, with this shape from now on."""
        self.shape, self.traffic = shape, Traffic()

    def told(self) -> Traffic:
        return replace(self.traffic)

    def arrives_at(self, way: str, size: int, now: float) -> float:
        width = self.shape.up if way == "up" else self.shape.down
        left = max(self.free_at[way], now) + (8 * size / width if width else 0)
        self.free_at[way] = left
        return left + self.shape.round_trip / 2


@contextmanager
def shaped_line(server_port: int) -> Iterator[ShapedLine]:
    """Stands before the server on `server_port` of this machine, in a thread of its own."""
    line = ShapedLine(0)

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", server_port)
        await asyncio.gather(_pass(reader, back, line, "up"), _pass(there, writer, line, "down"))

    with listening(relay) as line.port:
        yield line


async def _pass(
    source: asyncio.StreamReader, target: asyncio.StreamWriter, line: ShapedLine, way: str
) -> None:
    """One direction of one connection. Reading goes on while what was read is under way."""
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    delivering = asyncio.create_task(_deliver(under_way, target))
    loop, seen = asyncio.get_running_loop(), b""
    with suppress(OSError):
        while data := await source.read(PORTION):
            seen = _count(line.traffic, way, seen, data)
            under_way.put_nowait((line.arrives_at(way, len(data), loop.time()), data))
    under_way.put_nowait((line.arrives_at(way, 0, loop.time()), b""))
    await delivering


async def _deliver(under_way: asyncio.Queue[tuple[float, bytes]], target: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    with suppress(OSError):
        while True:
            arrives_at, data = await under_way.get()
            await asyncio.sleep(max(0, arrives_at - loop.time()))
            if not data:
                break
            target.write(data)
            await target.drain()
        target.close()


def _count(traffic: Traffic, way: str, seen: bytes, data: bytes) -> bytes:
    """Adds to `traffic`. Answers what may be a request's beginning, to be given again with what follows."""
    if way == "down":
        traffic.down += len(data)
        return b""
    traffic.up += len(data)
    whole = seen + data
    # No body holds such a row: JSON writes its line breaks as \n.
    found = list(REQUEST.finditer(whole))
    traffic.requests += len(found)
    rest = whole[found[-1].end() :] if found else whole
    return rest[-LONGEST_FIRST_ROW:]
