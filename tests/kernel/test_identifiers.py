"""What may tell who a text is about is found in it. All people and numbers here are invented."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledvei_pwa.kernel.first_names import FIRST_NAMES
from ledvei_pwa.kernel.identifiers import (
    FIRST_SOUNDS,
    FIRST_WEIGHTS,
    INSTEAD,
    SECOND_WEIGHTS,
    as_it_sounds,
    find_identifiers,
    has_identity_number,
    sound_of,
)
from scripts import first_names

TESTS = Path(__file__).resolve().parent.parent
CASES = json.loads((TESTS / "shared/identifiers_cases.json").read_text(encoding="utf-8"))
TWIN = TESTS / "support/identifiers_twin.mjs"
SPACES = [" ", "\u00a0", "\u2009", "\u202f"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_what_is_shared_with_the_device_is_found_here_too(case: dict[str, Any]) -> None:
    expected = [(found["kind"], *found["code_points"]) for found in case["found"]]
    assert [(found.kind, found.start, found.end) for found in find_identifiers(case["text"])] == expected


def test_each_finding_has_a_neutral_word_to_suggest() -> None:
    assert all(words for words in INSTEAD.values())
    assert find_identifiers("Kari Nordmann")[0].instead[0] == "mother"


@given(name=st.sampled_from(sorted(FIRST_NAMES)))
@settings(max_examples=len(FIRST_NAMES), deadline=None)
def test_whoever_has_a_common_first_name_is_found_on_the_device(
    twin: subprocess.Popen[str], name: str
) -> None:
    text = f"{name.capitalize()} Fjellvåg"
    assert asked(twin, text) == [["name", 0, len(text)]]


def test_no_common_word_sounds_like_a_first_name() -> None:
    """Those that are one are left out: Tor and Liv are names first."""
    words = (TESTS / "shared/identifiers_common_words.txt").read_text(encoding="utf-8").split()
    names = {as_it_sounds(name) for name in FIRST_NAMES}
    assert len(words) > 300
    assert [
        word for word in words if sound_of(word) in FIRST_SOUNDS and as_it_sounds(word) not in names
    ] == []


def test_the_device_has_the_first_names_of_the_list() -> None:
    assert first_names.MODULE.read_text(encoding="utf-8") == first_names.module(), (
        "run scripts/first_names.py"
    )


@pytest.mark.parametrize(
    "text",
    [
        "01019010046",
        "The mother (12058510082) called.",
        "310799 10077",
        "310799-10077",
        "31.07.99 100 77",
        "D number 41019010110",
        "made for tests: 01819010001",
        "made for tests: 01669010075",
    ],
)
def test_an_identity_number_is_found(text: str) -> None:
    assert has_identity_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "01019010047",
        "01019010146",
        "32019010046",
        "01139010046",
        "0101901004",
        "010190100461",
        "Call 22 22 22 22 after 12.05.",
        "account 1234 56 78903",
        "2026-11-18 10:00, 60 minutes",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert not has_identity_number(text)


@pytest.mark.parametrize("remainder", range(11))
def test_the_first_check_digit_may_leave_up_to_three_as_it_may_from_2032(remainder: int) -> None:
    numbers = (with_check_digits(f"010190{series:03}", remainder) for series in range(1000))
    found = {has_identity_number(number) for number in numbers if number}
    assert found == {remainder <= 3}


def with_check_digits(nine: str, remainder: int = 0) -> str | None:
    """The whole number, or None where a check digit would need two digits."""
    number = nine
    for weights, rest in ((FIRST_WEIGHTS, remainder), (SECOND_WEIGHTS, 0)):
        weighed = sum(weight * int(digit) for weight, digit in zip(weights, number, strict=False))
        number += str((rest - weighed) % 11)
    return number if len(number) == 11 else None


@st.composite
def identity_numbers(draw: st.DrawFn) -> str:
    day = draw(st.integers(1, 31)) + draw(st.sampled_from([0, 40]))
    month = draw(st.integers(1, 12)) + draw(st.sampled_from([0, 40, 65, 80]))
    year, series = draw(st.integers(0, 99)), st.integers(0, 999)
    parts = series.map(lambda three: f"{day:02}{month:02}{year:02}{three:03}")
    remainder = draw(st.integers(0, 3))
    return draw(parts.map(lambda nine: with_check_digits(nine, remainder) or "").filter(bool))


@st.composite
def written(draw: st.DrawFn) -> str:
    """A valid number as people write it."""
    number = draw(identity_numbers())
    space = st.sampled_from(SPACES)
    small = draw(st.sampled_from(["", ".", "-", "/"]) | space)
    middle = draw(st.sampled_from(["", "-", "–", ".", " - "]) | space)
    last = draw(st.just("") | space)
    birth = small.join([number[:2], number[2:4], number[4:6]])
    return f"{birth}{middle}{number[6:9]}{last}{number[9:]}"


before = st.sampled_from(["", "fnr", "født ", "(", "nr. 3, ", "kl 10 ", "🫖", "12.05.2026 "])
after = st.sampled_from(["", ".", ")", " og mer", "-x", ", 22 33 44 55", "\n"])


@given(before, written(), after)
@settings(max_examples=300, deadline=None)
def test_every_valid_number_is_found_however_it_is_written(before: str, number: str, after: str) -> None:
    text = before + number + after
    assert has_identity_number(text)
    spans = [(found.start, found.end) for found in find_identifiers(text) if found.kind == "identity"]
    assert (len(before), len(before) + len(number)) in spans


PIECES = """Kari Nordmann Ola Liv Hansen Bakken NAV Barnevernet von al B. I jeg kl uke Storgata Karl
Johans gate vei saksnr. sak 2024/1234 24/00123-5 12/2026 24/7 22 33 44 55 912 34 567 +47 0047 12 B §
4-12 km kr a@b.no kari.n@ .example 01019010046 010190 10046 Šuorra É ß İ ŉ 🫖 𝐊ari O'Brien Åse-Marie"""
pieces = st.one_of(
    st.sampled_from(PIECES.split()),
    st.text(max_size=6),
    written(),
)
texts = st.lists(st.tuples(pieces, st.sampled_from([*SPACES, "", ". ", ", ", "\n", "  ", "-", "/"]))).map(
    lambda parts: "".join(piece + between for piece, between in parts)
)


