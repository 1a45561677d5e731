"""A last day set ahead: the account closes when it is over, unless it is changed or undone before."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as some

from ledvei_pwa.features.people import accounts, actions, factors, records, rules
from ledvei_pwa.features.people.accounts import KnownBrowser, SignIn
from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.features.people.factors import Proof
from ledvei_pwa.kernel.access import Actor, Role
from ledvei_pwa.platform import audit
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.sessions import SignInSession
from tests.support.page_client import PageClient
from tests.support.people import PASSWORD, a_person, a_service, a_team, actor_of, code_now, sign_in

pytestmark = pytest.mark.one_database
TODAY = date(2026, 11, 18)
LAST = date(2026, 12, 4)
DAYS = some.dates(date(2020, 1, 1), date(2040, 1, 1))
# A minute before and after the midnight in Norway, in winter and in summer.
EVENING = datetime(2026, 12, 4, 22, 59, tzinfo=UTC)
NIGHT = datetime(2026, 12, 4, 23, 1, tzinfo=UTC)


@pytest.fixture
def leader(app: Flask) -> Actor:
    return actor_of(a_person(Role.SERVICE_LEADER, service=a_service()))


@pytest.fixture
def person(leader: Actor) -> PersonCard:
    return a_person()


def is_open(person: PersonCard) -> bool:
    db.session.expire_all()
    return actions.is_active(person.id)


def said_of(person: PersonCard) -> list[tuple[str, str | None, str]]:
    """What the log says of the person since they were added: deed, by whom, and the day."""
    deeds = ("last_day_set", "last_day_undone", "person_left", "person_disabled", "person_enabled")
    lines = audit.latest(person.service_id, 50)
    found = [line for line in lines if line.subject_id == person.id and line.deed in deeds]
    return [(line.deed, line.actor_id, json.loads(line.details).get("last_day", "")) for line in found]


# --- the rules --------------------------------------------------------------------------------------------


@given(DAYS, DAYS)
def test_the_whole_of_the_last_day_is_the_persons(last_day: date, today: date) -> None:
    assert rules.is_over(last_day, today) is (today > last_day)
    assert not rules.is_over(None, today)


@given(DAYS, some.integers(-800, 800))
def test_a_day_that_can_be_chosen_is_never_over_already(today: date, ahead: int) -> None:
    day = today + timedelta(days=ahead)
    if rules.may_be_last_day(day, today):
        assert not rules.is_over(day, today)
    assert rules.may_be_last_day(day, today) is (0 <= ahead <= 731)


# --- until it comes ---------------------------------------------------------------------------------------


def test_the_account_is_open_until_the_day_is_over_in_norway(
    leader: Actor, person: PersonCard, now: datetime
) -> None:
    assert actions.set_last_day(leader, person.id, LAST, now=now).ok
    actions.close_after_last_days(EVENING)
    assert is_open(person)
    actions.close_after_last_days(NIGHT)
    assert not is_open(person)


def test_in_summer_the_day_is_over_an_hour_sooner(leader: Actor, person: PersonCard, now: datetime) -> None:
    actions.set_last_day(leader, person.id, date(2027, 6, 30), now=now)
    actions.close_after_last_days(datetime(2027, 6, 30, 21, 59, tzinfo=UTC))
    assert is_open(person)
    actions.close_after_last_days(datetime(2027, 6, 30, 22, 1, tzinfo=UTC))
    assert not is_open(person)


def test_a_day_that_is_changed_counts_as_it_stands_last(
    leader: Actor, person: PersonCard, now: datetime
) -> None:
    actions.set_last_day(leader, person.id, LAST, now=now)
    actions.set_last_day(leader, person.id, LAST + timedelta(days=30), now=now)
    actions.close_after_last_days(NIGHT)
    assert is_open(person)
    actions.close_after_last_days(NIGHT + timedelta(days=30))
    assert not is_open(person)


def test_a_day_that_is_undone_closes_nothing(leader: Actor, person: PersonCard, now: datetime) -> None:
    actions.set_last_day(leader, person.id, LAST, now=now)
    assert actions.undo_last_day(leader, person.id, now=now).ok
    actions.close_after_last_days(NIGHT)
    assert is_open(person)
    assert actions.last_day_of(person.id) is None


def test_undoing_between_finding_and_locking_is_in_time(
    leader: Actor, person: PersonCard, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.set_last_day(leader, person.id, LAST, now=now)
    found = records.people_with_a_last_day

    def then_undone(*given: str, **narrowed: date) -> list[records.Person]:
        people = found(*given, **narrowed)  # type: ignore[arg-type]
        actions.undo_last_day(leader, person.id, now=now)
        return people

    monkeypatch.setattr(records, "people_with_a_last_day", then_undone)
    actions.close_after_last_days(NIGHT)
    assert is_open(person)


# --- and afterwards ---------------------------------------------------------------------------------------


def test_the_account_closes_as_when_a_leader_closes_it(
    leader: Actor, person: PersonCard, client: PageClient, now: datetime
) -> None:
    sign_in(client, person)
    actions.make_invitation(person.id, now=NIGHT - timedelta(days=2))
    actions.set_last_day(leader, person.id, LAST, now=now)
    actions.close_after_last_days(NIGHT)
    assert db.session.scalars(db.select(SignInSession.ended_at)).all() == [NIGHT]
    (row,) = records.invitations_of(person.id)
    assert row.expires_at == NIGHT


def test_the_job_closes_once_and_opened_again_it_stays_open(
    leader: Actor, person: PersonCard, now: datetime
) -> None:
    actions.set_last_day(leader, person.id, LAST, now=now)
    actions.close_after_last_days(NIGHT)
    actions.close_after_last_days(NIGHT)
    assert actions.enable_person(leader, person.id, now=NIGHT).ok
    actions.close_after_last_days(NIGHT + timedelta(days=1))
    assert is_open(person)
    assert [deed for deed, *_ in said_of(person)] == ["last_day_set", "person_left", "person_enabled"]


def test_all_of_it_is_in_the_log_with_the_day_and_who_decided(
    leader: Actor, person: PersonCard, now: datetime
) -> None:
    actions.set_last_day(leader, person.id, TODAY, now=now)
    actions.set_last_day(leader, person.id, TODAY, now=now)
    actions.undo_last_day(leader, person.id, now=now)
    actions.undo_last_day(leader, person.id, now=now)
    actions.set_last_day(leader, person.id, LAST, now=now)
    actions.close_after_last_days(NIGHT)
    assert said_of(person) == [
        ("last_day_set", leader.person_id, "2026-11-18"),
        ("last_day_undone", leader.person_id, "2026-11-18"),
        ("last_day_set", leader.person_id, "2026-12-04"),
        ("person_left", leader.person_id, "2026-12-04"),
    ]


def test_closing_at_once_leaves_no_day_behind(leader: Actor, person: PersonCard, now: datetime) -> None:
    actions.set_last_day(leader, person.id, LAST, now=now)
    actions.disable_person(leader, person.id, now=now)
    actions.enable_person(leader, person.id, now=now)
    actions.close_after_last_days(NIGHT)
    assert is_open(person)


# --- where no worker runs: nobody has closed the account ----------------------------------------------------


def test_a_sign_in_ends_with_the_day(
    leader: Actor, person: PersonCard, client: PageClient, now: datetime
) -> None:
    actions.set_last_day(leader, person.id, LAST, now=now)
    with time_machine.travel(EVENING, tick=False):
        sign_in(client, person)
        assert client.get("/devices").status_code == 200
    with time_machine.travel(NIGHT, tick=False):
        assert (client.get("/devices").location or "").startswith("/sign-in")
        assert client.post("/api/v1/devices", json={"name": "x"}).status_code == 401


@pytest.mark.parametrize(("moment", "opens"), [(EVENING, True), (NIGHT, False)], ids=["evening", "night"])
def test_nothing_opens_the_account_when_the_day_is_over(
    leader: Actor, person: PersonCard, now: datetime, moment: datetime, opens: bool
) -> None:
    actions.set_last_day(leader, person.id, LAST, now=now)
    with time_machine.travel(moment, tick=False):
        link = actions.make_invitation(person.id, now=moment - timedelta(hours=1))
        tried = SignIn(person.email, PASSWORD, "192.0.2.7", KnownBrowser("a browser"))
        assert accounts.check_sign_in(tried, now=moment).ok is opens
        proof = Proof(PASSWORD, code_now(), "192.0.2.7")
        assert factors.check_proof(person.id, proof, now=moment).ok is opens
        assert bool(accounts.find_invitation(link.token, now=moment)) is opens
        assert bool(actions.active_person(person.id, now=moment)) is opens


def test_a_leader_sees_it_as_closed_and_can_open_it_again(
    leader: Actor, person: PersonCard, client: PageClient, now: datetime
) -> None:
    actions.set_last_day(leader, person.id, LAST, now=now)
    with time_machine.travel(NIGHT, tick=False):
        sign_in(client, actions.persons_by_ids([leader.person_id])[leader.person_id])
        assert person.name in client.page("/people?state=disabled").text()
        assert person.name not in client.page("/people/last-days").text()
        assert client.send(f"/people/{person.id}/enable", page=f"/people/{person.id}").status_code == 302
        assert is_open(person)
    assert actions.last_day_of(person.id) is None
    assert [deed for deed, *_ in said_of(person)] == ["last_day_set", "person_enabled"]


# --- who may, and when ------------------------------------------------------------------------------------


def test_only_who_may_close_an_account_sets_its_last_day(leader: Actor, now: datetime) -> None:
    team = a_team(actions.ServiceCard(leader.service_id, "", "nb", False, "", None, 5, 8))
    of_team, other = a_person(team=team), a_person()
    team_leader = actor_of(a_person(Role.TEAM_LEADER, team=team))
    for actor, person, is_allowed in (
        (team_leader, of_team, True),
        (team_leader, other, False),
        (actor_of(of_team), other, False),
        (actor_of(of_team), of_team, False),
        (actor_of(a_person(service=a_service("Elvedal"))), other, False),
    ):
        assert actions.set_last_day(actor, person.id, LAST, now=now).ok is is_allowed
        assert actions.undo_last_day(actor, person.id, now=now).ok is is_allowed


@pytest.mark.parametrize("day", [date(2026, 11, 17), date(2029, 1, 1)])
def test_a_day_in_the_past_or_far_ahead_is_refused(
    leader: Actor, person: PersonCard, now: datetime, day: date
) -> None:
    assert actions.set_last_day(leader, person.id, day, now=now).fields == {"day": "no_last_day"}
    assert actions.last_day_of(person.id) is None


def test_a_closed_account_gets_no_last_day(leader: Actor, person: PersonCard, now: datetime) -> None:
    actions.disable_person(leader, person.id, now=now)
    assert actions.set_last_day(leader, person.id, LAST, now=now).reason == "closed"


def test_the_service_is_never_left_without_a_leader(leader: Actor, person: PersonCard, now: datetime) -> None:
    """Neither by setting the only leader's last day, nor by closing the others while one is to leave."""
    administrator = actor_of(a_person(Role.ADMINISTRATOR))
    assert (
        actions.set_last_day(administrator, leader.person_id, LAST, now=now).reason == "last_service_leader"
    )
    successor = a_person(Role.SERVICE_LEADER)
    assert actions.set_last_day(administrator, leader.person_id, LAST, now=now).ok
    assert actions.disable_person(administrator, successor.id, now=now).reason == "last_service_leader"
    assert actions.set_last_day(administrator, successor.id, LAST, now=now).reason == "last_service_leader"
    actions.close_after_last_days(NIGHT)
    assert not actions.is_active(leader.person_id)
    assert is_open(successor)
