"""Web push: many sealed messages to push services at once, politely, and an answer about each.

Knows nothing about reminders. What to send, to whom and what to remember afterwards is the caller's.
Sources: RFC 8030 (push), RFC 8291 (encryption), RFC 8292 (VAPID); webkit.org/blog/16535 (declarative push).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import ipaddress
import math
import secrets
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Thread
from typing import Any, cast
from urllib.parse import urlsplit

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from py_vapid import Vapid02
from pywebpush import WebPushException, webpush_async

log = structlog.get_logger(__name__)
_LOOKING_UP = BoundedSemaphore(8)

IN_FLIGHT = (
    50  # bench/reminders.py: about 350 a second at 120 ms; more gains little and worries push services
)
TIMEOUT_SECONDS = 10.0
RECORD_EVERY_SECONDS = 0.2  # at most this much work is unknown when the process is killed
LONGEST_PAUSE_SECONDS = 3600.0
MAX_TTL_SECONDS = 4 * 7 * 24 * 3600  # what the large push services accept
MAX_PAYLOAD_BYTES = 3993  # RFC 8291 §4: what fits in one record of 4096
SIGN_AGAIN_SECONDS = 3600
SIGNATURE_LASTS_SECONDS = 12 * 3600  # 24 hours is the most (RFC 8292 §2)
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".home.arpa", ".lan", ".intranet")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in IPv6 clothes
OPEN_IPV6 = ipaddress.IPv6Network("2000::/3")  # all that is handed out (RFC 4291 §2.4); ::10.0.0.1 is outside
LOOK_UP_SECONDS = 5.0  # a browser's push service is one that everybody looks up: it answers at once
LONGEST_REFUSAL = 64 * 1024  # bytes; a longer one is not read, and its connection is closed


@dataclass(frozen=True)
class Subscription:
    """What the browser gave: an address at its push service, its public key and a secret (base64url)."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True)
class PushMessage:
    """One message to one subscription. `key` is the caller's own and comes back in the receipt.

    ttl: seconds the push service keeps it for a device that is off; 0 would throw it away at once.
    topic: replaces an earlier message not yet delivered; seen by the push service, so random.
    """

    key: str
    subscription: Subscription
    payload: str
    ttl: int
    topic: str


class Verdict(StrEnum):
    ACCEPTED = "accepted"  # the push service has it
    GONE = "gone"  # 404, 410: nobody listens there any more, forget the subscription
    LATER = "later"  # busy, failing or unreachable: worth another try
    REFUSED = "refused"  # will not help to repeat


@dataclass(frozen=True)
class Receipt:
    """What became of one message. `wait`: seconds the push service asks for before another try."""

    key: str
    verdict: Verdict
    status: int | None = None
    wait: float = 0.0


def new_topic() -> str:
    """32 random characters of URL-safe base64, the most RFC 8030 §5.4 allows. Never derived from anything."""
    return secrets.token_urlsafe(24)


# --- what may be subscribed -------------------------------------------------------------------------------


def key_problem(p256dh: str, auth: str) -> str:
    """A code when no browser makes such keys, else nothing. pywebpush does not check the first byte."""
    point, secret = _from_base64url(p256dh), _from_base64url(auth)
    if len(point) != 65 or point[0] != 4:
        return "p256dh_invalid"
    return "" if len(secret) == 16 else "auth_invalid"


def endpoint_problem(
    endpoint: str,
    *,
    allow_local: bool = False,
    addresses_of: Callable[[str], Iterable[str]] | None = None,
) -> str:
    """A code when this server should not be made to call the address, else nothing.

    Only https, at its own port, to hosts whose every address is public: anybody signed in may name an
    endpoint, and it must not become a way to reach the inside of the network, or to try others' ports.
    Looked up again at every connection (`PublicResolver`).
    """
    if not _is_plain_address(endpoint):
        return "endpoint_invalid"
    try:
        parts = urlsplit(endpoint)
        host = (parts.hostname or "").rstrip(".").lower()
        port = 443 if parts.port is None else parts.port
    except ValueError:
        return "endpoint_invalid"
    if allow_local and host in LOCAL_HOSTS and parts.scheme in {"http", "https"}:
        return ""
    if parts.scheme != "https" or not host or port != 443 or "@" in parts.netloc:
        return "endpoint_invalid"
    return _host_problem(host, addresses_of or _look_up)


def _is_plain_address(endpoint: str) -> bool:
    """Written so that every reader of addresses finds the same host in it."""
    return len(endpoint) <= 2000 and all("!" <= letter <= "~" and letter != "\\" for letter in endpoint)


