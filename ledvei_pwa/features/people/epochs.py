"""After a restored backup: what tells that the database has gone back in time, and what is done then."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import select

from ledvei_pwa.features.people import reentries
from ledvei_pwa.features.people.devices import find_device
from ledvei_pwa.features.people.records import Device, Service
from ledvei_pwa.kernel.access import Actor
from ledvei_pwa.platform import audit, feed, sessions
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.written import is_id

log = structlog.get_logger(__name__)


def begin_epoch(service_id: str, *, now: datetime, instead_of: str | None = None) -> str:
    """The database came from a backup: tell every device to send again and to fetch everything. Commits.

    `instead_of`: only while this is the epoch, for two devices may notice at the same moment. Answers the
    epoch that holds.
    """
    feed.begin_writing(service_id)
    service = db.session.get_one(Service, service_id)
    if instead_of in (None, service.epoch):
        service.epoch, service.epoch_at = new_id(), now
        db.session.flush()
        reentries.wait_anew(service_id, now=now)
        deed = Deed.RESTORE_NOTICED if instead_of else Deed.RESTORED
        audit.record(service_id, deed, ("service", service_id), by=None, at=now)
    db.session.commit()
    return service.epoch


def sign_everybody_out(service_id: str, *, now: datetime) -> None:
    """After a restored backup: sign-ins that had been ended since would be alive again. Commits.

    Devices keep their credential to write with, so what is sealed on them comes in all the same. Only for
    whoever runs the server: a device that notices a restore must not be able to sign others out.
    """
    feed.begin_writing(service_id)
    sessions.end_sessions_in(service_id, now=now)
    audit.record(service_id, Deed.EVERYBODY_SIGNED_OUT, ("service", service_id), by=None, at=now)
    db.session.commit()


def knows_less_than(device_id: str, *, epoch: str | None, acknowledged: int, cursor: int) -> bool:
    """Whether the database has gone back in time: it has told this device of more than it knows itself.

    Epochs are ids that sort by their time. One that is newer than ours, and not of the future, was ours once.
    """
    known = select(Service.epoch, Device.last_number, *feed.last_numbers(Device.person_id))
    known = known.join(Service, Service.id == Device.service_id).where(Device.id == device_id)
    row = db.session.execute(known).one_or_none()
    if row is None or epoch is None:
        return False
    ours, last_number, *told = row
    if epoch == ours:
        return acknowledged > last_number or cursor > max(last or 0 for last in told)
    return _was_ours(epoch, ours)


def notice_forgotten(actor: Actor, device_id: str, epoch: str, *, now: datetime) -> None:
    """Begin a new epoch when a device that knows this one, or a later one, is not in the database. Commits.

    No device is ever deleted: a backup from before was put back, and nobody said so.
    """
    service = db.session.get_one(Service, actor.service_id)
    ours = service.epoch
    if (epoch == ours or _was_ours(epoch, ours)) and find_device(device_id) is None:
        log.warning("restored_unannounced", service=service.id, device=device_id, person=actor.person_id)
        begin_epoch(service.id, now=now, instead_of=ours)


def _was_ours(epoch: str, ours: str) -> bool:
    return is_id(epoch) and ours < epoch < new_id()