@pytest.fixture(scope="module")
def twin() -> Iterator[subprocess.Popen[str]]:
    """The script as devices have it, asked a line at a time."""
    with subprocess.Popen(
        ["node", str(TWIN)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        yield process
        process.terminate()


@given(text=texts)
@settings(max_examples=400, deadline=None)
def test_server_and_device_find_the_same(twin: subprocess.Popen[str], text: str) -> None:
    theirs = [
        (kind, in_code_points(text, start), in_code_points(text, end))
        for kind, start, end in asked(twin, text)
    ]
    assert theirs == [(found.kind, found.start, found.end) for found in find_identifiers(text)]


def asked(twin: subprocess.Popen[str], text: str) -> list[Any]:
    assert twin.stdin
    assert twin.stdout
    twin.stdin.write(json.dumps(text) + "\n")
    twin.stdin.flush()
    return list(json.loads(twin.stdout.readline()))


def in_code_points(text: str, units: int) -> int:
    """Where a place counted in UTF-16 is in Python's counting."""
    return len(text.encode("utf-16-le", "surrogatepass")[: units * 2].decode("utf-16-le", "surrogatepass"))


def test_twenty_thousand_letters_without_an_end_are_read_in_a_moment() -> None:
    # Ten seconds for all, on any machine: what grows with the square takes minutes.
    for text in ("A" * 20_000, "A-" * 10_000, "Aa " * 7_000, "a@a." * 5_000, "22 " * 7_000, "gate" * 5_000):
        find_identifiers(text)