def _host_problem(host: str, addresses_of: Callable[[str], Iterable[str]]) -> str:
    if _is_address(host):
        return "" if is_public_address(host) else "endpoint_not_public"
    if "." not in host or host.endswith(PRIVATE_SUFFIXES):
        return "endpoint_not_public"
    try:
        addresses = list(addresses_of(host))
    except OSError:
        return "endpoint_unreachable"
    return "" if addresses and all(map(is_public_address, addresses)) else "endpoint_not_public"


def is_public_address(text: str) -> bool:
    """Whether an IP address is one of the open internet, also when an IPv4 address hides in an IPv6 one."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        hidden = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in NAT64:
            hidden = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if hidden is not None:
            return is_public_address(str(hidden))
        if address not in OPEN_IPV6:
            return False
    return address.is_global and not address.is_multicast


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _look_up(host: str) -> Iterable[str]:
    """Raises `OSError` when there is no answer in time.

    The system's resolver knows no limit of its own: so many look-ups wait for it at most, and each in a
    thread that nobody waits for longer.
    """
    places = _LOOKING_UP
    if not places.acquire(blocking=False):
        raise OSError("too many look-ups wait already")
    answers: SimpleQueue[Iterable[str] | OSError] = SimpleQueue()
    Thread(target=_look_up_slowly, args=(host, answers, places), daemon=True).start()
    try:
        found = answers.get(timeout=LOOK_UP_SECONDS)
    except Empty:
        raise OSError("no answer in time") from None
    if isinstance(found, OSError):
        raise found
    return found


def _look_up_slowly(
    host: str, answers: SimpleQueue[Iterable[str] | OSError], places: BoundedSemaphore
) -> None:
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
        answers.put({str(one[4][0]) for one in found})
    except (OSError, UnicodeError) as problem:  # a name that cannot be written for DNS is no name
        answers.put(problem if isinstance(problem, OSError) else OSError("no name"))
    finally:
        places.release()


def _from_base64url(text: str) -> bytes:
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


class PublicResolver(AbstractResolver):
    """Looks names up and refuses private addresses: a name may have another address after the check."""

    def __init__(self, *, allow_local: bool) -> None:
        self._inner = ThreadedResolver()
        self._allow_local = allow_local

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if self._allow_local and host in LOCAL_HOSTS:
            return found
        if not all(is_public_address(result["host"]) for result in found):
            raise OSError("not a public host")
        return found

    async def close(self) -> None:
        await self._inner.close()


# --- sending ----------------------------------------------------------------------------------------------


class _RefusedError(Exception):
    """What the push service says no with. Its words are not kept."""

    def __init__(self, status: int, retry_after: str | None) -> None:
        super().__init__(str(status))
        self.status = status
        self.retry_after = retry_after


class _WithoutRedirects:
    """What pywebpush needs of a session. A push service never redirects; one that does may point inwards.

    Nor is all read that it answers: it may be anybody's server, and its words may have no end.
    """

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def post(self, url: str, **options: Any) -> aiohttp.ClientResponse:
        response = await self._session.post(url, allow_redirects=False, **options)
        if response.status <= 202:
            return response
        length = response.content_length
        if length is not None and length <= LONGEST_REFUSAL:
            await response.read()  # to the end, so that the connection serves again
        response.close()
        raise _RefusedError(response.status, response.headers.get("Retry-After"))


class PushSender:
    """Sends to many push services. Keep one per process: it remembers who asked for a pause."""

    def __init__(self, vapid_private: str, subject: str, *, allow_local: bool = False) -> None:
        """`subject`: an https or mailto: address for push services to complain to (RFC 8292)."""
        self._vapid = Vapid02.from_string(private_key=vapid_private)
        self._subject = subject
        self._allow_local = allow_local
        self._paused_until: dict[str, float] = {}  # host → time.monotonic()
        self._signatures: dict[str, tuple[float, dict[str, str]]] = {}  # origin → (time.time(), headers)

    def send(
        self,
        messages: Iterable[PushMessage],
        record: Callable[[list[Receipt]], None],
        *,
        give_up_after: float = 180.0,
    ) -> None:
        """Send all, and hand the receipts to `record` in small batches while the rest is on its way.

        `record` runs in another thread with the caller's context, never twice at once. Messages not begun
        after `give_up_after` seconds come back as LATER.
        """
        asyncio.run(self._send_all(iter(messages), record, time.monotonic() + give_up_after))

    async def _send_all(
        self, messages: Iterator[PushMessage], record: Callable[[list[Receipt]], None], deadline: float
    ) -> None:
        receipts: list[Receipt] = []
        async with self._new_session() as session:
            at_work = {
                asyncio.create_task(self._work(_WithoutRedirects(session), messages, receipts, deadline))
                for _ in range(IN_FLIGHT)
            }
            while at_work:
                finished, at_work = await asyncio.wait(at_work, timeout=RECORD_EVERY_SECONDS)
                batch, receipts[:] = receipts[:], []
                if batch:  # in a thread: a disk that is slow to write must not hold up the sending
                    await asyncio.to_thread(record, batch)
                for task in finished:
                    task.result()

    def _new_session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=IN_FLIGHT, resolver=PublicResolver(allow_local=self._allow_local), ttl_dns_cache=60
        )
        return aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        )

    async def _work(
        self,
        session: _WithoutRedirects,
        messages: Iterator[PushMessage],
        receipts: list[Receipt],
        deadline: float,
    ) -> None:
        for message in messages:
            receipts.append(await self._send_one(session, message, deadline))  # noqa: PERF401 — seen while it grows

    async def _send_one(self, session: _WithoutRedirects, message: PushMessage, deadline: float) -> Receipt:
        wait = self._pause_left(message)
        if wait > 0 or time.monotonic() > deadline:
            return Receipt(message.key, Verdict.LATER, wait=max(wait, 0.0))
        if problem := self._address_problem(message):
            return _refusal(message, problem)
        try:
            response = await self._post(session, message)
        except _RefusedError as refused:
            return self._after_refusal(message, refused)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.info("push_unreachable", host=_host(message), error=type(error).__name__)
            return Receipt(message.key, Verdict.LATER)
        except (ValueError, WebPushException) as error:  # keys that are no point on the curve
            return _refusal(message, type(error).__name__)
        return Receipt(message.key, Verdict.ACCEPTED, response.status)

    def _address_problem(self, message: PushMessage) -> str:
        """Addresses written as numbers never reach the resolver; names are looked up by it."""
        return endpoint_problem(
            message.subscription.endpoint,
            allow_local=self._allow_local,
            addresses_of=lambda _host: ("1.1.1.1",),
        )

    async def _post(self, session: _WithoutRedirects, message: PushMessage) -> aiohttp.ClientResponse:
        to = message.subscription
        response = await webpush_async(
            {"endpoint": to.endpoint, "keys": {"p256dh": to.p256dh, "auth": to.auth}},
            data=message.payload,
            ttl=max(1, min(message.ttl, MAX_TTL_SECONDS)),
            headers={**self._signature(to.endpoint), "Topic": message.topic, "Urgency": "normal"},
            timeout=cast("float", aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)),
            aiohttp_session=cast("aiohttp.ClientSession", session),
        )
        return cast("aiohttp.ClientResponse", response)

    def _signature(self, endpoint: str) -> dict[str, str]:
        """Says who we are to one push service (VAPID). Signed once an hour and not for each message."""
        parts, now = urlsplit(endpoint), time.time()
        origin = f"{parts.scheme}://{parts.netloc}"
        signed_at, headers = self._signatures.get(origin, (0.0, {}))
        if now - signed_at > SIGN_AGAIN_SECONDS:
            claims = {"aud": origin, "sub": self._subject, "exp": int(now) + SIGNATURE_LASTS_SECONDS}
            signed_at, headers = now, cast("dict[str, str]", self._vapid.sign(claims))
            self._signatures[origin] = signed_at, headers
        return headers

    def _after_refusal(self, message: PushMessage, refused: _RefusedError) -> Receipt:
        status = refused.status
        if status in {404, 410}:
            return Receipt(message.key, Verdict.GONE, status)
        if status == 429 or status >= 500:
            wait = seconds_to_wait(refused.retry_after, datetime.now(UTC))
            self._pause(message, wait)
            return Receipt(message.key, Verdict.LATER, status, wait)
        return _refusal(message, "refused_by_push_service", status)

    def _pause(self, message: PushMessage, seconds: float) -> None:
        if seconds > 0:
            self._paused_until[_host(message)] = time.monotonic() + seconds

    def _pause_left(self, message: PushMessage) -> float:
        return self._paused_until.get(_host(message), 0.0) - time.monotonic()


def seconds_to_wait(retry_after: str | None, now: datetime) -> float:
    """Retry-After in seconds: a number or a date (RFC 9110 §10.2.3). Nonsense is nought, an hour the most."""
    if not retry_after:
        return 0.0
    try:
        seconds = float(retry_after)
    except ValueError:
        seconds = _seconds_until(retry_after, now)
    return min(max(seconds, 0.0), LONGEST_PAUSE_SECONDS) if math.isfinite(seconds) else 0.0


def _seconds_until(date: str, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now.timestamp()


def _refusal(message: PushMessage, problem: str, status: int | None = None) -> Receipt:
    log.warning(
        "push_refused", host=_host(message), problem=problem, status=status, bytes=len(message.payload)
    )
    return Receipt(message.key, Verdict.REFUSED, status)


def _host(message: PushMessage) -> str:
    """Only this much of an endpoint is ever logged: the rest is a secret that lets one send to the device."""
    return urlsplit(message.subscription.endpoint).hostname or ""
