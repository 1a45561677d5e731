"""Signing in with two factors, as a browser meets it: passkeys, codes, and being asked once more."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import time_machine
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select
from werkzeug.test import TestResponse

from ledvei_pwa.features.people import accounts, actions, factors, passkeys, reentries, rules
from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.features.people.passkeys import NewPasskey
from ledvei_pwa.features.people.records import CodeApp, Passkey, Person, RecoveryCode
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.platform import attempts
from ledvei_pwa.platform.sessions import FRESH_FOR, HALF_LIFE, SignInSession, Strength
from tests.support.authenticator import Authenticator
from tests.support.page_client import Page, PageClient, html_of, without_what_is_random
from tests.support.people import (
    CODE_SECRET,
    PASSWORD,
    a_passkey,
    a_person,
    a_service,
    code_now,
    sign_in,
    without_second_factor,
)

NEW_PASSWORD = "fire vanlige ord holder"


def write_password(client: PageClient, person: PersonCard, password: str = PASSWORD) -> TestResponse:
    return client.send("/sign-in", email=person.email, password=password)


def write_code(client: PageClient, code: str) -> TestResponse:
    return client.send("/sign-in/second-step", code=code)


def is_in(client: PageClient) -> bool:
    return client.get("/devices").status_code == 200


def an_invitation(now: datetime, person: PersonCard | None = None) -> str:
    person = person or a_person(can_sign_in=False, language="nb")
    return actions.make_invitation(person.id, now=now).path


def make_passkey(client: PageClient, path: str, phone: Authenticator) -> TestResponse:
    """On a page that makes one from an invitation."""
    asked = client.get(f"{path}/passkey-options").get_json()
    return client.send(
        f"{path}/passkey",
        page=path,
        passkey=phone.make(asked["options"]),
        state=asked["state"],
        language="nb",
    )


def with_passkey(client: PageClient, now: datetime, phone: Authenticator) -> PersonCard:
    """Somebody whose only way in is that phone; nobody is signed in after it."""
    person = a_person(can_sign_in=False, language="nb")
    assert make_passkey(client, an_invitation(now, person), phone).status_code == 200
    client.send("/sign-out", page="/devices")
    return person


def use_passkey(client: PageClient, phone: Authenticator) -> TestResponse:
    asked = client.get("/sign-in/passkey-options").get_json()
    return send_passkey(client, phone.use(asked["options"]), asked["state"])


def send_passkey(client: PageClient, answer: str, state: str) -> TestResponse:
    return client.send("/sign-in/passkey", page="/sign-in", passkey=answer, state=state)


def codes_on(answer: TestResponse) -> list[str]:
    return re.findall(r"<li>(\d{4} \d{4} \d{4} \d{4})</li>", html_of(answer))


# --- a password alone ------------------------------------------------------------------------------


def test_a_password_alone_opens_no_page_and_no_api(client: PageClient) -> None:
    person = a_person()
    write_password(client, person)
    assert client.get("/devices").location == "/sign-in/second-step?next=/devices"
    answer = client.post("/api/v1/language", json={}, headers={"X-Ledvei": "1"})
    assert (answer.status_code, answer.get_json()["error"]) == (401, "second_step")


def test_a_password_alone_gets_nothing_from_sync(client: PageClient) -> None:
    write_password(client, a_person())
    answer = client.post("/api/v1/devices", json={"name": "Firefox"}, headers={"X-Ledvei": "1"})
    assert answer.status_code == 401


def test_password_and_code_open_the_app(client: PageClient) -> None:
    person = a_person(language="nb")
    write_password(client, person)
    assert write_code(client, code_now()).location == "/nb/welcome"
    assert is_in(client)


def test_password_and_code_on_one_page_open_the_app(client: PageClient) -> None:
    person = a_person(language="nb")
    answer = client.send("/sign-in", email=person.email, password=PASSWORD, code=code_now())
    assert answer.location == "/nb/welcome"
    assert is_in(client)


def test_a_wrong_code_beside_the_right_password_leaves_the_second_step(client: PageClient) -> None:
    person = a_person()
    answer = client.send("/sign-in", email=person.email, password=PASSWORD, code="000000")
    assert answer.status_code == 401
    assert client.get("/devices").location == "/sign-in/second-step?next=/devices"
    assert client.get_cookie("ledvei_known") is None


def test_the_right_code_beside_a_wrong_password_is_not_looked_at(client: PageClient) -> None:
    person = a_person()
    answer = client.send("/sign-in", email=person.email, password="feil og atter feil", code=code_now())
    assert (answer.status_code, is_in(client)) == (401, False)
    assert client.send("/sign-in", email=person.email, password=PASSWORD, code=code_now()).status_code == 302


def test_a_code_from_somebody_who_has_no_second_step_leads_to_where_it_is_made(client: PageClient) -> None:
    person = without_second_factor()
    client.send("/sign-in", email=person.email, password=PASSWORD, code="123456")
    assert client.get("/sign-in/second-step").location == "/second-factor"


def test_a_sign_in_from_before_there_was_more_has_a_step_left(client: PageClient, db: SQLAlchemy) -> None:
    sign_in(client, a_person())
    db.session.query(SignInSession).update({"strength": None, "proved_at": None})
    db.session.commit()
    assert client.get("/devices").location.startswith("/sign-in/second-step")


def test_a_sign_in_with_a_step_left_ends_after_half_an_hour(client: PageClient, now: datetime) -> None:
    write_password(client, a_person())
    with time_machine.travel(now + HALF_LIFE - timedelta(seconds=1), tick=False):
        assert client.get("/sign-in/second-step").status_code == 200
    with time_machine.travel(now + HALF_LIFE, tick=False):
        assert client.get("/sign-in/second-step").location.startswith("/sign-in?")


def test_a_whole_sign_in_lives_on_after_that(client: PageClient, now: datetime) -> None:
    write_password(client, a_person())
    write_code(client, code_now())
    with time_machine.travel(now + 2 * HALF_LIFE, tick=False):
        assert is_in(client)


def test_who_has_a_password_only_comes_to_the_page_that_sets_up_more(client: PageClient) -> None:
    person = without_second_factor()
    write_password(client, person)
    assert client.get("/sign-in/second-step").location == "/second-factor"


def test_a_code_app_is_set_up_by_its_first_code_and_gives_recovery_codes(client: PageClient) -> None:
    write_password(client, without_second_factor())
    secret = re.search(r"translate=\"no\">([A-Z2-7 ]+)<", client.page("/second-factor/code-app").html)
    assert secret
    page = client.page("/second-factor/code-app")
    shown = re.search(r"translate=\"no\">([A-Z2-7 ]+)<", page.html)
    assert shown
    fields = {name: page.value(name) for name in ("csrf_token", "state")}
    code = pyotp.TOTP(shown[1].replace(" ", "")).now()
    answer = client.post("/second-factor/code-app", data={**fields, "code": code})
    assert len(set(codes_on(answer))) == 10
    assert is_in(client)


def test_a_wrong_first_code_keeps_the_same_square(client: PageClient) -> None:
    write_password(client, without_second_factor())
    page = client.page("/second-factor/code-app")
    fields = {name: page.value(name) for name in ("csrf_token", "state")}
    answer = client.post("/second-factor/code-app", data={**fields, "code": "000000"})
    assert answer.status_code == 400
    assert Page(html_of(answer)).value("state") == fields["state"]
    assert not is_in(client)


def test_a_password_alone_puts_no_second_factor_beside_one_that_is_there(
    app: Flask, client: PageClient
) -> None:
    """Also when the page that sets one up was opened before the owner did it."""
    person = without_second_factor()
    write_password(client, person)
    page = client.page("/second-factor/code-app")
    fields = {name: page.value(name) for name in ("csrf_token", "state")}
    a_passkey(person)
    code = pyotp.TOTP(factors.same_code_app("", session_of(person), fields["state"]).secret).now()  # type: ignore[union-attr]
    answer = client.post("/second-factor/code-app", data={**fields, "code": code})
    assert answer.location == "/sign-in/second-step"
    assert not factors.ways_in_of(person.id).has_code_app


def test_of_two_who_set_up_at_the_same_moment_the_second_is_refused(app: Flask, now: datetime) -> None:
    """The page was asked before either was done; what is there is looked at once more under the lock."""
    person = without_second_factor()
    a_passkey(person)
    new = factors.new_code_app(person.email, "a sign-in")
    code = pyotp.TOTP(new.secret).at(now)
    refused = factors.take_code_app(person.id, new, code, is_first=True, now=now)
    assert refused.reason == "has_one_already"
    made = NewPasskey(b"id", b"key", b"handle", 0, "", "Telefonen")
    assert passkeys.add(person.id, made, is_first=True, now=now).reason == "has_one_already"
    assert len(factors.ways_in_of(person.id).passkeys) == 1


def session_of(person: PersonCard) -> str:
    from ledvei_pwa.platform.database import db

    query = select(SignInSession.id).where(
        SignInSession.person_id == person.id, SignInSession.ended_at.is_(None)
    )
    return db.session.scalars(query).one()


def test_the_secret_of_another_sign_in_is_not_taken(app: Flask, client: PageClient) -> None:
    stranger = PageClient(app)
    write_password(stranger, without_second_factor())
    state = stranger.page("/second-factor/code-app").value("state")
    write_password(client, without_second_factor())
    token = client.page("/second-factor/code-app").value("csrf_token")
    answer = client.post(
        "/second-factor/code-app", data={"csrf_token": token, "state": state, "code": "123456"}
    )
    assert answer.status_code == 400
    assert Page(html_of(answer)).value("state") != state


def test_the_secret_is_not_readable_in_the_database(db: SQLAlchemy) -> None:
    person = a_person()
    row = db.session.scalars(select(CodeApp).where(CodeApp.person_id == person.id)).one()
    assert CODE_SECRET.encode() not in row.secret


# --- codes -----------------------------------------------------------------------------------------


def test_a_code_works_once(app: Flask, client: PageClient, now: datetime) -> None:
    person, thief = a_person(), PageClient(app)
    code = code_now()
    write_password(client, person)
    write_password(thief, person)
    assert write_code(client, code).status_code == 302
    assert write_code(thief, code).status_code == 401
    assert not is_in(thief)


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 302), (0, 302), (1, 302), (2, 401)])
def test_a_phones_clock_may_be_half_a_minute_wrong(
    client: PageClient, now: datetime, steps: int, status: int
) -> None:
    write_password(client, a_person())
    assert write_code(client, code_now(steps)).status_code == status


def test_an_earlier_code_is_worth_nothing_after_a_later_one(
    app: Flask, client: PageClient, now: datetime
) -> None:
    person, other = a_person(), PageClient(app)
    write_password(client, person)
    write_code(client, code_now(1))
    write_password(other, person)
    assert write_code(other, code_now(0)).status_code == 401


def test_guessing_codes_is_slow(client: PageClient, now: datetime) -> None:
    write_password(client, a_person())
    answers = [write_code(client, f"00000{number}").status_code for number in range(7)]
    assert answers == [401] * 5 + [429] * 2


def test_anothers_guesses_do_not_keep_out_whoever_was_here_before(
    app: Flask, client: PageClient, now: datetime
) -> None:
    person, guesser = a_person(), PageClient(app)
    write_password(client, person)
    write_code(client, code_now())
    client.send("/sign-out", page="/devices")
    write_password(guesser, person)
    for number in range(6):
        write_code(guesser, f"00000{number}")
    with time_machine.travel(now + timedelta(seconds=31), tick=False):
        write_password(client, person)
        assert write_code(client, code_now()).status_code == 302


def test_the_slips_of_a_whole_office_stop_no_step_of_who_was_here_before(
    app: Flask, client: PageClient, now: datetime
) -> None:
    person = a_person()
    write_password(client, person)
    write_code(client, code_now())
    client.send("/sign-out", page="/devices")
    with time_machine.travel(now + timedelta(seconds=31), tick=False) as later:
        use_up_the_address()
        assert write_password(PageClient(app), person).status_code == 429
        assert write_password(client, person).status_code == 302
        assert write_code(client, code_now()).status_code == 302
        later.shift(FRESH_FOR)
        use_up_the_address()
        proved = client.send("/prove", proof_password=PASSWORD, proof_code=code_now())
        assert proved.status_code == 302


def use_up_the_address() -> None:
    key = attempts.key_of("address", "127.0.0.1")
    while not attempts.take_try(key, rules.ADDRESS_PATIENCE, now=datetime.now(UTC)):
        pass


def test_a_code_with_spaces_is_the_same_code(client: PageClient, now: datetime) -> None:
    write_password(client, a_person())
    code = code_now()
    assert write_code(client, f" {code[:3]} {code[3:]} ").status_code == 302


# --- recovery codes --------------------------------------------------------------------------------


def some_codes(person: PersonCard, now: datetime) -> list[str]:
    return factors.new_recovery_codes(person.id, now=now)


def test_a_recovery_code_stands_in_for_the_code_and_says_how_many_are_left(
    client: PageClient, now: datetime
) -> None:
    person = a_person(language="nb")
    code = some_codes(person, now)[0]
    write_password(client, person)
    assert write_code(client, code).location == "/my-sign-in"
    assert "Du har 9 igjen" in client.page("/my-sign-in").text()


def test_a_recovery_code_works_once(app: Flask, client: PageClient, now: datetime) -> None:
    person, thief = a_person(), PageClient(app)
    code = some_codes(person, now)[0]
    write_password(client, person)
    write_password(thief, person)
    write_code(client, code)
    assert write_code(thief, code).status_code == 401


def test_new_recovery_codes_replace_the_old_ones(client: PageClient, now: datetime) -> None:
    person = a_person()
    old = some_codes(person, now)[0]
    some_codes(person, now)
    write_password(client, person)
    assert write_code(client, old).status_code == 401


def test_a_recovery_code_is_its_owners_alone(client: PageClient, now: datetime) -> None:
    codes = some_codes(a_person(), now)
    write_password(client, a_person())
    assert write_code(client, codes[0]).status_code == 401


def test_codes_that_were_given_out_before_they_were_hashed_slowly_work_once(
    app: Flask, client: PageClient, db: SQLAlchemy, now: datetime
) -> None:
    person, thief = a_person(), PageClient(app)
    old, other = "1234 5678 9012 3456", "1111 2222 3333 4444"
    row = {"service_id": person.service_id, "person_id": person.id, "created_at": now}
    for code in (old, other):
        kept = attempts.key_of("recovery-code", person.id, code.replace(" ", ""))
        db.session.add(RecoveryCode(**row, code_hash=kept))
    db.session.commit()
    write_password(client, person)
    write_password(thief, person)
    assert write_code(client, old).status_code == 302
    assert write_code(thief, old).status_code == 401
    assert write_code(thief, other).status_code == 302


def test_nine_codes_are_right_when_the_first_of_them_is_used(app: Flask, now: datetime) -> None:
    person = a_person()
    codes = some_codes(person, now)
    assert [factors.use_recovery_code(person.id, code, now) for code in codes] == [True] * 10
    assert not any(factors.use_recovery_code(person.id, code, now) for code in codes)


def test_what_is_not_as_long_as_a_recovery_code_costs_no_slow_hash(
    app: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    monkeypatch.setattr(factors, "hash_code", lambda code, _salt: hashed.append(code) or "")
    for code in ("000000", "1" * 16, "1" * 17):
        factors.use_recovery_code("nobody", code, now)
    assert hashed == ["1" * 16]


def test_of_recovery_codes_only_digests_are_kept(db: SQLAlchemy, now: datetime) -> None:
    codes = some_codes(a_person(), now)
    kept = {row.code_hash for row in db.session.scalars(select(RecoveryCode))}
    assert len(kept) == 10
    assert all(digest.startswith(factors.HASHED_SLOWLY) for digest in kept)
    assert not any(code.replace(" ", "") in digest for code in codes for digest in kept)


def test_with_a_lost_passkey_a_recovery_code_opens_the_account(client: PageClient, now: datetime) -> None:
    person = with_passkey(client, now, Authenticator())
    code = some_codes(person, now)[0]
    answer = client.send("/sign-in/recovery", email=person.email, code=code)
    assert answer.location == "/my-sign-in"
    assert is_in(client)


def test_paper_alone_does_not_open_an_account_with_a_password(client: PageClient, now: datetime) -> None:
    person = a_person()
    code = some_codes(person, now)[0]
    assert client.send("/sign-in/recovery", email=person.email, code=code).status_code == 401
    answer = client.send("/sign-in/recovery", email=person.email, code=code, password=PASSWORD)
    assert answer.location == "/my-sign-in"


def test_the_recovery_page_does_not_tell_who_has_an_account(
    app: Flask, client: PageClient, now: datetime
) -> None:
    closed = a_person()
    some_codes(closed, now)
    actions.disable_person(_actor(a_person(Role.SERVICE_LEADER)), closed.id, now=now)
    people = (a_person(), closed, a_person(can_sign_in=False), with_passkey(client, now, Authenticator()))
    emails = [person.email for person in people]
    seen = set()
    for email in [*emails, "nobody@fjordvik.example"]:
        answer = PageClient(app).send("/sign-in/recovery", email=email, code="1234 1234 1234 1234")
        html = without_what_is_random(html_of(answer).replace(email, ""))
        seen.add((answer.status_code, html))
    assert len(seen) == 1


def _actor(person: PersonCard):  # type: ignore[no-untyped-def]
    return actions.load_actor(person.id, datetime.now(UTC))


# --- passkeys --------------------------------------------------------------------------------------


def test_an_invitation_and_a_passkey_are_the_whole_way_in(client: PageClient, now: datetime) -> None:
    answer = make_passkey(client, an_invitation(now), Authenticator())
    assert len(codes_on(answer)) == 10
    assert is_in(client)


def test_a_passkey_signs_in(client: PageClient, now: datetime) -> None:
    phone = Authenticator()
    with_passkey(client, now, phone)
    assert use_passkey(client, phone).location == "/nb/welcome"
    assert is_in(client)


def test_a_passkey_leads_on_to_where_one_was_going_and_never_elsewhere(
    client: PageClient, now: datetime
) -> None:
    phone = Authenticator()
    with_passkey(client, now, phone)
    for next_path, location in (("/devices", "/devices"), ("https://elsewhere.example", "/nb/welcome")):
        asked = client.get("/sign-in/passkey-options").get_json()
        sent = {"passkey": phone.use(asked["options"]), "state": asked["state"], "next": next_path}
        assert client.send("/sign-in/passkey", page="/sign-in", **sent).location == location
        client.send("/sign-out", page="/devices")


def test_the_passkey_must_verify_its_person(client: PageClient, now: datetime) -> None:
    phone = Authenticator()
    with_passkey(client, now, phone)
    phone.verifies = False
    assert use_passkey(client, phone).status_code == 401


@pytest.mark.parametrize("wrong", [{"origin": "https://elsewhere.example"}, {"rp_id": "elsewhere.example"}])
def test_a_passkey_used_on_another_site_opens_nothing(
    client: PageClient, now: datetime, wrong: dict[str, str]
) -> None:
    phone = Authenticator()
    with_passkey(client, now, phone)
    for name, value in wrong.items():
        setattr(phone, name, value)
    assert use_passkey(client, phone).status_code == 401
    assert not is_in(client)


@pytest.mark.parametrize("wrong", [{"origin": "https://elsewhere.example"}, {"rp_id": "elsewhere.example"}])
def test_a_passkey_made_on_another_site_is_not_kept(
    client: PageClient, now: datetime, wrong: dict[str, str]
) -> None:
    path = an_invitation(now)
    assert make_passkey(client, path, Authenticator(**wrong)).status_code == 400  # type: ignore[arg-type]
    assert client.get(path).status_code == 200


def test_an_answer_is_taken_once(client: PageClient, now: datetime) -> None:
    phone = Authenticator()
    with_passkey(client, now, phone)
    asked = client.get("/sign-in/passkey-options").get_json()
    answer = phone.use(asked["options"])
    assert send_passkey(client, answer, asked["state"]).status_code == 302
    client.send("/sign-out", page="/devices")
    assert send_passkey(client, answer, asked["state"]).status_code == 401


def test_an_answer_is_taken_once_also_in_the_same_browser_before_anybody_is_in(
    client: PageClient, now: datetime
) -> None:
    asked = client.get("/sign-in/passkey-options").get_json()
    phone = Authenticator()
    assert "tok for lang tid" not in html_of(
        send_passkey(client, phone.use(asked["options"]), asked["state"])
    )
    assert "tok for lang tid" in html_of(send_passkey(client, phone.use(asked["options"]), asked["state"]))


def test_an_answer_after_five_minutes_is_too_late(client: PageClient, now: datetime) -> None:
    phone = Authenticator()
    with_passkey(client, now, phone)
    asked = client.get("/sign-in/passkey-options").get_json()
    with time_machine.travel(now + timedelta(minutes=5, seconds=2), tick=False):
        assert send_passkey(client, phone.use(asked["options"]), asked["state"]).status_code == 401


def test_an_answer_to_another_browsers_question_is_not_taken(
    app: Flask, client: PageClient, now: datetime
) -> None:
    phone, thief = Authenticator(), PageClient(app)
    with_passkey(client, now, phone)
    asked = client.get("/sign-in/passkey-options").get_json()
    thief.get("/sign-in/passkey-options")
    assert send_passkey(thief, phone.use(asked["options"]), asked["state"]).status_code == 401


def test_an_answer_to_a_question_of_ones_own_making_is_not_taken(client: PageClient, now: datetime) -> None:
    phone = Authenticator()
    with_passkey(client, now, phone)
    client.get("/sign-in/passkey-options")
    assert send_passkey(client, phone.use({"challenge": "AAAA"}), "AAAA").status_code == 401


def test_a_count_that_goes_back_is_refused_with_the_reason(client: PageClient, now: datetime) -> None:
    phone = Authenticator(count=7)
    with_passkey(client, now, phone)
    assert use_passkey(client, phone).status_code == 302
    client.send("/sign-out", page="/devices")
    phone.count = 5
    answer = use_passkey(client, phone)
    assert answer.status_code == 401
    assert "kopiert" in html_of(answer)


def test_a_closed_accounts_passkey_opens_nothing_and_says_what_an_unknown_one_says(
    client: PageClient, now: datetime
) -> None:
    phone = Authenticator()
    person = with_passkey(client, now, phone)
    actions.disable_person(_actor(a_person(Role.SERVICE_LEADER)), person.id, now=now)
    texts = {Page(html_of(use_passkey(client, one))).text() for one in (phone, Authenticator())}
    assert len(texts) == 1


def test_what_no_browser_sends_is_answered_calmly(client: PageClient, now: datetime) -> None:
    for nonsense in ("", "null", "[]", '{"response": []}', '{"rawId": 7, "response": {}}', "{" * 30_000):
        asked = client.get("/sign-in/passkey-options").get_json()
        assert send_passkey(client, nonsense, asked["state"]).status_code == 401


def test_options_name_no_person_and_ask_for_verification(client: PageClient) -> None:
    options = client.get("/sign-in/passkey-options").get_json()["options"]
    assert options["allowCredentials"] == []
    assert options["userVerification"] == "required"
    assert options["rpId"] == "localhost"


def test_the_handle_is_random_and_the_attestation_none(client: PageClient, now: datetime) -> None:
    person = a_person(can_sign_in=False)
    path = an_invitation(now, person)
    options = [client.get(f"{path}/passkey-options").get_json()["options"] for _ in range(2)]
    assert options[0]["user"]["id"] != options[1]["user"]["id"]
    assert options[0]["attestation"] == "none"
    assert options[0]["authenticatorSelection"]["residentKey"] == "required"


def test_somebody_elses_passkey_cannot_be_kept_as_ones_own(client: PageClient, now: datetime) -> None:
    phone = Authenticator()
    with_passkey(client, now, phone)
    assert make_passkey(client, an_invitation(now), phone).status_code == 400


# --- a new invitation ------------------------------------------------------------------------------


def test_a_new_link_ends_no_sign_in_and_removes_nothing(client: PageClient, now: datetime) -> None:
    person = a_person()
    sign_in(client, person)
    an_invitation(now, person)
    assert is_in(client)
    client.send("/sign-out", page="/devices")
    write_password(client, person)
    assert write_code(client, code_now()).status_code == 302


def test_a_used_link_replaces_every_factor_when_it_opens(client: PageClient, now: datetime) -> None:
    person = a_person()
    a_passkey(person)
    some_codes(person, now)
    make_passkey(client, an_invitation(now, person), Authenticator())
    reentries.open_due(rules.reentry_opens_at(now))
    ways = factors.ways_in_of(person.id)
    assert (ways.has_password, ways.has_code_app, len(ways.passkeys), ways.codes_left) == (
        False,
        False,
        1,
        0,
    )


def test_a_link_used_with_a_password_leaves_the_password_from_before_no_more(
    client: PageClient, now: datetime
) -> None:
    person = without_second_factor()
    fields = {"language": "nb", "password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
    client.send(an_invitation(now, person), **fields)
    ways = factors.ways_in_of(person.id)
    assert (ways.has_password, ways.has_second_factor, ways.codes_left) == (True, False, 0)


def test_a_link_works_once_for_passkeys_too(app: Flask, client: PageClient, now: datetime) -> None:
    path, late = an_invitation(now), PageClient(app)
    asked = late.get(f"{path}/passkey-options").get_json()
    token = late.page(path).value("csrf_token")
    make_passkey(client, path, Authenticator())
    sent = {"csrf_token": token, "passkey": Authenticator().make(asked["options"]), "state": asked["state"]}
    assert late.post(f"{path}/passkey", data=sent).status_code == 404
    assert late.get(f"{path}/passkey-options").status_code == 404


def test_who_has_a_passkey_alone_can_lead_and_has_accepted(client: PageClient, now: datetime) -> None:
    person = with_passkey(client, now, Authenticator())
    assert actions.persons_by_ids([person.id])[person.id].has_accepted


# --- cookies ---------------------------------------------------------------------------------------


def token_in(client: PageClient) -> str:
    with client.session_transaction() as cookie:
        return str(cookie.get("token"))


def test_each_step_of_the_sign_in_has_a_cookie_of_its_own(client: PageClient, now: datetime) -> None:
    person = a_person()
    write_password(client, person)
    first = token_in(client)
    write_code(client, code_now())
    second = token_in(client)
    client.get("/")
    assert len({first, second, "None"}) == 3


def test_the_cookie_of_the_first_step_is_worth_nothing_after_the_second(
    app: Flask, client: PageClient, now: datetime
) -> None:
    person, thief = a_person(), PageClient(app)
    write_password(client, person)
    planted = token_in(client)
    write_code(client, code_now())
    with thief.session_transaction() as cookie:
        cookie["token"] = planted
    assert thief.get("/devices").location.startswith("/sign-in?")


def test_another_site_cannot_sign_anybody_in(app: Flask, client: PageClient, now: datetime) -> None:
    """Login CSRF: the form of another browser's page is not taken here."""
    stranger = PageClient(app).page("/sign-in").value("csrf_token")
    client.page("/sign-in")
    for path in ("/sign-in", "/sign-in/passkey", "/sign-in/recovery"):
        sent = {"csrf_token": stranger, "email": a_person().email, "password": PASSWORD}
        assert client.post(path, data=sent).status_code == 400


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/recovery", "/sign-in/second-step", "/second-factor"])
def test_the_pages_of_the_sign_in_are_shown_in_no_other_sites_frame(client: PageClient, path: str) -> None:
    write_password(client, a_person())
    answer = client.get(path)
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"


