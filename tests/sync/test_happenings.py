"""What may happen between a device and the server, each by its name: nothing is lost, nothing is doubled."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from uuid6 import uuid7

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.platform.database import new_id
from tests.support.backup import put_back, take_backup
from tests.support.device import Device, Sealed
from tests.support.people import actor_of, sign_in
from tests.support.world import World

BEFORE_1971, AFTER_2250 = 0x0007_0000_0000, 0x0820_0000_0000  # milliseconds, as the first 48 bits of an id


def a_topic(world: World, phone: Device, question: str = "A question") -> dict[str, Any]:
    return phone.operation("topic", scope=world.scope, question=question, audience="supervisor")


def results(answer: Any) -> list[str]:
    assert answer.status_code == 200
    return [result["result"] for result in answer.get_json()["results"]]


def question_of(phone: Device, entry: str) -> Any:
    held = phone.entry(entry)
    assert held is not None
    return held["fields"]["question"]


# --- on the way ----------------------------------------


def test_a_request_that_comes_twice_takes_effect_once(world: World, phone: Device) -> None:
    operations = [phone.seal(a_topic(world, phone)), phone.seal(a_topic(world, phone))]
    assert results(phone.post(operations=operations)) == ["applied", "applied"]
    assert results(phone.post(operations=operations)) == ["duplicate", "duplicate"]


def test_an_answer_that_is_lost_is_asked_for_again_with_what_has_come_since(
    world: World, phone: Device
) -> None:
    plain = a_topic(world, phone)
    phone.post(operations=[phone.seal(plain)])
    assert phone.sync(phone.seal(plain))[0]["result"] == "duplicate"
    assert question_of(phone, plain["operation"]["entry"]) == "A question"


def test_requests_that_overtake_each_other_end_with_the_later_text(world: World, phone: Device) -> None:
    new = a_topic(world, phone, "First")
    entry = new["operation"]["entry"]
    edits = [phone.operation("topic", entry, base=0, question=text) for text in ("Second", "Third")]
    for plain in (edits[1], new, edits[0]):
        phone.sync(phone.seal({**plain, "operation": {**plain["operation"], "scope": world.scope}}))
    assert question_of(phone, entry) == "Third"


def test_half_a_request_is_refused_as_a_whole_and_can_be_sent_again(world: World, phone: Device) -> None:
    operation = phone.seal(a_topic(world, phone))
    whole = json.dumps({"protocol": 1, "device": phone.id, "operations": [operation]})
    half = phone.client.post("/api/v1/sync", data=whole[: len(whole) // 2], content_type="application/json")
    assert half.status_code == 400
    assert phone.sync(operation)[0]["result"] == "applied"


# --- the sign-in ----------------------------------------


def test_after_signing_in_again_it_goes_on_where_it_was(world: World, phone: Device) -> None:
    world.device(world.colleague).write_new(
        "topic", scope=world.scope, question="Written meanwhile", audience="group"
    )
    phone.client = world.app.test_client()
    operation = phone.seal(a_topic(world, phone))
    answer = phone.post(operations=[operation])
    assert (results(answer), answer.get_json()["signed_in"]) == (["applied"], False)
    sign_in(phone.client, world.caseworker)
    phone.sync()  # asserts that the digests are equal
    assert sum(1 for type_, _ in phone.held if type_ == "entry") == 2


def test_who_has_no_access_for_a_while_sends_what_waited_when_they_have_it_again(
    world: World, phone: Device
) -> None:
    operation = phone.seal(a_topic(world, phone))
    leader = actor_of(world.leader)
    assert people.disable_person(leader, world.caseworker.id, now=world.now).ok
    refused = phone.post(operations=[operation]).get_json()["results"][0]
    assert (refused["result"], refused["reason"]) == ("rejected", "person_disabled")
    assert people.enable_person(leader, world.caseworker.id, now=world.now).ok
    assert results(phone.post(operations=[operation])) == ["applied"]


def test_the_device_of_a_closed_account_forgets_what_can_be_read_there(world: World, phone: Device) -> None:
    assert phone.post().get_json()["device"]["revoked"] is False
    leader = actor_of(world.leader)
    assert people.disable_person(leader, world.caseworker.id, now=world.now).ok
    assert phone.post().get_json()["device"]["revoked"] is True
    assert people.enable_person(leader, world.caseworker.id, now=world.now).ok
    assert phone.post().get_json()["device"]["revoked"] is False


# --- what cannot be taken ----------------------------------------


def test_a_mark_on_what_its_author_has_made_private_is_refused_and_the_rest_goes_on(
    world: World, phone: Device
) -> None:
    tablet = world.device(world.supervisor)
    entry = phone.write_new("topic", scope=world.scope, question="Mine", audience="supervisor")
    tablet.sync()
    waiting = [
        tablet.seal(tablet.operation("topic", entry, outcome="done")),
        tablet.seal(tablet.operation("summary", scope=world.scope, text="Ours")),
    ]
    phone.do("topic", entry, audience="private")
    assert [result["result"] for result in tablet.sync(*waiting)] == ["rejected", "applied"]
    assert tablet.entry(entry) is None
    phone.sync()
    assert "outcome" not in (phone.entry(entry) or {})["fields"]


# --- clocks ----------------------------------------


def id_of(milliseconds: int) -> str:
    """A UUIDv7 made by a clock that shows that moment."""
    return str(UUID(int=uuid7().int & ((1 << 80) - 1) | milliseconds << 80))


@pytest.mark.parametrize("clocks", [(BEFORE_1971, AFTER_2250), (AFTER_2250, BEFORE_1971)], ids=str)
def test_a_clock_years_off_in_the_ids_decides_nothing(
    world: World, phone: Device, clocks: tuple[int, int]
) -> None:
    laptop = world.device(world.caseworker)
    new = a_topic(world, phone, "First")
    new["operation"] |= {"id": id_of(clocks[0]), "entry": id_of(clocks[0])}
    entry = new["operation"]["entry"]
    phone.sync(phone.seal(new))
    laptop.sync()
    edit = laptop.operation("topic", entry, question="Second")
    edit["operation"]["id"] = id_of(clocks[1])
    assert laptop.sync(laptop.seal(edit))[0]["result"] == "applied"
    phone.sync()
    assert question_of(phone, entry) == "Second"


@pytest.mark.parametrize("at", ["1970-01-01T00:00:00Z", "2099-12-31T23:59:59+13:00", ""])
def test_two_edits_with_clocks_years_apart_are_merged_by_their_revisions(
    world: World, phone: Device, at: str
) -> None:
    laptop = world.device(world.caseworker)
    entry = phone.write_new("topic", scope=world.scope, question="First", audience="private")
    laptop.sync()
    late, early = (
        phone.operation("topic", entry, question="One"),
        laptop.operation("topic", entry, question="Two"),
    )
    late["operation"]["at"] = at or None
    assert phone.sync(phone.seal(late))[0]["result"] == "applied"
    assert laptop.sync(laptop.seal(early))[0]["result"] == "conflict"
    held = laptop.entry(entry)
    assert held is not None
    assert (held["fields"]["question"], held["conflicts"]["question"][0]["value"]) == ("One", "Two")


# --- yesterday's backup ----------------------------------------


class Kept:
    """What a device keeps of what was taken, to send it again in another epoch."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.operations: list[Sealed] = []

    def write(self, plain: dict[str, Any]) -> str:
        operation = self.device.seal(plain)
        assert self.device.sync(operation)[0]["result"] in ("applied", "merged")
        self.operations.append(operation)
        return str(plain["operation"]["entry"])

    def notices_and_sends_again(self) -> list[str]:
        epoch = self.device.epoch
        answer = self.device.post(acknowledged=self.device.number).get_json()
        assert answer["epoch"] != epoch
        self.device.held.clear()
        self.device.epoch, self.device.cursor = answer["epoch"], 0
        return [result["result"] for result in self.device.sync(*self.operations)]


