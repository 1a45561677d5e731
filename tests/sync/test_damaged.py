"""A text that can no longer be opened harms itself alone."""

from __future__ import annotations

from datetime import UTC, timedelta

import time_machine
from sqlalchemy import update

from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.platform import feed
from ledvei_pwa.platform.database import db
from ledvei_pwa.sync.records import Entry
from ledvei_pwa.sync.retention import let_old_entries_leave
from tests.support.device import Device
from tests.support.supervision import a_leader, a_plan
from tests.support.world import World


def a_damaged_topic(world: World, phone: Device) -> str:
    entry = phone.write_new("topic", scope=world.scope, question="Damaged", audience="supervisor")
    db.session.execute(update(Entry).where(Entry.id == entry).values(body=b"\x01not what was written"))
    db.session.commit()
    return entry


def test_a_supervisor_who_leaves_loses_a_damaged_text_as_well(world: World, phone: Device) -> None:
    entry = a_damaged_topic(world, phone)
    successor = world.another_supervisor()
    leader = a_leader(world.service.id, world.leader.id)
    plan = a_plan(successor, [world.caseworker, world.colleague])
    changed = supervision.change_series(leader, world.series, plan, now=world.now)
    assert changed.ok, changed
    assert feed.current_readers("entry", entry) == {world.caseworker.id}


def test_old_texts_leave_although_one_among_them_is_damaged(world: World, phone: Device) -> None:
    damaged = a_damaged_topic(world, phone)
    old = phone.write_new("debrief", happened="Long ago", audience="private")
    with time_machine.travel(world.now.astimezone(UTC) + timedelta(weeks=40), tick=False):
        let_old_entries_leave(world.now + timedelta(weeks=40))
    assert feed.current_readers("entry", old) == frozenset()
    assert feed.current_readers("entry", damaged)


def test_an_edit_of_a_damaged_text_waits_on_the_device_and_the_rest_goes_on(
    world: World, phone: Device
) -> None:
    entry = a_damaged_topic(world, phone)
    edit = phone.seal(phone.operation("topic", entry, base=1, question="More"))
    other = phone.seal(phone.operation("debrief", happened="Whole", audience="private"))
    assert [result["result"] for result in phone.sync(edit, other)] == ["retry", "applied"]
