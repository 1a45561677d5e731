"""Taking a request's operations, in order: each is opened and checked by itself, and takes effect once.

While all goes well, many share a transaction: it waits for the disk once, and what they have in common is
read once. As soon as anything else happens that transaction is undone, and each is settled in its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

import structlog

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.people.actions import DeviceCard
from ledvei_pwa.platform import feed, installation_keys
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.keyring import SealUnreadable
from ledvei_pwa.platform.registry import house
from ledvei_pwa.platform.row_security import rows_of
from ledvei_pwa.sync import rights
from ledvei_pwa.sync.protocol import Envelope, MalformedError, SealedOperation, read_envelope
from ledvei_pwa.sync.records import Operation, entries_by_ids, operations_by_ids
from ledvei_pwa.sync.results import (
    DUPLICATE,
    RETRY,
    BarredError,
    NotBackYetError,
    RejectedError,
    Result,
    UnannouncedError,
    rejected,
)
from ledvei_pwa.sync.writing import Writer, note_operation, take_change

TOGETHER: Final = 20  # operations in one transaction: meanwhile nobody else in the service writes

log = structlog.get_logger(__name__)


def push(operations: Iterable[SealedOperation], now: datetime) -> list[Result]:
    """One result for each operation, in the same order. What the results say is committed."""
    waiting, results = list(operations), list[Result]()
    held_back: dict[str, str] = {}
    for first in range(0, len(waiting), TOGETHER):
        some = waiting[first : first + TOGETHER]
        together = None if held_back or len(some) == 1 else _settle_together(some, now)
        results += together or [_settle(operation, held_back, now) for operation in some]
    if used := house().keyring.take_earlier_used():
        installation_keys.note_uses(used, now)
    return results


def _settle_together(operations: Sequence[SealedOperation], now: datetime) -> list[Result] | None:
    """All of them in one transaction. None when one of them was not taken: then nothing was changed."""
    try:
        opened = [open_operation(operation) for operation in operations]
        results = _take_together(opened, now)
        db.session.commit()
    except (RejectedError, NotBackYetError):
        db.session.rollback()
    except Exception as error:
        db.session.rollback()
        log.warning("operations_failed_together", count=len(operations), error=type(error).__name__)
    else:
        return results
    return None


def _take_together(opened: Sequence[tuple[Envelope, str]], now: datetime) -> list[Result]:
    """Raises `RejectedError` when they are not all of one service: no transaction waits for two locks."""
    writers = [_writer_of(envelope) for envelope, _ in opened]
    services = {writer.service_id for writer in writers}
    if len(services) > 1:
        raise RejectedError("device_unknown")
    feed.begin_writing(services.pop())
    ids = {envelope.change.id for envelope, _ in opened}
    earlier = {operation.id: operation for operation in operations_by_ids(ids)}
    entries_by_ids({envelope.change.entry for envelope, _ in opened})  # at once, for what follows
    results = []
    for writer, (envelope, digest) in zip(writers, opened, strict=True):
        known = earlier.get(envelope.change.id)
        results.append(_answer_again(known, digest) if known else _write(writer, envelope, digest, now))
    for device_id in {envelope.device for envelope, _ in opened}:
        numbers = [envelope.number for envelope, _ in opened if envelope.device == device_id]
        people.note_device_contact(device_id, max(numbers), now=now)
    return results


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
    try:
        writer = _writer_of(envelope)
    except BarredError:
        # What was taken before stays taken.
        for earlier in operations_by_ids([envelope.change.id]):
            return _answer_again(earlier, digest)
        raise
    feed.begin_writing(writer.service_id)
    for earlier in operations_by_ids([envelope.change.id]):
        answer = _answer_again(earlier, digest)
        db.session.rollback()
        return answer
    try:
        result = _write(writer, envelope, digest, now)
    except UnannouncedError as found:
        db.session.rollback()
        log.warning("restored_unannounced", service=writer.service_id, device=writer.device_id)
        people.begin_epoch(writer.service_id, now=now, instead_of=found.epoch)
        raise
    people.note_device_contact(envelope.device, envelope.number, now=now)
    db.session.commit()
    return result


def _write(writer: Writer, envelope: Envelope, digest: str, now: datetime) -> Result:
    with rows_of(writer.service_id):
        taken = take_change(writer, envelope.change, now)
        note_operation(writer, envelope.change, taken, digest, now)
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
        raise BarredError("device_revoked")
    if not rights.person_is_active(device.person_id):
        raise BarredError("person_disabled")
    return Writer(device.service_id, device.person_id, device.id, envelope.number, device.reentry_id)


def is_sealed_by(operation: SealedOperation, device: DeviceCard) -> bool:
    """Whether it was sealed on that device, which is not revoked. Raises `RejectedError`."""
    writer = _writer_of(open_operation(operation)[0])
    return writer.device_id == device.id


def _answer_again(earlier: Operation, digest: str) -> Result:
    """It came before. The digest is of the opened operation, so that it may have been sealed anew."""
    if earlier.digest != digest:
        raise RejectedError("id_reused")
    return Result(earlier.id, DUPLICATE, revision=earlier.revision)
