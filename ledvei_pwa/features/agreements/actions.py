"""What follows from an agreement."""

from __future__ import annotations

from ledvei_pwa.features.agreements.rules import due_on
from ledvei_pwa.features.reminders.actions import plan_agreement_reminder
from ledvei_pwa.platform.registry import AppliedEntry


def remind_owner(entry: AppliedEntry) -> None:
    """The one who is to do it is reminded on the day; nobody once it is done or removed. Same transaction."""
    owner = entry.fields.get("owner")
    plan_agreement_reminder(
        service_id=entry.service_id,
        entry_id=entry.id,
        session_id=entry.session_id,
        owner_id=owner if isinstance(owner, str) and owner else None,
        due=None if entry.removed else due_on(entry.fields),
        at=entry.at,
    )
