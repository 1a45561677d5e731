"""Sending web push: over real HTTP, to one service that decrypts and one that misbehaves."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from structlog.testing import capture_logs

from ledvei_pwa.platform import push
from ledvei_pwa.platform.push import (
    PublicResolver,
    PushMessage,
    PushSender,
    Receipt,
    Subscription,
    Verdict,
    endpoint_problem,
    is_public_address,
    key_problem,
    new_topic,
    seconds_to_wait,
)
from ledvei_pwa.platform.registry import House
from tests.support.push_service import (
    DecryptingPushService,
    Post,
    StrangePushService,
    base64url,
    decrypting_push_service,
    strange_push_service,
)

pytestmark = pytest.mark.one_database
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def decrypting() -> Iterator[DecryptingPushService]:
    with decrypting_push_service() as service:
        yield service


@pytest.fixture
def strange() -> Iterator[StrangePushService]:
    with strange_push_service() as service:
        yield service


@pytest.fixture
def sender(house: House) -> PushSender:
    return PushSender(house.keyring.vapid_private, "https://ledvei.example", allow_local=True)


def message(subscription: Subscription, payload: str = '{"web_push":8030}', **changes: object) -> PushMessage:
    return PushMessage(
        **{
            "key": "m",
            "subscription": subscription,
            "payload": payload,
            "ttl": 600,
            "topic": "t" * 32,
            **changes,
        }
    )  # type: ignore[arg-type]


def send(sender: PushSender, *messages: PushMessage) -> list[Receipt]:
    receipts: list[Receipt] = []
    sender.send(messages, receipts.extend)
    return receipts


def send_one(sender: PushSender, sent: PushMessage) -> Receipt:
    (receipt,) = send(sender, sent)
    return receipt


def header(strange: StrangePushService, name: str) -> str:
    return strange.posts[0].headers[name]


# --- what arrives


def test_a_push_service_verifies_our_signature_and_decrypts_the_text(
    decrypting: DecryptingPushService, sender: PushSender, house: House
) -> None:
    subscription = decrypting.subscribe(house.keyring.vapid_public)
    receipt = send_one(sender, message(subscription, '{"title":"Rettleiing på torsdag"}'))
    assert receipt == Receipt("m", Verdict.ACCEPTED, 201)
    assert decrypting.messages(subscription) == [{"title": "Rettleiing på torsdag"}]


def test_an_expired_subscription_is_gone(
    decrypting: DecryptingPushService, sender: PushSender, house: House
) -> None:
    subscription = decrypting.subscribe(house.keyring.vapid_public)
    decrypting.expire(subscription)
    assert send_one(sender, message(subscription)).verdict is Verdict.GONE


def test_the_text_is_nowhere_in_what_the_push_service_sees(
    strange: StrangePushService, sender: PushSender
) -> None:
    browser = strange.browser("a")
    send_one(sender, message(browser.subscription, '{"title":"Veiledning"}'))
    (post,) = strange.posts
    assert b"Veiledning" not in post.body
    assert "Veiledning" not in str(post.headers)
    assert browser.read(post.body) == {"title": "Veiledning"}


def test_a_message_waits_for_a_phone_that_is_off(strange: StrangePushService, sender: PushSender) -> None:
    send_one(sender, message(strange.browser("a").subscription, ttl=5400))
    assert header(strange, "ttl") == "5400"


def test_a_message_never_lives_for_no_time_at_all(strange: StrangePushService, sender: PushSender) -> None:
    send_one(sender, message(strange.browser("a").subscription, ttl=0))
    assert int(header(strange, "ttl")) > 0


def test_a_message_carries_its_topic_and_a_normal_urgency(
    strange: StrangePushService, sender: PushSender
) -> None:
    send_one(sender, message(strange.browser("a").subscription, topic="abc"))
    assert header(strange, "Topic") == "abc"
    assert header(strange, "Urgency") == "normal"


def test_a_topic_is_32_random_characters_of_url_safe_base64() -> None:
    topics = {new_topic() for _ in range(100)}
    assert len(topics) == 100
    assert all(len(topic) == 32 and len(base64.urlsafe_b64decode(topic)) == 24 for topic in topics)


def test_each_push_service_gets_a_token_made_out_to_itself(sender: PushSender) -> None:
    with strange_push_service() as one, strange_push_service() as other:
        send(sender, message(one.browser("a").subscription), message(other.browser("b").subscription))
        assert audience_of(one) == f"http://localhost:{one.port}"
        assert audience_of(other) == f"http://localhost:{other.port}"


def test_a_signature_serves_for_an_hour_and_is_good_for_hours_more(
    strange: StrangePushService, sender: PushSender
) -> None:
    for hours in (0, 0.9, 1.1):
        with time_machine.travel(NOW + timedelta(hours=hours)):
            send_one(sender, message(strange.browser("a").subscription))
    first, second, third = (claims_of(post) for post in strange.posts)
    assert first == second
    assert third["exp"] > first["exp"] > (NOW + timedelta(hours=2)).timestamp()
    assert third["exp"] < (NOW + timedelta(hours=24)).timestamp()


def audience_of(service: StrangePushService) -> str:
    return str(claims_of(service.posts[0])["aud"])


def claims_of(post: Post) -> dict[str, Any]:
    token = post.headers["Authorization"].split("t=")[1].split(",")[0]
    claims = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))))


def test_messages_are_on_their_way_at_the_same_time_but_never_more_than_fifty(sender: PushSender) -> None:
    with strange_push_service(latency=0.2) as slow:
        receipts = send(sender, *(message(slow.browser(str(n)).subscription, key=str(n)) for n in range(120)))
        assert {receipt.key for receipt in receipts} == {str(n) for n in range(120)}
        assert 40 <= slow.most_at_once <= 50


def test_receipts_are_handed_over_while_others_are_on_their_way(sender: PushSender) -> None:
    with strange_push_service(latency=0.3) as slow:
        batches: list[int] = []
        messages = (message(slow.browser(str(n)).subscription, key=str(n)) for n in range(100))
        sender.send(messages, lambda receipts: batches.append(len(receipts)))
        assert len(batches) > 1
        assert sum(batches) == 100


# --- what goes wrong


@pytest.mark.parametrize("status", [404, 410])
def test_an_endpoint_that_is_not_there_is_gone(
    strange: StrangePushService, sender: PushSender, status: int
) -> None:
    strange.answers["a"] = [status]
    assert send_one(sender, message(strange.browser("a").subscription)) == Receipt("m", Verdict.GONE, status)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_failing_push_service_is_asked_again_later(
    strange: StrangePushService, sender: PushSender, status: int
) -> None:
    strange.answers["a"] = [status]
    assert send_one(sender, message(strange.browser("a").subscription)).verdict is Verdict.LATER


def test_a_busy_push_service_is_given_the_time_it_asks_for(
    strange: StrangePushService, sender: PushSender
) -> None:
    strange.answers["a"] = [429]
    strange.answer_headers["Retry-After"] = "120"
    assert send_one(sender, message(strange.browser("a").subscription)) == Receipt(
        "m", Verdict.LATER, 429, 120.0
    )


def test_nobody_else_bothers_a_push_service_that_asked_for_a_pause(
    strange: StrangePushService, sender: PushSender
) -> None:
    strange.answers["a"] = [429]
    strange.answer_headers["Retry-After"] = "120"
    send_one(sender, message(strange.browser("a").subscription))
    receipt = send_one(sender, message(strange.browser("b").subscription))
    assert receipt.verdict is Verdict.LATER
    assert 100 < receipt.wait <= 120
    assert not strange.posts_to("b")


def test_a_message_that_is_too_large_is_refused_and_logged_without_its_address(
    strange: StrangePushService, sender: PushSender
) -> None:
    strange.answers["secret-address"] = [413]
    with capture_logs() as logs:
        receipt = send_one(
            sender, message(strange.browser("secret-address").subscription, '{"t":"hemmelig"}')
        )
    assert receipt == Receipt("m", Verdict.REFUSED, 413)
    assert logs[0]["event"] == "push_refused"
    assert logs[0]["status"] == 413
    assert "secret-address" not in str(logs)
    assert "hemmelig" not in str(logs)


def test_a_push_service_that_never_answers_is_left_after_the_time_out(
    strange: StrangePushService, sender: PushSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "TIMEOUT_SECONDS", 0.3)
    strange.answers["a"] = [0]
    assert send_one(sender, message(strange.browser("a").subscription)).verdict is Verdict.LATER


def test_a_push_service_that_hangs_up_is_asked_again_later(
    strange: StrangePushService, sender: PushSender
) -> None:
    strange.answers["a"] = [-1]
    assert send_one(sender, message(strange.browser("a").subscription)).verdict is Verdict.LATER


def test_a_push_service_that_is_down_is_asked_again_later(sender: PushSender) -> None:
    with strange_push_service() as stopped:
        browser = stopped.browser("a")
    assert send_one(sender, message(browser.subscription)).verdict is Verdict.LATER


def test_a_redirect_is_not_followed(strange: StrangePushService, sender: PushSender) -> None:
    strange.answers["a"] = [307]
    strange.answer_headers["Location"] = strange.endpoint("inside")
    assert send_one(sender, message(strange.browser("a").subscription)).verdict is Verdict.REFUSED
    assert not strange.posts_to("inside")


def test_an_answer_without_end_is_not_read(sender: PushSender) -> None:
    with endless_answer() as (port, sent):
        subscription = Subscription(f"http://localhost:{port}/push/a", *keys())
        assert send_one(sender, message(subscription)) == Receipt("m", Verdict.REFUSED, 400)
    assert sent() < 16 * 1024 * 1024  # what fits in the buffers on the way


@contextmanager
def endless_answer() -> Iterator[tuple[int, Callable[[], int]]]:
    """A server that says 400 and never stops talking until it is hung up on. How many bytes it got rid of."""
    total = [0]

    def talk() -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 400 No\r\n\r\n")
            while total[0] < 256 * 1024 * 1024:
                connection.sendall(b"x" * 65536)
                total[0] += 65536

    with socket.create_server(("localhost", 0)) as listening:
        talker = threading.Thread(target=talk)
        talker.start()
        yield listening.getsockname()[1], lambda: total[0]
        talker.join(20)


def test_keys_that_are_no_point_on_the_curve_are_refused(
    strange: StrangePushService, sender: PushSender
) -> None:
    forged = Subscription(strange.endpoint("a"), base64url(b"\x04" + b"\x01" * 64), base64url(b"0" * 16))
    assert send_one(sender, message(forged)).verdict is Verdict.REFUSED
    assert not strange.posts


def test_one_bad_endpoint_does_not_keep_the_others_from_their_messages(
    strange: StrangePushService, sender: PushSender
) -> None:
    strange.answers.update(dead=[410], failing=[500], broken=[-1])
    names = ["dead", "failing", "good", "broken", "fine"]
    receipts = send(sender, *(message(strange.browser(name).subscription, key=name) for name in names))
    assert {receipt.key for receipt in receipts if receipt.verdict is Verdict.ACCEPTED} == {"good", "fine"}


def test_what_could_not_be_begun_in_time_is_for_later(
    strange: StrangePushService, sender: PushSender
) -> None:
    receipts: list[Receipt] = []
    sender.send([message(strange.browser("a").subscription)], receipts.extend, give_up_after=-1)
    assert receipts == [Receipt("m", Verdict.LATER)]
    assert not strange.posts


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("120", 120.0),
        ("Wed, 18 Nov 2026 09:01:30 GMT", 90.0),
        ("Wed, 18 Nov 2026 08:00:00 GMT", 0.0),
        ("-5", 0.0),
        ("soon", 0.0),
        ("nan", 0.0),
        ("inf", 0.0),
        ("99999999", 3600.0),
        (None, 0.0),
    ],
)
def test_retry_after_is_a_number_or_a_date(written: str | None, seconds: float) -> None:
    assert seconds_to_wait(written, NOW) == seconds


# --- what may be subscribed


def public(_host: str) -> Iterable[str]:
    return ["142.250.74.10", "2a00:1450:400f:80c::200a"]


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://web.push.apple.com/QGuQ",
        "https://wns2-par02p.notify.windows.com/w/?token=BQYA",
    ],
)
def test_the_push_services_of_the_world_are_accepted(endpoint: str) -> None:
    assert endpoint_problem(endpoint, addresses_of=public) == ""


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/abc",
        "https://localhost/",
        "https://localhost:8000/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.8/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[fd00::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://0.0.0.0/",
        "https://intranet/",
        "https://printer.local/",
        "https://db.internal/",
        "https://user:word@fcm.googleapis.com/",
        "https://",
        "https:///push",
        "ftp://fcm.googleapis.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://fcm.googleapis.com:port/",
        "https://[::1",
        "",
        "https://fcm.googleapis.com/" + "x" * 2000,
        "https://fcm.googleapis.com:8443/",
        "https://fcm.googleapis.com:22/",
        "https://@fcm.googleapis.com/",
        "https://fcm.googleapis.com\\@127.0.0.1/",
        "https://127.0.0.1\\.fcm.googleapis.com/",
        "https://fcm.goo\tgleapis.com/",
        " https://fcm.googleapis.com/",
        "https://１２７.0.0.1/",
        "https://ⓛocalhost/",
        "https://[::127.0.0.1]/",
        "https://[::ffff:0:10.0.0.1]/",
        "https://[64:ff9b:1::a00:1]/",
    ],
)
def test_an_endpoint_that_is_not_public_https_is_refused(endpoint: str) -> None:
    assert endpoint_problem(endpoint, addresses_of=public)


@pytest.mark.parametrize(
    "addresses", [["10.1.2.3"], ["142.250.74.10", "127.0.0.1"], ["::1"], ["2002:0a00:0001::1"], []]
)
def test_a_name_with_any_private_address_is_refused(addresses: list[str]) -> None:
    assert (
        endpoint_problem("https://push.example.com/a", addresses_of=lambda _: addresses)
        == "endpoint_not_public"
    )


def test_a_name_that_cannot_be_looked_up_is_refused() -> None:
    def nowhere(_host: str) -> Iterable[str]:
        raise OSError

    assert endpoint_problem("https://push.example.com/a", addresses_of=nowhere) == "endpoint_unreachable"


def test_a_name_that_is_not_answered_for_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many name one: those that wait are few, and the rest hear so at once."""
    answered = threading.Event()
    monkeypatch.setattr(push, "LOOK_UP_SECONDS", 0.01)
    monkeypatch.setattr(push, "_LOOKING_UP", threading.BoundedSemaphore(2))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait(10) and [])
    began = time.perf_counter()
    threads = threading.active_count()
    problems = {endpoint_problem(f"https://push{number}.example.com/a") for number in range(20)}
    assert problems == {"endpoint_unreachable"}
    assert threading.active_count() <= threads + 2
    assert time.perf_counter() - began < 5
    answered.set()


