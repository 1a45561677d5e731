"""Who may write what: by relations as they are now, and by earlier ones for what was written in time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.kernel.access import Audience, Relation, readers_of, supervises_entry
from ledvei_pwa.kernel.merge import FieldValue
from ledvei_pwa.platform import feed
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.registry import EntryKind, Kept, Scope, house
from ledvei_pwa.platform.written import field_problems, references, unknown_fields
from ledvei_pwa.sync.protocol import Change
from ledvei_pwa.sync.records import Entry, Forgotten
from ledvei_pwa.sync.results import NotBackYetError, RejectedError, UnannouncedError

WHILE_DEVICES_SEND_AGAIN: Final = timedelta(days=30)  # after a restore; so long do they keep what was taken


def kind_named(name: str) -> EntryKind:
    kind = house().entry_kinds.get(name)
    if kind is None:
        raise RejectedError("unknown_kind")
    return kind


def refuse_wrong_fields(kind: EntryKind, values: Mapping[str, FieldValue]) -> None:
    """Raise `RejectedError` unless the form knows every field and accepts every value."""
    unknown = unknown_fields(kind.form, values)
    if unknown:
        raise RejectedError(
            "unknown_field", dict.fromkeys(unknown, _("The server does not know this field."))
        )
    problems = field_problems(kind.form, values)
    if problems:
        raise RejectedError("invalid_field", problems)


def refuse_wrong_references(entry: Entry, kind: EntryKind, values: Mapping[str, FieldValue]) -> None:
    """Raise `RejectedError` when a field points at something that the entry has nothing to do with."""
    for name, what in references(kind.form).items():
        target = values.get(name)
        if isinstance(target, str) and target and not _may_point_at(entry, what, target):
            raise RejectedError("invalid_field", {name: _("This choice is no longer there. Choose again.")})


def _may_point_at(entry: Entry, what: str, target: str) -> bool:
    if what == "session":
        session = supervision.session_scope(target)
        return session is not None and session.series_id == entry.series_id
    if what == "person":
        # Written in time: whoever has left since had been there to choose.
        known = _people_of(entry.series_id) | {entry.author_id}
        return target in known or _was_ever_in_series(target, entry.series_id)
    # An entry may still lie in the same device's outbox, or never be sent. That it is another's is not told:
    # who cannot read it cannot follow there either.
    return True


def _people_of(series_id: str | None) -> frozenset[str]:
    series = supervision.series_scope(series_id) if series_id else None
    return series.member_ids | {series.supervisor_id} if series else frozenset()


def find_scope(
    kind: EntryKind, service_id: str, series_id: str | None, session_id: str | None
) -> tuple[str | None, str | None]:
    """The series and the session that a new entry belongs to. A session decides its series."""
    if kind.scope is Scope.SESSION:
        session = supervision.session_scope(session_id) if session_id else None
        if session is None or session.service_id != service_id or series_id not in (None, session.series_id):
            raise RejectedError("scope_unknown")
        return session.series_id, session_id
    return find_series(service_id, series_id), None


def find_series(service_id: str, series_id: str | None) -> str | None:
    if series_id is None:
        return None
    series = supervision.series_scope(series_id)
    if series is None or series.service_id != service_id:
        raise RejectedError("scope_unknown")
    return series_id


def refuse_stranger(kind: EntryKind, person_id: str, series_id: str | None) -> None:
    """Raise `RejectedError` unless this person may write such an entry there, or could before they left."""
    if kind.may_create == {Relation.AUTHOR} and series_id is None:
        return
    now = supervision.relations_of(person_id, series_id) if series_id else frozenset()
    allowed = kind.may_create - {Relation.AUTHOR} or {Relation.MEMBER, Relation.SUPERVISOR}
    if now & allowed:
        return
    if now or not _was_ever_in_series(person_id, series_id):
        # Nobody is told whether a series they have nothing to do with is there at all.
        raise RejectedError("not_yours" if now else "scope_unknown")


def is_in_series(person_id: str, series_id: str | None) -> bool:
    return series_id is not None and bool(supervision.relations_of(person_id, series_id))


def _was_ever_in_series(person_id: str, series_id: str | None) -> bool:
    return series_id is not None and feed.has_ever_held("series", series_id, person_id)


def relations_to(entry: Entry, person_id: str, fields: Mapping[str, FieldValue]) -> frozenset[Relation]:
    found = set(supervision.relations_of(person_id, entry.series_id)) if entry.series_id else set()
    if not supervises_entry(Audience(entry.audience), person_id, entry.shared_with):
        found.discard(Relation.SUPERVISOR)
    if person_id == entry.author_id:
        found.add(Relation.AUTHOR)
    if person_id == fields.get("owner"):
        found.add(Relation.OWNER)
    return frozenset(found)


def refuse_others_fields(
    kind: EntryKind, relations: frozenset[Relation], values: Mapping[str, FieldValue]
) -> None:
    """Raise `RejectedError` when a field is set by somebody who may not write it."""
    if Relation.AUTHOR in relations:
        return
    barred = [name for name in values if not kind.writers.get(name, frozenset()) & relations]
    if barred:
        raise RejectedError(
            "not_yours", dict.fromkeys(barred, _("Only the one who wrote this can change it."))
        )


def readers_now(entry: Entry) -> frozenset[str]:
    """Everybody who may read the entry, its author included. Nobody when it is removed."""
    if entry.deleted_at is not None:
        return frozenset()
    series = supervision.series_scope(entry.series_id) if entry.series_id else None
    return readers_of(
        Audience(entry.audience),
        author=entry.author_id,
        supervisor=series.supervisor_id if series else None,
        members=series.member_ids if series else frozenset(),
        shared_with=entry.shared_with,
    )


def addressee(series_id: str, service_id: str, named: str) -> str | None:
    """Whom the author's device showed them as the one who reads it; None when there is no such person.

    That person need not supervise the series now, nor, when a backup was restored, have done so ever.
    """
    series = supervision.series_scope(series_id)
    if series and series.named_id == named:
        return named
    card = people.persons_by_ids([named]).get(named)
    return named if card and card.service_id == service_id else None


def supervisor_known_by(series_id: str, device_id: str | None, on: datetime | None) -> str | None:
    """Whom an author can have meant whose device does not say it: as those of the first releases.

    Today's supervisor, when the device must have known of them: there never was another, or what was written
    on, or the device itself, is newer. None otherwise: nothing tells when it was written.
    `on`: the moment of the revision that was written on. Without a device it is written on the server.
    """
    series = supervision.series_scope(series_id)
    if series is None or series.supervised_since is None or device_id is None:
        return series.named_id if series else None
    device = people.find_device(device_id)
    moments = [moment for moment in (on, device.registered_at if device else None) if moment]
    return series.named_id if any(moment > series.supervised_since for moment in moments) else None


def unknown_entry(service_id: str, entry: Entry | None, change: Change, now: datetime) -> Exception:
    """An author may always write their own; others may know of an entry only when they may read it.

    For some time after a backup was restored, what is missing may still come from another device.
    """
    if entry is None and was_forgotten(service_id, change.entry):
        return RejectedError("entry_unknown")
    is_missing = entry is None or change.base > entry.revision
    service = people.service_of(service_id) if is_missing else None
    if service and _was_told_since(service.epoch_at, change, now):
        return UnannouncedError(service.epoch)
    if service and service.epoch_at and now < service.epoch_at + WHILE_DEVICES_SEND_AGAIN:
        return NotBackYetError()
    return RejectedError("entry_unknown")


def was_forgotten(service_id: str, entry_id: str) -> Forgotten | None:
    """An entry that was deleted when its time was over; its absence says nothing about the database."""
    gone = db.session.get(Forgotten, entry_id)
    return gone if gone and gone.service_id == service_id else None


def _was_told_since(epoch_at: datetime | None, change: Change, now: datetime) -> bool:
    """Whether the revision that was written on has been told of since the last restore that is known.

    A moment that is still to come was not told by this clock, and would begin one epoch after the other.
    """
    if change.base == 0 or change.on is None:
        return False
    return change.on <= now and (epoch_at is None or epoch_at < change.on)


def holders_now(entry: Entry, fields: Mapping[str, FieldValue], now: datetime) -> frozenset[str]:
    """Those of the readers whose devices keep the entry still."""
    kind = house().entry_kinds.get(entry.kind)
    readers = readers_now(entry)
    if kind is None or _is_recent(entry, now):
        return readers
    if kind.kept is Kept.OPEN and kind.is_open is not None and kind.is_open(fields):
        return readers
    return readers & {entry.author_id} if kind.kept is Kept.ALWAYS else frozenset()


def _is_recent(entry: Entry, now: datetime) -> bool:
    since = supervision.kept_since(entry.service_id, now)
    session = supervision.session_scope(entry.session_id) if entry.session_id else None
    return entry.changed_at >= since or (session is not None and session.starts_at >= since)


def person_is_active(person_id: str) -> bool:
    return people.is_active(person_id)
