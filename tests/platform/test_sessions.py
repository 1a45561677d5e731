"""The cookie, the sign-in behind it, and the guard before every route."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

import pytest
import time_machine
from flask import Flask, jsonify
from flask_sqlalchemy import SQLAlchemy
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import select, update

from ledvei_pwa.kernel.access import Role
from ledvei_pwa.platform import sessions
from ledvei_pwa.platform.row_security import EVERY_SERVICE, see_rows_of
from ledvei_pwa.platform.sessions import (
    SignInSession,
    Strength,
    name_browser,
    public,
    requires,
    safe_next,
    signed_in,
)
from tests.support.page_client import PageClient
from tests.support.people import PASSWORD, a_person, sign_in

MakeApp = Callable[..., Flask]


@pytest.fixture
def guarded(make_app: MakeApp, app: Flask) -> Flask:
    """An app with one route of each kind, and one that somebody forgot to mark."""
    guarded = make_app()
    rules = {
        "open": public,
        "own": signed_in,
        "led": requires(Role.SERVICE_LEADER),
        "forgotten": lambda view: view,
    }
    for name, rule in rules.items():
        for prefix in ("/", "/api/"):
            view = rule(lambda: jsonify(who=_name_of_actor()))
            guarded.add_url_rule(f"{prefix}{name}", f"{prefix}{name}", view, methods=["GET", "POST"])
    return guarded


def _name_of_actor() -> str | None:
    actor = sessions.current_actor()
    return actor.name if actor else None


# --- the guard -------------------------------------------------------------------------------------


def test_a_public_route_is_open_to_strangers(guarded: Flask) -> None:
    assert PageClient(guarded).get("/open").json == {"who": None}


@pytest.mark.parametrize("path", ["/own", "/led", "/forgotten"])
def test_a_stranger_is_asked_to_sign_in_and_comes_back(guarded: Flask, path: str) -> None:
    answer = PageClient(guarded).get(f"{path}?a=1")
    assert answer.status_code == 302
    assert answer.location == f"/sign-in?next={path}?a%3D1"


@pytest.mark.parametrize("path", ["/api/own", "/api/led", "/api/forgotten"])
def test_a_stranger_at_the_api_gets_an_answer_a_program_can_read(guarded: Flask, path: str) -> None:
    answer = PageClient(guarded).post(path)
    assert (answer.status_code, answer.json["error"]) == (401, "signed_out")


def test_what_a_stranger_sends_is_not_kept_for_later(guarded: Flask) -> None:
    assert PageClient(guarded).post("/own?a=1").location == "/sign-in"


def test_a_person_reaches_what_is_for_everybody_and_not_what_is_for_leaders(guarded: Flask) -> None:
    client = PageClient(guarded)
    person = a_person()
    sign_in(client, person)
    assert client.get("/own").json == {"who": person.name}
    assert client.get("/led").status_code == 403
    assert client.get("/api/led").json["error"] == "no_access"


def test_a_leader_reaches_what_is_for_leaders(guarded: Flask) -> None:
    client = PageClient(guarded)
    sign_in(client, a_person(Role.SERVICE_LEADER))
    assert client.get("/led").status_code == 200


def test_a_route_that_somebody_forgot_to_mark_is_closed_to_leaders_too(guarded: Flask) -> None:
    client = PageClient(guarded)
    sign_in(client, a_person(Role.SERVICE_LEADER))
    assert client.get("/forgotten").status_code == 403
    assert client.get("/api/forgotten").status_code == 403


def test_a_route_has_one_rule_only() -> None:
    with pytest.raises(ValueError, match="already"):
        public(signed_in(lambda: ""))


def test_a_rule_for_nobody_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one role"):
        requires()


def test_a_form_without_its_token_changes_nothing(guarded: Flask) -> None:
    client = PageClient(guarded)
    sign_in(client, a_person())
    assert client.post("/own").status_code == 400
    assert client.post("/open").status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://elsewhere.example"},
    ],
)
def test_the_api_takes_nothing_from_another_site(guarded: Flask, headers: dict[str, str]) -> None:
    client = PageClient(guarded)
    sign_in(client, a_person())
    answer = client.post("/api/own", headers=headers)
    assert (answer.status_code, answer.json["error"]) == (403, "cross_site")


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}])
def test_the_api_takes_what_our_own_pages_send(guarded: Flask, headers: dict[str, str]) -> None:
    client = PageClient(guarded)
    sign_in(client, a_person())
    assert client.post("/api/own", headers=headers).status_code == 200


# --- the cookie and the row ------------------------------------------------------------------------


def test_the_database_keeps_only_a_digest_of_what_the_cookie_holds(
    client: PageClient, db: SQLAlchemy
) -> None:
    person = a_person()
    client.send("/sign-in", email=person.email, password=PASSWORD)
    row = db.session.scalars(select(SignInSession)).one()
    with client.session_transaction() as cookie:
        token = cookie["token"]
        assert person.id not in str(dict(cookie))
    assert row.token_hash == sessions.digest(token) != token


def test_signing_in_makes_a_new_token_and_ends_the_old_one(client: PageClient, db: SQLAlchemy) -> None:
    """Who has put a cookie of theirs into another's browser holds nothing after the sign-in."""
    sign_in(client, a_person())
    with client.session_transaction() as cookie:
        planted = cookie["token"]
        cookie["planted"] = "by somebody else"
    other = a_person()
    client.get("/sign-in")
    with client.session_transaction() as cookie:
        del cookie["token"]
    client.send("/sign-in", email=other.email, password=PASSWORD)
    with client.session_transaction() as cookie:
        assert cookie["token"] != planted
        assert "planted" not in cookie


