"""docs/openapi.json describes every address, status and answer of our JSON API, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from ledvei_pwa.platform import rates, sessions
from ledvei_pwa.platform.database import new_id
from ledvei_pwa.platform.rates import Rate, forget_rates
from ledvei_pwa.platform.sessions import Strength
from scripts import openapi
from tests.support.described import description, operations, problems_of
from tests.support.device import Device, device_of
from tests.support.people import a_person, sign_in
from tests.support.push_service import Browser

pytestmark = pytest.mark.one_database
MARKED: Final = {"X-Ledvei": "1"}
FROM_ELSEWHERE: Final = {"Sec-Fetch-Site": "cross-site"}
TOO_LARGE: Final = "x" * (2 * 1024 * 1024 + 1)
SYNC, DEVICES, LANGUAGE = "/api/v1/sync", "/api/v1/devices", "/api/v1/language"
SIGN_OUT, PUSH = "/api/v1/sign-out", "/api/v1/push"


def test_it_is_what_the_code_says() -> None:
    """`python scripts/openapi.py` writes it."""
    assert openapi.PAGE.read_text(encoding="utf-8") == openapi.as_page()


def test_every_address_of_the_api_is_described_and_no_other(app: Flask) -> None:
    served = {
        (method, rule.rule, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/")
    }
    assert served == {(method, path, operation["operationId"]) for method, path, operation in operations()}


@dataclass
class Asking:
    """Asks as different people, holds each answer against the description, and remembers which there were."""

    app: Flask
    met: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    wrong: list[str] = field(default_factory=list)

    def ask(self, device: Device, path: str, method: str = "POST", **request: Any) -> TestResponse:
        answer = device.client.open(path, method=method, **request)
        self.met[method, path].add(answer.status_code)
        self.wrong += problems_of(method, path, answer)
        return answer


@pytest.fixture
def asking(
    make_app: Callable[..., Flask], app: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Asking]:
    """The clock stands still, so that a minute does not end while its requests are counted."""
    limited = make_app(limit_rates=True, testing=False)
    monkeypatch.setattr(rates, "RATES", {})
    monkeypatch.setattr(rates, "OTHER_API", Rate(20, 20))
    yield Asking(limited)
    forget_rates(limited)


def test_every_status_that_is_described_is_answered_and_as_it_is_described(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = a_person()
    phone = device_of(asking.app, person)
    nobody = device_of(asking.app, a_person(), signed_in=False)
    for ask in (sync_well, sync_badly, devices_well_and_badly, language_well_and_badly, push_well_and_badly):
        ask(asking, phone)
        forget_rates(asking.app)
    refused_at_the_door(asking, phone, nobody)
    too_often(asking, phone)
    forget_rates(asking.app)
    asking.ask(phone, SIGN_OUT, headers=MARKED)
    failing(asking, device_of(asking.app, person), monkeypatch)
    assert asking.wrong == []
    described = {
        (method, path): {int(status) for status in operation["responses"]}
        for method, path, operation in operations()
    }
    assert dict(asking.met) == described


def question(phone: Device, /, **changes: Any) -> dict[str, Any]:
    return {"protocol": 1, "device": phone.id, "read": phone.read, "operations": [], **changes}


def sync_well(asking: Asking, phone: Device) -> None:
    """A text that is taken, one that is not, one that cannot be read; and all there is to fetch."""
    good = phone.seal(phone.operation("debrief", happened="Noe hendte.", audience="private"))
    bad = phone.seal(phone.operation("debrief", happened=5))
    operations = [good, good, bad, "no operation", {"id": new_id()}]
    answer = asking.ask(phone, SYNC, json=question(phone, operations=operations)).get_json()
    assert [one["result"] for one in answer["results"]] == ["applied", "duplicate", *["rejected"] * 3]
    assert {one["type"] for one in answer["changes"]} == {"entry", "person", "service"}
    asking.ask(phone, SYNC, json=question(phone, read=None))
    asking.ask(phone, SYNC, json=question(phone, device=new_id()))


def sync_badly(asking: Asking, phone: Device) -> None:
    asking.ask(phone, SYNC, json=question(phone, protocol=2))
    asking.ask(phone, SYNC, json=question(phone, cursor=-1))
    asking.ask(phone, SYNC, data=b"{", content_type="application/json")
    asking.ask(phone, SYNC, data=b"{}", content_type="text/plain")
    asking.ask(phone, SYNC, data=TOO_LARGE, content_type="application/json")
    asking.ask(phone, SYNC, json=question(phone, operations=[0] * 501))


def devices_well_and_badly(asking: Asking, phone: Device) -> None:
    for _ in range(2):  # the second time it is told of the first
        asking.ask(phone, DEVICES, json={"name": "Firefox"}, headers=MARKED)
    asking.ask(phone, DEVICES, json={"name": ""}, headers=MARKED)
    asking.ask(phone, DEVICES, json={"name": "Firefox"})
    asking.ask(phone, DEVICES, data=TOO_LARGE, content_type="application/json", headers=MARKED)


def language_well_and_badly(asking: Asking, phone: Device) -> None:
    chosen = {"person": phone.person.id, "language": "nn"}
    asking.ask(phone, LANGUAGE, json=chosen, headers=MARKED)
    asking.ask(phone, LANGUAGE, json={**chosen, "language": "no"}, headers=MARKED)
    asking.ask(phone, LANGUAGE, json={**chosen, "person": new_id()}, headers=MARKED)
    asking.ask(phone, LANGUAGE, json=chosen)
    asking.ask(phone, LANGUAGE, data=TOO_LARGE, content_type="application/json", headers=MARKED)


def push_well_and_badly(asking: Asking, phone: Device) -> None:
    given = Browser("https://192.0.2.7/push").subscription
    keys = {"p256dh": given.p256dh, "auth": given.auth}
    wanted = {"device": phone.id, "subscription": {"endpoint": "https://1.1.1.1/push", "keys": keys}}
    asking.ask(phone, PUSH, json=wanted)
    asking.ask(phone, PUSH, json={**wanted, "subscription": {"endpoint": given.endpoint, "keys": keys}})
    asking.ask(phone, PUSH, json={**wanted, "device": new_id()})
    asking.ask(phone, PUSH, "DELETE", json={"device": phone.id})
    asking.ask(phone, PUSH, "DELETE", json={"device": 5})


def refused_at_the_door(asking: Asking, phone: Device, nobody: Device) -> None:
    """By who asks and from where, whatever is sent."""
    halfway = device_of(asking.app, a_person())
    sign_in(halfway.client, halfway.person, Strength.PASSWORD)
    for method, path, _ in operations():
        for device in (halfway, nobody):
            asking.ask(device, path, method, json={}, headers=MARKED)
        asking.ask(phone, path, method, json={}, headers={**MARKED, **FROM_ELSEWHERE})
        asking.ask(phone, path, method, json={}, headers=MARKED, query_string={"q": "\0"})


def too_often(asking: Asking, phone: Device) -> None:
    for method, path, operation in operations():
        if "429" not in operation["responses"]:
            continue
        while asking.ask(phone, path, method, json={}, headers=MARKED).status_code != 429:
            pass


def failing(asking: Asking, phone: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    for error in (RuntimeError("planted"), OperationalError("SELECT 1", {}, Exception("away"))):

        def fail(error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(sessions, "_refuse_other_sites", fail)
        for method, path, _ in operations():
            asking.ask(phone, path, method, json={}, headers=MARKED)


def test_no_schema_is_left_that_nothing_uses() -> None:
    named = set(description()["components"]["schemas"])
    text = openapi.as_page()
    assert {name for name in named if f'"#/components/schemas/{name}"' not in text} == set()
