"""What a person is told of themselves: how many of their texts go soon, and the last day of their account."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.platform import feed
from ledvei_pwa.sync.records import told_of_author

NOTICE: Final = "notice"  # the feed's name for it; its id is the person's


def publish_notice(service_id: str, person_id: str, now: datetime) -> None:
    """Tell the person's own devices, or let them forget it when there is nothing more to say."""
    if notice_of(person_id):
        feed.publish(service_id, NOTICE, person_id, {person_id}, at=now)
    elif feed.current_readers(NOTICE, person_id):
        feed.withdraw(service_id, NOTICE, person_id, at=now)


def notice_of(person_id: str) -> dict[str, Any]:
    """Empty when there is nothing to tell."""
    going = [row.goes_on for _entry, row in told_of_author(person_id) if row.goes_on]
    texts = {"texts": len(going), "first": min(going).isoformat()} if going else {}
    coming = people.last_day_of(person_id)
    return {**texts, "last_day": coming.day.isoformat()} if coming else texts


def render_notices(person_id: str, ids: list[str]) -> dict[str, dict[str, Any]]:
    return {id_: found for id_ in ids if id_ == person_id and (found := notice_of(person_id))}