def test_a_look_up_that_ends_late_gives_back_the_place_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    answered, places = threading.Event(), threading.BoundedSemaphore(1)
    monkeypatch.setattr(push, "LOOK_UP_SECONDS", 0.01)
    monkeypatch.setattr(push, "_LOOKING_UP", places)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait(10) and [])
    assert endpoint_problem("https://push.example.com/a") == "endpoint_unreachable"
    monkeypatch.setattr(push, "_LOOKING_UP", threading.BoundedSemaphore(1))
    answered.set()
    assert places.acquire(timeout=5)


def test_a_name_is_looked_up_by_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert endpoint_problem("https://push.example.com/a") == ""
    found[0] = (*found[0][:4], ("10.0.0.1", 443))
    assert endpoint_problem("https://push.example.com/a") == "endpoint_not_public"


def test_this_machine_is_accepted_in_tests_only() -> None:
    assert endpoint_problem("http://localhost:8090/notify/a", allow_local=True) == ""
    assert endpoint_problem("http://localhost:8090/notify/a") != ""


@pytest.mark.parametrize(
    "written",
    [
        "10.0.0.1",
        "100.64.0.1",
        "224.0.0.1",
        "::",
        "fe80::1%eth0",
        "ff02::1",
        "2001:0:a00:1::",
        "::a00:1",
        "no",
    ],
)
def test_an_address_of_no_public_network_is_not_public(written: str) -> None:
    assert not is_public_address(written)


