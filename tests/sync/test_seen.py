"""That a text has been seen is said to its author, and only when it is so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests.support.backup import put_back, take_backup
from tests.support.device import Device
from tests.support.world import World


@pytest.fixture
def tablet(world: World) -> Device:
    return world.device(world.supervisor)


def seen_by(device: Device, entry: str) -> list[str]:
    held = device.entry(entry)
    assert held is not None
    return [reading["person"] for reading in held["seen"]]


def later(now: datetime, minutes: int) -> time_machine.travel:
    return time_machine.travel(now.astimezone(UTC) + timedelta(minutes=minutes), tick=False)


@pytest.fixture
def shared(world: World, phone: Device) -> str:
    return phone.write_new("topic", scope=world.scope, question="I can wait", audience="supervisor")


def test_the_author_is_told_who_has_seen_a_text(
    world: World, phone: Device, tablet: Device, shared: str
) -> None:
    tablet.sync()
    tablet.do("reading", shared)
    phone.sync()
    assert seen_by(phone, shared) == [world.supervisor.id]


def test_a_text_written_on_since_is_not_said_to_be_seen(
    world: World, phone: Device, tablet: Device, shared: str
) -> None:
    tablet.sync()
    tablet.do("reading", shared)
    with later(world.now, 5):
        phone.do("topic", shared, question="I need you to call me today")
    assert seen_by(phone, shared) == []


def test_the_number_of_a_text_that_a_restored_server_has_lost_says_nothing_of_the_one_that_got_it(
    world: World, phone: Device, tablet: Device, shared: str
) -> None:
    laptop = world.device(world.caseworker)
    backup = take_backup()
    with later(world.now, 5):
        phone.do("topic", shared, question="Lost with the disk")
        tablet.sync()
    read = tablet.entry(shared)
    put_back(world.app, backup)
    with later(world.now, 10):
        laptop.do("topic", shared, base=1, question="I need you to call me today")
        assert read
        tablet.do("reading", shared, base=read["revision"], on=read["changed"])
        laptop.sync()
    assert seen_by(laptop, shared) == []


def test_it_is_said_to_be_seen_again_when_the_new_text_has_been_seen(
    world: World, phone: Device, tablet: Device, shared: str
) -> None:
    tablet.sync()
    tablet.do("reading", shared)
    with later(world.now, 5):
        phone.do("topic", shared, question="I need you to call me today")
    with later(world.now, 10):
        tablet.sync()
        tablet.do("reading", shared)
        phone.sync()
    assert seen_by(phone, shared) == [world.supervisor.id]


def test_who_saw_an_earlier_text_without_a_network_has_not_seen_the_new_one(
    world: World, phone: Device, tablet: Device, shared: str
) -> None:
    tablet.sync()
    read_off_line = tablet.seal(tablet.operation("reading", shared))
    with later(world.now, 5):
        phone.do("topic", shared, question="I need you to call me today")
    with later(world.now, 10):
        assert tablet.sync(read_off_line)[0]["result"] == "applied"
        phone.sync()
    assert seen_by(phone, shared) == []


def test_what_the_supervisor_marks_does_not_make_a_seen_text_unseen(
    world: World, phone: Device, tablet: Device, shared: str
) -> None:
    tablet.sync()
    tablet.do("reading", shared)
    with later(world.now, 5):
        tablet.do("topic", shared, outcome="done")
        phone.sync()
    assert seen_by(phone, shared) == [world.supervisor.id]
