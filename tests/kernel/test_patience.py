"""Guessing is slow, and a person who only mistyped is not punished."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from ledvei_pwa.kernel.patience import Patience

PATIENCE = Patience(3, timedelta(seconds=5), timedelta(minutes=1), timedelta(hours=1))
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def test_the_free_tries_cost_nothing() -> None:
    assert [PATIENCE.wait_after(failures) for failures in range(3)] == [timedelta(0)] * 3


def test_the_wait_doubles_after_the_free_tries() -> None:
    waits = [PATIENCE.wait_after(failures).total_seconds() for failures in (3, 4, 5, 6)]
    assert waits == [5, 10, 20, 40]


@given(some.integers(0, 10**9))
def test_the_wait_never_passes_its_cap(failures: int) -> None:
    assert timedelta(0) <= PATIENCE.wait_after(failures) <= timedelta(minutes=1)


@given(some.integers(0, 10**6))
def test_one_more_wrong_try_never_shortens_the_wait(failures: int) -> None:
    assert PATIENCE.wait_after(failures) <= PATIENCE.wait_after(failures + 1)


def test_wrong_tries_are_forgotten_after_a_while() -> None:
    assert PATIENCE.remembers(NOON, NOON + timedelta(minutes=59))
    assert not PATIENCE.remembers(NOON, NOON + timedelta(minutes=60))
