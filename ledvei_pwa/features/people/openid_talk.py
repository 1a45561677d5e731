"""What is said to and by an OpenID provider: its description, the code for a token, and what the token says.

Needs the extra `oidc`. Sources: OpenID Connect Core 1.0 and Discovery 1.0, RFC 7636 (PKCE), RFC 7523
(`private_key_jwt`), RFC 9207 (`iss` in the answer), RFC 9700 (best practice). Nothing of a token is logged.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast
from urllib.parse import parse_qsl, urlencode

import structlog
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey
from joserfc.jws import JWSRegistry

from ledvei_pwa.platform import outside
from ledvei_pwa.platform.outside import Said, Unreachable
from ledvei_pwa.platform.registry import house

# Signed with the provider's private key only: with HS256 our own secret would do, and `none` is no signature.
ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
CLOCKS_DIFFER: Final = 60  # seconds
KEEP_FOR: Final = 3600.0  # seconds that a provider's description and keys are not asked for again
ASK_KEYS_AGAIN: Final = 10.0  # seconds between two looks for a key that is not there
LET_BE_FOR: Final = 15.0  # seconds in which a provider that did not answer is not asked again
ASSERTION_LIFE: Final = 60  # seconds
_MEMORY: Final = "ledvei_openid"

log = structlog.get_logger(__name__)


class ProviderAway(Exception):
    """It did not answer, or with something that is no answer."""


class NotBelieved(Exception):
    """What came is not what this provider says of somebody to us. The message is a code for the log."""


@dataclass(frozen=True)
class ChosenProvider:
    """What the operator says. `secret`: nothing keeps the one that is there."""

    name: str
    issuer: str
    client_id: str
    auth: str
    secret: str = field(default="", repr=False)
    key_id: str = ""
    scope: str = "openid"
    subject_claim: str = "sub"
    by_email: bool = False
    acr_values: str = ""
    amr_values: str = ""


@dataclass(frozen=True)
class Provider(ChosenProvider):
    """A service's provider, ready to be talked to. `secret` is a PEM with `private_key_jwt`."""

    id: str = ""  # none yet while it is tried out
    service_id: str = ""


@dataclass(frozen=True)
class Question:
    """What is asked of the provider, and must come back in what it says."""

    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    redirect_uri: str
    again: bool = False  # who is signed in there must show who they are anew


@dataclass
class _Memory:
    """Of one process: what providers have told of themselves, and who did not answer."""

    descriptions: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict)
    keys: dict[str, tuple[float, KeySet]] = field(default_factory=dict)
    away: dict[str, float] = field(default_factory=dict)


# --- the way there --------------------------------------------------------------------------------


def address_to_go_to(provider: Provider, question: Question, *, language: str) -> str:
    """Where the browser is sent. Raises `ProviderAway`."""
    found = describe(provider)
    extra: dict[str, str] = {"nonce": question.nonce, "ui_locales": language}
    if provider.acr_values:
        extra["acr_values"] = provider.acr_values
    if question.again:
        extra |= {"prompt": "login", "max_age": "0"}
    client = _client(provider, found, question)
    address, _state = client.create_authorization_url(
        found["authorization_endpoint"], state=question.state, code_verifier=question.verifier, **extra
    )
    return str(address)


def describe(provider: Provider) -> dict[str, Any]:
    """What the provider says of itself (Discovery §3, §4.3). Raises `ProviderAway`."""
    kept = _memory().descriptions.get(provider.issuer)
    if kept and time.monotonic() - kept[0] < KEEP_FOR:
        return kept[1]
    found = _fetch(provider, get_well_known_url(provider.issuer, external=True))
    if found.get("issuer") != provider.issuer:
        log.warning("openid_wrong_issuer", provider=provider.id)
        raise ProviderAway("wrong_issuer")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not isinstance(found.get(name), str) or outside.address_problem(found[name], house().settings):
            log.warning("openid_bad_description", provider=provider.id, lacks=name)
            raise ProviderAway("bad_description")
    _memory().descriptions[provider.issuer] = time.monotonic(), found
    return found


# --- the way back ---------------------------------------------------------------------------------


def check_answer(provider: Provider, answer: Mapping[str, str]) -> None:
    """Whether it is this provider that sent the browser back (RFC 9207 §2.4). Raises `NotBelieved`."""
    promised = describe(provider).get("authorization_response_iss_parameter_supported") is True
    if answer.get("iss", "" if promised else provider.issuer) != provider.issuer:
        raise NotBelieved("answer_of_another_provider")


