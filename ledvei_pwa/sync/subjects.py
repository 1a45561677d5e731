"""What an entry shows to one of its readers."""

from __future__ import annotations

from typing import Any

from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.kernel.access import Audience
from ledvei_pwa.sync.conflicts import Conflicts
from ledvei_pwa.sync.records import (
    Entry,
    Expiry,
    Reading,
    entries_by_ids,
    expiries_by_ids,
    last_written_by_authors,
    readings_of,
)
from ledvei_pwa.sync.rights import readers_now
from ledvei_pwa.sync.texts import conflicts_of, fields_of


def render_entries(person_id: str, ids: list[str]) -> dict[str, dict[str, Any]]:
    """By id, those that the person may read. Who has seen it and what is in conflict: to the author alone."""
    entries = entries_by_ids(ids)
    supervision.read_series({entry.series_id for entry in entries if entry.series_id})
    own = [entry.id for entry in entries if entry.author_id == person_id]
    readings, expiries = _readings_of_what_stands(own), expiries_by_ids(own)
    shown = {}
    for entry in entries:
        readers = readers_now(entry)
        if person_id in readers:
            shown[entry.id] = _show(entry, person_id, sorted(readers), readings.get(entry.id, []))
            shown[entry.id] |= _show_end(entry, expiries.get(entry.id))
    return shown


def _readings_of_what_stands(own: list[str]) -> dict[str, list[Reading]]:
    """Who saw an earlier text has not seen this one: an author who asks to be called must not believe so."""
    written = last_written_by_authors(own)
    return {
        entry_id: [reading for reading in readings if reading.at >= written[entry_id].at]
        for entry_id, readings in readings_of(own).items()
    }


def _show(entry: Entry, person_id: str, readers: list[str], readings: list[Reading]) -> dict[str, Any]:
    is_author = entry.author_id == person_id
    return {
        "kind": entry.kind,
        "author": entry.author_id,
        "series": entry.series_id,
        "session": entry.session_id,
        "audience": entry.audience,
        "revision": entry.revision,
        "fields": fields_of(entry),
        "conflicts": show_conflicts(conflicts_of(entry)) if is_author else {},
        "created": entry.created_at.isoformat(),
        "changed": entry.changed_at.isoformat(),
        "readers": readers,
        **({"to": entry.shared_with} if is_author and entry.audience == Audience.SUPERVISOR else {}),
        "seen": [{"person": reading.reader_id, "at": reading.at.isoformat()} for reading in readings],
    }


def _show_end(entry: Entry, row: Expiry | None) -> dict[str, str]:
    """The day it goes, for its author, once that is near. Who has written on it since starts it anew."""
    if row is None or row.goes_on is None or row.told_at is None or entry.changed_at > row.told_at:
        return {}
    return {"goes": row.goes_on.isoformat()}


def show_conflicts(conflicts: Conflicts) -> dict[str, list[dict[str, Any]]]:
    """`removed` among the names: the author removed the entry on another device while it was edited."""
    return {
        name: [{"value": one.value, "at": one.at} for one in values] for name, values in conflicts.items()
    }
