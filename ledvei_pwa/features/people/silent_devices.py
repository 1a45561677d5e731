"""Devices that have not been heard from since a moment: what waits on them is sealed for an older key."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, or_, select

from ledvei_pwa.features.people.records import Device
from ledvei_pwa.platform.database import db


def count_not_heard_since(moment: datetime) -> int:
    """Registered before then, not closed, and without contact after it."""
    silent = or_(Device.last_contact_at.is_(None), Device.last_contact_at < moment)
    query = select(func.count()).select_from(Device)
    return (
        db.session.scalar(query.where(Device.created_at < moment, Device.revoked_at.is_(None), silent)) or 0
    )
