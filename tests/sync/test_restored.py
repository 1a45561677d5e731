"""A backup was put back: every device hears of it, sends again, and nothing is refused too early."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import update

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.people.records import Device as DeviceRow
from ledvei_pwa.features.people.records import Service
from ledvei_pwa.platform.database import db, new_id
from tests.support.backup import put_back, take_backup
from tests.support.device import Device
from tests.support.world import World


def restored(world: World) -> str:
    return people.begin_epoch(world.service.id, now=world.now)


def epoch_of(world: World) -> str:
    service = people.service_of(world.service.id)
    assert service is not None
    return service.epoch


def go_back(phone: Device, *, number: int) -> None:
    """What a backup put back does to what the server remembers of a device."""
    db.session.execute(update(DeviceRow).where(DeviceRow.id == phone.id).values(last_number=number))
    db.session.commit()


def ask(phone: Device, **changes: Any) -> dict[str, Any]:
    answer: dict[str, Any] = phone.post(**changes).get_json()
    return answer


# --- told by the operator ----------------------------------------


def test_a_new_epoch_is_in_the_next_answer_and_everything_comes_again(world: World, phone: Device) -> None:
    held = set(phone.held)
    epoch = restored(world)
    answer = ask(phone)
    assert answer["epoch"] == epoch != phone.epoch
    assert {(item["type"], item["id"]) for item in answer["changes"]} == held


def test_what_is_sent_again_after_a_restore_takes_effect_once(world: World, phone: Device) -> None:
    operation = phone.seal(phone.operation("topic", scope=world.scope, question="Kept", audience="private"))
    phone.sync(operation)
    restored(world)
    assert [result["result"] for result in phone.sync(operation)] == ["duplicate"]


def test_other_services_of_the_same_database_are_left_alone(world: World) -> None:
    other = people.service_of(world.stranger.service_id)
    restored(world)
    assert people.service_of(world.stranger.service_id) == other


# --- noticed by the server ----------------------------------------


def test_a_device_that_was_acknowledged_more_than_the_server_knows_begins_a_new_epoch(
    world: World, phone: Device
) -> None:
    phone.write_new("topic", scope=world.scope, question="Lost with the disk", audience="private")
    go_back(phone, number=0)
    answer = ask(phone, acknowledged=1)
    assert answer["epoch"] == epoch_of(world) != phone.epoch


def test_a_device_whose_cursor_the_server_has_not_reached_begins_a_new_epoch(
    world: World, phone: Device
) -> None:
    assert ask(phone, cursor=phone.cursor + 1)["epoch"] == epoch_of(world) != phone.epoch


def test_a_device_that_was_told_more_than_is_in_its_feed_begins_one_although_others_have_written(
    world: World, phone: Device
) -> None:
    backup = take_backup()
    for turn in range(2):
        put_back(world.app, backup)
        with time_machine.travel(world.now + timedelta(minutes=turn), tick=False):
            writer = phone if turn == 0 else world.device(world.supervisor)
            writer.write_new("debrief", happened="A visit", audience="private")
    assert ask(phone)["epoch"] == epoch_of(world) != phone.epoch


def test_it_is_noticed_before_new_operations_make_the_numbers_look_right(world: World, phone: Device) -> None:
    phone.write_new("topic", scope=world.scope, question="Lost with the disk", audience="private")
    go_back(phone, number=0)
    new = phone.seal(phone.operation("topic", scope=world.scope, question="New", audience="private"))
    answer = ask(phone, acknowledged=1, operations=[new])
    assert [result["result"] for result in answer["results"]] == ["applied"]
    assert answer["epoch"] != phone.epoch


def test_a_device_where_nobody_is_signed_in_is_believed_by_what_it_has_sealed(
    world: World, phone: Device
) -> None:
    phone.write_new("topic", scope=world.scope, question="Lost with the disk", audience="private")
    go_back(phone, number=0)
    new = phone.seal(phone.operation("topic", scope=world.scope, question="New", audience="private"))
    phone.client = world.app.test_client()
    assert ask(phone, read=None, acknowledged=1, operations=[new])["epoch"] != phone.epoch


def test_who_shows_no_credential_begins_no_epoch(world: World, phone: Device) -> None:
    foreign = world.device(world.colleague)
    sealed = foreign.seal(foreign.operation("topic", scope=world.scope, question="Mine", audience="private"))
    for changes in ({"read": None}, {"read": "wrong"}, {"read": None, "operations": [sealed]}):
        ask(phone, acknowledged=99, cursor=10**15, **changes)
        assert epoch_of(world) == phone.epoch


def test_what_an_earlier_epoch_acknowledged_begins_no_further_epoch(world: World, phone: Device) -> None:
    epoch = restored(world)
    ask(phone, acknowledged=99, cursor=10**15)
    assert epoch_of(world) == epoch


def test_an_epoch_that_a_second_restore_has_undone_is_noticed(world: World, phone: Device) -> None:
    before = epoch_of(world)
    undone = restored(world)
    db.session.execute(update(Service).values(epoch=before, epoch_at=None))
    db.session.commit()
    assert ask(phone, epoch=undone)["epoch"] not in (before, undone)
    assert outcome_of(edit_of(new_id(), phone, base=1, question="More")) == ("retry", "not_back_yet")


def test_a_reader_sees_what_stands_there_although_nobody_has_noticed_the_restore(
    world: World, phone: Device
) -> None:
    """The revision's number is given out again, the change's is not."""
    tablet, reader = world.device(world.caseworker), world.device(world.supervisor)
    first = phone.operation("topic", scope=world.scope, question="First", audience="supervisor")
    phone.sync(phone.seal(first))
    entry = first["operation"]["entry"]
    backup = take_backup()
    for minutes, (device, text) in enumerate(((phone, "lost with the disk"), (tablet, "stands there"))):
        put_back(world.app, backup)
        with time_machine.travel(world.now + timedelta(minutes=minutes), tick=False):
            device.sync(device.seal(device.operation("topic", entry, base=1, question=text)))
            reader.sync()
    assert reader.held["entry", entry]["fields"]["question"] == "stands there"


@pytest.mark.parametrize("epoch", ["f" * 36, "ffffffff-ffff-7fff-bfff-ffffffffffff", "", None])
def test_an_epoch_that_never_was_begins_none(world: World, phone: Device, epoch: str | None) -> None:
    before = epoch_of(world)
    ask(phone, epoch=epoch)
    assert epoch_of(world) == before


@pytest.mark.parametrize("asked", [{"strain": 3}, {"remove": True}], ids=str)
def test_a_device_that_has_written_on_what_the_server_told_of_and_does_not_know_begins_one(
    world: World, phone: Device, asked: dict[str, Any]
) -> None:
    """Its numbers look right: nothing of its own was lost, and its person's feed has gone on."""
    tablet = world.device(world.caseworker)
    backup = take_backup()
    entry = phone.write_new("topic", scope=world.scope, question="Lost with the disk", audience="private")
    tablet.sync()
    edit = tablet.operation("topic", entry, on=tablet.held["entry", entry]["changed"], **asked)
    put_back(world.app, backup)
    with time_machine.travel(world.now + timedelta(minutes=1), tick=False):
        world.device(world.caseworker).write_new("debrief", happened="A visit", audience="private")
        answer = ask(tablet, operations=[tablet.seal(edit)])
    assert outcome_of(answer["results"][0]) == ("retry", "not_back_yet")
    assert answer["epoch"] == epoch_of(world) != tablet.epoch


