"""Passwords are hashed with argon2id, and a person who is not there takes as long as one who is."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from ledvei_pwa.platform import passwords
from ledvei_pwa.platform.passwords import Cost, hash_code, hash_password, is_outdated, password_matches
from tests.conftest import REAL_COST_OF_CODES, REAL_HASHER

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def _at_the_real_cost(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(passwords, "_HASHER", REAL_HASHER)
    passwords._nobodys_hash.cache_clear()
    yield
    passwords._nobodys_hash.cache_clear()


def test_the_right_password_matches_and_another_does_not() -> None:
    hashed = hash_password("kaffe på benken")
    assert password_matches(hashed, "kaffe på benken")
    assert not password_matches(hashed, "kaffe på benkene")


def test_the_hash_is_argon2id_with_the_parameters_we_name() -> None:
    assert hash_password("kaffe på benken").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_codes_are_hashed_at_the_same_cost_with_their_salt() -> None:
    assert REAL_COST_OF_CODES == passwords.COST == Cost(time_cost=2, memory_cost=19456, parallelism=1)
    assert len({hash_code(code, salt) for code in ("1234", "1235") for salt in (b"a" * 16, b"b" * 16)}) == 4
    assert hash_code("1234", b"a" * 16) == hash_code("1234", b"a" * 16)


def test_the_same_password_is_hashed_differently_for_two_people() -> None:
    assert hash_password("kaffe på benken") != hash_password("kaffe på benken")


def test_a_letter_typed_in_two_parts_is_the_same_password() -> None:
    in_two_parts = unicodedata.normalize("NFD", "kaffe på benken")
    assert in_two_parts != "kaffe på benken"
    assert password_matches(hash_password("kaffe på benken"), in_two_parts)


def test_without_a_hash_no_password_matches() -> None:
    assert not password_matches(None, "kaffe på benken")
    assert not password_matches(None, "no person has this password")


def test_without_a_hash_the_same_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []

    class Watched(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:
            verified.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_HASHER", Watched(time_cost=2, memory_cost=19456, parallelism=1))
    password_matches(None, "guess")
    password_matches(hash_password("kaffe på benken"), "guess")
    assert [hashed.rsplit("$", 2)[0] for hashed in verified] == ["$argon2id$v=19$m=19456,t=2,p=1"] * 2


def test_a_damaged_hash_matches_nothing() -> None:
    assert not password_matches("$argon2id$damaged", "kaffe på benken")


def test_a_hash_with_weaker_parameters_is_outdated() -> None:
    assert is_outdated(PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash("kaffe på benken"))
    assert not is_outdated(hash_password("kaffe på benken"))
