"""Signing in elsewhere, with a real provider on this machine (npm oidc-provider)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select
from werkzeug.test import TestResponse

from ledvei_pwa.features.people import actions, openid, openid_links, openid_setup, openid_talk, reentries
from ledvei_pwa.features.people.actions import PersonCard, ServiceCard
from ledvei_pwa.features.people.openid import Purpose
from ledvei_pwa.features.people.openid_links import Found
from ledvei_pwa.features.people.openid_talk import ChosenProvider
from ledvei_pwa.features.people.records import IdentityLink, IdentityProvider, Person
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.platform import outside
from ledvei_pwa.platform.audit import AuditEntry, Deed
from ledvei_pwa.platform.sessions import SignInSession, Strength
from tests.support.openid_provider import RunningProvider, Traveller, running_provider
from tests.support.page_client import Page, PageClient, html_of
from tests.support.people import a_person, a_service, actor_of, code_now, sign_in

pytestmark = pytest.mark.one_database

SECRET = "a secret of thirty-two letters ~%+"
KARI = {"sub": "kari-there", "email": "kari@fjordvik.example", "email_verified": True}
HIGH = {"acr": "high", "amr": ["mfa"]}


@pytest.fixture(scope="module")
def running() -> Iterator[RunningProvider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@dataclass
class There:
    """A service with the provider, and somebody's browser."""

    running: RunningProvider
    service: ServiceCard
    client: PageClient
    provider_id: str
    traveller: Traveller

    @property
    def way(self) -> str:
        return f"/sign-in/with/{self.provider_id}"

    @property
    def own(self) -> str:
        return f"/my-sign-in/with/{self.provider_id}"

    def choose(self, **changes: Any) -> None:
        """Set it (anew), and let the provider know us."""
        chosen = ChosenProvider(
            "Fjordvik kommune", self.running.issuer, "ledvei", "client_secret_post", SECRET
        )
        chosen = replace(chosen, **{"scope": "openid email", "by_email": True, **changes})
        outcome = openid_setup.choose(self.service.id, chosen, now=datetime.now(UTC))
        assert outcome.ok, outcome
        shown = openid_setup.show(self.service.id)
        assert shown
        self.provider_id = shown.redirect_uri.split("/")[-2]
        ours = (
            {"jwks": {"keys": [shown.public_jwk]}} if shown.public_jwk else {"client_secret": chosen.secret}
        )
        client = {
            "client_id": chosen.client_id,
            "redirect_uris": [shown.redirect_uri],
            "response_types": ["code"],
            "token_endpoint_auth_method": chosen.auth,
            **ours,
        }
        self.running.tell(clients=[client])

    def set_out(self, way: str = "", *, page: str = "/sign-in") -> str:
        """Press the button on that page: the address at the provider that the browser goes on to."""
        sent = self.client.send(way or self.way, page=page)
        assert sent.status_code == 200, html_of(sent)
        address = sent.headers["Refresh"].removeprefix("0; url=")
        assert address.startswith(self.running.issuer), address
        assert address in Page(html_of(sent)).links().values()
        return address

    def travel(self, way: str = "", *, page: str = "/sign-in") -> str:
        """From our page to the provider and back: the address where the browser comes in."""
        back = self.traveller.walk(self.set_out(way, page=page), until="http://localhost/sign-in/with/")
        return back.removeprefix("http://localhost")

    def sign_in(self, way: str = "", *, page: str = "/sign-in") -> TestResponse:
        return self.client.get(self.travel(way, page=page))

    def says(self, answer: str) -> TestResponse:
        """Press `mine` or `not-mine` on the page that asks."""
        return self.client.send(f"{self.way}/{answer}", page=f"{self.way}/mine")

    def sign_in_first(self) -> TestResponse:
        """By the e-mail, with the yes that it takes the first time."""
        assert self.sign_in().headers["Location"] == f"{self.way}/mine"
        return self.says("mine")

    def is_in(self) -> bool:
        return self.client.get("/devices").status_code == 200

    def turned_away(self, answer: TestResponse, *, to: str = "/sign-in") -> str:
        """What is said to whoever is not let in, on the page where the other ways in are."""
        assert answer.status_code == 302, html_of(answer)
        assert urlsplit(answer.headers["Location"]).path == to
        page = Page(html_of(self.client.get(answer.headers["Location"])))
        assert to != "/sign-in" or page.field("password") is not None
        assert not self.is_in() or to != "/sign-in"
        return page.text()


