"""What was shared with the supervisor was shared with a person: whoever comes after does not read it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.sync.own_texts import own_texts
from ledvei_pwa.sync.records import Entry
from tests.support.device import Device
from tests.support.supervision import a_leader, a_plan
from tests.support.world import World


@pytest.fixture
def newcomer(world: World) -> PersonCard:
    return world.another_supervisor()


def takes_over(world: World, supervisor: PersonCard, *, now: datetime | None = None) -> None:
    plan = a_plan(supervisor, [world.caseworker, world.colleague])
    leader = a_leader(world.service.id, world.leader.id)
    changed = supervision.change_series(leader, world.series, plan, now=now or world.now)
    assert changed.ok, changed


def shared(world: World, device: Device, to: PersonCard | None = None, **fields: Any) -> str:
    """A topic for the supervisor. Without `to`, as the first releases sent it."""
    scope = world.scope | ({"to": to.id} if to else {})
    return device.write_new("topic", scope=scope, question="Mine", audience="supervisor", **fields)


def is_held_by(device: Device, entry: str) -> bool:
    device.sync()
    return device.entry(entry) is not None


def readers(device: Device, entry: str) -> list[str]:
    device.sync()
    held = device.entry(entry)
    assert held is not None
    return sorted(held["readers"])


# --- who reads ----------------------------------------------------------------------------------------------


def test_a_new_supervisor_does_not_get_what_was_shared_with_the_earlier_one(
    world: World, phone: Device, newcomer: PersonCard
) -> None:
    entry = shared(world, phone, world.supervisor)
    takes_over(world, newcomer)
    assert not is_held_by(world.device(newcomer), entry)
    assert readers(phone, entry) == [world.caseworker.id]


def test_nor_may_a_new_supervisor_mark_it_or_say_that_they_have_read_it(
    world: World, phone: Device, newcomer: PersonCard
) -> None:
    entry = shared(world, phone, world.supervisor)
    takes_over(world, newcomer)
    tablet = world.device(newcomer)
    for kind, fields in (("topic", {"outcome": "done"}), ("reading", {})):
        result = tablet.do(kind, entry, base=1, **fields)
        assert (result["result"], result["reason"]) == ("rejected", "entry_unknown")


def test_a_new_supervisor_reads_and_marks_what_is_the_groups(
    world: World, phone: Device, newcomer: PersonCard
) -> None:
    entry = phone.write_new("topic", scope=world.scope, question="Ours", audience="group")
    takes_over(world, newcomer)
    tablet = world.device(newcomer)
    assert tablet.do("topic", entry, outcome="done")["result"] == "applied"


def test_the_earlier_supervisor_has_it_again_when_they_come_back(
    world: World, phone: Device, newcomer: PersonCard
) -> None:
    tablet, entry = world.device(world.supervisor), shared(world, phone, world.supervisor)
    takes_over(world, newcomer)
    assert not is_held_by(tablet, entry)
    takes_over(world, world.supervisor)
    assert is_held_by(tablet, entry)


def test_the_author_opens_it_to_the_new_supervisor_without_touching_a_word(
    world: World, phone: Device, newcomer: PersonCard
) -> None:
    entry = shared(world, phone, world.supervisor)
    takes_over(world, newcomer)
    tablet = world.device(newcomer)
    assert phone.do("topic", entry, scope={"to": newcomer.id})["result"] == "applied"
    assert is_held_by(tablet, entry)
    assert (phone.entry(entry) or {})["fields"]["question"] == "Mine"


def test_writing_on_does_not_open_it(world: World, phone: Device, newcomer: PersonCard) -> None:
    entry = shared(world, phone, world.supervisor)
    takes_over(world, newcomer)
    phone.do("topic", entry, question="Mine, longer")
    assert readers(phone, entry) == [world.caseworker.id]


def test_the_author_alone_is_told_whom_it_is_shared_with(world: World, phone: Device) -> None:
    tablet, entry = world.device(world.supervisor), shared(world, phone, world.supervisor)
    tablet.sync()
    assert (phone.entry(entry) or {})["to"] == world.supervisor.id
    assert "to" not in (tablet.entry(entry) or {})


def test_the_file_of_ones_own_texts_says_who_cannot_read_it(
    world: World, phone: Device, newcomer: PersonCard
) -> None:
    shared(world, phone, world.supervisor)
    takes_over(world, newcomer)
    (text,) = own_texts(world.caseworker.id)
    assert text.readers == (
        f"Delt med {world.supervisor.name}, som var veilederen din. {newcomer.name} kan ikke lese det."
    )


# --- a phone that was off-line meanwhile --------------------------------------------------------------------


def test_what_waited_is_for_the_supervisor_whom_its_author_was_shown(
    world: World, phone: Device, newcomer: PersonCard
) -> None:
    scope = world.scope | {"to": world.supervisor.id}
    waiting = phone.operation("topic", scope=scope, question="Written in time", audience="supervisor")
    takes_over(world, newcomer)
    phone.sync(phone.seal(waiting))
    assert readers(phone, waiting["operation"]["entry"]) == [world.caseworker.id]


def test_an_old_app_shares_with_nobody_when_it_may_have_known_another_supervisor(
    world: World, phone: Device, newcomer: PersonCard
) -> None:
    waiting = phone.operation("topic", scope=world.scope, question="When?", audience="supervisor")
    takes_over(world, newcomer)
    phone.sync(phone.seal(waiting))
    assert readers(phone, waiting["operation"]["entry"]) == [world.caseworker.id]


def test_an_old_app_shares_with_the_only_supervisor_there_ever_was(world: World, phone: Device) -> None:
    assert world.supervisor.id in readers(phone, shared(world, phone))


def test_an_old_app_that_came_after_the_change_shares_with_the_new_supervisor(
    world: World, phone: Device, newcomer: PersonCard
) -> None:
    takes_over(world, newcomer, now=world.now - timedelta(minutes=1))
    assert newcomer.id in readers(phone, shared(world, phone))


def test_an_old_app_that_wrote_on_something_newer_than_the_change_shares_with_the_new_supervisor(
    world: World, phone: Device, newcomer: PersonCard
) -> None:
    entry = phone.write_new("topic", scope=world.scope, question="Mine", audience="private")
    takes_over(world, newcomer)
    later = (world.now + timedelta(minutes=1)).isoformat()
    phone.do("topic", entry, base=1, on=later, audience="supervisor", scope=world.scope)
    assert newcomer.id in readers(phone, entry)


def test_naming_nobody_that_is_there_shares_with_nobody(world: World, phone: Device) -> None:
    for named in (new_id(), world.stranger.id):
        scope = world.scope | {"to": named}
        entry = phone.write_new("topic", scope=scope, question="Mine", audience="supervisor")
        assert readers(phone, entry) == [world.caseworker.id]
        assert db.session.get_one(Entry, entry).shared_with is None


# --- two devices that do not know of each other -------------------------------------------------------------


def test_opened_on_one_device_and_written_on_on_another_it_is_closed_until_the_author_says_again(
    world: World, phone: Device, laptop: Device, newcomer: PersonCard
) -> None:
    entry = shared(world, phone, world.supervisor)
    laptop.sync()
    takes_over(world, newcomer)
    phone.do("topic", entry, scope={"to": newcomer.id})
    laptop.do("topic", entry, base=1, question="Words for the earlier one")
    assert readers(phone, entry) == [world.caseworker.id]
    assert (phone.entry(entry) or {})["to"] is None
    phone.do("topic", entry, scope={"to": newcomer.id})
    assert newcomer.id in readers(phone, entry)


def test_two_devices_that_name_different_supervisors_share_with_none_of_them(
    world: World, phone: Device, laptop: Device, newcomer: PersonCard
) -> None:
    entry = phone.write_new("topic", scope=world.scope, question="Mine", audience="private")
    laptop.sync()
    takes_over(world, newcomer)
    for device, to in ((phone, world.supervisor), (laptop, newcomer)):
        device.do("topic", entry, base=1, audience="supervisor", scope=world.scope | {"to": to.id})
    assert readers(phone, entry) == [world.caseworker.id]


def test_an_older_word_of_the_same_device_does_not_close_what_a_newer_one_has_opened(
    world: World, phone: Device, newcomer: PersonCard
) -> None:
    entry = phone.write_new("topic", scope=world.scope, question="Mine", audience="private")
    scope = world.scope | {"to": world.supervisor.id}
    older = phone.operation("topic", entry, base=1, audience="supervisor", scope=scope)
    newer = phone.operation(
        "topic", entry, base=1, audience="supervisor", scope=world.scope | {"to": newcomer.id}
    )
    takes_over(world, newcomer)
    phone.sync(phone.seal(newer))
    phone.sync(phone.seal(older))
    assert newcomer.id in readers(phone, entry)
