"""What each person's devices should hold: one row per person and subject, numbered by the service's counter.

The counter is taken with an UPDATE in the writing transaction, and the lock on that row is held until the
commit. So the numbers of one service become visible in order: whoever has read up to n can never be passed by
a change with a number below n that commits later (as would happen with a sequence). On SQLite the same UPDATE
takes the write lock.

No number is given behind the clock (milliseconds since 1970). So a database that was put back from a backup
gives no number to a change that a device knows as another's, unless its clock was set back too.

The rows are derived from the subjects and can be made again by publishing them.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    Index,
    ScalarSelect,
    String,
    case,
    column,
    false,
    insert,
    select,
    table,
    true,
    union_all,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from ledvei_pwa.kernel.digest import Digest, digest_of
from ledvei_pwa.platform.database import Base, Id, UtcDateTime, db

PAGE_SIZE = 200
SERVICE = table("service", column("id"), column("change_counter"))


class Feed(Base):
    """One subject in one person's feed. `removed` rows stay, so that every device hears of the removal."""

    __tablename__ = "feed"
    __table_args__ = (
        # All that reading a feed asks for, so that it costs the same however much has been removed.
        Index("ix_feed_person_id_removed_version", "person_id", "removed", "version", "type", "subject_id"),
        Index("ix_feed_subject", "type", "subject_id"),
    )

    person_id: Mapped[str] = mapped_column(Id, primary_key=True)
    type: Mapped[str] = mapped_column(String(24), primary_key=True)
    subject_id: Mapped[str] = mapped_column(Id, primary_key=True)
    service_id: Mapped[str] = mapped_column(Id)
    version: Mapped[int] = mapped_column(BigInteger)
    removed: Mapped[bool] = mapped_column(Boolean, default=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class FeedItem:
    type: str
    id: str
    version: int


@dataclass(frozen=True)
class FeedPage:
    """The next changes after a cursor, oldest first. `digest` is None while more is to come."""

    changes: list[FeedItem]
    removed: list[FeedItem]
    cursor: int
    more: bool
    digest: Digest | None
    left: int = 0  # how many changes and removals come after this page


class UnknownServiceError(LookupError):
    """There is no service with this id."""


def begin_writing(service_id: str) -> None:
    """Take the service's write lock before reading what one is about to change.

    Whatever was read earlier in this session may be old by now and is forgotten.
    """
    statement = update(SERVICE).where(SERVICE.c.id == service_id)
    db.session.execute(statement.values(change_counter=SERVICE.c.change_counter))
    db.session.expire_all()


def publish(service_id: str, type_: str, subject_id: str, readers: Collection[str], *, at: datetime) -> int:
    """Tell the readers' devices that a subject is new or changed, and those of earlier readers to forget it.

    Takes part in the current transaction; answers the change's number.
    """
    number = _next_number(service_id)
    before = _earlier_readers(type_, subject_id)
    fresh = {"version": number, "at": at}
    _change(type_, subject_id, before.keys() & set(readers), {**fresh, "removed": False})
    lost = {person for person, removed in before.items() if not removed and person not in readers}
    _change(type_, subject_id, lost, {**fresh, "removed": True})
    subject = {"type": type_, "subject_id": subject_id, "service_id": service_id, "removed": False, **fresh}
    new = [{"person_id": person, **subject} for person in sorted(set(readers) - before.keys())]
    if new:
        db.session.execute(insert(Feed.__table__), new)  # type: ignore[arg-type]
    return number


def publish_many(
    service_id: str, type_: str, readers: Mapping[str, Collection[str]], *, at: datetime
) -> None:
    """`publish` for many subjects at once. Each gets a number of its own: pages are cut between numbers."""
    ids = select(Feed.subject_id).where(Feed.type == type_, Feed.subject_id.in_(readers))
    known = set(db.session.scalars(ids))
    for subject_id in sorted(known):
        publish(service_id, type_, subject_id, readers[subject_id], at=at)
    new = [subject_id for subject_id in readers if subject_id not in known]
    if not new:
        return
    first = _next_number(service_id, len(new)) - len(new) + 1
    shared = {"type": type_, "service_id": service_id, "removed": False, "at": at}
    rows = [
        {"person_id": person, "subject_id": subject_id, "version": number, **shared}
        for number, subject_id in enumerate(new, first)
        for person in sorted(set(readers[subject_id]))
    ]
    if rows:
        db.session.execute(insert(Feed.__table__), rows)  # type: ignore[arg-type]


def publish_to(service_id: str, type_: str, subject_id: str, person_id: str, *, at: datetime) -> None:
    """Add one reader to a subject that has not changed: the others' devices are told nothing."""
    before = _earlier_readers(type_, subject_id)
    if before.get(person_id) is False:
        return
    fresh = {"version": _next_number(service_id), "removed": False, "at": at}
    _change(type_, subject_id, before.keys() & {person_id}, fresh)
    if person_id not in before:
        subject = {"type": type_, "subject_id": subject_id, "service_id": service_id, **fresh}
        db.session.execute(insert(Feed.__table__), [{"person_id": person_id, **subject}])  # type: ignore[arg-type]


def tell_again(service_id: str, type_: str, subject_id: str, person_id: str, *, at: datetime) -> None:
    """Something that only this reader sees has changed: the others' devices are told nothing."""
    if _earlier_readers(type_, subject_id).get(person_id) is False:
        _change(type_, subject_id, {person_id}, {"version": _next_number(service_id), "at": at})


def last_told(type_: str, subject_id: str, person_id: str) -> datetime | None:
    """When a person's devices were last told of a subject; None when it is not theirs."""
    wanted = select(Feed.at).where(Feed.type == type_, Feed.subject_id == subject_id)
    return db.session.scalar(wanted.where(Feed.person_id == person_id, Feed.removed.is_(False)))


def last_numbers(person_id: InstrumentedAttribute[str]) -> list[ScalarSelect[int]]:
    """Two columns for a statement: the last number of what a person holds, and of what was removed."""
    ends = []
    for is_removed in (false(), true()):
        rows = select(Feed.version).where(Feed.person_id == person_id, Feed.removed == is_removed)
        ends.append(rows.order_by(Feed.version.desc()).limit(1).scalar_subquery())
    return ends


def has_ever_held(type_: str, subject_id: str, person_id: str) -> bool:
    """Whether a person is, or was once, a reader of a subject."""
    return person_id in _earlier_readers(type_, subject_id)


def withdraw(service_id: str, type_: str, subject_id: str, *, at: datetime) -> int:
    """Let every device forget a subject."""
    return publish(service_id, type_, subject_id, (), at=at)


def current_readers(type_: str, subject_id: str) -> frozenset[str]:
    """The persons whose devices hold, or are about to hold, a subject."""
    return frozenset(person for person, removed in _earlier_readers(type_, subject_id).items() if not removed)


def forget(person_id: str, item: FeedItem) -> None:
    """Let one person's devices forget a subject that their feed shows and its own rule denies them.

    Nothing happens when the feed has moved on since `item` was read.
    """
    row = select(Feed.service_id).where(
        Feed.person_id == person_id, Feed.type == item.type, Feed.subject_id == item.id
    )
    service_id = db.session.scalar(row.where(Feed.version == item.version))
    if service_id is None:
        return
    values = {"version": _next_number(service_id), "removed": True}
    stands = update(Feed.__table__).where(  # type: ignore[arg-type]
        Feed.person_id == person_id, Feed.type == item.type, Feed.subject_id == item.id
    )
    db.session.execute(stands.where(Feed.version == item.version).values(**values))


def read_feed(person_id: str, cursor: int, *, epoch: str = "", limit: int = PAGE_SIZE) -> FeedPage:
    """The changes after `cursor`, and the digest of all that the person may see when this page is the last.

    One statement, so that changes and digest are of the same moment on both databases. Where the service's
    epoch is told, the digest is remembered until something in this person's feed changes.
    """
    rows, digest = _read_what_is_new(person_id, cursor, epoch) or _read_everything(person_id, cursor, epoch)
    changed = [row for row in rows if row.version > cursor and not (row.removed and cursor == 0)]
    page, more = changed[:limit], len(changed) > limit
    return FeedPage(
        changes=[_item(row) for row in page if not row.removed],
        removed=[_item(row) for row in page if row.removed],
        cursor=page[-1].version if page else cursor,
        more=more,
        digest=None if more else digest,
        left=len(changed) - len(page),
    )


@dataclass(frozen=True)
class _Known:
    """The digest of a person's feed while `version` is the last number in it."""

    epoch: str
    version: int
    digest: Digest


MOST_KNOWN: Final = 10_000  # persons, about 4 MB
_known: dict[str, _Known] = {}
_learning = Lock()


def _read_what_is_new(person_id: str, cursor: int, epoch: str) -> tuple[list[_FeedRow], Digest] | None:
    """Without the rows that are old and well known; None when the digest is not.

    Every change of a row gives it a number above all others of its service. So a feed whose last number is
    the same, in the same epoch, is the same feed.
    """
    known = _known.get(person_id)
    if known is None or known.epoch != epoch or cursor == 0:
        return None
    since = min(cursor + 1, known.version)
    rows = _rows(person_id, live_from=since, removed_from=since)
    is_same = bool(rows) and rows[-1].version == known.version
    return (rows, known.digest) if is_same else None


def _read_everything(person_id: str, cursor: int, epoch: str) -> tuple[list[_FeedRow], Digest]:
    rows = _rows(person_id, live_from=0, removed_from=cursor + 1 if cursor else None)
    digest = digest_of((row.type, row.id, row.version) for row in rows if not row.removed)
    if epoch and rows:
        with _learning:
            _known.pop(person_id, None)
            _known[person_id] = _Known(epoch, rows[-1].version, digest)
            if len(_known) > MOST_KNOWN:
                del _known[next(iter(_known))]
    return rows, digest


def _next_number(service_id: str, count: int = 1) -> int:
    """The last of the next `count` numbers."""
    counter, clock = SERVICE.c.change_counter, time.time_ns() // 1_000_000
    statement = update(SERVICE).where(SERVICE.c.id == service_id)
    statement = statement.values(change_counter=case((counter < clock, clock), else_=counter) + count)
    number = db.session.execute(statement.returning(SERVICE.c.change_counter)).scalar_one_or_none()
    if number is None:
        raise UnknownServiceError(service_id)
    return int(number)


def _earlier_readers(type_: str, subject_id: str) -> dict[str, bool]:
    """Whether it has been removed again, by person."""
    rows = select(Feed.person_id, Feed.removed).where(Feed.type == type_, Feed.subject_id == subject_id)
    return {row.person_id: row.removed for row in db.session.execute(rows)}


def _change(type_: str, subject_id: str, persons: Iterable[str], values: dict[str, object]) -> None:
    persons = sorted(persons)
    if not persons:
        return
    rows = update(Feed.__table__).where(  # type: ignore[arg-type]
        Feed.type == type_, Feed.subject_id == subject_id, Feed.person_id.in_(persons)
    )
    db.session.execute(rows.values(**values))


class _FeedRow(NamedTuple):
    version: int  # first, so that rows sort by it
    type: str
    id: str
    removed: bool


def _rows(person_id: str, *, live_from: int, removed_from: int | None) -> list[_FeedRow]:
    """The rows with these numbers or later, and in any case the last removed one, in order."""
    columns = Feed.version, Feed.type, Feed.subject_id, Feed.removed
    live = select(*columns).where(Feed.person_id == person_id, Feed.removed == false())
    removed = select(*columns).where(Feed.person_id == person_id, Feed.removed == true())
    last = removed.order_by(Feed.version.desc()).limit(1).subquery()
    parts = [live.where(Feed.version >= live_from), select(last)]
    if removed_from is not None:
        parts.append(removed.where(Feed.version >= removed_from))
    return sorted({_FeedRow(*row) for row in db.session.execute(union_all(*parts))})


def _item(row: _FeedRow) -> FeedItem:
    return FeedItem(row.type, row.id, row.version)
