"""A log whose lines are only added, each chained to the one before. Each service has a chain of its own.

A line is written in the transaction of what it tells: there is none without the other. It holds ids and
codes, and never a name, an address or a word anybody wrote. A line's hash is SHA-256 over all of it and the
hash of the line before, so that who changes, removes or swaps lines breaks the chain from there on.

What the chain alone cannot show: that the last lines are gone, and that somebody who can write in the
database has made it all anew from some line on. Both are seen by whoever wrote the last hash down elsewhere
(`find_hash`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint, select, type_coerce, update
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from ledvei_pwa.platform.database import HasId, Id, UtcDateTime, db, new_id
from ledvei_pwa.platform.feed import SERVICE, UnknownServiceError

NOTHING_BEFORE: Final = "0" * 64
CODE: Final = re.compile(r"[a-z0-9_-]{1,64}")  # ids, days and our own short words; no name and no e-mail
AT_ONCE: Final = 500  # lines
Detail = str | int | None | list[str]


class ChainedLine(HasId):
    """The columns of one line. Migrations make the database refuse to change or delete one."""

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        return (UniqueConstraint("service_id", "number"),)

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"))
    number: Mapped[int] = mapped_column(Integer)  # from 1 in each service, without gaps
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    # No foreign keys: a line outlives what it is about.
    actor_id: Mapped[str | None] = mapped_column(Id)  # None: whoever runs the server
    deed: Mapped[str] = mapped_column(String(40))
    subject_type: Mapped[str] = mapped_column(String(24))
    subject_id: Mapped[str] = mapped_column(Id)
    details: Mapped[str] = mapped_column(Text)  # JSON
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True)
class Line:
    """A line as it stands in the database, whatever has been done to it there. `at` is ISO 8601 in UTC."""

    id: str
    service_id: str
    number: int
    at: str
    actor_id: str | None
    deed: str
    subject_type: str
    subject_id: str
    details: str
    previous_hash: str
    hash: str


@dataclass(frozen=True)
class Chain:
    """What walking a service's lines showed. `broken_at` is where the first line is that is not right."""

    lines: int  # that are right
    since: str  # the first line's moment; "" without lines
    last_hash: str
    broken_at: int | None = None
    why: str = ""  # "missing" | "changed" | "not_joined"


