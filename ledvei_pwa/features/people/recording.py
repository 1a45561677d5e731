"""What of people and services goes into the log of administration."""

from __future__ import annotations

from datetime import datetime

from ledvei_pwa.features.people.cards import ServiceCard
from ledvei_pwa.features.people.records import Person, RoleHeld
from ledvei_pwa.kernel.access import Actor
from ledvei_pwa.platform import audit
from ledvei_pwa.platform.audit import Deed


def record_deed(
    deed: Deed, person: Person, by: str | None, now: datetime, *, changed: list[str] | None = None
) -> None:
    details = {"changed": changed} if changed else {}
    audit.record(person.service_id, deed, ("person", person.id), by=by, at=now, **details)


def record_role(deed: Deed, row: RoleHeld, by: str | None, now: datetime) -> None:
    audit.record(
        row.service_id,
        deed,
        ("person", row.person_id),
        by=by,
        at=now,
        role=row.role,
        role_id=row.id,
        team=row.team_id,
        from_date=row.from_date.isoformat(),
        to_date=row.to_date.isoformat() if row.to_date else None,
    )


def record_settings(actor: Actor, before: ServiceCard, after: ServiceCard, now: datetime) -> None:
    """What changed; of the name only that it did."""
    values = {
        name: getattr(after, name)
        for name in ("language", "lock_minutes", "kept_weeks")
        if getattr(before, name) != getattr(after, name)
    }
    changed = [*values, *(["name"] if before.name != after.name else [])]
    if changed:
        subject = ("service", after.id)
        audit.record(
            after.id, Deed.SERVICE_CHANGED, subject, by=actor.person_id, at=now, changed=changed, **values
        )
