"""Taking one change: check, merge, write entry, revision and operation, tell the feed. One transaction.

The caller holds the service's write lock (`feed.begin_writing`) and commits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.kernel.access import Audience, Relation
from ledvei_pwa.kernel.merge import FieldValue, Step
from ledvei_pwa.platform import feed, reads
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.reads import Reader, Text, Way
from ledvei_pwa.platform.registry import AppliedEntry, EntryKind
from ledvei_pwa.platform.row_security import EVERY_SERVICE, rows_of
from ledvei_pwa.sync import rights
from ledvei_pwa.sync.conflicts import REMOVED, TO
from ledvei_pwa.sync.merging import AUDIENCE, State, Writing, apply_change, narrowest_audience
from ledvei_pwa.sync.protocol import Change
from ledvei_pwa.sync.records import (
    ENTRY,
    Entry,
    Forgotten,
    Operation,
    Reading,
    Revision,
    last_number_by,
    last_written_by_authors,
    others_in_session,
    revisions_from,
)
from ledvei_pwa.sync.results import APPLIED, RejectedError
from ledvei_pwa.sync.texts import (
    RevisionBody,
    body_of,
    conflicts_of,
    fields_of,
    step_of,
    write_revision_body,
    write_texts,
)

READING = "reading"


@dataclass(frozen=True)
class Writer:
    """Whose operation it is. Without a device: written on the server, e.g. by the demo.

    `reentry_id`: the device came by a link, and the account is not open to it yet: it writes what is new.
    """

    service_id: str
    person_id: str
    device_id: str | None = None
    number: int = 0
    reentry_id: str | None = None


@dataclass(frozen=True)
class Taken:
    result: str
    revision: int = 0


def take_change(writer: Writer, change: Change, now: datetime) -> Taken:
    """Let one change take effect. Raises `RejectedError`."""
    _refuse_what_was_there_before(writer, change)
    if change.kind == READING:
        return note_reading(writer, change, now)
    kind = rights.kind_named(change.kind)
    rights.refuse_wrong_fields(kind, change.set)
    with rows_of(EVERY_SERVICE):  # an id can be taken only once
        entry = db.session.get(Entry, change.entry)
    if entry is not None and entry.service_id != writer.service_id:
        raise rights.unknown_entry(writer.service_id, entry, change, now)
    if entry is None:
        return _create(writer, kind, change, now)
    return _edit(writer, kind, entry, change, now)


def _refuse_what_was_there_before(writer: Writer, change: Change) -> None:
    """Whoever holds a link to an account and knows a text's id could else share it with themselves.

    The answer is the one that is given about what nobody has.
    """
    if writer.reentry_id is None or db.session.get(Entry, change.entry) is None:
        return
    if not people.is_begun_by(writer.reentry_id, revisions_from(change.entry, 1)[0].device_id):
        raise RejectedError("entry_unknown")


def note_operation(writer: Writer, change: Change, taken: Taken, digest: str, now: datetime) -> None:
    """Remember that the operation was taken, so that it takes effect once."""
    db.session.add(
        Operation(
            id=change.id,
            service_id=writer.service_id,
            device_id=writer.device_id,
            person_id=writer.person_id,
            entry_id=change.entry,
            number=writer.number,
            result=taken.result,
            revision=taken.revision,
            digest=digest,
            received_at=now,
        )
    )


def note_reading(writer: Writer, change: Change, now: datetime) -> Taken:
    """Somebody has seen somebody else's text; its author is told."""
    entry = db.session.get(Entry, change.entry)
    if entry is None or writer.person_id not in rights.readers_now(entry):
        raise rights.unknown_entry(writer.service_id, entry, change, now)
    if writer.person_id == entry.author_id:
        return Taken(APPLIED, entry.revision)
    read = _base_of(entry, change)
    if read == 0 < change.base:
        return Taken(APPLIED, entry.revision)  # what was read went with the disk
    reading = db.session.get(Reading, (entry.id, writer.person_id))
    at = _read_at(entry, read, now)
    if reading is None:
        db.session.add(
            Reading(entry_id=entry.id, reader_id=writer.person_id, service_id=entry.service_id, at=at)
        )
    elif reading.at >= min(at, entry.changed_at):
        return Taken(APPLIED, entry.revision)
    else:
        reading.at = at
    text = Text(entry.id, read or entry.revision, entry.author_id)
    reads.note(Reader(entry.service_id, writer.person_id, writer.device_id), Way.LOOKED_AT, [text], at=now)
    feed.tell_again(entry.service_id, ENTRY, entry.id, entry.author_id, at=now)
    return Taken(APPLIED, entry.revision)


def _read_at(entry: Entry, revision: int, now: datetime) -> datetime:
    """`revision`: the one that was read; 0 when the device does not say, and is taken to hold the newest."""
    written = last_written_by_authors([entry.id])[entry.id]
    if revision == 0 or revision >= written.number:
        return now
    return revisions_from(entry.id, revision)[0].at