# --- one's own pages -------------------------------------------------------------------------------


def add_passkey(client: PageClient, phone: Authenticator, name: str = "Jobbtelefonen") -> TestResponse:
    asked = client.get("/my-sign-in/passkey-options").get_json()
    sent = {"passkey": phone.make(asked["options"]), "state": asked["state"], "name": name}
    return client.send("/my-sign-in/passkeys/add", **sent)


def test_a_passkey_is_added_with_a_name_and_gives_recovery_codes_once(
    client: PageClient, now: datetime
) -> None:
    sign_in(client, a_person())
    assert len(codes_on(add_passkey(client, Authenticator()))) == 10
    assert add_passkey(client, Authenticator(), "Nøkkelen").location == "/my-sign-in"
    assert {"Jobbtelefonen", "Nøkkelen"} <= set(
        re.findall(r"item__title\">([^<]+)<", html_of(client.get("/my-sign-in")))
    )


def test_all_of_a_persons_passkeys_have_the_same_handle(
    client: PageClient, now: datetime, db: SQLAlchemy
) -> None:
    sign_in(client, a_person())
    add_passkey(client, Authenticator())
    add_passkey(client, Authenticator())
    assert len(set(db.session.scalars(select(Passkey.user_handle)))) == 1


def test_a_passkey_is_renamed_and_removed(client: PageClient) -> None:
    person = a_person()
    path = f"/my-sign-in/passkeys/{a_passkey(person)}"
    sign_in(client, person)
    client.send(path, name="Den blå")
    assert [card.name for card in factors.ways_in_of(person.id).passkeys] == ["Den blå"]
    client.send(f"{path}/remove", page=path)
    assert factors.ways_in_of(person.id).passkeys == ()
    # The vault of a device is opened without us: who has lost one must not think that this closes it.
    assert "låser den fortsatt opp" in html_of(client.get("/my-sign-in"))


