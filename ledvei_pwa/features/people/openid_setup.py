"""Where a service's people may sign in besides here: chosen by whoever runs the server alone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from sqlalchemy import delete, func, select

from ledvei_pwa.features.people import factors, openid, openid_talk, records
from ledvei_pwa.features.people.openid_talk import ChosenProvider, Provider, ProviderAway
from ledvei_pwa.features.people.records import IdentityLink, IdentityProvider
from ledvei_pwa.kernel.outcome import Outcome, done, refused
from ledvei_pwa.platform import audit, feed, outside, sessions
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.registry import house
from ledvei_pwa.platform.sessions import Strength

PRIVATE_KEY: Final = "private_key_jwt"
AUTHS: Final = (PRIVATE_KEY, "client_secret_post", "client_secret_basic")
RSA_BITS: Final = 3072
LEAST_RSA_BITS: Final = 2048

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Shown:
    """A service's provider, as the operator sees it: everything but the secret."""

    card: ChosenProvider
    redirect_uri: str
    connected: int
    public_jwk: dict[str, Any] | None


def new_private_key() -> str:
    """RSA, which every provider takes (Core §15.1)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def key_problem(pem: str) -> str:
    """A code when it is no private key for RS256 or ES256, else nothing."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        return "no_private_key"
    if isinstance(key, rsa.RSAPrivateKey):
        return "" if key.key_size >= LEAST_RSA_BITS else "key_too_short"
    is_p256 = isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)
    return "" if is_p256 else "key_of_another_kind"


def choose(service_id: str, chosen: ChosenProvider, *, now: datetime) -> Outcome[int]:
    """Answers how many were connected to somebody else's idea of who they are, and are no more. Commits.

    Refused with a code, in `reason`. The provider must be there: what is set is what has answered.
    """
    problem = _problem_of(chosen)
    if problem:
        return refused(problem)
    try:
        openid_talk.describe(_to_try(service_id, chosen))
    except ProviderAway as away:
        return refused("away", problem=str(away))
    feed.begin_writing(service_id)
    row = records.provider_of(service_id)
    if (row is None or row.auth != chosen.auth) and not chosen.secret:
        db.session.rollback()
        return refused("no_secret")
    if row is None:
        row = IdentityProvider(id=new_id(), service_id=service_id, created_at=now)
        forgotten = 0
    else:
        forgotten = _forget_links_unless_same(row, chosen)
    _fill(row, chosen)
    db.session.add(row)
    subject = ("service", service_id)
    audit.record(service_id, Deed.PROVIDER_CHOSEN, subject, by=None, at=now, provider=row.id)
    db.session.commit()
    log.info("openid_provider_chosen", service=service_id, provider=row.id)
    return done(forgotten)


def _problem_of(chosen: ChosenProvider) -> str:
    if chosen.auth not in AUTHS:
        return "unknown_auth"
    if chosen.auth == PRIVATE_KEY and chosen.secret and (problem := key_problem(chosen.secret)):
        return problem
    if "openid" not in chosen.scope.split():
        return "scope_without_openid"
    if not chosen.name.strip() or not chosen.client_id.strip() or not chosen.subject_claim.strip():
        return "left_empty"
    return outside.address_problem(chosen.issuer, house().settings)


def _to_try(service_id: str, chosen: ChosenProvider) -> Provider:
    openid_talk.forget_providers()
    return Provider(
        chosen.name, chosen.issuer, chosen.client_id, chosen.auth, chosen.secret, service_id=service_id
    )


def _forget_links_unless_same(row: IdentityProvider, chosen: ChosenProvider) -> int:
    """Another issuer's `sub` is somebody else's, and a pairwise one changes with the client (Core §8.1)."""
    before = (row.issuer, row.client_id, row.subject_claim)
    if before == (chosen.issuer, chosen.client_id, chosen.subject_claim):
        return 0
    return _forget_links(row.id)


def _forget_links(provider_id: str) -> int:
    count = _connected(provider_id)
    db.session.execute(delete(IdentityLink).where(IdentityLink.provider_id == provider_id))
    return count


def _connected(provider_id: str) -> int:
    of_it = select(func.count()).select_from(IdentityLink).where(IdentityLink.provider_id == provider_id)
    return db.session.scalar(of_it) or 0


def _fill(row: IdentityProvider, chosen: ChosenProvider) -> None:
    plain = ("issuer", "client_id", "auth", "scope", "subject_claim", "by_email", "acr_values", "amr_values")
    for name in plain:
        setattr(row, name, getattr(chosen, name))
    row.name = chosen.name.strip()
    row.key_id = chosen.key_id or row.key_id or secrets.token_urlsafe(12)
    if chosen.secret:
        place = ("identity_provider", row.id, "secret")
        row.secret = house().keyring.encrypt(row.service_id, place, chosen.secret)


def show(service_id: str) -> Shown | None:
    """None where there is none."""
    row = records.provider_of(service_id)
    if row is None:
        return None
    public = None
    if row.auth == PRIVATE_KEY:
        place = ("identity_provider", row.id, "secret")
        pem = house().keyring.decrypt(service_id, place, row.secret)
        public = openid_talk.public_jwk(pem, row.key_id)
    plain = ("name", "issuer", "client_id", "auth", "key_id", "scope")
    asked = ("subject_claim", "by_email", "acr_values", "amr_values")
    card = ChosenProvider(**{name: getattr(row, name) for name in (*plain, *asked)})
    return Shown(card, openid.redirect_uri(row.id), _connected(row.id), public)


def remove(service_id: str, *, now: datetime) -> Outcome[list[str]]:
    """Nobody comes in by it any more, and who is in by it alone is out. Commits.

    Answers the ids of those who have no other way in, for whom a leader makes a new link.
    """
    feed.begin_writing(service_id)
    row = records.provider_of(service_id)
    if row is None:
        db.session.rollback()
        return refused("none")
    linked = select(IdentityLink.person_id).where(IdentityLink.provider_id == row.id)
    people = list(db.session.scalars(linked))
    _forget_links(row.id)
    db.session.delete(row)
    sessions.end_sessions_with(Strength.PROVIDER, service_id, now=now)
    subject = ("service", service_id)
    audit.record(service_id, Deed.PROVIDER_REMOVED, subject, by=None, at=now, provider=row.id)
    db.session.commit()
    log.info("openid_provider_removed", service=service_id)
    return done([person for person in people if not _has_another_way(person)])


def _has_another_way(person_id: str) -> bool:
    ways = factors.ways_in_of(person_id)
    return bool(ways.passkeys) or ways.has_password
