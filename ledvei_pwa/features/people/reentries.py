"""Coming back to an account by somebody else's link: it waits, can be stopped, and then opens.

Whoever holds such a link may write at once, and reads nothing that was written before, until something that
the account knew says that it is its person: an earlier recovery code, passkey, or password and code; a yes on
another device; or time, in which whoever has the account has not stopped it (docs/adr/0011).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog
from sqlalchemy import delete, exists, or_, select, update

from ledvei_pwa.features.people import records, rules
from ledvei_pwa.features.people.invitations import void_invitations
from ledvei_pwa.features.people.records import (
    CodeApp,
    Device,
    IdentityLink,
    Invitation,
    Passkey,
    Person,
    RecoveryCode,
    Reentry,
    WaitingCodeApp,
)
from ledvei_pwa.kernel.outcome import Outcome, done, refused
from ledvei_pwa.platform import audit, feed, sessions
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.registry import house

log = structlog.get_logger(__name__)


class Opened(StrEnum):
    """What showed that it was the account's own person."""

    TIME = "time"
    FACTOR = "factor"  # from before
    PERSON = "person"  # on another device


@dataclass(frozen=True)
class ReentryCard:
    """A link that waits to open an account, as its person sees it."""

    id: str
    made_by: str | None  # a person's id; None: whoever runs the server
    browser: str
    used_at: datetime
    opens_at: datetime


# --- asking ---------------------------------------------------------------------------------------


def waiting_reentry(person_id: str) -> ReentryCard | None:
    found = records.waiting_reentry_of(person_id)
    if found is None:
        return None
    made_by = db.session.get_one(Invitation, found.invitation_id).created_by
    return ReentryCard(found.id, made_by, found.browser, found.created_at, found.opens_at)


def when_it_opens(reentry_id: str, now: datetime) -> datetime | None:
    """For a sign-in that waits: None when it does so no more. What is due opens here. May commit."""
    reentry = db.session.get(Reentry, reentry_id)
    if reentry is None or not reentry.waits:
        return None
    if now < reentry.opens_at:
        return reentry.opens_at
    _end_due(reentry.id, reentry.service_id, now)
    return None


def is_begun_by(reentry_id: str, device_id: str | None) -> bool:
    """Whether that device was registered by the same link, and is not let in yet."""
    device = db.session.get(Device, device_id) if device_id else None
    return device is not None and device.reentry_id == reentry_id


# --- beginning, in the transaction that uses the link ---------------------------------------------


def must_wait(person: Person, invitation_id: str) -> bool:
    """Whether the account has been in use, and the link is not its person's own."""
    made_by = db.session.get_one(Invitation, invitation_id).created_by
    return person.accepted_at is not None and made_by != person.id and has_been_in(person.id)


def has_been_in(person_id: str) -> bool:
    """A password alone opens nothing. A device is from when it did."""
    tables = (Passkey, CodeApp, RecoveryCode, Device, IdentityLink)
    return any(db.session.scalar(select(exists().where(table.person_id == person_id))) for table in tables)


def begin(person: Person, invitation_id: str, *, browser: str, now: datetime) -> Reentry:
    """The wait begins, and the person is told of it. A link that waited before waits no more."""
    earlier = records.waiting_reentry_of(person.id)
    if earlier:
        _shut(earlier, now)
    reentry = Reentry(
        id=new_id(),
        service_id=person.service_id,
        person_id=person.id,
        invitation_id=invitation_id,
        browser=browser[:80],
        created_at=now,
        opens_at=rules.reentry_opens_at(now),
    )
    db.session.add(reentry)
    db.session.flush()
    _record(Deed.REENTRY_BEGUN, reentry, person.id, now)
    _tell(reentry, now)
    return reentry


# --- ending ---------------------------------------------------------------------------------------


def stop(person_id: str, reentry_id: str, *, now: datetime) -> Outcome[str]:
    """ "It was not me": whoever came by the link is out, and the link is worth nothing. Commits."""
    reentry = _begin_ending(person_id, reentry_id)
    if reentry is None:
        return refused("not_waiting")
    end_waiting(reentry, by=person_id, now=now)
    db.session.commit()
    log.info("reentry_stopped", person=person_id)
    return done(reentry.id)


def end_waiting(reentry: Reentry, *, by: str | None, now: datetime) -> None:
    """Part of the caller's transaction. `by`: who stopped it; None when it was never made ready."""
    _shut(reentry, now)
    _revoke_devices(reentry.person_id, None, now)
    void_invitations(reentry.person_id, now)
    _record(Deed.REENTRY_STOPPED, reentry, by, now)
    _tell(reentry, now)


def stop_for(person_id: str, *, by: str | None, now: datetime) -> None:
    """Whose account is closed waits for nothing: else it could open when nobody of it can stop it."""
    reentry = records.waiting_reentry_of(person_id)
    if reentry:
        end_waiting(reentry, by=by, now=now)


