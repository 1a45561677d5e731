"""The server is killed between any two statements: what was acknowledged is there, the rest is sent again."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select

from ledvei_pwa.platform.database import db as database
from ledvei_pwa.settings import Settings
from ledvei_pwa.sync.records import Entry, Operation, Revision
from ledvei_pwa.sync.texts import fields_of
from tests.support.device import Device, Sealed
from tests.support.mortal import Lived, Mortal, mortal_server
from tests.support.world import World

TAKEN = ("applied", "merged", "duplicate")


@pytest.fixture(scope="module")
def mortal(settings: Settings, db_is_made: None) -> Iterator[Mortal]:
    with mortal_server(settings) as server:
        yield server


@pytest.fixture(scope="module")
def db_is_made(_app: Any) -> None:
    """The tables, before another process looks at them."""


class Day:
    """What one device writes in a day: a new topic, and in a second request an edit of it and a debrief."""

    def __init__(self, world: World, phone: Device) -> None:
        topic = phone.operation("topic", scope=world.scope, question="Before", audience="supervisor")
        self.topic = topic["operation"]["entry"]
        edit = phone.operation("topic", self.topic, base=1, question="After")
        debrief = phone.operation("debrief", happened="Hard", audience="private")
        self.debrief = debrief["operation"]["entry"]
        self.operations: list[Sealed] = [phone.seal(plain) for plain in (topic, edit, debrief)]
        self.batches = [self.operations[:1], self.operations[1:]]

    @property
    def ids(self) -> list[str]:
        return [operation["id"] for operation in self.operations]


def test_killed_at_any_statement_nothing_acknowledged_is_lost_and_nothing_is_doubled(
    world: World, mortal: Mortal, db: SQLAlchemy
) -> None:
    phone = world.device(world.caseworker)
    mortal.send(phone, *Day(world, phone).batches, warm=True)
    acknowledged_before_death = 0
    for moment in count(1):
        day = Day(world, phone)
        lived = mortal.send(phone, *day.batches, signed_in=False, die_at=moment)
        check_what_was_acknowledged_is_there(lived, day)
        acknowledged_before_death += len(acknowledged(lived)) if lived.was_killed else 0
        again = mortal.send(phone, day.operations, signed_in=False)
        check_all_took_effect_once(again, day)
        if not lived.was_killed:
            break
    assert moment > 40, "too few moments: are the statements still counted?"
    assert acknowledged_before_death > 0
    for person in (world.caseworker, world.supervisor):
        world.device(person)  # its sync() asserts that device and server hold the same


def acknowledged(lived: Lived) -> list[str]:
    results = [result for answer in lived.answers for result in answer["results"]]
    assert all(result["result"] in TAKEN for result in results), results
    return [result["id"] for result in results]


def check_what_was_acknowledged_is_there(lived: Lived, day: Day) -> None:
    database.session.rollback()
    there = set(database.session.scalars(select(Operation.id).where(Operation.id.in_(day.ids))))
    assert set(acknowledged(lived)) <= there


def check_all_took_effect_once(again: Lived, day: Day) -> None:
    assert acknowledged(again) == day.ids
    database.session.rollback()
    topic, debrief = (database.session.get_one(Entry, entry) for entry in (day.topic, day.debrief))
    assert (fields_of(topic)["question"], topic.revision) == ("After", 2)
    assert (fields_of(debrief)["happened"], debrief.revision) == ("Hard", 1)
    of_both = select(Revision.operation_id).where(Revision.entry_id.in_([day.topic, day.debrief]))
    assert sorted(database.session.scalars(of_both)) == sorted(day.ids)
