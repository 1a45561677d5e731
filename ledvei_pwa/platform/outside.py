"""Ask another server on the open internet: over https, at public addresses only, and not for long.

No redirects are followed, and no more is read than is reasonable: the other server may be anybody's.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from ledvei_pwa.platform.push import PublicResolver, endpoint_problem
from ledvei_pwa.settings import Settings, is_this_machine

PATIENCE: Final = 5.0  # seconds for all of it: a thread that serves people waits meanwhile
LARGEST: Final = 256 * 1024  # bytes


class Unreachable(Exception):
    """There was no answer to be used. The message is a code, without anything of what was asked."""


@dataclass(frozen=True)
class Said:
    """What the other server answered."""

    status: int
    body: bytes

    def document(self) -> dict[str, Any]:
        """The JSON object in it. Raises `Unreachable` when it is something else."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            raise Unreachable("no_json") from None
        if not isinstance(found, dict):
            raise Unreachable("no_json")
        return found


def may_ask_this_machine(settings: Settings) -> bool:
    """Only where Ledvei itself is tried out on one machine."""
    return settings.testing or is_this_machine(urlsplit(settings.base_url).hostname or "")


def address_problem(address: str, settings: Settings) -> str:
    """A code when it may not be asked, else nothing. Names are looked up when it is asked, each time."""
    return endpoint_problem(
        address, allow_local=may_ask_this_machine(settings), addresses_of=lambda _host: ("1.1.1.1",)
    )


def ask(
    address: str,
    settings: Settings,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Said:
    """GET, or POST of a form. Raises `Unreachable` for all that is no answer."""
    if problem := address_problem(address, settings):
        raise Unreachable(problem)
    # A loop of its own, that is closed and not waited for: a name server that hangs must not hold us up.
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(_ask(address, settings, form, dict(headers or {})))
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise Unreachable(type(error).__name__) from None
    finally:
        loop.close()


async def _ask(
    address: str, settings: Settings, form: Mapping[str, str] | None, headers: dict[str, str]
) -> Said:
    resolver = PublicResolver(allow_local=may_ask_this_machine(settings))
    async with (
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=resolver, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=PATIENCE),
            auto_decompress=False,
        ) as session,
        session.request(
            "GET" if form is None else "POST",
            address,
            data=None if form is None else dict(form),
            headers={"Accept": "application/json", "Accept-Encoding": "identity", **headers},
            allow_redirects=False,
        ) as response,
    ):
        return Said(response.status, await _read(response))


async def _read(response: aiohttp.ClientResponse) -> bytes:
    read = bytearray()
    async for chunk in response.content.iter_chunked(16 * 1024):
        read += chunk
        if len(read) > LARGEST:
            raise ValueError("too much")
    return bytes(read)