def test_the_form_token_from_before_the_sign_in_is_worth_nothing_after_it(client: PageClient) -> None:
    person = a_person()
    before = client.page("/sign-in").value("csrf_token")
    client.send("/sign-in", email=person.email, password=PASSWORD)
    assert client.post("/sign-out", data={"csrf_token": before}).status_code == 400


def test_a_sign_in_over_another_ends_the_earlier_one(app: Flask, client: PageClient, db: SQLAlchemy) -> None:
    first = a_person()
    with app.test_request_context("/"):
        see_rows_of(EVERY_SERVICE)
        sessions.sign_in(first, Strength.CODE)
        sessions.sign_in(a_person(), Strength.CODE)
    assert [row.ended_at is None for row in db.session.scalars(select(SignInSession).order_by("id"))] == [
        False,
        True,
    ]


def test_a_sign_in_ends_after_twelve_hours_without_use(client: PageClient, now: datetime) -> None:
    sign_in(client, a_person())
    with time_machine.travel(now + timedelta(hours=11, minutes=59)):
        assert client.get("/devices").status_code == 200
    with time_machine.travel(now + timedelta(hours=24)):
        assert client.get("/devices").status_code == 302


def test_use_keeps_a_sign_in_alive_for_thirty_days_and_no_longer(client: PageClient, now: datetime) -> None:
    sign_in(client, a_person())
    for hours in range(11, 30 * 24, 11):
        with time_machine.travel(now + timedelta(hours=hours)):
            assert client.get("/devices").status_code == 200, hours
    with time_machine.travel(now + timedelta(days=30)):
        assert client.get("/devices").status_code == 302


def test_reading_many_pages_in_five_minutes_writes_nothing(
    client: PageClient, db: SQLAlchemy, now: datetime
) -> None:
    sign_in(client, a_person())
    with time_machine.travel(now + timedelta(minutes=4)):
        client.get("/devices")
    assert db.session.scalars(select(SignInSession.last_seen_at)).one() == now


def test_a_forged_cookie_is_nobody(client: PageClient) -> None:
    sign_in(client, a_person())
    with client.session_transaction() as cookie:
        cookie["token"] = "guessed"
    assert client.get("/devices").status_code == 302


@pytest.mark.parametrize("token", [None, 7, ["list"], {"a": 1}])
def test_a_cookie_of_another_shape_is_nobody(client: PageClient, token: object) -> None:
    with client.session_transaction() as cookie:
        cookie["token"] = token
    assert client.get("/devices").status_code == 302


def test_an_ended_sign_in_is_nobody(client: PageClient, db: SQLAlchemy, now: datetime) -> None:
    sign_in(client, a_person())
    db.session.execute(update(SignInSession).values(ended_at=now))
    db.session.commit()
    assert client.get("/devices").status_code == 302


def test_two_requests_in_one_app_context_do_not_share_a_person(app: Flask, guarded: Flask) -> None:
    first, second = PageClient(guarded), guarded.test_client()
    sign_in(first, a_person())
    sign_in(second, a_person(name="Second"))
    with guarded.app_context():
        guarded.test_client().get("/open")
        assert second.get("/own").json == {"who": "Second"}
        assert guarded.test_client().get("/open").json == {"who": None}


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(client: PageClient) -> None:
    person = a_person()
    answer = client.send("/sign-in", email=person.email, password=PASSWORD)
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("ledvei="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie


def test_with_https_the_cookie_is_bound_to_this_host(make_app: MakeApp, app: Flask) -> None:
    client = PageClient(make_app(base_url="https://ledvei.example"))
    answer = client.get("/sign-in", base_url="https://ledvei.example")
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if "ledvei" in line)
    assert cookie.startswith("__Host-ledvei=")
    assert "Secure" in cookie
    assert "Domain" not in cookie


# --- where one goes on to --------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/people", "/people?team=1&role=", "/nb/today", "/a%20b", "/å"])
def test_a_path_of_ours_is_gone_on_to(path: str) -> None:
    assert safe_next(path) == path


@pytest.mark.parametrize(
    "address",
    [
        None, "", "people", "https://elsewhere.example", "//elsewhere.example", "///elsewhere.example",
        "/\\elsewhere.example", "\\\\elsewhere.example", "/\t/elsewhere.example", "/\n/elsewhere.example",
        " //elsewhere.example", "javascript:alert(1)", "/\x00", "/a b", "/\u2028x", "http:/people",
    ],
)  # fmt: skip
def test_another_address_is_not_gone_on_to(address: str | None) -> None:
    assert safe_next(address) is None


@given(some.text(alphabet="/\\.:@?#%ab \t\n\r\x00å", max_size=12))
def test_nothing_that_is_let_through_leaves_this_site(text: str) -> None:
    path = safe_next(text)
    assert (
        path is None or urlsplit(urljoin("https://ledvei.example/sign-in", path)).netloc == "ledvei.example"
    )


# --- names of browsers -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox, Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 10; K) Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_a_browser_gets_a_name_its_owner_knows_again(user_agent: str, name: str) -> None:
    assert name_browser(user_agent) == name
