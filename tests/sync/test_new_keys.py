"""New keys while people write: what is old and what is new can be read, and nothing is lost on the way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from sqlalchemy import LargeBinary, select, update

from ledvei_pwa.features.people import accounts, factors
from ledvei_pwa.features.people.accounts import KnownBrowser
from ledvei_pwa.platform import audit, installation_keys, key_files, new_keys
from ledvei_pwa.platform.database import Base, db
from ledvei_pwa.platform.key_files import MASTER, NEXT, SIGN_IN, ensure_keys, keys_in, read_folder
from ledvei_pwa.platform.keyring import (
    EncryptedText,
    Keyring,
    KeyringProblem,
    ServiceKey,
    load_keyring,
    number_in,
)
from ledvei_pwa.platform.registry import House, house
from ledvei_pwa.sync.records import Entry, Revision
from ledvei_pwa.sync.texts import body_of, fields_of
from tests.support.device import Device
from tests.support.killed import killed_before
from tests.support.page_client import PageClient
from tests.support.people import CODE_SECRET, sign_in
from tests.support.world import World, a_world

NOT_TEXT = {
    "passkey.credential_id",
    "passkey.public_key",
    "passkey.user_handle",
    "service_key.wrapped",
    "earlier_service_key.wrapped",
}
LATER = timedelta(hours=2)
CODE_APPS = 5  # one for each of the service's people


@pytest.fixture
def folder(app: Flask, now: datetime, tmp_path: Path) -> Iterator[Path]:
    """A folder of keys of this test's own: the world is written under those in it."""
    ensure_keys(tmp_path / "keys")
    own: House = app.extensions["ledvei"]
    before, own.keyring = own.keyring, load_keyring(tmp_path / "keys")
    installation_keys.remember(own.keyring.now(), now)
    yield tmp_path / "keys"
    own.keyring = before


@pytest.fixture
def world(folder: Path, app: Flask, now: datetime) -> World:
    return a_world(app, now)


@pytest.fixture
def phone(world: World, folder: Path) -> Device:
    phone = world.device(world.caseworker)
    for number in range(3):
        phone.write_new("debrief", happened=f"text {number}", audience="private")
    return phone


def texts() -> list[str]:
    db.session.expire_all()
    return sorted(str(fields_of(entry)["happened"]) for entry in db.session.scalars(select(Entry)))


def numbers() -> set[int]:
    """Of the keys that the texts in the database are encrypted with."""
    rows = [*db.session.scalars(select(Entry.body)), *db.session.scalars(select(Revision.body))]
    return {number_in(data) for data in rows}


def deeds(world: World) -> list[str]:
    return [line.deed for line in audit.latest(world.service.id, 50) if "key" in line.deed]


def encrypt_all_anew(world: World) -> int:
    return sum(new_keys.encrypt_anew(world.service.id))


# --- a service's key ------------------------------------------------------------------------------


def test_every_column_of_bytes_is_known_as_encrypted_or_as_no_text() -> None:
    """A new table's texts must be found when their key is replaced."""
    bytes_ = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
        or (isinstance(column.type, EncryptedText) and column.name not in table.columns)
    }
    assert bytes_ == NOT_TEXT
    for found in new_keys.encrypted_columns():
        assert {"id", "service_id"} <= set(found.table.columns.keys()), found.table.name


def test_with_a_new_key_old_and_new_texts_can_be_read_and_written(world: World, phone: Device) -> None:
    assert new_keys.begin_service_key(world.service.id, now=world.now) == 2
    phone.write_new("debrief", happened="text 3", audience="private")
    assert numbers() == {1, 2}
    assert texts() == ["text 0", "text 1", "text 2", "text 3"]


def test_all_texts_come_to_the_new_key_and_stay_what_they_were(world: World, phone: Device) -> None:
    before = [body_of(row) for row in db.session.scalars(select(Revision).order_by(Revision.id))]
    new_keys.begin_service_key(world.service.id, now=world.now)
    assert encrypt_all_anew(world) == 6 + CODE_APPS
    assert numbers() == {2}
    db.session.expire_all()
    assert [body_of(row) for row in db.session.scalars(select(Revision).order_by(Revision.id))] == before
    assert phone.sync() == []  # and no device hears of it


def test_the_old_key_stays_while_a_text_needs_it(world: World, phone: Device) -> None:
    new_keys.begin_service_key(world.service.id, now=world.now)
    assert new_keys.drop_unused_keys(world.service.id, now=world.now + LATER) == []
    assert [left.texts for left in new_keys.what_is_left()] == [6 + CODE_APPS]


