"""The second factor: code apps, recovery codes, and what each person has to sign in with. For the pages.

What may be guessed is counted (platform/attempts.py) before it is looked at, as at the sign-in. A code works
once, whoever sends it twice (RFC 6238 §5.2).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import starmap
from math import ceil
from typing import Any, Final, cast
from uuid import UUID

import pyotp
import structlog
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import CursorResult, delete, select, update

from ledvei_pwa.features.people import records, rules
from ledvei_pwa.features.people.records import (
    CodeApp,
    IdentityLink,
    IdentityProvider,
    Passkey,
    Person,
    RecoveryCode,
    Reentry,
    Service,
    WaitingCodeApp,
)
from ledvei_pwa.kernel.outcome import Outcome, done, refused
from ledvei_pwa.platform import arrivals, attempts, audit, feed, sessions
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.common_passwords import is_tried_first
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.keyring import TextUnreadable
from ledvei_pwa.platform.passwords import hash_code, hash_password, password_matches, tidy_password
from ledvei_pwa.platform.registry import house
from ledvei_pwa.platform.sessions import Strength

ISSUER: Final = "Ledvei"
STEP: Final = 30  # seconds a code lasts
STEPS_ASIDE: Final = 1  # how many steps a phone's clock may be wrong (RFC 6238 §5.2)
SETTING_UP: Final = timedelta(minutes=30)  # from seeing the square to writing its first code
RECOVERY_CODES: Final = 10
# Digits, as the code app's: one field takes both, with the phone's number keys. 53 bits, so hashed slowly.
RECOVERY_SIGNS: Final = "0123456789"
RECOVERY_LENGTH: Final = 16
HASHED_SLOWLY: Final = "2:"  # how what is kept of a code begins; those from before have a keyed digest alone

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class PasskeyCard:
    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True)
class ElsewhereCard:
    """A provider where the person signs in too. `is_whole`: it has stood for two factors."""

    provider_id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    is_whole: bool
    asks_for_two: bool  # so it may show who it is once more, too


@dataclass(frozen=True)
class WaysIn:
    """All that a person can sign in with."""

    has_password: bool
    has_code_app: bool
    passkeys: tuple[PasskeyCard, ...]
    codes_left: int
    elsewhere: tuple[ElsewhereCard, ...] = ()

    @property
    def has_second_factor(self) -> bool:
        return self.has_code_app or bool(self.passkeys) or self.is_whole_elsewhere

    @property
    def is_whole_elsewhere(self) -> bool:
        return any(card.is_whole for card in self.elsewhere)

    @property
    def has_first_factor(self) -> bool:
        """What a code app is the second one to."""
        return self.has_password or bool(self.elsewhere)

    @property
    def can_prove_by_code(self) -> bool:
        """Once more, from whoever is in. Also where nothing else is: the page must ask for something."""
        elsewhere = any(card.asks_for_two for card in self.elsewhere)
        return self.has_code_app or bool(self.codes_left) or not elsewhere

    @property
    def can_lose_a_passkey(self) -> bool:
        """The last way in is never taken away; recovery codes are no way in of their own."""
        by_code = self.has_first_factor and self.has_code_app
        return len(self.passkeys) > 1 or by_code or self.is_whole_elsewhere

    @property
    def can_lose_the_password(self) -> bool:
        """The code app goes with it."""
        return self.has_password and (bool(self.passkeys) or self.is_whole_elsewhere)

    @property
    def can_lose_elsewhere(self) -> bool:
        return bool(self.passkeys) or (self.has_password and self.has_code_app)


@dataclass(frozen=True)
class NewCodeApp:
    """A secret that is not anybody's yet: shown, and kept in the page, signed, until its first code comes."""

    secret: str
    address: str  # otpauth://…, for the square
    state: str

    @property
    def in_groups(self) -> str:
        """To be typed by hand where no camera is."""
        return " ".join(self.secret[start : start + 4] for start in range(0, len(self.secret), 4))


