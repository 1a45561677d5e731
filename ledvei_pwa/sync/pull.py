"""What a person's device gets back: the changes after its cursor, and the digest of what it then holds."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.people.actions import DeviceCard
from ledvei_pwa.kernel.access import Actor
from ledvei_pwa.platform.feed import FeedItem, FeedPage, read_feed
from ledvei_pwa.platform.registry import house
from ledvei_pwa.sync.protocol import SyncRequest


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


def pull(person_id: str, request: SyncRequest, epoch: str) -> dict[str, Any]:
    """The answer's part for somebody signed in. Another epoch than ours: from the beginning."""
    page = read_feed(person_id, request.cursor if request.epoch == epoch else 0)
    changes = render(person_id, page.changes)
    shown = {(change["type"], change["id"]) for change in changes}
    # Between the feed and the subject somebody may have lost access: a removal, which comes again as one.
    lost = [item for item in page.changes if (item.type, item.id) not in shown]
    return {
        "changes": changes,
        "removed": [{"type": item.type, "id": item.id} for item in [*page.removed, *lost]],
        "cursor": page.cursor,
        "more": page.more,
        "digest": show_digest(page),
    }


def pull_nothing(request: SyncRequest) -> dict[str, Any]:
    return {"changes": [], "removed": [], "cursor": request.cursor, "more": False, "digest": None}


def render(person_id: str, items: list[FeedItem]) -> list[dict[str, Any]]:
    """The items as this person may see them now, in the order of their versions."""
    ids: dict[str, list[str]] = {}
    for item in items:
        ids.setdefault(item.type, []).append(item.id)
    subjects = house().subjects
    shown = {type_: subjects[type_](person_id, wanted) for type_, wanted in ids.items() if type_ in subjects}
    return [
        {"type": item.type, "id": item.id, "version": item.version, **shown[item.type][item.id]}
        for item in items
        if item.id in shown.get(item.type, {})
    ]


def show_digest(page: FeedPage) -> dict[str, Any] | None:
    return asdict(page.digest) if page.digest else None
