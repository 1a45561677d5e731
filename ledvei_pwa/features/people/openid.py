"""Signing in elsewhere (OpenID Connect): to whom somebody at a provider belongs here. For the pages.

It never makes a person, and opens only an account of the service that has the provider. What the provider
says of somebody is kept as a keyed digest alone, also when it is a national identity number. How an account
is connected to somebody there is in openid_links.py. docs/adr/0020.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import ceil
from typing import TYPE_CHECKING, Any, Final

import structlog

from ledvei_pwa.features.people import accounts, factors, records, reentries, rules
from ledvei_pwa.features.people.accounts import Entrant
from ledvei_pwa.features.people.actions import persons_by_ids
from ledvei_pwa.features.people.records import IdentityLink, IdentityProvider, Person
from ledvei_pwa.kernel.outcome import Outcome, done, refused
from ledvei_pwa.platform import attempts, sessions
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.keyring import TextUnreadable
from ledvei_pwa.platform.registry import house
from ledvei_pwa.platform.sessions import Strength

if TYPE_CHECKING:
    from ledvei_pwa.features.people.openid_talk import Provider, Question

LIFE: Final = 15 * 60  # seconds from leaving to coming back
LONGEST_SUBJECT: Final = 255  # Core §2
SHOWN: Final = ("email", "preferred_username", "name")  # what a person knows their account there by

log = structlog.get_logger(__name__)


class Purpose(StrEnum):
    SIGN_IN = "sign-in"
    INVITATION = "invitation"
    CONNECT = "connect"
    PROOF = "proof"


@dataclass(frozen=True)
class ProviderCard:
    """A provider as its button shows it."""

    id: str
    service_id: str
    name: str


@dataclass(frozen=True)
class Journey:
    """What a browser keeps while it is elsewhere: in its signed cookie, for this server's eyes."""

    state: str
    provider_id: str
    purpose: Purpose
    began: float  # seconds, as `datetime.timestamp`
    onward: str = ""
    person_id: str = ""
    invitation: str = field(default="", repr=False)

    def as_kept(self) -> list[Any]:
        return [
            self.state,
            self.provider_id,
            self.purpose.value,
            self.began,
            self.onward,
            self.person_id,
            self.invitation,
        ]


@dataclass(frozen=True)
class Arrived:
    """Somebody whom the provider has named. `is_whole`: it stands for two factors."""

    provider: Provider
    subject_hash: str
    is_whole: bool
    is_again: bool  # they showed who they are after we asked
    email: str = field(repr=False)  # verified, else nothing
    shown: str = field(repr=False)


# --- asking ---------------------------------------------------------------------------------------


def every_button() -> list[ProviderCard]:
    return [_card(row) for row in records.every_provider()]


def provider_of_service(service_id: str) -> ProviderCard | None:
    row = records.provider_of(service_id)
    return _card(row) if row else None


def provider_for(provider_id: str, service_id: str) -> ProviderCard | None:
    """The provider, if it is that service's."""
    card = provider_of_service(service_id)
    return card if card and card.id == provider_id else None


def name_of(provider_id: str) -> str:
    """ "" where there is no such provider."""
    row = db.session.get(IdentityProvider, provider_id)
    return row.name if row else ""


def provider_for_invitation(token: str, *, now: datetime) -> ProviderCard | None:
    """Who may be chosen in place of a password: not for an account that was in use (docs/adr/0011)."""
    invitation = accounts.find_invitation(token, now=now)
    if invitation is None:
        return None
    person = db.session.get_one(Person, invitation.person_id)
    return None if reentries.must_wait(person, invitation.id) else provider_of_service(person.service_id)


def _card(row: IdentityProvider) -> ProviderCard:
    return ProviderCard(row.id, row.service_id, row.name)


# --- the way there and back -----------------------------------------------------------------------


