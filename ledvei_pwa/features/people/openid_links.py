"""Connecting an account here to somebody at a provider, once they have said that it is theirs. For the pages.

Where a provider lets people through without a word, an address of ours is enough to send somebody all the way
to an account that is not theirs: with another's invitation, or with an e-mail that a leader got wrong. So
nothing is connected before the person has seen whose account it is. docs/adr/0020.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, field
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy.exc import IntegrityError

from ledvei_pwa.features.people import accounts, factors, openid, records, reentries, rules
from ledvei_pwa.features.people.accounts import Entrant
from ledvei_pwa.features.people.actions import persons_by_ids, service_of
from ledvei_pwa.features.people.invitations import void_invitations
from ledvei_pwa.features.people.openid import Arrived, Journey, Purpose
from ledvei_pwa.features.people.records import IdentityLink, IdentityProvider, Person
from ledvei_pwa.kernel.outcome import Outcome, done, refused
from ledvei_pwa.platform import arrivals, sessions
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import db, new_id

LASTS: Final = 10 * 60  # seconds in which somebody may answer

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Found:
    """Whom the provider named, and whose account that would open: in the signed cookie, as `Journey` is.

    `shown`: what they are called there. `email`: verified there; kept where the account was found by it.
    """

    purpose: Purpose
    provider_id: str
    person_id: str
    subject_hash: str
    is_whole: bool
    at: float  # seconds, as `datetime.timestamp`
    onward: str = ""
    shown: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    invitation: str = field(default="", repr=False)

    def as_kept(self) -> list[Any]:
        return list(astuple(self))

    def is_still_good(self, provider_id: str, now: datetime) -> bool:
        return self.provider_id == provider_id and 0 <= now.timestamp() - self.at < LASTS


@dataclass(frozen=True)
class Account:
    """An account as its person knows it, to be recognised."""

    name: str
    email: str
    service_name: str
    provider_name: str


# --- whose it would be ----------------------------------------------------------------------------


def find(journey: Journey, arrived: Arrived, *, now: datetime) -> Outcome[Found]:
    """Whose account it would open from now on. Nothing is connected by it.

    Refused with `link_unusable`, `taken` or `nobody`.
    """
    is_taken = records.link_with_subject(arrived.provider.id, arrived.subject_hash) is not None
    if is_taken and journey.purpose is not Purpose.SIGN_IN:
        return refused("taken")
    person_id = None if is_taken else _whose(journey, arrived, now)
    if person_id is None:
        log.info("openid_nobody", provider=arrived.provider.id)
        return refused("link_unusable" if journey.purpose is Purpose.INVITATION else "nobody")
    return done(
        Found(
            journey.purpose,
            arrived.provider.id,
            person_id,
            arrived.subject_hash,
            arrived.is_whole,
            now.timestamp(),
            journey.onward,
            arrived.shown,
            arrived.email if journey.purpose is Purpose.SIGN_IN else "",
            journey.invitation,
        )
    )


def _whose(journey: Journey, arrived: Arrived, now: datetime) -> str | None:
    if journey.purpose is Purpose.CONNECT:
        return journey.person_id
    if journey.purpose is Purpose.INVITATION:
        return _invited(journey.invitation, arrived.provider.id, now)
    person = _with_email(arrived.email, arrived.provider.id, now)
    return person.id if person else None


def _invited(token: str, provider_id: str, now: datetime) -> str | None:
    card = openid.provider_for_invitation(token, now=now)
    invitation = accounts.find_invitation(token, now=now)
    return invitation.person_id if invitation and card and card.id == provider_id else None


def _with_email(email: str, provider_id: str, now: datetime) -> Person | None:
    """Whose e-mail it is, when nobody has been in the account.

    Who may change an e-mail must not be able to open what others have written.
    """
    provider = db.session.get(IdentityProvider, provider_id)
    person = records.person_with_email(rules.tidy_email(email)) if email else None
    if provider is None or person is None or not provider.by_email:
        return None
    is_theirs = person.service_id == provider.service_id and not person.is_closed(now)
    return person if is_theirs and not reentries.has_been_in(person.id) else None


def read_found(kept: Any) -> Found | None:
    """What a browser's cookie kept; None when there is nothing in it that we put there."""
    try:
        purpose, provider_id, person_id, subject_hash, is_whole, at, *rest = kept
        return Found(Purpose(purpose), provider_id, person_id, subject_hash, bool(is_whole), float(at), *rest)
    except (TypeError, ValueError):
        return None


