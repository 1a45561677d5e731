"""Who holds an entry when its series' people change, and when it grows old."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from ledvei_pwa.kernel.merge import FieldValue
from ledvei_pwa.platform import feed
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.keyring import TextUnreadable
from ledvei_pwa.sync.records import ENTRY, Entry, entries_in_series, ids_of_still_fed
from ledvei_pwa.sync.rights import holders_now
from ledvei_pwa.sync.texts import fields_of
from ledvei_pwa.sync.writing import publish_entry

SHORTEST_KEPT = timedelta(weeks=1)  # no service keeps texts on devices for less


def follow_series(series_id: str, at: datetime) -> None:
    """A series' supervisor or participants have changed: give its entries to who may read them now.

    Part of the transaction that changed them.
    """
    db.session.flush()
    for entry in entries_in_series(series_id):
        _publish_when_holders_changed(entry, at)


def let_old_entries_leave(now: datetime) -> None:
    """Every day: what is older than the service keeps on devices leaves them. The server keeps it."""
    for service_id, entry_id in ids_of_still_fed(now - SHORTEST_KEPT):
        feed.begin_writing(service_id)
        entry = db.session.get(Entry, entry_id)
        if entry is not None:
            _publish_when_holders_changed(entry, now)
        db.session.commit()


def _publish_when_holders_changed(entry: Entry, now: datetime) -> None:
    fields = _fields_if_readable(entry)
    if feed.current_readers(ENTRY, entry.id) != holders_now(entry, fields, now):
        publish_entry(entry, fields, now)


def _fields_if_readable(entry: Entry) -> Mapping[str, FieldValue]:
    """A damaged text must not keep somebody's access from ending, nor the other entries from leaving."""
    try:
        return fields_of(entry)
    except TextUnreadable:
        return {}
