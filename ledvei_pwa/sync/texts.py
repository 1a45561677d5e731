"""Texts at rest: every body, conflict and revision is encrypted for its own row and column."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ledvei_pwa.kernel.merge import FieldValue, Step
from ledvei_pwa.platform.registry import house
from ledvei_pwa.sync.conflicts import REMOVED, TO, Conflicts, KeptBeside
from ledvei_pwa.sync.records import Entry, Revision


@dataclass(frozen=True)
class RevisionBody:
    fields: Mapping[str, FieldValue]
    touched: tuple[str, ...]  # every field that the operation set
    removed: bool = False
    after: int | None = None  # the newest of its device's operations that the writer knew, when it is said
    to: str | None = None  # whom "the supervisor" was


def fields_of(entry: Entry) -> dict[str, FieldValue]:
    fields: dict[str, FieldValue] = _open(entry.service_id, ("entry", entry.id, "body"), entry.body)
    return fields


def conflicts_of(entry: Entry) -> Conflicts:
    if entry.conflicts is None:
        return {}
    kept = _open(entry.service_id, ("entry", entry.id, "conflicts"), entry.conflicts)
    return {name: [KeptBeside(**value) for value in values] for name, values in kept.items()}


def write_texts(entry: Entry, fields: Mapping[str, FieldValue], conflicts: Conflicts) -> None:
    entry.body = _close(entry.service_id, ("entry", entry.id, "body"), dict(fields))
    plain = {name: [asdict(value) for value in values] for name, values in conflicts.items()}
    entry.conflicts = _close(entry.service_id, ("entry", entry.id, "conflicts"), plain) if plain else None


def write_revision_body(revision: Revision, body: RevisionBody) -> None:
    plain = {
        "fields": dict(body.fields),
        "touched": list(body.touched),
        "removed": body.removed,
        "after": body.after,
        "to": body.to,
    }
    revision.body = _close(revision.service_id, ("revision", revision.id, "body"), plain)


def body_of(revision: Revision) -> RevisionBody:
    plain = _open(revision.service_id, ("revision", revision.id, "body"), revision.body)
    # What was written before these were noted has none.
    after, to = plain.get("after"), plain.get("to")
    return RevisionBody(plain["fields"], tuple(plain["touched"]), plain["removed"], after, to)


def step_of(revision: Revision) -> Step:
    """The revision as the merge sees it. Whether it is removed, and to whom it goes, are fields there."""
    body = body_of(revision)
    fields = {**body.fields, REMOVED: body.removed, TO: body.to}
    touched = frozenset(body.touched)
    device, number = revision.device_id or "", revision.device_number
    return Step(device, number, touched, fields, revision.author_id, body.after)


def _close(service_id: str, place: tuple[str, str, str], plain: Any) -> bytes:
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    return house().keyring.encrypt(service_id, place, text)


def _open(service_id: str, place: tuple[str, str, str], data: bytes) -> Any:
    return json.loads(house().keyring.decrypt(service_id, place, data))
