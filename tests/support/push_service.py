"""Two push services for tests, over real HTTP: one decrypts what it gets, one misbehaves as told."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import http_ece
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledvei_pwa.platform.push import Subscription

ROOT = Path(__file__).resolve().parents[2]
NODE_SERVER = ROOT / "node_modules/web-push-testing/src/bin/server.js"


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Browser:
    """The part of a browser that holds a push subscription's keys and decrypts (RFC 8291)."""

    def __init__(self, endpoint: str) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._auth = os.urandom(16)
        point = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.subscription = Subscription(endpoint, base64url(point), base64url(self._auth))

    def read(self, body: bytes) -> dict[str, Any]:
        text = http_ece.decrypt(body, private_key=self._private, auth_secret=self._auth, version="aes128gcm")
        return dict(json.loads(text))


@dataclass
class Post:
    """A message as it arrived. `name`: the last part of the endpoint."""

    name: str
    headers: Mapping[str, str]  # names in any case
    body: bytes


@dataclass
class StrangePushService:
    """Answers 201, or what `answers[name]` says, in turn, the last one for ever; 0 hangs, -1 hangs up."""

    port: int = 0
    latency: float = 0.0
    answers: dict[str, list[int]] = field(default_factory=dict)
    answer_headers: dict[str, str] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)
    most_at_once: int = 0
    _at_once: int = 0

    def endpoint(self, name: str) -> str:
        return f"http://localhost:{self.port}/push/{name}"

    def browser(self, name: str) -> Browser:
        return Browser(self.endpoint(name))

    def posts_to(self, name: str) -> list[Post]:
        return [post for post in self.posts if post.name == name]

    @property
    def counts(self) -> Counter[str]:
        return Counter(post.name for post in self.posts)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return await self._answer(request)
        finally:
            self._at_once -= 1

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        self.posts.append(Post(name, request.headers, await request.read()))
        if self.latency:
            await asyncio.sleep(self.latency)
        planned = self.answers.get(name, [201])
        status = planned.pop(0) if len(planned) > 1 else planned[0]
        if status == 0:
            await asyncio.sleep(60)
        if status == -1:
            assert request.transport
            request.transport.close()
        return web.Response(status=max(status, 200), headers=self.answer_headers if status >= 300 else {})


@contextmanager
def strange_push_service(latency: float = 0.0) -> Iterator[StrangePushService]:
    """A push service on a thread of its own."""
    service, started = StrangePushService(latency=latency), threading.Event()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        app = web.Application()
        app.router.add_post("/push/{name}", service.answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "localhost", 0, backlog=512)
        await site.start()
        service.port = runner.addresses[0][1]
        ended = asyncio.Event()
        service_stop.append(lambda: loop.call_soon_threadsafe(ended.set))
        started.set()
        await ended.wait()
        await runner.cleanup()

    service_stop: list[Any] = []
    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    assert started.wait(10)
    yield service
    service_stop[0]()
    thread.join(10)
    loop.close()


class DecryptingPushService:
    """npm's web-push-testing: checks the VAPID signature, decrypts, and tells what it got."""

    def __init__(self, port: int) -> None:
        self.address = f"http://localhost:{port}"
        self._hashes: dict[str, str] = {}  # by endpoint

    def subscribe(self, vapid_public: str) -> Subscription:
        made = self._post("/subscribe", {"userVisibleOnly": "true", "applicationServerKey": vapid_public})[
            "data"
        ]
        self._hashes[made["endpoint"]] = made["clientHash"]
        return Subscription(made["endpoint"], made["keys"]["p256dh"], made["keys"]["auth"])

    def messages(self, subscription: Subscription) -> list[dict[str, Any]]:
        got = self._post("/get-notifications", {"clientHash": self._hashes[subscription.endpoint]})
        return [json.loads(text) for text in got["data"]["messages"]]

    def expire(self, subscription: Subscription) -> None:
        self._post(f"/expire-subscription/{self._hashes[subscription.endpoint]}", {})

    def is_up(self) -> bool:
        try:
            self._post("/status", {})
        except urllib.error.URLError:
            return False
        return True

    def _post(self, path: str, sent: dict[str, str]) -> dict[str, Any]:
        request = urllib.request.Request(
            self.address + path, json.dumps(sent).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return dict(json.loads(text)) if text.startswith(b"{") else {}


@contextmanager
def decrypting_push_service() -> Iterator[DecryptingPushService]:
    port = free_port()
    process = subprocess.Popen(["node", str(NODE_SERVER), str(port)], stdout=subprocess.DEVNULL)
    service = DecryptingPushService(port)
    try:
        deadline = time.monotonic() + 20
        while not service.is_up():
            assert time.monotonic() < deadline, "web-push-testing did not start"
            time.sleep(0.05)
        yield service
    finally:
        process.terminate()
        process.wait(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