def test_the_old_key_stays_for_those_who_have_just_read_it(world: World, phone: Device) -> None:
    new_keys.begin_service_key(world.service.id, now=world.now)
    encrypt_all_anew(world)
    assert new_keys.drop_unused_keys(world.service.id, now=world.now + timedelta(minutes=59)) == []


def test_the_old_key_goes_when_nothing_needs_it_and_the_log_says_so(world: World, phone: Device) -> None:
    new_keys.begin_service_key(world.service.id, now=world.now)
    new_keys.go_on(world.now + LATER)
    assert new_keys.earlier_keys() == []
    assert texts() == ["text 0", "text 1", "text 2"]
    assert deeds(world) == ["service_key_replaced", "service_key_dropped"]


def test_a_text_that_cannot_be_opened_keeps_its_key(world: World, phone: Device) -> None:
    entry = db.session.scalars(select(Entry)).first()
    assert entry
    damaged = entry.body[:-1] + bytes([entry.body[-1] ^ 1])
    db.session.execute(update(Entry).where(Entry.id == entry.id).values(body=damaged))
    db.session.commit()
    new_keys.begin_service_key(world.service.id, now=world.now)
    new_keys.go_on(world.now + LATER)
    assert [(left.number, left.texts) for left in new_keys.what_is_left()] == [(1, 1)]


def test_a_second_new_key_before_the_first_is_everywhere_loses_nothing(world: World, phone: Device) -> None:
    new_keys.begin_service_key(world.service.id, now=world.now)
    phone.write_new("debrief", happened="text 3", audience="private")
    assert new_keys.begin_service_key(world.service.id, now=world.now) == 3
    assert numbers() == {1, 2}
    encrypt_all_anew(world)
    assert numbers() == {3}
    assert len(texts()) == 4


def test_a_code_app_works_on_with_its_services_new_key(world: World, folder: Path) -> None:
    new_keys.begin_service_key(world.service.id, now=world.now)
    assert encrypt_all_anew(world) == CODE_APPS
    code = pyotp.TOTP(CODE_SECRET).at(world.now)
    assert factors.use_code(world.caseworker.id, code, world.now)


@pytest.mark.parametrize("step", [2, 4])
def test_killed_while_texts_are_encrypted_anew_all_can_be_read_and_it_goes_on(
    world: World, phone: Device, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_keys, "AT_ONCE", 2)

    def work() -> None:
        new_keys.begin_service_key(world.service.id, now=world.now)
        encrypt_all_anew(world)

    assert killed_before(world.app, step, [(db.session, "commit")], work)
    assert texts() == ["text 0", "text 1", "text 2"]
    phone.write_new("debrief", happened="text 3", audience="private")
    new_keys.begin_service_key(world.service.id, now=world.now)
    new_keys.go_on(world.now + LATER)
    assert len(numbers()) == 1
    assert new_keys.earlier_keys() == []
    assert texts() == ["text 0", "text 1", "text 2", "text 3"]


# --- the master key -------------------------------------------------------------------------------


def test_a_new_master_key_opens_all_and_the_old_one_nothing(
    world: World, phone: Device, folder: Path
) -> None:
    old = read_folder(folder)
    assert new_keys.replace_master(folder, now=world.now)
    assert texts() == ["text 0", "text 1", "text 2"]
    assert not (folder / (MASTER + NEXT)).exists()
    for name, content in old.items():
        (folder / name).write_bytes(content)
    with pytest.raises(KeyringProblem, match="does not belong"):
        load_keyring(folder).refuse_foreign_database()


def test_recovery_codes_and_code_apps_survive_a_new_master_key(world: World, folder: Path) -> None:
    codes = factors.new_recovery_codes(world.caseworker.id, now=world.now)
    new_keys.replace_master(folder, now=world.now)
    assert factors.use_recovery_code(world.caseworker.id, codes[0], world.now)
    new_keys.replace_master(folder, now=world.now)
    assert factors.use_recovery_code(world.caseworker.id, codes[1], world.now)


def test_a_new_master_key_signs_what_browsers_hold_anew_and_ends_sign_ins(
    world: World, client: PageClient, folder: Path
) -> None:
    """As in a process that serves on: it hears of nothing."""
    sign_in(client, world.caseworker)
    known = accounts.write_known_browser(KnownBrowser("a browser", (world.caseworker.id,)))
    before = world.app.secret_key, house().keyring.signing_key
    new_keys.replace_master(folder, now=world.now)
    assert client.get("/devices").status_code == 302
    assert world.app.secret_key == house().keyring.signing_key
    assert world.app.secret_key not in before
    assert accounts.read_known_browser(known).person_ids == ()
    sign_in(client, world.caseworker)
    assert client.get("/devices").status_code == 200


