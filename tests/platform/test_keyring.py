"""Keys: made once, read back, refused when wrong; texts open in their own place only."""

from __future__ import annotations

import stat
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask_sqlalchemy import SQLAlchemy

from ledvei_pwa.platform.database import new_id
from ledvei_pwa.platform.keyring import (
    MASTER,
    OPERATION_INFO,
    PUSH,
    SEALING,
    SUITE,
    Keyring,
    KeyringProblem,
    SealUnreadable,
    ServiceKey,
    TextUnreadable,
    ensure_keys,
    load_keyring,
)
from ledvei_pwa.platform.registry import House

PLACE = ("entry", "0192", "body")


def fresh_keyring(folder: Path) -> Keyring:
    ensure_keys(folder)
    return load_keyring(folder)


def seal_for(keyring: Keyring, plain: bytes) -> bytes:
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), keyring.sealing_public)
    return SUITE.encrypt(plain, public, OPERATION_INFO)


def test_all_keys_are_made_in_an_empty_folder(tmp_path: Path) -> None:
    assert ensure_keys(tmp_path / "keys") == [MASTER, SEALING, PUSH]


def test_keys_that_exist_are_never_replaced(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert ensure_keys(tmp_path) == []
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize("name", [MASTER, SEALING, PUSH])
def test_a_lost_key_is_not_replaced_in_silence(tmp_path: Path, name: str) -> None:
    ensure_keys(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(KeyringProblem, match="backup"):
        ensure_keys(tmp_path)


@pytest.mark.parametrize("name", [MASTER, SEALING, PUSH])
def test_a_missing_key_stops_the_start_and_is_named(tmp_path: Path, name: str) -> None:
    ensure_keys(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(KeyringProblem, match=name):
        load_keyring(tmp_path)


@pytest.mark.parametrize("name", [MASTER, SEALING, PUSH])
def test_a_damaged_key_stops_the_start_and_is_named(tmp_path: Path, name: str) -> None:
    ensure_keys(tmp_path)
    (tmp_path / name).write_text("not a key")
    with pytest.raises(KeyringProblem, match=name):
        load_keyring(tmp_path)


def test_a_key_that_others_can_read_stops_the_start(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    (tmp_path / MASTER).chmod(0o644)
    with pytest.raises(KeyringProblem, match="chmod 600"):
        load_keyring(tmp_path)


def test_what_a_device_sealed_is_opened(tmp_path: Path) -> None:
    keyring = fresh_keyring(tmp_path)
    sealed = seal_for(keyring, b"en tung dag")
    assert keyring.open_sealed(keyring.sealing_key_id, sealed).decode() == "en tung dag"


def test_a_seal_for_another_key_is_refused(tmp_path: Path) -> None:
    ours, other = fresh_keyring(tmp_path / "ours"), fresh_keyring(tmp_path / "other")
    with pytest.raises(SealUnreadable):
        ours.open_sealed(ours.sealing_key_id, seal_for(other, b"text"))


def test_an_unknown_key_id_is_refused(tmp_path: Path) -> None:
    keyring = fresh_keyring(tmp_path)
    with pytest.raises(SealUnreadable):
        keyring.open_sealed("0" * 16, seal_for(keyring, b"text"))


@pytest.mark.parametrize("length", [0, 1, 64, 65, 80, 86])
def test_a_seal_cut_short_is_refused(tmp_path: Path, length: int) -> None:
    keyring = fresh_keyring(tmp_path)
    with pytest.raises(SealUnreadable):
        keyring.open_sealed(keyring.sealing_key_id, seal_for(keyring, b"a text")[:length])


def test_a_seal_changed_in_one_bit_is_refused(tmp_path: Path) -> None:
    keyring = fresh_keyring(tmp_path)
    sealed = bytearray(seal_for(keyring, b"a text"))
    sealed[-1] ^= 1
    with pytest.raises(SealUnreadable):
        keyring.open_sealed(keyring.sealing_key_id, bytes(sealed))


def test_the_push_keys_have_the_shapes_of_web_push(tmp_path: Path) -> None:
    keyring = fresh_keyring(tmp_path)
    assert len(urlsafe_b64decode(keyring.vapid_public + "=")) == 65
    assert len(urlsafe_b64decode(keyring.vapid_private + "=")) == 32


def test_a_text_comes_back_from_its_place(house: House, db: SQLAlchemy) -> None:
    service = new_id()
    data = house.keyring.encrypt(service, PLACE, "Blåbær og ærlighet")
    assert house.keyring.decrypt(service, PLACE, data) == "Blåbær og ærlighet"


def test_a_text_is_not_in_what_is_stored(house: House, db: SQLAlchemy) -> None:
    assert b"kake" not in house.keyring.encrypt(new_id(), PLACE, "kake kake kake")


def test_a_text_moved_to_another_row_does_not_open(house: House, db: SQLAlchemy) -> None:
    service = new_id()
    data = house.keyring.encrypt(service, PLACE, "text")
    with pytest.raises(TextUnreadable):
        house.keyring.decrypt(service, ("entry", "0193", "body"), data)


def test_a_text_does_not_open_with_another_services_key(house: House, db: SQLAlchemy) -> None:
    first, second = new_id(), new_id()
    data = house.keyring.encrypt(first, PLACE, "text")
    house.keyring.encrypt(second, PLACE, "text")
    with pytest.raises(TextUnreadable):
        house.keyring.decrypt(second, PLACE, data)


def test_deleting_a_services_key_shreds_its_texts(house: House, db: SQLAlchemy) -> None:
    service = new_id()
    data = house.keyring.encrypt(service, PLACE, "text")
    db.session.delete(db.session.get(ServiceKey, service))
    db.session.commit()
    with pytest.raises(TextUnreadable, match="gone"):
        house.keyring.decrypt(service, PLACE, data)


def test_a_key_that_was_rolled_back_is_never_used_again(house: House, db: SQLAlchemy) -> None:
    service = new_id()
    lost = house.keyring.encrypt(service, PLACE, "text")
    db.session.rollback()
    house.keyring.encrypt(service, PLACE, "text")
    with pytest.raises(TextUnreadable):
        house.keyring.decrypt(service, PLACE, lost)


def test_a_database_of_another_master_key_is_refused(house: House, db: SQLAlchemy, tmp_path: Path) -> None:
    house.keyring.encrypt(new_id(), PLACE, "text")
    db.session.commit()
    with pytest.raises(KeyringProblem, match="does not belong"):
        fresh_keyring(tmp_path).refuse_foreign_database()


def test_the_right_master_key_is_accepted(house: House, db: SQLAlchemy) -> None:
    house.keyring.encrypt(new_id(), PLACE, "text")
    db.session.commit()
    house.keyring.refuse_foreign_database()
