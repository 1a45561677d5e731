"""Passkeys (Web Authentication, level 3): making one, and signing in or proving who it is with one.

The page gets options and a `state`; it gives back the browser's answer and that state. The state is signed,
tied to one purpose and one browser or sign-in, good for five minutes, and works once.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from urllib.parse import urlsplit

import structlog
import webauthn
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import CursorResult, delete, update
from sqlalchemy.exc import IntegrityError
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.options_to_json_dict import options_to_json_dict
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from ledvei_pwa.features.people import factors, records
from ledvei_pwa.features.people.records import Passkey, Person
from ledvei_pwa.kernel.outcome import Outcome, done, refused
from ledvei_pwa.platform import arrivals, attempts
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.registry import house

LIFE: Final = 5 * 60  # seconds from the options to the answer
LONGEST_ANSWER: Final = 20_000  # letters; an answer without attestation is a tenth of it
MOST_PASSKEYS: Final = 20
LONGEST_NAME: Final = 80
HANDLE_SIZE: Final = 32
TRANSPORTS: Final = frozenset({"ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"})

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Asked:
    """What the state says that was asked for."""

    challenge: bytes
    handle: bytes


@dataclass(frozen=True)
class Answer:
    """What a page sends: the browser's answer as JSON, and the state that came with the options."""

    credential: str
    state: str


@dataclass(frozen=True)
class Used:
    """A passkey that answered. `reentry_id`: made by a link that waits, and opens the account not yet."""

    person_id: str
    reentry_id: str | None


@dataclass(frozen=True)
class NewPasskey:
    """Looked through, and nobody's yet."""

    credential_id: bytes
    public_key: bytes
    handle: bytes
    sign_count: int
    transports: str
    name: str


# --- asking the browser ---------------------------------------------------------------------------


def options_to_make(
    purpose: str, bound: str, person_id: str, *, replacing: bool = False, reentry_id: str | None = None
) -> dict[str, Any]:
    """For `navigator.credentials.create`. `replacing`: nothing of what is there counts."""
    person = db.session.get_one(Person, person_id)
    there = [] if replacing else records.passkeys_of(person_id, reentry_id)
    # The person's handle is random and the same for all their passkeys; it is not the e-mail (§14.6.1).
    handle = there[0].user_handle if there else secrets.token_bytes(HANDLE_SIZE)
    challenge = secrets.token_bytes(32)
    options = webauthn.generate_registration_options(
        rp_id=rp_id(),
        rp_name="Ledvei",
        user_id=handle,
        user_name=person.email,
        user_display_name=person.name,
        challenge=challenge,
        timeout=LIFE * 1000,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=row.credential_id) for row in there],
    )
    return {"options": options_to_json_dict(options), "state": _sign(purpose, bound, challenge, handle)}


def options_to_use(purpose: str, bound: str, person_id: str | None = None) -> dict[str, Any]:
    """For `navigator.credentials.get`. Without a person the browser offers all it has for us."""
    allowed = records.passkeys_of(person_id) if person_id else []
    challenge = secrets.token_bytes(32)
    options = webauthn.generate_authentication_options(
        rp_id=rp_id(),
        challenge=challenge,
        timeout=LIFE * 1000,
        allow_credentials=[PublicKeyCredentialDescriptor(id=row.credential_id) for row in allowed],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return {"options": options_to_json_dict(options), "state": _sign(purpose, bound, challenge, b"")}


# --- what the browser answered --------------------------------------------------------------------


def check_new(
    purpose: str, bound: str, answer: Answer, *, browser: str, now: datetime
) -> Outcome[NewPasskey]:
    """A passkey just made. Refused with `stale` or `not_taken`."""
    asked = _take_state(purpose, bound, answer.state, now)
    if asked is None:
        return refused("stale")
    try:
        credential = _read(answer.credential)
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=asked.challenge,
            expected_rp_id=rp_id(),
            expected_origin=origin(),
            require_user_verification=True,
        )
    except _UNREADABLE as problem:
        log.warning("passkey_not_taken", why=str(problem))
        return refused("not_taken")
    return done(
        NewPasskey(
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            handle=asked.handle,
            sign_count=made.sign_count,
            transports=_transports(credential),
            name=browser,
        )
    )