def take_code(provider: Provider, question: Question, code: str, *, now: datetime) -> dict[str, Any]:
    """What the provider says of whoever came back with the code. Raises `ProviderAway`, `NotBelieved`."""
    found = describe(provider)
    client = _client(provider, found, question)
    try:
        token = client.fetch_token(
            found["token_endpoint"],
            grant_type="authorization_code",
            code=code,
            code_verifier=question.verifier,
        )
    except Unreachable as problem:
        _note_away(provider, problem)
        raise ProviderAway(str(problem)) from None
    except _TooBusy:
        raise ProviderAway("token_endpoint_failed") from None
    except Exception as refusal:  # OAuth2Error, or what no provider should send
        log.warning("openid_code_refused", provider=provider.id, error=type(refusal).__name__)
        raise NotBelieved("code_refused") from None
    claims = read_id_token(provider, question, dict(token), now=now)
    if provider.by_email and "email" not in claims:
        claims = _with_userinfo(provider, found, dict(token), claims)
    return claims


def read_id_token(
    provider: Provider, question: Question, token: Mapping[str, Any], *, now: datetime
) -> dict[str, Any]:
    """The claims of an ID token that is good in all that Core §3.1.3.7 asks. Raises `NotBelieved`."""
    written = token.get("id_token")
    if not isinstance(written, str):
        raise NotBelieved("no_id_token")
    try:
        opened = _open(provider, written)
        claims = CodeIDToken(
            opened.claims,
            opened.header,
            {
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
                "exp": {"essential": True},
                "nonce": {"essential": True, "value": question.nonce},
            },
            {
                "nonce": question.nonce,
                "client_id": provider.client_id,
                "access_token": token.get("access_token"),
            },
        )
        claims.validate(now=int(now.timestamp()), leeway=CLOCKS_DIFFER)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as problem:
        raise NotBelieved(type(problem).__name__) from None
    if claims["aud"] not in (provider.client_id, [provider.client_id]):
        raise NotBelieved("other_audiences")  # Core §3.1.3.7 (3): we trust no other
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise NotBelieved("no_subject")
    return dict(claims)


def was_asked_again(claims: Mapping[str, Any], began: float) -> bool:
    """Whether they showed who they are after we asked (Core §3.1.2.1, `max_age`)."""
    moment = claims.get("auth_time")
    return isinstance(moment, int | float) and moment >= began - CLOCKS_DIFFER


def shows_two_factors(provider: Provider, claims: Mapping[str, Any]) -> bool:
    """Whether the provider says what the operator knows to mean two factors. Nothing asked for is no."""
    wanted_acr, wanted_amr = provider.acr_values.split(), provider.amr_values.split()
    given_amr = claims.get("amr")
    methods = [given_amr] if isinstance(given_amr, str) else given_amr if isinstance(given_amr, list) else []
    has_acr = not wanted_acr or claims.get("acr") in wanted_acr
    has_amr = not wanted_amr or any(method in wanted_amr for method in methods)
    return bool(wanted_acr or wanted_amr) and has_acr and has_amr


def verified_email(claims: Mapping[str, Any]) -> str:
    """Their e-mail when the provider says that it is theirs, else nothing (Core §5.1)."""
    email = claims.get("email")
    return email if isinstance(email, str) and claims.get("email_verified") is True else ""


# --- keys -----------------------------------------------------------------------------------------


def _open(provider: Provider, written: str) -> jwt.Token:
    """With a key that the provider has now: it may have been given a new one since we last looked."""
    try:
        return _decode(written, _keys(provider))
    except (InvalidKeyIdError, BadSignatureError):
        return _decode(written, _keys(provider, newer_than=ASK_KEYS_AGAIN))


def _decode(written: str, keys: KeySet) -> jwt.Token:
    registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
    return jwt.decode(written, keys, registry=registry)


def _keys(provider: Provider, *, newer_than: float = KEEP_FOR) -> KeySet:
    address = describe(provider)["jwks_uri"]
    kept = _memory().keys.get(address)
    if kept and time.monotonic() - kept[0] < newer_than:
        return kept[1]
    found = _fetch(provider, address).get("keys")
    if not isinstance(found, list):
        raise ProviderAway("no_keys")
    keys = _public_keys(found)
    _memory().keys[address] = time.monotonic(), keys
    return keys


def _public_keys(found: list[Any]) -> KeySet:
    """Those that can sign, and that we know the kind of; never a shared secret."""
    keys = []
    for written in found:
        if not isinstance(written, dict) or written.get("kty") == "oct" or written.get("use") == "enc":
            continue
        try:
            keys += KeySet.import_key_set({"keys": [written]}).keys
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    if not keys:
        raise NotBelieved("no_usable_keys")
    return KeySet(keys)


