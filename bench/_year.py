"""A year of one service, made by the actions that real people use: what a database is filled with copies of.

It is the demo's year with everything written told for all of it, not only for its last weeks, and with
everybody having read what was for them. Only one thing is made up: the moment at which an old text left the
devices is what the daily job would have had, and the feed is numbered by when things happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from sqlalchemy import and_, insert, select, text, update

from ledvei_pwa import create_app
from ledvei_pwa.cli.demo import story
from ledvei_pwa.cli.demo.plan import DemoSeries, all_series
from ledvei_pwa.features.people.records import Device, Person
from ledvei_pwa.features.supervision.records import Session
from ledvei_pwa.platform import schema
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.feed import Feed
from ledvei_pwa.platform.keyring import ensure_keys
from ledvei_pwa.platform.registry import house
from ledvei_pwa.settings import Settings, default_database
from ledvei_pwa.sync.actions import note_entry_read
from ledvei_pwa.sync.records import Entry, Operation
from ledvei_pwa.tables import every_table

YEAR: Final = timedelta(weeks=52)
KEPT: Final = timedelta(weeks=8)
TABLES: Final = every_table().tables
ENCRYPTED: Final = {"entry": ("body", "conflicts"), "revision": ("body",)}

Row = dict[str, Any]
Rows = Mapping[str, list[Row]]  # by table, texts in the clear


@dataclass(frozen=True)
class Year:
    rows: Rows

    @property
    def counter(self) -> int:
        """The last number in the feed."""
        return int(self.rows["service"][0]["change_counter"])


# --- making it ----------------------------------------------------------------------------------------------


def make_year(instance: Path, now: datetime) -> None:
    """Tell the year into a SQLite file in that folder. Takes minutes."""
    ensure_keys(instance / "keys")
    address = default_database(instance)
    schema.upgrade(address)
    app = create_app(Settings(instance, address, "http://localhost", testing=True, limit_rates=False))
    with app.app_context():
        with patch.object(story, "TOLD", 2 * YEAR), patch.object(story, "all_series", all_of_it_told):
            story.fill(now)
        db.session.execute(text("PRAGMA synchronous=OFF"))
        let_everybody_read(now)
        give_devices(now)
        put_in_order(now)
        db.session.commit()
        db.engine.dispose()


def all_of_it_told(today: date) -> Iterator[DemoSeries]:
    return (replace(series, told=True) for series in all_series(today))


def let_everybody_read(now: datetime) -> None:
    """Each reader has seen each text of somebody else's, a day after it was last changed."""
    held = and_(Feed.type == "entry", Feed.subject_id == Entry.id, Feed.person_id != Entry.author_id)
    rows = select(Entry.id, Entry.changed_at, Feed.person_id).join(Feed, held).order_by(Entry.id)
    for entry_id, changed_at, person_id in db.session.execute(rows).all():
        note_entry_read(person_id, entry_id, now=min(changed_at + timedelta(days=1), now))


def give_devices(now: datetime) -> None:
    """One each, and every operation came from its person's."""
    for person_id, service_id in db.session.execute(select(Person.id, Person.service_id)).all():
        theirs = select(Operation.id).where(Operation.person_id == person_id)
        operations = db.session.scalars(theirs.order_by(Operation.received_at)).all()
        about = {"service_id": service_id, "person_id": person_id, "created_at": now - YEAR}
        told = {"name": "Firefox, Android", "write_hash": "", "read_hash": "", "last_contact_at": now}
        device = Device(id=new_id(), last_number=len(operations), **about, **told)
        db.session.add(device)
        if operations:
            numbered = enumerate(operations, 1)
            came = [{"id": id_, "device_id": device.id, "number": number} for number, id_ in numbered]
            db.session.execute(update(Operation), came)


def put_in_order(now: datetime) -> None:
    """The story tells one series after the other; the feed is to be numbered by when things happened."""
    feed = TABLES["feed"]
    rows = [dict(row) for row in db.session.execute(select(feed)).mappings()]
    left_at = {id_: at + KEPT for id_, at in last_moments()}
    moments = {
        row["version"]: min(left_at.get(row["subject_id"], row["at"]), now) if row["removed"] else row["at"]
        for row in rows
    }
    order = {old: new for new, old in enumerate(sorted(moments, key=lambda old: (moments[old], old)), 1)}
    told = [{**row, "at": moments[row["version"]], "version": order[row["version"]]} for row in rows]
    db.session.execute(feed.delete())
    db.session.execute(insert(feed), told)
    db.session.execute(update(TABLES["service"]).values(change_counter=len(order)))


def last_moments() -> Iterator[tuple[str, datetime]]:
    """From when on each session and each entry grows old."""
    starts = {id_: at for id_, at in db.session.execute(select(Session.id, Session.starts_at))}  # noqa: C416
    yield from starts.items()
    entries = select(Entry.id, Entry.session_id, Entry.changed_at)
    for id_, session_id, changed_at in db.session.execute(entries):
        yield id_, max(changed_at, starts.get(session_id, changed_at))


# --- reading it ---------------------------------------------------------------------------------------------


def read_year(instance: Path) -> Year:
    """The rows of the one service that was made there."""
    schema.upgrade(default_database(instance))
    address = default_database(instance)
    app = create_app(Settings(instance, address, "http://localhost", testing=True, limit_rates=False))
    with app.app_context():
        rows = {name: rows_of(name) for name in TABLES}
        db.engine.dispose()
    return Year({name: found for name, found in rows.items() if found})


def rows_of(name: str) -> list[Row]:
    return [opened(name, dict(row)) for row in db.session.execute(select(TABLES[name])).mappings()]


def opened(table: str, row: Row) -> Row:
    for column in ENCRYPTED.get(table, ()):
        if row[column] is not None:
            place = (table, row["id"], column)
            row[column] = house().keyring.decrypt(row["service_id"], place, row[column])
    return row
