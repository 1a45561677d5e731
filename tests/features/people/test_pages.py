"""The leaders' pages: finding people, inviting them, their roles, teams, and the service's settings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select

from ledvei_pwa.features.people import actions, rules
from ledvei_pwa.features.people.actions import PersonCard, ServiceCard, TeamCard
from ledvei_pwa.features.people.records import Person, RoleHeld, Team
from ledvei_pwa.kernel.access import Role
from tests.support.page_client import Page, PageClient
from tests.support.people import a_person, a_service, a_team, actor_of, sign_in


@pytest.fixture
def service(app: Flask) -> ServiceCard:
    return a_service()


@pytest.fixture
def team(service: ServiceCard) -> TeamCard:
    return a_team(service, "Mottak")


@pytest.fixture
def leader(client: PageClient, service: ServiceCard, now: datetime) -> PersonCard:
    """The service leader, signed in on `client`."""
    leader = a_person(Role.SERVICE_LEADER, service=service, name="Ragnhild Li")
    sign_in(client, leader)
    return leader


@pytest.fixture
def team_leader(client: PageClient, team: TeamCard, now: datetime) -> PersonCard:
    """The leader of `team`, signed in on `client`."""
    leader = a_person(Role.TEAM_LEADER, team=team, name="Tore Moe")
    sign_in(client, leader)
    return leader


def page_of(answer: Any) -> Page:
    return Page(answer.get_data(as_text=True))


def listed(client: PageClient, address: str = "/people") -> set[str]:
    """Who is in the list, by the links to their pages."""
    links = client.page(address).links()
    return {link.removeprefix("/people/") for link in links.values() if link.startswith("/people/01")}


def role_id_of(db: SQLAlchemy, person: PersonCard) -> str:
    return db.session.scalars(select(RoleHeld.id).where(RoleHeld.person_id == person.id)).one()


# --- the list --------------------------------------------------------------------------------------


def test_a_service_leader_sees_everybody(client: PageClient, leader: PersonCard, team: TeamCard) -> None:
    people = [a_person(team=team), a_person(), a_person(None)]
    assert listed(client) == {leader.id, *(person.id for person in people)}


def test_a_team_leader_sees_the_own_team(client: PageClient, team_leader: PersonCard, team: TeamCard) -> None:
    own = a_person(team=team)
    a_person()
    assert listed(client) == {team_leader.id, own.id}


@pytest.mark.parametrize("words", ["kari", "KARI n", "nes kari", "kari@"])
def test_people_are_found_by_parts_of_name_and_address(
    client: PageClient, leader: PersonCard, words: str
) -> None:
    kari = a_person(name="Kari Nes", email="kari@fjordvik.example")
    a_person(name="Ola By")
    assert listed(client, f"/people?words={words}") == {kari.id}


def test_people_are_found_by_team_and_role(client: PageClient, leader: PersonCard, team: TeamCard) -> None:
    worker, supervisor = a_person(team=team), a_person(Role.SUPERVISOR)
    assert listed(client, f"/people?team={team.id}") == {worker.id}
    assert listed(client, "/people?role=supervisor") == {supervisor.id}


def test_closed_and_invited_people_are_found_by_state(
    client: PageClient, leader: PersonCard, now: datetime
) -> None:
    invited, closed = a_person(can_sign_in=False), a_person()
    actions.disable_person(actor_of(leader), closed.id, now=now)
    assert listed(client) == {leader.id, invited.id}
    assert listed(client, "/people?state=invited") == {invited.id}
    assert listed(client, "/people?state=disabled") == {closed.id}


def test_a_search_that_finds_nobody_offers_a_way_back(client: PageClient, leader: PersonCard) -> None:
    page = client.page("/people?words=nobody")
    assert listed(client, "/people?words=nobody") == set()
    assert "/people" in page.links().values()


@pytest.mark.parametrize(
    "address", ["/people?team=x&role=x&state=x", "/people?words=%01%ff", "/people?words=" + "x" * 3000]
)
def test_strange_searches_are_answered_calmly(client: PageClient, leader: PersonCard, address: str) -> None:
    assert client.get(address).status_code == 200


def test_a_name_is_text_and_never_markup(client: PageClient, leader: PersonCard) -> None:
    a_person(name="<b>Kari</b>")
    assert "<b>Kari</b>" in client.page("/people").text()


# --- inviting --------------------------------------------------------------------------------------


def invite(client: PageClient, **fields: Any) -> Any:
    form = {
        "name": "Kari Nes",
        "email": "kari@fjordvik.example",
        "roles": ["caseworker"],
        "team": "",
        "language": "nn",
    }
    return client.send("/people/invite", **{**form, **fields})


def test_an_invitation_gives_a_link_that_works_and_its_picture(
    app: Flask, client: PageClient, leader: PersonCard
) -> None:
    page = page_of(invite(client))
    link = next("".join(element.itertext()) for element in page.all("p") if element.get("id") == "link")
    picture = next(image for image in page.all("img"))
    assert picture.get("src", "").startswith("data:image/svg+xml")
    assert picture.get("alt")
    assert "Kari Nes" in PageClient(app).page(link.removeprefix("http://localhost")).heading


def test_an_invited_person_has_what_was_chosen(
    client: PageClient, leader: PersonCard, team: TeamCard, db: SQLAlchemy
) -> None:
    invite(client, roles=["caseworker", "supervisor"], team=team.id)
    person = db.session.scalars(select(Person).where(Person.email == "kari@fjordvik.example")).one()
    card = actions.persons_by_ids([person.id])[person.id]
    assert (card.roles, card.team_ids, card.language) == ({Role.CASEWORKER, Role.SUPERVISOR}, {team.id}, "nn")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"email": ""}, "email"),
        ({"email": "kari"}, "email"),
        ({"email": "kari@fjordvik"}, "email"),
        ({"email": "kari nes@fjordvik.example"}, "email"),
        ({"roles": []}, "roles"),
        ({"roles": ["emperor"]}, "roles"),
        ({"team": "unknown"}, "team"),
        ({"roles": ["team_leader"], "team": ""}, "team"),
        ({"language": "sv"}, "language"),
    ],
)
def test_what_is_missing_is_told_at_its_field(
    client: PageClient, leader: PersonCard, db: SQLAlchemy, fields: dict[str, Any], wrong: str
) -> None:
    answer = invite(client, **fields)
    page = page_of(answer)
    message = next(element for element in page.root.iter() if element.get("id") == f"{wrong}-error")
    assert answer.status_code == 400
    assert "".join(message.itertext()).strip()
    assert len(db.session.scalars(select(Person.id)).all()) == 1


def test_an_address_in_use_is_told_at_its_field_also_when_it_is_another_services(
    client: PageClient, leader: PersonCard
) -> None:
    """The same words for both: a leader learns nothing about other services."""
    a_person(email="here@fjordvik.example")
    a_person(service=a_service("Elsewhere"), email="elsewhere@fjordvik.example")
    pages = [
        page_of(invite(client, email=email))
        for email in ("here@fjordvik.example", "elsewhere@fjordvik.example")
    ]
    told = [
        "".join(next(e for e in page.root.iter() if e.get("id") == "email-error").itertext())
        for page in pages
    ]
    assert told[0] == told[1] != ""


def test_a_team_leader_is_offered_only_what_may_be_given(
    client: PageClient, team_leader: PersonCard, team: TeamCard
) -> None:
    page = client.page("/people/invite")
    roles = {field.get("value") for field in page.all("input") if field.get("name") == "roles"}
    teams = {option.get("value") for option in page.field("team").iter("option")}
    assert roles == {"caseworker", "supervisor", "external_supervisor"}
    assert teams == {team.id}


def test_a_team_leader_cannot_make_a_service_leader(
    client: PageClient, team_leader: PersonCard, team: TeamCard
) -> None:
    assert invite(client, roles=["service_leader"], team=team.id).status_code == 400


def test_a_new_link_is_made_after_a_question(app: Flask, client: PageClient, leader: PersonCard) -> None:
    person = a_person(can_sign_in=False)
    answer = client.send(f"/people/{person.id}/invitation")
    assert "/invitation/" in answer.get_data(as_text=True)


def test_a_team_leader_makes_no_new_link_for_somebody_with_a_password(
    client: PageClient, team_leader: PersonCard, team: TeamCard
) -> None:
    """It would open the account, and with it texts that are none of the leader's business."""
    settled, new = a_person(team=team), a_person(team=team, can_sign_in=False)
    assert client.get(f"/people/{settled.id}/invitation").status_code == 404
    assert client.send(f"/people/{settled.id}/invitation", page="/people/invite").status_code == 404
    assert client.send(f"/people/{new.id}/invitation").status_code == 200


