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
    LAST_DAY_SET = "last_day_set"  # the account is to close after it
    LAST_DAY_UNDONE = "last_day_undone"
    PERSON_LEFT = "person_left"  # closed by itself after that day; `by` is who set it
    INVITATION_MADE = "invitation_made"
    INVITATION_USED = "invitation_used"
    REENTRY_BEGUN = "reentry_begun"  # a link to an account that was in use waits to open it
    REENTRY_STOPPED = "reentry_stopped"
    REENTRY_OPENED = "reentry_opened"
    ROLE_GIVEN = "role_given"
    ROLE_ENDED = "role_ended"
    TEAM_MADE = "team_made"
    TEAM_RENAMED = "team_renamed"
    DEVICE_REVOKED = "device_revoked"
    SIGN_IN_ENDED = "sign_in_ended"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_RENAMED = "passkey_renamed"
    PASSKEY_REMOVED = "passkey_removed"
    CODE_APP_SET_UP = "code_app_set_up"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODE_USED = "recovery_code_used"
    PASSWORD_CHOSEN = "password_chosen"  # noqa: S105 — the name of a deed
    PASSWORD_DROPPED = "password_dropped"  # noqa: S105
    PROVIDER_CHOSEN = "provider_chosen"  # where the service's people may sign in besides here, or how
    PROVIDER_REMOVED = "provider_removed"
    PROVIDER_CONNECTED = "provider_connected"  # somebody to their account there
    PROVIDER_DISCONNECTED = "provider_disconnected"
    SERIES_MADE = "series_made"
    SERIES_PEOPLE_CHANGED = "series_people_changed"
    SERIES_ENDED = "series_ended"
    KEEPING_CHANGED = "keeping_changed"  # how long texts are kept
    TEXTS_DELETED = "texts_deleted"  # by the job, when their time was over; how many
    LOG_TAKEN_OUT = "log_taken_out"  # this one, as a file
    OWN_TEXTS_TAKEN_OUT = "own_texts_taken_out"  # all that one has written, as a file
    OWN_DATA_TAKEN_OUT = "own_data_taken_out"  # all that is about oneself, as a file
    SERVICE_KEY_REPLACED = "service_key_replaced"
    SERVICE_KEY_DROPPED = "service_key_dropped"  # no text was encrypted with it any more
    MASTER_KEY_REPLACED = "master_key_replaced"
    SEALING_KEY_REPLACED = "sealing_key_replaced"
    SEALING_KEY_DROPPED = "sealing_key_dropped"
    BACKUP_KEY_MADE = "backup_key_made"  # whose paper opens the backups


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
