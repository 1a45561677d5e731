"""Reading protocol 1, strictly. Nothing here looks at the database; one operation's fault is its own.

docs/sync-protocol.md describes it for whoever writes a client.
"""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from ledvei_pwa.kernel.merge import FieldValue
from ledvei_pwa.platform.written import is_id, is_plain_text

PROTOCOL: Final = 1
MOST_OPERATIONS: Final = 500  # in one request; a client halves its batch on 413
LONGEST_SEALED: Final = 96 * 1024  # base64url characters; the longest form fills a third
LARGEST_NUMBER: Final = 2**53 - 1  # what JavaScript counts exactly
MOST_FIELDS: Final = 100
LONGEST_NAME: Final = 40


class NotJsonError(ValueError):
    """The bytes are not a JSON object in UTF-8."""


class MalformedError(ValueError):
    """Some part is missing, too long or of the wrong type."""


class TooManyOperationsError(ValueError):
    """More than `MOST_OPERATIONS` in one request."""


class UnknownProtocolError(ValueError):
    """A number other than ours."""


@dataclass(frozen=True)
class SealedOperation:
    """As it lies in an outbox. `id` is None when it names none; `sealed` is None when it is unusable."""

    id: str | None
    key: str = ""
    sealed: bytes | None = None


@dataclass(frozen=True)
class SyncRequest:
    """`acknowledged`: the highest number of this device that was taken in this epoch; old clients: 0."""

    device: str
    read: str | None
    cursor: int
    epoch: str | None
    operations: list[SealedOperation]
    acknowledged: int = 0


@dataclass(frozen=True)
class Change:
    """What one operation asks for. `base`: the revision it was written on, made at `on`; 0: a new entry."""

    id: str
    kind: str
    entry: str
    base: int = 0
    on: datetime | None = None
    # The newest of the device's operations that the writer knew of; None: all before this one.
    after: int | None = None
    set: Mapping[str, FieldValue] = field(default_factory=dict)
    series: str | None = None
    session: str | None = None
    to: str | None = None  # whom the author was shown as the supervisor who reads it; old clients say nothing
    remove: bool | None = None


@dataclass(frozen=True)
class Envelope:
    """What was sealed: whose operation, from which device, with which credential, as its how-manieth."""

    person: str
    device: str
    credential: str
    number: int
    change: Change


def read_json(data: bytes) -> dict[str, Any]:
    """A JSON object. Raises `NotJsonError` on anything else, however deep, long or odd."""
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as problem:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise NotJsonError(str(problem)[:80]) from problem
    if not isinstance(value, dict):
        raise NotJsonError("not an object")
    return value


def read_request(data: bytes) -> SyncRequest:
    """Raises `NotJsonError`, `MalformedError`, `UnknownProtocolError` or `TooManyOperationsError`."""
    plain = read_json(data)
    protocol = plain.get("protocol")
    if type(protocol) is not int:
        raise MalformedError("protocol")
    if protocol != PROTOCOL:
        raise UnknownProtocolError(str(protocol)[:20])
    operations = plain.get("operations", [])
    if not isinstance(operations, list):
        raise MalformedError("operations")
    if len(operations) > MOST_OPERATIONS:
        raise TooManyOperationsError(str(len(operations)))
    return SyncRequest(
        device=_id(plain, "device"),
        read=_text_or_none(plain, "read", 200),
        cursor=_number(plain, "cursor", default=0),
        epoch=_text_or_none(plain, "epoch", 64),
        operations=[read_sealed(operation) for operation in operations],
        acknowledged=_number(plain, "acknowledged", default=0),
    )


def read_sealed(plain: object) -> SealedOperation:
    """Never raises: an operation that cannot be read must not hold back the others."""
    if not isinstance(plain, dict):
        return SealedOperation(None)
    id_, key, sealed = plain.get("id"), plain.get("key"), plain.get("sealed")
    if not is_id(id_):
        return SealedOperation(None)
    if not isinstance(key, str) or len(key) > 64 or not isinstance(sealed, str):
        return SealedOperation(id_)
    return SealedOperation(id_, key, _from_base64url(sealed))


