"""National identity numbers are found in running text. All numbers here are invented."""

import pytest

from ledvei_pwa.kernel.identifiers import has_identity_number


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
