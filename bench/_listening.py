"""Something that listens on a port of this machine, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextmanager
def listening(serve: Serve) -> Iterator[int]:
    """`serve` is called with each connection. Yields the port."""
    ready: list[int] = []
    is_ready = threading.Event()
    loop = asyncio.new_event_loop()

    async def listen() -> None:
        server = await asyncio.start_server(_until_cancelled(serve), "127.0.0.1", 0)
        ready.append(server.sockets[0].getsockname()[1])
        is_ready.set()
        await asyncio.Event().wait()

    task = loop.create_task(listen())
    thread = threading.Thread(target=_run, args=(loop, task), daemon=True)
    thread.start()
    is_ready.wait()
    try:
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()


def _run(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
    async def until_told() -> None:
        with suppress(asyncio.CancelledError):
            await task

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(until_told())


def _until_cancelled(serve: Serve) -> Serve:
    """What goes on when the block ends is cancelled, and asyncio's streams would take that for a fault."""

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.CancelledError, OSError):
            await serve(reader, writer)

    return served
