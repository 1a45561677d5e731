"""The browsers that keep somebody's texts."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime

from sqlalchemy import case, update

from ledvei_pwa.features.people import records
from ledvei_pwa.features.people.cards import DeviceCard, NewDevice, device_card
from ledvei_pwa.features.people.records import Device
from ledvei_pwa.kernel.access import Actor
from ledvei_pwa.kernel.outcome import Outcome, done, refused
from ledvei_pwa.platform import audit, feed
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.registry import house
from ledvei_pwa.platform.sessions import digest


def register_device(
    actor: Actor,
    name: str,
    *,
    now: datetime,
    sign_in_id: str | None = None,
    reentry_id: str | None = None,
) -> NewDevice:
    """A browser will keep this person's texts. The credentials are in the answer and nowhere else.

    `reentry_id`: it came by a link that waits to open the account (reentries.py).
    """
    made = NewDevice(id=new_id(), write=secrets.token_urlsafe(32), read=secrets.token_urlsafe(32))
    db.session.add(
        Device(
            id=made.id,
            service_id=actor.service_id,
            person_id=actor.person_id,
            name=name.strip()[:80],
            write_hash=digest(made.write),
            read_hash=digest(made.read),
            created_at=now,
            last_contact_at=now,
            last_number=0,
            sign_in_id=sign_in_id,
            reentry_id=reentry_id,
        )
    )
    db.session.commit()
    return made


def find_device(device_id: str) -> DeviceCard | None:
    """Any device, revoked or not, in any service: the caller looks at what it is allowed."""
    device = db.session.get(Device, device_id)
    return device_card(device) if device else None


def device_of_sign_in(person_id: str, sign_in_id: str | None) -> DeviceCard | None:
    """What this sign-in registered before: when it registers again, its browser has been emptied since."""
    device = records.device_of_sign_in(person_id, sign_in_id) if sign_in_id else None
    return device_card(device) if device else None


def devices_of_person(person_id: str) -> list[DeviceCard]:
    return [device_card(device) for device in records.devices_of(person_id)]


def check_write_credential(device: DeviceCard, credential: str) -> bool:
    """Whether who sealed an operation held this device's credential."""
    return hmac.compare_digest(device.write_hash, digest(credential))


def check_read_credential(device: DeviceCard, credential: str) -> bool:
    return hmac.compare_digest(device.read_hash, digest(credential))


def note_device_contact(device_id: str, number: int, *, now: datetime) -> None:
    """A device has been heard from, with operations up to `number`. Part of the caller's transaction."""
    last = case((Device.last_number < number, number), else_=Device.last_number)
    contact = update(Device).where(Device.id == device_id)
    db.session.execute(contact.values(last_contact_at=now, last_number=last))


def revoke_device(actor: Actor, device_id: str, *, now: datetime) -> Outcome[str]:
    """One's own lost or given-away device: it gets nothing more, and forgets all at its next contact."""
    device = records.device_in(actor.service_id, device_id)
    if device is None or device.person_id != actor.person_id:
        return refused("not_yours")
    feed.begin_writing(device.service_id)
    if device.revoked_at is None:
        device.revoked_at = now
        db.session.flush()
        audit.record(
            device.service_id,
            Deed.DEVICE_REVOKED,
            ("device", device.id),
            by=actor.person_id,
            at=now,
            person=device.person_id,
        )
        for tell in house().on_device_closed:
            tell(device.id, now)
    db.session.commit()
    return done(device.id)
