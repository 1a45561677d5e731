"""The phones of a run: who uses them, which tabs are open, and what is told over the pipe for each."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fuzz.devices import Devices
from tests.fuzz.model import Model
from tests.fuzz.network import Flight, Network
from tests.fuzz.world import Person

ENDLESS = 400  # answers to one thing done: more than that is a device that asks for ever


class NeverStops(Exception):
    """A device asks again and again."""


@dataclass
class Phone:
    """One browser. `generation` counts how often its storage was emptied."""

    id: str
    owner: Person
    users: list[Person]
    generation: int = 0
    tabs: list[str] = field(default_factory=list)
    open_as: dict[str, str | None] = field(default_factory=dict)  # tab → who is unlocked there
    passphrases: dict[str, str] = field(default_factory=dict)  # person → what opens the vault here
    cookies: dict[str, str] = field(default_factory=dict)
    signed_in: str | None = None
    cookies_of: str | None = None  # an ended sign-in lives again when a backup from before is put back
    skew: int = 0


@dataclass
class Hands:
    """Does things on phones and serves what they ask the network, until all is quiet."""

    devices: Devices
    network: Network
    model: Model
    set_clock: Callable[[int], None]
    trace: Callable[[str], None]
    phones: dict[str, Phone] = field(default_factory=dict)
    settled: dict[int, dict[str, Any]] = field(default_factory=dict)
    outboxes: dict[str, list[str]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    astray: list[tuple[str, str]] = field(default_factory=list)  # tab and epoch
    explained: set[str] = field(default_factory=set)
    now: int = 0
    counted: Counter[str] = field(default_factory=Counter)
    _arrived: list[Flight] = field(default_factory=list)
    _calls: int = 0
    _pages: int = 0

    # Orders

    def tell(self, *orders: dict[str, Any]) -> None:
        """Do it, and serve what follows."""
        self.listen(*orders)
        self.serve()

    def listen(self, *orders: dict[str, Any]) -> None:
        """Do it, and leave what goes out on its way."""
        self._absorb(self.devices.tell(*orders))

    def serve(self) -> None:
        for _ in range(ENDLESS):
            if not self._arrived:
                return
            self.network.take(self._arrived.pop(0))
        raise NeverStops(f"more than {ENDLESS} requests in one go")

    def take_flights(self) -> list[Flight]:
        """Those that nobody has looked at yet."""
        flights, self._arrived = self._arrived, []
        return flights

    def answer(self, flight: Flight, how: dict[str, Any]) -> None:
        self._absorb(self.devices.tell({"do": "answer", "flight": flight.id, **how}))

    def pass_time(self, milliseconds: int) -> None:
        until = self.now + milliseconds
        for _ in range(ENDLESS):
            self.tell({"do": "pass", "ms": max(0, until - self.now)})
            if self.now >= until:
                return
        raise NeverStops(f"{ENDLESS} occasions within {milliseconds} ms")

    # Calls

    def order(self, tab: str, does: str, **wish: Any) -> dict[str, Any]:
        self._calls += 1
        return {"do": "call", "page": tab, "call": self._calls, "does": does, "with": wish}

    def call(self, tab: str, does: str, **wish: Any) -> Any:
        """The value; None when it failed or has not ended."""
        order = self.order(tab, does, **wish)
        self.tell(order)
        return self.value(order)

    def value(self, order: dict[str, Any]) -> Any:
        ended = self.settled.get(order["call"])
        return ended.get("value") if ended else None

    def has_ended(self, order: dict[str, Any]) -> bool:
        return order["call"] in self.settled

    def failure(self, order: dict[str, Any]) -> dict[str, Any] | None:
        return self.settled.get(order["call"], {}).get("error")

    # Pages

    def new_phone(self, owner: Person, users: list[Person], rng: random.Random) -> Phone:
        phone = Phone(f"b{len(self.phones)}", owner, users)
        self.phones[phone.id] = phone
        self.listen({"do": "browser", "id": phone.id, "hasLocks": rng.random() < 0.7})
        return phone

    def open_tab(self, phone: Phone) -> str:
        self._pages += 1
        tab = f"{phone.id}p{self._pages}"
        phone.tabs.append(tab)
        phone.open_as[tab] = None
        self.listen({"do": "page", "id": tab, "browser": phone.id})
        self.call(tab, "start")
        return tab

    def wake_worker(self, phone: Phone) -> str:
        """The worker's page; it ends when its work has ended."""
        self._pages += 1
        worker = f"{phone.id}w{self._pages}"
        self.listen({"do": "page", "id": worker, "browser": phone.id, "worker": True})
        return worker

    def kill(self, phone: Phone, tab: str) -> None:
        self.listen({"do": "kill", "id": tab})
        self.forget_tab(phone, tab)

    def forget_tab(self, phone: Phone, tab: str) -> None:
        if tab in phone.tabs:
            phone.tabs.remove(tab)
            phone.open_as.pop(tab, None)

    def state_of(self, phone: Phone, tab: str) -> dict[str, Any]:
        state: dict[str, Any] = self.call(tab, "state") or {"state": "gone", "person": None}
        phone.open_as[tab] = state["person"]
        return state

    # What comes back

    def _absorb(self, told: dict[str, Any]) -> None:
        if told["now"] != self.now:
            self.now = told["now"]
            self.set_clock(self.now)
        for note in told["notes"]:
            self._hear(note)
        for row in told["rows"]:
            self._learn(row)
        self.outboxes.update(told["outbox"])
        self.errors += [f"{error['where']} on {error['page']}: {error['text']}" for error in told["errors"]]
        for call, ended in told["settled"].items():
            self._end(int(call), ended)
        for fetch in told["fetches"]:
            phone = self.phones[fetch["browser"]]
            self._arrived.append(
                Flight(
                    fetch["flight"],
                    fetch["page"],
                    fetch["browser"],
                    fetch["path"],
                    fetch["method"],
                    fetch["headers"],
                    fetch["body"],
                    phone.cookies,
                    phone.cookies_of,
                )
            )

    def _hear(self, note: dict[str, Any]) -> None:
        if note["name"] == "saw":
            self.model.intents[note["call"]].saw = frozenset(note["texts"])
        elif note["name"] == "aborted":
            self.network.forget_page(note["flight"])
        elif note["name"] == "astray":
            self.trace(f"        {note['page']} was astray")
            self.astray.append((note["page"], note["epoch"]))

    def _learn(self, row: dict[str, Any]) -> None:
        phone = self.phones[row["browser"]]
        if row["table"] == "outbox" and self.model.opened(
            row["id"], row["key"], row["sealed"], phone.id, phone.generation
        ):
            self.counted["operations"] += 1

    def _end(self, call: int, ended: dict[str, Any]) -> None:
        self.settled[call] = ended
        intent = self.model.intents.get(call)
        if intent and "value" in ended and ended["value"] is not None:
            intent.is_done = True
        error = ended.get("error")
        if error and error["name"] not in EXPECTED:
            self.errors.append(f"call {call}: {error['stack'] or error['message']}")


EXPECTED = {"EnrolmentProblem", "Locked", "ExchangeFailure", "VaultLocked"}
