"""Every route, one after the other: strangers, roles, other services' ids, forms without their token.

The routes are read from the app, so a new one is tried here from the day it is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from ledvei_pwa.features.people import actions
from ledvei_pwa.features.people.records import RoleHeld
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.platform.database import new_id
from ledvei_pwa.platform.sessions import access_of
from tests.support.page_client import PageClient
from tests.support.people import a_device, a_person, a_service, a_team, sign_in

# Open to everybody, each for a reason. A new one is a decision: add it here with its reason.
PUBLIC: Final = {
    "sign_in.front_page": "sends on",
    "sign_in.sign_in_page": "the way in",
    "sign_in.sign_in": "the way in",
    "sign_in.invitation_page": "the token is the key",
    "sign_in.accept_invitation": "the token is the key",
    "sign_in.sign_in_options": "the way in",
    "sign_in.sign_in_with_passkey": "the way in",
    "sign_in.recovery_page": "the way in",
    "sign_in.sign_in_with_recovery_code": "the way in",
    "sign_in.invitation_passkey_options": "the token is the key",
    "sign_in.accept_with_passkey": "the token is the key",
    "openid.sign_in_elsewhere": "the way in",
    "openid.come_back": "the way in, from elsewhere",
    "openid.accept_elsewhere": "the token is the key",
    "openid.is_mine": "the way in, from elsewhere",
    "openid.mine": "the way in, from elsewhere",
    "openid.not_mine": "the way in, from elsewhere",
    "sign_in.demo_sign_in": "opens invented people only",
    "sign_in.choose_language": "before anybody is known",
    "devices.sign_out": "signing out twice is signing out",
    "sync.sync": "sealed operations carry their own credential",
    "privacy.privacy_page": "to be read before one has an account",
    "health.healthz": "says only that it is up",
}
DATA_FREE: Final = ("shell.",)  # the shells, the worker and the manifest hold no personal data
CHANGING: Final = {"POST", "PUT", "PATCH", "DELETE"}


def routes(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Each rule with each method, and an address made of ids that nobody has."""
    for rule in app.url_map.iter_rules():
        address = rule.build({name: _something(rule, name) for name in rule.arguments}, append_unknown=False)
        assert address is not None, rule
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, address[1]


def _something(rule: Rule, name: str) -> object:
    converter = rule._converters[name]
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return 7 if isinstance(converter, IntegerConverter) else new_id()


def is_public(rule: Rule) -> bool:
    return rule.endpoint in PUBLIC or rule.endpoint.startswith(DATA_FREE)


def test_every_route_names_its_rule(app: Flask) -> None:
    unnamed = [
        str(rule) for rule in app.url_map.iter_rules() if access_of(app.view_functions[rule.endpoint]) is None
    ]
    assert unnamed == []


def test_only_the_routes_named_here_are_open(app: Flask) -> None:
    marked = {
        rule.endpoint for rule, _, _ in routes(app) if access_of(app.view_functions[rule.endpoint]).is_public
    }  # type: ignore[union-attr]
    unexpected = {endpoint for endpoint in marked - PUBLIC.keys() if not endpoint.startswith(DATA_FREE)}
    assert unexpected == set()


def test_every_variable_part_of_an_address_has_a_type(app: Flask) -> None:
    untyped = [str(rule) for rule in app.url_map.iter_rules() if "<" in str(rule) and ":" not in str(rule)]
    assert untyped == []


def test_every_address_is_in_kebab_case(app: Flask) -> None:
    written = [str(rule).split("<")[0] for rule in app.url_map.iter_rules()]
    assert [address for address in written if address != address.lower() or "_" in address] == []


def test_a_stranger_gets_nowhere(app: Flask, client: PageClient) -> None:
    got_somewhere = []
    for rule, method, address in routes(app):
        if is_public(rule):
            continue
        answer = client.open(address, method=method)
        turned_away = answer.status_code == 401 or (answer.location or "").startswith("/sign-in")
        if not turned_away:
            got_somewhere.append(f"{method} {rule}: {answer.status}")
    assert got_somewhere == []


@pytest.mark.parametrize("role", [None, *Role])
def test_a_role_opens_only_the_routes_that_name_it(app: Flask, client: PageClient, role: Role | None) -> None:
    """403 exactly where the rule does not name the role. What comes behind it is each feature's test."""
    service = a_service()
    team = a_team(service) if role is Role.TEAM_LEADER else None
    sign_in(client, a_person(role, service=service, team=team))
    wrong = []
    for rule, method, address in routes(app):
        access = access_of(app.view_functions[rule.endpoint])
        if is_public(rule) or access is None or method != "GET":
            continue
        answer = client.open(address, method=method)
        allowed = not access.roles or role in access.roles
        if (answer.status_code == 403) is allowed:
            wrong.append(f"{method} {rule}: {answer.status}")
    assert wrong == []


