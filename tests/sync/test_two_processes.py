"""Two server processes commit out of order, and a device that asks in between is never passed by a change."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from ledvei_pwa.platform.database import db
from ledvei_pwa.settings import Settings
from tests.support.device import Device, Sealed
from tests.support.mortal import Mortal, mortal_server
from tests.support.world import World

WRITINGS = 6  # of each process, in the test where they simply run


@pytest.fixture(scope="module")
def processes(settings: Settings, _app: Flask) -> Iterator[tuple[Mortal, Mortal]]:
    with mortal_server(settings) as one, mortal_server(settings) as other:
        yield one, other


@pytest.fixture
def reader(world: World) -> Device:
    return world.device(world.supervisor)


def a_topic(world: World, device: Device) -> tuple[str, Sealed]:
    """The entry's id, and the operation."""
    plain = device.operation("topic", scope=world.scope, question="For you", audience="supervisor")
    return plain["operation"]["entry"], device.seal(plain)


def ask(reader: Device) -> bool:
    """One round trip; whether the reader then holds what the server says."""
    db.session.rollback()
    answer = reader.post().get_json()
    reader.take_in(answer)
    return bool(answer["digest"] == reader.digest())


def refuse_sqlite() -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("one process at a time writes to SQLite")


def write_out_of_order(
    world: World, processes: tuple[Mortal, Mortal], reader: Device, **how: Any
) -> tuple[str, str]:
    """One process has its number and stands still before its commit; the other writes; the reader reads.

    Then the first commits and the reader reads on. Answers the entries of both.
    """
    slow, fast = processes
    early_device, late_device = world.device(world.caseworker), world.device(world.colleague)
    (early, operation), (late, other) = a_topic(world, early_device), a_topic(world, late_device)
    late_device.sync(a_topic(world, late_device)[1])  # makes the service's key, for which both would wait
    ask(reader)  # who gets something new of others' waits for who writes: that is written down
    standing = slow.send(early_device, [operation], stop_before_commit=True, **how)
    assert standing.stopped
    fast.begin(late_device, [other], **how)
    wait_until_late_writer_waits_or_is_done(late)
    ask(reader)
    assert slow.go_on(standing).answers[0]["results"][0]["result"] == "applied"
    while "ended" not in fast.hear():
        pass
    is_equal = ask(reader)
    assert is_equal or how
    return early, late


def wait_until_late_writer_waits_or_is_done(entry: str) -> None:
    waits = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    done = "SELECT count(*) FROM entry WHERE id = :entry"
    while not db.session.scalar(text(waits)) and not db.session.scalar(text(done), {"entry": entry}):
        db.session.rollback()
        time.sleep(0.02)
    db.session.rollback()


def test_a_change_that_commits_late_reaches_a_reader_who_asked_in_between(
    world: World, processes: tuple[Mortal, Mortal], reader: Device
) -> None:
    refuse_sqlite()
    early, late = write_out_of_order(world, processes, reader)
    assert (reader.entry(early) is not None, reader.entry(late) is not None) == (True, True)


def test_with_numbers_from_a_plain_sequence_the_same_reader_is_passed_by(
    world: World, processes: tuple[Mortal, Mortal], reader: Device
) -> None:
    """That is what the test before this one would notice."""
    refuse_sqlite()
    db.session.execute(text(f"CREATE SEQUENCE plain START {10**15}"))  # later than the clock's numbers
    db.session.commit()
    try:
        early, late = write_out_of_order(world, processes, reader, sequence=True)
    finally:
        db.session.execute(text("DROP SEQUENCE plain"))
        db.session.commit()
    assert (reader.entry(early) is not None, reader.entry(late) is not None) == (False, True)


def test_a_reader_who_never_stops_asking_gets_all_that_two_processes_write(
    world: World, processes: tuple[Mortal, Mortal], reader: Device
) -> None:
    devices = [world.device(world.caseworker), world.device(world.colleague)]
    written = []
    for process, device in zip(processes, devices, strict=True):
        topics = [a_topic(world, device) for _ in range(WRITINGS)]
        written += [entry for entry, _ in topics]
        process.begin(device, *([operation] for _, operation in topics))
    ended = 0
    for process in processes:
        while "ended" not in process.hear():
            ask(reader)
        ended += 1
    assert ask(reader), "device and server hold different things"
    assert ended == 2
    assert [entry for entry in written if reader.entry(entry) is None] == []
