"""The reminders page, and what a browser may tell of itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from ledvei_pwa.features.people.actions import PersonCard, ServiceCard, persons_by_ids, revoke_device
from ledvei_pwa.features.reminders import actions, delivery
from ledvei_pwa.features.reminders.records import PushSubscription
from ledvei_pwa.features.supervision.records import Session
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.i18n import ngettext, speaking
from tests.support.page_client import PageClient
from tests.support.people import a_device, a_person, actor_of, sign_in
from tests.support.push_service import Browser, StrangePushService, base64url
from tests.support.reminders import in_language, oslo, reminders_of, subscribed_browser, summary

ENDPOINT = "http://localhost:9/push/phone"
NOTHING = (
    "No reminders are planned. They come by themselves when you have supervision or an agreement with a date."
)
NO_DEVICE = (
    "No device shows reminders yet. You find them in the app under Me, "
    "where you can also allow them on this device."
)
NOT_REACHED = "No device could be reached just now. Try again in a few minutes."
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


def told(device: str, browser: Browser | None = None, **changes: Any) -> dict[str, Any]:
    """What the browser sends: `PushSubscription.toJSON()` and the device's id."""
    sent = (browser or Browser(ENDPOINT)).subscription
    keys = {"p256dh": sent.p256dh, "auth": sent.auth}
    return {
        "device": device,
        "subscription": {"endpoint": sent.endpoint, "expirationTime": None, "keys": keys},
        **changes,
    }


def rows() -> list[tuple[str, str]]:
    """(person, endpoint) of every subscription."""
    found = db.session.execute(select(PushSubscription.person_id, PushSubscription.endpoint))
    return [(person, endpoint) for person, endpoint in found]


# --- subscribing


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("device", ["\ud800", "x\x00"])
def test_a_device_that_no_database_can_be_asked_about_is_refused(
    client: PageClient, member: PersonCard, method: str, device: str
) -> None:
    sign_in(client, member)
    answer = client.open("/api/v1/push", method=method, json=told(device), headers=SAME_SITE)
    assert (answer.status_code, answer.json["error"]) == (400, "malformed")


def test_a_browser_is_subscribed_for_the_person_who_is_signed_in(
    client: PageClient, member: PersonCard
) -> None:
    sign_in(client, member)
    answer = client.post("/api/v1/push", json=told(a_device(member).id), headers=SAME_SITE)
    assert (answer.status_code, answer.json) == (200, {"ok": True})
    assert rows() == [(member.id, ENDPOINT)]


def test_telling_it_at_each_start_changes_nothing(client: PageClient, member: PersonCard) -> None:
    sign_in(client, member)
    sent = told(a_device(member).id)
    for _ in range(3):
        assert client.post("/api/v1/push", json=sent, headers=SAME_SITE).status_code == 200
    assert rows() == [(member.id, ENDPOINT)]


def test_new_keys_at_the_same_address_replace_the_old_ones(client: PageClient, member: PersonCard) -> None:
    sign_in(client, member)
    device, newer = a_device(member).id, Browser(ENDPOINT)
    client.post("/api/v1/push", json=told(device), headers=SAME_SITE)
    client.post("/api/v1/push", json=told(device, newer), headers=SAME_SITE)
    assert db.session.scalars(select(PushSubscription.p256dh)).all() == [newer.subscription.p256dh]


def test_a_shared_browser_shows_the_reminders_of_the_one_who_uses_it(
    client: PageClient, member: PersonCard, supervisor: PersonCard
) -> None:
    browser = Browser(ENDPOINT)
    for person in (member, supervisor):
        sign_in(client, person)
        client.post("/api/v1/push", json=told(a_device(person).id, browser), headers=SAME_SITE)
    assert rows() == [(supervisor.id, ENDPOINT)]


def test_only_the_newest_ten_browsers_of_a_person_are_kept(client: PageClient, member: PersonCard) -> None:
    sign_in(client, member)
    device = a_device(member).id
    for number in range(12):
        client.post("/api/v1/push", json=told(device, Browser(f"{ENDPOINT}/{number}")), headers=SAME_SITE)
    assert sorted(endpoint for _, endpoint in rows()) == sorted(
        f"{ENDPOINT}/{number}" for number in range(2, 12)
    )


