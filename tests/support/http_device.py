"""The device in Python (tests/support/device.py) over real HTTP: signed in, and registered."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from http.cookiejar import CookieJar
from typing import Any, cast
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient

from ledvei_pwa.features.people.actions import PersonCard
from tests.support.code_app import next_code
from tests.support.device import Device, from_base64url

PATIENCE = 30  # seconds
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True)
class HttpAnswer:
    status_code: int
    body: bytes
    headers: Message

    @property
    def mimetype(self) -> str:
        return self.headers.get_content_type()

    def get_json(self) -> Any:
        return json.loads(self.body)

    def get_data(self, *, as_text: bool) -> str | bytes:
        return self.body.decode() if as_text else self.body


class HttpClient:
    """What a `Device` asks of Flask's client, over the network. `OSError` when no whole answer comes."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def post(self, path: str, *, json: Any) -> HttpAnswer:
        return self.ask(path, dumped(json), {"Content-Type": "application/json", "X-Ledvei": "1"})

    def ask(self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> HttpAnswer:
        request = urllib.request.Request(self.address + path, body, headers or {})
        try:
            with self.opener.open(request, timeout=PATIENCE) as answer:
                return HttpAnswer(answer.status, answer.read(), answer.headers)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return HttpAnswer(refusal.code, refusal.read(), refusal.headers)
        except HTTPException as half:
            raise ConnectionError("half an answer") from half

    def sign_in(self, email: str, password: str, code_secret: str) -> None:
        """With the password, and then with the code of an app that knows the secret."""
        self._send("/sign-in", email=email, password=password)
        self._send("/sign-in/second-step", code=next_code(self.address, email, code_secret))

    def _send(self, path: str, **fields: str) -> None:
        form = TOKEN.search(self.ask(path).body.decode())
        assert form, f"there is no form at {path}"
        self.ask(path, urlencode({**fields, "csrf_token": form.group(1)}).encode())


@dataclass(frozen=True)
class Somebody:
    """All that a `Device` wants to know of its person."""

    id: str


def dumped(plain: Any) -> bytes:
    return json.dumps(plain).encode()


def device_over_http(address: str, email: str, password: str, code_secret: str) -> Device:
    """A new device of that person; nothing is fetched yet."""
    client = HttpClient(address)
    client.sign_in(email, password, code_secret)
    answer = client.post("/api/v1/devices", json={"name": "Python"})
    assert answer.status_code == 201, answer.body
    made = answer.get_json()
    public = ec.EllipticCurvePublicKey.from_encoded_point(
        ec.SECP256R1(), from_base64url(made["keys"]["public"])
    )
    return Device(
        cast("FlaskClient", client),
        cast("PersonCard", Somebody(made["person"]["id"])),
        made["device"],
        made["write"],
        made["read"],
        made["keys"]["id"],
        public,
    )
