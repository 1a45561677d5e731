"""What the answer says beside the results: about the device, what is to come, and what went wrong."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.platform import feed
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.keyring import Keyring
from ledvei_pwa.sync import pull as pull_module
from ledvei_pwa.sync.records import Entry
from tests.support.device import Device
from tests.support.people import actor_of
from tests.support.world import World

sync_pages = importlib.import_module("ledvei_pwa.sync.pages")  # the package's `pages` is the blueprint


def ask(phone: Device, **changes: Any) -> dict[str, Any]:
    response = phone.post(**changes)
    assert response.status_code == 200
    answer: dict[str, Any] = response.get_json()
    return answer


def a_topic(world: World, phone: Device, question: str = "A question") -> str:
    return phone.write_new("topic", scope=world.scope, question=question, audience="supervisor")


# --- the device ----------------------------------------


def test_a_device_learns_that_it_is_known_and_its_last_number(world: World, phone: Device) -> None:
    a_topic(world, phone)
    assert ask(phone)["device"] == {"last_number": 1, "revoked": False}


def test_a_device_that_the_server_does_not_know_is_told_so(phone: Device) -> None:
    assert ask(phone, device=new_id())["device"] is None


def test_a_revoked_device_is_told_so(world: World, phone: Device) -> None:
    people.revoke_device(actor_of(world.caseworker), phone.id, now=world.now)
    answer = ask(phone)
    assert (answer["device"]["revoked"], answer["signed_in"]) == (True, False)


# --- how much is to come ----------------------------------------


def test_each_page_says_how_many_changes_come_after_it(world: World) -> None:
    subjects = {new_id(): {world.caseworker.id} for _ in range(250)}
    feed.publish_many(world.service.id, "letter", subjects, at=world.now)
    db.session.commit()
    phone = world.device(world.caseworker)
    phone.cursor = 0
    first = ask(phone)
    second = ask(phone, cursor=first["cursor"])
    assert (len(first["changes"]), first["left"]) == (200, len(phone.held) - 200)
    assert (second["more"], second["left"]) == (False, 0)


# --- what cannot be shown ----------------------------------------


def damage(entry: str) -> None:
    db.session.execute(update(Entry).where(Entry.id == entry).values(body=b"\x01not what was written"))
    db.session.commit()


def test_a_damaged_text_is_said_to_be_unreadable_and_the_others_come(world: World, phone: Device) -> None:
    whole, damaged = a_topic(world, phone, "Whole"), a_topic(world, phone, "Damaged")
    damage(damaged)
    answer = ask(phone, cursor=0)
    shown = {item["id"]: item for item in answer["changes"]}
    assert shown[whole]["fields"]["question"] == "Whole"
    assert set(shown[damaged]) == {"type", "id", "version", "unreadable"}
    assert shown[damaged]["unreadable"] is True


def test_a_device_that_keeps_what_it_has_of_a_damaged_text_is_equal(world: World, phone: Device) -> None:
    damage(a_topic(world, phone))
    world.device(world.caseworker)  # its sync() asserts that the digests are equal


def test_a_subject_of_a_type_that_this_server_does_not_know_stays_on_the_device(
    world: World, phone: Device
) -> None:
    letter = new_id()
    feed.publish(world.service.id, "letter", letter, {world.caseworker.id}, at=world.now)
    db.session.commit()
    phone.sync()
    assert phone.held["letter", letter]["unreadable"] is True


def test_the_texts_of_a_service_whose_key_is_gone_do_not_keep_the_names_from_the_device(
    world: World, phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_topic(world, phone)

    def no_key(*_arguments: Any) -> str:
        raise KeyError("service_key")

    monkeypatch.setattr(Keyring, "decrypt", no_key)
    answer = ask(phone, cursor=0)
    assert {item["type"] for item in answer["changes"] if not item.get("unreadable")} >= {"person", "series"}
    assert "failed" not in answer


# --- what fails after the push ----------------------------------------


def database_is_gone(*_arguments: Any, **_named: Any) -> Any:
    raise OperationalError("SELECT", {}, Exception("the server closed the connection"))


FAILURES: list[tuple[Any, str]] = [
    (sync_pages, "find_standing"),
    (sync_pages, "_note_contact"),
    (pull_module, "read_feed"),
    (sync_pages, "pull"),
]


@pytest.mark.parametrize(("module", "name"), FAILURES, ids=[name for _, name in FAILURES])
def test_whatever_fails_after_the_push_the_results_are_answered(
    world: World, phone: Device, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    operation = phone.seal(phone.operation("topic", scope=world.scope, question="Taken", audience="private"))
    fail_after_push(monkeypatch, module, name)
    answer = ask(phone, operations=[operation])
    monkeypatch.undo()
    assert [result["result"] for result in answer["results"]] == ["applied"]
    assert (answer["failed"], answer["changes"], answer["digest"]) == (True, [], None)
    assert (answer["cursor"], answer["epoch"], answer["more"]) == (phone.cursor, phone.epoch, False)
    assert [result["result"] for result in phone.sync(operation)] == ["duplicate"]


def fail_after_push(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """`name` works until the operations have been taken."""
    push: Callable[..., Any] = sync_pages.push

    def push_and_break(*arguments: Any) -> Any:
        results = push(*arguments)
        monkeypatch.setattr(module, name, database_is_gone)
        return results

    monkeypatch.setattr(sync_pages, "push", push_and_break)


def test_a_database_that_fails_while_a_text_is_shown_does_not_make_the_text_unreadable(
    world: World, phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_topic(world, phone)
    monkeypatch.setitem(world.app.extensions["ledvei"].subjects, "entry", database_is_gone)
    answer = ask(phone, cursor=0)
    assert (answer["failed"], answer["changes"]) == (True, [])


# --- access lost in the middle ----------------------------------------


def test_access_lost_between_feed_and_text_is_a_removal_and_the_digest_agrees(
    world: World, phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet = world.device(world.supervisor)
    entry = a_topic(world, phone)
    real = pull_module.render

    def take_away_first(person: str, items: Any) -> Any:
        monkeypatch.setattr(pull_module, "render", real)
        phone.do("topic", entry, audience="private")
        return real(person, items)

    monkeypatch.setattr(pull_module, "render", take_away_first)
    tablet.sync()  # asserts that the digests are equal
    assert tablet.entry(entry) is None


def test_a_feed_that_shows_what_its_subject_denies_is_put_right(world: World, phone: Device) -> None:
    tablet = world.device(world.supervisor)
    entry = phone.write_new("topic", scope=world.scope, question="Mine alone", audience="private")
    feed.publish_to(world.service.id, "entry", entry, world.supervisor.id, at=world.now)
    db.session.commit()
    tablet.sync()  # asserts that the digests are equal
    assert tablet.entry(entry) is None
    assert feed.current_readers("entry", entry) == {world.caseworker.id}
