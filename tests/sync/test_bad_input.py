"""Whatever comes in gets a clear answer for itself alone: never a 5xx, and never another operation's harm."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.sync import push as push_module
from ledvei_pwa.sync.records import Operation
from tests.support.device import Device
from tests.support.statements import listening
from tests.support.world import World

MEGABYTE = 1024 * 1024


def a_topic(world: World, phone: Device, **changes: Any) -> dict[str, Any]:
    plain = phone.operation("topic", scope=world.scope, question="A question", audience="private")
    plain["operation"].update(changes)
    return plain


def post(phone: Device, data: bytes, content_type: str = "application/json") -> Any:
    return phone.client.post("/api/v1/sync", data=data, content_type=content_type)


# --- the whole request ----------------------------------------


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", "not_json"),
        (b"hello", "not_json"),
        (b"\xff\xfe{}", "not_json"),
        (b'{"protocol": 1', "not_json"),
        (b"[]", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'{"protocol": ' + b"9" * 10_000 + b"}", "not_json"),
        (b'{"protocol": NaN}', "not_json"),
        (b"{}", "malformed"),
        (b'{"protocol": true}', "malformed"),
        (b'{"protocol": 1}', "malformed"),
        (b'{"protocol": 1, "device": "me"}', "malformed"),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else value,
)
def test_a_request_that_cannot_be_read_is_answered_400(phone: Device, data: bytes, error: str) -> None:
    response = post(phone, data)
    assert (response.status_code, response.get_json()["error"]) == (400, error)


@pytest.mark.parametrize(
    "changes",
    [
        {"cursor": -1},
        {"cursor": "0"},
        {"cursor": True},
        {"cursor": 2**80},
        {"epoch": 7},
        {"epoch": "e" * 100},
        {"read": ["read"]},
        {"operations": {}},
        {"device": "\x00"},
    ],
    ids=str,
)
def test_a_request_with_a_part_of_the_wrong_type_is_answered_400(
    phone: Device, changes: dict[str, Any]
) -> None:
    response = phone.post(**changes)
    assert (response.status_code, response.get_json()["error"]) == (400, "malformed")


@pytest.mark.parametrize("protocol", [0, 2, 99, -1])
def test_another_protocol_is_answered_426(phone: Device, protocol: int) -> None:
    response = phone.post(protocol=protocol)
    assert (response.status_code, response.get_json()["error"]) == (426, "protocol_unknown")


def test_ten_megabytes_are_answered_413(phone: Device) -> None:
    response = post(phone, b'{"protocol": 1, "x": "' + b"x" * 10 * MEGABYTE + b'"}')
    assert (response.status_code, response.get_json()["error"]) == (413, "too_large")


def test_ten_thousand_operations_are_answered_413(phone: Device) -> None:
    response = phone.post(operations=[{"id": new_id()}] * 10_000)
    assert (response.status_code, response.get_json()["error"]) == (413, "too_many")


def test_a_form_is_answered_415(phone: Device) -> None:
    response = post(phone, b"protocol=1", "application/x-www-form-urlencoded")
    assert response.status_code == 415


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}],
    ids=str,
)
def test_another_sites_page_is_answered_403(phone: Device, headers: dict[str, str]) -> None:
    response = phone.client.post("/api/v1/sync", json={}, headers=headers)
    assert (response.status_code, response.get_json()["error"]) == (403, "cross_site")


# --- one operation ----------------------------------------

Damage = Callable[[World, Device], Any]


def sealed(world: World, phone: Device, **changes: Any) -> Any:
    return phone.seal(a_topic(world, phone, **changes))


def for_another_key(world: World, phone: Device) -> Any:
    phone.public, ours = ec.generate_private_key(ec.SECP256R1()).public_key(), phone.public
    try:
        return sealed(world, phone)
    finally:
        phone.public = ours


def with_a_bare_set(world: World, phone: Device, text: str) -> Any:
    """JSON that `json.dumps` would not write."""
    plain = a_topic(world, phone)
    said = {"v": 1, "person": phone.person.id, "device": phone.id, "credential": phone.write, **plain}
    data = json.dumps(said).replace('"A question"', text).encode()
    return {"id": plain["operation"]["id"], "key": phone.key_id, "sealed": phone.seal_bytes(data)}


def of_a_foreign_session(world: World, phone: Device) -> Any:
    from tests.support.supervision import a_session

    return sealed(world, phone, scope={"session": a_session(now=world.now).id})


def of_a_series_one_is_not_in(world: World, phone: Device) -> Any:
    from tests.support.supervision import a_series, a_session

    series = a_series(world.another_supervisor(), [world.outsider], now=world.now)
    return sealed(world, phone, scope={"session": a_session(series, now=world.now).id})


DAMAGES: list[tuple[str, str, Damage]] = [
    ("no operation at all", "malformed", lambda *_: None),
    ("a number", "malformed", lambda *_: 7),
    ("no id", "malformed", lambda _, p: {"key": p.key_id, "sealed": "AAAA"}),
    ("an id that is none", "malformed", lambda w, p: {**sealed(w, p), "id": "x" * 36}),
    ("another id than the one inside", "malformed", lambda w, p: {**sealed(w, p), "id": new_id()}),
    ("no seal", "malformed", lambda _, p: {"id": new_id(), "key": p.key_id}),
    ("a seal that is no text", "malformed", lambda w, p: {**sealed(w, p), "sealed": {}}),
    ("a seal that is no base64", "malformed", lambda w, p: {**sealed(w, p), "sealed": "å"}),
    ("a seal of a hundred kilobytes", "malformed", lambda w, p: {**sealed(w, p), "sealed": "A" * 100_000}),
    ("an empty seal", "seal_unreadable", lambda w, p: {**sealed(w, p), "sealed": ""}),
    ("a truncated seal", "seal_unreadable", lambda w, p: {**(s := sealed(w, p)), "sealed": s["sealed"][:-8]}),
    ("a seal for another key", "seal_unreadable", for_another_key),
    ("an unknown key", "seal_unreadable", lambda w, p: {**sealed(w, p), "key": "0" * 16}),
    ("another credential", "device_unknown", lambda w, p: p.seal(a_topic(w, p), credential="guess")),
    ("another device", "device_unknown", lambda w, p: p.seal(a_topic(w, p), device=new_id())),
    ("another person", "device_unknown", lambda w, p: p.seal(a_topic(w, p), person=w.colleague.id)),
    ("another version inside", "malformed", lambda w, p: p.seal(a_topic(w, p), v=2)),
    ("a number that is text", "malformed", lambda w, p: p.seal(a_topic(w, p), number="1")),
    ("an unknown kind", "unknown_kind", lambda w, p: sealed(w, p, kind="diary")),
    ("a kind that is no text", "malformed", lambda w, p: sealed(w, p, kind=["topic"])),
    ("an unknown field", "unknown_field", lambda w, p: sealed(w, p, set={"diagnosis": "x"})),
    ("a field named like a method", "unknown_field", lambda w, p: sealed(w, p, set={"validate": "x"})),
    ("text where a number belongs", "invalid_field", lambda w, p: sealed(w, p, set={"strain": "5"})),
    ("true where a number belongs", "invalid_field", lambda w, p: sealed(w, p, set={"strain": True})),
    ("a number where text belongs", "invalid_field", lambda w, p: sealed(w, p, set={"question": 5})),
    ("nothing where text belongs", "invalid_field", lambda w, p: sealed(w, p, set={"question": None})),
    ("a fraction", "malformed", lambda w, p: sealed(w, p, set={"strain": 2.5})),
    ("a list", "malformed", lambda w, p: sealed(w, p, set={"question": ["a"]})),
    ("a huge number", "malformed", lambda w, p: sealed(w, p, set={"strain": 10**30})),
    ("a number out of range", "invalid_field", lambda w, p: sealed(w, p, set={"strain": 11})),
    ("a choice that is not there", "invalid_field", lambda w, p: sealed(w, p, set={"focus": "gossip"})),
    ("no audience where one is due", "invalid_field", lambda w, p: sealed(w, p, set={"audience": ""})),
    ("a text too long", "invalid_field", lambda w, p: sealed(w, p, set={"question": "a" * 2001})),
    ("a NUL", "invalid_field", lambda w, p: sealed(w, p, set={"question": "a\x00b"})),
    ("half a character", "invalid_field", lambda w, p: with_a_bare_set(w, p, '"\\ud800"')),
    ("a set that is a list", "malformed", lambda w, p: sealed(w, p, set=[])),
    (
        "a hundred and one fields",
        "malformed",
        lambda w, p: sealed(w, p, set={f"f{n}": 1 for n in range(101)}),
    ),
    ("a negative base", "malformed", lambda w, p: sealed(w, p, base=-1)),
    ("an entry that is no id", "malformed", lambda w, p: sealed(w, p, entry="../../etc")),
    ("an edit of nothing", "entry_unknown", lambda w, p: sealed(w, p, base=3)),
    ("a removal of nothing", "entry_unknown", lambda w, p: sealed(w, p, set={}, remove=True)),
    ("bringing back nothing", "entry_unknown", lambda w, p: sealed(w, p, set={}, remove=False)),
    ("a reading of nothing", "entry_unknown", lambda w, p: sealed(w, p, kind="reading", set={})),
    ("no session", "scope_unknown", lambda w, p: sealed(w, p, scope={})),
    ("a session that is not there", "scope_unknown", lambda w, p: sealed(w, p, scope={"session": new_id()})),
    ("another service's session", "scope_unknown", of_a_foreign_session),
    ("a series one is not in", "scope_unknown", of_a_series_one_is_not_in),
    ("a reference that is no id", "invalid_field", lambda w, p: sealed(w, p, set={"debrief": "mine"})),
    (
        "a kind for the supervisor alone",
        "not_yours",
        lambda w, p: sealed(w, p, kind="summary", set={"text": "a"}),
    ),
]


@pytest.mark.parametrize(("reason", "damage"), [d[1:] for d in DAMAGES], ids=[d[0] for d in DAMAGES])
def test_one_bad_operation_is_rejected_with_its_reason_and_the_others_are_taken(
    world: World, phone: Device, reason: str, damage: Damage
) -> None:
    good = [phone.seal(a_topic(world, phone)) for _ in range(2)]
    response = phone.post(operations=[good[0], damage(world, phone), good[1]])
    assert response.status_code == 200
    first, bad, last = response.get_json()["results"]
    assert (first["result"], last["result"]) == ("applied", "applied")
    assert (bad["result"], bad["reason"]) == ("rejected", reason)
    assert bad["text"]


def test_a_clock_ten_years_off_changes_nothing(world: World, phone: Device) -> None:
    for at in ("2016-11-18T09:00:00Z", "2036-11-18T09:00:00Z", "+275760-09-13T00:00:00.000Z", "yesterday"):
        plain = a_topic(world, phone, at=at)
        assert phone.sync(phone.seal(plain))[0]["result"] == "applied"
        held = phone.entry(plain["operation"]["entry"])
        assert held is not None
        assert held["created"].startswith("2026-11-18T09:00:00")


def test_a_replayed_operation_takes_effect_once(world: World, phone: Device) -> None:
    operation = phone.seal(a_topic(world, phone))
    assert [result["result"] for result in phone.sync(operation)] == ["applied"]
    again = phone.sync(operation)[0]
    assert (again["result"], again["revision"]) == ("duplicate", 1)


def test_the_same_operation_twice_in_one_request_takes_effect_once(world: World, phone: Device) -> None:
    operation = phone.seal(a_topic(world, phone))
    assert [result["result"] for result in phone.sync(operation, operation)] == ["applied", "duplicate"]


def test_the_same_operation_sealed_anew_is_the_same_operation(world: World, phone: Device) -> None:
    plain = a_topic(world, phone)
    results = phone.sync(phone.seal(plain), phone.seal(plain))
    assert [result["result"] for result in results] == ["applied", "duplicate"]


def test_other_content_under_a_known_operation_id_is_rejected(world: World, phone: Device) -> None:
    plain = a_topic(world, phone)
    phone.sync(phone.seal(plain))
    plain["operation"]["set"]["question"] = "Something else"
    result = phone.sync(phone.seal(plain))[0]
    assert (result["result"], result["reason"]) == ("rejected", "id_reused")
    held = phone.entry(plain["operation"]["entry"])
    assert held is not None
    assert held["fields"]["question"] == "A question"


def test_a_revoked_device_is_heard_no_more(world: World, phone: Device) -> None:
    from ledvei_pwa.features.people import actions as people
    from tests.support.people import actor_of

    people.revoke_device(actor_of(world.caseworker), phone.id, now=world.now)
    answer = phone.post(operations=[phone.seal(a_topic(world, phone))]).get_json()
    assert (answer["results"][0]["reason"], answer["signed_in"]) == ("device_revoked", False)


def test_a_stranger_with_a_devices_id_learns_nothing_and_keeps_nobody_from_writing(
    world: World, phone: Device
) -> None:
    taken = a_topic(world, phone)
    phone.sync(phone.seal(taken))
    forged = [phone.seal(plain, credential="guessed") for plain in (taken, a_topic(world, phone))]
    with listening() as heard:
        told = [phone.post(operations=sent).get_json() for sent in (forged[:1], forged[1:], forged)]
    assert {result["reason"] for answer in told for result in answer["results"]} == {"device_unknown"}
    assert not [asked for asked in heard if asked.statement.startswith("UPDATE service")]


def test_what_was_taken_before_the_device_was_revoked_stays_taken(world: World, phone: Device) -> None:
    from ledvei_pwa.features.people import actions as people
    from tests.support.people import actor_of

    taken = [phone.seal(a_topic(world, phone)) for _ in range(2)]
    phone.post(operations=taken)
    people.revoke_device(actor_of(world.caseworker), phone.id, now=world.now)
    for operations in (taken, taken[:1]):
        assert {one["result"] for one in phone.post(operations=operations).get_json()["results"]} == {
            "duplicate"
        }


def test_a_fault_of_ours_keeps_the_operation_on_the_device_and_spares_the_others(
    world: World, phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    operations = [phone.seal(a_topic(world, phone)) for _ in range(3)]
    real = push_module.note_operation

    def fail_at_the_second(writer: Any, change: Any, *others: Any) -> None:
        real(writer, change, *others)
        if change.id == operations[1]["id"]:
            raise OSError("No space left on device")

    monkeypatch.setattr(push_module, "note_operation", fail_at_the_second)
    results = phone.sync(*operations)
    assert [result["result"] for result in results] == ["applied", "retry", "applied"]
    assert db.session.get(Operation, operations[1]["id"]) is None
    monkeypatch.setattr(push_module, "note_operation", real)
    assert phone.sync(operations[1])[0]["result"] == "applied"


def test_after_a_fault_of_ours_the_later_operations_of_that_entry_wait_with_it(
    world: World, phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = a_topic(world, phone)
    entry = first["operation"]["entry"]
    removal = phone.operation("topic", entry, base=0, remove=True)
    other = a_topic(world, phone)
    real = push_module.take_change

    def fail_once(writer: Any, change: Any, now: Any) -> Any:
        if change.id == first["operation"]["id"]:
            raise OSError("No space left on device")
        return real(writer, change, now)

    monkeypatch.setattr(push_module, "take_change", fail_once)
    operations = [phone.seal(plain) for plain in (first, removal, other)]
    assert [result["result"] for result in phone.sync(*operations)] == ["retry", "retry", "applied"]
    monkeypatch.setattr(push_module, "take_change", real)
    assert [result["result"] for result in phone.sync(*operations)] == ["applied", "applied", "duplicate"]


# --- anything at all ----------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
PARTS = ("id", "kind", "entry", "base", "set", "scope", "at", "remove")
ANY_SEEDS = settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@ANY_SEEDS
@given(body=JSON, where=st.sampled_from(["", "protocol", "device", "read", "cursor", "epoch", "operations"]))
def test_no_json_whatever_gives_a_server_error(phone: Device, body: Any, where: str) -> None:
    response = phone.post(**{where: body}) if where else post(phone, json.dumps(body).encode())
    assert response.status_code in (200, 400, 413, 426)


@ANY_SEEDS
@given(value=JSON, where=st.sampled_from(PARTS))
def test_no_sealed_json_whatever_gives_a_server_error_or_a_retry(
    world: World, phone: Device, value: Any, where: str
) -> None:
    plain = a_topic(world, phone)
    operation = phone.seal({**plain, "operation": {**plain["operation"], where: value}})
    operation["id"] = plain["operation"]["id"]
    response = phone.post(operations=[operation])
    assert response.status_code == 200
    assert response.get_json()["results"][0]["result"] in ("applied", "rejected", "duplicate")


@ANY_SEEDS
@given(values=st.dictionaries(st.sampled_from(["question", "strain", "focus", "audience", "debrief"]), JSON))
def test_no_field_value_whatever_gives_a_server_error_or_a_retry(
    world: World, phone: Device, values: dict[str, Any]
) -> None:
    response = phone.post(operations=[phone.seal(a_topic(world, phone, set=values))])
    assert response.status_code == 200
    assert response.get_json()["results"][0]["result"] in ("applied", "rejected")
