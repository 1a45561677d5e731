"""Lay a series' sessions out from its rhythm: 26 weeks ahead, the same result however often it is done."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from ledvei_pwa.features.supervision import records
from ledvei_pwa.features.supervision.records import Series, Session
from ledvei_pwa.features.supervision.rules import WEEKS_AHEAD, Status
from ledvei_pwa.kernel.cadence import occurrences, read_rule
from ledvei_pwa.kernel.norwegian_calendar import local
from ledvei_pwa.platform.database import db, new_id


def lay_out(series: Series, now: datetime) -> list[Session]:
    """Make what is missing ahead, let what follows the rhythm follow it. Answers the sessions that changed.

    What was moved by hand, is held or has begun stays as it is.
    """
    sessions = records.all_sessions_of(series.id)
    if series.ended_at is not None:
        return _withdraw([session for session in sessions if _is_ahead(session, now)])
    wanted = wanted_days(series, now)
    by_slot = {session.slot: session for session in sessions if session.slot is not None}
    changed = [
        session
        for day, starts_at in wanted.items()
        if (session := _fill(series, day, starts_at, by_slot.get(day), now)) is not None
    ]
    begin = _begin(series, now)
    stray = [
        session
        for session in sessions
        if _follows_rhythm(session, now)
        and (session.slot is None or session.slot >= begin)
        and session.slot not in wanted
    ]
    return changed + _withdraw(stray)


def wanted_days(series: Series, now: datetime) -> dict[date, datetime]:
    """The days of the rhythm from today to 26 weeks ahead that get a session, and when it begins."""
    found = occurrences(
        read_rule(series.rule),
        series.start_date,
        time.fromisoformat(series.local_time),
        from_=_begin(series, now),
        until=local(now).date() + timedelta(weeks=WEEKS_AHEAD),
        quiet_weeks=records.quiet_weeks_of(series.service_id),
    )
    return {occurrence.day: occurrence.starts_at for occurrence in found if occurrence.skipped is None}


def follow_new_rhythm(series: Series, now: datetime) -> None:
    """Give the coming sessions the days of a changed rhythm, in order, before it is laid out.

    They keep their ids, so that what is prepared for the next session stays with the next session.
    """
    begin = _begin(series, now)
    from_then_on = [s for s in records.all_sessions_of(series.id) if s.slot is not None and s.slot >= begin]
    fixed = {s.slot for s in from_then_on if s.status != Status.WITHDRAWN and not _is_ahead(s, now)}
    free = [s for s in from_then_on if s.status == Status.WITHDRAWN or _is_ahead(s, now)]
    for session in free:
        session.slot = None
    db.session.flush()  # a day must be free before another session takes it
    # A time earlier today is none to move to: the next session would stay behind at its old time.
    days = [
        day for day, starts_at in wanted_days(series, now).items() if day not in fixed and starts_at > now
    ]
    coming = [session for session in free if session.status != Status.WITHDRAWN]
    for session, day in zip(coming, days, strict=False):
        session.slot = day
    db.session.flush()


def _begin(series: Series, now: datetime) -> date:
    return max(local(now).date(), series.start_date)


def _is_ahead(session: Session, now: datetime) -> bool:
    return session.status == Status.PLANNED and session.starts_at > now


def _follows_rhythm(session: Session, now: datetime) -> bool:
    return _is_ahead(session, now) and not session.is_moved


def _fill(
    series: Series, day: date, starts_at: datetime, session: Session | None, now: datetime
) -> Session | None:
    """Make, bring back or re-time the session of one day; None when there was nothing to do."""
    if starts_at <= now:
        return None
    if session is None:
        return _make(series, day, starts_at)
    if session.status == Status.WITHDRAWN:
        session.status = Status.PLANNED.value
        session.original_starts_at = session.moved_at = session.moved_by = None
    elif not _follows_rhythm(session, now) or _is_as(session, starts_at, series.minutes):
        return None
    session.starts_at, session.minutes = starts_at, series.minutes
    return session


def _is_as(session: Session, starts_at: datetime, minutes: int) -> bool:
    return session.starts_at == starts_at and session.minutes == minutes


def _make(series: Series, day: date, starts_at: datetime) -> Session:
    session = Session(
        id=new_id(),
        service_id=series.service_id,
        series_id=series.id,
        slot=day,
        starts_at=starts_at,
        minutes=series.minutes,
        status=Status.PLANNED.value,
        in_feed=False,
    )
    db.session.add(session)
    return session


def _withdraw(sessions: list[Session]) -> list[Session]:
    for session in sessions:
        session.status = Status.WITHDRAWN.value
    return sessions
