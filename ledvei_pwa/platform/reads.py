"""The log of reading: whose text came to whom and when, and when it was looked at (platform/chained.py).

One line for each time that texts are handed over, however many: which ones stands in rows of their own, whose
digest is in the line. So a device's first fill writes a line a page, and no row can be changed, added or
taken away without breaking the line. It holds ids and numbers, and no words.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import astuple, dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import ForeignKey, Index, Integer, String, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from ledvei_pwa.platform.chained import Chain, ChainedLine, ChainedLog, Line, hold
from ledvei_pwa.platform.database import Base, Id, db


class Way(StrEnum):
    DELIVERED = "delivered"  # handed to a device of the reader's
    LOOKED_AT = "looked_at"  # on the reader's screen


class ReadLine(ChainedLine, Base):
    """Somebody got or looked at others' texts. The subject is their device, or they, where it is unknown."""

    __tablename__ = "read_line"


class ReadText(Base):
    """One text of a line: once for each device, revision and way. Only added to, as the lines are."""

    __tablename__ = "read_text"
    __table_args__ = (
        Index("ix_read_text_service_id_number", "service_id", "number"),
        Index("ix_read_text_author_id_entry_id", "author_id", "entry_id"),
    )

    place_id: Mapped[str] = mapped_column(Id, primary_key=True)  # the line's subject
    # No foreign keys: a row outlives its text.
    entry_id: Mapped[str] = mapped_column(Id, primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    way: Mapped[str] = mapped_column(String(12), primary_key=True)
    author_id: Mapped[str] = mapped_column(Id)
    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"))
    number: Mapped[int] = mapped_column(Integer)  # the line's


LOG: Final = ChainedLog(ReadLine, "ledvei-reading-1")
latest, find_hash = LOG.latest, LOG.find_hash


@dataclass(frozen=True, order=True)
class Text:
    """A text as it stood at a revision."""

    entry_id: str
    revision: int
    author_id: str


@dataclass(frozen=True)
class Reader:
    """Who reads, and where. `device_id` is None when the server does not know the device."""

    service_id: str
    person_id: str
    device_id: str | None

    @property
    def place(self) -> tuple[str, str]:
        return ("device", self.device_id) if self.device_id else ("person", self.person_id)


@dataclass(frozen=True)
class Read:
    """Somebody's reading of one text, as the log tells it."""

    entry_id: str
    revision: int
    author_id: str
    way: Way
    reader_id: str
    place_id: str
    at: datetime


# --- writing ----------------------------------------------------------------------------------------------


def note(reader: Reader, way: Way, texts: Collection[Text], *, at: datetime) -> bool:
    """Write down those of the texts that are not in the log yet for this device. Part of the transaction.

    One's own are left out. Answers whether anything was written; nobody waits for the service's lock before
    there is something to write.
    """
    others = {text for text in texts if text.author_id != reader.person_id}
    if not _new_ones(reader, way, others):
        return False
    hold(reader.service_id)
    new = _new_ones(reader, way, others)  # two tabs may have fetched the same
    if not new:
        return False
    details: dict[str, Any] = {"texts": len(new), "digest": _digest(new)}
    number = LOG.add(reader.service_id, way.value, reader.place, by=reader.person_id, at=at, details=details)
    shared = {
        "service_id": reader.service_id,
        "number": number,
        "place_id": reader.place[1],
        "way": way.value,
    }
    rows = [
        {**shared, "entry_id": text.entry_id, "revision": text.revision, "author_id": text.author_id}
        for text in new
    ]
    db.session.execute(insert(ReadText.__table__), rows)  # type: ignore[arg-type]
    return True


def _new_ones(reader: Reader, way: Way, texts: Collection[Text]) -> list[Text]:
    if not texts:
        return []
    known = select(ReadText.entry_id, ReadText.revision).where(
        ReadText.place_id == reader.place[1],
        ReadText.entry_id.in_({text.entry_id for text in texts}),
        ReadText.way == way.value,
    )
    noted = {(row.entry_id, row.revision) for row in db.session.execute(known)}
    return sorted(text for text in texts if (text.entry_id, text.revision) not in noted)


def _digest(texts: Iterable[Text]) -> str:
    """SHA-256 over a JSON list of [entry, revision, author], in order, in ASCII without spaces."""
    plain = [list(astuple(text)) for text in sorted(texts)]
    return sha256(json.dumps(plain, separators=(",", ":")).encode("ascii")).hexdigest()


# --- reading ----------------------------------------------------------------------------------------------


def of_author(author_id: str, entry_ids: Collection[str] | None = None) -> list[Read]:
    """Who has had or looked at a person's texts, or some of them, the oldest first."""
    wanted = _reads().where(ReadText.author_id == author_id)
    if entry_ids is not None:
        wanted = wanted.where(ReadText.entry_id.in_(entry_ids))
    return _found(wanted.order_by(ReadLine.number, ReadText.entry_id))


def by_reader(service_id: str, reader_id: str) -> list[Read]:
    """What somebody has had or looked at themselves, the oldest first."""
    wanted = _reads().where(ReadLine.service_id == service_id, ReadLine.actor_id == reader_id)
    return _found(wanted.order_by(ReadLine.number, ReadText.entry_id))


def began(service_id: str) -> datetime | None:
    """The moment of the first line of a service; None while there is none."""
    first = select(ReadLine.at).where(ReadLine.service_id == service_id, ReadLine.number == 1)
    return db.session.scalar(first)


def _reads() -> Any:
    columns = ReadText.entry_id, ReadText.revision, ReadText.author_id, ReadText.way, ReadText.place_id
    joined = (ReadLine.service_id == ReadText.service_id) & (ReadLine.number == ReadText.number)
    return select(*columns, ReadLine.actor_id, ReadLine.at).join(ReadLine, joined)


def _found(statement: Any) -> list[Read]:
    return [
        Read(
            entry_id=row.entry_id,
            revision=row.revision,
            author_id=row.author_id,
            way=Way(row.way),
            reader_id=row.actor_id,
            place_id=row.place_id,
            at=row.at,
        )
        for row in db.session.execute(statement)
    ]


def walk(service_id: str) -> Chain:
    """Look at every line of a service and at its texts, up to the first that is not right.

    `why` may also be "loose": all lines are right, and there are texts that none of them tells of.
    """
    told = 0

    def is_whole(line: Line) -> bool:
        nonlocal told
        rows = _texts_of(line)
        told += len(rows)
        are_its_own = all(row.place_id == line.subject_id and row.way == line.deed for row in rows)
        digest = _digest(Text(row.entry_id, row.revision, row.author_id) for row in rows)
        return are_its_own and json.loads(line.details) == {"texts": len(rows), "digest": digest}

    chain = LOG.walk(service_id, is_whole=is_whole)
    if chain.broken_at is None and told != _texts_in(service_id):
        return Chain(chain.lines, chain.since, chain.last_hash, chain.lines + 1, "loose")
    return chain


def _texts_of(line: Line) -> list[ReadText]:
    rows = select(ReadText).where(ReadText.service_id == line.service_id, ReadText.number == line.number)
    return list(db.session.scalars(rows))


def _texts_in(service_id: str) -> int:
    return db.session.scalar(select(func.count()).where(ReadText.service_id == service_id)) or 0