def publish_entry(entry: Entry, fields: Mapping[str, FieldValue], now: datetime) -> None:
    feed.publish(entry.service_id, ENTRY, entry.id, rights.holders_now(entry, fields, now), at=now)


def _create(writer: Writer, kind: EntryKind, change: Change, now: datetime) -> Taken:
    if change.base > 0 or change.remove is not None:
        gone = _gone_but_written_on(writer, kind, change)
        if gone is None:
            # Somebody else's, or one that never came: to make a new one of a part of its fields helps nobody.
            # Nor is there anything to remove or bring back, until its first words are back after a restore.
            raise rights.unknown_entry(writer.service_id, None, change, now)
        series, session = change.series or gone.series_id, change.session or gone.session_id
        anew = replace(change, remove=None, series=series, session=session)
        return _make(writer, kind, anew, gone.revision, now)
    return _make(writer, kind, change, 0, now)


def _gone_but_written_on(writer: Writer, kind: EntryKind, change: Change) -> Forgotten | None:
    """What was deleted when its time was over, while its author had written on it without a network.

    Their new words are taken, and begin an entry of their own in the old one's place: alone, and read by
    nobody else unless these very words say so. What was deleted does not come back.
    """
    gone = rights.was_forgotten(writer.service_id, change.entry)
    if gone is None or gone.author_id != writer.person_id or gone.kind != kind.name:
        return None
    has_words = any(
        value not in (None, "") and name != AUDIENCE and name not in kind.writers
        for name, value in change.set.items()
    )
    return gone if has_words and change.remove is not True else None


def _make(writer: Writer, kind: EntryKind, change: Change, revision: int, now: datetime) -> Taken:
    """A new entry, whose first revision comes after this number."""
    series_id, session_id = rights.find_scope(kind, writer.service_id, change.series, change.session)
    rights.refuse_stranger(kind, writer.person_id, series_id)
    entry = Entry(
        id=change.entry,
        service_id=writer.service_id,
        kind=kind.name,
        author_id=writer.person_id,
        series_id=series_id,
        session_id=session_id,
        audience=Audience.PRIVATE.value,
        revision=revision,
        created_at=now,
    )
    rights.refuse_wrong_references(entry, kind, change.set)
    named = _named(writer, entry, kind, change)
    applied = State(revision + 1, _with_allowed_audience(entry, change.set), {}, to=named.get(TO))
    entry.audience = _audience_of_new(entry, kind, applied.fields)
    _refuse_sharing_with_nobody(entry)
    _write(entry, kind, writer, change, applied, now, names=bool(named))
    return Taken(APPLIED, entry.revision)


def _edit(writer: Writer, kind: EntryKind, entry: Entry, change: Change, now: datetime) -> Taken:
    fields = fields_of(entry)
    relations = rights.relations_to(entry, writer.person_id, fields)
    if Relation.AUTHOR not in relations and writer.person_id not in rights.readers_now(entry):
        raise rights.unknown_entry(writer.service_id, entry, change, now)
    _refuse_wrong_place(writer, kind, entry, change, relations)
    rights.refuse_others_fields(kind, relations, change.set)
    is_author = Relation.AUTHOR in relations
    wanted, named, series_before = dict(change.set), dict[str, str | None](), entry.series_id
    if is_author:
        _take_new_series(entry, kind, change)
        wanted = _with_allowed_audience(entry, wanted)
    rights.refuse_wrong_references(entry, kind, wanted)
    if change.remove is not None:
        wanted[REMOVED] = change.remove
    base = _base_of(entry, change)
    base_fields, steps = _since(entry, base)
    if is_author:
        is_chosen_anew = entry.series_id != series_before or not _is_for_the_supervisor(base_fields)
        named = _named(writer, entry, kind, change, is_chosen_anew=is_chosen_anew)
        wanted |= named
    is_removed = entry.deleted_at is not None
    state = State(entry.revision, fields, conflicts_of(entry), is_removed, entry.shared_with)
    writing = Writing(
        person=writer.person_id,
        device=writer.device_id or "",
        number=writer.number,
        base=base,
        is_author=is_author,
        at=now.isoformat(),
        after=change.after,
    )
    applied = apply_change(state, base_fields, steps, wanted, writing)
    if kind.audience is None:
        entry.audience = narrowest_audience(applied.state.fields, applied.state.conflicts)
    _refuse_sharing_with_nobody(entry)
    _write(entry, kind, writer, change, applied.state, now, names=bool(named))
    return Taken(applied.result, entry.revision)


def _refuse_wrong_place(
    writer: Writer, kind: EntryKind, entry: Entry, change: Change, relations: frozenset[Relation]
) -> None:
    if entry.kind != kind.name or entry.service_id != writer.service_id:
        raise RejectedError("entry_unknown")
    if change.remove is not None and Relation.AUTHOR not in relations:
        raise RejectedError("not_yours")
    if entry.session_id is not None and change.session not in (None, entry.session_id):
        raise RejectedError("scope_fixed")


