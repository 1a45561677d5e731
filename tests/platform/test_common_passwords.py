"""Passwords from breaches, and those made of what others know, are looked up here and nowhere else."""

from __future__ import annotations

import pytest

from ledvei_pwa.platform.common_passwords import breached, common_words, is_breached, is_tried_first

pytestmark = pytest.mark.one_database
ABOUT = ("Kari Nordmann", "kari.nordmann@fjordvik.example", "Fjordvik barnevern")


def test_the_list_has_more_than_the_three_thousand_most_common_of_our_length() -> None:
    listed = breached().split()
    assert len(listed) > 40_000
    assert min(map(len, listed)) == 12


@pytest.mark.parametrize(
    "password", ["1q2w3e4r5t6y", "1Q2W3E4R5T6Y", "stairway to heaven", "ne_e_pod_chehyl"]
)
def test_a_password_from_a_breach_is_found_however_it_is_spelt(password: str) -> None:
    assert is_breached(password)


def test_a_part_of_a_listed_password_or_two_of_them_is_not_listed() -> None:
    assert not is_breached("w3e4r5t6y")
    assert not is_breached("stairwaytoheaven\nstairwaytoheaven")


@pytest.mark.parametrize(
    "password",
    [
        "Velkommen2026",
        "Barnevernet 2026",
        "ledvei.ledvei",
        "kari.nordmann@fjordvik.example",
        "Fjordvik 4711!!",
    ],
)
def test_norwegian_words_the_service_and_the_person_are_tried_first(password: str) -> None:
    assert is_tried_first(password, *ABOUT)


def test_what_says_something_of_another_may_be_a_good_password() -> None:
    assert is_tried_first("fjordvikfjordvik", *ABOUT)
    assert not is_tried_first("fjordviktunet", "Åse Li", "ase@nes.example", "Nes")


def test_a_name_of_one_letter_does_not_make_every_password_easy() -> None:
    assert not is_tried_first("kaffe på benken", "A", "a@nes.example", "e")


def test_the_words_are_as_the_rule_takes_them() -> None:
    assert all(word == word.casefold() and len(word) >= 3 for word in common_words())
