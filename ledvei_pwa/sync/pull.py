"""What a person's device gets back: the changes after its cursor, and the digest of what it then holds."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ledvei_pwa.features.people.actions import DeviceCard
from ledvei_pwa.platform import reads
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.errors import without_content
from ledvei_pwa.platform.feed import FeedItem, FeedPage, forget, read_feed
from ledvei_pwa.platform.reads import Reader, Text, Way
from ledvei_pwa.platform.registry import RenderSubject, house
from ledvei_pwa.sync.protocol import SyncRequest
from ledvei_pwa.sync.records import ENTRY

MOST_READS: Final = 3  # of the feed, while access to something in it is being lost
# Says nothing about a text: the device must ask again, and not take the version as if it held what stands.
PASSES: Final = (SQLAlchemyError, OSError, MemoryError)

log = structlog.get_logger(__name__)


def pull(device: DeviceCard, request: SyncRequest, epoch: str, now: datetime) -> dict[str, Any]:
    """The answer's part for somebody signed in. Another epoch than ours: from the beginning."""
    cursor = request.cursor if request.epoch == epoch else 0
    page, changes = _read_and_render(device.person_id, cursor, epoch)
    _note_delivered(device, changes, now)
    return {
        "changes": changes,
        "removed": [{"type": item.type, "id": item.id} for item in page.removed],
        "cursor": page.cursor,
        "more": page.more,
        "left": page.left,
        "digest": show_digest(page),
    }


def _note_delivered(device: DeviceCard, changes: list[dict[str, Any]], now: datetime) -> None:
    """Whose texts this device gets. Commits, before they leave: what cannot be logged is not handed over."""
    reader = Reader(device.service_id, device.person_id, device.id)
    texts = [
        Text(change["id"], change["revision"], change["author"])
        for change in changes
        if change["type"] == ENTRY and "unreadable" not in change
    ]
    if reads.note(reader, Way.DELIVERED, texts, at=now):
        db.session.commit()


def tell_nothing(request: SyncRequest) -> dict[str, Any]:
    """Of an answer, what can be said to anybody: nothing new."""
    return {
        "epoch": request.epoch,
        "signed_in": False,
        "changes": [],
        "removed": [],
        "cursor": request.cursor,
        "more": False,
        "left": 0,
        "digest": None,
    }


def _read_and_render(person_id: str, cursor: int, epoch: str) -> tuple[FeedPage, list[dict[str, Any]]]:
    """A page and its subjects, of one moment: changes, removals and digest agree.

    Between feed and subject somebody may lose access. Then the feed knows it by now, and is read again.
    """
    for _ in range(MOST_READS):
        page = read_feed(person_id, cursor, epoch=epoch)
        changes = render(person_id, page.changes)
        shown = {(change["type"], change["id"]) for change in changes}
        lost = [item for item in page.changes if (item.type, item.id) not in shown]
        if not lost:
            return page, changes
        db.session.rollback()  # what was read is old
    _heal(person_id, lost)
    return _read_and_render(person_id, cursor, epoch)


def _heal(person_id: str, lost: list[FeedItem]) -> None:
    """The feed has what its subject's own rule denies: the rule holds, and the device is told to forget."""
    for item in lost:
        log.error("feed_disagrees", type=item.type, subject=item.id)
        forget(person_id, item)
    db.session.commit()


def render(person_id: str, items: list[FeedItem]) -> list[dict[str, Any]]:
    """The items as this person may see them now, in the order of their versions."""
    ids: dict[str, list[str]] = {}
    for item in items:
        ids.setdefault(item.type, []).append(item.id)
    shown = {type_: _render_type(person_id, type_, wanted) for type_, wanted in ids.items()}
    return [
        {"type": item.type, "id": item.id, "version": item.version, **shown[item.type][item.id]}
        for item in items
        if item.id in shown[item.type]
    ]


def _render_type(person_id: str, type_: str, ids: list[str]) -> dict[str, dict[str, Any]]:
    """All of one type at once; one by one when one of them cannot be shown."""
    show = house().subjects.get(type_)
    if show is None:  # a newer server wrote it; what a device has of it stays
        return {id_: {"unreadable": True} for id_ in ids}
    try:
        return show(person_id, ids)
    except PASSES:
        raise
    except Exception:
        db.session.rollback()
    shown: dict[str, dict[str, Any]] = {}
    for id_ in ids:
        shown |= _render_one(show, person_id, type_, id_)
    return shown


def _render_one(show: RenderSubject, person_id: str, type_: str, id_: str) -> dict[str, dict[str, Any]]:
    """A text that is damaged, or whose key is gone, must not keep all the others from the device."""
    try:
        return show(person_id, [id_])
    except PASSES:
        raise
    except Exception as error:
        db.session.rollback()
        log.error("subject_unreadable", type=type_, subject=id_, **without_content(error))
        return {id_: {"unreadable": True}}


def show_digest(page: FeedPage) -> dict[str, Any] | None:
    return asdict(page.digest) if page.digest else None
