"""What has been written: entries, their revisions, the operations they came by, and who has read them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    delete,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from ledvei_pwa.platform.database import Base, HasId, Id, UtcDateTime, db
from ledvei_pwa.platform.feed import Feed
from ledvei_pwa.platform.keyring import EncryptedText

ENTRY = "entry"  # the feed's name for it


class Entry(Base):
    """A written document as it is now. The id is its device's. Texts are encrypted (see sync/texts.py)."""

    __tablename__ = "entry"
    __table_args__ = (Index("ix_entry_service_id_changed_at", "service_id", "changed_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"))
    kind: Mapped[str] = mapped_column(String(40))
    author_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    series_id: Mapped[str | None] = mapped_column(ForeignKey("series.id"), index=True)
    session_id: Mapped[str | None] = mapped_column(ForeignKey("session.id"), index=True)
    audience: Mapped[str] = mapped_column(
        String(12)
    )  # the narrowest that its author means, see sync/merging.py
    # Whom the author meant by "the supervisor"; None while that is nobody. See kernel/access.py.
    shared_with: Mapped[str | None] = mapped_column(Id)
    revision: Mapped[int] = mapped_column(default=0)
    body: Mapped[bytes] = mapped_column(EncryptedText)
    conflicts: Mapped[bytes | None] = mapped_column(EncryptedText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Revision(HasId, Base):
    """An entry as it was after one operation. Nothing written is ever overwritten."""

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("entry_id", "number"),)

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"))
    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"))
    number: Mapped[int]  # 1 is the first
    operation_id: Mapped[str] = mapped_column(Id)
    device_id: Mapped[str | None] = mapped_column(Id)  # None: written on the server, e.g. by the demo
    device_number: Mapped[int] = mapped_column(default=0)  # the operation's number on its device
    author_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    body: Mapped[bytes] = mapped_column(EncryptedText)


class Operation(Base):
    """An operation that was taken. The key makes it take effect once, however often it comes."""

    __tablename__ = "operation"

    id: Mapped[str] = mapped_column(Id, primary_key=True)  # the device's
    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    device_id: Mapped[str | None] = mapped_column(Id, index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    entry_id: Mapped[str] = mapped_column(Id)
    number: Mapped[int] = mapped_column(default=0)
    result: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(40), default="")
    revision: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(
        String(64)
    )  # of what was sealed, which holds a secret: it tells nothing
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Reading(Base):
    """Somebody has read somebody else's text. `at` is the last time they read something new in it.

    Whoever has seen an earlier text only, without a network, has the moment when that one was written.
    """

    __tablename__ = "reading"

    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    reader_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Expiry(Base):
    """When a text goes, as its author has been told, and what they have asked for since."""

    __tablename__ = "expiry"
    __table_args__ = (Index("ix_expiry_service_id_goes_on", "service_id", "goes_on"),)

    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"))
    author_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    goes_on: Mapped[date | None]  # None: it does not go within the days that are told of
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    kept_until: Mapped[date | None]  # by the author's own wish
    extra_years: Mapped[int] = mapped_column(default=0)  # how often they have wished it


class Forgotten(Base):
    """That there was an entry, which was deleted when its time was over. Not a word of it.

    Without this, something written on it in an old outbox would look like the sign of a restored backup.
    """

    __tablename__ = "forgotten_entry"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    author_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    series_id: Mapped[str | None] = mapped_column(ForeignKey("series.id"))
    session_id: Mapped[str | None] = mapped_column(ForeignKey("session.id"))
    revision: Mapped[int]  # the last one: numbers go on after it
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def revisions_from(entry_id: str, number: int) -> Sequence[Revision]:
    """The revisions from a number on, oldest first."""
    query = select(Revision).where(Revision.entry_id == entry_id, Revision.number >= number)
    return db.session.scalars(query.order_by(Revision.number)).all()


def operations_by_ids(ids: Collection[str]) -> Sequence[Operation]:
    """Those of the ids that were taken."""
    return db.session.scalars(select(Operation).where(Operation.id.in_(ids))).all()


def last_number_by(entry_id: str, number: int, moment: datetime) -> int:
    """The newest revision up to `number` that was there at a moment; 0 when there was none."""
    query = select(func.max(Revision.number)).where(Revision.entry_id == entry_id, Revision.number <= number)
    return db.session.scalar(query.where(Revision.at <= moment)) or 0


def entries_by_ids(ids: Collection[str]) -> Sequence[Entry]:
    return db.session.scalars(select(Entry).where(Entry.id.in_(ids))).all() if ids else []


def entries_of_author(author_id: str) -> Iterator[Entry]:
    """All of a person's own, removed ones too, the newest first. Fetched some at a time."""
    query = (
        select(Entry).where(Entry.author_id == author_id).order_by(Entry.created_at.desc(), Entry.id.desc())
    )
    yield from db.session.scalars(query.execution_options(yield_per=200))


def ids_of_author(author_id: str) -> list[str]:
    """Of all of a person's own, removed ones too, the newest first."""
    query = select(Entry.id).where(Entry.author_id == author_id)
    return list(db.session.scalars(query.order_by(Entry.created_at.desc(), Entry.id.desc())))


def entries_in_series(series_id: str) -> Sequence[Entry]:
    """Those not removed."""
    query = select(Entry).where(Entry.series_id == series_id, Entry.deleted_at.is_(None)).order_by(Entry.id)
    return db.session.scalars(query).all()


def others_in_session(entry: Entry) -> Sequence[Entry]:
    """Of the same kind in the same session, not removed, what was changed last first."""
    query = select(Entry).where(Entry.session_id == entry.session_id, Entry.kind == entry.kind)
    others = query.where(Entry.id != entry.id, Entry.deleted_at.is_(None))
    return db.session.scalars(others.order_by(Entry.changed_at.desc(), Entry.id.desc())).all()


