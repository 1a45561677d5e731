"""New keys in the place of old ones while people write. Each step can be broken off anywhere, and done again.

**A service's key.** The new one is used from the moment its row is there; the old one lies beside it in
`earlier_service_key`. Texts are encrypted anew some at a time, each lot in a transaction of its own that
holds the service's write lock. The old key goes when no text is encrypted with it, and not before an hour:
no transaction that has read it lives that long.

**The master key.** `master.key.next` is written, and read by every process beside `master.key`. One
transaction then wraps all services' keys anew; after it the file takes its name. What is keyed with the
sign-in key stays good: it is written down first, where it was derived from the old master key. What browsers
hold is signed with a key that goes with the master key: whoever had a copy of the old one can make none of it
any more, and everybody signs in again.

**The sealing key.** Devices hear of it with each answer. The old one is kept as `sealing-….pem`, since what
waits on a phone is sealed for it, until whoever runs the server gives it up (`forget_sealing`).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, LargeBinary, Table, exists, func, literal, select, update
from sqlalchemy.sql import ColumnElement

from ledvei_pwa.platform import audit, feed, installation_keys
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import Base, db
from ledvei_pwa.platform.key_files import (
    MASTER,
    NEXT,
    SEALING,
    SIGN_IN,
    as_text,
    derived,
    keep_names,
    new_pem,
    new_secret,
    public_id,
    read_folder,
    read_keys,
    read_pem,
    read_secret,
    secret_id,
    write_secret,
)
from ledvei_pwa.platform.keyring import (
    EarlierServiceKey,
    EncryptedText,
    Keyring,
    Place,
    ServiceKey,
    TextUnreadable,
    begins_with,
    seal_bytes,
    wrapped_for,
)
from ledvei_pwa.platform.registry import house

AT_ONCE: Final = 25  # texts in one transaction: meanwhile nobody else in the service writes
KEPT_AT_LEAST: Final = timedelta(hours=1)
SEALING_KEPT: Final = timedelta(days=35)  # a device keeps what it has sent for 30 (docs/sync-protocol.md)


@dataclass(frozen=True)
class EncryptedColumn:
    table: Table
    column: Column[Any]
    place: str  # the table that its texts are bound to

    def place_of(self, row_id: str) -> Place:
        return (self.place, row_id, self.column.name)


@dataclass(frozen=True)
class Left:
    """An earlier key of a service, and how many texts are still encrypted with it."""

    service_id: str
    number: int
    replaced_at: datetime
    texts: int


def encrypted_columns() -> list[EncryptedColumn]:
    """Every column of the house that holds encrypted texts."""
    return [
        EncryptedColumn(table, column, column.type.table or table.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, EncryptedText)
    ]


# --- a service's key --------------------------------------------------------------------------------------


def begin_service_key(service_id: str, *, now: datetime) -> int:
    """A new key for what is written from now on; answers its number. Commits."""
    feed.begin_writing(service_id)
    row = db.session.get(ServiceKey, service_id)
    if row is None:
        db.session.rollback()
        return 0  # nothing has been written yet
    keep_as_earlier(row, now)
    number = row.number + 1
    master = house().keyring.master_in_use()
    row.wrapped = seal_bytes(master, secrets.token_bytes(32), wrapped_for(service_id, number))
    row.number, row.created_at = number, now
    audit.record(service_id, Deed.SERVICE_KEY_REPLACED, ("service", service_id), by=None, at=now, key=number)
    db.session.commit()
    return number


def number_in_use(service_id: str) -> tuple[int, datetime | None]:
    """A service's newest key and its first moment; (0, None) when nothing has been written yet."""
    row = db.session.get(ServiceKey, service_id)
    return (row.number, row.created_at) if row else (0, None)


def keep_as_earlier(row: ServiceKey, now: datetime) -> None:
    kept = {"wrapped": row.wrapped, "created_at": row.created_at, "replaced_at": now}
    db.session.add(EarlierServiceKey(service_id=row.service_id, number=row.number, **kept))


def encrypt_anew(service_id: str) -> Iterator[int]:
    """Bring all texts of a service to its newest key, some at a time; answers how many each time. Commits."""
    for column in encrypted_columns():
        after = ""
        while True:
            feed.begin_writing(service_id)
            changed, after = _encrypt_some(column, service_id, after)
            db.session.commit()
            if not after:
                break
            yield changed


