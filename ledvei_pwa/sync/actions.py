"""Writing an entry on the server by the same way as what devices send. For the demo service."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.kernel.merge import FieldValue
from ledvei_pwa.kernel.outcome import Outcome, done, refused
from ledvei_pwa.platform import feed
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.sync.protocol import Change
from ledvei_pwa.sync.records import Entry
from ledvei_pwa.sync.results import NotBackYetError, RejectedError
from ledvei_pwa.sync.writing import READING, Writer, note_operation, take_change


def write_entry(
    person_id: str,
    kind: str,
    set_: Mapping[str, FieldValue],
    *,
    now: datetime,
    entry_id: str | None = None,
    series_id: str | None = None,
    session_id: str | None = None,
    remove: bool | None = None,
) -> Outcome[str]:
    """Write as a person, on top of what is there; answers the entry's id. Commits, or changes nothing."""
    person = people.persons_by_ids([person_id]).get(person_id)
    if person is None:
        return refused("person_unknown")
    feed.begin_writing(person.service_id)
    before = db.session.get(Entry, entry_id) if entry_id else None
    change = Change(
        id=new_id(),
        kind=kind,
        entry=entry_id or new_id(),
        base=before.revision if before else 0,
        set=dict(set_),
        series=series_id,
        session=session_id,
        remove=remove,
    )
    return _take(Writer(person.service_id, person.id), change, now)


def note_entry_read(person_id: str, entry_id: str, *, now: datetime) -> Outcome[str]:
    """A reader has seen somebody else's entry. Commits."""
    person = people.persons_by_ids([person_id]).get(person_id)
    if person is None:
        return refused("person_unknown")
    feed.begin_writing(person.service_id)
    return _take(Writer(person.service_id, person.id), Change(new_id(), READING, entry_id), now)


def _take(writer: Writer, change: Change, now: datetime) -> Outcome[str]:
    try:
        taken = take_change(writer, change, now)
    except RejectedError as error:
        db.session.rollback()
        return refused(error.reason, **error.fields)
    except NotBackYetError:
        db.session.rollback()
        return refused("not_back_yet")
    note_operation(writer, change, taken, sha256(change.id.encode()).hexdigest(), now)
    db.session.commit()
    return done(change.entry)
