"""Rates: whoever asks too often is stopped alone, told when to come again, and loses nothing."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
import structlog
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from redis import exceptions as redis_errors

from ledvei_pwa import create_app
from ledvei_pwa.platform import rates
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.rates import NEVER_REFUSED, RATES, Rate, forget_rates
from ledvei_pwa.platform.sessions import Strength
from ledvei_pwa.settings import Settings
from scripts import services
from tests.support.device import Device, device_of
from tests.support.page_client import PageClient
from tests.support.people import a_person, sign_in

pytestmark = pytest.mark.one_database
MakeApp = Callable[..., Flask]
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.1"
TEXT = {"kind": "debrief", "happened": "En vanskelig samtale.", "audience": "private"}


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")
    with services.redis() as url:
        yield url


@pytest.fixture(scope="module")
def counting_here(_app: Flask, settings: Settings) -> Iterator[Flask]:
    yield from made(settings, "")


@pytest.fixture(scope="module")
def counting_in_redis(_app: Flask, settings: Settings, redis_url: str) -> Iterator[Flask]:
    yield from made(settings, redis_url)


def made(settings: Settings, redis_url: str) -> Iterator[Flask]:
    limiting = create_app(replace(settings, limit_rates=True, redis_url=redis_url))
    yield limiting
    with limiting.app_context():
        db.engine.dispose()


@pytest.fixture
def counting(counting_here: Flask, app: Flask) -> Flask:
    """An app that limits: to 2 syncs for each, 3 for strangers, and 2 forms; counted in its own memory."""
    return fresh(counting_here)


@pytest.fixture(params=["counting_here", "counting_in_redis"])
def limited(request: pytest.FixtureRequest, app: Flask) -> Flask:
    """The same; and with a real Redis."""
    return fresh(request.getfixturevalue(request.param))


@pytest.fixture(autouse=True)
def _low(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "real_rates" in request.keywords:
        return
    monkeypatch.setattr(rates, "RATES", {**RATES, "sync.sync": Rate(2, 3), "push.subscribe": Rate(2, 2)})
    monkeypatch.setattr(rates, "FORMS", Rate(2, 3))


def fresh(app: Flask) -> Flask:
    forget_rates(app)
    return app


def asks(device: Device, times: int = 1, /, *, address: str = HERE, **changes: Any) -> list[int]:
    body = {"protocol": 1, "device": device.id, "read": device.read, "operations": [], **changes}
    came_from = {"REMOTE_ADDR": address}
    return [
        device.client.post("/api/v1/sync", json=body, environ_base=came_from).status_code
        for _ in range(times)
    ]


def a_phone(app: Flask, *, signed_in: bool = True) -> Device:
    return device_of(app, a_person(), signed_in=signed_in)


# --- who is counted -----------------------------------------------------------------------------------------


def test_who_asks_too_often_is_stopped_and_nobody_else_at_that_address(limited: Flask) -> None:
    wild, calm = a_phone(limited), a_phone(limited)
    assert asks(wild, 4) == [200, 200, 429, 429]
    assert asks(calm) == [200]


def test_all_devices_of_a_person_are_counted_together(counting: Flask) -> None:
    person = a_person()
    phone, tablet = device_of(counting, person), device_of(counting, person)
    assert asks(phone, 2) + asks(tablet) == [200, 200, 429]


def test_people_behind_one_address_are_not_counted_together(counting: Flask) -> None:
    phones = [a_phone(counting, signed_in=place % 2 == 0) for place in range(10)]
    assert {status for phone in phones for status in asks(phone, 2)} == {200}


def test_a_locked_phone_that_nobody_is_signed_in_on_is_known_by_its_seal(counting: Flask) -> None:
    phones = [a_phone(counting, signed_in=False) for _ in range(5)]
    for phone in phones:
        row = phone.seal(phone.operation(**TEXT))
        assert asks(phone, 2, read=None, operations=[row]) == [200, 200]


def test_whoever_names_a_device_without_its_credentials_uses_up_nothing_of_its_own(counting: Flask) -> None:
    phone, thief = a_phone(counting, signed_in=False), a_phone(counting, signed_in=False)
    theirs = thief.seal(thief.operation(**TEXT))
    for claim in ({"read": None}, {"read": "guessed"}, {"read": None, "operations": [theirs]}):
        asks(phone, 5, address=ELSEWHERE, **claim)
    assert asks(phone, 2) == [200, 200]


def test_strangers_share_what_their_network_has(limited: Flask) -> None:
    stranger = a_phone(limited, signed_in=False)
    unknown = {"device": new_id(), "read": None}
    assert asks(stranger, 4, **unknown) == [200, 200, 200, 429]
    assert asks(stranger, address=ELSEWHERE, **unknown) == [200]
    near, far = "2001:db8:1:2::1", "2001:db8:1:3::1"
    assert asks(stranger, 3, address=near, **unknown) == [200, 200, 200]
    assert asks(stranger, address="2001:db8:1:2:ffff::9", **unknown) == [429]
    assert asks(stranger, address=far, **unknown) == [200]


def test_what_cannot_be_read_is_counted_too(counting: Flask) -> None:
    client = counting.test_client()
    sent = {"data": b"{", "content_type": "application/json"}
    answers = [client.post("/api/v1/sync", **sent).status_code for _ in range(4)]
    assert answers == [400, 400, 400, 429]


def test_an_address_that_a_stranger_makes_up_is_not_believed(counting: Flask) -> None:
    client = counting.test_client()
    body = {"protocol": 1, "device": new_id(), "operations": []}
    answers = [
        client.post("/api/v1/sync", json=body, headers={"X-Forwarded-For": f"203.0.113.{number}"}).status_code
        for number in range(4)
    ]
    assert answers[-1] == 429


def test_half_a_sign_in_uses_up_nothing_of_the_persons(counting: Flask) -> None:
    person = a_person()
    phone, thief = device_of(counting, person), counting.test_client()
    sign_in(thief, person, Strength.PASSWORD)
    body = {"protocol": 1, "device": new_id(), "operations": []}
    for _ in range(5):
        thief.post("/api/v1/sync", json=body)
    assert asks(phone, 2) == [200, 200]


def test_after_its_minute_it_goes_on(counting: Flask) -> None:
    phone = a_phone(counting)
    with time_machine.travel("2026-11-18T09:00:00Z", tick=False) as clock:
        forget_rates(counting)
        assert asks(phone, 3) == [200, 200, 429]
        clock.shift(61)
        assert asks(phone) == [200]


# --- being refused ------------------------------------------------------------------------------------------


def test_a_device_is_told_in_json_when_to_come_again(limited: Flask) -> None:
    phone = a_phone(limited)
    asks(phone, 2)
    answer = phone.post()
    assert (answer.status_code, answer.json["error"]) == (429, "too_many")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_was_refused_is_taken_when_it_comes_again(counting: Flask) -> None:
    phone = a_phone(counting)
    row = phone.seal(phone.operation(**TEXT))
    asks(phone, 2)
    assert asks(phone, operations=[row]) == [429]
    forget_rates(counting)
    assert [result["result"] for result in phone.sync(row)] == ["applied"]


def test_the_other_addresses_of_devices_are_limited(counting: Flask) -> None:
    client = counting.test_client()
    sign_in(client, a_person())
    answers = [client.post("/api/v1/push", json={}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 429]
    registered = [register(client) for _ in range(RATES["devices.register_device"].each + 1)]
    assert set(registered[:-1]) == {201}
    assert registered[-1] == 429


def register(client: FlaskClient) -> int:
    sent = {"json": {"name": "Firefox"}, "headers": {"X-Ledvei": "1"}}
    return client.post("/api/v1/devices", **sent).status_code


@pytest.mark.parametrize(("language", "heading"), [("nb", "mange forsøk"), ("nn", "mange forsøk")])
def test_a_form_that_is_sent_too_often_is_answered_with_a_calm_page(
    counting: Flask, language: str, heading: str
) -> None:
    client = PageClient(counting)
    sign_in(client, a_person(language=language))
    token = client.page("/reminders").value("csrf_token")
    sent = [client.post("/reminders/quiet-hours", data={"csrf_token": token}) for _ in range(3)]
    assert [answer.status_code for answer in sent] == [302, 302, 429]
    assert 1 <= int(sent[-1].headers["Retry-After"]) <= 60
    text = sent[-1].get_data(as_text=True)
    assert heading in text
    assert f'lang="{language}"' in text


def test_all_kinds_of_forms_are_counted_together(counting: Flask) -> None:
    client = PageClient(counting)
    sign_in(client, a_person())
    token = client.page("/reminders").value("csrf_token")
    client.post("/reminders/quiet-hours", data={"csrf_token": token})
    client.post("/reminders/test", data={"csrf_token": token})
    assert client.post("/reminders/quiet-hours", data={"csrf_token": token}).status_code == 429


def test_pages_are_not_counted(counting: Flask) -> None:
    client = PageClient(counting)
    sign_in(client, a_person())
    assert {client.get("/reminders").status_code for _ in range(6)} == {200}


@pytest.mark.real_rates
def test_all_ones_texts_are_fetched_a_few_times_a_minute(counting: Flask) -> None:
    client = PageClient(counting)
    sign_in(client, a_person())
    token = client.page("/my-texts").value("csrf_token")
    sent = [client.post("/my-texts", data={"csrf_token": token}).status_code for _ in range(7)]
    assert sent == [200] * 6 + [429]


def test_signing_out_is_never_refused(counting: Flask) -> None:
    phone = a_phone(counting)
    for _ in range(10):
        assert phone.client.post("/api/v1/sign-out", headers={"X-Ledvei": "1"}).status_code == 200


def test_the_way_in_counts_its_own_tries_and_no_other_limit_stands_beside(counting: Flask) -> None:
    client = PageClient(counting)
    token = client.page("/sign-in").value("csrf_token")
    for number in range(5):
        somebody = {"email": f"person{number}@example.org", "password": "guess", "csrf_token": token}
        assert client.post("/sign-in", data=somebody).status_code == 401


def test_every_address_that_is_named_is_served(counting: Flask) -> None:
    writing = {
        rule.endpoint
        for rule in counting.url_map.iter_rules()
        if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }
    assert {*RATES, *NEVER_REFUSED} <= writing


@pytest.mark.real_rates
def test_a_whole_service_that_comes_back_at_once_fits() -> None:
    halved_to_one, news = 200 + 1, 10  # requests of one phone with 200 operations, at the very worst
    assert RATES["sync.sync"].each >= halved_to_one + news
    assert RATES["sync.sync"].strangers >= 250 * 12


def test_the_log_says_what_was_reached_and_not_by_whom(counting: Flask) -> None:
    phone = a_phone(counting)
    with structlog.testing.capture_logs() as logged:
        asks(phone, 3)
    said = [entry for entry in logged if entry["event"] == "rate_reached"]
    assert [(entry["endpoint"], entry["counted_as"]) for entry in said] == [("sync.sync", "person")]
    assert phone.person.id not in str(logged)


# --- Redis --------------------------------------------------------------------------------------------------


def test_two_processes_count_together_in_redis(
    make_app: MakeApp, app: Flask, counting_in_redis: Flask, redis_url: str
) -> None:
    one, other = fresh(counting_in_redis), make_app(limit_rates=True, redis_url=redis_url)
    person = a_person()
    assert asks(device_of(one, person), 2) + asks(device_of(other, person)) == [200, 200, 429]


def test_redis_is_told_no_id_and_no_address(app: Flask, counting_in_redis: Flask, redis_url: str) -> None:
    limited = fresh(counting_in_redis)
    phone = a_phone(limited)
    asks(phone)
    asks(a_phone(limited, signed_in=False), device=new_id(), read=None)
    keys = b" ".join(Redis.from_url(redis_url).keys())
    assert keys.count(b"sync.sync") == 2
    assert phone.person.id.encode() not in keys
    assert HERE.encode() not in keys


def test_without_redis_all_go_on_and_the_log_says_so_once(make_app: MakeApp, app: Flask) -> None:
    limited = make_app(limit_rates=True, redis_url=f"redis://127.0.0.1:{services.free_port()}/0")
    phones = [a_phone(limited) for _ in range(3)]
    with structlog.testing.capture_logs() as logged:
        assert [asks(phone, 2) for phone in phones] == [[200, 200]] * 3
    assert [entry["event"] for entry in logged].count("rates_storage_away") == 1
    assert asks(phones[0]) == [429]  # each process counts by itself meanwhile


def test_a_redis_that_goes_away_and_comes_back_stops_nobody(make_app: MakeApp, app: Flask) -> None:
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")
    with ExitStack() as around:
        url = around.enter_context(services.redis())
        limited = make_app(limit_rates=True, redis_url=url)
        phone = a_phone(limited)
        assert asks(phone) == [200]
        around.close()
        assert asks(phone, 2) == [200, 200]
    port = url.rsplit(":", 1)[1].split("/")[0]
    command = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as again:
        wait_for_redis(url)
        with time_machine.travel(time.time() + 60), structlog.testing.capture_logs() as logged:
            assert asks(a_phone(limited)) == [200]
        again.terminate()
    assert "rates_storage_back" in [entry["event"] for entry in logged]


def wait_for_redis(url: str) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            Redis.from_url(url).ping()
        except redis_errors.ConnectionError:
            time.sleep(0.05)
        else:
            return


def test_a_redis_that_never_answers_holds_nobody_up_for_long(make_app: MakeApp, app: Flask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        limited = make_app(limit_rates=True, redis_url=f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        phone = a_phone(limited)
        begun = time.monotonic()
        assert asks(phone, 2) == [200, 200]
        assert time.monotonic() - begun < 5