def account_of(found: Found, *, now: datetime) -> Account | None:
    """None where the account or the provider is there no more."""
    person = db.session.get(Person, found.person_id)
    service = service_of(person.service_id) if person else None
    card = openid.provider_for(found.provider_id, person.service_id) if person else None
    if person is None or service is None or card is None or person.is_closed(now):
        return None
    return Account(person.name, person.email, service.name, card.name)


# --- yes, or no -----------------------------------------------------------------------------------


def connect(found: Found, *, now: datetime) -> Outcome[Entrant]:
    """They have said that it is theirs: from now on whoever is this there is this person here. Commits.

    Looked at once more, since time has passed. Refused with `link_unusable`, `taken` or `nobody`.
    """
    if found.purpose is Purpose.INVITATION:
        return _accept_invitation(found, now)
    return _connect_own(found, now) if found.purpose is Purpose.CONNECT else _connect_by_email(found, now)


def say_not_mine(found: Found) -> None:
    """Nothing changes. Whoever runs the server can see that somebody was led to another's account."""
    arrivals.did_not_come_in("provider", "not_me", found.person_id)


def _accept_invitation(found: Found, now: datetime) -> Outcome[Entrant]:
    """In place of a password or a passkey."""
    if _invited(found.invitation, found.provider_id, now) != found.person_id:
        return refused("link_unusable")

    def keep(person: Person) -> bool:
        person.password_hash = None
        return _keep_link(person, found, now, how="invitation")

    return accounts.accept_with_provider(found.invitation, keep, now=now)


def _connect_by_email(found: Found, now: datetime) -> Outcome[Entrant]:
    """As with an invitation that is used: what opened the account before opens it no more."""
    person = factors.begin_changing(found.person_id)
    theirs = _with_email(found.email, found.provider_id, now)
    if theirs is None or theirs.id != person.id:
        db.session.rollback()
        return refused("nobody")
    reentries.stop_for(person.id, by=None, now=now)
    factors.forget_factors(person.id)
    void_invitations(person.id, now)
    sessions.end_all_sessions(person.id, now=now)
    person.password_hash, person.accepted_at = None, now
    return _commit_link(person, found, now, how="email")


def _connect_own(found: Found, now: datetime) -> Outcome[Entrant]:
    person = factors.begin_changing(found.person_id)
    if openid.provider_for(found.provider_id, person.service_id) is None:
        db.session.rollback()
        return refused("taken")
    return _commit_link(person, found, now, how="own")


def _commit_link(person: Person, found: Found, now: datetime, *, how: str) -> Outcome[Entrant]:
    if not _keep_link(person, found, now, how=how):
        return refused("taken")
    db.session.commit()
    return done(Entrant(persons_by_ids([person.id], now=now)[person.id]))


def _keep_link(person: Person, found: Found, now: datetime, *, how: str) -> bool:
    """False, and all undone, when that account there, or this person here, is connected already."""
    person_id = person.id
    link = IdentityLink(
        id=new_id(),
        service_id=person.service_id,
        person_id=person_id,
        provider_id=found.provider_id,
        subject_hash=found.subject_hash,
        created_at=now,
    )
    if how != "own":
        openid.note_used(link, is_whole=found.is_whole, now=now)
    db.session.add(link)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        return False
    factors.record_own(person, Deed.PROVIDER_CONNECTED, now, provider=found.provider_id, how=how)
    log.info("openid_connected", person=person_id, provider=found.provider_id)
    return True