def readings_of(entry_ids: Collection[str]) -> dict[str, list[Reading]]:
    found: dict[str, list[Reading]] = {}
    if not entry_ids:
        return found
    for reading in db.session.scalars(
        select(Reading).where(Reading.entry_id.in_(entry_ids)).order_by(Reading.at)
    ):
        found.setdefault(reading.entry_id, []).append(reading)
    return found


@dataclass(frozen=True)
class Written:
    """The last revision of an entry that its author wrote."""

    number: int
    at: datetime


def last_written_by_authors(entry_ids: Collection[str]) -> dict[str, Written]:
    """By entry. What others write in it (a supervisor marks a topic as done) is no new text."""
    if not entry_ids:
        return {}
    by_author = (
        select(Revision.entry_id, func.max(Revision.number).label("number"))
        .join(Entry, Entry.id == Revision.entry_id)
        .where(Revision.entry_id.in_(entry_ids), Revision.author_id == Entry.author_id)
        .group_by(Revision.entry_id)
        .subquery()
    )
    rows = select(Revision.entry_id, Revision.number, Revision.at).join(
        by_author, (by_author.c.entry_id == Revision.entry_id) & (by_author.c.number == Revision.number)
    )
    return {entry_id: Written(number, at) for entry_id, number, at in db.session.execute(rows)}


def ids_of_still_fed(changed_before: datetime) -> list[tuple[str, str]]:
    """(service id, entry id) of what devices hold although it was last changed before then."""
    fed = select(Feed.subject_id).where(Feed.type == ENTRY, Feed.removed.is_(False))
    query = select(Entry.service_id, Entry.id).where(Entry.changed_at < changed_before, Entry.id.in_(fed))
    return [(service_id, entry_id) for service_id, entry_id in db.session.execute(query.order_by(Entry.id))]


def ids_changed_before(service_id: str, moments: Collection[ColumnElement[bool]]) -> list[str]:
    """Entries of a service for which one of the conditions holds."""
    query = select(Entry.id).where(Entry.service_id == service_id, or_(*moments))
    return list(db.session.scalars(query.order_by(Entry.id)))


def expiries_by_ids(entry_ids: Collection[str]) -> dict[str, Expiry]:
    if not entry_ids:
        return {}
    rows = db.session.scalars(select(Expiry).where(Expiry.entry_id.in_(entry_ids)))
    return {row.entry_id: row for row in rows}


def ids_told_of(service_id: str, *, until: date | None = None, author_id: str | None = None) -> list[str]:
    """Entries that are to go; by a day, or somebody's own, when one is given."""
    query = select(Expiry.entry_id).where(Expiry.service_id == service_id, Expiry.goes_on.is_not(None))
    if until is not None:
        query = query.where(Expiry.goes_on <= until)
    if author_id is not None:
        query = query.where(Expiry.author_id == author_id)
    return list(db.session.scalars(query.order_by(Expiry.entry_id)))


def forgotten_of(author_id: str) -> Iterator[Forgotten]:
    query = select(Forgotten).where(Forgotten.author_id == author_id).order_by(Forgotten.at, Forgotten.id)
    yield from db.session.scalars(query.execution_options(yield_per=200))


def changes_in_others(person_id: str) -> Iterator[Revision]:
    """The revisions that a person has written of others' texts, the oldest first."""
    query = select(Revision).join(Entry, Entry.id == Revision.entry_id)
    query = query.where(Revision.author_id == person_id, Entry.author_id != person_id)
    yield from db.session.scalars(query.order_by(Revision.at, Revision.id).execution_options(yield_per=200))


def readings_by(reader_id: str) -> Iterator[Reading]:
    query = select(Reading).where(Reading.reader_id == reader_id).order_by(Reading.at, Reading.entry_id)
    yield from db.session.scalars(query.execution_options(yield_per=200))


def operations_of(person_id: str) -> Iterator[Operation]:
    query = select(Operation).where(Operation.person_id == person_id)
    query = query.order_by(Operation.received_at, Operation.id)
    yield from db.session.scalars(query.execution_options(yield_per=200))


def told_of_author(author_id: str) -> list[tuple[Entry, Expiry]]:
    """A person's own that are to go, the soonest first. Not what they have removed."""
    query = select(Entry, Expiry).join(Expiry, Expiry.entry_id == Entry.id)
    query = query.where(
        Expiry.author_id == author_id, Expiry.goes_on.is_not(None), Entry.deleted_at.is_(None)
    )
    rows = db.session.execute(query.order_by(Expiry.goes_on, Entry.id))
    # What has been written on since is not to go, though the job has not been there yet.
    return [(entry, row) for entry, row in rows if row.told_at and entry.changed_at <= row.told_at]


def erase(entry: Entry, at: datetime) -> None:
    """Every word of an entry, and all that says who read it. That it was there stays."""
    for table, column in ((Reading, Reading.entry_id), (Revision, Revision.entry_id)):
        db.session.execute(delete(table).where(column == entry.id))
    gone = Forgotten(
        id=entry.id,
        service_id=entry.service_id,
        author_id=entry.author_id,
        kind=entry.kind,
        series_id=entry.series_id,
        session_id=entry.session_id,
        revision=entry.revision,
        at=at,
    )
    db.session.merge(gone)
    # By statements: what hangs on the row goes with it in the database.
    db.session.execute(delete(Expiry).where(Expiry.entry_id == entry.id))
    db.session.execute(delete(Entry).where(Entry.id == entry.id))
