"""Getting in: accepting an invitation, the password, the demo's links. For the pages.

What comes after the password, or in its place, is in factors.py and passkeys.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final, cast

import structlog
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import CursorResult, select, update

from ledvei_pwa.features.people import factors, passkeys, records, reentries, rules
from ledvei_pwa.features.people.actions import InvitationLink, PersonCard, persons_by_ids, service_of
from ledvei_pwa.features.people.passkeys import Answer
from ledvei_pwa.features.people.records import Invitation, Person, Reentry
from ledvei_pwa.kernel.outcome import Outcome, done, refused
from ledvei_pwa.platform import arrivals, attempts, audit, feed, sessions
from ledvei_pwa.platform.attempts import WrongTries
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.common_passwords import is_tried_first
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.passwords import hash_password, is_outdated, password_matches, tidy_password
from ledvei_pwa.platform.registry import house
from ledvei_pwa.platform.sessions import SignInSession, digest

KEEP_ENDED_SIGN_INS: Final = timedelta(days=90)
MOST_PEOPLE_PER_BROWSER: Final = 8  # a shared tablet
INVITED: Final = "invitation"  # the purpose of a passkey made from a link

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class OpenInvitation:
    """A link that can be used now."""

    id: str
    person_id: str
    name: str
    email: str
    language: str
    service_name: str


@dataclass(frozen=True)
class SignIn:
    """A try. `known` is what this browser's own cookie says about earlier sign-ins."""

    email: str
    password: str = field(repr=False)
    address: str
    known: KnownBrowser


@dataclass(frozen=True)
class Entrant:
    """Who has come in. `reentry_id`: by a link that waits; the account is not open to them yet."""

    person: PersonCard
    reentry_id: str | None = None
    codes: tuple[str, ...] = ()  # new recovery codes, to be shown


@dataclass(frozen=True)
class KnownBrowser:
    """A browser where some people have signed in before: their tries are counted apart from strangers'."""

    id: str
    person_ids: tuple[str, ...] = ()

    def knows(self, person_id: str) -> str:
        """What tries of that person are counted under here: "" where it is not known."""
        return self.id if person_id in self.person_ids else ""

    def with_person(self, person_id: str) -> KnownBrowser:
        others = tuple(other for other in self.person_ids if other != person_id)
        return KnownBrowser(self.id, (person_id, *others)[:MOST_PEOPLE_PER_BROWSER])


@dataclass(frozen=True)
class MadeInvitation:
    """That a link was made for somebody, as that person may see it."""

    at: datetime
    by: str | None  # None: whoever runs the server
    used_at: datetime | None


# --- signing in -----------------------------------------------------------------------------------


def check_sign_in(command: SignIn, *, now: datetime) -> Outcome[Entrant]:
    """The person, or one of two refusals: `wrong`, or `wait` with the field `seconds`.

    A wrong password, an unknown e-mail, a disabled person and one without a password differ in nothing that
    can be seen from outside: the same answer, after the same work. So does one to whose account a link waits.
    """
    email = rules.tidy_email(command.email)
    person = records.person_with_email(email)
    account, address = _keys(email, person, command)
    wait = attempts.take_tries((address, rules.ADDRESS_PATIENCE), (account, rules.ACCOUNT_PATIENCE), now=now)
    if wait:
        arrivals.did_not_come_in("password", "wait", person.id if person else None)
        return refused("wait", seconds=str(ceil(wait.total_seconds())))
    right = password_matches(person.password_hash if person else None, command.password)
    waiting = None if right else _by_waiting_password(person, command.password)
    if person is None or not (right or waiting) or person.is_closed(now):
        _note_refusal(person, email, now)
        return refused("wrong")
    attempts.forget_tries(account)
    if address:
        attempts.give_back(address, now=now)
    if right:
        _strengthen(person, command.password)
    return done(Entrant(persons_by_ids([person.id], now=now)[person.id], waiting.id if waiting else None))


def _note_refusal(person: Person | None, email: str, now: datetime) -> None:
    """For whoever runs the server, and for the person. The e-mail that nobody has goes into a digest only."""
    reason = "unknown" if person is None else "closed" if person.is_closed(now) else "wrong"
    arrivals.did_not_come_in("password", reason, person.id if person else None)
    attempts.note_wrong(person.id if person else email, is_somebodys=person is not None, now=now)


def _by_waiting_password(person: Person | None, password: str) -> Reentry | None:
    """The link whose password it is, if one waits. The same work where there is none."""
    reentry = records.waiting_reentry_of(person.id if person else "")
    return reentry if password_matches(reentry.password_hash if reentry else None, password) else None


