"""Passwords that programs try first are known by what they are put together from."""

from __future__ import annotations

import pytest

from ledvei_pwa.kernel.easy_passwords import is_easy, words_of

WORDS = frozenset(
    {"sommer", "vinter", "vår", "høst", "password", "passord", "trondheim", "jeg", "elsker", "deg"}
)
KNOWN = WORDS | words_of("Kari Nordmann", "kari.nordmann@fjordvik.example", "Fjordvik barnevern")


@pytest.mark.parametrize(
    "password",
    [
        "Sommer2024!!!",
        "passordpassord",
        "P@ssw0rd 2 0 2 6",
        "Tr0ndh3im!!!!",
        "jeg elsker deg",
        "KariNordmann1",
        "fjordvik-barnevern",
        "123456789012",
        "1975 03 12 47 11",
        "ababababababab",
        "aaaaaaaaaaaaaaaa",
        "hei hei hei hei",
        "!!!!!!!!!!!!",
        "sommer sommer sommer sommer sommer",
        "ｓｏｍｍｅｒ２０２４",
    ],
)
def test_what_is_made_of_listed_words_numbers_and_repeats_is_easy(password: str) -> None:
    assert is_easy(password, KNOWN)


@pytest.mark.parametrize(
    "password",
    [
        "sommer vinter vår høst",
        "hest batteri stift korrekt",
        "hestogkattoghund",
        "kaffe på benken",
        "x7$kQ9!mPz2w",
        "a3f9c1d7e5b2",
        "новыйпарольтут",
        "Kari tenner lyset klokka 7",
    ],
)
def test_four_words_or_letters_that_mean_nothing_are_not(password: str) -> None:
    assert not is_easy(password, KNOWN)


def test_nothing_but_a_listed_word_makes_the_difference() -> None:
    assert is_easy("trondheim 1814", KNOWN)
    assert not is_easy("trondheim 1814", KNOWN - {"trondheim"})


def test_the_longest_password_takes_no_time_worth_naming() -> None:
    assert is_easy("ab" * 100, KNOWN)
    assert not is_easy("".join(chr(97 + number * 7 % 26) for number in range(200)), KNOWN)