def _encrypt_some(column: EncryptedColumn, service_id: str, after: str) -> tuple[int, str]:
    """How many, and the id of the last; "" when there are no more. Part of the caller's transaction."""
    key = db.session.get(ServiceKey, service_id)
    if key is None:
        return 0, ""
    id_ = column.table.c.id
    old = _of_service(column, service_id) & ~_begins_with(column.column, key.number)
    query = select(id_, column.column).where(old, id_ > after).order_by(id_).limit(AT_ONCE)
    rows = db.session.execute(query).all()
    for row_id, data in rows:
        new = _anew(service_id, column.place_of(row_id), data)
        db.session.execute(update(column.table).where(id_ == row_id).values({column.column.name: new}))
    return len(rows), rows[-1][0] if rows else ""


def _anew(service_id: str, place: Place, data: bytes) -> bytes:
    """Encrypted with the newest key. What does not open stays as it is, and so does its key."""
    keyring = house().keyring
    try:
        return keyring.encrypt(service_id, place, keyring.decrypt(service_id, place, data))
    except TextUnreadable:
        return data


def drop_unused_keys(service_id: str, *, now: datetime) -> list[int]:
    """Give up the earlier keys that no text needs; answers their numbers. Commits."""
    feed.begin_writing(service_id)
    dropped = []
    for row in earlier_keys(service_id):
        if row.replaced_at <= now - KEPT_AT_LEAST and not is_needed(service_id, row.number):
            db.session.delete(row)
            about = ("service", service_id)
            audit.record(service_id, Deed.SERVICE_KEY_DROPPED, about, by=None, at=now, key=row.number)
            dropped.append(row.number)
    db.session.commit()
    return dropped


def earlier_keys(service_id: str | None = None) -> Sequence[EarlierServiceKey]:
    query = select(EarlierServiceKey).order_by(EarlierServiceKey.service_id, EarlierServiceKey.number)
    if service_id:
        query = query.where(EarlierServiceKey.service_id == service_id)
    return db.session.scalars(query).all()


def is_needed(service_id: str, number: int) -> bool:
    """Whether any text of the service is still encrypted with its key of this number."""
    found = (exists().where(_with_key(column, service_id, number)) for column in encrypted_columns())
    return any(db.session.scalar(select(one)) for one in found)


def what_is_left() -> list[Left]:
    """For each earlier key, how many texts wait to be encrypted anew."""
    return [
        Left(row.service_id, row.number, row.replaced_at, _count(row.service_id, row.number))
        for row in earlier_keys()
    ]


def _count(service_id: str, number: int) -> int:
    counts = (
        select(func.count()).select_from(column.table).where(_with_key(column, service_id, number))
        for column in encrypted_columns()
    )
    return sum(db.session.scalar(count) or 0 for count in counts)


def _with_key(column: EncryptedColumn, service_id: str, number: int) -> ColumnElement[bool]:
    return _of_service(column, service_id) & _begins_with(column.column, number)


def _of_service(column: EncryptedColumn, service_id: str) -> ColumnElement[bool]:
    return (column.table.c.service_id == service_id) & column.column.is_not(None)


def _begins_with(column: Column[Any], number: int) -> ColumnElement[bool]:
    beginning = begins_with(number)
    return func.substr(column, 1, len(beginning)) == literal(beginning, LargeBinary)


def go_on(now: datetime) -> None:
    """The job: bring what was begun nearer its end, and give up what nothing needs any more."""
    finish_exchange(house().keyring)
    for service_id in sorted({row.service_id for row in earlier_keys()}):
        for _ in encrypt_anew(service_id):
            pass
        drop_unused_keys(service_id, now=now)


# --- the master key -------------------------------------------------------------------------------


def write_next_master(folder: Path) -> bytes:
    """The key that is to take the master key's place; the same one when this was broken off before."""
    path = folder / (MASTER + NEXT)
    if not path.exists():
        write_secret(path, new_secret())
    return read_secret(path.read_bytes(), str(path))


def replace_master(folder: Path, *, now: datetime) -> bool:
    """Wrap every service's key with a new master key. Commits.

    False when all it had to do was to end what had been broken off.
    """
    if "master" in finish_exchange(house().keyring):
        return False
    new = write_next_master(folder)
    write_down_sign_in(folder)
    services = lock_all_services()
    installation_keys.hold("master")
    for row in [*db.session.scalars(select(ServiceKey)), *db.session.scalars(select(EarlierServiceKey))]:
        about = wrapped_for(row.service_id, row.number)
        row.wrapped = seal_bytes(new, house().keyring.unwrap(row), about)
    installation_keys.note("master", secret_id(new, "master"), now)
    _record(services, Deed.MASTER_KEY_REPLACED, now)
    db.session.commit()
    finish_exchange(house().keyring)
    return True


