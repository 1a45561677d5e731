"""Taking a request's operations one by one, in order: each is opened, checked and committed by itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

import structlog

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.people.actions import DeviceCard
from ledvei_pwa.platform import feed
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.keyring import SealUnreadable
from ledvei_pwa.platform.registry import house
from ledvei_pwa.sync import rights
from ledvei_pwa.sync.protocol import Envelope, MalformedError, SealedOperation, read_envelope
from ledvei_pwa.sync.records import Operation
from ledvei_pwa.sync.results import DUPLICATE, RETRY, NotBackYetError, RejectedError, Result, rejected
from ledvei_pwa.sync.writing import Writer, note_operation, take_change

log = structlog.get_logger(__name__)


def push(operations: Iterable[SealedOperation], now: datetime) -> list[Result]:
    """One result for each operation, in the same order. What the results say is committed."""
    held_back: dict[str, str] = {}
    return [_settle(operation, held_back, now) for operation in operations]


def _settle(operation: SealedOperation, held_back: dict[str, str], now: datetime) -> Result:
    """Whatever happens to this operation happens to it alone, save that an entry's order is kept.

    `held_back`: the entries of which an operation is to be sent again, and why. What comes after it waits
    with it.
    """
    entry = ""
    try:
        envelope, digest = open_operation(operation)
        entry = envelope.change.entry
        if entry in held_back:
            return Result(operation.id, RETRY, held_back[entry])
        return _take(envelope, digest, now)
    except RejectedError as error:
        db.session.rollback()
        return rejected(operation.id, error)
    except NotBackYetError:
        db.session.rollback()
        held_back[entry] = "not_back_yet"
    except Exception as error:
        db.session.rollback()
        held_back[entry] = "server_failed"
        # The type alone: a message could quote the text. Device and operation are random numbers.
        log.error("operation_failed", operation=operation.id, error=type(error).__name__)
    return Result(operation.id, RETRY, held_back[entry])


def _take(envelope: Envelope, digest: str, now: datetime) -> Result:
    writer = _writer_of(envelope)
    feed.begin_writing(writer.service_id)
    earlier = db.session.get(Operation, envelope.change.id)
    if earlier is not None:
        db.session.rollback()
        return _answer_again(earlier, digest)
    taken = take_change(writer, envelope.change, now)
    note_operation(writer, envelope.change, taken, digest, now)
    people.note_device_contact(envelope.device, envelope.number, now=now)
    db.session.commit()
    return Result(envelope.change.id, taken.result, revision=taken.revision)


def open_operation(operation: SealedOperation) -> tuple[Envelope, str]:
    """What was sealed, and its digest. Raises `RejectedError`."""
    if operation.id is None or operation.sealed is None:
        raise RejectedError("malformed")
    try:
        plain = house().keyring.open_sealed(operation.key, operation.sealed)
    except SealUnreadable as unreadable:
        raise RejectedError("seal_unreadable") from unreadable
    try:
        envelope = read_envelope(plain)
    except MalformedError as problem:
        raise RejectedError("malformed") from problem
    if envelope.change.id != operation.id:
        raise RejectedError("malformed")
    return envelope, sha256(plain).hexdigest()


def _writer_of(envelope: Envelope) -> Writer:
    """Whose it is: said by the credential inside the seal, whoever is signed in."""
    device = people.find_device(envelope.device)
    if device is None or not people.check_write_credential(device, envelope.credential):
        raise RejectedError("device_unknown")
    if device.person_id != envelope.person:
        raise RejectedError("device_unknown")
    if device.revoked_at is not None:
        raise RejectedError("device_revoked")
    if not rights.person_is_active(device.person_id):
        raise RejectedError("person_disabled")
    return Writer(device.service_id, device.person_id, device.id, envelope.number)


def is_sealed_by(operation: SealedOperation, device: DeviceCard) -> bool:
    """Whether it was sealed on that device, which is not revoked. Raises `RejectedError`."""
    writer = _writer_of(open_operation(operation)[0])
    return writer.device_id == device.id


def _answer_again(earlier: Operation, digest: str) -> Result:
    """It came before. The digest is of the opened operation, so that it may have been sealed anew."""
    if earlier.digest != digest:
        raise RejectedError("id_reused")
    return Result(earlier.id, DUPLICATE, revision=earlier.revision)