@dataclass(frozen=True)
class Proved:
    """How somebody showed who it is. `reentry_id`: with what waits to open the account."""

    strength: Strength
    reentry_id: str | None = None


@dataclass(frozen=True)
class Proof:
    """What somebody wrote to show who it is: `code` is from the code app or a recovery code."""

    password: str
    code: str
    address: str
    browser: str = ""  # of a browser this person has signed in on before


# --- asking ---------------------------------------------------------------------------------------


def ways_in_of(person_id: str, reentry_id: str | None = None) -> WaysIn:
    """What opens the account; or what was chosen by a link that waits, which has no recovery codes yet."""
    person = db.session.get(Person, person_id) if reentry_id is None else db.session.get(Reentry, reentry_id)
    return WaysIn(
        has_password=bool(person and person.password_hash),
        has_code_app=records.code_app_of(person_id, reentry_id) is not None,
        passkeys=tuple(passkey_card(row) for row in records.passkeys_of(person_id, reentry_id)),
        codes_left=records.recovery_codes_left(person_id) if reentry_id is None else 0,
        elsewhere=tuple(starmap(elsewhere_card, records.links_of(person_id))) if reentry_id is None else (),
    )


def passkey_card(row: Passkey) -> PasskeyCard:
    return PasskeyCard(row.id, row.name, row.created_at, row.last_used_at)


def elsewhere_card(link: IdentityLink, provider: IdentityProvider) -> ElsewhereCard:
    return ElsewhereCard(
        provider.id,
        provider.name,
        link.created_at,
        link.last_used_at,
        is_whole=link.whole_at is not None,
        asks_for_two=bool(provider.acr_values or provider.amr_values),
    )


# --- showing who it is ----------------------------------------------------------------------------


def check_second_step(
    person_id: str, proof: Proof, *, reentry_id: str | None = None, now: datetime
) -> Outcome[Proved]:
    """The code after a right password. Refused with `wrong`, or `wait` with the field `seconds`.

    `reentry_id`: the password was the one that waits. Who chose the same one again has the new app's code.
    """

    waiting = reentry_id or _waiting_id(person_id)
    found: list[Proved] = []

    def look() -> Strength | None:
        strength = _code_of(person_id, proof.code, now) if reentry_id is None else None
        if strength:
            found.append(Proved(strength))
        elif waiting and use_code(person_id, proof.code, now, reentry_id=waiting):
            found.append(Proved(Strength.CODE, waiting))
        return found[0].strength if found else None

    outcome = _counted("second-step", person_id, proof, now, look)
    return done(found[0]) if outcome.ok else refused(outcome.reason, **outcome.fields)


def _waiting_id(person_id: str) -> str | None:
    reentry = records.waiting_reentry_of(person_id)
    return reentry.id if reentry else None


def check_earlier(person_id: str, proof: Proof, *, now: datetime) -> Outcome[Strength]:
    """Something from before, from whoever has come by a link: a recovery code, or password and code."""

    def look() -> Strength | None:
        if use_recovery_code(person_id, proof.code, now):
            return Strength.RECOVERY
        person = db.session.get(Person, person_id)
        is_right = password_matches(person.password_hash if person else None, proof.password)
        return Strength.CODE if is_right and use_code(person_id, proof.code, now) else None

    return _counted("reentry", person_id, proof, now, look)


def check_proof(person_id: str, proof: Proof, *, now: datetime) -> Outcome[Strength]:
    """Password and code once more, from whoever is signed in. Refused in the same way."""

    def look() -> Strength | None:
        person = db.session.get(Person, person_id)
        if person is None or person.is_closed(now):
            return None
        if person.password_hash and not password_matches(person.password_hash, proof.password):
            return None
        return _code_of(person_id, proof.code, now)

    return _counted("proof", person_id, proof, now, look)


