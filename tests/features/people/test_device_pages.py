"""One's own sign-ins and devices, and what a device is given when it registers."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select

from ledvei_pwa.features.people import actions
from ledvei_pwa.features.people.records import Device
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.platform import sessions
from ledvei_pwa.platform.database import new_id
from ledvei_pwa.platform.registry import House
from tests.support.page_client import PageClient
from tests.support.people import a_device, a_person, actor_of, sign_in

FROM_THE_APP = {"X-Ledvei": "1", "Sec-Fetch-Site": "same-origin"}


def register(client: PageClient, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    body = {"name": "Firefox, Android"} if body is None else body
    return client.post("/api/v1/devices", json=body, headers=FROM_THE_APP if headers is None else headers)


# --- registering -----------------------------------------------------------------------------------


def test_a_new_device_gets_all_it_needs_to_work_without_a_network(client: PageClient, house: House) -> None:
    person = a_person(language="nn")
    sign_in(client, person)
    answer = register(client)
    given = answer.json
    assert answer.status_code == 201
    assert given["person"] == {"id": person.id, "name": person.name, "language": "nn"}
    assert given["keys"]["id"] == house.keyring.sealing_key_id
    assert urlsafe_b64decode(given["keys"]["public"] + "=") == house.keyring.sealing_public
    assert given["vapid"] == house.keyring.vapid_public
    service = actions.service_of(person.service_id)
    assert service
    assert given["epoch"] == service.epoch
    assert given["service"] == {"id": service.id, **service.shown()}


def test_the_credentials_given_are_those_that_work(client: PageClient) -> None:
    sign_in(client, a_person())
    given = register(client).json
    device = actions.find_device(given["device"])
    assert device
    assert actions.check_write_credential(device, given["write"])
    assert actions.check_read_credential(device, given["read"])
    assert len(urlsafe_b64decode(given["write"] + "=")) == len(urlsafe_b64decode(given["read"] + "=")) == 32


def test_a_browser_whose_device_the_database_has_forgotten_tells_that_it_was_restored(
    client: PageClient,
) -> None:
    sign_in(client, a_person())
    epoch = register(client).json["epoch"]
    for known in (epoch, new_id()):  # a later one was undone by the backup
        told = {"name": "Firefox", "registered": [{"device": new_id(), "epoch": known}]}
        given = register(client, told).json
        assert given["epoch"] > known
        assert register(client, told).json["epoch"] == given["epoch"]


def test_devices_that_are_known_or_of_an_earlier_epoch_tell_nothing(client: PageClient) -> None:
    earlier = new_id()
    sign_in(client, a_person())
    first = register(client).json
    known = {"device": first["device"], "epoch": first["epoch"]}
    of_another = {"device": new_id(), "epoch": earlier}
    given = register(client, {"name": "Firefox", "registered": [known, of_another]}).json
    assert given["epoch"] == first["epoch"]


@pytest.mark.parametrize(
    "told", ["none", [{}], [{"device": 1, "epoch": 2}], [7, {"device": "x", "epoch": "y"}], [{}] * 51]
)
def test_what_cannot_be_read_of_earlier_devices_registers_none(client: PageClient, told: Any) -> None:
    sign_in(client, a_person())
    assert register(client, {"name": "Firefox", "registered": told}).status_code == 400


def test_two_devices_share_nothing(client: PageClient) -> None:
    sign_in(client, a_person())
    first, second = register(client).json, register(client).json
    assert not {first[name] for name in ("device", "write", "read")} & {
        second[name] for name in ("device", "write", "read")
    }


def test_a_stranger_registers_no_device(client: PageClient, db: SQLAlchemy) -> None:
    assert register(client).status_code == 401
    assert db.session.scalar(select(func.count(Device.id))) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Ledvei": "0"},
        {"X-Ledvei": "1", "Sec-Fetch-Site": "cross-site"},
        {"X-Ledvei": "1", "Origin": "null"},
    ],
)
def test_another_site_registers_no_device(
    client: PageClient, db: SQLAlchemy, headers: dict[str, str]
) -> None:
    sign_in(client, a_person())
    assert register(client, headers=headers).status_code == 403
    assert db.session.scalar(select(func.count(Device.id))) == 0


@pytest.mark.parametrize(
    "body",
    [{}, [], "name", 7, {"name": ""}, {"name": " "}, {"name": 7}, {"name": "x" * 81}, {"name": "a\nb"}],
)
def test_a_device_needs_a_name_one_can_read(client: PageClient, body: Any) -> None:
    sign_in(client, a_person())
    answer = register(client, body)
    assert (answer.status_code, answer.json["error"]) == (400, "malformed")


def test_what_is_not_json_is_refused(client: PageClient) -> None:
    sign_in(client, a_person())
    answer = client.post("/api/v1/devices", data=b"\xff{", headers=FROM_THE_APP)
    assert (answer.status_code, answer.json["error"]) == (400, "malformed")


# --- telling the language --------------------------------------------------------------------------


def tell(client: PageClient, body: Any, headers: dict[str, str] | None = None) -> Any:
    return client.post("/api/v1/language", json=body, headers=FROM_THE_APP if headers is None else headers)


def language_of(person_id: str) -> str:
    return actions.persons_by_ids([person_id])[person_id].language


def test_a_language_chosen_on_a_device_is_the_persons_from_then_on(client: PageClient) -> None:
    person = a_person(language="nb")
    sign_in(client, person)
    assert tell(client, {"person": person.id, "language": "nn"}).status_code == 200
    assert language_of(person.id) == "nn"


def test_the_sign_in_page_speaks_the_language_chosen_on_the_device(client: PageClient) -> None:
    person = a_person(language="nb")
    sign_in(client, person)
    tell(client, {"person": person.id, "language": "nn"})
    client.post("/api/v1/sign-out", headers=FROM_THE_APP)
    assert client.get("/sign-in").headers["Content-Language"] == "nn"


def test_a_language_is_not_given_to_another_who_is_signed_in_on_the_same_device(client: PageClient) -> None:
    chose, signed_in = a_person(language="nb"), a_person(language="nb")
    sign_in(client, signed_in)
    assert tell(client, {"person": chose.id, "language": "nn"}).status_code == 409
    assert (language_of(chose.id), language_of(signed_in.id)) == ("nb", "nb")


@pytest.mark.parametrize("headers", [{}, {"X-Ledvei": "1", "Sec-Fetch-Site": "cross-site"}])
def test_another_site_chooses_nobodys_language(client: PageClient, headers: dict[str, str]) -> None:
    person = a_person(language="nb")
    sign_in(client, person)
    assert tell(client, {"person": person.id, "language": "nn"}, headers).status_code == 403
    assert language_of(person.id) == "nb"


@pytest.mark.parametrize("language", ["en", "", None, 7, ["nn"]])
def test_only_our_two_languages_are_taken(client: PageClient, language: Any) -> None:
    person = a_person(language="nb")
    sign_in(client, person)
    assert tell(client, {"person": person.id, "language": language}).status_code == 400
    assert language_of(person.id) == "nb"


@pytest.mark.parametrize("body", [[], "nn", {}, {"language": "nn"}, {"person": 7, "language": "nn"}])
def test_a_language_without_its_person_is_refused(client: PageClient, body: Any) -> None:
    sign_in(client, a_person())
    assert tell(client, body).status_code == 400


# --- signing out from the app ----------------------------------------------------------------------


def test_the_app_signs_out_and_may_do_so_twice(client: PageClient) -> None:
    sign_in(client, a_person())
    for _ in range(2):
        answer = client.post("/api/v1/sign-out", headers=FROM_THE_APP)
        assert (answer.status_code, answer.json) == (200, {"signed_in": False})
    assert client.get("/devices").status_code == 302


def test_another_site_signs_nobody_out(client: PageClient) -> None:
    sign_in(client, a_person())
    assert client.post("/api/v1/sign-out").status_code == 403
    assert client.get("/devices").status_code == 200


# --- the page --------------------------------------------------------------------------------------


def test_the_page_lists_the_own_devices_and_nobody_elses(client: PageClient) -> None:
    person = a_person()
    a_device(person, "My phone")
    a_device(a_person(), "Another's phone")
    sign_in(client, person)
    text = client.page("/devices").text()
    assert "My phone" in text
    assert "Another's phone" not in text


def test_one_ends_another_sign_in_of_ones_own(app: Flask, client: PageClient, now: datetime) -> None:
    person = a_person()
    lost = PageClient(app)
    sign_in(lost, person)
    sign_in(client, person)
    ours = {row.id for row in sessions.sessions_of(person.id, now=now)}
    with app.test_request_context("/"):
        assert len(ours) == 2
    forms = [form.get("action", "") for form in client.page("/devices").all("form")]
    end = next(action for action in forms if action.startswith("/devices/sign-ins/"))
    assert client.send(end, page="/devices").location == "/devices"
    assert lost.get("/devices").status_code == 302
    assert client.get("/devices").status_code == 200


def test_nobody_ends_anothers_sign_in(app: Flask, client: PageClient, now: datetime) -> None:
    victim = a_person()
    theirs = PageClient(app)
    sign_in(theirs, victim)
    target = sessions.sessions_of(victim.id, now=now)[0].id
    sign_in(client, a_person(Role.SERVICE_LEADER))
    assert client.send(f"/devices/sign-ins/{target}/end", page="/devices").status_code == 404
    assert theirs.get("/devices").status_code == 200


def test_one_closes_the_own_device_after_a_question(client: PageClient) -> None:
    person = a_person()
    device = a_device(person, "My phone")
    sign_in(client, person)
    assert "My phone" in client.page(f"/devices/{device.id}/revoke").heading
    client.send(f"/devices/{device.id}/revoke")
    assert actions.find_device(device.id).revoked_at  # type: ignore[union-attr]


def test_nobody_closes_anothers_device(client: PageClient) -> None:
    device = a_device(a_person())
    sign_in(client, a_person(Role.SERVICE_LEADER))
    assert client.get(f"/devices/{device.id}/revoke").status_code == 404
    assert client.send(f"/devices/{device.id}/revoke", page="/devices").status_code == 404
    assert actions.find_device(device.id).revoked_at is None  # type: ignore[union-attr]


def test_a_person_sees_on_the_page_that_a_leader_made_a_link(client: PageClient, now: datetime) -> None:
    leader, person = a_person(Role.SERVICE_LEADER, name="Ragnhild Li"), a_person()
    actions.invite_again(actor_of(leader), person.id, now=now - timedelta(days=1))
    sign_in(client, person)
    assert "Ragnhild Li" in client.page("/devices").text()


# --- a browser that was emptied --------------------------------------------------------------------


def test_who_registers_again_in_the_same_sign_in_is_told_of_the_device_before(
    client: PageClient, now: datetime
) -> None:
    sign_in(client, a_person())
    before = register(client, {"name": "Firefox, Android"}).json
    assert before["earlier"] is None
    assert register(client, {"name": "Firefox again"}).json["earlier"] == {
        "name": "Firefox, Android",
        "last_contact": now.astimezone(UTC).isoformat(),
        "last_number": 0,
    }


def test_another_sign_in_of_the_same_person_is_another_browser(client: PageClient) -> None:
    person = a_person()
    sign_in(client, person)
    register(client)
    sign_in(client, person)
    assert register(client).json["earlier"] is None


def test_a_device_that_was_closed_is_no_emptied_browser(client: PageClient) -> None:
    person = a_person()
    sign_in(client, person)
    given = register(client).json
    actions.revoke_device(actor_of(person), given["device"], now=datetime.now(UTC))
    assert register(client).json["earlier"] is None