def test_yesterdays_backup_is_noticed_and_everything_written_since_comes_back(world: World) -> None:
    phone, tablet = Kept(world.device(world.caseworker)), Kept(world.device(world.supervisor))
    old = phone.write(a_topic(world, phone.device, "Before the backup"))
    backup = take_backup()
    phone.write(phone.device.operation("topic", old, question="After the backup"))
    new = phone.write(a_topic(world, phone.device, "New since"))
    tablet.device.sync()
    tablet.write(tablet.device.operation("topic", new, outcome="carried", outcome_session=world.session))
    put_back(world.app, backup)
    assert phone.notices_and_sends_again() == ["duplicate", "applied", "applied"]
    answer = tablet.device.post(operations=tablet.operations)
    assert results(answer) == ["applied"]
    for device in (phone.device, world.device(world.supervisor)):
        device.sync()  # asserts that the digests are equal
        assert question_of(device, old) == "After the backup"
        assert (device.entry(new) or {})["fields"]["outcome"] == "carried"


def test_a_number_that_a_restored_server_gives_to_another_text_hides_neither(world: World) -> None:
    phone, laptop = world.device(world.caseworker), world.device(world.caseworker)
    entry = phone.write_new("topic", scope=world.scope, question="First", audience="private")
    laptop.sync()
    backup = take_backup()
    phone.do("topic", entry, question="Second, lost with the disk")
    lost = phone.entry(entry) or {}
    put_back(world.app, backup)
    people.begin_epoch(world.service.id, now=world.now)
    with time_machine.travel(world.now + timedelta(hours=1), tick=False):
        laptop.do("topic", entry, question="Second, from the laptop")
    late = phone.operation("topic", entry, base=lost["revision"], on=lost["changed"], question="Third")
    assert phone.sync(phone.seal(late))[0]["result"] == "conflict"
    held = phone.entry(entry) or {}
    assert held["fields"]["question"] == "Second, from the laptop"
    assert [one["value"] for one in held["conflicts"]["question"]] == ["Third"]