# --- one person ------------------------------------------------------------------------------------


def test_the_page_shows_the_roles_with_their_days(
    client: PageClient, leader: PersonCard, team: TeamCard
) -> None:
    text = client.page(f"/people/{a_person(team=team).id}").text()
    assert "Mottak" in text
    assert "2020" in text


def test_a_role_is_added_from_a_day(client: PageClient, leader: PersonCard, db: SQLAlchemy) -> None:
    person = a_person(None)
    address = f"/people/{person.id}"
    client.send(f"{address}/roles", page=address, role="supervisor", team="", from_date="2027-01-04")
    row = db.session.scalars(select(RoleHeld).where(RoleHeld.person_id == person.id)).one()
    assert (row.role, str(row.from_date), row.to_date) == ("supervisor", "2027-01-04", None)


@pytest.mark.parametrize(
    "fields", [{"from_date": "soon"}, {"from_date": ""}, {"role": "emperor"}, {"team": "x"}]
)
def test_a_role_that_makes_no_sense_is_not_added(
    client: PageClient, leader: PersonCard, db: SQLAlchemy, fields: dict[str, str]
) -> None:
    person = a_person(None)
    address = f"/people/{person.id}"
    form = {"role": "supervisor", "team": "", "from_date": "2027-01-04", **fields}
    assert client.send(f"{address}/roles", page=address, **form).status_code == 400
    assert not db.session.scalars(select(RoleHeld).where(RoleHeld.person_id == person.id)).all()


