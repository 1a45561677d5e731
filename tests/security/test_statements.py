"""No page asks the database more often because there are more people, series, texts or devices."""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.features.people.records import RoleHeld
from ledvei_pwa.features.supervision import records
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.sessions import access_of
from tests.conftest import WEDNESDAY_AT_TEN
from tests.support.database import empty_tables
from tests.support.device import Device, device_of
from tests.support.people import a_passkey, a_person, a_service, a_team, sign_in
from tests.support.push_service import Browser
from tests.support.reminders import subscribe
from tests.support.statements import listening
from tests.support.supervision import a_series

pytestmark = pytest.mark.one_database
TIMES: Final = 4
NOTHING: Final = "no-such-thing"
Counted = dict[tuple[str, str], int]


class Village:
    """One leader, one supervisor and one of each thing; `grow` adds as much again."""

    def __init__(self, app: Flask, now: datetime) -> None:
        self.app, self.now = app, now
        self.service = a_service()
        self.team = a_team(self.service)
        self.leader = a_person(Role.SERVICE_LEADER, service=self.service)
        self.supervisor = a_person(Role.SUPERVISOR, service=self.service)
        self.author = a_person(Role.CASEWORKER, service=self.service, team=self.team)
        self.clients = {name: self.enter(name) for name in ("leader", "supervisor", "author")}
        self.phones = {name: device_of(app, getattr(self, name)) for name in self.clients}
        self.ids = {
            "person_id": self.author.id,
            "team_id": self.team.id,
            "passkey_id": a_passkey(self.author),
        }
        self.ids |= {"device_id": self.phones["author"].id, "language": "nb", "view": "today"}
        self.ids["build"] = app.extensions["ledvei"].settings.build
        self.grown = 0
        series = self.grow()
        later = records.sessions_of(series)[1]
        self.ids |= {"series_id": series, "session_id": later.id}
        role = select(RoleHeld.id).where(RoleHeld.person_id == self.author.id)
        self.ids["role_id"] = db.session.scalars(role).one()

    def enter(self, name: str) -> FlaskClient:
        client = self.app.test_client()
        sign_in(client, getattr(self, name))
        return client

    def grow(self) -> str:
        """One more of each. Answers the id of the new series."""
        self.grown += 1
        team = a_team(self.service, f"Team {self.grown}")
        colleague = a_person(Role.CASEWORKER, service=self.service, team=team)
        invited = a_person(Role.SUPERVISOR, service=self.service, can_sign_in=False)
        people.make_invitation(invited.id, now=self.now)
        members = [self.author, colleague]
        series = a_series(
            self.supervisor, members, now=self.now, clock=f"{8 + self.grown:02}:00", name=f"L{self.grown}"
        )
        session = records.sessions_of(series.id)[0]
        scope = {"series": series.id, "session": session.id}
        phone = self.phones["author"]
        for kind, fields in TEXTS.items():
            phone.write_new(kind, scope=scope, **fields)
        self.own_things(self.author)
        return str(series.id)

    def own_things(self, person: PersonCard) -> None:
        endpoint = f"http://localhost:9/push/{self.grown}"
        subscribe(person, Browser(endpoint).subscription, now=self.now)
        a_passkey(person, f"Nøkkel {self.grown}")
        sign_in(self.app.test_client(), person)


TEXTS: Final = {
    "topic": {"question": "Hva nå?", "audience": "group"},
    "preparation": {"went_well": "Mye.", "audience": "supervisor"},
    "agreement": {"text": "Ringe."},
}


@dataclass(frozen=True)
class Measured:
    """Statements by who asks and for what, in a small village and in a larger one."""

    small: Counted
    large: Counted

    @property
    def grew(self) -> dict[tuple[str, str], tuple[int, int]]:
        return {
            each: (count, self.large[each]) for each, count in self.small.items() if self.large[each] > count
        }


@pytest.fixture(scope="module")
def measured(_app: Flask) -> Iterator[tuple[Measured, Measured]]:
    """The pages, and the pulls."""
    with time_machine.travel(WEDNESDAY_AT_TEN, tick=False), _app.app_context():
        village = Village(_app, WEDNESDAY_AT_TEN)
        pulls, pages = pulls_of(village), pages_of(village)
        for _ in range(TIMES - 1):
            village.grow()
        pulled = Measured(pulls, pulls_of(village))
        yield Measured(pages, pages_of(village)), pulled
        empty_tables(_app)


def test_no_page_asks_more_often_when_there_is_more(measured: tuple[Measured, Measured]) -> None:
    pages, _ = measured
    assert pages.grew == {}
    assert sum(count > 3 for count in pages.small.values()) > 30  # most pages were really made


def test_a_pull_asks_no_more_often_when_there_is_more_to_fetch(measured: tuple[Measured, Measured]) -> None:
    _, pulls = measured
    assert pulls.grew == {}


def pages_of(village: Village) -> Counted:
    return {
        (name, address): statements(client, address)
        for address in addresses(village)
        for name, client in village.clients.items()
    }


def pulls_of(village: Village) -> Counted:
    return {(name, "pull"): min(fetch(phone) for _ in range(2)) for name, phone in village.phones.items()}


def addresses(village: Village) -> Iterator[str]:
    for rule in sorted(village.app.url_map.iter_rules(), key=lambda rule: rule.rule):
        access = access_of(village.app.view_functions[rule.endpoint])
        if "GET" not in (rule.methods or set()) or access is None or access.is_data_free:
            continue
        built = rule.build({name: village.ids.get(name, NOTHING) for name in rule.arguments})
        if built:
            yield built[1]


def statements(client: FlaskClient, address: str) -> int:
    with listening() as heard:
        answer = Context().run(client.get, address)
        assert answer.status_code < 500 or address == "/healthz", address
    return len(heard)


def fetch(phone: Device) -> int:
    """Everything, from the beginning."""
    with listening() as heard:
        answer = Context().run(phone.post, cursor=0, epoch=None).get_json()
    assert answer["signed_in"]
    assert not answer["more"]
    assert len(answer["changes"]) > 3
    return len(heard)
