"""An operation takes effect as a whole or not at all, whatever else its request does."""

from __future__ import annotations

from datetime import UTC, timedelta

import time_machine

from ledvei_pwa.platform.database import db
from ledvei_pwa.sync.records import Entry
from tests.support.world import World


def test_an_operation_that_is_rejected_leaves_nothing_when_its_sign_in_is_noted_in_the_same_request(
    world: World,
) -> None:
    phone = world.device(world.caseworker)
    entry = phone.write_new("debrief", happened="Hard", audience="private")
    # The rejection's words ask for the language, that for the person, and that notes when they were here.
    with time_machine.travel(world.now.astimezone(UTC) + timedelta(minutes=10), tick=False):
        refused = phone.do("debrief", entry, audience="supervisor")
    assert refused["reason"] == "scope_unknown"
    db.session.expire_all()
    assert db.session.get_one(Entry, entry).audience == "private"