def check_recovery(email: str, proof: Proof, *, now: datetime) -> Outcome[str]:
    """Who has passkeys and no password comes in with a recovery code. Answers the person's id.

    Whoever has a password writes it too, as beside the code app: paper alone opens nothing of theirs.
    The answer is the same for all who may not come in, after the same work.
    """
    person = records.person_with_email(rules.tidy_email(email))
    known = person.id if person and not person.is_closed(now) else ""

    def look() -> Strength | None:
        is_right = password_matches(person.password_hash if person else None, proof.password)
        may = person is not None and known and (is_right or person.password_hash is None)
        return Strength.RECOVERY if use_recovery_code(known if may else "", proof.code, now) else None

    outcome = _counted("recovery", known, proof, now, look, email=rules.tidy_email(email))
    return done(known) if outcome.ok else refused(outcome.reason, **outcome.fields)


def _counted(
    what: str,
    person_id: str,
    proof: Proof,
    now: datetime,
    look: Callable[[], Strength | None],
    *,
    email: str = "",
) -> Outcome[Strength]:
    """`email`: what is counted by where it is nobody's."""
    whose = person_id or email
    account = attempts.key_of(what, whose, proof.browser)
    # Where the person has been before, the slips of others behind the same address do not keep them out.
    network = None if proof.browser else attempts.key_of("address", proof.address)
    wait = attempts.take_tries((network, rules.ADDRESS_PATIENCE), (account, rules.ACCOUNT_PATIENCE), now=now)
    if wait:
        arrivals.did_not_come_in(what, "wait", person_id or None)
        return refused("wait", seconds=str(ceil(wait.total_seconds())))
    found = look()
    if found is None:
        arrivals.did_not_come_in(what, "wrong", person_id or None)
        attempts.note_wrong(whose, is_somebodys=bool(person_id), now=now)
        return refused("wrong")
    attempts.forget_tries(account)
    if network:
        attempts.give_back(network, now=now)
    return done(found)


def _code_of(person_id: str, code: str, now: datetime) -> Strength | None:
    if use_code(person_id, code, now):
        return Strength.CODE
    return Strength.RECOVERY if use_recovery_code(person_id, code, now) else None


# --- the code app ---------------------------------------------------------------------------------


def new_code_app(email: str, session_id: str) -> NewCodeApp:
    """A new secret for the sign-in that asks. Nothing is written yet."""
    secret = pyotp.random_base32()
    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)
    return NewCodeApp(secret, address, str(_settings_up().dumps([session_id, secret])))


def same_code_app(email: str, session_id: str, state: str) -> NewCodeApp | None:
    """The one shown before, to the same sign-in and not long ago."""
    try:
        owner, secret = _settings_up().loads(state, max_age=int(SETTING_UP.total_seconds()))
    except (BadSignature, TypeError, ValueError):
        return None
    if owner != session_id:
        return None
    address = pyotp.TOTP(str(secret)).provisioning_uri(name=email, issuer_name=ISSUER)
    return NewCodeApp(str(secret), address, state)


def take_code_app(
    person_id: str,
    app: NewCodeApp,
    code: str,
    *,
    is_first: bool,
    now: datetime,
    reentry_id: str | None = None,
) -> Outcome[list[str] | None]:
    """Keep it once it has shown a right code. Answers new recovery codes when the person had none left.

    `is_first`: set up after a password alone, which must not put itself beside factors that are there.
    `reentry_id`: what the account has stays as it is, until this opens.
    """
    step = _step_of(app.secret, code, now)
    if step is None:
        return refused("wrong_code", code="wrong_code")
    person = begin_changing(person_id)
    if is_first and ways_in_of(person_id, reentry_id).has_second_factor:
        db.session.rollback()
        return refused("has_one_already")
    _keep_code_app(person, app.secret, step, reentry_id, now)
    record_own(person, Deed.CODE_APP_SET_UP, now)
    codes = recovery_codes_unless_left(person, now) if reentry_id is None else None
    db.session.commit()
    log.info("code_app_set_up", person=person_id)
    return done(codes)