def write_down_sign_in(folder: Path) -> None:
    """Before the master key changes it is derived from that; afterwards it must be what it was."""
    if not (folder / SIGN_IN).exists():
        master = read_secret((folder / MASTER).read_bytes(), str(folder / MASTER))
        write_secret(folder / SIGN_IN, as_text(derived(master)))


def lock_all_services() -> list[str]:
    """Always in the same order, so that nobody waits for ever. Part of the caller's transaction."""
    services = list(db.session.scalars(select(feed.SERVICE.c.id).order_by(feed.SERVICE.c.id)))
    for service_id in services:
        feed.begin_writing(service_id)
    return services


# --- the sealing key ------------------------------------------------------------------------------


def replace_sealing(folder: Path, *, now: datetime) -> str:
    """Devices seal for a new key from their next contact on; answers its id. Commits."""
    if "sealing" in finish_exchange(house().keyring):
        return house().keyring.sealing_key_id  # all that was left of one that had been broken off
    path = folder / (SEALING + NEXT)
    if not path.exists():
        write_secret(path, new_pem())
    new = sealing_id(path.read_bytes())
    services = lock_all_services()
    installation_keys.hold("sealing")
    installation_keys.note("sealing", new, now)
    _record(services, Deed.SEALING_KEY_REPLACED, now)
    db.session.commit()
    finish_exchange(house().keyring)
    return new


def earlier_sealing_file(folder: Path, key_id: str) -> Path:
    return folder / f"sealing-{key_id}.pem"


def forget_sealing(folder: Path, key_id: str, *, now: datetime) -> bool:
    """Give an earlier sealing key up for good. False when there is none with that id. Commits."""
    path = earlier_sealing_file(folder, key_id)
    if not path.exists():
        return False
    _record(lock_all_services(), Deed.SEALING_KEY_DROPPED, now)
    db.session.commit()
    path.unlink()
    keep_names(folder)
    return True


def accept_lost_sealing(folder: Path, *, now: datetime) -> str:
    """The sealing key is gone for good: devices seal for the one that is there now. Commits."""
    new = public_id(read_keys(folder).sealings[0])
    services = lock_all_services()
    installation_keys.hold("sealing")
    installation_keys.note("sealing", new, now)
    _record(services, Deed.SEALING_KEY_REPLACED, now)
    db.session.commit()
    return new


# --- files ----------------------------------------------------------------------------------------


def finish_exchange(keyring: Keyring) -> list[str]:
    """Give `….next` its name when the database says that it is in use. Safe to do at any time, and again.

    Answers the kinds of what was exchanged.
    """
    folder = keyring.place
    files = read_folder(folder)
    in_use = {kind: row.key_id for kind, row in installation_keys.in_use().items()}
    db.session.rollback()
    finished = []
    if (name := MASTER + NEXT) in files and in_use.get("master") == master_id(files[name]):
        finished.append("master")
        os.replace(folder / name, folder / MASTER)
    if (name := SEALING + NEXT) in files and in_use.get("sealing") == sealing_id(files[name]):
        finished.append("sealing")
        keep_sealing(folder, files[SEALING])
        os.replace(folder / name, folder / SEALING)
    if finished:
        keep_names(folder)
        keyring.read_again()
    return finished


def master_id(content: bytes) -> str:
    return secret_id(read_secret(content, MASTER), "master")


def sealing_id(content: bytes) -> str:
    return public_id(read_pem(content, SEALING))


def keep_sealing(folder: Path, content: bytes) -> None:
    kept = earlier_sealing_file(folder, sealing_id(content))
    if not kept.exists():
        write_secret(kept, content)


def record_everywhere(deed: Deed, now: datetime) -> None:
    """What concerns every service, in each one's log. Commits."""
    _record(lock_all_services(), deed, now)
    db.session.commit()


def _record(services: Sequence[str], deed: Deed, now: datetime) -> None:
    for service_id in services:
        audit.record(service_id, deed, ("service", service_id), by=None, at=now)