def read_envelope(data: bytes) -> Envelope:
    """What was sealed. Raises `MalformedError`."""
    try:
        plain = read_json(data)
    except NotJsonError as problem:
        raise MalformedError("envelope") from problem
    if type(plain.get("v")) is not int or plain["v"] != PROTOCOL:
        raise MalformedError("v")
    return Envelope(
        person=_id(plain, "person"),
        device=_id(plain, "device"),
        credential=_text(plain, "credential", 200),
        number=_number(plain, "number"),
        change=read_change(_object(plain, "operation")),
    )


def read_change(plain: dict[str, Any]) -> Change:
    """One operation. Raises `MalformedError`."""
    scope = _object(plain, "scope", default={})
    _text_or_none(
        plain, "at", 60
    )  # not used: a device's clock may be years off; order and time are the server's
    return Change(
        id=_id(plain, "id"),
        kind=_text(plain, "kind", LONGEST_NAME),
        entry=_id(plain, "entry"),
        base=_number(plain, "base", default=0),
        on=_moment_or_none(plain, "on"),
        after=None if plain.get("after") is None else _number(plain, "after"),
        set=_fields(_object(plain, "set", default={})),
        series=_id_or_none(scope, "series"),
        session=_id_or_none(scope, "session"),
        to=_id_or_none(scope, "to"),
        remove=_flag_or_none(plain, "remove"),
    )


def _fields(plain: dict[str, Any]) -> dict[str, FieldValue]:
    if len(plain) > MOST_FIELDS:
        raise MalformedError("set")
    for name, value in plain.items():
        if len(name) > LONGEST_NAME or not is_plain_text(name):
            raise MalformedError("set")
        if value is not None and type(value) not in (str, int, bool):
            raise MalformedError(name)
        if type(value) is int and abs(value) > LARGEST_NUMBER:
            raise MalformedError(name)
    return plain


def _from_base64url(text: str) -> bytes | None:
    if len(text) > LONGEST_SEALED:
        return None
    try:
        data = text.encode("ascii")
        return urlsafe_b64decode(data + b"=" * (-len(data) % 4))
    except (UnicodeEncodeError, binascii.Error):
        return None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _object(plain: dict[str, Any], name: str, default: dict[str, Any] | None = None) -> dict[str, Any]:
    value = plain.get(name)
    value = default if value is None else value
    if not isinstance(value, dict):
        raise MalformedError(name)
    return value


def _text(plain: dict[str, Any], name: str, longest: int) -> str:
    value = plain.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest or not is_plain_text(value):
        raise MalformedError(name)
    return value


def _text_or_none(plain: dict[str, Any], name: str, longest: int) -> str | None:
    return None if plain.get(name) is None else _text(plain, name, longest)


def _moment_or_none(plain: dict[str, Any], name: str) -> datetime | None:
    text = _text_or_none(plain, name, 60)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise MalformedError(name)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise MalformedError(name) from problem


def _id(plain: dict[str, Any], name: str) -> str:
    value = plain.get(name)
    if not isinstance(value, str) or not is_id(value):
        raise MalformedError(name)
    return value


def _id_or_none(plain: dict[str, Any], name: str) -> str | None:
    return None if plain.get(name) in (None, "") else _id(plain, name)


def _number(plain: dict[str, Any], name: str, default: int | None = None) -> int:
    value = plain.get(name, default)
    if type(value) is not int or not 0 <= value <= LARGEST_NUMBER:
        raise MalformedError(name)
    return value


def _flag_or_none(plain: dict[str, Any], name: str) -> bool | None:
    value = plain.get(name)
    if value is not None and type(value) is not bool:
        raise MalformedError(name)
    return value
