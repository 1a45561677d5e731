"""Everything that is kept about one person, as JSON for themselves, a piece at a time (docs/own-data.md).

It ends with `"complete": true`: half a file is no JSON, and looks like nothing else than half a file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

import structlog

from ledvei_pwa.features.log import actions as log
from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.people import own
from ledvei_pwa.features.reminders import actions as reminders
from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.kernel.access import Actor
from ledvei_pwa.platform import reads
from ledvei_pwa.platform.chained import Line
from ledvei_pwa.platform.feed import FeedItem, read_feed
from ledvei_pwa.platform.reads import Read
from ledvei_pwa.sync.conflicts import REMOVED
from ledvei_pwa.sync.pull import render
from ledvei_pwa.sync.records import (
    Entry,
    Expiry,
    Forgotten,
    Operation,
    Reading,
    Revision,
    changes_in_others,
    entries_by_ids,
    expiries_by_ids,
    forgotten_of,
    ids_of_author,
    operations_of,
    readings_by,
    revisions_from,
)
from ledvei_pwa.sync.texts import body_of, conflicts_of, fields_of

FORMAT: Final = "ledvei-own-data-1"
AT_ONCE: Final = 50  # texts
EVERYTHING: Final = 1_000_000  # more than anybody's feed holds
ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")

logger = structlog.get_logger(__name__)


def own_data(actor: Actor, made_at: datetime) -> Iterator[str]:
    """The file's pieces, one section after the other. Nothing that another person has written is in it."""
    named: set[str] = set()
    for piece in _sections(actor, made_at):
        named.update(ID.findall(piece))
        yield piece
    yield _section("names", _names(actor, named))
    yield ',\n"complete": true\n}\n'


# --- sections ---------------------------------------------------------------------------------------------


def _sections(actor: Actor, made_at: datetime) -> Iterator[str]:
    service = people.service_of(actor.service_id)
    yield _begin({"format": FORMAT, "made": made_at.isoformat()})
    yield _section("service", {"id": actor.service_id, "name": service.name if service else ""})
    for name, value in own.what_is_kept_about(actor.person_id).items():
        yield _section(name, value)
    series = _fed(actor.person_id, "series")
    yield _section("series", series)
    yield from _list("sessions", _sessions(one["id"] for one in series))
    for name, value in supervision.kept_about(actor.person_id).items():
        yield _section(name, value)
    for name, value in reminders.kept_about(actor.person_id).items():
        yield _section(name, value)
    yield from _list("texts", _texts(actor.person_id))
    yield from _list("deleted_texts", (_gone(row) for row in forgotten_of(actor.person_id)))
    yield from _list("changed_by_me", (_change(row) for row in changes_in_others(actor.person_id)))
    yield from _list("seen", (_seen(row) for row in readings_by(actor.person_id)))
    yield from _list("operations", (_operation(row) for row in operations_of(actor.person_id)))
    yield from _list("read_by_me", _read_by(actor))
    yield from _list("log", (_line(line) for line in log.everything_about(actor)))


def _fed(person_id: str, type_: str) -> list[dict[str, Any]]:
    """What the person's devices are fed of this type: already what they may see, and no more."""
    items = [item for item in _feed_of(person_id) if item.type == type_]
    hidden = {"type", "version"}
    return [
        {key: value for key, value in shown.items() if key not in hidden}
        for shown in render(person_id, items)
    ]


def _feed_of(person_id: str) -> list[FeedItem]:
    return read_feed(person_id, 0, limit=EVERYTHING).changes


def _sessions(series_ids: Iterable[str]) -> Iterator[dict[str, Any]]:
    """All of each series, also those that devices have let go of."""
    for series_id in series_ids:
        for session in supervision.sessions_in(series_id):
            yield {
                "id": session.id,
                "series": session.series_id,
                "starts": session.starts_at.isoformat(),
                "minutes": session.minutes,
                "planned": session.is_planned,
            }


def _texts(author_id: str) -> Iterator[dict[str, Any]]:
    """The newest first, removed ones too."""
    ids = ids_of_author(author_id)
    for first in range(0, len(ids), AT_ONCE):
        some = {entry.id: entry for entry in entries_by_ids(ids[first : first + AT_ONCE])}
        ends, read = expiries_by_ids(some), dict[str, list[Read]]()
        for one in reads.of_author(author_id, some):
            read.setdefault(one.entry_id, []).append(one)
        for id_ in ids[first : first + AT_ONCE]:
            if id_ in some and some[id_].author_id == author_id:
                yield _text(some[id_], ends.get(id_), read.get(id_, []))


