"""A supervisor supervises for as long as their role, or their mandate, runs: not a day longer."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.people import records
from ledvei_pwa.features.people.actions import NewRole, PersonCard
from ledvei_pwa.features.supervision import actions
from ledvei_pwa.features.supervision.records import Series
from ledvei_pwa.kernel.access import Relation, Role
from ledvei_pwa.platform.database import db
from tests.support.device import Device, device_of
from tests.support.page_client import PageClient
from tests.support.people import a_person, a_service, actor_of, sign_in
from tests.support.reminders import reminders_of
from tests.support.supervision import a_series, a_session

TODAY = date(2026, 11, 18)


@pytest.fixture
def external(app: Flask, now: datetime) -> PersonCard:
    return a_person(Role.EXTERNAL_SUPERVISOR, service=a_service())


@pytest.fixture
def member(external: PersonCard) -> PersonCard:
    return a_person()


@pytest.fixture
def series(external: PersonCard, member: PersonCard, now: datetime) -> Series:
    return a_series(external, [member], now=now)


@pytest.fixture
def text(app: Flask, member: PersonCard, series: Series, now: datetime) -> str:
    """What the member has shared with the supervisor."""
    phone = device_of(app, member)
    phone.sync()
    scope = {"series": series.id, "session": a_session(series, now=now).id}
    return phone.write_new("topic", scope=scope, question="Between us", audience="supervisor")


@pytest.fixture
def tablet(app: Flask, external: PersonCard, text: str) -> Device:
    """The supervisor's, which holds the text."""
    device = device_of(app, external)
    device.sync()
    assert device.entry(text) is not None
    return device


def end_mandate(external: PersonCard, day: date, now: datetime) -> None:
    leader = a_person(Role.SERVICE_LEADER)
    [held] = [role for role in records.roles_of_person(external.id) if role.role == Role.EXTERNAL_SUPERVISOR]
    assert people.end_role(actor_of(leader), held.id, to_date=day, now=now).ok


def test_whose_mandate_has_ended_has_nothing_left_of_the_series(
    tablet: Device, external: PersonCard, text: str, series: Series, now: datetime
) -> None:
    end_mandate(external, TODAY, now)
    tablet.sync()
    assert tablet.entry(text) is None
    assert {type_ for type_, _ in tablet.held} <= {"person", "service"}


def test_whose_mandate_ends_tomorrow_reads_today(
    tablet: Device, external: PersonCard, text: str, now: datetime
) -> None:
    end_mandate(external, TODAY + timedelta(days=1), now)
    tablet.sync()
    assert tablet.entry(text) is not None


def test_when_the_last_day_is_over_nothing_more_is_read_and_the_device_forgets(
    tablet: Device, external: PersonCard, text: str, series: Series, now: datetime
) -> None:
    end_mandate(external, TODAY + timedelta(days=1), now)
    with time_machine.travel(now + timedelta(days=1), tick=False):
        later = now + timedelta(days=1)
        db.session.expire_all()
        assert actions.relations_of(external.id, series.id) == frozenset()
        people.tell_of_dated_roles(later)
        sign_in(tablet.client, external)
        tablet.sync()
        assert tablet.entry(text) is None


def test_a_new_mandate_gives_it_back(tablet: Device, external: PersonCard, text: str, now: datetime) -> None:
    end_mandate(external, TODAY, now)
    tablet.sync()
    assert people.give_role(external.id, NewRole(Role.EXTERNAL_SUPERVISOR), now=now).ok
    db.session.commit()
    tablet.sync()
    assert tablet.entry(text) is not None


def test_a_mandate_still_to_come_opens_nothing(
    tablet: Device, external: PersonCard, series: Series, now: datetime
) -> None:
    end_mandate(external, TODAY, now)
    coming = NewRole(Role.EXTERNAL_SUPERVISOR, from_date=TODAY + timedelta(days=30))
    assert people.give_role(external.id, coming, now=now).ok
    db.session.commit()
    assert actions.relations_of(external.id, series.id) == frozenset()


def test_another_role_that_supervises_is_enough(
    tablet: Device, external: PersonCard, series: Series, now: datetime
) -> None:
    assert people.give_role(external.id, NewRole(Role.SUPERVISOR), now=now).ok
    end_mandate(external, TODAY, now)
    assert actions.relations_of(external.id, series.id) == {Relation.SUPERVISOR}


def test_whose_mandate_has_ended_is_reminded_of_nothing(
    external: PersonCard, series: Series, now: datetime
) -> None:
    session = a_session(series, now=now)
    end_mandate(external, TODAY, now)
    assert {one.state for one in reminders_of(external, session_id=session.id)} == {"cancelled"}


def test_whose_mandate_has_ended_moves_no_session(
    external: PersonCard, series: Series, now: datetime
) -> None:
    session = a_session(series, now=now)
    end_mandate(external, TODAY, now)
    moved = actions.move_session(actor_of(external), session.id, now + timedelta(days=9), now=now)
    assert moved.reason == "unknown"


def test_leaders_see_that_a_series_needs_a_supervisor(
    app: Flask, external: PersonCard, series: Series, now: datetime
) -> None:
    leader = PageClient(app)
    sign_in(leader, a_person(Role.SERVICE_LEADER))
    addresses = ("/series", f"/series/{series.id}")
    assert not any("Trenger en veileder" in leader.page(address).text() for address in addresses)
    end_mandate(external, TODAY, now)
    assert all("Trenger en veileder" in leader.page(address).text() for address in addresses)


def test_leaders_see_it_too_when_the_supervisors_account_is_closed(
    app: Flask, external: PersonCard, series: Series, now: datetime
) -> None:
    leader, browser = a_person(Role.SERVICE_LEADER), PageClient(app)
    sign_in(browser, leader)
    assert people.disable_person(actor_of(leader), external.id, now=now).ok
    assert "Trenger en veileder" in browser.page("/series").text()
