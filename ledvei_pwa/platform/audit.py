"""The log of administration: who did what to whom, a line for each deed, chained (platform/chained.py)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from ledvei_pwa.platform.chained import ChainedLine, ChainedLog, Detail
from ledvei_pwa.platform.database import Base


class Deed(StrEnum):
    SERVICE_MADE = "service_made"
    SERVICE_CHANGED = "service_changed"
    RESTORED = "restored"  # somebody said that a backup was put back
    RESTORE_NOTICED = "restore_noticed"  # a device remembered more than the database
    EVERYBODY_SIGNED_OUT = "everybody_signed_out"
    PERSON_ADDED = "person_added"
    PERSON_CORRECTED = "person_corrected"
    PERSON_DISABLED = "person_disabled"
    PERSON_ENABLED = "person_enabled"
    INVITATION_MADE = "invitation_made"  # ends all of the person's sign-ins
    INVITATION_USED = "invitation_used"
    ROLE_GIVEN = "role_given"
    ROLE_ENDED = "role_ended"
    DEVICE_REVOKED = "device_revoked"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    CODE_APP_SET_UP = "code_app_set_up"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    PASSWORD_CHOSEN = "password_chosen"  # noqa: S105 — the name of a deed
    PASSWORD_DROPPED = "password_dropped"  # noqa: S105
    SERIES_MADE = "series_made"
    SERIES_PEOPLE_CHANGED = "series_people_changed"
    SERIES_ENDED = "series_ended"
    KEEPING_CHANGED = "keeping_changed"  # how long texts are kept
    TEXTS_DELETED = "texts_deleted"  # by the job, when their time was over; how many


class AuditEntry(ChainedLine, Base):
    """One line. Migration 0006 makes the database refuse to change or delete it."""

    __tablename__ = "audit_entry"


LOG: Final = ChainedLog(AuditEntry, "ledvei-audit-1")
walk, latest, find_hash = LOG.walk, LOG.latest, LOG.find_hash


def record(
    service_id: str,
    deed: Deed,
    subject: tuple[str, str],
    *,
    by: str | None,
    at: datetime,
    **details: Detail,
) -> None:
    """Write a deed down, in its own transaction (see `ChainedLog.add`)."""
    LOG.add(service_id, deed.value, subject, by=by, at=at, details=details)