def _take_new_series(entry: Entry, kind: EntryKind, change: Change) -> None:
    """What belongs to no session is given a series, or another one, in the act of sharing it."""
    if entry.session_id is not None or change.series in (None, entry.series_id) or AUDIENCE not in change.set:
        return
    series_id = rights.find_series(entry.service_id, change.series)
    rights.refuse_stranger(kind, entry.author_id, series_id)
    entry.series_id = series_id


def _with_allowed_audience(entry: Entry, wanted: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    """Who has left a series writes for themselves: nobody there is theirs to share with any more."""
    if wanted.get(AUDIENCE) and entry.series_id and not rights.is_in_series(entry.author_id, entry.series_id):
        return {**wanted, AUDIENCE: Audience.PRIVATE.value}
    return dict(wanted)


def _named(
    writer: Writer, entry: Entry, kind: EntryKind, change: Change, *, is_chosen_anew: bool = True
) -> dict[str, str | None]:
    """Whom the author means by "the supervisor", as the merge's field `to`; empty when they do not say.

    It goes with the choice, and stays when nothing is chosen: whoever comes after is not meant.
    """
    if kind.audience is not None or not rights.is_in_series(entry.author_id, entry.series_id):
        return {}
    if change.to is not None:
        return {TO: rights.addressee(str(entry.series_id), entry.service_id, change.to)}
    if not is_chosen_anew or not _is_for_the_supervisor(change.set):
        return {}
    on = change.on if change.base > 0 else None
    return {TO: rights.supervisor_known_by(str(entry.series_id), writer.device_id, on)}


def _is_for_the_supervisor(fields: Mapping[str, FieldValue]) -> bool:
    return fields.get(AUDIENCE) == Audience.SUPERVISOR


def _audience_of_new(entry: Entry, kind: EntryKind, fields: Mapping[str, FieldValue]) -> str:
    if kind.audience is None:
        return narrowest_audience(fields, {})
    has_left = not rights.is_in_series(entry.author_id, entry.series_id)
    return Audience.PRIVATE.value if has_left else kind.audience.value


def _refuse_sharing_with_nobody(entry: Entry) -> None:
    if entry.audience != Audience.PRIVATE.value and entry.series_id is None:
        raise RejectedError("scope_unknown", {AUDIENCE: _("Choose which supervision to share it with.")})


def _base_of(entry: Entry, change: Change) -> int:
    """The revision that the writer knew. A restored server has fewer, and gives their numbers to other texts.

    So it is the newest of those that were there when what the writer had before them was made.
    """
    base = min(change.base, entry.revision)
    if base == 0 or change.on is None or entry.changed_at <= change.on:
        return base
    return last_number_by(entry.id, base, change.on)


def _since(entry: Entry, base: int) -> tuple[dict[str, FieldValue], list[Step]]:
    """The fields at the base, `removed` among them, and the revisions after it."""
    revisions = list(revisions_from(entry.id, base))
    if base == 0 or revisions[0].number != base:  # it may have begun anew since, see `_gone_but_written_on`
        return {}, [step_of(revision) for revision in revisions]
    body = body_of(revisions[0])
    fields = {**body.fields, REMOVED: body.removed, TO: body.to}
    return fields, [step_of(revision) for revision in revisions[1:]]


def _write(
    entry: Entry,
    kind: EntryKind,
    writer: Writer,
    change: Change,
    state: State,
    now: datetime,
    *,
    names: bool,
) -> None:
    """`names`: whether the operation says whom it is shared with."""
    entry.revision = state.revision
    entry.changed_at = now
    names = names or state.to != entry.shared_with
    entry.shared_with = state.to
    entry.deleted_at = (entry.deleted_at or now) if state.removed else None
    write_texts(entry, state.fields, state.conflicts)
    db.session.add(entry)
    db.session.flush()
    db.session.add(_revision_of(entry, writer, change, state, now, names=names))
    publish_entry(entry, state.fields, now)
    if kind.after is not None:
        kind.after(_as_applied(entry, writer, state, now))


def _revision_of(
    entry: Entry, writer: Writer, change: Change, state: State, now: datetime, *, names: bool
) -> Revision:
    revision = Revision(
        id=new_id(),
        service_id=entry.service_id,
        entry_id=entry.id,
        number=state.revision,
        operation_id=change.id,
        device_id=writer.device_id,
        device_number=writer.number,
        author_id=writer.person_id,
        at=now,
    )
    touched = [*change.set, REMOVED] if change.remove is not None else list(change.set)
    touched += [TO] if names else []
    body = RevisionBody(state.fields, tuple(touched), state.removed, change.after, state.to)
    write_revision_body(revision, body)
    return revision


def _as_applied(entry: Entry, writer: Writer, state: State, now: datetime) -> AppliedEntry:
    return AppliedEntry(
        id=entry.id,
        service_id=entry.service_id,
        kind=entry.kind,
        author_id=entry.author_id,
        series_id=entry.series_id,
        session_id=entry.session_id,
        fields=state.fields,
        removed=state.removed,
        changed_by=writer.person_id,
        at=now,
        others=lambda: [fields_of(other) for other in others_in_session(entry)],
    )
