"""People, roles, teams, devices: what the verbs do, what they refuse, and what devices are told."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import select

from ledvei_pwa.features.people import actions, records
from ledvei_pwa.features.people.actions import ChangeService, InvitePerson, NewRole
from ledvei_pwa.features.people.records import Device, Person, RoleHeld
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.platform import feed
from ledvei_pwa.platform.database import new_id
from tests.support.people import a_device, a_person, a_service, a_team, actor_of

CASEWORKER = (NewRole(Role.CASEWORKER),)


def fed_to(person_id: str) -> set[tuple[str, str]]:
    return {(item.type, item.id) for item in feed.read_feed(person_id, 0).changes}


# --- inviting --------------------------------------------------------------------------------------


def test_an_invited_person_has_the_roles_and_no_password(app: Flask, now: datetime) -> None:
    leader = a_person(Role.SERVICE_LEADER)
    command = InvitePerson(" Kari Nes ", "Kari@Fjordvik.example ", CASEWORKER, "nn")
    link = actions.invite_person(actor_of(leader), command, now=now).value
    assert link
    card = actions.persons_by_ids([link.person_id])[link.person_id]
    assert (card.name, card.email, card.language) == ("Kari Nes", "kari@fjordvik.example", "nn")
    assert card.roles == {Role.CASEWORKER}
    assert not card.has_accepted


def test_an_address_is_used_once_whatever_its_letters(app: Flask, db: SQLAlchemy, now: datetime) -> None:
    leader = a_person(Role.SERVICE_LEADER)
    a_person(email="kari@fjordvik.example")
    outcome = actions.invite_person(
        actor_of(leader), InvitePerson("Another", "KARI@fjordvik.example", CASEWORKER), now=now
    )
    assert outcome.reason == "email_taken"
    assert len(db.session.scalars(select(Person)).all()) == 2


def test_a_team_leader_invites_to_the_own_team_only(app: Flask, now: datetime) -> None:
    service = a_service()
    ours, theirs = a_team(service, "Ours"), a_team(service, "Theirs")
    leader = actor_of(a_person(Role.TEAM_LEADER, team=ours))

    def invite(role: Role, team_id: str | None) -> str:
        command = InvitePerson("New", f"{new_id()}@fjordvik.example", (NewRole(role, team_id),))
        return actions.invite_person(leader, command, now=now).reason

    assert invite(Role.CASEWORKER, ours.id) == ""
    assert invite(Role.CASEWORKER, theirs.id) == "not_yours"
    assert invite(Role.CASEWORKER, None) == "not_yours"
    assert invite(Role.SERVICE_LEADER, ours.id) == "not_yours"


def test_nobody_is_invited_without_a_role(app: Flask, now: datetime) -> None:
    leader = actor_of(a_person(Role.SERVICE_LEADER))
    assert actions.invite_person(leader, InvitePerson("New", "new@x.no", ()), now=now).reason == "not_yours"


def test_another_services_team_is_unknown(app: Flask, now: datetime) -> None:
    leader = actor_of(a_person(Role.SERVICE_LEADER))
    elsewhere = a_team(a_service("Elsewhere"))
    command = InvitePerson("New", "new@x.no", (NewRole(Role.CASEWORKER, elsewhere.id),))
    assert actions.invite_person(leader, command, now=now).reason == "unknown_team"


def test_a_team_leader_without_a_team_is_refused(app: Flask, now: datetime) -> None:
    leader = actor_of(a_person(Role.SERVICE_LEADER))
    command = InvitePerson("New", "new@x.no", (NewRole(Role.TEAM_LEADER),))
    outcome = actions.invite_person(leader, command, now=now)
    assert (outcome.reason, dict(outcome.fields)) == ("team_missing", {"team": "team_missing"})


def test_who_runs_the_service_has_no_team(app: Flask, db: SQLAlchemy, now: datetime) -> None:
    team = a_team(a_service())
    a_person(Role.SERVICE_LEADER, team=team)
    assert db.session.scalars(select(RoleHeld.team_id)).one() is None


# --- roles -----------------------------------------------------------------------------------------


def test_the_actor_has_the_roles_of_today_only(app: Flask, now: datetime) -> None:
    today = date(2026, 11, 18)
    person = a_person(None)
    for role, begins, ends in (
        (Role.CASEWORKER, date(2025, 1, 1), None),
        (Role.SUPERVISOR, date(2025, 1, 1), today),
        (Role.EXTERNAL_SUPERVISOR, today + timedelta(days=1), None),
    ):
        actions.give_role(person.id, NewRole(role, None, begins, ends), now=now)
    assert actor_of(person).roles == {Role.CASEWORKER}


def test_a_team_leader_leads_the_teams_of_that_role_and_not_those_worked_in(
    app: Flask, now: datetime
) -> None:
    service = a_service()
    led, worked_in = a_team(service, "Led"), a_team(service, "Worked in")
    person = a_person(Role.TEAM_LEADER, team=led)
    actions.give_role(person.id, NewRole(Role.CASEWORKER, worked_in.id), now=now)
    assert actor_of(person).team_ids == {led.id}


def test_the_last_service_leader_cannot_be_taken_away(app: Flask, db: SQLAlchemy, now: datetime) -> None:
    leader, administrator = a_person(Role.SERVICE_LEADER), a_person(Role.ADMINISTRATOR)
    role = db.session.scalars(select(RoleHeld.id).where(RoleHeld.person_id == leader.id)).one()
    actor = actor_of(administrator)
    for to_date in (date(2026, 11, 18), date(2027, 1, 1)):
        assert actions.end_role(actor, role, to_date=to_date, now=now).reason == "last_service_leader"
    assert actions.disable_person(actor, leader.id, now=now).reason == "last_service_leader"
    assert actor_of(leader).roles == {Role.SERVICE_LEADER}


def test_a_leader_who_has_never_signed_in_does_not_count(app: Flask, db: SQLAlchemy, now: datetime) -> None:
    leader, administrator = a_person(Role.SERVICE_LEADER), a_person(Role.ADMINISTRATOR)
    a_person(Role.SERVICE_LEADER, can_sign_in=False)
    assert actions.disable_person(actor_of(administrator), leader.id, now=now).reason == "last_service_leader"


def test_with_a_successor_the_leader_may_go(app: Flask, now: datetime) -> None:
    leader, successor = a_person(Role.SERVICE_LEADER), a_person(Role.SERVICE_LEADER)
    assert actions.disable_person(actor_of(successor), leader.id, now=now).ok


def test_nobody_closes_the_own_account(app: Flask, now: datetime) -> None:
    leader = a_person(Role.SERVICE_LEADER)
    a_person(Role.SERVICE_LEADER)
    assert actions.disable_person(actor_of(leader), leader.id, now=now).reason == "not_yours"


STEPS = some.lists(
    some.tuples(some.sampled_from(["end", "disable", "enable"]), some.integers(0, 3)), max_size=8
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_is_done_somebody_can_still_lead(
    app: Flask, now: datetime, steps: list[tuple[str, int]]
) -> None:
    service = a_service(f"Service {new_id()}")
    actor = actor_of(a_person(Role.ADMINISTRATOR, service=service))
    leaders = [a_person(Role.SERVICE_LEADER, service=service) for _ in range(3)]
    people = [*leaders, a_person(service=service)]
    for act, number in steps:
        person = people[number]
        if act == "end":
            for row in records.roles_of_person(person.id):
                actions.end_role(actor, row.id, to_date=date(2026, 11, 18), now=now)
        else:
            verb = actions.disable_person if act == "disable" else actions.enable_person
            verb(actor, person.id, now=now)
    able = [actions.load_actor(leader.id, now) for leader in leaders]
    assert any(leader and leader.has(Role.SERVICE_LEADER) for leader in able)


def test_a_role_cannot_end_before_it_begins(app: Flask, db: SQLAlchemy, now: datetime) -> None:
    leader, person = a_person(Role.SERVICE_LEADER), a_person()
    role = db.session.scalars(select(RoleHeld.id).where(RoleHeld.person_id == person.id)).one()
    outcome = actions.end_role(actor_of(leader), role, to_date=date(2019, 12, 31), now=now)
    assert outcome.reason == "ends_before_it_begins"


# --- closing and opening ---------------------------------------------------------------------------


def test_a_closed_account_is_no_actor_and_its_name_stays(app: Flask, now: datetime) -> None:
    leader, person = a_person(Role.SERVICE_LEADER), a_person(name="Kari Nes")
    actions.disable_person(actor_of(leader), person.id, now=now)
    assert actions.load_actor(person.id, now) is None
    assert actions.active_person(person.id) is None
    assert actions.persons_by_ids([person.id])[person.id].name == "Kari Nes"
    assert ("person", person.id) in fed_to(leader.id)


def test_who_is_let_in_again_learns_the_names_of_those_who_came_meanwhile(app: Flask, now: datetime) -> None:
    leader, person = a_person(Role.SERVICE_LEADER), a_person()
    actions.disable_person(actor_of(leader), person.id, now=now)
    newcomer = a_person()
    assert ("person", newcomer.id) not in fed_to(person.id)
    actions.enable_person(actor_of(leader), person.id, now=now)
    assert ("person", newcomer.id) in fed_to(person.id)


# --- what devices are told -------------------------------------------------------------------------


def test_everybody_in_the_service_learns_every_name_and_the_service(app: Flask) -> None:
    service = a_service()
    people = [a_person(service=service) for _ in range(3)]
    expected = {("person", person.id) for person in people} | {("service", service.id)}
    assert [fed_to(person.id) for person in people] == [expected] * 3


def test_another_service_learns_nothing(app: Flask) -> None:
    ours, theirs = a_service("Ours"), a_service("Theirs")
    person, stranger = a_person(service=ours), a_person(service=theirs)
    assert ("person", person.id) not in fed_to(stranger.id)
    assert ("service", ours.id) not in fed_to(stranger.id)


def test_a_newcomer_is_one_change_on_the_others_devices(app: Flask) -> None:
    service = a_service()
    first = a_person(service=service)
    a_person(service=service)
    cursor = feed.read_feed(first.id, 0).cursor
    newcomer = a_person(service=service)
    assert [item.id for item in feed.read_feed(first.id, cursor).changes] == [newcomer.id]


def test_a_corrected_name_reaches_everybody(app: Flask, now: datetime) -> None:
    leader, person = a_person(Role.SERVICE_LEADER), a_person(name="Kari Ness")
    cursor = feed.read_feed(leader.id, 0).cursor
    outcome = actions.correct_person(
        actor_of(leader), person.id, name="Kari Nes", email=person.email, now=now
    )
    assert outcome.ok
    assert [item.id for item in feed.read_feed(leader.id, cursor).changes] == [person.id]
    assert actions.render_persons(leader.id, [person.id]) == {person.id: {"name": "Kari Nes"}}


def test_changed_settings_reach_everybody(app: Flask, now: datetime) -> None:
    leader, person = a_person(Role.SERVICE_LEADER), a_person()
    cursor = feed.read_feed(person.id, 0).cursor
    actions.change_service(actor_of(leader), ChangeService("Ny", "nn", 3, 12), now=now)
    assert [item.type for item in feed.read_feed(person.id, cursor).changes] == ["service"]
    shown = actions.render_services(person.id, [person.service_id])[person.service_id]
    assert shown == {"name": "Ny", "language": "nn", "demo": False, "lock_minutes": 3, "kept_weeks": 12}


def test_only_a_service_leader_changes_the_service(app: Flask, now: datetime) -> None:
    for role in set(Role) - {Role.SERVICE_LEADER, Role.TEAM_LEADER}:
        outcome = actions.change_service(actor_of(a_person(role)), ChangeService("Ny", "nn", 3, 12), now=now)
        assert outcome.reason == "not_yours", role


# --- languages -------------------------------------------------------------------------------------


def test_who_has_not_chosen_speaks_as_the_service(app: Flask, now: datetime) -> None:
    person = a_person(service=a_service(language="nn"))
    assert person.language == "nn"
    actions.choose_language(person.id, "nb")
    assert actor_of(person).language == "nb"


def test_a_language_we_do_not_speak_is_refused(app: Flask) -> None:
    assert actions.choose_language(a_person().id, "sv").reason == "unknown_language"


# --- devices ---------------------------------------------------------------------------------------


def test_a_devices_credentials_open_what_each_is_for(app: Flask) -> None:
    made = a_device(a_person())
    device = actions.find_device(made.id)
    assert device
    assert actions.check_write_credential(device, made.write)
    assert actions.check_read_credential(device, made.read)
    assert not actions.check_write_credential(device, made.read)
    assert not actions.check_read_credential(device, made.write)
    assert not actions.check_write_credential(device, "")


def test_the_database_holds_neither_credential(app: Flask, db: SQLAlchemy) -> None:
    made = a_device(a_person())
    row = db.session.get_one(Device, made.id)
    kept = " ".join(str(value) for value in vars(row).values())
    assert made.write not in kept
    assert made.read not in kept


def test_credentials_do_not_show_when_printed(app: Flask) -> None:
    made = a_device(a_person())
    assert made.write not in repr(made)
    assert made.read not in repr(made)
    assert actions.find_device(made.id).write_hash not in repr(actions.find_device(made.id))  # type: ignore[union-attr]


def test_the_last_number_of_a_device_never_goes_back(app: Flask, db: SQLAlchemy, now: datetime) -> None:
    made = a_device(a_person())
    for number in (3, 7, 5):
        actions.note_device_contact(made.id, number, now=now)
    db.session.commit()
    device = actions.find_device(made.id)
    assert device
    assert (device.last_number, device.last_contact_at) == (7, now)


def test_one_revokes_the_own_device_and_nobody_elses(app: Flask, now: datetime) -> None:
    person, leader = a_person(), a_person(Role.SERVICE_LEADER)
    made = a_device(person)
    assert actions.revoke_device(actor_of(leader), made.id, now=now).reason == "not_yours"
    assert actions.revoke_device(actor_of(person), made.id, now=now).ok
    assert actions.find_device(made.id).revoked_at == now  # type: ignore[union-attr]


# --- other services --------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.SERVICE_LEADER, Role.ADMINISTRATOR])
def test_no_verb_reaches_into_another_service(app: Flask, db: SQLAlchemy, now: datetime, role: Role) -> None:
    stranger = actor_of(a_person(role, service=a_service("Elsewhere")))
    ours = a_service("Ours")
    team = a_team(ours)
    person = a_person(service=ours, team=team)
    device = a_device(person)
    held = db.session.scalars(select(RoleHeld.id).where(RoleHeld.person_id == person.id)).one()
    outcomes = [
        actions.invite_again(stranger, person.id, now=now),
        actions.correct_person(stranger, person.id, name="X", email="x@x.no", now=now),
        actions.disable_person(stranger, person.id, now=now),
        actions.enable_person(stranger, person.id, now=now),
        actions.add_role(stranger, person.id, NewRole(Role.ADMINISTRATOR), now=now),
        actions.end_role(stranger, held, to_date=date(2026, 11, 18), now=now),
        actions.rename_team(stranger, team.id, "X"),
        actions.revoke_device(stranger, device.id, now=now),
    ]
    assert [outcome.reason for outcome in outcomes] == ["not_yours"] * len(outcomes)
    assert actions.persons_by_ids([person.id])[person.id] == person


# --- what the app may lead to ----------------------------------------------------------------------


def pages_shown_to(person_id: str, about: str) -> object:
    return actions.render_persons(person_id, [about])[about].get("may")


def told(person_id: str, about: str, after: int) -> bool:
    return ("person", about) in {(item.type, item.id) for item in feed.read_feed(person_id, after).changes}


@pytest.mark.parametrize(
    ("role", "pages"),
    [
        (Role.CASEWORKER, []),
        (Role.SUPERVISOR, ["series"]),
        (Role.EXTERNAL_SUPERVISOR, ["series"]),
        (Role.ADMINISTRATOR, ["people"]),
        (Role.SERVICE_LEADER, ["people", "series", "service"]),
    ],
)
def test_a_person_is_told_which_pages_are_for_them(app: Flask, role: Role, pages: list[str]) -> None:
    person = a_person(role)
    assert pages_shown_to(person.id, person.id) == pages


def test_nobody_else_is_told_what_a_person_may_open(app: Flask) -> None:
    leader, person = a_person(Role.SERVICE_LEADER), a_person()
    assert pages_shown_to(person.id, leader.id) is None


def test_a_new_role_is_told_to_the_person_and_to_nobody_else(app: Flask, now: datetime) -> None:
    leader, person, other = a_person(Role.SERVICE_LEADER), a_person(), a_person()
    cursors = {each.id: feed.read_feed(each.id, 0).cursor for each in (person, other)}
    actions.add_role(actor_of(leader), person.id, NewRole(Role.SUPERVISOR), now=now)
    assert told(person.id, person.id, cursors[person.id])
    assert not told(other.id, person.id, cursors[other.id])


def test_a_role_that_is_taken_away_is_told_to_the_person(app: Flask, db: SQLAlchemy, now: datetime) -> None:
    leader, person = a_person(Role.SERVICE_LEADER), a_person(Role.SUPERVISOR)
    role = db.session.scalars(select(RoleHeld.id).where(RoleHeld.person_id == person.id)).one()
    cursor = feed.read_feed(person.id, 0).cursor
    actions.end_role(actor_of(leader), role, to_date=now.date(), now=now)
    assert told(person.id, person.id, cursor)
    assert pages_shown_to(person.id, person.id) == []


def test_a_role_that_begins_by_its_date_is_told_on_that_day_and_once(app: Flask, now: datetime) -> None:
    leader, person = a_person(Role.SERVICE_LEADER), a_person()
    monday = now + timedelta(days=5)
    actions.add_role(actor_of(leader), person.id, NewRole(Role.SUPERVISOR, from_date=monday.date()), now=now)
    cursor = feed.read_feed(person.id, 0).cursor
    actions.tell_of_dated_roles(monday - timedelta(days=1))
    assert not told(person.id, person.id, cursor)
    actions.tell_of_dated_roles(monday)
    assert told(person.id, person.id, cursor)
    cursor = feed.read_feed(person.id, 0).cursor
    actions.tell_of_dated_roles(monday + timedelta(hours=3))
    assert not told(person.id, person.id, cursor)


def test_a_worker_that_was_down_on_the_day_tells_of_the_role_later(app: Flask, now: datetime) -> None:
    leader, person = a_person(Role.SERVICE_LEADER), a_person()
    ends = NewRole(Role.SUPERVISOR, to_date=(now + timedelta(days=5)).date())
    actions.add_role(actor_of(leader), person.id, ends, now=now)
    cursor = feed.read_feed(person.id, 0).cursor
    actions.tell_of_dated_roles(now + timedelta(days=8))
    assert told(person.id, person.id, cursor)
