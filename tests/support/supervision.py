"""Series and sessions for tests. Every date is told or follows from `now`; nothing else is invented twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from ledvei_pwa.features.people.actions import PersonCard, ServiceCard
from ledvei_pwa.features.supervision import actions, records
from ledvei_pwa.features.supervision.records import Series, Session
from ledvei_pwa.features.supervision.rules import Form, SeriesPlan, Status
from ledvei_pwa.kernel.access import Actor, Role
from ledvei_pwa.kernel.cadence import Rhythm, Rule, rule_for
from ledvei_pwa.kernel.norwegian_calendar import local
from ledvei_pwa.platform.database import db, new_id
from tests.support.people import a_person


def a_plan(
    supervisor: PersonCard,
    members: Collection[PersonCard],
    *,
    start: date = date(2026, 11, 19),
    clock: str = "10:00",
    rhythm: Rhythm = Rhythm.WEEKLY,
    rule: Rule | None = None,
    **others: Any,
) -> SeriesPlan:
    """Weekly on Thursdays at ten for an hour, unless told otherwise; a group when members are several."""
    return SeriesPlan(
        form=Form.INDIVIDUAL if len(members) == 1 else Form.GROUP,
        supervisor_id=supervisor.id,
        member_ids=frozenset(member.id for member in members),
        rule=rule or rule_for(rhythm, start),
        start_date=start,
        local_time=time.fromisoformat(clock),
        **others,
    )


def a_leader(service_id: str, person_id: str) -> Actor:
    """Somebody who may do everything with series, in the name of a person."""
    return Actor(person_id, service_id, "Leader", "nb", frozenset({Role.SERVICE_LEADER}))


def a_series(
    supervisor: PersonCard | None = None,
    members: Collection[PersonCard] | None = None,
    *,
    service: ServiceCard | None = None,
    now: datetime | None = None,
    start: date | None = None,
    **plan: Any,
) -> Series:
    """A running series with its sessions 26 weeks ahead. Begins the day after `now` unless told."""
    now = now or datetime.now(UTC)
    supervisor = supervisor or a_person(Role.SUPERVISOR, service=service)
    members = members or [a_person(Role.CASEWORKER, service=service)]
    wanted = a_plan(supervisor, members, start=start or local(now).date() + timedelta(days=1), **plan)
    started = actions.start_series(a_leader(supervisor.service_id, supervisor.id), wanted, now=now)
    assert started.value is not None, started
    return db.session.get_one(Series, started.value)


def a_session(
    series: Series | None = None, *, starts_at: datetime | None = None, now: datetime | None = None
) -> Session:
    """The next planned session of the series; with `starts_at` an extra one then, past or coming."""
    now = now or datetime.now(UTC)
    series = series or a_series(now=now)
    if starts_at is None:
        return next(s for s in records.sessions_of(series.id) if s.starts_at > now)
    session = Session(
        id=new_id(),
        service_id=series.service_id,
        series_id=series.id,
        slot=None,
        starts_at=starts_at,
        minutes=series.minutes,
        status=Status.PLANNED.value,
        in_feed=False,
    )
    db.session.add(session)
    actions.announce_sessions([session], now)
    db.session.commit()
    return session


def a_held_session(
    series: Series | None = None,
    *,
    starts_at: datetime | None = None,
    mix: Mapping[str, int] | None = None,
    now: datetime | None = None,
) -> Session:
    """A session that was held for an hour, twenty minutes of it about strain."""
    now = now or datetime.now(UTC)
    session = a_session(series, starts_at=starts_at or now - timedelta(days=7), now=now)
    shared = mix or {"case": 40, "strain": 20}
    actions.mark_session_held(session.id, sum(shared.values()), shared, now, session.series.supervisor_id)
    db.session.commit()
    return session