def open_now(person_id: str, reentry_id: str, how: Opened, *, now: datetime) -> Outcome[str]:
    """It is the person: what was chosen by the link replaces what opened the account before. Commits."""
    reentry = _begin_ending(person_id, reentry_id)
    if reentry is None:
        return refused("not_waiting")
    _open(reentry, how, now)
    db.session.commit()
    return done(reentry.id)


def open_due(now: datetime) -> None:
    """The job: what has waited long enough opens. Running it twice does nothing more."""
    for reentry in records.waiting_reentries():
        if reentry.opens_at <= now:
            _end_due(reentry.id, reentry.service_id, now)


def wait_anew(service_id: str, *, now: datetime) -> None:
    """After a restored backup: what was stopped since would open. Part of the caller's transaction."""
    for reentry in records.waiting_reentries(service_id):
        reentry.opens_at = max(reentry.opens_at, rules.reentry_opens_at(now))
        db.session.flush()
        _tell(reentry, now)


# --- inside ---------------------------------------------------------------------------------------


def _begin_ending(person_id: str, reentry_id: str) -> Reentry | None:
    """Of two who end it at the same moment, the second finds that it does not wait any more."""
    feed.begin_writing(db.session.get_one(Person, person_id).service_id)
    reentry = db.session.get(Reentry, reentry_id)
    if reentry is None or reentry.person_id != person_id or not reentry.waits:
        db.session.rollback()
        return None
    return reentry


def _end_due(reentry_id: str, service_id: str, now: datetime) -> None:
    """One that has no second factor yet opens nothing: the earlier ways in stay. Commits."""
    feed.begin_writing(service_id)
    reentry = db.session.get_one(Reentry, reentry_id)
    if reentry.waits and reentry.opens_at <= now:
        if _is_ready(reentry):
            _open(reentry, Opened.TIME, now)
        else:
            end_waiting(reentry, by=None, now=now)
    db.session.commit()


def _is_ready(reentry: Reentry) -> bool:
    made = records.passkeys_of(reentry.person_id, reentry.id)
    return bool(made) or records.code_app_of(reentry.person_id, reentry.id) is not None


def _open(reentry: Reentry, how: Opened, now: datetime) -> None:
    person = db.session.get_one(Person, reentry.person_id)
    for table in (CodeApp, RecoveryCode, IdentityLink):
        db.session.execute(delete(table).where(table.person_id == person.id))
    others = or_(Passkey.reentry_id.is_(None), Passkey.reentry_id != reentry.id)
    db.session.execute(delete(Passkey).where(Passkey.person_id == person.id, others))
    db.session.execute(update(Passkey).where(Passkey.reentry_id == reentry.id).values(reentry_id=None))
    _take_over_code_app(reentry)
    person.password_hash, reentry.password_hash = reentry.password_hash, None
    reentry.opened_at = now
    sessions.open_sessions_by(reentry.id, person.id, now=now)
    _revoke_devices(person.id, reentry.id, now)
    db.session.execute(update(Device).where(Device.reentry_id == reentry.id).values(reentry_id=None))
    db.session.flush()
    _record(Deed.REENTRY_OPENED, reentry, None if how is Opened.TIME else person.id, now, how=how.value)
    _tell(reentry, now)
    log.info("reentry_opened", person=person.id, how=how.value)


def _take_over_code_app(reentry: Reentry) -> None:
    waiting = records.code_app_of(reentry.person_id, reentry.id)
    if waiting is None:
        return
    kept = ("id", "service_id", "person_id", "secret", "last_step", "created_at")
    db.session.add(CodeApp(**{name: getattr(waiting, name) for name in kept}))
    db.session.delete(waiting)
    db.session.flush()


def _shut(reentry: Reentry, now: datetime) -> None:
    """Whoever came by it is out, and what they chose opens nothing."""
    reentry.stopped_at, reentry.password_hash = now, None
    sessions.end_sessions_by(reentry.id, now=now)
    for table in (Passkey, WaitingCodeApp):
        db.session.execute(delete(table).where(table.reentry_id == reentry.id))
    db.session.flush()


def _revoke_devices(person_id: str, but: str | None, now: datetime) -> None:
    """All that were registered by links that waited, but one's. What they have sent is there."""
    waiting = update(Device).where(
        Device.person_id == person_id,
        Device.reentry_id != (but or ""),  # and not null
        Device.revoked_at.is_(None),
    )
    db.session.execute(waiting.values(revoked_at=now))


def _record(deed: Deed, reentry: Reentry, by: str | None, now: datetime, **details: str) -> None:
    subject = ("person", reentry.person_id)
    told = {"reentry": reentry.id, "invitation": reentry.invitation_id, **details}
    audit.record(reentry.service_id, deed, subject, by=by, at=now, **told)


def _tell(reentry: Reentry, now: datetime) -> None:
    for tell in house().on_reentry:
        tell(reentry.person_id, now)
