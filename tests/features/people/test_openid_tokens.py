"""What is believed of an ID token: signed here as a provider would, and changed in one thing at a time."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from ledvei_pwa.features.people import openid_talk
from ledvei_pwa.features.people.openid_talk import NotBelieved, Provider, Question
from ledvei_pwa.platform.outside import Said

pytestmark = [pytest.mark.one_database, pytest.mark.usefixtures("_described")]

ISSUER = "https://login.example.org"
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
RSA = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
STRANGER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
PROVIDER = Provider("Kommunen", ISSUER, "ledvei", "client_secret_post", "secret", id="1", service_id="1")
QUESTION = Question("state", "nonce", "verifier", "https://ledvei.example/back")
GOOD: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "kari",
    "aud": "ledvei",
    "nonce": "nonce",
    "iat": SECONDS,
    "exp": SECONDS + 120,
}


@pytest.fixture
def _described(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider that publishes two keys, and a third for something else."""
    openid_talk.forget_providers()
    other = {"kty": "oct", "k": "c2VjcmV0", "kid": "three"}
    keys = {"keys": [RSA.as_dict(private=False), EC.as_dict(private=False), other]}
    told = {"issuer": ISSUER, **dict.fromkeys(("authorization_endpoint", "token_endpoint"), ISSUER)}
    pages = {
        f"{ISSUER}/.well-known/openid-configuration": {**told, "jwks_uri": f"{ISSUER}/keys"},
        f"{ISSUER}/keys": keys,
    }

    def ask(address: str, *_about: Any, **_more: Any) -> Said:
        return Said(200, json.dumps(pages[address]).encode())

    monkeypatch.setattr(openid_talk.outside, "ask", ask)


def token(key: Any = RSA, alg: str = "RS256", **changes: Any) -> dict[str, str]:
    """`None` leaves a claim out."""
    claims = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    header = {"alg": alg, "kid": key.kid}
    return {"id_token": jwt.encode(header, claims, key, algorithms=[alg])}


def read(written: dict[str, str]) -> dict[str, Any]:
    return openid_talk.read_id_token(PROVIDER, QUESTION, written, now=NOW)


def test_a_good_token_is_believed() -> None:
    assert read(token())["sub"] == "kari"
    assert read(token(EC, "ES256", aud=["ledvei"], azp="ledvei"))["sub"] == "kari"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://login.example.com"},
        {"iss": ISSUER + "/"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["ledvei", "another"]},
        {"aud": ["ledvei", "another"], "azp": "ledvei"},
        {"aud": []},
        {"aud": None},
        {"azp": "another"},
        {"nonce": "of another journey"},
        {"nonce": None},
        {"exp": SECONDS - 61},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": SECONDS + 120},
        {"iat": SECONDS + 120},
        {"iat": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"amr": {"mfa": True}},
    ],
    ids=str,
)
def test_a_token_that_is_wrong_in_one_thing_is_not_believed(changes: dict[str, Any]) -> None:
    with pytest.raises(NotBelieved):
        read(token(**changes))


def test_a_clock_that_is_a_little_wrong_is_forgiven() -> None:
    assert read(token(exp=SECONDS - 30, iat=SECONDS + 30))


def test_a_key_that_is_not_the_providers_signs_nothing() -> None:
    with pytest.raises(NotBelieved):
        read(token(STRANGER))


def unsigned() -> dict[str, str]:
    header, claims, _signature = token()["id_token"].split(".")
    return {"id_token": f"eyJhbGciOiJub25lIn0.{claims}."} if header else {}


def signed_with_what_is_public() -> dict[str, str]:
    """The provider's public key, taken for a shared secret (RFC 8725 §2.1)."""
    pem = RSA.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "one"}).encode()).decode().rstrip("=")
    signed = f"{header}.{token()['id_token'].split('.')[1]}"
    signature = urlsafe_b64encode(hmac.digest(pem, signed.encode(), "sha256")).decode().rstrip("=")
    return {"id_token": f"{signed}.{signature}"}


def signed_with_the_clients_secret() -> dict[str, str]:
    return token(OctKey.import_key("secret" * 8, {"kid": "three"}), "HS256")


def changed_after_signing() -> dict[str, str]:
    header, _claims, signature = token()["id_token"].split(".")
    return {"id_token": f"{header}.{token(sub='ola')['id_token'].split('.')[1]}.{signature}"}


@pytest.mark.parametrize(
    "make",
    [
        unsigned,
        signed_with_what_is_public,
        signed_with_the_clients_secret,
        changed_after_signing,
        dict,
        lambda: {"id_token": "no token"},
    ],
)
def test_a_token_that_the_provider_did_not_sign_is_not_believed(make: Callable[[], dict[str, str]]) -> None:
    with pytest.raises(NotBelieved):
        read(make())


def test_shared_secrets_among_the_providers_keys_are_left_out() -> None:
    assert {key.key_type for key in openid_talk._keys(PROVIDER)} == {"RSA", "EC"}
    assert isinstance(openid_talk._keys(PROVIDER), KeySet)


@pytest.mark.parametrize(
    ("acr", "amr", "said", "is_two"),
    [
        ("", "", {"acr": "high", "amr": ["mfa"]}, False),
        ("high higher", "", {"acr": "higher"}, True),
        ("high", "", {"acr": "low"}, False),
        ("high", "", {}, False),
        ("", "mfa", {"amr": ["pwd", "mfa"]}, True),
        ("", "mfa", {"amr": ["pwd"]}, False),
        ("high", "mfa", {"acr": "high", "amr": ["pwd"]}, False),
        ("high", "mfa", {"acr": "high", "amr": ["mfa"]}, True),
    ],
)
def test_two_factors_are_what_the_operator_says_means_them(
    acr: str, amr: str, said: dict[str, Any], *, is_two: bool
) -> None:
    provider = Provider("", ISSUER, "ledvei", "client_secret_post", acr_values=acr, amr_values=amr)
    assert openid_talk.shows_two_factors(provider, said) is is_two


@pytest.mark.parametrize("verified", [None, False, "true", 1])
def test_only_an_email_that_is_said_to_be_verified_counts(verified: object) -> None:
    assert openid_talk.verified_email({"email": "kari@example.org", "email_verified": verified}) == ""


def test_a_proof_is_from_after_it_was_asked_for() -> None:
    began = NOW.timestamp()
    earlier = (NOW - timedelta(minutes=5)).timestamp()
    assert openid_talk.was_asked_again({"auth_time": began + 5}, began)
    assert not openid_talk.was_asked_again({"auth_time": earlier}, began)
    assert not openid_talk.was_asked_again({}, began)
