"""A passkey's other half in Python: what a phone answers, right or wrong on purpose (WebAuthn §6)."""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, NEW_KEY = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One phone with one passkey for us. `count` is one higher each time, unless it is nought."""

    rp_id: str = "localhost"
    origin: str = "http://localhost"
    count: int = 0
    verifies: bool = True
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    handle: bytes = b""

    def make(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.create`, as js/pages/passkeys.js writes it."""
        self.handle = from_text(options["user"]["id"])
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + self._cose()
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._data(NEW_KEY) + attested}
        return self._answer(
            clientDataJSON=to_text(self._client_data("webauthn.create", options)),
            attestationObject=to_text(cbor2.dumps(attestation)),
            transports=["internal", "hybrid"],
        )

    def use(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.get`."""
        if self.count:
            self.count += 1
        client_data, data = self._client_data("webauthn.get", options), self._data(0)
        signature = self.key.sign(data + sha256(client_data).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            clientDataJSON=to_text(client_data),
            authenticatorData=to_text(data),
            signature=to_text(signature),
            userHandle=to_text(self.handle),
        )

    def _answer(self, **response: Any) -> str:
        id_ = to_text(self.credential_id)
        return json.dumps({"id": id_, "rawId": id_, "type": "public-key", "response": response})

    def _client_data(self, type_: str, options: dict[str, Any]) -> bytes:
        told = {"type": type_, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _data(self, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _cose(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})


def to_text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def from_text(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