@pytest.fixture
def there(app: Flask, client: PageClient, running: RunningProvider) -> There:
    running.tell(person=KARI, acr=None, amr=None, ts=None, denies=False, inIdToken=True)
    there = There(running, a_service(), client, "", Traveller())
    there.choose()
    return there


def invited(there: There, **changes: Any) -> PersonCard:
    return a_person(service=there.service, email=KARI["email"], can_sign_in=False, **changes)


def connected(there: There) -> PersonCard:
    """Somebody who has come in by the provider, with two factors."""
    person = invited(there)
    there.choose(acr_values="high")
    there.running.tell(**HIGH)
    assert there.sign_in_first().status_code == 302
    assert there.is_in()
    return person


def session_of(db: SQLAlchemy, person: PersonCard) -> SignInSession:
    query = select(SignInSession).where(
        SignInSession.person_id == person.id, SignInSession.ended_at.is_(None)
    )
    return db.session.scalars(query).one()


# --- coming in ------------------------------------------------------------------------------------


def test_without_a_provider_nothing_of_it_is_seen(client: PageClient, app: Flask) -> None:
    a_service()
    assert "Logg inn med" not in client.page("/sign-in").text().replace("Logg inn med passnøkkel", "")
    assert client.send("/sign-in/with/none", page="/sign-in").status_code == 404


def test_whoever_has_two_factors_there_is_in(there: There, db: SQLAlchemy) -> None:
    person = connected(there)
    assert session_of(db, person).strength == Strength.PROVIDER
    assert db.session.get_one(Person, person.id).accepted_at
    deeds = [entry.deed for entry in db.session.scalars(select(AuditEntry))]
    assert Deed.PROVIDER_CONNECTED in deeds


def test_without_two_factors_there_the_second_step_is_left(there: There, db: SQLAlchemy) -> None:
    """An acr or amr that the operator has said nothing about means nothing."""
    person = invited(there)
    there.running.tell(**HIGH)
    answer = there.sign_in_first()
    assert answer.headers["Location"].startswith("/sign-in/second-step")
    assert session_of(db, person).strength == Strength.PASSWORD
    assert there.client.get(answer.headers["Location"]).headers["Location"].startswith("/second-factor")
    assert not there.is_in()


def test_a_lower_level_than_asked_for_leaves_the_second_step_and_cannot_set_up_another(there: There) -> None:
    connected(there)
    there.client.post("/sign-out", data={"csrf_token": there.client.page("/my-sign-in").value("csrf_token")})
    there.running.tell(acr="low", amr=["pwd"])
    there.traveller = Traveller()
    assert there.sign_in().headers["Location"].startswith("/sign-in/second-step")
    assert not there.is_in()
    assert there.client.get("/second-factor").headers["Location"].startswith("/sign-in/second-step")


def test_the_code_after_the_provider_opens_the_account(there: There, db: SQLAlchemy) -> None:
    person = a_person(service=there.service)
    link(db, there, person)
    there.sign_in()
    assert not there.is_in()
    there.client.send("/sign-in/second-step", code=code_now())
    assert there.is_in()


def link(db: SQLAlchemy, there: There, person: PersonCard, subject: str = "kari-there") -> None:
    """As if the person had connected it."""
    provider = db.session.get_one(IdentityProvider, there.provider_id)
    loaded = openid_talk.Provider(
        "", provider.issuer, provider.client_id, provider.auth, id=provider.id, service_id=person.service_id
    )
    digest, now = openid._digest_of(loaded, subject), datetime.now(UTC)
    found = Found(
        Purpose.CONNECT, provider.id, person.id, digest, is_whole=False, at=now.timestamp(), onward=""
    )
    assert openid_links.connect(found, now=now).ok


def test_the_server_shows_itself_with_a_private_key(there: There, pem: str) -> None:
    invited(there)
    there.choose(auth="private_key_jwt", secret=pem, client_id="with-a-key", acr_values="high")
    there.running.tell(**HIGH)
    there.sign_in_first()
    assert there.is_in()