def test_a_cookie_from_before_it_had_a_key_of_its_own_is_taken_on(
    world: World, client: PageClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Keyring, "signing_key", property(lambda keyring: keyring.secret_key))
    sign_in(client, world.caseworker)
    monkeypatch.undo()
    assert client.get("/devices").status_code == 200


def test_a_lost_sign_in_key_is_told_and_not_passed_over(world: World, folder: Path) -> None:
    new_keys.replace_master(folder, now=world.now)
    (folder / SIGN_IN).unlink()
    with pytest.raises(KeyringProblem, match=r"recovery codes.*Put back"):
        load_keyring(folder).refuse_foreign_database()


def test_another_process_reads_and_writes_on_through_a_new_master_key(
    world: World, phone: Device, folder: Path
) -> None:
    """It has read the folder before, and hears of nothing."""
    other = load_keyring(folder)
    new_keys.replace_master(folder, now=world.now)
    world.app.extensions["ledvei"].keyring = other
    assert texts() == ["text 0", "text 1", "text 2"]
    other.encrypt("another-service", ("entry", "1", "body"), "text")
    db.session.commit()
    fresh = load_keyring(folder)
    row = db.session.get(ServiceKey, "another-service")
    assert row
    assert len(fresh.unwrap(row)) == 32


def test_killed_at_any_point_a_new_master_key_loses_nothing_and_is_finished(
    world: World, phone: Device, folder: Path
) -> None:
    steps = [
        (new_keys, "write_secret"),
        (key_files.os, "link"),
        (db.session, "commit"),
        (os, "replace"),
        (new_keys, "keep_names"),
    ]
    codes = factors.new_recovery_codes(world.caseworker.id, now=world.now)
    killed = 0
    while killed_before(world.app, killed + 1, steps, lambda: new_keys.replace_master(folder, now=world.now)):
        killed += 1
        load_keyring(folder).refuse_foreign_database()
        assert texts() == ["text 0", "text 1", "text 2"], f"killed before step {killed}"
        assert factors.use_recovery_code(world.caseworker.id, codes[killed], world.now)
    assert killed >= 4
    load_keyring(folder).refuse_foreign_database()
    assert len(keys_in(read_folder(folder), "").masters) == 1


# --- the sealing key ------------------------------------------------------------------------------


def test_what_was_sealed_before_is_taken_after_and_devices_hear_of_the_new_key(
    world: World, phone: Device, folder: Path
) -> None:
    waiting = phone.seal(phone.operation("debrief", happened="text 3", audience="private"))
    key_id = new_keys.replace_sealing(folder, now=world.now)
    answer = phone.post(operations=[waiting]).get_json()
    assert answer["results"][0]["result"] == "applied"
    assert answer["keys"]["id"] == key_id != phone.key_id
    fresh = replace(phone, key_id=key_id, public=public_of(folder))
    assert fresh.do("debrief", happened="text 4", audience="private")["result"] == "applied"
    assert len(texts()) == 5


def public_of(folder: Path) -> ec.EllipticCurvePublicKey:
    return keys_in(read_folder(folder), "").sealings[0].public_key()


def test_the_last_use_of_an_earlier_sealing_key_is_noted(world: World, phone: Device, folder: Path) -> None:
    waiting = phone.seal(phone.operation("debrief", happened="text 3", audience="private"))
    new_keys.replace_sealing(folder, now=world.now)
    assert [row.used_at for row in installation_keys.earlier("sealing")] == [None]
    phone.sync(waiting)
    db.session.expire_all()
    assert [row.used_at for row in installation_keys.earlier("sealing")] == [world.now]


def test_an_earlier_sealing_key_that_was_given_up_opens_nothing(
    world: World, phone: Device, folder: Path
) -> None:
    waiting = phone.seal(phone.operation("debrief", happened="text 3", audience="private"))
    new_keys.replace_sealing(folder, now=world.now)
    assert new_keys.forget_sealing(folder, phone.key_id, now=world.now)
    assert phone.sync(waiting)[0]["reason"] == "seal_unreadable"
    assert deeds(world) == ["sealing_key_replaced", "sealing_key_dropped"]


def test_killed_at_any_point_a_new_sealing_key_leaves_every_seal_readable(
    world: World, phone: Device, folder: Path
) -> None:
    steps = [(new_keys, "write_secret"), (key_files.os, "link"), (db.session, "commit"), (os, "replace")]
    killed = 0
    while killed_before(
        world.app, killed + 1, steps, lambda: new_keys.replace_sealing(folder, now=world.now)
    ):
        killed += 1
        load_keyring(folder).refuse_foreign_database()
        assert phone.do("debrief", happened="more", audience="private")["result"] == "applied"
    assert killed >= 4
    assert phone.do("debrief", happened="more", audience="private")["result"] == "applied"
    load_keyring(folder).refuse_foreign_database()
