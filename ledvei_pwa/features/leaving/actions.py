"""Coming last days with what they lead to. Setting, changing and undoing one is people's."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.people.actions import LastDay
from ledvei_pwa.features.retention import actions as retention
from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.kernel.access import Actor


@dataclass(frozen=True)
class Coming:
    """One who is to leave. `series` will need a supervisor, of those that the leader may know of."""

    person_id: str
    name: str
    day: date
    series: int


def coming_last_days(actor: Actor, *, now: datetime) -> list[Coming]:
    """Of those that this leader may see, the soonest first."""
    supervised = _supervised(actor, now)
    return [
        Coming(one.person_id, one.name, one.day, supervised[one.person_id])
        for one in people.coming_last_days(actor, now=now)
    ]


def _supervised(actor: Actor, now: datetime) -> Counter[str]:
    """How many running series each supervises; none that an administrator has nothing to do with."""
    seen = supervision.series_seen_by(actor, now)
    return Counter(series.supervisor_id for series in seen if series.ended_at is None)


@dataclass(frozen=True)
class OwnLastDay:
    """One's own. `goes_on`: when that is deleted which only oneself could read."""

    day: date
    set_by: str  # a name; empty when it is not known
    set_at: datetime | None
    goes_on: date


def own_last_day(actor: Actor) -> OwnLastDay | None:
    found = people.last_day_of(actor.person_id)
    return _shown(actor.service_id, found) if found else None


def _shown(service_id: str, found: LastDay) -> OwnLastDay:
    by = people.persons_by_ids([found.set_by]) if found.set_by else {}
    name = by[found.set_by].name if found.set_by in by else ""
    closes = found.day + timedelta(days=1)
    return OwnLastDay(found.day, name, found.set_at, retention.day_left_behind_goes(service_id, closes))
