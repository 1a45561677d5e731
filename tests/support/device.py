"""A device in Python: it registers, seals operations and syncs as docs/sync-protocol.md says."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from flask.testing import FlaskClient

from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.kernel.digest import digest_of
from ledvei_pwa.platform.database import new_id
from tests.support.described import problems_of
from tests.support.people import a_device, sign_in

SUITE = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
INFO = b"ledvei/1/operation"
Sealed = dict[str, str]


@dataclass
class Device:
    """One person's device. `operation(…)` makes one, `sync(…)` sends any and takes in the answer."""

    client: FlaskClient
    person: PersonCard
    id: str
    write: str
    read: str
    key_id: str
    public: ec.EllipticCurvePublicKey
    cursor: int = 0
    epoch: str | None = None
    number: int = 0
    held: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def operation(
        self,
        kind: str,
        entry: str | None = None,
        *,
        base: int | None = None,
        scope: dict[str, str] | None = None,
        on: str | None = None,
        after: int | None = None,
        remove: bool | None = None,
        number: int | None = None,
        **set_: Any,
    ) -> dict[str, Any]:
        """An operation in the clear, on the revision that this device holds (or none)."""
        entry = entry or new_id()
        self.number += 1
        plain: dict[str, Any] = {
            "id": new_id(),
            "kind": kind,
            "entry": entry,
            "base": self.revision(entry) if base is None else base,
            "set": set_,
            "scope": scope or {},
            "at": "2026-11-18T09:00:00Z",
        }
        if on is not None:
            plain["on"] = on
        if after is not None:
            plain["after"] = after
        if remove is not None:
            plain["remove"] = remove
        return {"number": self.number if number is None else number, "operation": plain}

    def seal(self, plain: dict[str, Any], **envelope: Any) -> Sealed:
        """As it lies in the outbox. `envelope` replaces what this device would say of itself."""
        said = {
            "v": 1,
            "person": self.person.id,
            "device": self.id,
            "credential": self.write,
            **plain,
            **envelope,
        }
        data = json.dumps(said).encode()
        return {"id": plain["operation"]["id"], "key": self.key_id, "sealed": self.seal_bytes(data)}

    def seal_bytes(self, data: bytes) -> str:
        return urlsafe_b64encode(SUITE.encrypt(data, self.public, INFO)).rstrip(b"=").decode()

    def post(self, **changes: Any) -> Any:
        """The bare request with this device's own fields, and the bare answer."""
        body = {
            "protocol": 1,
            "device": self.id,
            "read": self.read,
            "cursor": self.cursor,
            "epoch": self.epoch,
            "operations": [],
            "digest": None,
            "build": "",
        }
        answer = self.client.post("/api/v1/sync", json={**body, **changes})
        assert problems_of("POST", "/api/v1/sync", answer) == []
        return answer

    def sync(self, *operations: Sealed) -> list[dict[str, Any]]:
        """Send operations and fetch until there is no more. Answers the results."""
        answer = self._exchange(list(operations))
        results: list[dict[str, Any]] = answer["results"]
        while answer["more"]:
            answer = self._exchange([])
        if answer["signed_in"]:
            assert answer["digest"] == self.digest(), "the device and the server hold different things"
        return results

    def do(self, kind: str, entry: str | None = None, **asked: Any) -> dict[str, Any]:
        """Make one operation, send it, and answer its result with the entry's id."""
        plain = self.operation(kind, entry, **asked)
        return {**self.sync(self.seal(plain))[0], "entry": plain["operation"]["entry"]}

    def write_new(self, kind: str, **asked: Any) -> str:
        """The id of a new entry that the server has taken."""
        result = self.do(kind, **asked)
        assert result["result"] == "applied", result
        return str(result["entry"])

    def digest(self) -> dict[str, Any]:
        found = digest_of((type_, id_, item["version"]) for (type_, id_), item in self.held.items())
        return {"count": found.count, "hash": found.hash}

    def entry(self, entry_id: str) -> dict[str, Any] | None:
        return self.held.get(("entry", entry_id))

    def revision(self, entry_id: str) -> int:
        held = self.entry(entry_id)
        return int(held["revision"]) if held else 0

    def _exchange(self, operations: list[Sealed]) -> dict[str, Any]:
        response = self.post(operations=operations)
        assert response.status_code == 200, response.get_data(as_text=True)
        answer: dict[str, Any] = response.get_json()
        if answer["signed_in"]:
            self.take_in(answer)
        return answer

    def take_in(self, answer: dict[str, Any]) -> None:
        if answer["epoch"] != self.epoch:
            self.held.clear()
        self.epoch, self.cursor = answer["epoch"], answer["cursor"]
        for item in answer["changes"]:
            self.held[item["type"], item["id"]] = item
        for gone in answer["removed"]:
            self.held.pop((gone["type"], gone["id"]), None)


def device_of(app: Flask, person: PersonCard, *, signed_in: bool = True) -> Device:
    """A new device with a browser of its own."""
    client = app.test_client()
    if signed_in:
        sign_in(client, person)
    made = a_device(person)
    keyring = app.extensions["ledvei"].keyring
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), keyring.sealing_public)
    return Device(client, person, made.id, made.write, made.read, keyring.sealing_key_id, public)


def from_base64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