def test_a_private_address_is_refused_when_connecting_too(house: House, strange: StrangePushService) -> None:
    strict = PushSender(house.keyring.vapid_private, "https://ledvei.example")
    assert send_one(strict, message(strange.browser("a").subscription)).verdict is Verdict.REFUSED
    assert not strange.posts


def test_a_name_that_changes_to_a_private_address_is_not_connected_to(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = PushSender(house.keyring.vapid_private, "https://ledvei.example")
    looked_up = rebind(monkeypatch, "127.0.0.1")
    browser = Subscription("https://push.example.com/a", *keys())
    assert send_one(strict, message(browser)).verdict is Verdict.LATER
    assert looked_up() == ["push.example.com"]


def rebind(monkeypatch: pytest.MonkeyPatch, address: str) -> Callable[[], list[str]]:
    asked: list[str] = []

    async def resolve(_self: object, host: str, port: int = 0, family: int = 0) -> list[dict[str, object]]:
        asked.append(host)
        return [{"hostname": host, "host": address, "port": port, "family": family, "proto": 0, "flags": 0}]

    monkeypatch.setattr("aiohttp.resolver.ThreadedResolver.resolve", resolve)
    assert PublicResolver
    return lambda: asked


def keys() -> tuple[str, str]:
    with strange_push_service() as service:
        subscription = service.browser("k").subscription
    return subscription.p256dh, subscription.auth


def test_keys_of_a_browser_have_no_problem() -> None:
    assert key_problem(*keys()) == ""


@pytest.mark.parametrize(
    ("p256dh", "problem"),
    [
        (base64url(b"\x04" + b"1" * 63), "p256dh_invalid"),
        (base64url(b"\x02" + b"1" * 64), "p256dh_invalid"),
        (base64url(b"\x03" + b"1" * 32), "p256dh_invalid"),
        ("", "p256dh_invalid"),
        ("æøå", "p256dh_invalid"),
        ("not base64 at all!", "p256dh_invalid"),
    ],
)
def test_a_public_key_is_an_uncompressed_point(p256dh: str, problem: str) -> None:
    assert key_problem(p256dh, base64url(b"0" * 16)) == problem


@pytest.mark.parametrize("secret", [b"", b"0" * 15, b"0" * 17])
def test_an_auth_secret_has_16_bytes(secret: bytes) -> None:
    assert key_problem(keys()[0], base64url(secret)) == "auth_invalid"