def test_a_secret_in_the_header_works_too(there: There) -> None:
    invited(there)
    there.choose(auth="client_secret_basic", secret="plain-secret-of-letters-and-digits-1", acr_values="high")
    there.running.tell(**HIGH)
    there.sign_in_first()
    assert there.is_in()


def test_what_is_asked_has_pkce_state_and_nonce_and_none_twice(there: There) -> None:
    first, second = (parse_qs(urlsplit(there.set_out()).query) for _try in range(2))
    assert first["code_challenge_method"] == ["S256"]
    assert first["response_type"] == ["code"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 32
        assert first[name] != second[name]


def test_a_new_key_of_the_provider_is_looked_for(there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    connected(there)
    there.running.tell(newKeys=True)
    monkeypatch.setattr(openid_talk, "ASK_KEYS_AGAIN", 0.0)
    there.client, there.traveller = PageClient(there.client.application), Traveller()
    there.sign_in()
    assert there.is_in()


def test_an_email_that_is_told_at_userinfo_only_counts_too(there: There) -> None:
    there.running.tell(inIdToken=False)
    invited(there)
    assert there.sign_in_first().headers["Location"].startswith("/sign-in/second-step")


def test_an_email_that_userinfo_tells_of_somebody_else_counts_for_nobody(
    there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.running.tell(inIdToken=False)
    invited(there)
    fetch = openid_talk._fetch

    def of_somebody_else(provider: openid_talk.Provider, address: str, headers: Any = None) -> dict[str, Any]:
        told = fetch(provider, address, headers)
        return {**told, "sub": "somebody else"} if headers else told

    monkeypatch.setattr(openid_talk, "_fetch", of_somebody_else)
    assert "passet ikke" in there.turned_away(there.sign_in())


# --- who is not let in ----------------------------------------------------------------------------


def test_an_unverified_email_opens_nothing(there: There) -> None:
    invited(there)
    there.running.tell(person={**KARI, "email_verified": False})
    assert "ingen konto" in there.turned_away(there.sign_in())


def test_who_is_not_invited_is_not_made(there: There, db: SQLAlchemy) -> None:
    assert "ingen konto" in there.turned_away(there.sign_in())
    assert db.session.scalars(select(Person)).all() == []


def test_another_services_person_is_unknown_here(there: There) -> None:
    other = a_service("Nabovik barneverntjeneste")
    a_person(service=other, email=KARI["email"], can_sign_in=False)
    assert "ingen konto" in there.turned_away(there.sign_in())


def test_a_closed_account_stays_closed(there: There) -> None:
    person = connected(there)
    leader = a_person(Role.SERVICE_LEADER, service=there.service)
    assert actions.disable_person(actor_of(leader), person.id, now=datetime.now(UTC)).ok
    there.client, there.traveller = PageClient(there.client.application), Traveller()
    assert "ingen konto" in there.turned_away(there.sign_in())


def test_an_email_opens_no_account_that_somebody_has_been_in(there: There, db: SQLAlchemy) -> None:
    """Whoever may correct e-mails could else give another's account to themselves."""
    a_person(service=there.service, email=KARI["email"])
    assert "ingen konto" in there.turned_away(there.sign_in())
    assert db.session.scalars(select(IdentityLink)).all() == []


def test_a_reused_email_is_not_the_same_person(there: There) -> None:
    connected(there)
    there.running.tell(person={**KARI, "sub": "another-kari"})
    there.client, there.traveller = PageClient(there.client.application), Traveller()
    assert "ingen konto" in there.turned_away(there.sign_in())


def test_stopping_at_the_provider_leads_back(there: There) -> None:
    invited(there)
    there.running.tell(denies=True)
    assert "stoppet" in there.turned_away(there.sign_in())


def test_a_code_works_once(there: There) -> None:
    connected(there)
    app = there.client.application
    there.client, there.traveller = PageClient(app), Traveller()
    back = there.travel()
    cookie = there.client.get_cookie("ledvei")
    assert cookie
    there.client.get(back)
    assert there.is_in()
    thief = PageClient(app)  # with all that the browser had before it came back
    thief.set_cookie("ledvei", cookie.value)
    there.client = thief
    assert "to ganger" in there.turned_away(thief.get(back))


def test_a_code_of_another_browser_is_not_taken(there: There) -> None:
    """Login CSRF: somebody is led to the way back of whoever wants them in their account."""
    invited(there)
    back = there.travel()
    there.client = PageClient(there.client.application)
    assert "to ganger" in there.turned_away(there.client.get(back))
    there.set_out()  # with a journey of their own, too
    assert "to ganger" in there.turned_away(there.client.get(back))


def test_a_code_of_another_journey_is_not_taken(there: There) -> None:
    """Put in with the right state, it fails on the verifier and the nonce."""
    invited(there)
    stolen = parse_qs(urlsplit(there.travel()).query)["code"][0]
    there.client = PageClient(there.client.application)
    asked = parse_qs(urlsplit(there.set_out()).query)
    query = urlencode({"code": stolen, "state": asked["state"][0], "iss": there.running.issuer})
    assert "passet ikke" in there.turned_away(there.client.get(f"{there.way}/back?{query}"))


def test_an_answer_of_another_provider_is_not_taken(there: There) -> None:
    back = there.travel()
    changed = back.replace(urlencode({"iss": there.running.issuer}), "iss=https%3A%2F%2Felsewhere.example")
    assert changed != back
    assert "passet ikke" in there.turned_away(there.client.get(changed))
    back = there.travel()
    without = back.replace("&" + urlencode({"iss": there.running.issuer}), "")
    assert "passet ikke" in there.turned_away(there.client.get(without))


def test_the_way_back_of_another_services_provider_is_another(there: There) -> None:
    other = There(there.running, a_service("Nabovik barneverntjeneste"), there.client, "", Traveller())
    other.choose(client_id="theirs")
    there.choose()
    back = there.travel().replace(there.provider_id, other.provider_id)
    assert "to ganger" in there.turned_away(there.client.get(back))


def test_a_late_return_is_not_taken(there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    back = there.travel()
    monkeypatch.setattr(openid, "LIFE", 0)
    assert "to ganger" in there.turned_away(there.client.get(back))


def test_when_the_provider_is_away_the_other_ways_in_are_there(app: Flask, client: PageClient) -> None:
    with running_provider() as running:
        there = There(running, a_service(), client, "", Traveller())
        there.choose()
        back = there.travel()
        openid_talk.forget_providers()
        running.stop()
        assert "svarte ikke" in there.turned_away(client.send(there.way, page="/sign-in"))
        assert "svarte ikke" in there.turned_away(client.get(back))


# --- whose account it is --------------------------------------------------------------------------


def test_whoever_is_sent_anothers_invitation_is_asked_and_connects_nothing(
    there: There, db: SQLAlchemy
) -> None:
    """With a single sign-on there they would be in the sender's account, without having been asked."""
    sender = a_person(service=there.service, can_sign_in=False, language="nb", name="Ola Sender")
    path = actions.make_invitation(sender.id, now=datetime.now(UTC)).path
    answer = there.sign_in(f"{path}/with/{there.provider_id}", page=path)
    assert answer.headers["Location"] == f"{there.way}/mine"
    asked = there.client.page(f"{there.way}/mine").text()
    for text in (sender.name, sender.email, there.service.name, KARI["email"]):
        assert text in asked
    told = Page(html_of(there.says("not-mine"))).text()
    assert "leder" in told
    assert sender.name in told
    assert not there.is_in()
    assert db.session.scalars(select(IdentityLink)).all() == []
    assert there.client.get(path).status_code == 200  # not used
    assert "to ganger" in there.turned_away(there.client.send(f"{there.way}/mine", page="/sign-in"))


@pytest.mark.parametrize("way", ["/sign-in", "/invitation/x", "/my-sign-in", "/prove"])
def test_an_address_alone_sends_nobody_to_the_provider(there: There, way: str) -> None:
    assert there.client.get(f"{way}/with/{there.provider_id}").status_code == 405


@pytest.mark.parametrize("path", ["invitation", "/my-sign-in"])
def test_before_a_connection_one_signs_in_there_anew(there: There, path: str) -> None:
    """Else it would be made with whoever was signed in there before."""
    person = a_person(service=there.service, can_sign_in=path == "/my-sign-in")
    if path == "invitation":
        path = actions.make_invitation(person.id, now=datetime.now(UTC)).path
    else:
        sign_in(there.client, person)
    asked = parse_qs(urlsplit(there.set_out(f"{path}/with/{there.provider_id}", page=path)).query)
    assert asked["prompt"] == ["login"]


def test_another_browser_cannot_say_yes(there: There, db: SQLAlchemy) -> None:
    invited(there)
    there.sign_in()
    there.client = PageClient(there.client.application)
    assert "to ganger" in there.turned_away(there.client.send(f"{there.way}/mine", page="/sign-in"))
    assert db.session.scalars(select(IdentityLink)).all() == []


def test_who_does_not_know_the_account_with_their_email_connects_nothing(
    there: There, db: SQLAlchemy
) -> None:
    """A leader may have written another's address."""
    person = invited(there)
    there.sign_in()
    assert person.name in there.client.page(f"{there.way}/mine").text()
    there.says("not-mine")
    assert db.session.scalars(select(IdentityLink)).all() == []
    assert db.session.get_one(Person, person.id).accepted_at is None


def test_what_has_changed_before_the_yes_is_looked_at_again(there: There, db: SQLAlchemy) -> None:
    person = invited(there)
    there.sign_in()
    db.session.get_one(Person, person.id).email = "another@fjordvik.example"
    db.session.commit()
    assert "ingen konto" in there.turned_away(there.says("mine"))
    assert db.session.scalars(select(IdentityLink)).all() == []


def test_a_yes_comes_within_ten_minutes(there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    invited(there)
    there.sign_in()
    token = there.client.page(f"{there.way}/mine").value("csrf_token")
    monkeypatch.setattr(openid_links, "LASTS", 0)
    answer = there.client.post(f"{there.way}/mine", data={"csrf_token": token})
    assert "to ganger" in there.turned_away(answer)


# --- one's own connection -------------------------------------------------------------------------


def test_one_connects_ones_own_account_and_says_that_it_is_theirs(there: There, db: SQLAlchemy) -> None:
    person = a_person(service=there.service)
    sign_in(there.client, person)
    answer = there.sign_in(there.own, page="/my-sign-in")
    assert answer.headers["Location"] == f"{there.own}/mine"
    assert db.session.scalars(select(IdentityLink)).all() == []
    asked = there.client.page(f"{there.own}/mine").text()
    assert all(text in asked for text in (KARI["email"], person.name, person.email, there.service.name))
    there.client.send(f"{there.own}/mine")
    assert db.session.scalars(select(IdentityLink)).one().person_id == person.id
    there.client, there.traveller = PageClient(there.client.application), Traveller()
    assert there.sign_in().headers["Location"].startswith("/sign-in/second-step")


def test_nobody_is_connected_by_an_address_alone(there: There, db: SQLAlchemy) -> None:
    person = a_person(service=there.service)
    sign_in(there.client, person)
    answer = there.client.send(f"{there.own}/mine", page="/my-sign-in")
    assert "to ganger" in there.turned_away(answer, to="/my-sign-in")
    assert db.session.scalars(select(IdentityLink)).all() == []


def test_what_is_found_for_ones_own_account_is_no_way_in(there: There, db: SQLAlchemy) -> None:
    """The page for whoever comes in asks for no fresh proof, so it takes nothing of the other one."""
    sign_in(there.client, a_person(service=there.service))
    there.sign_in(there.own, page="/my-sign-in")
    there.client.send(f"{there.way}/mine", page="/my-sign-in")
    assert db.session.scalars(select(IdentityLink)).all() == []


def test_one_account_there_is_one_person_here(there: There, db: SQLAlchemy) -> None:
    connected(there)
    client = PageClient(there.client.application)
    sign_in(client, a_person(service=there.service))
    there.client = client
    answer = there.sign_in(there.own, page="/my-sign-in")
    assert "allerede" in there.turned_away(answer, to="/my-sign-in")
    assert len(db.session.scalars(select(IdentityLink)).all()) == 1


def test_another_services_provider_cannot_be_connected(there: There) -> None:
    sign_in(there.client, a_person(service=a_service("Nabovik barneverntjeneste")))
    for way in (there.own, f"/prove/with/{there.provider_id}"):
        assert there.client.send(way, page="/my-sign-in").status_code == 404


def test_the_only_way_in_stays(there: There, db: SQLAlchemy) -> None:
    connected(there)
    way = f"/my-sign-in/with/{there.provider_id}/remove"
    there.client.send(way, page="/my-sign-in")
    assert len(db.session.scalars(select(IdentityLink)).all()) == 1


def test_a_connection_can_be_taken_away(there: There, db: SQLAlchemy) -> None:
    person = a_person(service=there.service)
    link(db, there, person)
    sign_in(there.client, person)
    there.client.send(f"/my-sign-in/with/{there.provider_id}/remove", page="/my-sign-in")
    assert db.session.scalars(select(IdentityLink)).all() == []


def test_an_invitation_can_be_taken_with_the_provider(there: There, db: SQLAlchemy) -> None:
    """Also where the provider tells no e-mail; by a claim that is not kept."""
    there.choose(by_email=False, scope="openid", subject_claim="pid", acr_values="high")
    there.running.tell(person={"sub": "x", "pid": "21071288739"}, **HIGH)
    person = a_person(service=there.service, can_sign_in=False, language="nb")
    path = actions.make_invitation(person.id, now=datetime.now(UTC)).path
    assert f"{path}/with/{there.provider_id}" in there.client.page(path).actions()
    there.sign_in(f"{path}/with/{there.provider_id}", page=path)
    there.says("mine")
    assert there.is_in()
    kept = db.session.scalars(select(IdentityLink)).one()
    assert "21071288739" not in repr(vars(kept))
    assert there.client.get(path).status_code == 404  # used


def test_an_account_in_use_is_not_taken_over_with_a_link_and_the_provider(there: There) -> None:
    person = a_person(service=there.service)
    path = actions.make_invitation(person.id, now=datetime.now(UTC)).path
    assert f"{path}/with/{there.provider_id}" not in there.client.page(path).actions()
    assert there.client.send(f"{path}/with/{there.provider_id}", page=path).status_code == 404


def test_who_waits_behind_a_link_connects_nothing_and_comes_in_as_before_elsewhere(
    there: There, db: SQLAlchemy
) -> None:
    """What was connected before is an earlier way in; it is forgotten with them when the link opens."""
    person = a_person(service=there.service)
    link(db, there, person)
    path = actions.make_invitation(person.id, now=datetime.now(UTC)).path
    there.client.send(
        path, language="nb", password="fire vanlige ord holder", password_again="fire vanlige ord holder"
    )
    waiting = reentries.waiting_reentry(person.id)
    assert waiting
    refused = there.client.send(there.own, page="/waiting")
    assert refused.headers["Location"].startswith("/sign-in/second-step")
    elsewhere = replace(there, client=PageClient(there.client.application), traveller=Traveller())
    elsewhere.sign_in()
    elsewhere.client.send("/sign-in/second-step", code=code_now())
    assert elsewhere.is_in()
    reentries.open_now(person.id, waiting.id, reentries.Opened.PERSON, now=datetime.now(UTC))
    assert db.session.scalars(select(IdentityLink)).all() == []


# --- once more ------------------------------------------------------------------------------------


def stale(db: SQLAlchemy, person: PersonCard) -> None:
    session_of(db, person).proved_at = datetime(2020, 1, 1, tzinfo=UTC)
    db.session.commit()


def test_who_has_nothing_else_shows_who_it_is_at_the_provider(there: There, db: SQLAlchemy) -> None:
    person = connected(there)
    stale(db, person)
    asked = there.client.page("/my-sign-in/password")
    way = next(address for address in asked.actions() if address.startswith("/prove/with/"))
    answer = there.sign_in(way, page="/prove?next=/my-sign-in/password")
    assert answer.headers["Location"] == "/my-sign-in/password"
    assert there.client.get("/my-sign-in/password").status_code == 200


def test_who_goes_on_without_having_been_there_is_told_so(there: There, db: SQLAlchemy) -> None:
    """Nothing can be written in that page, and what was written before stands in it."""
    person = connected(there)
    stale(db, person)
    token = there.client.page("/my-sign-in").value("csrf_token")
    written = {"csrf_token": token, "password": "fire vanlige ord holder"}
    asked = Page(html_of(there.client.post("/my-sign-in/password", data=written)))
    hidden = {field.get("name", ""): field.get("value", "") for field in asked.all("input")}
    assert hidden["password"] == written["password"]
    assert "ikke vist hvem du er" not in asked.text()
    answer = there.client.post("/my-sign-in/password", data=hidden)
    assert answer.status_code == 400
    page = Page(html_of(answer))
    assert "ikke vist hvem du er" in page.text()
    assert page.value("password") == written["password"]
    there.sign_in(f"/prove/with/{there.provider_id}", page="/my-sign-in")  # in another tab
    assert "Gå tilbake til fanen" in there.client.page("/my-sign-in").text()
    again = {**hidden, "password_again": written["password"]}
    assert there.client.post("/my-sign-in/password", data=again).location == "/my-sign-in/code-app"


def test_a_sign_in_there_of_long_ago_shows_nothing(there: There, db: SQLAlchemy) -> None:
    """A provider that does not ask again, although it is asked to."""
    person = connected(there)
    stale(db, person)
    there.running.tell(ts=1_600_000_000)
    there.traveller = Traveller()
    answer = there.sign_in(f"/prove/with/{there.provider_id}", page="/prove")
    assert "viste ikke" in there.turned_away(answer, to="/prove")


def test_somebody_else_there_shows_nothing_of_me(there: There, db: SQLAlchemy) -> None:
    person = connected(there)
    stale(db, person)
    link(db, there, a_person(service=there.service), "ola-there")
    there.running.tell(person={**KARI, "sub": "ola-there"})
    there.traveller = Traveller()
    answer = there.sign_in(f"/prove/with/{there.provider_id}", page="/prove")
    assert "viste ikke" in there.turned_away(answer, to="/prove")


# --- what the operator sets -----------------------------------------------------------------------


def test_taking_the_provider_away_signs_out_who_came_by_it_alone(there: There, db: SQLAlchemy) -> None:
    person = connected(there)
    outcome = openid_setup.remove(there.service.id, now=datetime.now(UTC))
    assert outcome.value == [person.id]
    assert not there.is_in()


def test_another_issuer_or_client_forgets_who_was_connected(there: There, db: SQLAlchemy) -> None:
    connected(there)
    there.choose(name="Another name")
    assert len(db.session.scalars(select(IdentityLink)).all()) == 1
    there.choose(client_id="another")
    assert db.session.scalars(select(IdentityLink)).all() == []


def test_the_secret_lies_encrypted(there: There, db: SQLAlchemy) -> None:
    kept = db.session.get_one(IdentityProvider, there.provider_id)
    assert SECRET.encode() not in kept.secret


@pytest.mark.parametrize(
    ("issuer", "reason"),
    [
        ("http://login.example.org", "endpoint_invalid"),
        ("https://10.0.0.1", "endpoint_not_public"),
        ("https://169.254.169.254", "endpoint_not_public"),
        ("https://login.internal", "endpoint_not_public"),
        ("https://login.example.org:8443", "endpoint_invalid"),
        ("https://user@login.example.org", "endpoint_invalid"),
    ],
)
def test_no_provider_is_inside_the_network(app: Flask, issuer: str, reason: str) -> None:
    chosen = ChosenProvider("X", issuer, "ledvei", "client_secret_post", SECRET)
    assert openid_setup.choose(a_service().id, chosen, now=datetime.now(UTC)).reason == reason


def test_this_machine_may_be_asked_only_where_we_are_served_on_it(there: There, settings: Any) -> None:
    served = replace(settings, testing=False, base_url="https://ledvei.example")
    with pytest.raises(outside.Unreachable):
        outside.ask(f"{there.running.issuer}/.well-known/openid-configuration", served)


def test_a_provider_that_names_itself_otherwise_is_not_taken(there: There) -> None:
    issuer = there.running.issuer + "/"
    chosen = ChosenProvider("X", issuer, "ledvei", "client_secret_post", SECRET)
    outcome = openid_setup.choose(there.service.id, chosen, now=datetime.now(UTC))
    assert outcome.fields["problem"] == "wrong_issuer"
