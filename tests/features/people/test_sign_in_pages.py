"""The sign-in page, the invitation page, the language and the demo's links, as a browser meets them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from ledvei_pwa.features.people import accounts, actions
from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.kernel.access import Role
from tests.support.page_client import Page, PageClient
from tests.support.people import PASSWORD, a_person, a_service, actor_of, code_now, sign_in

NEW_PASSWORD = "fire vanlige ord holder"


def page_of(answer: object) -> Page:
    return Page(answer.get_data(as_text=True))  # type: ignore[attr-defined]


def wrong_page(client: PageClient, email: str) -> tuple[int, str]:
    answer = client.send("/sign-in", email=email, password="not the password")
    return answer.status_code, page_of(answer).text()


def come_in(client: PageClient, person: PersonCard, **sent: str) -> TestResponse:
    """With the password and then the code, from the page that `page` names."""
    answer = client.send("/sign-in", **{"email": person.email, "password": PASSWORD, **sent})
    assert (answer.location or "").startswith("/sign-in/second-step"), answer.status
    return client.send(answer.location, code=code_now())


# --- signing in ------------------------------------------------------------------------------------


def test_the_front_page_asks_a_stranger_to_sign_in(client: PageClient) -> None:
    assert client.get("/").location == "/sign-in"


def test_the_front_page_sends_a_person_to_today_in_the_own_language(client: PageClient) -> None:
    sign_in(client, a_person(language="nn"))
    assert client.get("/").location == "/nn/today"


def test_after_the_sign_in_comes_the_welcome(client: PageClient) -> None:
    person = a_person(language="nn")
    answer = come_in(client, person)
    assert (answer.status_code, answer.location) == (302, "/nn/welcome")
    assert client.get("/devices").status_code == 200


def test_after_the_sign_in_one_comes_back_to_where_one_was_going(client: PageClient) -> None:
    leader = a_person(Role.SERVICE_LEADER)
    sign_in_page = client.get("/people?words=kari").location
    answer = come_in(client, leader, page=sign_in_page)
    assert answer.location == "/people?words=kari"


@pytest.mark.parametrize(
    "address", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example"]
)
def test_the_sign_in_never_leads_to_another_site(client: PageClient, address: str) -> None:
    person = a_person(language="nb")
    answer = come_in(client, person, next=address)
    assert answer.location == "/nb/welcome"


def test_all_wrong_tries_get_the_same_page(client: PageClient, now: datetime) -> None:
    leader, closed = a_person(Role.SERVICE_LEADER), a_person()
    actions.disable_person(actor_of(leader), closed.id, now=now)
    emails = [a_person().email, "nobody@fjordvik.example", closed.email, a_person(can_sign_in=False).email]
    answers = {wrong_page(client, email) for email in emails}
    assert len(answers) == 1
    assert answers.pop()[0] == 401


def test_the_page_keeps_the_address_and_forgets_the_password(client: PageClient) -> None:
    answer = client.send("/sign-in", email="kari@fjordvik.example", password="not the password")
    assert page_of(answer).value("email") == "kari@fjordvik.example"
    assert "not the password" not in answer.get_data(as_text=True)


def test_after_many_wrong_tries_the_page_says_how_long_to_wait(client: PageClient, now: datetime) -> None:
    email = a_person().email
    for _ in range(5):
        wrong_page(client, email)
    answer = client.send("/sign-in", email=email, password=PASSWORD)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "5"
    with time_machine.travel(now + timedelta(seconds=6)):
        assert client.send("/sign-in", email=email, password=PASSWORD).status_code == 302


def test_a_browser_that_has_signed_in_before_is_not_slowed_down_by_others(
    app: Flask, client: PageClient
) -> None:
    person = a_person()
    come_in(client, person)
    client.send("/sign-out", page="/devices")
    stranger = PageClient(app)
    for _ in range(6):
        wrong_page(stranger, person.email)
    assert client.send("/sign-in", email=person.email, password=PASSWORD).status_code == 302


def test_an_empty_form_says_what_is_missing(client: PageClient) -> None:
    answer = client.send("/sign-in", email="", password="")
    page = page_of(answer)
    assert answer.status_code == 400
    assert page.field("email").get("aria-invalid") == "true"
    assert page.field("password").get("aria-invalid") == "true"


def test_the_fields_tell_a_password_manager_what_they_are(client: PageClient) -> None:
    page = client.page("/sign-in")
    assert page.field("email").get("autocomplete") == "username webauthn"
    assert page.field("password").get("autocomplete") == "current-password"


def test_who_is_signed_in_does_not_sign_in_again(client: PageClient) -> None:
    sign_in(client, a_person(language="nb"))
    assert client.get("/sign-in").location == "/nb/today"
    assert client.get("/sign-in?next=/devices").location == "/devices"


# --- signing out -----------------------------------------------------------------------------------


def test_signing_out_ends_this_sign_in(client: PageClient) -> None:
    sign_in(client, a_person())
    assert client.send("/sign-out", page="/devices").location == "/sign-in"
    assert client.get("/devices").status_code == 302


def test_a_link_cannot_sign_anybody_out(client: PageClient) -> None:
    sign_in(client, a_person())
    assert client.get("/sign-out").status_code == 405


def test_the_cookie_from_before_the_sign_out_is_worth_nothing(app: Flask, client: PageClient) -> None:
    sign_in(client, a_person())
    with client.session_transaction() as cookie:
        kept = dict(cookie)
    client.send("/sign-out", page="/devices")
    thief = PageClient(app)
    with thief.session_transaction() as cookie:
        cookie.update(kept)
    assert thief.get("/devices").status_code == 302


def test_signing_out_everywhere_ends_every_sign_in(app: Flask, client: PageClient) -> None:
    person = a_person()
    other, stranger = PageClient(app), PageClient(app)
    sign_in(client, person)
    sign_in(other, person)
    sign_in(stranger, a_person())
    client.send("/sign-out-everywhere", page="/devices")
    assert client.get("/devices").status_code == 302
    assert other.get("/devices").status_code == 302
    assert stranger.get("/devices").status_code == 200


def test_a_closed_account_is_signed_out_at_once(client: PageClient, now: datetime) -> None:
    leader, person = a_person(Role.SERVICE_LEADER), a_person()
    sign_in(client, person)
    actions.disable_person(actor_of(leader), person.id, now=now)
    assert client.get("/devices").status_code == 302


# --- invitations -----------------------------------------------------------------------------------


def a_path(now: datetime, **person: object) -> str:
    return actions.make_invitation(a_person(can_sign_in=False, **person).id, now=now).path  # type: ignore[arg-type]


def accept(client: PageClient, path: str, **fields: str) -> object:
    form = {"language": "nn", "password": NEW_PASSWORD, "password_again": NEW_PASSWORD, **fields}
    return client.send(path, **form)


def test_an_invitation_shows_who_it_is_for(client: PageClient, now: datetime) -> None:
    page = client.page(a_path(now, name="Kari Nes"))
    assert "Kari Nes" in page.heading
    assert "Fjordvik barnevernstjeneste" in page.text()
    assert page.field("password").get("autocomplete") == "new-password"


def test_a_password_from_a_link_opens_only_what_sets_up_a_second_factor(
    client: PageClient, now: datetime
) -> None:
    answer = accept(client, a_path(now))
    assert answer.location == "/second-factor"  # type: ignore[attr-defined]
    assert client.page("/second-factor").root.get("lang") == "nn"
    assert client.get("/devices").location == "/sign-in/second-step?next=/devices"


def test_looking_at_an_invitation_does_not_use_it_up(client: PageClient, now: datetime) -> None:
    """Mail programs and chats open links to show what is behind them."""
    path = a_path(now)
    for _ in range(3):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"password": "elleve tegn", "password_again": "elleve tegn"}, "password"),
        ({"password": "", "password_again": ""}, "password"),
        ({"password_again": "noe helt annet"}, "password_again"),
        ({"password": "1q2w3e4r5t6y", "password_again": "1q2w3e4r5t6y"}, "password"),
    ],
)
def test_a_password_that_does_not_do_is_explained_at_its_field(
    client: PageClient, now: datetime, fields: dict[str, str], wrong: str
) -> None:
    answer = accept(client, a_path(now), **fields)
    assert answer.status_code == 400  # type: ignore[attr-defined]
    assert page_of(answer).field(wrong).get("aria-invalid") == "true"


def test_used_expired_replaced_and_unknown_links_get_the_same_page(app: Flask, now: datetime) -> None:
    client = PageClient(app)
    used, expired, replaced = a_path(now), a_path(now - timedelta(days=8)), a_path(now)
    accept(PageClient(app), used)
    actions.make_invitation(_person_behind(replaced), now=now)
    paths = [used, expired, replaced, "/invitation/unknown", "/invitation/" + "x" * 500]
    pages = {(client.get(path).status_code, client.get(path).get_data(as_text=True)) for path in paths}
    assert len(pages) == 1
    assert pages.pop()[0] == 404


def _person_behind(path: str) -> str:
    found = accounts.find_invitation(path.removeprefix("/invitation/"), now=datetime.now().astimezone())
    assert found
    return found.person_id


def test_posting_to_a_used_link_gets_that_page_too(app: Flask, client: PageClient, now: datetime) -> None:
    path = a_path(now)
    accept(PageClient(app), path)
    token = client.page("/sign-in").value("csrf_token")
    assert client.post(path, data={"csrf_token": token, "password": NEW_PASSWORD}).status_code == 404


# --- language --------------------------------------------------------------------------------------


def test_the_sign_in_page_speaks_the_chosen_language_before_anybody_is_known(client: PageClient) -> None:
    for language in ("nn", "nb"):
        client.send("/language", page="/sign-in", language=language)
        assert client.page("/sign-in").root.get("lang") == language


def test_the_choice_follows_the_person_to_another_browser(app: Flask, client: PageClient) -> None:
    person = a_person(language="nb")
    sign_in(client, person)
    client.send("/language", page="/devices", language="nn")
    other = PageClient(app)
    sign_in(other, person)
    assert other.page("/devices").root.get("lang") == "nn"


@pytest.mark.parametrize("onward", ["https://elsewhere.example", "//elsewhere.example"])
def test_choosing_a_language_never_leads_to_another_site(client: PageClient, onward: str) -> None:
    answer = client.send("/language", page="/sign-in", language="nn", onward=onward)
    assert answer.location == "/"


def test_a_language_we_do_not_speak_changes_nothing(client: PageClient) -> None:
    answer = client.send("/language", page="/sign-in", language="sv")
    assert answer.status_code == 302
    assert not any("ledvei_language" in line for line in answer.headers.getlist("Set-Cookie"))


# --- the demo --------------------------------------------------------------------------------------


def test_a_demo_link_signs_in_and_the_page_says_demo(client: PageClient) -> None:
    person = a_person(service=a_service(is_demo=True), language="nb")
    assert client.get(accounts.demo_sign_in_link(person.id)).location == "/nb/welcome"
    assert "lv-ribbon" in client.get("/devices").get_data(as_text=True)


def test_a_demo_link_to_a_real_service_signs_nobody_in(client: PageClient) -> None:
    person = a_person(service=a_service(is_demo=False))
    assert client.get(accounts.demo_sign_in_link(person.id)).status_code == 404
    assert client.get("/devices").status_code == 302
    sign_in(client, person)
    assert "lv-ribbon" not in client.get("/devices").get_data(as_text=True)
