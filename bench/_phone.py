"""Somebody's phone against the real app: what they write by chance, and how long each round trip takes."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from bench._copies import read_credential, write_credential
from ledvei_pwa.cli.demo import words
from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.platform.registry import house
from tests.support.device import Device, Sealed
from tests.support.people import sign_in

OFTEN: Final = {"new topic": 25, "edit": 35, "reading": 25, "debrief": 10, "agreement": 5}  # per cent

TAKEN: Final = {"applied", "merged", "conflict"}


@dataclass(frozen=True)
class Cost:
    """Of one round trip. Seconds by the clock, and of the processor."""

    seconds: float
    processor: float


@dataclass(frozen=True)
class Exchange:
    cost: Cost
    answer: dict[str, Any]
    size: int


class Phone:
    """A device that is filled and signed in."""

    def __init__(self, app: Flask, person: PersonCard, device_id: str, number: int, chance: Random) -> None:
        keyring = house().keyring
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), keyring.sealing_public)
        client = app.test_client()
        sign_in(client, person)
        credentials = write_credential(device_id), read_credential(device_id)
        self._device = Device(client, person, device_id, *credentials, keyring.sealing_key_id, public)
        self._device.number = number
        self._app, self._chance = app, chance
        self._device.sync()

    @property
    def person_id(self) -> str:
        return self._device.person.id

    @property
    def held(self) -> list[dict[str, Any]]:
        return list(self._device.held.values())

    # --- what is written ----------------------------------------------------------------------------------

    def write(self, count: int) -> list[Sealed]:
        kinds = self._chance.choices(list(OFTEN), list(OFTEN.values()), k=count)
        return [self._device.seal(self._operation(kind)) for kind in kinds]

    def _operation(self, kind: str) -> dict[str, Any]:
        makers = {
            "new topic": self._new_topic,
            "edit": self._edit,
            "reading": self._reading,
            "agreement": self._agreement,
        }
        return (makers[kind]() if kind in makers else None) or self._debrief()

    def _new_topic(self) -> dict[str, Any] | None:
        now = datetime.now(UTC).isoformat()
        series = {item["id"] for item in self.held if self._device.person.id in item.get("members", ())}
        coming = [item for item in self.held if item.get("series") in series and item.get("starts", "") > now]
        if not coming:
            return None
        session = min(coming, key=lambda item: str(item["starts"]))
        scope = {"series": session["series"], "session": session["id"]}
        topic = self._chance.choice(words.TOPICS["nb"])
        return self._device.operation("topic", scope=scope, **topic, audience="supervisor")

    def _edit(self) -> dict[str, Any] | None:
        entry = self._some_entry("topic", mine=True)
        question = self._chance.choice(words.TOPICS["nb"])["question"]
        changed = f"{question} {self._chance.random()}"
        return entry and self._device.operation("topic", entry["id"], question=changed)

    def _reading(self) -> dict[str, Any] | None:
        entry = self._some_entry("topic", "summary", "agreement", "supervisor_preparation", mine=False)
        return entry and self._device.operation("reading", entry["id"])

    def _agreement(self) -> dict[str, Any] | None:
        entry = self._some_entry("agreement", mine=True)
        done = {"done": True, "done_on": datetime.now(UTC).date().isoformat()}
        return entry and self._device.operation("agreement", entry["id"], **done)

    def _debrief(self) -> dict[str, Any]:
        told = self._chance.choice(words.DEBRIEFS["nb"])
        return self._device.operation("debrief", **{**told, "audience": "private"})

    def _some_entry(self, *kinds: str, mine: bool) -> dict[str, Any] | None:
        me = self._device.person.id
        found = [item for item in self.held if item.get("kind") in kinds and (item["author"] == me) == mine]
        return self._chance.choice(found) if found else None

    # --- round trips --------------------------------------------------------------------------------------

    def push(self, count: int) -> Cost:
        """Send so many operations and take in what comes with the answer."""
        made = self._exchange(operations=self.write(count))
        refused = [one for one in made.answer["results"] if one["result"] not in TAKEN]
        if refused:
            raise SystemExit(f"The server did not take everything: {refused}")
        return made.cost

    def pull_nothing(self) -> Cost:
        return self._exchange().cost

    def catch_up(self, changes: int) -> Cost:
        """Everything after the last so many changes. The device takes in what it has already."""
        versions = sorted(item["version"] for item in self.held)
        return self._exchange(cursor=versions[-changes - 1]).cost

    def fill(self) -> Cost:
        """From nothing, page by page, as after signing in on a new phone."""
        parts = [self._exchange(cursor=0)]
        while parts[-1].answer["more"]:
            parts.append(self._exchange())
        return Cost(sum(part.cost.seconds for part in parts), sum(part.cost.processor for part in parts))

    def _exchange(self, **changes: Any) -> Exchange:
        environ = self._environ(changes)
        began, worked = time.perf_counter(), time.process_time()
        content, status, _ = run_wsgi_app(self._app, environ)
        data = b"".join(content)
        cost = Cost(time.perf_counter() - began, time.process_time() - worked)
        answer = json.loads(data)
        if status != "200 OK" or not answer["signed_in"]:
            raise SystemExit(f"{status}: {answer.get('error', 'signed out')}")
        self._device.take_in(answer)
        return Exchange(cost, answer, len(data))

    def _environ(self, changes: dict[str, Any]) -> dict[str, Any]:
        device = self._device
        asked = {"protocol": 1, "device": device.id, "read": device.read, "build": "", "operations": []}
        asked |= {"cursor": device.cursor, "epoch": device.epoch, "digest": None, **changes}
        cookie = device.client.get_cookie("ledvei")
        headers = {"Cookie": f"ledvei={cookie.value}" if cookie else ""}
        return EnvironBuilder(path="/api/v1/sync", method="POST", json=asked, headers=headers).get_environ()