@pytest.mark.parametrize("role", [None, *(role for role in Role if role is not Role.SERVICE_LEADER)])
def test_a_role_changes_nothing_where_the_rule_does_not_name_it(
    app: Flask, client: PageClient, role: Role | None
) -> None:
    team = a_team(a_service()) if role is Role.TEAM_LEADER else None
    sign_in(client, a_person(role, team=team))
    wrong = []
    for rule, method, address in routes(app):
        access = access_of(app.view_functions[rule.endpoint])
        if method in CHANGING and access and access.roles and role not in access.roles:
            answer = client.open(address, method=method)
            if answer.status_code != 403:
                wrong.append(f"{method} {rule}: {answer.status}")
    assert wrong == []


def test_no_form_is_taken_without_its_token(app: Flask, client: PageClient) -> None:
    """Signed in as one who may do the most."""
    taken = []
    sign_in(client, a_person(Role.SERVICE_LEADER))
    for rule, method, address in routes(app):
        if method in CHANGING and not address.startswith("/api/"):
            answer = client.open(address, method=method)
            if answer.status_code != 400:
                taken.append(f"{method} {rule}: {answer.status}")
    assert taken == []


def test_no_form_is_taken_with_anothers_token(app: Flask, client: PageClient) -> None:
    taken = []
    token = PageClient(app).page("/sign-in").value("csrf_token")
    sign_in(client, a_person(Role.SERVICE_LEADER))
    for rule, method, address in routes(app):
        if method in CHANGING and not address.startswith("/api/"):
            answer = client.open(address, method=method, data={"csrf_token": token})
            if answer.status_code != 400:
                taken.append(f"{method} {rule}: {answer.status}")
    assert taken == []


def test_the_api_takes_nothing_from_another_sites_page(app: Flask, client: PageClient) -> None:
    taken = []
    sign_in(client, a_person(Role.SERVICE_LEADER))
    for rule, method, address in routes(app):
        if method in CHANGING and address.startswith("/api/"):
            answer = client.open(
                address, method=method, json={}, headers={"Origin": "https://elsewhere.example"}
            )
            if answer.status_code != 403:
                taken.append(f"{method} {rule}: {answer.status}")
    assert taken == []


@pytest.mark.parametrize("role", [Role.SERVICE_LEADER, Role.ADMINISTRATOR])
def test_another_services_ids_are_not_found(
    app: Flask, client: PageClient, db: SQLAlchemy, role: Role
) -> None:
    """The same answer as for ids that nobody has, for each page that names one of people's things."""
    ours = a_service("Ours")
    team = a_team(ours)
    person = a_person(service=ours, team=team, can_sign_in=False)
    device = a_device(person)
    held = db.session.scalars(select(RoleHeld.id).where(RoleHeld.person_id == person.id)).one()
    ids = {"person_id": person.id, "team_id": team.id, "device_id": device.id, "role_id": held}
    sign_in(client, a_person(role, service=a_service("Elsewhere")))
    token = client.page("/devices").value("csrf_token")
    found, tried = [], 0
    for rule in app.url_map.iter_rules():
        if not rule.arguments or not rule.arguments <= ids.keys():
            continue
        built = rule.build({name: ids[name] for name in rule.arguments})
        assert built
        for method in (rule.methods or set()) & {"GET", "POST"}:
            tried += 1
            answer = client.open(built[1], method=method, data={"csrf_token": token, **A_FILLED_FORM})
            if answer.status_code != 404:
                found.append(f"{method} {rule}: {answer.status}")
    assert found == []
    assert tried > 10
    assert actions.persons_by_ids([person.id])[person.id] == person


A_FILLED_FORM: Final = {
    "name": "Changed",
    "email": "changed@elsewhere.example",
    "role": "administrator",
    "team": "",
    "from_date": "2026-11-18",
    "to_date": "2026-11-18",
}


@pytest.mark.parametrize("address", ["/people/%00", "/people?words=%00", "/invitation/%00", "/demo/%00"])
def test_a_zero_byte_in_an_address_is_answered_and_not_a_failure(client: PageClient, address: str) -> None:
    sign_in(client, a_person(Role.SERVICE_LEADER))
    assert client.get(address).status_code == 400


def test_a_zero_byte_in_a_form_is_answered_and_not_a_failure(client: PageClient) -> None:
    assert client.send("/sign-in", email="kari\x00@fjordvik.example", password="a\x00b").status_code == 400
