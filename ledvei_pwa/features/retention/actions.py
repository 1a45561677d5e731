"""How long a service keeps each sort of text: asked by the job that deletes, decided by its leader."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from ledvei_pwa.features.retention import records, rules
from ledvei_pwa.features.retention.records import KeepingPeriod
from ledvei_pwa.features.retention.rules import SHORTEST_NOTICE, TOLD_AHEAD, USUAL, Sort
from ledvei_pwa.kernel.access import Actor, Role
from ledvei_pwa.kernel.outcome import Outcome, done, refused
from ledvei_pwa.platform import audit, feed
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import db

__all__ = [
    "SHORTEST_NOTICE",
    "TOLD_AHEAD",
    "USUAL",
    "Periods",
    "Sort",
    "choose_periods",
    "day_left_behind_goes",
    "periods_of",
]

Periods = Mapping[Sort, int]


def periods_of(service_id: str) -> Periods:
    """Months by sort, all of them. What is outside the bounds of today counts as their nearer end."""
    chosen = {row.sort: row.months for row in records.periods_of(service_id)}
    return {sort: _within(sort, chosen.get(sort, usual)) for sort, usual in rules.USUAL.items()}


def _within(sort: Sort, months: int) -> int:
    bounds = rules.BOUNDS[sort]
    return min(max(months, bounds.least), bounds.most)


def day_left_behind_goes(service_id: str, closed: date) -> date:
    """When that is deleted which only somebody could read whose account is closed on that day."""
    return rules.day_left_behind_goes(periods_of(service_id)[Sort.LEFT], closed)


def choose_periods(actor: Actor, wanted: Periods, *, now: datetime) -> Outcome[Periods]:
    """Decide for the service. Nothing is deleted by this: what goes is told to its author first."""
    if not actor.has(Role.SERVICE_LEADER):
        return refused("not_yours")
    wrong = {sort.value: "outside" for sort, months in wanted.items() if not rules.is_allowed(sort, months)}
    if wrong:
        return refused("outside", **wrong)
    feed.begin_writing(actor.service_id)
    before = periods_of(actor.service_id)
    changed = {sort: months for sort, months in wanted.items() if months != before[sort]}
    for sort, months in changed.items():
        db.session.merge(KeepingPeriod(service_id=actor.service_id, sort=sort.value, months=months))
    if changed:
        _record(actor, changed, now)
    db.session.commit()
    return done(periods_of(actor.service_id))


def _record(actor: Actor, changed: Periods, now: datetime) -> None:
    audit.record(
        actor.service_id,
        Deed.KEEPING_CHANGED,
        ("service", actor.service_id),
        by=actor.person_id,
        at=now,
        **{sort.value: months for sort, months in changed.items()},
    )