@pytest.mark.parametrize("on", ["yesterday", "2026-11-18T09:00:00", "0001-01-01T00:00:00+14:00", 5])
def test_a_moment_that_is_none_is_answered_as_malformed(world: World, phone: Device, on: Any) -> None:
    entry = phone.write_new("topic", scope=world.scope, question="First", audience="private")
    assert phone.do("topic", entry, on=on, question="Second")["reason"] == "malformed"


def test_who_comes_back_before_the_author_waits_for_what_their_mark_is_about(world: World) -> None:
    phone, tablet = Kept(world.device(world.caseworker)), Kept(world.device(world.supervisor))
    tablet.write(tablet.device.operation("summary", scope=world.scope, text="Before the backup"))
    backup = take_backup()
    new = phone.write(a_topic(world, phone.device, "New since"))
    tablet.device.sync()
    tablet.write(tablet.device.operation("topic", new, outcome="done"))
    put_back(world.app, backup)
    assert tablet.notices_and_sends_again() == ["duplicate", "retry"]
    assert results(phone.device.post(operations=phone.operations)) == ["applied"]
    assert [result["result"] for result in tablet.device.sync(*tablet.operations)] == ["duplicate", "applied"]


def test_a_device_registered_after_the_backup_is_told_that_it_is_unknown_and_nothing_of_it_is_taken(
    world: World,
) -> None:
    backup = take_backup()
    phone = world.device(world.caseworker)
    operation = phone.seal(a_topic(world, phone))
    phone.sync(operation)
    put_back(world.app, backup)
    answer = phone.post(operations=[operation]).get_json()
    assert answer["device"] is None
    assert (answer["results"][0]["result"], answer["results"][0]["reason"]) == ("rejected", "device_unknown")


def test_what_an_unknown_device_had_written_is_taken_from_the_device_registered_in_its_place(
    world: World,
) -> None:
    backup = take_backup()
    phone = world.device(world.caseworker)
    plain = a_topic(world, phone, "Sealed anew")
    phone.sync(phone.seal(plain))
    put_back(world.app, backup)
    again = world.device(world.caseworker)
    plain["operation"]["id"] = new_id()
    assert again.sync(again.seal({**plain, "number": 1}))[0]["result"] == "applied"
    assert question_of(again, plain["operation"]["entry"]) == "Sealed anew"