def test_a_role_is_given_an_end(
    client: PageClient, leader: PersonCard, db: SQLAlchemy, now: datetime
) -> None:
    person = a_person()
    client.send(f"/people/{person.id}/roles/{role_id_of(db, person)}", to_date="2026-11-18")
    assert actions.persons_by_ids([person.id])[person.id].roles == frozenset()


def test_the_last_service_leader_is_told_to_give_the_role_away_first(
    client: PageClient, leader: PersonCard, db: SQLAlchemy
) -> None:
    answer = client.send(f"/people/{leader.id}/roles/{role_id_of(db, leader)}", to_date="2026-11-18")
    assert answer.status_code == 400
    assert actions.persons_by_ids([leader.id])[leader.id].roles == {Role.SERVICE_LEADER}


def test_a_name_and_an_address_are_corrected(client: PageClient, leader: PersonCard) -> None:
    person = a_person()
    client.send(f"/people/{person.id}", name="Kari Nes", email="Kari@fjordvik.example")
    card = actions.persons_by_ids([person.id])[person.id]
    assert (card.name, card.email) == ("Kari Nes", "kari@fjordvik.example")


def test_a_team_leader_cannot_change_the_address_of_somebody_with_a_password(
    client: PageClient, team_leader: PersonCard, team: TeamCard
) -> None:
    person = a_person(team=team)
    answer = client.send(f"/people/{person.id}", name=person.name, email="mine@fjordvik.example")
    assert answer.status_code == 400
    assert actions.persons_by_ids([person.id])[person.id].email == person.email


def test_an_account_is_closed_after_a_question_and_opened_again(
    client: PageClient, leader: PersonCard
) -> None:
    person = a_person()
    client.send(f"/people/{person.id}/disable")
    assert not actions.persons_by_ids([person.id])[person.id].is_active
    client.send(f"/people/{person.id}/enable", page=f"/people/{person.id}")
    assert actions.persons_by_ids([person.id])[person.id].is_active


def test_closing_the_last_leader_is_explained_and_not_done(client: PageClient, service: ServiceCard) -> None:
    leader = a_person(Role.SERVICE_LEADER, service=service)
    sign_in(client, a_person(Role.ADMINISTRATOR, service=service))
    assert client.send(f"/people/{leader.id}/disable").status_code == 400
    assert actions.persons_by_ids([leader.id])[leader.id].is_active


def test_a_team_leader_does_not_find_people_of_other_teams(
    client: PageClient, team_leader: PersonCard
) -> None:
    other = a_person()
    assert client.get(f"/people/{other.id}").status_code == 404
    assert client.get("/people/unknown").status_code == 404


# --- teams -----------------------------------------------------------------------------------------


def test_a_team_is_made_and_renamed(client: PageClient, leader: PersonCard, db: SQLAlchemy) -> None:
    client.send("/people/teams", name=" Omsorg ")
    made = db.session.scalars(select(Team)).one()
    assert made.name == "Omsorg"
    client.send(f"/people/teams/{made.id}", name="Omsorg og ettervern")
    db.session.expire_all()
    assert made.name == "Omsorg og ettervern"


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_a_team_needs_a_name(client: PageClient, leader: PersonCard, db: SQLAlchemy, name: str) -> None:
    assert client.send("/people/teams", name=name).status_code == 400
    assert not db.session.scalars(select(Team)).all()


# --- the service -----------------------------------------------------------------------------------


SETTINGS = {"name": "Fjordvik", "language": "nn", "lock_minutes": "3", "kept_weeks": "12"}


def test_the_settings_are_shown_and_changed(client: PageClient, leader: PersonCard) -> None:
    assert client.page("/service").value("name") == "Fjordvik barnevernstjeneste"
    client.send("/service", **SETTINGS)
    service = actions.service_of(leader.service_id)
    assert service
    assert service.shown() == {
        "name": "Fjordvik", "language": "nn", "demo": False, "lock_minutes": 3, "kept_weeks": 12,
    }  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {"lock_minutes": "0"}, {"lock_minutes": "16"}, {"kept_weeks": "3"}, {"kept_weeks": "27"},
        {"lock_minutes": "five"}, {"language": "sv"}, {"name": " "},
    ],
)  # fmt: skip
def test_settings_outside_their_limits_are_refused(
    client: PageClient, leader: PersonCard, fields: dict[str, str]
) -> None:
    before = actions.service_of(leader.service_id)
    assert client.send("/service", **{**SETTINGS, **fields}).status_code == 400
    assert actions.service_of(leader.service_id) == before


@pytest.mark.parametrize("role", Role)
def test_the_pages_that_the_app_leads_to_open(client: PageClient, role: Role) -> None:
    person = a_person(role, team=a_team(a_service()) if role is Role.TEAM_LEADER else None)
    sign_in(client, person)
    for page in rules.PAGES:
        may_open = page in rules.pages_for(frozenset({role}))
        opened = client.get(f"/{page}").status_code == 200
        # One's own series are shown to everybody; the app leads there who has something to do there.
        assert opened or not may_open, page
        assert may_open or not opened or page == "series", page