def _keys(email: str, person: Person | None, command: SignIn) -> tuple[str, str | None]:
    """What this try is counted by: the account, and the address.

    Where the person has been before it is counted by this browser alone: neither who guesses elsewhere nor
    the slips of a whole office behind the same address keep them out.
    """
    browser = command.known.knows(person.id) if person else ""
    if browser:
        return attempts.key_of("account", email, browser), None
    return attempts.key_of("account", email), attempts.key_of("address", command.address)


def _strengthen(person: Person, password: str) -> None:
    if person.password_hash and is_outdated(person.password_hash):
        person.password_hash = hash_password(password)
        db.session.commit()


def read_known_browser(cookie: str | None) -> KnownBrowser:
    """What the cookie says if it is ours; a new, unknown browser otherwise."""
    try:
        browser, people = _known_browsers().loads(cookie or "")
        return KnownBrowser(str(browser), tuple(str(person) for person in people))
    except (BadSignature, TypeError, ValueError):
        return KnownBrowser(new_id())


def write_known_browser(known: KnownBrowser) -> str:
    return str(_known_browsers().dumps([known.id, list(known.person_ids)]))


def _known_browsers() -> URLSafeSerializer:
    return URLSafeSerializer(house().keyring.signing_key, salt="known-browser")


# --- invitations ----------------------------------------------------------------------------------


def find_invitation(token: str, *, now: datetime) -> OpenInvitation | None:
    """None for used, expired, replaced and unknown links alike, and for a disabled person's."""
    found = db.session.execute(
        select(Invitation, Person)
        .join(Person, Person.id == Invitation.person_id)
        .where(Invitation.token_hash == digest(token))
    ).one_or_none()
    if found is None:
        return None
    invitation, person = found
    service = service_of(person.service_id)
    if service is None or person.is_closed(now) or invitation.used_at or invitation.expires_at <= now:
        return None
    return OpenInvitation(
        id=invitation.id,
        person_id=person.id,
        name=person.name,
        email=person.email,
        language=person.language or service.language,
        service_name=service.name,
    )


def accept_invitation(
    token: str, *, language: str, password: str, browser: str = "", now: datetime
) -> Outcome[Entrant]:
    """Choose language and password. The link is used up; what opened the account before does not any more.

    A second factor is left to be set up: the password alone opens nothing else. An account that was in use
    stays as it is, with what opens it, until it is clear that this is its person (reentries.py).
    """
    invitation = find_invitation(token, now=now)
    if invitation is None:
        return refused("link_unusable")
    if not rules.is_good_length(len(tidy_password(password))):
        return refused("password_length")
    if is_tried_first(password, invitation.name, invitation.email, invitation.service_name):
        return refused("password_easy")
    if language not in rules.LANGUAGES:
        return refused("unknown_language")
    password_hash = hash_password(password)
    begun = _begin_anew(invitation, language, browser, now)
    if begun is None:
        return refused("link_unusable")
    (begun.reentry or begun.person).password_hash = password_hash
    return _let_accept(begun, invitation, "password", (), now)


def passkey_options(token: str, *, now: datetime) -> dict[str, Any] | None:
    """To make a passkey from a link; None when the link cannot be used."""
    invitation = find_invitation(token, now=now)
    if invitation is None:
        return None
    return passkeys.options_to_make(INVITED, invitation.id, invitation.person_id, replacing=True)


def accept_with_passkey(
    token: str, answer: Answer, *, language: str, browser: str, now: datetime
) -> Outcome[Entrant]:
    """Choose language and a passkey. Answers new recovery codes too, when the account is open at once."""
    invitation = find_invitation(token, now=now)
    if invitation is None:
        return refused("link_unusable")
    if language not in rules.LANGUAGES:
        return refused("unknown_language")
    made = passkeys.check_new(INVITED, invitation.id, answer, browser=browser, now=now)
    if not made.ok or made.value is None:
        return refused(made.reason)
    begun = _begin_anew(invitation, language, browser, now)
    if begun is None:
        return refused("link_unusable")
    (begun.reentry or begun.person).password_hash = None
    if not passkeys.keep(begun.person, made.value, now=now, reentry_id=begun.reentry_id):
        return refused("not_taken")
    codes = None if begun.reentry else factors.recovery_codes_unless_left(begun.person, now)
    return _let_accept(begun, invitation, "passkey", tuple(codes or ()), now)