@pytest.mark.parametrize("of", ["nobody", "another person", "another service", "a revoked device"])
def test_a_device_that_is_not_ones_own_is_refused(
    client: PageClient, member: PersonCard, supervisor: PersonCard, service: ServiceCard, of: str
) -> None:
    own = a_device(member).id
    revoke_device(actor_of(member), own, now=oslo("2026-11-16 12:00"))
    from tests.support.people import a_service

    foreign = a_device(a_person(service=a_service("Annen barnevernstjeneste"))).id
    others = {
        "nobody": "0191f000-0000-7000-8000-000000000000",
        "another person": a_device(supervisor).id,
        "another service": foreign,
        "a revoked device": own,
    }
    sign_in(client, member)
    answer = client.post("/api/v1/push", json=told(others[of]), headers=SAME_SITE)
    assert (answer.status_code, answer.json["error"]) == (403, "device_unknown")
    assert rows() == []


@pytest.mark.parametrize(
    ("endpoint", "reason"),
    [
        ("http://push.example.com/a", "endpoint_invalid"),
        ("https://10.0.0.1/a", "endpoint_not_public"),
        ("https://169.254.169.254/latest/meta-data", "endpoint_not_public"),
        ("https://intranet/a", "endpoint_not_public"),
        ("ftp://localhost/a", "endpoint_invalid"),
    ],
)
def test_an_address_inside_a_network_is_refused(
    client: PageClient, member: PersonCard, endpoint: str, reason: str
) -> None:
    sign_in(client, member)
    answer = client.post("/api/v1/push", json=told(a_device(member).id, Browser(endpoint)), headers=SAME_SITE)
    assert (answer.status_code, answer.json["error"]) == (400, reason)
    assert rows() == []


def test_keys_that_no_browser_makes_are_refused(client: PageClient, member: PersonCard) -> None:
    sign_in(client, member)
    keys = {"p256dh": base64url(b"\x02" + b"1" * 64), "auth": base64url(b"1" * 16)}
    sent = {"device": a_device(member).id, "subscription": {"endpoint": ENDPOINT, "keys": keys}}
    answer = client.post("/api/v1/push", json=sent, headers=SAME_SITE)
    assert (answer.status_code, answer.json["error"]) == (400, "p256dh_invalid")


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        "text",
        {},
        {"device": 7},
        {"device": "d", "subscription": None},
        {"device": "d", "subscription": []},
        {"device": "d", "subscription": {"endpoint": ENDPOINT}},
        {"device": "d", "subscription": {"endpoint": ENDPOINT, "keys": "p"}},
        {"device": "d", "subscription": {"endpoint": 1, "keys": {"p256dh": "p", "auth": "a"}}},
        {"device": "d", "subscription": {"endpoint": ENDPOINT, "keys": {"p256dh": ["p"], "auth": "a"}}},
        {"device": "d" * 9000, "subscription": {"endpoint": ENDPOINT, "keys": {"p256dh": "p", "auth": "a"}}},
    ],
)
def test_what_is_no_subscription_is_refused_calmly(
    client: PageClient, member: PersonCard, sent: object
) -> None:
    sign_in(client, member)
    answer = client.post("/api/v1/push", json=sent, headers=SAME_SITE)
    assert (answer.status_code, answer.json["error"]) == (400, "malformed")
    assert answer.json["text"]


def test_a_form_of_another_site_cannot_subscribe(client: PageClient, member: PersonCard) -> None:
    sign_in(client, member)
    sent = told(a_device(member).id)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        assert client.post("/api/v1/push", json=sent, headers=headers).status_code == 403
    assert rows() == []


def test_nobody_signed_in_subscribes_nothing(client: PageClient, member: PersonCard) -> None:
    answer = client.post("/api/v1/push", json=told(a_device(member).id), headers=SAME_SITE)
    assert (answer.status_code, rows()) == (401, [])


def test_stopping_forgets_the_addresses_of_that_device_alone(client: PageClient, member: PersonCard) -> None:
    sign_in(client, member)
    phone, laptop = a_device(member).id, a_device(member).id
    client.post("/api/v1/push", json=told(phone, Browser(f"{ENDPOINT}/phone")), headers=SAME_SITE)
    client.post("/api/v1/push", json=told(laptop, Browser(f"{ENDPOINT}/laptop")), headers=SAME_SITE)
    assert client.delete("/api/v1/push", json={"device": phone}, headers=SAME_SITE).status_code == 200
    assert rows() == [(member.id, f"{ENDPOINT}/laptop")]


