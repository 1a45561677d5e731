"""The server's process is killed at any moment, with several devices sending: acknowledged means there."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.database import temporary_database
from tests.support.device import Device, Sealed
from tests.support.figures import kills_wanted, tell
from tests.support.http_device import device_over_http
from tests.support.standing_by import StandingBy, standing_by
from tests.support.written import Written

ROOT = Path(__file__).resolve().parents[2]
SEED = 20261121
FEW = 4  # kills in a test run
MOST_AT_ONCE = 4  # operations in one request
MOST_ANSWERS = 24  # between two kills
MOST_WAITING = 12  # while nobody answers
TAKEN = {"applied", "merged", "conflict", "duplicate"}
SENDERS = ("ingvild", "ingvild", "jonas", "ragnhild")

pytestmark = pytest.mark.timeout(1800)


@dataclass
class Sender(threading.Thread):
    """One device that writes and sends without a pause. What is not acknowledged it keeps and sends again."""

    device: Device
    who: str
    seed: int
    is_over: threading.Event
    outbox: dict[str, Sealed] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)  # the last of each entry
    answers: int = 0
    failures: int = 0
    problem: BaseException | None = None

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.chance = random.Random(self.seed)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        try:
            while not self.is_over.is_set():
                if len(self.outbox) < MOST_WAITING:
                    self.write()
                self.send()
            while self.outbox:
                self.send()
        except BaseException as problem:
            self.problem = problem

    def write(self) -> None:
        for _ in range(self.chance.randint(1, MOST_AT_ONCE)):
            known = [entry for entry in self.texts if self.device.revision(entry)]
            entry = self.chance.choice(known) if known and self.chance.random() < 0.4 else None
            text = f"{self.who} {self.chance.random()}"
            plain = self.device.operation("debrief", entry, happened=text, audience="private")
            self.texts[plain["operation"]["entry"]] = text
            self.outbox[plain["operation"]["id"]] = self.device.seal(plain)

    def send(self) -> None:
        try:
            results = self.device.sync(*list(self.outbox.values())[:MOST_AT_ONCE])
        except OSError:  # nobody there, or half an answer
            self.failures += 1
            time.sleep(0.05)
            return
        self.answers += 1
        for result in results:
            assert result["result"] in TAKEN | {"retry"}, result
            if result["result"] in TAKEN:
                self.acknowledged.add(result["id"])
                self.outbox.pop(result["id"], None)


@dataclass
class Killed:
    """What there was to see at the end."""

    server: StandingBy
    facts: dict[str, Any]
    senders: list[Sender]
    written: Written
    unfinished: list[int]  # operations on their way at each kill


@pytest.fixture
def database(worker_name: str) -> Iterator[str]:
    with temporary_database(f"kills_{worker_name}") as url:
        yield url


@pytest.fixture
def killed(database: str, tmp_path: Path) -> Iterator[Killed]:
    """After all kills, with every device done."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("LEDVEI_", "PYTEST_"))}
    environment = {**own, "PYTHONPATH": str(ROOT), "LEDVEI_DATABASE_URL": database}
    command = [sys.executable, "-m", "tests.support.small_service", "nb"]
    made = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    facts = json.loads(made.stdout)
    with standing_by(tmp_path, environment) as server:
        senders, over = senders_at(server, facts)
        unfinished = kill_often(server, senders)
        over.set()
        for sender in senders:
            sender.join(120)
            assert not sender.is_alive(), "a device is stuck"
        yield Killed(server, facts, senders, Written(database), unfinished)


def senders_at(server: StandingBy, facts: dict[str, Any]) -> tuple[list[Sender], threading.Event]:
    over = threading.Event()
    senders = [
        Sender(
            device_over_http(server.address, facts["emails"][who], facts["password"], facts["code_secret"]),
            who,
            SEED + place,
            over,
        )
        for place, who in enumerate(SENDERS)
    ]
    for sender in senders:
        sender.start()
    return senders, over


def kill_often(server: StandingBy, senders: list[Sender]) -> list[int]:
    """At seeded moments, counted in answers: how long those take is the machine's affair."""
    chance = random.Random(SEED)
    unfinished = []
    for _ in range(kills_wanted(FEW)):
        wait_for_answers(senders, chance.randint(0, MOST_ANSWERS))
        time.sleep(chance.uniform(0, 0.05))
        unfinished.append(sum(len(sender.outbox) for sender in senders))
        server.kill()
        server.start()
    return unfinished


def wait_for_answers(senders: list[Sender], number: int) -> None:
    wanted = sum(sender.answers for sender in senders) + number
    while sum(sender.answers for sender in senders) < wanted:
        assert any(sender.is_alive() for sender in senders), [sender.problem for sender in senders]
        time.sleep(0.002)


def test_no_acknowledged_operation_is_lost_and_none_takes_effect_twice(killed: Killed) -> None:
    assert [sender.problem for sender in killed.senders if sender.problem] == []
    acknowledged = set().union(*(sender.acknowledged for sender in killed.senders))
    texts = {entry: text for sender in killed.senders for entry, text in sender.texts.items()}
    lost, doubled = killed.written.missing(acknowledged), killed.written.doubled()
    counted = killed.written.count()
    tell(
        f"server killed, {killed.written.engine.dialect.name}, seed {SEED}",
        kills=killed.server.kills,
        broken_requests=sum(sender.failures for sender in killed.senders),
        acknowledged=len(acknowledged),
        lost=len(lost),
        doubled=len(doubled),
    )
    assert killed.server.kills == kills_wanted(FEW)
    assert sum(killed.unfinished) > 0, "nothing was on its way at any kill"
    assert (lost, doubled) == (set(), [])
    assert counted.operations == counted.revisions == len(acknowledged)
    assert counted.entries == len(texts)
    assert everything_fetched(killed) == texts


def everything_fetched(killed: Killed) -> dict[str, str]:
    """By new devices, which know nothing yet: the last text of each entry."""
    found: dict[str, str] = {}
    for who in dict.fromkeys(SENDERS):
        facts = killed.facts
        device = device_over_http(
            killed.server.address, facts["emails"][who], facts["password"], facts["code_secret"]
        )
        device.sync()
        entries = {key: item for (type_, key), item in device.held.items() if type_ == "entry"}
        found |= {key: item["fields"]["happened"] for key, item in entries.items()}
    return found
