"""Whoever gets or looks at somebody else's text stands in the log, before the text leaves the server."""

from __future__ import annotations

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from ledvei_pwa.platform import reads
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.reads import ReadLine
from tests.support.device import Device, Sealed, device_of
from tests.support.statements import listening
from tests.support.world import World

Told = list[tuple[str, str, int, str]]


@pytest.fixture
def shared(world: World, phone: Device) -> str:
    return phone.write_new("topic", scope=world.scope, question="How do I say it?", audience="supervisor")


def told(world: World) -> Told:
    """Who, how, which revision and where, of what the caseworker has written."""
    db.session.rollback()  # what was not committed is not there
    assert reads.walk(world.service.id).broken_at is None
    found = reads.of_author(world.caseworker.id)
    return [(read.reader_id, read.way.value, read.revision, read.place_id) for read in found]


def test_a_text_fetched_by_somebody_else_is_logged_with_their_device(world: World, shared: str) -> None:
    tablet = world.device(world.supervisor)
    assert tablet.entry(shared)
    assert told(world) == [(world.supervisor.id, "delivered", 1, tablet.id)]


def test_ones_own_devices_are_not_readers(world: World, shared: str) -> None:
    assert world.device(world.caseworker).entry(shared)
    assert told(world) == []


def test_looking_at_it_is_another_line(world: World, shared: str) -> None:
    tablet = world.device(world.supervisor)
    for _ in range(2):
        tablet.do("reading", shared)
    assert told(world)[1:] == [(world.supervisor.id, "looked_at", 1, tablet.id)]


def test_a_text_written_on_is_delivered_and_looked_at_anew(world: World, phone: Device, shared: str) -> None:
    tablet = world.device(world.supervisor)
    tablet.do("reading", shared)
    phone.do("topic", shared, question="How do I say it kindly?")
    tablet.sync()
    assert told(world)[-1] == (world.supervisor.id, "delivered", 2, tablet.id)


def test_fetching_everything_once_more_adds_nothing(world: World, shared: str) -> None:
    tablet = world.device(world.supervisor)
    tablet.post(cursor=0)
    assert len(told(world)) == 1


def test_each_of_a_readers_devices_is_told(world: World, shared: str) -> None:
    devices = [world.device(world.supervisor).id for _ in range(2)]
    assert [place for *_, place in told(world)] == devices


def test_a_private_text_reaches_nobody(world: World, phone: Device) -> None:
    phone.write_new("debrief", happened="I stood in the hall", audience="private")
    world.device(world.supervisor)
    assert told(world) == []


def test_what_cannot_be_logged_is_not_handed_over(
    world: World, shared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_line: object) -> str:
        raise OSError("the disk is full")

    tablet = device_of(world.app, world.supervisor)
    monkeypatch.setattr(reads.LOG, "hash_of", fail)
    answer = tablet.post().get_json()
    assert (answer["failed"], answer["changes"]) == (True, [])
    monkeypatch.undo()
    tablet.sync()
    assert tablet.entry(shared)


def test_the_log_is_committed_before_the_answer_leaves(world: World, shared: str) -> None:
    """Whoever stops the server between the two has a line of what came to nobody, and never the reverse."""
    tablet = device_of(world.app, world.supervisor)
    lines_at_commit: list[int] = []

    def look(session: Session) -> None:
        lines_at_commit.append(session.scalar(select(func.count()).select_from(ReadLine)) or 0)

    event.listen(db.session, "before_commit", look)
    try:
        answer = tablet.post().get_json()
    finally:
        event.remove(db.session, "before_commit", look)
    assert [change["id"] for change in answer["changes"] if change["type"] == "entry"] == [shared]
    assert lines_at_commit[-1] == 1
    assert len(told(world)) == 1


def test_many_texts_cost_as_many_statements_as_few(world: World, phone: Device) -> None:
    asked = []
    for count in (2, 20):
        tablet = world.device(world.supervisor)
        phone.sync(*(a_topic(world, phone) for _ in range(count)))
        with listening() as heard:
            tablet.post(cursor=tablet.cursor)
        asked.append(len(heard))
    assert asked[0] == asked[1]


def a_topic(world: World, device: Device) -> Sealed:
    return device.seal(device.operation("topic", scope=world.scope, question="Why", audience="supervisor"))
