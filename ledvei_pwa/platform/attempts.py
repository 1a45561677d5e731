"""Counts tries that may be guesses, so that guessing is slow. Keeps digests only: no e-mail, no address.

A try is counted BEFORE it is checked and given back when it was right: a hundred at once are a hundred tries.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any, Final, cast

from sqlalchemy import CursorResult, String, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from ledvei_pwa.kernel.patience import Patience
from ledvei_pwa.platform.database import Base, UtcDateTime, db
from ledvei_pwa.platform.registry import house

RETRIES: Final = 5
WRONG_TRIES_KEPT: Final = timedelta(days=30)


class SignInAttempt(Base):
    """Wrong tries on one key. It has no service: before the sign-in nobody knows whose it is."""

    __tablename__ = "sign_in_attempt"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_failed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    wait_until: Mapped[datetime] = mapped_column(UtcDateTime)  # of a day's wrong tries: kept until then


@dataclass(frozen=True)
class WrongTries:
    """How many there were on one day, and when the last was."""

    count: int
    last_at: datetime


def key_of(*parts: str) -> str:
    """A keyed digest: nobody can look up in the table which e-mails or addresses were tried."""
    text = "\x00".join(parts).encode()
    return hmac.new(house().keyring.secret_key, text, hashlib.sha256).hexdigest()


def network_of(address: str | None) -> str:
    """The address to count by. One IPv6 subscriber has 2**64 addresses: count the network (RFC 6177)."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "unknown"
    return str(parsed) if parsed.version == 4 else str(ip_network(f"{parsed}/64", strict=False))


def take_try(key: str, patience: Patience, *, now: datetime) -> timedelta:
    """Count a try and answer zero; or, while one has to wait, count nothing, answer for how long. Commits."""
    for _attempt in range(RETRIES):
        row = _read(key)
        if row and row.wait_until > now:
            return row.wait_until - now
        counted = _count_again(row, patience, now) if row else _count_first(key, patience, now)
        if counted:
            return timedelta(0)
    return patience.first  # many at the same moment: let this one wait


def take_tries(*counted: tuple[str | None, Patience], now: datetime) -> timedelta:
    """The same for several keys at once; None is not counted. Commits."""
    waits = (take_try(key, patience, now=now) for key, patience in counted if key is not None)
    return next((wait for wait in waits if wait), timedelta(0))


def give_back(key: str, *, now: datetime) -> None:
    """The try was right: it does not count. Commits."""
    row = update(SignInAttempt).where(SignInAttempt.key == key, SignInAttempt.failures > 0)
    db.session.execute(row.values(failures=SignInAttempt.failures - 1, wait_until=now))
    db.session.commit()


def forget_tries(key: str) -> None:
    """The person is known: what was tried on this key before is forgotten. Commits."""
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.key == key))
    db.session.commit()


def note_wrong(whose: str, *, is_somebodys: bool = True, now: datetime) -> None:
    """For the person's own eyes: one more on this day. Commits.

    The same work where there is no such account; but then it is not kept, or strangers could fill the table.
    """
    key = _wrong_key(whose, now)
    keep_until = now + WRONG_TRIES_KEPT if is_somebodys else now
    again = update(SignInAttempt).where(SignInAttempt.key == key)
    values = {"failures": SignInAttempt.failures + 1, "last_failed_at": now, "wait_until": keep_until}
    for _attempt in range(RETRIES):
        changed = cast("CursorResult[Any]", db.session.execute(again.values(values)))
        is_counted = changed.rowcount == 1
        db.session.commit()
        if is_counted:
            return
        first = SignInAttempt(key=key, failures=1, last_failed_at=now, wait_until=keep_until)
        if _is_first(first):
            return


def wrong_tries_of(whose: str, *, now: datetime) -> list[WrongTries]:
    """Of the last thirty days, the newest first; a day (UTC) at a time."""
    keys = [_wrong_key(whose, now - timedelta(days=days)) for days in range(WRONG_TRIES_KEPT.days + 1)]
    rows = db.session.scalars(
        select(SignInAttempt).where(SignInAttempt.key.in_(keys)).order_by(SignInAttempt.last_failed_at.desc())
    )
    return [WrongTries(row.failures, row.last_failed_at) for row in rows]


def _wrong_key(whose: str, day: datetime) -> str:
    return key_of("wrong-tries", whose, day.astimezone(UTC).date().isoformat())


def use_once(key: str, *, now: datetime) -> bool:
    """Whether this is the first use of what works once. Remembered as long as wrong tries are. Commits."""
    return _is_first(SignInAttempt(key=key, failures=0, last_failed_at=now, wait_until=now))


def forget_tries_before(moment: datetime) -> None:
    """Keep nothing longer than it is of use. Commits."""
    old = (SignInAttempt.last_failed_at < moment) & (SignInAttempt.wait_until < moment)
    db.session.execute(delete(SignInAttempt).where(old))
    db.session.commit()


def _read(key: str) -> SignInAttempt | None:
    """As it is in the database now, whatever this session has read before."""
    row = select(SignInAttempt).where(SignInAttempt.key == key)
    return db.session.scalar(row, execution_options={"populate_existing": True})


def _count_first(key: str, patience: Patience, now: datetime) -> bool:
    wait_until = now + patience.wait_after(1)
    return _is_first(SignInAttempt(key=key, failures=1, last_failed_at=now, wait_until=wait_until))


def _is_first(row: SignInAttempt) -> bool:
    """Whether there was none with its key. Commits."""
    db.session.add(row)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return False
    return True


def _count_again(row: SignInAttempt, patience: Patience, now: datetime) -> bool:
    """Claim by update: whoever changes the number first has counted, the other looks again."""
    failures = 1 + (row.failures if patience.remembers(row.last_failed_at, now) else 0)
    claim = update(SignInAttempt).where(SignInAttempt.key == row.key, SignInAttempt.failures == row.failures)
    changed = db.session.execute(
        claim.values(failures=failures, last_failed_at=now, wait_until=now + patience.wait_after(failures)),
        execution_options={"synchronize_session": False},
    )
    db.session.commit()
    return cast("CursorResult[Any]", changed).rowcount == 1