def _text(entry: Entry, expiry: Expiry | None, read: list[Read]) -> dict[str, Any]:
    about = {
        "id": entry.id,
        "kind": entry.kind,
        "series": entry.series_id,
        "session": entry.session_id,
        "readers": entry.audience,
        "shared_with": entry.shared_with,
        "revision": entry.revision,
        "created": entry.created_at.isoformat(),
        "changed": entry.changed_at.isoformat(),
        "removed": entry.deleted_at.isoformat() if entry.deleted_at else None,
    }
    return {**about, **_end_of(expiry), **_words_of(entry), "had_by": [_read(one) for one in read]}


def _end_of(row: Expiry | None) -> dict[str, Any]:
    """When it goes, as its author is told, and until when they have asked to keep it."""
    goes, kept = (row.goes_on, row.kept_until) if row else (None, None)
    return {
        "goes": goes.isoformat() if goes else None,
        "kept_until": kept.isoformat() if kept else None,
        "kept_longer": row.extra_years if row else 0,
    }


def _words_of(entry: Entry) -> dict[str, Any]:
    """One damaged text must not keep the others from their author."""
    try:
        beside = {
            name: [asdict(one) for one in values]
            for name, values in conflicts_of(entry).items()
            if name != REMOVED
        }
        revisions = [_revision(one) for one in revisions_from(entry.id, 1)]
        return {"fields": dict(fields_of(entry)), "beside": beside, "revisions": revisions}
    except Exception as error:
        logger.error("own_text_unreadable", entry=entry.id, error=type(error).__name__)
        return {"unreadable": True}


def _gone(row: Forgotten) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "series": row.series_id,
        "session": row.session_id,
        "revision": row.revision,
        "at": row.at.isoformat(),
    }


def _change(revision: Revision) -> dict[str, Any]:
    """What one has marked in somebody else's text: that one did. The text is its author's."""
    return {"text": revision.entry_id, "revision": revision.number, "at": revision.at.isoformat()}


def _seen(row: Reading) -> dict[str, Any]:
    return {"text": row.entry_id, "at": row.at.isoformat()}


def _operation(row: Operation) -> dict[str, Any]:
    return {
        "id": row.id,
        "device": row.device_id,
        "number": row.number,
        "text": row.entry_id,
        "result": row.result,
        "reason": row.reason,
        "at": row.received_at.isoformat(),
    }


def _revision(revision: Revision) -> dict[str, Any]:
    body = body_of(revision)
    return {
        "number": revision.number,
        "at": revision.at.isoformat(),
        "by": revision.author_id,
        "fields": dict(body.fields),
        "removed": body.removed,
    }


def _read(read: Read) -> dict[str, Any]:
    return {
        "by": read.reader_id,
        "way": read.way.value,
        "revision": read.revision,
        "at": read.at.isoformat(),
    }


def _read_by(actor: Actor) -> Iterator[dict[str, Any]]:
    """Which of others' texts this person has had, by their ids alone."""
    for read in reads.by_reader(actor.service_id, actor.person_id):
        yield {**_read(read), "text": read.entry_id, "author": read.author_id}


def _line(line: Line) -> dict[str, Any]:
    """Who else is in a series is not about this person."""
    details = {} if line.subject_type == "series" else json.loads(line.details)
    return {
        "number": line.number,
        "at": line.at,
        "by": line.actor_id,
        "deed": line.deed,
        "about": {"type": line.subject_type, "id": line.subject_id},
        "details": details,
        "hash": line.hash,
    }


def _names(actor: Actor, named: set[str]) -> dict[str, str]:
    """Of those of the service whom the file names by their ids: everybody there may know them."""
    everybody = people.people_in_service(actor.service_id, include_disabled=True)
    return {card.id: card.name for card in everybody if card.id in named}


# --- as text ----------------------------------------------------------------------------------------------


def _begin(values: dict[str, Any]) -> str:
    return "{\n" + ",\n".join(f"{_json(name)}: {_json(value)}" for name, value in values.items())


def _section(name: str, value: Any) -> str:
    return f",\n{_json(name)}: {_json(value)}"


def _list(name: str, values: Iterable[Any]) -> Iterator[str]:
    yield f",\n{_json(name)}: ["
    for number, value in enumerate(values):
        yield f"{',' if number else ''}\n{_json(value)}"
    yield "]"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
