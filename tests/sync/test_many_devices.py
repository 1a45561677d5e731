"""Several devices, lost answers, doubled and reordered requests: nothing acknowledged is lost."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from ledvei_pwa.platform.database import db
from ledvei_pwa.sync.records import Entry, Operation, Revision
from ledvei_pwa.sync.texts import body_of, conflicts_of, fields_of
from tests.support.device import Device, Sealed
from tests.support.world import World

TAKEN = ("applied", "merged", "conflict", "duplicate")


class Outbox:
    """What a device has written and not yet heard of. Answers may be lost, requests doubled and reordered."""

    def __init__(self, device: Device, chance: random.Random) -> None:
        self.device = device
        self.chance = chance
        self.waiting: list[Sealed] = []
        self.written: dict[str, str] = {}  # the text of each operation, by the operation's id
        self.taken: set[str] = set()

    def write(self, entry: str, text: str, **asked: Any) -> None:
        plain = self.device.operation("topic", entry, question=text, **asked)
        self.waiting.append(self.device.seal(plain))
        self.written[plain["operation"]["id"]] = text

    def flush(self, *, faulty: bool) -> None:
        batch = list(self.waiting)
        if faulty and self.chance.random() < 0.4:
            self.chance.shuffle(batch)
        if faulty and self.chance.random() < 0.3:
            batch += batch[:2]
        if faulty and self.chance.random() < 0.3:
            self.device.post(operations=batch)  # the server commits, the answer is lost
            return
        for result in self.device.sync(*batch):
            if result["result"] in TAKEN:
                self.taken.add(result["id"])
                self.waiting = [one for one in self.waiting if one["id"] != result["id"]]


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
def test_nothing_that_was_written_is_lost_and_all_devices_end_equal(world: World, seed: int) -> None:
    chance = random.Random(seed)
    outboxes = [Outbox(world.device(world.caseworker), chance) for _ in range(3)]
    entries = [
        outboxes[0].device.write_new("topic", scope=world.scope, question="", audience="private")
        for _ in range(2)
    ]
    for outbox in outboxes:
        outbox.device.sync()
    for step in range(14):
        outbox = chance.choice(outboxes)
        if chance.random() < 0.7:
            outbox.write(chance.choice(entries), f"text {seed} {step}")
        else:
            outbox.flush(faulty=True)
    for _ in range(2):
        for outbox in outboxes:
            outbox.flush(faulty=False)
    check_nothing_is_lost(entries, outboxes)
    check_all_hold_the_same(entries, outboxes)


def check_nothing_is_lost(entries: list[str], outboxes: list[Outbox]) -> None:
    """Every text is in some revision, or in a conflict, or gave way to a later text of its own device."""
    for outbox in outboxes:
        assert outbox.waiting == []
        assert outbox.taken == set(outbox.written)
    for entry in (db.session.get_one(Entry, id_) for id_ in entries):
        revisions = db.session.scalars(select(Revision).where(Revision.entry_id == entry.id)).all()
        stood = {body_of(revision).fields["question"] for revision in revisions}
        beside = {one.value for one in conflicts_of(entry).get("question", [])}
        for outbox in outboxes:
            texts = last_texts(outbox, entry.id)
            assert not texts or texts[-1] in stood | beside, (texts, stood, beside)
    assert len(entries) == 2


def last_texts(outbox: Outbox, entry_id: str) -> list[str]:
    """What this device wrote in the entry, in its own order."""
    query = select(Operation).where(Operation.device_id == outbox.device.id, Operation.entry_id == entry_id)
    operations = db.session.scalars(query.order_by(Operation.number)).all()
    return [outbox.written[one.id] for one in operations if one.id in outbox.written]


def check_all_hold_the_same(entries: list[str], outboxes: list[Outbox]) -> None:
    for outbox in outboxes:
        outbox.device.sync()  # asserts the digest
    for id_ in entries:
        entry = db.session.get_one(Entry, id_)
        db.session.refresh(entry)
        for outbox in outboxes:
            held = outbox.device.entry(id_)
            assert held is not None
            assert held["fields"] == fields_of(entry)


def test_each_operation_takes_effect_once_however_often_it_comes(world: World) -> None:
    phone = world.device(world.caseworker)
    plain = phone.operation("topic", scope=world.scope, question="Once", audience="private")
    for _ in range(5):
        phone.post(operations=[phone.seal(plain)])
    counted = (
        select(func.count()).select_from(Revision).where(Revision.entry_id == plain["operation"]["entry"])
    )
    assert db.session.scalar(counted) == 1


def test_devices_that_write_at_the_same_moment_all_get_through(world: World) -> None:
    """Tab, worker and second device flush at once: no lock is ever an error, no edit is lost."""
    devices = [world.device(world.caseworker) for _ in range(3)]
    entry = devices[0].write_new("topic", scope=world.scope, question="", audience="private")
    for device in devices:
        device.sync()
    fields = ["strain", "agenda_minutes", "agenda_order"]
    batches = [
        [device.seal(device.operation("topic", entry, **{name: number})) for number in range(1, 9)]
        for device, name in zip(devices, fields, strict=True)
    ]
    answers: dict[int, list[str]] = {}

    def flush(index: int) -> None:
        results = []
        for operation in batches[index]:
            results += devices[index].post(operations=[operation]).get_json()["results"]
        answers[index] = [result["result"] for result in results]

    threads = [threading.Thread(target=flush, args=(index,)) for index in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {result for results in answers.values() for result in results} <= {"applied", "merged"}
    devices[0].sync()
    held = devices[0].entry(entry)
    assert held is not None
    assert {name: held["fields"][name] for name in fields} == dict.fromkeys(fields, 8)
    assert held["revision"] == 1 + 3 * 8


@pytest.mark.parametrize("copies", [4])
def test_the_same_operation_sent_at_the_same_moment_takes_effect_once(world: World, copies: int) -> None:
    phone = world.device(world.caseworker)
    operation = phone.seal(phone.operation("topic", scope=world.scope, question="Once", audience="private"))
    results: list[str] = []

    def send() -> None:
        answer = phone.post(operations=[operation]).get_json()
        results.append(answer["results"][0]["result"])

    threads = [threading.Thread(target=send) for _ in range(copies)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["applied"] + ["duplicate"] * (copies - 1)
