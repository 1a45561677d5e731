"""Who has had and looked at somebody's texts, for the one who wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.platform import reads
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.reads import Read, Way
from ledvei_pwa.sync.own_texts import KIND_NAMES
from ledvei_pwa.sync.records import Entry, entries_by_ids

ON_A_PAGE: Final = 25  # texts


@dataclass(frozen=True)
class Reader:
    """What one person has had of one text, over all its revisions."""

    name: str
    looked_at: tuple[datetime, ...]
    came_at: datetime | None  # to the first of their devices
    devices: int


@dataclass(frozen=True)
class ReadText:
    """One text, and everybody who has had it. Deleted ones have no moments of their own any more."""

    title: str
    written_at: datetime | None
    session_at: datetime | None
    readers: list[Reader] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """Some texts, those first that somebody had last. `pages` is how many pages there are."""

    texts: list[ReadText]
    number: int
    pages: int
    since: datetime | None  # when the log began


def texts_read(person_id: str, service_id: str, number: int) -> Page:
    """The `number`th page, from 1, of a person's own texts that others have had."""
    by_entry: dict[str, list[Read]] = {}
    for read in reads.of_author(person_id):
        by_entry.setdefault(read.entry_id, []).append(read)
    last_first = sorted(by_entry, key=lambda id_: (by_entry[id_][-1].at, id_), reverse=True)
    pages = max(1, -(-len(last_first) // ON_A_PAGE))
    number = min(max(number, 1), pages)
    shown = last_first[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]
    texts = _texts({id_: by_entry[id_] for id_ in shown})
    return Page(texts, number, pages, reads.began(service_id))


def _texts(by_entry: dict[str, list[Read]]) -> list[ReadText]:
    entries = {entry.id: entry for entry in entries_by_ids(by_entry)}
    ids = {read.reader_id for found in by_entry.values() for read in found}
    names = {id_: card.name for id_, card in people.persons_by_ids(ids).items()}
    held_in = {entry.session_id for entry in entries.values() if entry.session_id}
    starts = {id_: scope.starts_at for id_, scope in supervision.session_scopes(held_in).items()}
    return [_text(entries.get(id_), found, names, starts) for id_, found in by_entry.items()]


def _text(
    entry: Entry | None, found: list[Read], names: Mapping[str, str], starts: Mapping[str, datetime]
) -> ReadText:
    readers = [_reader(names.get(id_) or _("somebody"), own) for id_, own in _by_reader(found)]
    if entry is None:
        return ReadText(_("A text that is deleted"), None, None, readers)
    title = str(KIND_NAMES.get(entry.kind, entry.kind))
    return ReadText(title, entry.created_at, starts.get(entry.session_id or ""), readers)


def _by_reader(found: Iterable[Read]) -> list[tuple[str, list[Read]]]:
    by_reader: dict[str, list[Read]] = {}
    for read in found:
        by_reader.setdefault(read.reader_id, []).append(read)
    return list(by_reader.items())


def _reader(name: str, found: list[Read]) -> Reader:
    came = [read for read in found if read.way is Way.DELIVERED]
    return Reader(
        name=name,
        looked_at=tuple(read.at for read in found if read.way is Way.LOOKED_AT),
        came_at=came[0].at if came else None,
        devices=len({read.place_id for read in came}),
    )