def accept_with_provider(token: str, keep: Callable[[Person], bool], *, now: datetime) -> Outcome[Entrant]:
    """`keep` connects the account to the one elsewhere, in the same transaction; False undoes all.

    For an account that nobody has been in (openid.provider_for_invitation).
    """
    invitation = find_invitation(token, now=now)
    begun = _begin_anew(invitation, invitation.language, "", now) if invitation else None
    if invitation is None or begun is None:
        return refused("link_unusable")
    if begun.reentry or not keep(begun.person):
        db.session.rollback()
        return refused("taken")
    return _let_accept(begun, invitation, "provider", (), now)


@dataclass(frozen=True)
class _Begun:
    """Where what is chosen by the link belongs: to the person, or to what waits."""

    person: Person
    reentry: Reentry | None = None

    @property
    def reentry_id(self) -> str | None:
        return self.reentry.id if self.reentry else None


def _begin_anew(invitation: OpenInvitation, language: str, browser: str, now: datetime) -> _Begun | None:
    """Use the link up. None when somebody else was first.

    The factors from before are forgotten, unless the account has been in use: then all that was stays.
    """
    person = db.session.get_one(Person, invitation.person_id)
    # First, as whoever disables a person does: two who lock the same rows in opposite order wait for ever.
    feed.begin_writing(person.service_id)
    if person.is_closed(now) or not _use_up(invitation.id, now):
        db.session.rollback()
        return None
    if reentries.must_wait(person, invitation.id):
        return _Begun(person, reentries.begin(person, invitation.id, browser=browser, now=now))
    reentries.stop_for(person.id, by=None, now=now)
    factors.forget_factors(person.id)
    person.language, person.accepted_at = language, now
    sessions.end_all_sessions(person.id, now=now)
    return _Begun(person)


def _let_accept(
    begun: _Begun, invitation: OpenInvitation, chosen: str, codes: tuple[str, ...], now: datetime
) -> Outcome[Entrant]:
    person = begun.person
    db.session.flush()
    audit.record(
        person.service_id,
        Deed.INVITATION_USED,
        ("person", person.id),
        by=person.id,
        at=now,
        invitation=invitation.id,
        chosen=chosen,
    )
    db.session.commit()
    log.info("invitation_used", person=person.id)
    attempts.forget_tries(attempts.key_of("account", person.email))
    return done(Entrant(persons_by_ids([person.id], now=now)[person.id], begun.reentry_id, codes))


def _use_up(invitation_id: str, now: datetime) -> bool:
    """Claim by update: of two who open the link at the same time, one gets in."""
    unused = update(Invitation).where(Invitation.id == invitation_id, Invitation.used_at.is_(None))
    return cast("CursorResult[Any]", db.session.execute(unused.values(used_at=now))).rowcount == 1


def wrong_tries_of(person_id: str, *, now: datetime) -> list[WrongTries]:
    """Wrong passwords and codes with this account, a day at a time; the person's own slips among them."""
    return attempts.wrong_tries_of(person_id, now=now)


def invitations_made_for(person_id: str) -> list[MadeInvitation]:
    """Who has made links to this person's account, the latest first: whoever holds one can open it."""
    made = records.invitations_of(person_id)
    names = persons_by_ids({row.created_by for row in made if row.created_by})
    return [
        MadeInvitation(row.created_at, names[row.created_by].name if row.created_by else None, row.used_at)
        for row in made
    ]


def absolute_link(link: InvitationLink) -> str:
    """The whole address, to copy, send or show as a QR code."""
    return house().settings.base_url + link.path


# --- the demo -------------------------------------------------------------------------------------


def demo_sign_in_link(person_id: str) -> str:
    """A path that signs in at once, for `ledvei links`. It opens nothing outside a demo service."""
    return f"/demo/{_demo_links().dumps(person_id)}"


def find_demo_person(token: str) -> PersonCard | None:
    """The invented person of a demo link; None for everybody real, whatever was signed."""
    try:
        person_id = str(_demo_links().loads(token))
    except BadSignature:
        return None
    card = persons_by_ids([person_id]).get(person_id)
    service = service_of(card.service_id) if card else None
    return card if card and card.is_active and service and service.is_demo else None


def _demo_links() -> URLSafeSerializer:
    return URLSafeSerializer(house().keyring.signing_key, salt="demo-sign-in")


# --- keeping little -------------------------------------------------------------------------------


def forget_old_tries_and_sign_ins(now: datetime) -> None:
    """The job that keeps the tables small. Running it twice does nothing more."""
    attempts.forget_tries_before(now - max(rules.ACCOUNT_PATIENCE.memory, rules.ADDRESS_PATIENCE.memory))
    db.session.query(SignInSession).where(SignInSession.expires_at < now - KEEP_ENDED_SIGN_INS).delete()
    db.session.commit()