def test_the_last_way_in_is_not_removed(client: PageClient, now: datetime) -> None:
    person = with_passkey(client, now, Authenticator())
    sign_in(client, person, Strength.PASSKEY)
    path = f"/my-sign-in/passkeys/{factors.ways_in_of(person.id).passkeys[0].id}"
    token = client.page(path).value("csrf_token")
    client.post(f"{path}/remove", data={"csrf_token": token})
    assert len(factors.ways_in_of(person.id).passkeys) == 1


def test_the_password_is_not_removed_when_it_is_the_only_way_in(client: PageClient) -> None:
    person = a_person()
    sign_in(client, person)
    client.send("/my-sign-in/password/remove", page="/my-sign-in")
    assert factors.ways_in_of(person.id).has_password


def test_anothers_passkey_is_neither_shown_nor_changed(client: PageClient) -> None:
    other = a_person()
    path = f"/my-sign-in/passkeys/{a_passkey(other)}"
    person = a_person()
    a_passkey(person)
    sign_in(client, person)
    token = client.page("/my-sign-in").value("csrf_token")
    assert client.get(path).status_code == 404
    for address in (path, f"{path}/remove"):
        assert client.post(address, data={"csrf_token": token, "name": "Min"}).status_code == 404
    assert [card.name for card in factors.ways_in_of(other.id).passkeys] == ["Telefonen min"]


