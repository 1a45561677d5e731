"""Two who change the same account at the same moment wait for each other, and never for ever (PostgreSQL)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from ledvei_pwa.features.people import accounts, actions, invitations
from ledvei_pwa.features.people.records import Invitation, Person
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.platform.database import db
from tests.support.people import a_person, actor_of

WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


class Both:
    """Two pieces of work, each in a thread and a database session of its own."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.failures: list[BaseException] = []

    def start(self, work: Callable[[], Any]) -> threading.Thread:
        def run() -> None:
            with self._app.app_context():
                try:
                    work()
                except BaseException as failure:
                    db.session.rollback()
                    self.failures.append(failure)

        thread = threading.Thread(target=run)
        thread.start()
        return thread


def test_an_invitation_is_accepted_while_its_person_is_being_disabled(
    app: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one lock for all rows")
    leader, newcomer = actor_of(a_person(Role.SERVICE_LEADER)), a_person(can_sign_in=False)
    link = actions.make_invitation(newcomer.id, now=now)
    db.session.rollback()
    both = Both(app)
    holds_the_link, goes_on = threading.Event(), threading.Event()
    use_up = accounts._use_up

    def use_up_and_wait(*arguments: Any) -> bool:
        used = use_up(*arguments)
        holds_the_link.set()
        goes_on.wait(30)
        return used

    monkeypatch.setattr(accounts, "_use_up", use_up_and_wait)
    accepting = both.start(
        lambda: accounts.accept_invitation(link.token, language="nb", password="kaffe på benken", now=now)
    )
    assert holds_the_link.wait(30)
    disabling = both.start(lambda: actions.disable_person(leader, newcomer.id, now=now))
    while disabling.is_alive() and not db.session.scalar(text(WAITING)):
        db.session.rollback()
        time.sleep(0.02)
    db.session.rollback()
    goes_on.set()
    accepting.join()
    disabling.join()
    assert both.failures == []
    assert db.session.scalar(select(Person.disabled_at).where(Person.id == newcomer.id)) is not None
    assert (
        db.session.scalar(select(Invitation.used_at).where(Invitation.person_id == newcomer.id)) is not None
    )


def test_an_invitation_is_accepted_while_another_is_being_made(
    app: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one lock for all rows")
    leader, newcomer = actor_of(a_person(Role.SERVICE_LEADER)), a_person(can_sign_in=False)
    link = actions.make_invitation(newcomer.id, now=now)
    db.session.rollback()
    both = Both(app)
    has_voided, goes_on = threading.Event(), threading.Event()
    void = invitations.void_invitations

    def void_and_wait(*arguments: Any) -> None:
        void(*arguments)
        has_voided.set()
        goes_on.wait(30)

    monkeypatch.setattr(invitations, "void_invitations", void_and_wait)
    making = both.start(lambda: actions.invite_again(leader, newcomer.id, now=now))
    assert has_voided.wait(30)
    accepting = both.start(
        lambda: accounts.accept_invitation(link.token, language="nb", password="kaffe på benken", now=now)
    )
    while accepting.is_alive() and not db.session.scalar(text(WAITING)):
        db.session.rollback()
        time.sleep(0.02)
    db.session.rollback()
    goes_on.set()
    making.join()
    accepting.join()
    assert both.failures == []


def test_who_was_disabled_while_the_password_was_being_chosen_does_not_get_in(
    app: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, newcomer = actor_of(a_person(Role.SERVICE_LEADER)), a_person(can_sign_in=False)
    link = actions.make_invitation(newcomer.id, now=now)
    hash_password = accounts.hash_password

    def disable_meanwhile(password: str) -> str:
        assert actions.disable_person(leader, newcomer.id, now=now).ok
        return hash_password(password)

    monkeypatch.setattr(accounts, "hash_password", disable_meanwhile)
    outcome = accounts.accept_invitation(link.token, language="nb", password="kaffe på benken", now=now)
    assert (outcome.ok, outcome.reason) == (False, "link_unusable")
    assert db.session.scalar(select(Person.password_hash).where(Person.id == newcomer.id)) is None
