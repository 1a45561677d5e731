"""What leaves the devices when it grows old, and what stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from ledvei_pwa.platform import feed
from ledvei_pwa.sync.actions import write_entry
from ledvei_pwa.sync.retention import follow_series, let_old_entries_leave
from tests.support.world import World

KEPT = timedelta(weeks=8)


def written(world: World, kind: str, person: Any = None, **fields: Any) -> str:
    own = kind in ("debrief", "assessment")
    outcome = write_entry(
        (person or world.caseworker).id,
        kind,
        fields,
        now=world.now,
        session_id=None if own else world.session,
        series_id=world.series,
    )
    assert outcome.value is not None, outcome
    return outcome.value


def holders_after(world: World, entry: str, passed: timedelta) -> frozenset[str]:
    let_old_entries_leave(world.now + passed)
    return feed.current_readers("entry", entry)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("preparation", {"went_well": "a", "audience": "supervisor"}),
        ("debrief", {"happened": "a", "audience": "supervisor"}),
        ("topic", {"question": "a", "audience": "supervisor", "outcome": "done"}),
        ("agreement", {"text": "a", "done": True}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_old_and_over_leaves_all_devices(world: World, kind: str, fields: dict[str, Any]) -> None:
    entry = written(world, kind, **fields)
    assert holders_after(world, entry, KEPT + timedelta(days=9)) == frozenset()


def test_what_is_within_the_services_weeks_stays(world: World) -> None:
    entry = written(world, "debrief", happened="a", audience="private")
    assert holders_after(world, entry, KEPT - timedelta(days=1)) == {world.caseworker.id}


def test_what_belongs_to_a_session_within_the_weeks_stays(world: World) -> None:
    """The session is one day after it was written, so the day it leaves is one later too."""
    entry = written(world, "preparation", went_well="a", audience="private")
    assert holders_after(world, entry, KEPT + timedelta(hours=12)) == {world.caseworker.id}


def test_an_open_agreement_stays_with_its_readers_however_old(world: World) -> None:
    entry = written(world, "agreement", text="a")
    readers = {world.supervisor.id, world.caseworker.id, world.colleague.id}
    assert holders_after(world, entry, timedelta(days=400)) == readers


@pytest.mark.parametrize("outcome", ["", "carried"])
def test_a_topic_that_is_not_dealt_with_stays_however_old(world: World, outcome: str) -> None:
    entry = written(world, "topic", question="a", audience="supervisor", outcome=outcome)
    assert holders_after(world, entry, timedelta(days=400)) == {world.supervisor.id, world.caseworker.id}


def test_a_self_assessment_stays_with_its_author_and_leaves_the_supervisor(world: World) -> None:
    entry = written(world, "assessment", taken_on="2026-11-18", audience="supervisor", i01=3)
    assert feed.current_readers("entry", entry) == {world.supervisor.id, world.caseworker.id}
    assert holders_after(world, entry, KEPT + timedelta(days=9)) == {world.caseworker.id}


def test_what_has_left_comes_back_when_its_author_writes_on(world: World) -> None:
    entry = written(world, "debrief", happened="a", audience="private")
    later = world.now + KEPT + timedelta(days=9)
    let_old_entries_leave(later)
    assert write_entry(world.caseworker.id, "debrief", {"helped": "b"}, now=later, entry_id=entry).ok
    assert feed.current_readers("entry", entry) == {world.caseworker.id}


def test_a_change_of_people_does_not_bring_old_entries_back(world: World) -> None:
    entry = written(world, "preparation", went_well="a", audience="group")
    later = world.now + KEPT + timedelta(days=9)
    let_old_entries_leave(later)
    follow_series(world.series, later)
    assert feed.current_readers("entry", entry) == frozenset()


def test_the_second_run_of_a_day_tells_nobody_anything(world: World) -> None:
    written(world, "assessment", taken_on="2026-11-18", audience="supervisor")
    later = world.now + KEPT + timedelta(days=9)
    let_old_entries_leave(later)
    cursor = feed.read_feed(world.caseworker.id, 0).cursor
    let_old_entries_leave(later)
    assert feed.read_feed(world.caseworker.id, cursor).changes == []


def test_the_device_forgets_what_has_left_and_its_digest_agrees(world: World) -> None:
    phone = world.device(world.caseworker)
    entry = phone.write_new("debrief", happened="a", audience="private")
    later = world.now + KEPT + timedelta(days=9)
    let_old_entries_leave(later)
    with time_machine.travel(world.now + timedelta(minutes=1), tick=False):
        phone.sync()  # asserts that the digests are equal
    assert phone.entry(entry) is None