def _keep_code_app(person: Person, secret: str, step: int, reentry_id: str | None, now: datetime) -> None:
    """In place of the one before; or beside it, when it waits."""
    fields = {"service_id": person.service_id, "person_id": person.id, "last_step": step, "created_at": now}
    row: CodeApp | WaitingCodeApp
    if reentry_id is None:
        db.session.execute(delete(CodeApp).where(CodeApp.person_id == person.id))
        row = CodeApp(id=new_id(), **fields)
    else:
        row = WaitingCodeApp(id=new_id(), reentry_id=reentry_id, **fields)
    row.secret = house().keyring.encrypt(person.service_id, ("code_app", row.id, "secret"), secret)
    db.session.add(row)
    db.session.flush()


def use_code(person_id: str, code: str, now: datetime, *, reentry_id: str | None = None) -> bool:
    """Whether it is the app's code now. Claims its step: the same code is never right again. Commits."""
    row = records.code_app_of(person_id, reentry_id)
    secret = _secret_of(row) if row else None
    step = _step_of(secret or _NOBODYS_SECRET, code, now)
    if row is None or secret is None or step is None:
        return False
    table = type(row)
    claimed = _changed_one(
        update(table).where(table.id == row.id, table.last_step < step).values(last_step=step)
    )
    db.session.commit()
    return claimed


def _secret_of(row: CodeApp | WaitingCodeApp) -> str | None:
    try:
        return house().keyring.decrypt(row.service_id, ("code_app", row.id, "secret"), row.secret)
    except TextUnreadable:
        log.error("code_app_unreadable", person=row.person_id)
        return None


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """Which of the steps around now this is the code of. Spaces do not matter: apps show them."""
    written = "".join(code.split())
    if len(written) != 6 or not written.isascii() or not written.isdigit():
        return None
    totp = pyotp.TOTP(secret, interval=STEP)
    current = totp.timecode(now)
    steps = range(current - STEPS_ASIDE, current + STEPS_ASIDE + 1)
    found = [step for step in steps if secrets.compare_digest(totp.generate_otp(step), written)]
    return found[-1] if found else None


def _settings_up() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(house().keyring.signing_key, salt="new-code-app")


_NOBODYS_SECRET: Final = pyotp.random_base32()  # so that time does not tell who has an app


# --- recovery codes -------------------------------------------------------------------------------


def new_recovery_codes(person_id: str, *, now: datetime) -> list[str]:
    """Ten, shown this once. Earlier ones work no more. Commits."""
    codes = _replace_recovery_codes(begin_changing(person_id), now)
    db.session.commit()
    log.info("recovery_codes_made", person=person_id)
    return codes


def recovery_codes_unless_left(person: Person, now: datetime) -> list[str] | None:
    """For a first factor. Part of the caller's transaction."""
    if records.recovery_codes_left(person.id):
        return None
    return _replace_recovery_codes(person, now)


def use_recovery_code(person_id: str, code: str, now: datetime) -> bool:
    """Claim by update: of two who write the same code, one gets in. Commits."""
    written = "".join(sign for sign in code if sign in RECOVERY_SIGNS)
    id_ = _find_recovery_code(person_id, written) if len(written) == RECOVERY_LENGTH else None
    if id_ is None:
        return False
    person = begin_changing(person_id)  # first, as whoever makes new codes does: none waits for the other
    unused = update(RecoveryCode).where(RecoveryCode.id == id_, RecoveryCode.used_at.is_(None))
    is_used = _changed_one(unused.values(used_at=now))
    if is_used:
        record_own(person, Deed.RECOVERY_CODE_USED, now)
        log.info("recovery_code_used", person=person_id)
    db.session.commit()
    return is_used


