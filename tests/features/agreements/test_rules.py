"""Agreements."""

from datetime import date

from ledvei_pwa.features.agreements.rules import due_on, is_open


def test_an_agreement_is_open_until_it_is_done() -> None:
    assert (is_open({}), is_open({"done": False}), is_open({"done": True})) == (True, True, False)


def test_an_open_agreement_is_due_on_its_day() -> None:
    assert due_on({"due": "2026-12-01"}) == date(2026, 12, 1)


def test_an_agreement_that_is_done_is_not_due() -> None:
    assert due_on({"due": "2026-12-01", "done": True}) is None


def test_an_agreement_without_a_day_is_not_due() -> None:
    assert due_on({"due": ""}) is None
