"""Whoever runs the server sees who came in, who did not and what was refused, and nothing that was typed."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from ledvei_pwa.features.people import accounts
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.platform.arrivals import shortened
from ledvei_pwa.platform.attempts import SignInAttempt
from tests.support.page_client import PageClient
from tests.support.people import PASSWORD, a_person, code_now, sign_in

pytestmark = pytest.mark.one_database
NOBODYS = "01a00000-0000-7000-8000-000000000000"
FROM = {"REMOTE_ADDR": "192.0.2.77"}


@pytest.fixture
def client(app: Flask) -> PageClient:
    client = PageClient(app)
    client.environ_base.update(FROM)
    return client


def lines(capfd: pytest.CaptureFixture[str], event: str) -> list[str]:
    return [line for line in capfd.readouterr().err.splitlines() if f" {event} " in line]


def test_a_wrong_password_tells_whose_account_and_where_from(
    client: PageClient, capfd: pytest.CaptureFixture[str]
) -> None:
    person = a_person()
    client.send("/sign-in", email=person.email, password="feil og atter feil")
    (line,) = lines(capfd, "sign_in_refused")
    assert f"person={person.id}" in line
    assert "network=192.0.2.0/24" in line
    assert "reason=wrong" in line
    assert re.match(r"\d{4}-\d\d-\d\dT[\d:.]+Z ", line)


def test_what_was_typed_is_in_no_line(client: PageClient, capfd: pytest.CaptureFixture[str]) -> None:
    person = a_person()
    for email in ("et-passord-i-feil-felt@fjordvik.example", person.email):
        client.send("/sign-in", email=email, password="feil og atter feil")
        client.send("/sign-in/recovery", email=email, code="1111 2222 3333 4444", password="feil igjen")
    said = capfd.readouterr().err
    assert said.count("sign_in_refused") == 4
    assert "reason=unknown" in said
    assert not re.search("et-passord|feil|1111|" + re.escape(person.email), said)


def test_a_sign_in_and_a_wrong_code_are_told(client: PageClient, capfd: pytest.CaptureFixture[str]) -> None:
    person = a_person()
    client.send("/sign-in", email=person.email, password=PASSWORD, code="000000")
    client.send("/sign-in/second-step", code=code_now())
    said = capfd.readouterr().err
    assert re.findall(r"signed_in .*strength=(\w+)", said) == ["password", "code"]
    assert re.findall(r"sign_in_refused .*way=([\w-]+)", said) == ["second-step"]


@pytest.mark.parametrize(
    ("address", "reason"),
    [("/people", "role"), (f"/my-sign-in/passkeys/{NOBODYS}", "not_there_or_not_theirs")],
    ids=["not their role", "not theirs"],
)
def test_what_somebody_may_not_see_is_told(
    client: PageClient, capfd: pytest.CaptureFixture[str], address: str, reason: str
) -> None:
    person = a_person(Role.CASEWORKER)
    sign_in(client, person)
    client.get(address)
    (line,) = lines(capfd, "access_refused")
    assert f"person={person.id}" in line
    assert f"reason={reason}" in line


def test_what_another_site_sends_is_told(client: PageClient, capfd: pytest.CaptureFixture[str]) -> None:
    sign_in(client, a_person())
    client.post("/api/v1/language", json={"language": "nn"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert "reason=cross_site" in lines(capfd, "access_refused")[0]


def test_strangers_who_ask_for_a_page_are_not_told(
    client: PageClient, capfd: pytest.CaptureFixture[str]
) -> None:
    client.get("/people")
    client.get("/there-is-no-such-page")
    assert lines(capfd, "access_refused") == []


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("a unix socket", ""),
        (None, ""),
    ],
)
def test_of_an_address_only_the_network_is_kept(address: str | None, network: str) -> None:
    assert shortened(address) == network


def test_a_person_sees_how_many_wrong_tries_there_were_and_when(
    client: PageClient, app: Flask, now: datetime
) -> None:
    person, other = a_person(language="nb"), a_person()
    for _ in range(2):
        PageClient(app).send("/sign-in", email=person.email, password="feil og atter feil")
    PageClient(app).send("/sign-in", email=other.email, password="feil og atter feil")
    sign_in(client, person)
    assert "2 forsøk" in client.page("/my-log").text()


def test_what_strangers_try_at_accounts_that_are_nobodys_is_not_kept(
    app: Flask, db: SQLAlchemy, now: datetime
) -> None:
    for number in range(3):
        PageClient(app).send(
            "/sign-in", email=f"nobody{number}@fjordvik.example", password="feil passord her"
        )
    assert db.session.query(SignInAttempt).count() == 7  # each twice, and the address
    accounts.forget_old_tries_and_sign_ins(now + timedelta(hours=3))
    assert db.session.query(SignInAttempt).count() == 0


def test_wrong_tries_are_forgotten_after_thirty_days(app: Flask, now: datetime) -> None:
    person = a_person()
    PageClient(app).send("/sign-in", email=person.email, password="feil og atter feil")
    accounts.forget_old_tries_and_sign_ins(now + timedelta(days=29))
    assert [tries.count for tries in accounts.wrong_tries_of(person.id, now=now)] == [1]
    accounts.forget_old_tries_and_sign_ins(now + timedelta(days=31, hours=2))
    assert accounts.wrong_tries_of(person.id, now=now) == []
