"""Tries are counted before they are checked, in a table that tells nobody what was tried."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select

from ledvei_pwa.kernel.patience import Patience
from ledvei_pwa.platform import attempts
from ledvei_pwa.platform.attempts import SignInAttempt

PATIENCE = Patience(2, timedelta(seconds=10), timedelta(seconds=30), timedelta(hours=1))
NO_WAIT = timedelta(0)


def test_the_free_tries_go_through_and_the_next_waits(app: Flask, now: datetime) -> None:
    waits = [attempts.take_try("key", PATIENCE, now=now) for _ in range(3)]
    assert waits == [NO_WAIT, NO_WAIT, timedelta(seconds=10)]


def test_a_try_while_waiting_does_not_make_the_wait_longer(app: Flask, now: datetime) -> None:
    for _ in range(20):
        attempts.take_try("key", PATIENCE, now=now)
    assert attempts.take_try("key", PATIENCE, now=now + timedelta(seconds=9)) == timedelta(seconds=1)
    assert attempts.take_try("key", PATIENCE, now=now + timedelta(seconds=10)) == NO_WAIT


def test_keys_do_not_wait_for_each_other(app: Flask, now: datetime) -> None:
    for _ in range(3):
        attempts.take_try("key", PATIENCE, now=now)
    assert attempts.take_try("other", PATIENCE, now=now) == NO_WAIT


def test_a_try_given_back_does_not_count(app: Flask, now: datetime) -> None:
    for _ in range(10):
        assert attempts.take_try("key", PATIENCE, now=now) == NO_WAIT
        attempts.give_back("key", now=now)


def test_all_is_forgotten_after_the_memory(app: Flask, now: datetime) -> None:
    for _ in range(2):
        attempts.take_try("key", PATIENCE, now=now)
    later = now + timedelta(hours=2)
    assert [attempts.take_try("key", PATIENCE, now=later) for _ in range(2)] == [NO_WAIT, NO_WAIT]


def test_two_at_the_same_moment_both_count(app: Flask, db: SQLAlchemy, now: datetime) -> None:
    """The second has read the number that the first one is about to change."""
    attempts.take_try("key", PATIENCE, now=now)
    stale = db.session.scalars(select(SignInAttempt)).one()
    db.session.expunge(stale)
    attempts.take_try("key", PATIENCE, now=now)
    assert not attempts._count_again(stale, PATIENCE, now)
    assert db.session.scalar(select(SignInAttempt.failures)) == 2


def test_old_rows_are_deleted_and_fresh_ones_kept(app: Flask, db: SQLAlchemy, now: datetime) -> None:
    attempts.take_try("old", PATIENCE, now=now - timedelta(hours=3))
    attempts.take_try("fresh", PATIENCE, now=now)
    attempts.forget_tries_before(now - timedelta(hours=1))
    assert db.session.scalars(select(SignInAttempt.key)).all() == ["fresh"]
    assert db.session.scalar(select(func.count(SignInAttempt.key))) == 1


def test_the_key_tells_nothing_and_is_the_same_every_time(app: Flask) -> None:
    key = attempts.key_of("account", "kari@fjordvik.example")
    assert key == attempts.key_of("account", "kari@fjordvik.example")
    assert key != attempts.key_of("address", "kari@fjordvik.example")
    assert "kari" not in key


def test_one_household_of_addresses_is_one_network() -> None:
    assert attempts.network_of("2001:db8:1:2::1") == attempts.network_of("2001:db8:1:2:ffff::9")
    assert attempts.network_of("2001:db8:1:2::1") != attempts.network_of("2001:db8:1:3::1")
    assert attempts.network_of("192.0.2.1") == "192.0.2.1"
    assert attempts.network_of(None) == attempts.network_of("not an address") == "unknown"
