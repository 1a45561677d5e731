"""Which keys this database was written under: fingerprints, so that a wrong or lost key is noticed at once.

A fingerprint is a part of a digest of something random or public: it helps nobody to guess the key.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import String, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from ledvei_pwa.platform.database import Base, UtcDateTime, db
from ledvei_pwa.platform.key_files import MASTER, PUSH, SEALING, SIGN_IN, KeyringProblem, Keys

FILES: Final = {"master": MASTER, "sealing": SEALING, "push": PUSH, "sign-in": SIGN_IN}
NOTE_USE_EVERY: Final = timedelta(hours=12)


class InstallationKey(Base):
    """One key file of this installation, now or before; belongs to no service, and holds no key."""

    __tablename__ = "installation_key"

    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # noted of replaced sealing keys only


def in_use() -> dict[str, InstallationKey]:
    """By kind. Empty before the first start."""
    rows = db.session.scalars(select(InstallationKey).where(InstallationKey.replaced_at.is_(None)))
    return {row.kind: row for row in rows}


def earlier(kind: str) -> Sequence[InstallationKey]:
    """Those that were replaced, the newest first."""
    rows = select(InstallationKey).where(
        InstallationKey.kind == kind, InstallationKey.replaced_at.is_not(None)
    )
    return db.session.scalars(rows.order_by(InstallationKey.replaced_at.desc())).all()


def refuse_foreign(keys: Keys, folder: Path, *, besides: str = "") -> None:
    """Raise `KeyringProblem` unless every key that this database needs is there."""
    for kind, row in in_use().items():
        if kind != besides and row.key_id not in keys.ids_of(kind):
            raise KeyringProblem(words_for(kind, folder))


def remember(keys: Keys, now: datetime) -> None:
    """At the first start: these are the keys from now on. Commits."""
    known = in_use()
    missing = [kind for kind in FILES if kind not in known]
    if not missing:
        db.session.rollback()
        return
    try:
        for kind in missing:
            note(kind, keys.ids_of(kind)[0], now)
        db.session.commit()
    except IntegrityError:  # another process was first
        db.session.rollback()


def note(kind: str, key_id: str, now: datetime) -> None:
    """From now on this is the one in use. Part of the caller's transaction."""
    db.session.execute(
        update(InstallationKey)
        .where(InstallationKey.kind == kind, InstallationKey.replaced_at.is_(None))
        .values(replaced_at=now)
    )
    db.session.execute(insert(InstallationKey).values(kind=kind, key_id=key_id, since=now))


def hold(kind: str) -> str | None:
    """The id of the one in use, None when none is known. Nobody replaces it until this transaction ends."""
    # An update that changes nothing: it takes the row's lock, and on SQLite the only one there is.
    row = update(InstallationKey).where(InstallationKey.kind == kind, InstallationKey.replaced_at.is_(None))
    held = db.session.execute(row.values(kind=kind).returning(InstallationKey.key_id))
    return held.scalar_one_or_none()


def note_uses(key_ids: set[str], now: datetime) -> None:
    """What was sealed for these replaced keys still comes: they are kept. Commits."""
    long_ago = now - NOTE_USE_EVERY
    db.session.execute(
        update(InstallationKey)
        .where(InstallationKey.kind == "sealing", InstallationKey.key_id.in_(key_ids))
        .where(InstallationKey.used_at.is_(None) | (InstallationKey.used_at < long_ago))
        .values(used_at=now)
    )
    db.session.commit()


def words_for(kind: str, folder: Path) -> str:
    """What is wrong, that nothing was harmed, and what to do."""
    name = folder / FILES[kind]
    lost = {
        "master": "without it no text in the database can be opened, by anybody",
        "sealing": "what waits on people's phones is sealed for another key and could not be opened",
        "push": "everybody would have to allow reminders again",
        "sign-in": "nobody's recovery codes would work",
    }[kind]
    ways = {"sealing": " If it is lost for good: ledvei keys rotate --sealing --lost"}
    return (
        f"{name} does not belong to this database, or is missing: {lost}. Nothing was started or changed. "
        f"Put back the folder of keys that was used with this database, from its copy, or point "
        f"LEDVEI_DATABASE_URL at the right database.{ways.get(kind, '')}"
    )
