"""What a released device has ever sent is taken as on the day it was recorded (tests/shared/protocol/)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.registry import House
from tests.support import recorded

OLD_KEYS = {"protocol", "epoch", "now", "results", "signed_in", "changes", "removed", "cursor", "more",
            "digest", "keys", "device", "build"}  # fmt: skip
Exchange = dict[str, Any]


class Replay:
    """The recorded service, and its devices' browsers."""

    def __init__(self, app: Flask, version: int) -> None:
        self.world = recorded.read(1, "world.json")
        self.exchanges: list[Exchange] = recorded.read(version, "requests.json")
        self.entries = recorded.read(version, "entries.json")
        recorded.fill(self.world)
        self._browsers: dict[str, FlaskClient] = {
            device["id"]: recorded.browser_of(app.test_client(), device) for device in self.world["devices"]
        }

    def send(self, question: dict[str, Any]) -> dict[str, Any]:
        response = self._browsers[question["device"]].post("/api/v1/sync", json=question)
        assert response.status_code == 200
        answer: dict[str, Any] = response.get_json()
        return answer

    def written(self) -> dict[str, Any]:
        db.session.expire_all()
        return recorded.entries()


@pytest.fixture(params=recorded.versions())
def replay(app: Flask, house: House, now: Any, request: pytest.FixtureRequest) -> Iterator[Replay]:
    world = recorded.read(1, "world.json")
    with recorded.with_keys_of(house, world):
        yield Replay(app, request.param)


def results_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    kept = ("id", "result", "reason", "revision")
    return [{name: result[name] for name in kept if name in result} for result in answer["results"]]


def test_every_request_is_answered_as_it_was_when_it_was_recorded(replay: Replay) -> None:
    for exchange in replay.exchanges:
        assert results_of(replay.send(exchange["request"])) == exchange["results"]
    assert replay.written() == replay.entries


def test_every_answer_has_what_an_old_device_looks_for(replay: Replay) -> None:
    for exchange in replay.exchanges:
        answer = replay.send(exchange["request"])
        assert set(answer) >= OLD_KEYS
        assert answer["epoch"] == replay.world["epoch"]
        assert answer["signed_in"] is ("read" in exchange["request"])
        assert not any("unreadable" in item for item in answer["changes"])


def test_every_request_sent_twice_takes_effect_once(replay: Replay) -> None:
    for exchange in replay.exchanges:
        replay.send(exchange["request"])
        again = results_of(replay.send(exchange["request"]))
        assert [result["result"] for result in again] == [
            "rejected" if result["result"] == "rejected" else "duplicate" for result in exchange["results"]
        ]
    assert replay.written() == replay.entries


def test_a_full_outbox_of_an_old_device_is_taken_in_one_request(replay: Replay) -> None:
    phone = replay.world["devices"][0]["id"]
    own = [exchange for exchange in replay.exchanges if exchange["request"]["device"] == phone]
    operations = [operation for exchange in own for operation in exchange["request"]["operations"]]
    expected = [result for exchange in own for result in exchange["results"]]
    answer = replay.send({**own[0]["request"], "operations": operations})
    assert len(operations) > 15
    for result, recorded_result in zip(answer["results"], expected, strict=True):
        was_taken = recorded_result["result"] != "rejected"
        assert (result["result"] in ("applied", "merged", "conflict")) is was_taken


def test_every_kind_and_every_way_of_changing_it_is_among_what_was_recorded(replay: Replay) -> None:
    kinds = {entry["kind"] for entry in replay.entries.values()}
    assert kinds >= {"topic", "preparation", "supervisor_preparation", "debrief", "assessment", "agreement",
                     "summary", "holding"}  # fmt: skip
    results = {result["result"] for exchange in replay.exchanges for result in exchange["results"]}
    assert results == {"applied", "merged", "conflict", "rejected"}
    assert any(entry["seen_by"] for entry in replay.entries.values())