def test_what_was_told_before_the_last_restore_begins_no_further_epoch(world: World, phone: Device) -> None:
    epoch = restored(world)
    edit_of(new_id(), phone, base=1, on=(world.now - timedelta(minutes=1)).isoformat(), question="More")
    assert epoch_of(world) == epoch


def test_what_is_said_to_have_been_told_in_the_future_begins_none(world: World, phone: Device) -> None:
    edit_of(new_id(), phone, base=1, on=(world.now + timedelta(days=1)).isoformat(), question="More")
    assert epoch_of(world) == phone.epoch


def test_the_second_device_that_notices_meets_the_epoch_that_the_first_began(
    world: World, phone: Device
) -> None:
    first = people.begin_epoch(world.service.id, now=world.now, instead_of=phone.epoch)
    second = people.begin_epoch(world.service.id, now=world.now, instead_of=phone.epoch)
    assert first == second != phone.epoch


def test_what_the_server_knows_begins_no_epoch(world: World, phone: Device) -> None:
    for _ in range(3):
        phone.write_new("topic", scope=world.scope, question="Known", audience="private")
        assert ask(phone, acknowledged=phone.number)["epoch"] == phone.epoch


# --- what builds on something that has not come back ----------------------------------------


def edit_of(entry: str, phone: Device, **asked: Any) -> dict[str, Any]:
    result: dict[str, Any] = phone.sync(phone.seal(phone.operation("topic", entry, **asked)))[0]
    return result