class ChainedLog:
    """One kind of chained log: its table, and the name of its encoding.

    The name stands first in what is hashed: another encoding gets another name, and no line fits into the
    chain of another log.
    """

    def __init__(self, table: type[ChainedLine], encoding: str) -> None:
        self._table: Any = table  # a mixin says nothing of how its tables are made
        self._encoding = encoding

    # --- writing ------------------------------------------------------------------------------------------

    def add(
        self,
        service_id: str,
        deed: str,
        subject: tuple[str, str],
        *,
        by: str | None,
        at: datetime,
        details: dict[str, Detail],
    ) -> int:
        """Write a line down and answer its number. Part of the caller's transaction.

        `subject` is a type and an id; `by` a person's id, None for whoever runs the server. `details` are
        codes and ids; `ValueError` for anything else. Whoever changes rows before this has called
        `feed.begin_writing` first, as ever: the service's row is locked here, so that two at once get two
        numbers.
        """
        subject_type, subject_id = subject
        hold(service_id)
        number, previous = self._end_of(service_id)
        line = self._table(
            id=new_id(),
            service_id=service_id,
            number=number + 1,
            at=at,
            actor_id=by,
            deed=deed,
            subject_type=subject_type,
            subject_id=subject_id,
            details=_written(details),
            previous_hash=previous,
        )
        line.hash = self.hash_of(_line_of(line))
        db.session.add(line)
        db.session.flush()
        return number + 1

    def hash_of(self, line: Line) -> str:
        """SHA-256 over a JSON list of the encoding and all fields but the hash, in ASCII without spaces."""
        fields = [
            self._encoding,
            line.id,
            line.service_id,
            line.number,
            line.at,
            line.actor_id,
            line.deed,
            line.subject_type,
            line.subject_id,
            line.details,
            line.previous_hash,
        ]
        return sha256(json.dumps(fields, separators=(",", ":")).encode("ascii")).hexdigest()

    def _end_of(self, service_id: str) -> tuple[int, str]:
        """The last line's number and hash."""
        table = self._table
        lines = select(table.number, table.hash).where(table.service_id == service_id)
        last = db.session.execute(lines.order_by(table.number.desc()).limit(1)).one_or_none()
        return (last.number, last.hash) if last else (0, NOTHING_BEFORE)

    # --- reading ------------------------------------------------------------------------------------------

    def walk(self, service_id: str, *, is_whole: Callable[[Line], bool] = lambda _: True) -> Chain:
        """Look at every line of a service, up to the first that is not right.

        `is_whole` is asked of each line about what it stands for outside of its own row.
        """
        lines, since, previous = 0, "", NOTHING_BEFORE
        for line in self._lines(service_id):
            why = self._problem_of(line, lines + 1, previous) or ("" if is_whole(line) else "changed")
            if why:
                return Chain(lines, since, previous, lines + 1, why)
            lines, since, previous = line.number, since or line.at, line.hash
        return Chain(lines, since, previous)

    def _problem_of(self, line: Line, number: int, previous: str) -> str:
        if line.number != number:
            return "missing"
        if line.hash != self.hash_of(line):
            return "changed"
        return "" if line.previous_hash == previous else "not_joined"

    def latest(self, service_id: str, count: int, *conditions: Any, before: int | None = None) -> list[Line]:
        """The last lines that fit the conditions, the oldest of them first. `before`: a line's number."""
        fitting = self._statement(service_id).where(*conditions)
        if before is not None:
            fitting = fitting.where(self._table.number < before)
        newest = fitting.order_by(self._table.number.desc()).limit(count)
        return [_line(row) for row in reversed(db.session.execute(newest).all())]

    def find_hash(self, service_id: str, wanted: str) -> int | None:
        """The number of the line with this hash, to be compared with what was written down elsewhere."""
        table = self._table
        found = select(table.number).where(table.service_id == service_id, table.hash == wanted)
        return db.session.scalar(found)

    def _lines(self, service_id: str) -> Iterator[Line]:
        """All, by number, some at a time: a walk that ends early leaves nothing open in the database."""
        rows = self._statement(service_id).order_by(self._table.number).limit(AT_ONCE)
        page = db.session.execute(rows).all()
        while page:
            yield from map(_line, page)
            page = db.session.execute(rows.where(self._table.number > page[-1].number)).all()

    def _statement(self, service_id: str) -> Any:
        # The moment as it stands: one that cannot be read must be told as changed, not end the walk.
        columns = [getattr(self._table, name) for name in Line.__dataclass_fields__ if name != "at"]
        raw = type_coerce(self._table.at, String).label("at")
        return select(*columns, raw).where(self._table.service_id == service_id)


def hold(service_id: str) -> None:
    """Let nobody else add a line in this service until the transaction ends. Raises `UnknownServiceError`."""
    # The same statement as in feed.begin_writing, which would also forget what is not written yet.
    locked = db.session.execute(
        update(SERVICE)
        .where(SERVICE.c.id == service_id)
        .values(change_counter=SERVICE.c.change_counter)
        .returning(SERVICE.c.id)
    )
    if locked.scalar_one_or_none() is None:
        raise UnknownServiceError(service_id)


def _written(details: dict[str, Detail]) -> str:
    for name, value in details.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str) and not CODE.fullmatch(one):
                raise ValueError(f"{name}: the log takes codes and ids only")
    return json.dumps(details, separators=(",", ":"), sort_keys=True)


def _line(row: Any) -> Line:
    return Line(**{**row._mapping, "at": _moment(row.at)})


def _line_of(line: ChainedLine) -> Line:
    fields = {name: getattr(line, name) for name in Line.__dataclass_fields__ if name not in {"at", "hash"}}
    return Line(**fields, at=_moment(line.at), hash="")


def _moment(stored: datetime | str) -> str:
    """SQLite keeps text without a zone, PostgreSQL a moment in any zone; all are UTC here."""
    try:
        moment = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    except ValueError:
        return str(stored)
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return known.astimezone(UTC).isoformat(timespec="microseconds")