def check_used(
    purpose: str, bound: str, answer: Answer, *, only_of: str | None = None, now: datetime
) -> Outcome[Used]:
    """Whose passkey answered. Refused with `stale`, `copied`, or `wrong` for all else.

    `only_of`: somebody who is to show who it is; another person's passkey is wrong then, however right it is,
    and so is one that waits to open the account.
    """
    outcome = _look_at(purpose, bound, answer, only_of, now)
    if not outcome.ok:
        arrivals.did_not_come_in("passkey", outcome.reason, only_of)
    return outcome


def _look_at(purpose: str, bound: str, answer: Answer, only_of: str | None, now: datetime) -> Outcome[Used]:
    asked = _take_state(purpose, bound, answer.state, now)
    if asked is None:
        return refused("stale")
    try:
        credential = _read(answer.credential)
        row = records.passkey_with_credential(base64url_to_bytes(credential["rawId"]))
        if row is None or not _is_of(row, credential, only_of, now):
            return refused("wrong")
        return _check_signature(row, credential, asked, now)
    except _UNREADABLE as problem:
        log.warning("passkey_refused", why=str(problem))
        return refused("wrong")


def _check_signature(row: Passkey, credential: dict[str, Any], asked: Asked, now: datetime) -> Outcome[Used]:
    used = webauthn.verify_authentication_response(
        credential=credential,
        expected_challenge=asked.challenge,
        expected_rp_id=rp_id(),
        expected_origin=origin(),
        credential_public_key=row.public_key,
        credential_current_sign_count=0,  # looked at below, where it has an answer of its own
        require_user_verification=True,
    )
    # §7.2, step 22: two that count apart from each other are copies of one.
    if (used.new_sign_count or row.sign_count) and used.new_sign_count <= row.sign_count:
        log.warning("passkey_counts_back", passkey=row.id, person=row.person_id)
        return refused("copied")
    claim = update(Passkey).where(Passkey.id == row.id, Passkey.sign_count == row.sign_count)
    changed = db.session.execute(claim.values(sign_count=used.new_sign_count, last_used_at=now))
    db.session.commit()
    if cast("CursorResult[Any]", changed).rowcount != 1:
        return refused("copied")
    return done(Used(row.person_id, row.reentry_id))


def _is_of(row: Passkey, credential: dict[str, Any], only_of: str | None, now: datetime) -> bool:
    """Also the handle must be its person's, when the browser tells one (§7.2, step 6)."""
    person = db.session.get(Person, row.person_id)
    if person is None or person.is_closed(now) or only_of not in (None, row.person_id):
        return False
    if only_of and row.reentry_id is not None:
        return False
    told = credential["response"].get("userHandle")
    return not told or secrets.compare_digest(base64url_to_bytes(told), row.user_handle)


# --- keeping them ---------------------------------------------------------------------------------


def keep(
    person: Person, new: NewPasskey, *, name: str = "", now: datetime, reentry_id: str | None = None
) -> bool:
    """Part of the caller's transaction, which is rolled back and False when somebody has this one already."""
    row = Passkey(
        id=new_id(),
        service_id=person.service_id,
        person_id=person.id,
        name=(name.strip() or new.name)[:LONGEST_NAME],
        credential_id=new.credential_id,
        public_key=new.public_key,
        user_handle=new.handle,
        sign_count=new.sign_count,
        transports=new.transports,
        created_at=now,
        reentry_id=reentry_id,
    )
    db.session.add(row)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        return False
    factors.record_own(person, Deed.PASSKEY_ADDED, now, passkey=row.id)
    log.info("passkey_added", person=person.id)
    return True


