"""Who asks: which device of whom, whether it may read, and whether it remembers more than the server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.people.actions import DeviceCard
from ledvei_pwa.kernel.access import Actor
from ledvei_pwa.platform.sessions import waiting_actor
from ledvei_pwa.sync.protocol import SyncRequest
from ledvei_pwa.sync.push import is_sealed_by
from ledvei_pwa.sync.results import RejectedError

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Standing:
    """The device that asks, as the server knows it now."""

    device: DeviceCard | None
    epoch: str
    signed_in: bool

    @property
    def is_closed(self) -> bool:
        """Whether the device is to forget all that it can read: it, or the account, has been closed."""
        if self.device is None:
            return False
        has_left = not self.signed_in and not people.is_active(self.device.person_id)
        return self.device.revoked_at is not None or has_left

    def shown(self) -> dict[str, Any]:
        device = self.device
        known = {"last_number": device.last_number, "revoked": self.is_closed} if device else None
        return {"epoch": self.epoch or None, "signed_in": self.signed_in, "device": known}


def find_standing(asked: SyncRequest, actor: Actor | None) -> Standing:
    """Of a device that nothing in the request shows to be who asks, no more is told than of none."""
    device = people.find_device(asked.device)
    if device and not _may_hear_of(asked, actor, device):
        device = None
    service = people.service_of(device.service_id) if device else None
    return Standing(device, service.epoch if service else "", may_pull(actor, device, asked.read))


def _may_hear_of(asked: SyncRequest, actor: Actor | None, device: DeviceCard) -> bool:
    """Its person, whichever device they are on, also while they wait; or who holds one of its credentials."""
    person = actor or waiting_actor()
    return bool(
        (person and person.person_id == device.person_id)
        or (asked.read is not None and people.check_read_credential(device, asked.read))
        or _shows_write_credential(asked, device)
    )


def is_proven(asked: SyncRequest, device: DeviceCard) -> bool:
    """Whether who asks holds one of the device's credentials; of what is sealed, the first is looked at."""
    if asked.read is not None and people.check_read_credential(device, asked.read):
        return True
    try:
        return bool(asked.operations) and is_sealed_by(asked.operations[0], device)
    except RejectedError:
        return False


def may_pull(actor: Actor | None, device: DeviceCard | None, read: str | None) -> bool:
    """Signed in as the device's person, on that device: the read credential lies in its vault."""
    return (
        actor is not None
        and device is not None
        and device.person_id == actor.person_id
        and device.revoked_at is None
        and read is not None
        and people.check_read_credential(device, read)
    )


def notice_restore(asked: SyncRequest, actor: Actor | None, now: datetime) -> None:
    """Begin a new epoch when this device has once been told of more than the database knows now. Commits.

    A backup was put back and nobody said so. To be asked before the push, which hands out numbers again.
    """
    told = {"acknowledged": asked.acknowledged, "cursor": asked.cursor}
    if not people.knows_less_than(asked.device, epoch=asked.epoch, **told):
        return
    standing = find_standing(asked, actor)
    device = standing.device
    if device and (standing.signed_in or _shows_write_credential(asked, device)):
        log.warning("restored_unannounced", service=device.service_id, device=device.id)
        people.begin_epoch(device.service_id, now=now, instead_of=standing.epoch)


def _shows_write_credential(asked: SyncRequest, device: DeviceCard) -> bool:
    """Whether some operation was sealed on this device. So it is when nobody is signed in."""
    for operation in asked.operations:
        try:
            if is_sealed_by(operation, device):
                return True
        except RejectedError:
            continue
    return False