def test_nobody_can_stop_anothers_reminders(
    client: PageClient, member: PersonCard, supervisor: PersonCard
) -> None:
    device = a_device(member).id
    sign_in(client, member)
    client.post("/api/v1/push", json=told(device), headers=SAME_SITE)
    sign_in(client, supervisor)
    client.delete("/api/v1/push", json={"device": device}, headers=SAME_SITE)
    assert rows() == [(member.id, ENDPOINT)]


# --- the page


def test_the_page_lists_what_is_to_come(
    client: PageClient, member: PersonCard, session: Session, now: datetime
) -> None:
    sign_in(client, member)
    page = client.page("/reminders")
    assert page.heading == in_language("nb", "Reminders")
    assert "Torsdag 19. november kl. 10.00" in page.text()
    assert session.id not in page.html


def test_the_page_shows_nobody_elses(
    client: PageClient, session: Session, service: ServiceCard, now: datetime
) -> None:
    sign_in(client, a_person(service=service))
    assert "19. november" not in client.page("/reminders").text()


def test_without_anything_to_come_the_page_says_how_it_comes(client: PageClient, member: PersonCard) -> None:
    sign_in(client, member)
    assert in_language("nb", NOTHING) in client.page("/reminders").text()


def test_quiet_hours_are_on_until_one_says_no(client: PageClient, member: PersonCard, now: datetime) -> None:
    sign_in(client, member)
    assert client.page("/reminders").field("quiet_hours").get("checked") is not None
    client.send("/reminders/quiet-hours", page="/reminders")
    assert persons_by_ids([member.id])[member.id].quiet_hours is False
    assert client.page("/reminders").field("quiet_hours").get("checked") is None


def test_choosing_quiet_hours_again_turns_them_on(
    client: PageClient, member: PersonCard, now: datetime
) -> None:
    actions.choose_quiet_hours(actor_of(member), False, now=now)
    sign_in(client, member)
    client.send("/reminders/quiet-hours", page="/reminders", quiet_hours="y")
    assert persons_by_ids([member.id])[member.id].quiet_hours is True


def test_without_the_pages_token_the_choice_is_not_changed(client: PageClient, member: PersonCard) -> None:
    sign_in(client, member)
    client.post("/reminders/quiet-hours", data={})
    assert persons_by_ids([member.id])[member.id].quiet_hours is True


def test_a_test_reminder_reaches_all_of_ones_devices(
    client: PageClient, member: PersonCard, push_service: StrangePushService, monday: datetime
) -> None:
    phone = subscribed_browser(member, push_service, "phone", now=monday)
    subscribed_browser(member, push_service, "laptop", now=monday)
    sign_in(client, member)
    client.send("/reminders/test", page="/reminders")
    assert push_service.counts == {"phone": 1, "laptop": 1}
    shown = phone.read(push_service.posts_to("phone")[0].body)["notification"]
    assert shown["title"] == in_language("nb", "This is how a reminder looks")


def test_a_test_reminder_forgets_an_address_that_is_dead(
    client: PageClient, member: PersonCard, push_service: StrangePushService, monday: datetime
) -> None:
    subscribed_browser(member, push_service, "phone", now=monday)
    push_service.answers["phone"] = [410]
    sign_in(client, member)
    answer = client.send("/reminders/test", page="/reminders")
    assert rows() == []
    assert in_language("nb", NOT_REACHED) in client.page(answer.location).text()


def test_the_page_says_on_how_many_devices_one_is_reminded(
    client: PageClient, member: PersonCard, push_service: StrangePushService, monday: datetime
) -> None:
    sign_in(client, member)
    assert in_language("nb", NO_DEVICE) in client.page("/reminders").text()
    for name in ("phone", "laptop"):
        subscribed_browser(member, push_service, name, now=monday)
    with speaking("nb"):
        on_two = ngettext(
            "Reminders are shown on one device.", "Reminders are shown on %(count)s devices.", 2
        )
    assert on_two in client.page("/reminders").text()


def test_what_was_reminded_of_leaves_the_list_of_what_is_to_come(
    client: PageClient, member: PersonCard, session: Session, now: datetime
) -> None:
    delivery.deliver_due(oslo("2026-11-17 08:00"))
    planned = [
        kind for kind, _, state in summary(reminders_of(member, session_id=session.id)) if state == "planned"
    ]
    assert planned == ["session"]
    count = db.session.scalar(select(func.count()).select_from(PushSubscription))
    assert count == 0
    assert len(actions.coming_reminders(actor_of(member))) == len(
        [reminder for reminder in reminders_of(member) if reminder.state == "planned"]
    )