def set_out(
    provider_id: str,
    purpose: Purpose,
    *,
    language: str,
    now: datetime,
    onward: str = "",
    person_id: str = "",
    invitation: str = "",
) -> Outcome[tuple[Journey, str]]:
    """What the browser is to keep, and the address it goes to. Refused with `away`."""
    provider = _load(provider_id)
    if provider is None:
        return refused("away")
    began = now.timestamp()
    state = secrets.token_urlsafe(32)
    journey = Journey(state, provider_id, purpose, began, onward, person_id, invitation)
    from ledvei_pwa.features.people import openid_talk

    try:
        address = openid_talk.address_to_go_to(provider, _question(journey), language=language)
    except openid_talk.ProviderAway:
        return refused("away")
    return done((journey, address))


def read_kept(kept: Any) -> Journey | None:
    """What a browser's cookie kept; None when there is nothing in it that we put there."""
    try:
        state, provider_id, purpose, began, onward, person_id, invitation = kept
        return Journey(state, provider_id, Purpose(purpose), float(began), onward, person_id, invitation)
    except (TypeError, ValueError):
        return None


def come_back(
    journey: Journey | None, provider_id: str, answer: Mapping[str, str], *, address: str, now: datetime
) -> Outcome[Arrived]:
    """Who the provider says it is. Refused with `stale`, `wait`, `stopped`, `away` or `not_believed`.

    `address`: where the browser is, to count what does not fit.
    """
    if journey is None or not _fits(journey, provider_id, answer.get("state", ""), now):
        return refused("stale")
    key = attempts.key_of("address", address)
    wait = attempts.take_try(key, rules.ADDRESS_PATIENCE, now=now)
    if wait:
        return refused("wait", seconds=str(ceil(wait.total_seconds())))
    if not attempts.use_once(attempts.key_of("openid-state", journey.state), now=now):
        return refused("stale")
    outcome = _listen(journey, answer, now)
    if outcome.ok or outcome.reason in {"away", "stopped"}:  # nobody guessed anything
        attempts.give_back(key, now=now)
    return outcome


def _fits(journey: Journey, provider_id: str, state: str, now: datetime) -> bool:
    """Sent back by whom we asked, to the browser that we sent, and not long after."""
    is_same = secrets.compare_digest(journey.state.encode(), state.encode())
    return is_same and journey.provider_id == provider_id and 0 <= now.timestamp() - journey.began < LIFE


def _listen(journey: Journey, answer: Mapping[str, str], now: datetime) -> Outcome[Arrived]:
    provider = _load(journey.provider_id)
    if provider is None:
        return refused("away")
    from ledvei_pwa.features.people import openid_talk

    try:
        openid_talk.check_answer(provider, answer)
        if "error" in answer or "code" not in answer:
            return refused(_reason_of(provider, answer.get("error", "no_code")))
        claims = openid_talk.take_code(provider, _question(journey), answer["code"], now=now)
    except openid_talk.ProviderAway:
        return refused("away")
    except openid_talk.NotBelieved as problem:
        log.warning("openid_not_believed", provider=provider.id, problem=str(problem))
        return refused("not_believed")
    subject = claims.get(provider.subject_claim)
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        log.warning("openid_not_believed", provider=provider.id, problem="no_subject_claim")
        return refused("not_believed")
    return done(
        Arrived(
            provider,
            subject_hash=_digest_of(provider, subject),
            is_whole=openid_talk.shows_two_factors(provider, claims),
            is_again=openid_talk.was_asked_again(claims, journey.began),
            email=openid_talk.verified_email(claims),
            shown=next((str(claims[name])[:120] for name in SHOWN if claims.get(name)), ""),
        )
    )


def _reason_of(provider: Provider, error: str) -> str:
    """The person said no, there or by going back; all else is the provider's trouble (Core §3.1.2.6)."""
    if error == "access_denied":
        return "stopped"
    known = error if error.isascii() and error.replace("_", "").isalnum() and len(error) < 60 else "other"
    log.warning("openid_refused", provider=provider.id, error=known)
    return "away"