def _find_recovery_code(person_id: str, written: str) -> str | None:
    """The id of an unused one. The same work however many there are, and where there is no such person."""
    rows = db.session.scalars(select(RecoveryCode).where(RecoveryCode.person_id == person_id)).all()
    slow = _slow_hash(min((row.id for row in rows), default=new_id()), written)
    fast = attempts.key_of("recovery-code", person_id, written)
    right = [row.id for row in rows if row.used_at is None and _is_one_of(row.code_hash, slow, fast)]
    return right[0] if right else None


def _is_one_of(kept: str, *hashes: str) -> bool:
    return any(secrets.compare_digest(kept, one) for one in hashes)


def _replace_recovery_codes(person: Person, now: datetime) -> list[str]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
    ids = [new_id() for _ in codes]
    db.session.add_all(
        RecoveryCode(
            id=id_,
            service_id=person.service_id,
            person_id=person.id,
            code_hash=_slow_hash(min(ids), code.replace(" ", "")),
            created_at=now,
        )
        for id_, code in zip(ids, codes, strict=True)
    )
    db.session.flush()
    record_own(person, Deed.RECOVERY_CODES_MADE, now)
    return codes


def _new_recovery_code() -> str:
    signs = "".join(secrets.choice(RECOVERY_SIGNS) for _ in range(RECOVERY_LENGTH))
    return " ".join(signs[start : start + 4] for start in range(0, RECOVERY_LENGTH, 4))


def _slow_hash(first_id: str, written: str) -> str:
    """The salt of a person's ten is the first one's id, which stays; 62 bits of it are random (RFC 9562).

    One for all ten, so that a try costs the server one hash, as a password does.
    """
    return HASHED_SLOWLY + hash_code(written, UUID(first_id).bytes)


# --- changing -------------------------------------------------------------------------------------


def choose_password(person_id: str, password: str, *, now: datetime) -> Outcome[str]:
    """A new password beside the factors that are there. Other sign-ins end: it may have been known."""
    if not rules.is_good_length(len(tidy_password(password))):
        return refused("password_length")
    if is_tried_first(password, *_known_of(person_id)):
        return refused("password_easy")
    password_hash = hash_password(password)
    person = begin_changing(person_id)
    person.password_hash = password_hash
    sessions.end_other_sessions(person_id, now=now)
    record_own(person, Deed.PASSWORD_CHOSEN, now)
    db.session.commit()
    log.info("password_chosen", person=person_id)
    return done(person_id)


def _known_of(person_id: str) -> tuple[str, ...]:
    """What others know, and try first as a password."""
    person = db.session.get_one(Person, person_id)
    return person.name, person.email, db.session.get_one(Service, person.service_id).name


def drop_password(person_id: str, *, now: datetime) -> Outcome[str]:
    """Passkeys only from now on."""
    person = begin_changing(person_id)
    if not ways_in_of(person_id).can_lose_the_password:
        db.session.rollback()
        return refused("last_way_in")
    person.password_hash = None
    db.session.execute(delete(CodeApp).where(CodeApp.person_id == person_id))
    sessions.end_other_sessions(person_id, now=now)
    record_own(person, Deed.PASSWORD_DROPPED, now)
    db.session.commit()
    log.info("password_dropped", person=person_id)
    return done(person_id)


def forget_factors(person_id: str) -> None:
    """Everything that opened the account before its new invitation. Part of the caller's transaction."""
    for table in (Passkey, CodeApp, RecoveryCode, IdentityLink):
        db.session.execute(delete(table).where(table.person_id == person_id))


def record_own(person: Person, deed: Deed, now: datetime, **details: str) -> None:
    """Write down what somebody did with their own ways in. Part of the caller's transaction."""
    audit.record(person.service_id, deed, ("person", person.id), by=person.id, at=now, **details)


def begin_changing(person_id: str) -> Person:
    """One at a time in a service, so that two tabs cannot each take away the other's last way in."""
    feed.begin_writing(db.session.get_one(Person, person_id).service_id)
    return db.session.get_one(Person, person_id)


def _changed_one(statement: Any) -> bool:
    return cast("CursorResult[Any]", db.session.execute(statement)).rowcount == 1
