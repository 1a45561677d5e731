"""What the network does to a request and to its answer."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from tests.fuzz.server import Killed, Reply

HTML: Final = {"Content-Type": "text/html"}
JSON: Final = {"Content-Type": "application/json"}
HOTEL: Final = "<!DOCTYPE html><title>Welcome to our hotel</title>"
FAILED: Final = {"failure": "Failed to fetch"}

Deliver = Callable[["Flight"], Reply]


@dataclass(frozen=True)
class Flight:
    """A request on its way from a page. `cookies` are those of the moment it left; `cookies_of`: whose."""

    id: int
    page: str
    phone: str
    path: str
    method: str
    headers: dict[str, str]
    body: str
    cookies: dict[str, str]
    cookies_of: str | None

    @property
    def is_sync(self) -> bool:
        return self.path == "/api/v1/sync"

    @property
    def operations(self) -> int:
        return len(json.loads(self.body).get("operations", [])) if self.is_sync else 0


@dataclass
class Held:
    """Something that arrives later: the request at the server, or the answer at the page."""

    flight: Flight
    reply: Reply | None = None  # None: the server has not seen it yet
    is_awaited: bool = True  # the page still waits for it


def status(code: int, **headers: str) -> dict[str, Any]:
    body = json.dumps({"error": f"code_{code}", "text": ""})
    return {
        "status": code,
        "headers": {**JSON, **{k.replace("_", "-"): v for k, v in headers.items()}},
        "body": body,
    }


def page(code: int, text: str = "") -> dict[str, Any]:
    return {"status": code, "headers": HTML, "body": text or f"<h1>{code}</h1>"}


def whole(reply: Reply) -> dict[str, Any]:
    return {"status": reply.status, "headers": reply.headers, "body": reply.body}


BEFORE: Final[dict[str, dict[str, Any]]] = {
    "drop_before": FAILED,
    "401": status(401),
    "403": page(403),
    "408": page(408),
    "413_proxy": page(413),
    "425": page(425),
    "426": page(426),
    "429": status(429, Retry_After="2"),
    "429_long": status(429, Retry_After="90"),
    "500": status(500),
    "502": page(502),
    "503": page(503),
    "503_wait": {**page(503), "headers": {**HTML, "Retry-After": "30"}},
    "504": page(504),
    "captive_portal": page(200, HOTEL),
    "odd_json": {"status": 200, "headers": JSON, "body": '{"ok": true}'},
    "empty": {"status": 200, "headers": JSON, "body": ""},
}
AFTER: Final[dict[str, dict[str, Any]]] = {
    "drop_after": FAILED,
    "500_after": status(500),
    "502_after": page(502),
    "504_after": page(504),
    "401_after": status(401),
    "portal_after": page(200, HOTEL),
}
SHAPES: Final = (
    "truncate",
    "cut",
    "double",
    "double_late",
    "late",
    "slow_request",
    "slow_answer",
    "never",
    "too_many",
)
TAKEN_TWICE: Final = frozenset({"double", "double_late", "late", "truncate", "cut", "slow_answer"})


@dataclass
class Network:
    """Answers flights by the weather of each phone. `deliver` brings one to the server."""

    rng: random.Random
    deliver: Deliver
    answer: Callable[[Flight, dict[str, Any]], None]
    trace: Callable[[str], None]
    met: Counter[str] = field(default_factory=Counter)
    held: list[Held] = field(default_factory=list)
    weather: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=lambda: [*BEFORE, *AFTER, *SHAPES])

    def take(self, flight: Flight) -> None:
        """Decide what becomes of a request, and do it."""
        weather = self.weather.get(flight.phone, "good")
        if weather == "off":
            self.met["off_line"] += 1
            return self.answer(flight, FAILED)
        if weather == "jam":
            self.held.append(Held(flight))
            return None
        if weather == "storm" and self.rng.random() < (0.75 if flight.operations else 0.35):
            fault = self.rng.choice(self._likely(flight))
            self.met[fault] += 1
            self.trace(f"        {flight.phone} {flight.path[8:]}: {fault}")
            return self.suffer(flight, fault)
        return self.pass_on(flight)

    def _likely(self, flight: Flight) -> list[str]:
        """What carries operations meets more often what happens after they were taken."""
        after = [fault for fault in self.faults if fault in AFTER or fault in TAKEN_TWICE]
        return after if after and flight.operations and self.rng.random() < 0.6 else self.faults

    def pass_on(self, flight: Flight) -> None:
        reply = self.reach(flight)
        self.answer(flight, whole(reply) if reply else self.rng.choice([FAILED, page(502)]))

    def reach(self, flight: Flight) -> Reply | None:
        """None when the server died of it."""
        try:
            return self.deliver(flight)
        except Killed:
            self.met["server_killed"] += 1
            self.trace(f"        the server dies under {flight.phone}")
            return None

    def suffer(self, flight: Flight, fault: str) -> None:
        if fault in BEFORE:
            return self.answer(flight, BEFORE[fault])
        if fault in AFTER:
            self.reach(flight)
            return self.answer(flight, AFTER[fault])
        shape: Callable[[Flight], None] = getattr(self, f"_{fault}")
        return shape(flight)

    def let_arrive(self, held: Held) -> None:
        """What was late comes now."""
        self.held.remove(held)
        reply = held.reply or self.reach(held.flight)
        if held.is_awaited:
            self.answer(held.flight, whole(reply) if reply else FAILED)

    def forget_page(self, aborted: int) -> None:
        """The page waits no longer. What is on its way still arrives at the server."""
        for held in [held for held in self.held if held.flight.id == aborted]:
            held.is_awaited = False
            if held.reply is not None:
                self.held.remove(held)

    # Shapes

    def _truncate(self, flight: Flight) -> None:
        reply = self.reach(flight)
        if reply is None:
            return self.answer(flight, FAILED)
        return self.answer(flight, {**whole(reply), "body": reply.body[: len(reply.body) // 2]})

    def _cut(self, flight: Flight) -> None:
        reply = self.reach(flight)
        self.answer(flight, {**whole(reply), "isCut": True} if reply else FAILED)

    def _double(self, flight: Flight) -> None:
        first, second = self.reach(flight), self.reach(flight)
        reply = self.rng.choice([first, second])
        self.answer(flight, whole(reply) if reply else FAILED)

    def _double_late(self, flight: Flight) -> None:
        """The second copy takes another way and comes much later."""
        self.held.append(Held(flight, is_awaited=False))
        self.pass_on(flight)

    def _late(self, flight: Flight) -> None:
        """The page has given up long before it arrives."""
        self.held.append(Held(flight, is_awaited=False))
        self.answer(flight, FAILED)

    def _slow_request(self, flight: Flight) -> None:
        self.held.append(Held(flight))

    def _slow_answer(self, flight: Flight) -> None:
        reply = self.reach(flight)
        if reply is None:
            return self.answer(flight, FAILED)
        self.held.append(Held(flight, reply))
        return None

    def _never(self, flight: Flight) -> None:
        """Nothing ever comes: only the page's own patience ends it."""

    def _too_many(self, flight: Flight) -> None:
        """A server with a smaller measure: only a single operation passes."""
        if flight.operations <= 1:
            return self.pass_on(flight)
        too_large = {"status": 413, "headers": JSON, "body": json.dumps({"error": "too_large", "text": ""})}
        return self.answer(flight, too_large)
