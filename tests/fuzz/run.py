"""One seed: a service, some phones, many steps; then the faults stop and everything is compared."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.platform import feed
from tests.fuzz.access import Moment
from tests.fuzz.checks import Verdict, judge
from tests.fuzz.devices import Devices
from tests.fuzz.model import Model, Op
from tests.fuzz.network import FAILED, Flight, Network, whole
from tests.fuzz.phones import Hands, NeverStops, Phone
from tests.fuzz.server import BEGIN, Reply, Server
from tests.fuzz.world import World

ROUNDS: Final = 1


@dataclass
class Options:
    steps: int = 30


@dataclass
class Run:
    seed: int
    server: Server
    devices: Devices
    world: World
    options: Options = field(default_factory=Options)
    untold: set[str] = field(default_factory=set)  # epochs in which a backup was put back and nobody said so
    lines: list[str] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    leaks: list[str] = field(default_factory=list)
    forced_steps: list[int] | None = None

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.model = Model(self.server.keyring)
        self.is_meeting = False
        self.is_quiet = False  # what is done now leaves nothing on its way
        self.network = Network(random.Random(self.seed + 1), self.deliver, self._answer, self.trace)
        self.hands = Hands(self.devices, self.network, self.model, self._set_clock, self.trace)
        self.phones: list[Phone] = []
        self.copy: Any = None
        self.swarm: dict[str, bool] = {}
        self.drafts_lost: list[str] = []

    def trace(self, line: str) -> None:
        self.lines.append(line)

    # Beginning

    def begin(self) -> None:
        self.server.calm_down()
        self.server.put_back(self.world.empty)
        self.server.logged.clear()
        self.server.set_clock(BEGIN)
        self.server.seed(self.seed)
        page_size = self.rng.choice([4, 9, 200])
        defaults = feed.read_feed.__kwdefaults__
        assert defaults
        defaults["limit"] = page_size
        self.hands.now = int(BEGIN.timestamp() * 1000)
        self.hands.listen({"do": "begin", "now": self.hands.now, "seed": self.seed, "rounds": ROUNDS})

    def _set_clock(self, now: int) -> None:
        self.server.set_clock(datetime.fromtimestamp(now / 1000, UTC))

    def _answer(self, flight: Flight, how: dict[str, Any]) -> None:
        self.hands.answer(flight, how)

    # The server's side of the network

    def deliver(self, flight: Flight) -> Reply:
        before = self.moment() if self.is_meeting else None
        self._learn_what_passes(flight)
        self.counted["requests"] += 1
        reply = self.server.call(
            flight.path,
            method=flight.method,
            headers=flight.headers,
            body=flight.body,
            cookies=flight.cookies,
        )
        if flight.is_sync and reply.status == 200:
            self._look_for_leaks(flight, before, json.loads(reply.body))
        return reply

    def moment(self) -> Moment:
        return Moment.now(self.server, self.model.ops)

    def _learn_what_passes(self, flight: Flight) -> None:
        if not flight.is_sync:
            return
        phone = self.hands.phones[flight.phone]
        for operation in json.loads(flight.body)["operations"]:
            self.model.opened(
                operation["id"], operation["key"], operation["sealed"], phone.id, phone.generation
            )

    def _look_for_leaks(self, flight: Flight, before: Moment | None, answer: dict[str, Any]) -> None:
        items = [item for item in answer["changes"] if not item.get("unreadable")]
        if not items and not answer["removed"]:
            return
        person = flight.cookies_of
        if not answer["signed_in"] or not flight.cookies or person is None:
            self.leaks.append(f"{flight.phone} was told something although nobody is signed in there")
            return
        # Access may change while an answer is made, where requests meet: right at either end is right.
        moments = [self.moment(), *([before] if before else [])]
        for item in items:
            if not any(moment.may_be_told(person, item) for moment in moments):
                subject = f"{item['type']} {item['id']}"
                self.leaks.append(f"{flight.phone} ({self.name(person)}) was sent {subject}")

    def is_invalid(self, op: Op) -> bool:
        """Whether it was written so that the server will never take it."""
        texts = set(op.texts.values())
        return "no such choice" in op.set.values() or any(
            intent.is_invalid and texts & intent.texts for intent in self.model.intents.values()
        )

    def name(self, person_id: str | None) -> str:
        return self.world.person(person_id).key if person_id else "nobody"

    # What may not be demanded

    def excuse_what_lay_on(self, phone: Phone) -> None:
        """Its disk is gone: what the server has not, nobody has."""
        taken = {id_ for (id_,) in self.server.rows("SELECT id FROM operation")}
        for op in self.model.ops.values():
            if op.phone == phone.id and op.generation == phone.generation and op.id not in taken:
                op.excuse = op.excuse or "the phone was emptied before it was sent"

    # Backups

    def take_backup(self) -> Any:
        self.counted["backups"] += 1
        return self.server.backup()

    def put_back(self, copy: Any, *, is_told: bool) -> None:
        """The database is what it was. What came since is demanded from the disks that had it."""
        before = {id_ for (id_,) in self.server.rows("SELECT id FROM operation")}
        self.server.put_back(copy)
        after = {id_ for (id_,) in self.server.rows("SELECT id FROM operation")}
        for id_ in before - after:
            op = self.model.ops.get(id_)
            if op and op.generation != self.hands.phones[op.phone].generation:
                op.excuse = op.excuse or "the phone was emptied before the backup was put back"
        if is_told:
            self.server.do(lambda: begin_epochs(self.server.now))
        else:
            self.untold.update(epoch for (epoch,) in self.server.rows("SELECT epoch FROM service"))
        self.counted["restores told" if is_told else "restores untold"] += 1
        self.trace(f"        {len(before - after)} operations are gone from the server")

    # Requests that meet

    def meet(self, flights: list[Flight]) -> None:
        """The first is in the middle of its work when the others come."""
        up = [one for one in flights if self.network.weather.get(one.phone) not in ("off", "jam")]
        alone = [one for one in flights if one not in up] if len(up) > 1 else flights
        for flight in alone:
            self.network.take(flight)
        if len(up) > 1:
            self.rng.shuffle(up)
            self.counted["meetings"] += 1
            self.is_meeting = True
            replies = self._reach_within(up[0], up[1:]) if self.server.is_sqlite else self._reach_together(up)
            self.is_meeting = False
            self.rng.shuffle(up)
            for flight in up:
                reply = replies[flight.id]
                self.hands.answer(flight, whole(reply) if reply else FAILED)

    def _reach_within(self, first: Flight, others: list[Flight]) -> dict[int, Reply | None]:
        replies: dict[int, Reply | None] = {}

        def rest() -> None:
            for other in others:
                replies[other.id] = self.network.reach(other)

        if self.rng.random() < 0.5:
            self.server.meanwhile(0, rest, before="UPDATE service")
        else:
            self.server.meanwhile(self.rng.randint(0, 25), rest)
        replies[first.id] = self.network.reach(first)
        self.server.calm_meanwhile()
        if others[0].id not in replies:
            rest()
        return replies

    def _reach_together(self, flights: list[Flight]) -> dict[int, Reply | None]:
        """Really at the same time, each with its own connection. How they interleave is not the seed's."""
        with self.server.dawdling(), ThreadPoolExecutor(len(flights)) as pool:
            return dict(zip([one.id for one in flights], pool.map(self.network.reach, flights), strict=True))

    # Whole runs

    def knows(self, kind: str) -> bool:
        return self.swarm.setdefault(kind, random.Random(f"{self.seed}/{kind}").random() < 0.6)

    @property
    def is_deadly(self) -> bool:
        return self.knows("deaths")

    def whole(self, play: Callable[[Run], None], settle: Callable[[Run], None]) -> Verdict:
        try:
            self.begin()
            play(self)
            settle(self)
        except NeverStops as endless:
            verdict = Verdict()
            verdict.stuck.append(str(endless))
            return verdict
        return judge(self)


def begin_epochs(now: datetime) -> None:
    """What `ledvei restored` does."""
    for service in people.every_service():
        people.begin_epoch(service.id, now=now)