def _question(journey: Journey) -> Question:
    """The cookie holds neither the nonce nor the verifier: both follow from the state and our secret."""
    from ledvei_pwa.features.people.openid_talk import Question

    return Question(
        state=journey.state,
        nonce=attempts.key_of("openid-nonce", journey.state),
        verifier=attempts.key_of("openid-verifier", journey.state),
        redirect_uri=redirect_uri(journey.provider_id),
        again=journey.purpose is not Purpose.SIGN_IN,
    )


def redirect_uri(provider_id: str) -> str:
    """One for each provider, so that none's answer is taken for another's (RFC 9700 §4.4)."""
    return f"{house().settings.base_url}/sign-in/with/{provider_id}/back"


def _load(provider_id: str) -> Provider | None:
    """Ready to be talked to, and nothing of the database held meanwhile. None when that cannot be."""
    row = db.session.get(IdentityProvider, provider_id)
    if row is None:
        return None
    try:
        from ledvei_pwa.features.people.openid_talk import Provider
    except ImportError:
        log.exception("openid_extra_missing")
        return None
    place = ("identity_provider", row.id, "secret")
    try:
        secret = house().keyring.decrypt(row.service_id, place, row.secret)
    except TextUnreadable:
        log.exception("openid_secret_unreadable", provider=row.id)
        return None
    kept = ("id", "service_id", "name", "issuer", "client_id", "auth", "key_id", "scope")
    asked = ("subject_claim", "by_email", "acr_values", "amr_values")
    provider = Provider(secret=secret, **{name: getattr(row, name) for name in (*kept, *asked)})
    db.session.rollback()  # it may take seconds until the provider answers
    return provider


def _digest_of(provider: Provider, subject: str) -> str:
    return attempts.key_of("openid-subject", provider.issuer, provider.subject_claim, subject)


# --- whose account it is --------------------------------------------------------------------------


def find_entrant(arrived: Arrived, *, now: datetime) -> Outcome[Entrant]:
    """Whose account this opens, by a connection that was made before. Refused with `nobody`. Commits."""
    link = records.link_with_subject(arrived.provider.id, arrived.subject_hash)
    person = db.session.get(Person, link.person_id) if link else None
    if link is None or person is None or person.is_closed(now):
        return refused("nobody")
    note_used(link, is_whole=arrived.is_whole, now=now)
    db.session.commit()
    return done(Entrant(persons_by_ids([person.id], now=now)[person.id]))


def note_used(link: IdentityLink, *, is_whole: bool, now: datetime) -> None:
    """`is_whole`: as two factors. Part of the caller's transaction."""
    link.last_used_at = now
    if is_whole:
        link.whole_at = link.whole_at or now


def strength_of(*, is_whole: bool) -> Strength:
    """Without two factors there it stands for the password, and the code is still asked for."""
    return Strength.PROVIDER if is_whole else Strength.PASSWORD


# --- one's own connection -------------------------------------------------------------------------


def disconnect(person_id: str, provider_id: str, *, now: datetime) -> Outcome[str]:
    """Refused with `last_way_in`. Other sign-ins end: it may be that somebody else came by it. Commits."""
    person = factors.begin_changing(person_id)
    found = [link for link, row in records.links_of(person_id) if row.id == provider_id]
    if not found or not factors.ways_in_of(person_id).can_lose_elsewhere:
        db.session.rollback()
        return refused("last_way_in")
    db.session.delete(found[0])
    sessions.end_other_sessions(person_id, now=now)
    factors.record_own(person, Deed.PROVIDER_DISCONNECTED, now, provider=provider_id)
    db.session.commit()
    return done(person_id)


def shows_person_again(arrived: Arrived, person_id: str, *, now: datetime) -> bool:
    """Whether it is that person, with two factors, shown after we asked. Commits."""
    link = records.link_with_subject(arrived.provider.id, arrived.subject_hash)
    if link is None or link.person_id != person_id or not (arrived.is_whole and arrived.is_again):
        return False
    note_used(link, is_whole=arrived.is_whole, now=now)
    db.session.commit()
    return True