def public_jwk(pem: str, key_id: str) -> dict[str, Any]:
    """The public half of our own key, as providers take it."""
    key = _own_key(pem)
    return {**key.as_dict(private=False), "kid": key_id, "use": "sig", "alg": _algorithm(key)}


def _own_key(pem: str) -> RSAKey | ECKey:
    private = load_pem_private_key(pem.encode(), password=None)
    kind = ECKey if hasattr(private, "curve") else RSAKey
    return kind.import_key(pem)


def _algorithm(key: RSAKey | ECKey) -> str:
    return "RS256" if isinstance(key, RSAKey) else "ES256"


# --- asking ---------------------------------------------------------------------------------------


class _TooBusy(Exception):
    """The token endpoint failed in itself."""


@dataclass
class _Answer:
    """What Authlib reads of an answer."""

    said: Said

    @property
    def status_code(self) -> int:
        return self.said.status

    def json(self) -> dict[str, Any]:
        return self.said.document()

    def raise_for_status(self) -> None:
        if self.said.status >= 500:
            raise _TooBusy
        if self.said.status >= 400:
            raise ValueError(self.said.status)


class _Session:
    """What Authlib needs to ask: our own way out, in place of `requests`."""

    def post(
        self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: ClientAuth
    ) -> _Answer:
        kept = {name: value for name, value in headers.items() if name != "Content-Type"}
        url, kept, form = auth.prepare("POST", url, kept, urlencode(data))
        return _Answer(outside.ask(url, house().settings, form=dict(parse_qsl(form)), headers=kept))


def _client(provider: Provider, found: Mapping[str, Any], question: Question) -> OAuth2Client:
    client = OAuth2Client(
        _Session(),
        client_id=provider.client_id,
        client_secret=provider.secret,
        token_endpoint_auth_method=provider.auth,
        scope=provider.scope,
        redirect_uri=question.redirect_uri,
        code_challenge_method="S256",
        token_endpoint=found["token_endpoint"],
    )
    if provider.auth == PrivateKeyJWT.name:
        client.client_secret = key = _own_key(provider.secret)
        client.register_client_auth_method(_signed(provider, _algorithm(key)))
    return client


def _signed(provider: Provider, algorithm: str) -> PrivateKeyJWT:
    """Made for the issuer and not for one of its addresses: nobody can use it elsewhere (RFC 7523bis)."""
    now = int(time.time())
    claims = {"exp": now + ASSERTION_LIFE, "jti": secrets.token_urlsafe(24)}
    headers = {"kid": provider.key_id} if provider.key_id else {}
    return PrivateKeyJWT(provider.issuer, claims=claims, headers=headers, alg=algorithm)


def _with_userinfo(
    provider: Provider, found: Mapping[str, Any], token: Mapping[str, Any], claims: dict[str, Any]
) -> dict[str, Any]:
    """The e-mail, where the provider tells it there only (Core §5.3). It must be of the same person."""
    address, access = found.get("userinfo_endpoint"), token.get("access_token")
    if not isinstance(address, str) or not isinstance(access, str):
        return claims
    told = _fetch(provider, address, {"Authorization": f"Bearer {access}"})
    if told.get("sub") != claims["sub"]:
        raise NotBelieved("userinfo_of_somebody_else")
    return {**claims, **{name: told[name] for name in ("email", "email_verified") if name in told}}


def _fetch(provider: Provider, address: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A JSON object from the provider. Who did not answer is let be for a moment."""
    if time.monotonic() - _memory().away.get(provider.issuer, -LET_BE_FOR) < LET_BE_FOR:
        raise ProviderAway("a_moment_ago")
    try:
        said = outside.ask(address, house().settings, headers=headers)
        if said.status != 200:
            raise Unreachable(f"status_{said.status}")
        return said.document()
    except Unreachable as problem:
        _note_away(provider, problem)
        raise ProviderAway(str(problem)) from None


def _note_away(provider: Provider, problem: Unreachable) -> None:
    log.warning("openid_provider_away", provider=provider.id, problem=str(problem))
    _memory().away[provider.issuer] = time.monotonic()


def forget_providers() -> None:
    """What they have told of themselves is asked anew, in this process."""
    house().app.extensions.pop(_MEMORY, None)


def _memory() -> _Memory:
    return cast("_Memory", house().app.extensions.setdefault(_MEMORY, _Memory()))
