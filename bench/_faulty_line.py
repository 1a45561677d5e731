"""A line that does to requests what a seeded pattern says, and a server that counts what reaches it."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from bench._listening import listening

SILENCE = 0.1  # seconds until a connection with no answer is given up; half a minute in the world
KEEP_ALIVE = re.compile(rb"\r\nconnection: keep-alive", re.IGNORECASE)
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Fault(StrEnum):
    NONE = "200"
    SIGN_IN = "401"
    BROKEN = "500"
    TIME_OUT = "time-out"
    RESET = "reset"
    ANSWER_LOST = "answer lost"  # the server has taken it, and nobody hears so


PATTERN = (Fault.NONE,) * 5 + (Fault.SIGN_IN, Fault.BROKEN, Fault.TIME_OUT, Fault.RESET, Fault.ANSWER_LOST)


@dataclass
class FaultyLine:
    """The fate of each request is drawn in the order in which they come. `is_over`: all is well now."""

    random: Random
    port: int = 0
    is_over: bool = False
    fates: Counter[Fault] = field(default_factory=Counter)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def next_fate(self) -> Fault:
        fate = Fault.NONE if self.is_over else self.random.choice(PATTERN)
        self.fates[fate] += 1
        return fate


@contextmanager
def faulty_line(server_port: int, seed: int) -> Iterator[FaultyLine]:
    """Stands before the server on `server_port` of this machine."""
    line = FaultyLine(Random(seed))  # noqa: S311 – repeatable, nothing secret

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if request := await read_request(reader):
            await meet_fate(line.next_fate(), request, server_port, writer)
        writer.close()

    with listening(relay) as line.port:
        yield line


async def meet_fate(fate: Fault, request: bytes, server_port: int, writer: asyncio.StreamWriter) -> None:
    if fate in {Fault.SIGN_IN, Fault.BROKEN}:
        writer.write(answer(fate.value))
    elif fate is Fault.NONE:
        writer.write(await forward(request, server_port))
    else:
        if fate is Fault.ANSWER_LOST:
            await forward(request, server_port)
        if fate is Fault.TIME_OUT:
            await asyncio.sleep(SILENCE)
        writer.transport.abort()


async def forward(request: bytes, server_port: int) -> bytes:
    """The whole answer. The server is asked to close, so that one sees where it ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server_port)
    writer.write(KEEP_ALIVE.sub(b"\r\nconnection: close", request, count=1))
    told = await reader.read()
    writer.close()
    return told


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """Head and body; nothing when the other end has gone."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = LENGTH.search(head)
        return head + await reader.readexactly(int(length[1]) if length else 0)
    except asyncio.IncompleteReadError:
        return b""


def answer(status: str, body: bytes = b"{}") -> bytes:
    head = f"HTTP/1.1 {status} .\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + body


@contextmanager
def counting_server() -> Iterator[tuple[int, Counter[str]]]:
    """Takes whatever is posted to it. Yields its port, and how often each `id` has come."""
    received: Counter[str] = Counter()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        received[json.loads(request.partition(b"\r\n\r\n")[2])["id"]] += 1
        writer.write(answer("201"))
        await writer.drain()
        writer.close()

    with listening(take) as port:
        yield port, received
