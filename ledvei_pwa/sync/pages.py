"""`POST /api/v1/sync`: operations in, results and changes out, in one round trip."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import structlog
from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.people.actions import DeviceCard
from ledvei_pwa.platform.database import db, kept_rows
from ledvei_pwa.platform.errors import without_content
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.keyring import base64url
from ledvei_pwa.platform.registry import house
from ledvei_pwa.platform.row_security import rows_of
from ledvei_pwa.platform.sessions import (
    NOTE_CONTACT_EVERY,
    came_from_this_site,
    current_actor,
    opens_at,
    public,
    waiting_actor,
)
from ledvei_pwa.sync.protocol import (
    PROTOCOL,
    MalformedError,
    NotJsonError,
    SyncRequest,
    TooManyOperationsError,
    UnknownProtocolError,
    read_request,
)
from ledvei_pwa.sync.pull import pull, tell_nothing
from ledvei_pwa.sync.push import push
from ledvei_pwa.sync.standing import find_standing, is_proven, notice_restore

LARGEST_BODY = 2 * 1024 * 1024  # bytes

log = structlog.get_logger(__name__)
pages = Blueprint("sync", __name__)


@pages.post("/api/v1/sync")
@public  # an operation is its author's by the credential in its seal; reading asks for sign-in below
def sync() -> ResponseReturnValue:
    if not came_from_this_site():
        return _refuse(403, "cross_site")
    if request.mimetype != "application/json":
        return _refuse(415, "not_json")
    try:
        asked = read_request(_body())
    except RequestEntityTooLarge:
        return _refuse(413, "too_large")
    except TooManyOperationsError:
        return _refuse(413, "too_many")
    except UnknownProtocolError:
        return _refuse(426, "protocol_unknown")
    except NotJsonError:
        return _refuse(400, "not_json")
    except MalformedError:
        return _refuse(400, "malformed")
    response = jsonify(_answer(asked, datetime.now(UTC)))
    response.headers["Cache-Control"] = "no-store"
    return response


def proven_device() -> str | None:
    """The device whose credential the request has shown: counted by it when nobody is signed in."""
    try:
        asked = read_request(_body())
    except (RequestEntityTooLarge, ValueError):
        return None  # the view says what is wrong with it
    device = people.find_device(asked.device)
    return device.id if device and is_proven(asked, device) else None


def _body() -> bytes:
    request.max_content_length = LARGEST_BODY
    return request.get_data()  # kept for this request: it may be read twice


def _answer(asked: SyncRequest, now: datetime) -> dict[str, Any]:
    """Push first, then pull: the answer holds what the device itself has just changed.

    The results are committed. Whatever goes wrong after them, the device must hear of them.
    """
    with kept_rows():
        notice_restore(asked, current_actor(), now)
        results = [result.shown() for result in push(asked.operations, now)]
        db.session.expire_all()  # what was read until here may be old by now
        told = _tell(asked, now)
    keyring = house().keyring
    return {
        "protocol": PROTOCOL,
        "now": now.isoformat(),
        "results": results,
        **told,
        "keys": {"id": keyring.sealing_key_id, "public": base64url(keyring.sealing_public)},
        "build": house().settings.build,
    }


def _tell(asked: SyncRequest, now: datetime) -> dict[str, Any]:
    """The answer's other half: what this device may know."""
    told = tell_nothing(asked)
    try:
        standing = find_standing(asked, current_actor())
        told |= standing.shown() | _say_when_it_opens(standing.device)
        if standing.signed_in and standing.device:
            with rows_of(standing.device.service_id):
                _note_contact(standing.device, now)
                told |= pull(standing.device, asked, standing.epoch, now)
    except Exception as error:
        db.session.rollback()
        log.error("pull_failed", device=asked.device, **without_content(error))
        return {**told, "failed": True}
    return told


def _say_when_it_opens(device: DeviceCard | None) -> dict[str, str]:
    """To whoever has come back by a link, on their own device: from when it is given their earlier texts."""
    actor, moment = waiting_actor(), opens_at()
    is_theirs = actor is not None and device is not None and device.person_id == actor.person_id
    return {"opens": moment.isoformat()} if is_theirs and moment else {}


def _note_contact(device: DeviceCard, now: datetime) -> None:
    """Now and then is enough, so that fetching seldom waits for the disk."""
    if device.last_contact_at is None or now - device.last_contact_at >= NOTE_CONTACT_EVERY:
        people.note_device_contact(device.id, 0, now=now)
        db.session.commit()


def _refuse(status: int, error: str) -> ResponseReturnValue:
    texts = {
        "cross_site": _("This request came from another site."),
        "not_json": _("The server could not read this."),
        "malformed": _("The server could not read this."),
        "too_large": _("This is too much at once."),
        "too_many": _("This is too much at once."),
        "protocol_unknown": _("This version of the app is too old, or too new. Open it again to update."),
    }
    response = jsonify(error=error, text=texts[error])
    response.headers["Cache-Control"] = "no-store"
    return response, status