def outcome_of(result: dict[str, Any]) -> tuple[str, str]:
    return result["result"], result.get("reason", "")


@pytest.mark.parametrize(
    "asked",
    [
        {"base": 1, "question": "More"},
        {"base": 1, "remove": True},
        {"base": 0, "remove": True},
        {"base": 0, "remove": False},
    ],
    ids=str,
)
def test_an_edit_of_an_entry_that_is_not_back_yet_waits(
    world: World, phone: Device, asked: dict[str, Any]
) -> None:
    restored(world)
    result = edit_of(new_id(), phone, **asked)
    assert outcome_of(result) == ("retry", "not_back_yet")
    assert result["text"]


def test_a_reading_of_an_entry_that_is_not_back_yet_waits(world: World, phone: Device) -> None:
    restored(world)
    assert outcome_of(phone.do("reading", new_id(), base=1)) == ("retry", "not_back_yet")


def test_what_is_back_but_not_yet_shared_again_waits_for_its_author(world: World, phone: Device) -> None:
    entry = phone.write_new("topic", scope=world.scope, question="Shared as number 2", audience="private")
    restored(world)
    tablet = world.device(world.supervisor)
    assert outcome_of(tablet.do("reading", entry, base=2)) == ("retry", "not_back_yet")
    assert outcome_of(edit_of(entry, tablet, base=2, outcome="done")) == ("retry", "not_back_yet")
    assert outcome_of(edit_of(entry, tablet, base=1, outcome="done")) == ("rejected", "entry_unknown")


def test_the_later_operations_of_an_entry_that_is_not_back_yet_wait_in_their_order(
    world: World, phone: Device
) -> None:
    restored(world)
    entry = new_id()
    edits = [
        phone.seal(phone.operation("topic", entry, base=base, scope=world.scope, question="More"))
        for base in (1, 0)
    ]
    assert [outcome_of(result) for result in phone.sync(*edits)] == [("retry", "not_back_yet")] * 2


def test_an_edit_that_waited_is_taken_when_its_entry_is_back(world: World, phone: Device) -> None:
    laptop = world.device(world.caseworker)
    restored(world)
    new = phone.operation("topic", scope=world.scope, question="First", audience="private")
    entry = new["operation"]["entry"]
    edit = laptop.seal(laptop.operation("topic", entry, base=1, strain=3))
    assert outcome_of(laptop.sync(edit)[0]) == ("retry", "not_back_yet")
    phone.sync(phone.seal(new))
    assert outcome_of(laptop.sync(edit)[0]) == ("applied", "")


def test_after_thirty_days_what_never_came_back_is_unknown(world: World, phone: Device) -> None:
    restored(world)
    plain = phone.seal(phone.operation("topic", new_id(), base=1, question="More"))
    later = world.now + timedelta(days=30, minutes=1)
    with time_machine.travel(later, tick=False):
        answer = phone.client.post(
            "/api/v1/sync", json={"protocol": 1, "device": phone.id, "operations": [plain]}
        ).get_json()
    assert outcome_of(answer["results"][0]) == ("rejected", "entry_unknown")


def test_where_nothing_was_restored_an_unknown_entry_is_unknown_at_once(world: World, phone: Device) -> None:
    assert outcome_of(edit_of(new_id(), phone, base=1, question="More")) == ("rejected", "entry_unknown")