def test_a_new_password_signs_out_everywhere_else(app: Flask, client: PageClient) -> None:
    person, other = a_person(), PageClient(app)
    sign_in(client, person)
    sign_in(other, person)
    client.send("/my-sign-in/password", password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    assert is_in(client)
    assert not is_in(other)
    assert write_password(PageClient(app), person, NEW_PASSWORD).status_code == 302


def test_a_password_that_others_try_first_is_explained_and_changes_nothing(
    app: Flask, client: PageClient
) -> None:
    person, easy = a_person(), "Ledvei-2026-2026"
    sign_in(client, person)
    answer = client.send("/my-sign-in/password", password=easy, password_again=easy)
    assert answer.status_code == 400
    assert Page(html_of(answer)).field("password").get("aria-invalid") == "true"
    assert write_password(PageClient(app), person, PASSWORD).status_code == 302


# --- who is it, once more --------------------------------------------------------------------------

MATTERS = [
    "/people/invite",
    "/my-texts",
    "/my-sign-in/passkeys/add",
    "/my-sign-in/password",
    "/my-sign-in/code-app",
]


@pytest.mark.parametrize("path", MATTERS)
def test_what_matters_asks_again_and_then_goes_on(client: PageClient, now: datetime, path: str) -> None:
    sign_in(client, a_person(Role.SERVICE_LEADER), is_fresh=False)
    asked = client.get(path).location
    assert asked.startswith("/prove?next=")
    answer = client.send(asked, proof_password=PASSWORD, proof_code=code_now())
    assert answer.location == path
    assert client.get(path).status_code == 200


def test_a_proof_holds_for_ten_minutes(client: PageClient, now: datetime) -> None:
    sign_in(client, a_person())
    for wait, status in ((FRESH_FOR - timedelta(seconds=1), 200), (FRESH_FOR, 302)):
        with time_machine.travel(now + wait, tick=False):
            assert client.get("/my-texts").status_code == status


def test_what_was_written_is_not_lost_while_it_is_asked(client: PageClient, now: datetime) -> None:
    leader = a_person(Role.SERVICE_LEADER)
    sign_in(client, leader)
    token = client.page("/people/invite").value("csrf_token")
    written = {
        "csrf_token": token, "name": "Kari Nes", "email": "kari@fjordvik.example", "language": "nb",
        "roles": ["caseworker", "supervisor"], "team": "",
    }  # fmt: skip
    with time_machine.travel(now + FRESH_FOR, tick=False):
        asked = client.post("/people/invite", data=written)
        assert asked.status_code == 401
        page = Page(html_of(asked))
        kept = [
            (one.get("name"), one.get("value")) for one in page.all("input") if one.get("type") == "hidden"
        ]
        sent: dict[str, list[str]] = {}
        for name, value in kept:
            sent.setdefault(str(name), []).append(str(value))
        sent |= {"proof_password": [PASSWORD], "proof_code": [code_now()]}
        answer = client.post("/people/invite", data=sent)
    assert "/invitation/" in html_of(answer)
    made = [card for card in actions.people_in_service(leader.service_id) if card.name == "Kari Nes"]
    assert [sorted(card.roles) for card in made] == [["caseworker", "supervisor"]]


@pytest.mark.parametrize(("password", "code"), [("feil passord her", None), (PASSWORD, "000000")])
def test_a_wrong_proof_does_nothing_and_keeps_what_was_written(
    client: PageClient, now: datetime, password: str, code: str | None
) -> None:
    leader = a_person(Role.SERVICE_LEADER)
    sign_in(client, leader, is_fresh=False)
    token = client.page("/devices").value("csrf_token")
    sent = {
        "csrf_token": token,
        "name": "Kari Nes",
        "proof_password": password,
        "proof_code": code or code_now(),
    }
    answer = client.post("/people/invite", data=sent)
    assert answer.status_code == 401
    assert Page(html_of(answer)).value("name") == "Kari Nes"
    assert "Kari Nes" not in {card.name for card in actions.people_in_service(leader.service_id)}


@pytest.mark.parametrize("path", ["/prove", "/people/invite"])
@pytest.mark.parametrize("missing", [("password",), ("code",), ("password", "code")])
def test_an_empty_field_is_asked_for_and_is_no_wrong_try(
    client: PageClient, now: datetime, path: str, missing: tuple[str, ...]
) -> None:
    """Also beside a form that waits for the proof."""
    sign_in(client, a_person(Role.SERVICE_LEADER, language="nb"), is_fresh=False)
    asked_for = {"password": "Skriv passordet ditt.", "code": "Skriv koden."}
    written = {"password": PASSWORD, "code": "000000", **dict.fromkeys(missing, "")}
    for _try in range(7):
        sent = {f"proof_{name}": text for name, text in written.items()}
        answer = client.send(path, page="/prove", **sent)
        assert answer.status_code == 400
        page = Page(html_of(answer))
        told = {each.get("data-error-for"): each.text or "" for each in page.all("p")}
        for name, text in asked_for.items():
            assert told[f"proof_{name}"] == (text if name in missing else "")
        assert "stemmer ikke" not in page.text()


def test_guessing_the_proof_is_slow(client: PageClient, now: datetime) -> None:
    sign_in(client, a_person(), is_fresh=False)
    sent = {"proof_password": "gjetning", "proof_code": "000000"}
    assert [client.send("/prove", **sent).status_code for _ in range(6)] == [401] * 5 + [429]


def test_a_wrong_password_does_not_use_up_the_code(client: PageClient, now: datetime) -> None:
    sign_in(client, a_person(), is_fresh=False)
    client.send("/prove", proof_password="feil passord her", proof_code=code_now())
    answer = client.send("/prove?next=/devices", proof_password=PASSWORD, proof_code=code_now())
    assert answer.location == "/devices"


def prove_with(client: PageClient, phone: Authenticator) -> TestResponse:
    asked = client.get("/prove/passkey-options").get_json()
    sent = {"proof_passkey": phone.use(asked["options"]), "proof_state": asked["state"]}
    return client.send("/prove?next=/my-texts", **sent)


def test_ones_own_passkey_is_a_proof(client: PageClient, now: datetime) -> None:
    phone = Authenticator()
    sign_in(client, with_passkey(client, now, phone), Strength.PASSKEY, is_fresh=False)
    assert prove_with(client, phone).location == "/my-texts"
    assert client.get("/my-texts").status_code == 200


def test_another_persons_passkey_is_no_proof(client: PageClient, now: datetime) -> None:
    phone = Authenticator()
    with_passkey(client, now, phone)
    sign_in(client, a_person(), is_fresh=False)
    assert prove_with(client, phone).status_code == 401
    assert client.get("/my-texts").status_code == 302


def test_the_answer_to_the_sign_in_page_is_no_proof(client: PageClient, now: datetime) -> None:
    phone = Authenticator()
    person = with_passkey(client, now, phone)
    asked = client.get("/sign-in/passkey-options").get_json()
    sign_in(client, person, Strength.PASSKEY, is_fresh=False)
    sent = {"proof_passkey": phone.use(asked["options"]), "proof_state": asked["state"]}
    assert client.send("/prove", **sent).status_code == 401


def test_the_question_leads_to_no_other_site(client: PageClient, now: datetime) -> None:
    sign_in(client, a_person(), is_fresh=False)
    sent = {"proof_password": PASSWORD, "proof_code": code_now()}
    assert client.send("/prove?next=https://elsewhere.example", **sent).location == "/"


def test_a_proof_gives_a_new_cookie(client: PageClient, now: datetime) -> None:
    sign_in(client, a_person(), is_fresh=False)
    before = token_in(client)
    client.send("/prove", proof_password=PASSWORD, proof_code=code_now())
    assert token_in(client) != before


def test_the_demos_invented_people_are_asked_nothing(client: PageClient, now: datetime) -> None:
    person = a_person(service=a_service(is_demo=True), can_sign_in=False)
    client.get(accounts.demo_sign_in_link(person.id))
    with time_machine.travel(now + timedelta(hours=2), tick=False):
        assert client.get("/my-texts").status_code == 200


def test_what_is_used_up_is_forgotten_in_the_end(client: PageClient, now: datetime, db: SQLAlchemy) -> None:
    from ledvei_pwa.platform.attempts import SignInAttempt

    with_passkey(client, now, Authenticator())
    accounts.forget_old_tries_and_sign_ins(now + timedelta(hours=2))
    assert db.session.scalars(select(SignInAttempt)).all() == []


def test_a_person_without_an_invitation_used_has_no_way_in(db: SQLAlchemy) -> None:
    person = a_person(can_sign_in=False)
    assert db.session.get_one(Person, person.id).accepted_at is None
    assert not factors.ways_in_of(person.id).has_second_factor