def add(
    person_id: str,
    new: NewPasskey,
    *,
    is_first: bool,
    name: str = "",
    now: datetime,
    reentry_id: str | None = None,
) -> Outcome[list[str] | None]:
    """One more. Answers new recovery codes when the person had none left.

    `is_first`: set up after a password alone, which must not put itself beside factors that are there.
    `reentry_id`: what the account has stays as it is, until this opens.
    """
    person = factors.begin_changing(person_id)
    ways = factors.ways_in_of(person_id, reentry_id)
    if (is_first and ways.has_second_factor) or len(ways.passkeys) >= MOST_PASSKEYS:
        db.session.rollback()
        return refused("has_one_already" if is_first else "too_many")
    if not keep(person, new, name=name, now=now, reentry_id=reentry_id):
        return refused("not_taken")
    codes = factors.recovery_codes_unless_left(person, now) if reentry_id is None else None
    db.session.commit()
    return done(codes)


def rename(person_id: str, passkey_id: str, name: str, *, now: datetime) -> bool:
    person = factors.begin_changing(person_id)
    own = update(Passkey).where(Passkey.id == passkey_id, Passkey.person_id == person_id)
    changed = db.session.execute(own.values(name=name.strip()[:LONGEST_NAME]))
    is_renamed = cast("CursorResult[Any]", changed).rowcount == 1
    if is_renamed:
        factors.record_own(person, Deed.PASSKEY_RENAMED, now, passkey=passkey_id)
    db.session.commit()
    return is_renamed


def remove(person_id: str, passkey_id: str, *, now: datetime) -> Outcome[str]:
    """Refused with `unknown`, or `last_way_in`."""
    person = factors.begin_changing(person_id)
    ways = factors.ways_in_of(person_id)
    if passkey_id not in {card.id for card in ways.passkeys}:
        db.session.rollback()
        return refused("unknown")
    if not ways.can_lose_a_passkey:
        db.session.rollback()
        return refused("last_way_in")
    db.session.execute(delete(Passkey).where(Passkey.id == passkey_id, Passkey.person_id == person_id))
    factors.record_own(person, Deed.PASSKEY_REMOVED, now, passkey=passkey_id)
    db.session.commit()
    log.info("passkey_removed", person=person_id)
    return done(passkey_id)


# --- inside ---------------------------------------------------------------------------------------

_UNREADABLE: Final = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError)


def rp_id() -> str:
    """The host that people type. A passkey made here opens nothing anywhere else."""
    return urlsplit(house().settings.base_url).hostname or ""


def origin() -> str:
    address = urlsplit(house().settings.base_url)
    return f"{address.scheme}://{address.netloc}"


def _sign(purpose: str, bound: str, challenge: bytes, handle: bytes) -> str:
    parts = [purpose, bound, bytes_to_base64url(challenge), bytes_to_base64url(handle)]
    return str(_states().dumps(parts))


def _take_state(purpose: str, bound: str, state: str, now: datetime) -> Asked | None:
    """None when it was for something or somebody else, is old, or has been used."""
    try:
        for_what, of_whom, challenge, handle = _states().loads(state, max_age=LIFE)
    except (BadSignature, TypeError, ValueError):
        return None
    if (for_what, of_whom) != (purpose, bound) or not bound:
        return None
    if not attempts.use_once(attempts.key_of("challenge", challenge), now=now):
        return None
    return Asked(base64url_to_bytes(challenge), base64url_to_bytes(handle))


def _read(credential: str) -> dict[str, Any]:
    """Raises `ValueError` for what no browser sends."""
    read = json.loads(credential) if len(credential) <= LONGEST_ANSWER else None
    if not isinstance(read, dict) or not isinstance(read.get("response"), dict):
        raise ValueError("no credential")
    return read


def _transports(credential: dict[str, Any]) -> str:
    told = credential["response"].get("transports")
    return ",".join(sorted(TRANSPORTS & {str(one) for one in told})) if isinstance(told, list) else ""


def _states() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(house().keyring.signing_key, salt="passkey")
