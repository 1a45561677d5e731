"""Verbs on series and sessions, and what other features and sync may ask about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.supervision import records, rules, schedule
from ledvei_pwa.features.supervision.records import QuietWeek, Series, Session
from ledvei_pwa.features.supervision.rules import FOCUS_AREAS, Form, SeriesPeople, SeriesPlan, Status
from ledvei_pwa.kernel.access import Actor, Relation, Role
from ledvei_pwa.kernel.cadence import Occurrence, first_day, occurrences, read_rule
from ledvei_pwa.kernel.norwegian_calendar import day_off, is_weekend, iso_week, local
from ledvei_pwa.kernel.outcome import Outcome, done, refused
from ledvei_pwa.platform import audit, feed
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.chained import Detail
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.registry import AppliedEntry, FieldValue, house

SERIES: Final = "series"
SESSION: Final = "session"
LONGEST_MOVE: Final = timedelta(days=366)


# --- what others may ask ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class SeriesScope:
    """`supervisor_id` is empty while the supervisor's role or mandate does not run; `named_id` never is.

    `supervised_since`: the moment at which another one was named last; None when there never was another.
    """

    service_id: str
    supervisor_id: str
    member_ids: frozenset[str]  # today's
    named_id: str
    supervised_since: datetime | None = None


@dataclass(frozen=True)
class SessionScope:
    service_id: str
    series_id: str
    starts_at: datetime


@dataclass(frozen=True)
class SessionFacts:
    """What a reminder is made from. `is_planned` is false once it is held, or withdrawn from the rhythm.

    `supervisor_id` is empty while the supervisor's role or mandate does not run.
    """

    id: str
    service_id: str
    series_id: str
    starts_at: datetime
    minutes: int
    is_planned: bool
    supervisor_id: str
    member_ids: frozenset[str]


def series_scope(series_id: str) -> SeriesScope | None:
    series = db.session.get(Series, series_id)
    if series is None:
        return None
    return SeriesScope(
        series.service_id,
        series.current_supervisor_id or "",
        series.member_ids,
        series.supervisor_id,
        series.supervised_since,
    )


def is_running(series_id: str) -> bool:
    series = db.session.get(Series, series_id)
    return series is not None and series.ended_at is None


def read_series(series_ids: Collection[str]) -> None:
    """Read these series at once; within `kept_rows`, what is asked about each of them afterwards is known."""
    records.series_by_ids(series_ids)


def session_scope(session_id: str) -> SessionScope | None:
    """A withdrawn session answers as well: what was written for it must find its series."""
    session = db.session.get(Session, session_id)
    return SessionScope(session.service_id, session.series_id, session.starts_at) if session else None


def session_scopes(session_ids: Collection[str]) -> dict[str, SessionScope]:
    """The same of several at once, by id."""
    found = records.sessions_by_ids(session_ids)
    return {each.id: SessionScope(each.service_id, each.series_id, each.starts_at) for each in found}


def session_facts(session_id: str) -> SessionFacts | None:
    session = db.session.get(Session, session_id)
    return _facts_of(session) if session else None


def sessions_in(series_id: str) -> list[SessionFacts]:
    """The sessions of a series that people can see, oldest first."""
    return [_facts_of(session) for session in records.sessions_of(series_id)]


def kept_about(person_id: str) -> dict[str, list[dict[str, Any]]]:
    """What somebody has to do with series, also with those that are over, and which sessions they moved."""
    return {
        "took_part": [
            {
                "series": row.series_id,
                "from": row.from_date.isoformat(),
                "first_day_without": row.to_date.isoformat() if row.to_date else None,
            }
            for row in records.memberships_of(person_id)
        ],
        "supervises": [
            {"series": row.id, "ended": row.ended_at.isoformat() if row.ended_at else None}
            for row in records.series_supervised_by(person_id)
        ],
        "moved": [
            {"session": row.id, "at": row.moved_at.isoformat() if row.moved_at else None}
            for row in records.sessions_moved_by(person_id)
        ],
    }


def _facts_of(session: Session) -> SessionFacts:
    return SessionFacts(
        id=session.id,
        service_id=session.service_id,
        series_id=session.series_id,
        starts_at=session.starts_at,
        minutes=session.minutes,
        is_planned=session.status == Status.PLANNED,
        supervisor_id=session.series.current_supervisor_id or "",
        member_ids=session.series.member_ids,
    )


def relations_of(person_id: str, series_id: str) -> frozenset[Relation]:
    """What a person is to a series today; empty for an outsider and for an unknown series."""
    series = db.session.get(Series, series_id)
    if series is None:
        return frozenset()
    supervises = {Relation.SUPERVISOR} if series.current_supervisor_id == person_id else set()
    takes_part = {Relation.MEMBER} if person_id in series.member_ids else set()
    return frozenset(supervises | takes_part)


# --- series -----------------------------------------------------------------------------------------------


def start_series(actor: Actor, plan: SeriesPlan, *, now: datetime) -> Outcome[str]:
    """Start a series and make its sessions. Answers its id."""
    if problem := _refuse_plan(actor, plan, now):
        return problem
    feed.begin_writing(actor.service_id)
    series = Series(
        id=new_id(), service_id=actor.service_id, created_by=actor.person_id, created_at=now, memberships=[]
    )
    _write_plan(series, plan, now)
    series.rule, series.start_date = str(plan.rule), first_day(plan.rule, plan.start_date)
    db.session.add(series)
    db.session.flush()
    _announce_series(series, now)
    announce_sessions(schedule.lay_out(series, now), now)
    _record(
        Deed.SERIES_MADE, series, actor, now, supervisor=plan.supervisor_id, added=sorted(plan.member_ids)
    )
    db.session.commit()
    return done(series.id)


def change_series(actor: Actor, series_id: str, plan: SeriesPlan, *, now: datetime) -> Outcome[str]:
    """Change frame, people or rhythm. Coming sessions follow, save those that were moved by hand."""
    series = records.series_in(actor.service_id, series_id)
    if series is None or not may_see(actor, series, now):
        return refused("unknown")
    if not rules.may_change(actor, people_of(series), led_by(actor, now)):
        return refused("not_yours")
    if series.ended_at is not None:
        return refused("ended")
    if rules.lets_others_in(people_of(series), plan):
        return refused("invalid", member_ids="stays_between_two")
    if rules.takes_over(actor, series.supervisor_id, plan):
        return refused("invalid", supervisor_id="shared_with_another")
    if problem := _refuse_plan(actor, plan, now):
        return problem
    feed.begin_writing(series.service_id)
    supervisor_before, members_before = series.supervisor_id, series.member_ids
    _replace_plan(series, plan, now)
    if (supervisor_before, members_before) != (plan.supervisor_id, plan.member_ids):
        _record(
            Deed.SERIES_PEOPLE_CHANGED,
            series,
            actor,
            now,
            supervisor=plan.supervisor_id,
            supervisor_before=supervisor_before,
            added=sorted(plan.member_ids - members_before),
            left=sorted(members_before - plan.member_ids),
        )
    db.session.commit()
    return done(series.id)


def end_series(actor: Actor, series_id: str, *, now: datetime) -> Outcome[str]:
    """End a series: what is held and written stays, what was planned ahead goes."""
    series = records.series_in(actor.service_id, series_id)
    if series is None or not may_see(actor, series, now):
        return refused("unknown")
    if not rules.may_change(actor, people_of(series), led_by(actor, now)):
        return refused("not_yours")
    if series.ended_at is not None:
        return refused("ended")
    feed.begin_writing(series.service_id)
    series.ended_at = now
    announce_sessions(schedule.lay_out(series, now), now)
    _announce_series(series, now)
    _record(Deed.SERIES_ENDED, series, actor, now)
    db.session.commit()
    return done(series.id)


def _record(deed: Deed, series: Series, actor: Actor, now: datetime, **details: Detail) -> None:
    audit.record(series.service_id, deed, ("series", series.id), by=actor.person_id, at=now, **details)


def _replace_plan(series: Series, plan: SeriesPlan, now: datetime) -> None:
    rhythm_changed = _takes_new_rhythm(series, plan)
    people_changed = _write_plan(series, plan, now)
    db.session.flush()
    db.session.expire(series, ["is_supervised"])
    if rhythm_changed:
        # A new rhythm begins today at the earliest: what has been is not planned again.
        begin = max(plan.start_date, local(now).date())
        series.rule, series.start_date = str(plan.rule), first_day(plan.rule, begin)
    db.session.flush()
    if rhythm_changed:
        schedule.follow_new_rhythm(series, now)
    changed = schedule.lay_out(series, now)
    if people_changed:
        changed = _on_devices_or_ahead(series, now)
    _announce_series(series, now, people_changed=people_changed)
    announce_sessions(changed, now)


def follow_roles(person_id: str, at: datetime) -> None:
    """Somebody has another role than before: who may no longer supervise loses what a supervisor has.

    Part of the caller's transaction.
    """
    for series in records.series_supervised_by(person_id):
        db.session.expire(series, ["is_supervised"])
        if feed.current_readers(SERIES, series.id) != people_of(series).all_ids:
            _announce_series(series, at)
            announce_sessions(_on_devices_or_ahead(series, at), at)


def _takes_new_rhythm(series: Series, plan: SeriesPlan) -> bool:
    """Another rule, or the same one in other weeks."""
    if str(plan.rule) != series.rule:
        return True
    return plan.start_date > series.start_date and plan.start_date not in _days_until(series, plan)


def _days_until(series: Series, plan: SeriesPlan) -> set[date]:
    found = set()
    for day in read_rule(series.rule).dates(series.start_date):
        found.add(day)
        if day >= plan.start_date:
            break
    return found


def _write_plan(series: Series, plan: SeriesPlan, now: datetime) -> bool:
    """Everything but the rhythm. Answers whether the people are others than before."""
    supervisor_changed = series.supervisor_id != plan.supervisor_id
    if supervisor_changed and series.supervisor_id is not None:
        series.supervised_since = now
    series.form = plan.form.value
    series.name = plan.name.strip() or None
    series.local_time = plan.local_time.strftime("%H:%M")
    series.minutes = plan.minutes
    series.place, series.video_link = plan.place.strip(), plan.video_link.strip()
    series.supervisor_id, series.compulsory = plan.supervisor_id, plan.compulsory
    for area in FOCUS_AREAS:
        setattr(series, f"mix_{area}", plan.mix.get(area, 0))
    return records.replace_members(series, plan.member_ids, local(now).date()) or supervisor_changed


def _refuse_plan(actor: Actor, plan: SeriesPlan, now: datetime) -> Outcome[str] | None:
    after = SeriesPeople(plan.supervisor_id, plan.member_ids, plan.form)
    if not rules.may_change(actor, after, led_by(actor, now)):
        return refused("not_yours")
    problems = rules.problems_of(plan, today=local(now).date())
    problems |= _problems_of_people(actor.service_id, plan, now)
    return refused("invalid", **problems) if problems else None


def check_plan(actor: Actor, plan: SeriesPlan, *, now: datetime) -> Outcome[str]:
    """What `start_series` would say, without starting anything."""
    return _refuse_plan(actor, plan, now) or done("")


def preview(service_id: str, plan: SeriesPlan, *, now: datetime, sessions: int = 5) -> list[Occurrence]:
    """The first dates that a plan gives, with those that are skipped on the way and why."""
    begin = first_day(plan.rule, max(plan.start_date, local(now).date()))
    found: list[Occurrence] = []
    for occurrence in occurrences(
        plan.rule,
        begin,
        plan.local_time,
        from_=begin,
        until=begin + timedelta(days=730),
        quiet_weeks=records.quiet_weeks_of(service_id),
    ):
        found.append(occurrence)
        if sum(one.skipped is None for one in found) == sessions:
            break
    return found


def _problems_of_people(service_id: str, plan: SeriesPlan, now: datetime) -> dict[str, str]:
    known = {person.id: person for person in people.people_in_service(service_id, now=now)}
    problems = {}
    if not plan.member_ids <= known.keys():
        problems["member_ids"] = "unknown_person"
    supervisor = known.get(plan.supervisor_id)
    if supervisor is None or supervisor.roles.isdisjoint(rules.SUPERVISES):
        problems["supervisor_id"] = "not_a_supervisor"
    return problems


# --- sessions ---------------------------------------------------------------------------------------------


class Caution(StrEnum):
    """What one should know before moving a session there. None of them forbids it."""

    CLASH = "clash"
    DAY_OFF = "day_off"
    WEEKEND = "weekend"
    QUIET_WEEK = "quiet_week"
    PASSED = "passed"


@dataclass(frozen=True)
class Warned:
    caution: Caution
    person_id: str = ""  # who is busy
    day_off: str = ""  # the English name of the day


def cautions_of_move(session: Session, starts_at: datetime, *, now: datetime) -> list[Warned]:
    """What speaks against having the session then."""
    day = local(starts_at).date()
    found = [Warned(Caution.CLASH, person_id=busy) for busy in _busy_people(session, starts_at)]
    if name := day_off(day):
        found.append(Warned(Caution.DAY_OFF, day_off=name))
    elif is_weekend(day):
        found.append(Warned(Caution.WEEKEND))
    if iso_week(day) in records.quiet_weeks_of(session.service_id):
        found.append(Warned(Caution.QUIET_WEEK))
    if starts_at <= now:
        found.append(Warned(Caution.PASSED))
    return found


def _busy_people(session: Session, starts_at: datetime) -> list[str]:
    """The people of the session who have another one at that time."""
    longest = timedelta(minutes=rules.LONGEST)
    ends = starts_at + timedelta(minutes=session.minutes)
    busy: set[str] = set()
    for other in records.planned_sessions_between(session.service_id, starts_at - longest, ends):
        meets = rules.overlaps(starts_at, session.minutes, other.starts_at, other.minutes)
        if meets and other.id != session.id:
            busy |= people_of(other.series).all_ids
    return sorted(busy & people_of(session.series).all_ids)


def is_too_far_away(starts_at: datetime, now: datetime) -> bool:
    """More than a year from now: most likely a slip in the year."""
    return not now - LONGEST_MOVE < starts_at < now + LONGEST_MOVE


def move_session(actor: Actor, session_id: str, starts_at: datetime, *, now: datetime) -> Outcome[str]:
    """Give one session another time. The rest of the series goes on as before; reminders follow."""
    session = records.session_in(actor.service_id, session_id)
    if session is None or not may_see(actor, session.series, now):
        return refused("unknown")
    if not rules.may_move(actor, people_of(session.series), led_by(actor, now)):
        return refused("not_yours")
    if session.status == Status.HELD:
        return refused("held")
    if session.series.ended_at is not None:
        return refused("ended")
    if is_too_far_away(starts_at, now):
        return refused("invalid", starts_at="too_far_away")
    feed.begin_writing(session.service_id)
    _move(session, starts_at, actor.person_id, now)
    announce_sessions([session], now)
    db.session.commit()
    return done(session.id)


def _move(session: Session, starts_at: datetime, by: str, now: datetime) -> None:
    original = session.original_starts_at or session.starts_at
    session.starts_at = starts_at
    if starts_at == original:  # back where it was: it follows the rhythm again
        session.original_starts_at = session.moved_at = session.moved_by = None
        return
    session.original_starts_at, session.moved_at, session.moved_by = original, now, by


def mark_session_held(
    session_id: str, minutes: int, mix: Mapping[str, int], now: datetime, by: str
) -> Outcome[str]:
    """Record that a session was held: how long, and how many minutes went to each focus area.

    Part of the caller's transaction, which has the service's write lock. May come again with other figures.
    """
    session = db.session.get(Session, session_id)
    if session is None:
        return refused("unknown")
    if Relation.SUPERVISOR not in relations_of(by, session.series_id):
        return refused("not_yours")
    _note_held(session, minutes, mix, now)
    return done(session.id)


def _note_held(session: Session, minutes: int, mix: Mapping[str, int], now: datetime) -> None:
    session.status = Status.HELD.value
    session.held_at = session.held_at or now
    session.held_minutes = minutes
    for area in FOCUS_AREAS:
        setattr(session, f"held_mix_{area}", mix.get(area, 0))
    announce_sessions([session], now)


def mark_session_not_held(session_id: str, now: datetime) -> None:
    """Take back that a session was held. Part of the caller's transaction."""
    session = db.session.get(Session, session_id)
    if session is None or session.status != Status.HELD:
        return
    session.status = Status.PLANNED.value
    session.held_at = session.held_minutes = None
    for area in FOCUS_AREAS:
        setattr(session, f"held_mix_{area}", None)
    announce_sessions([session], now)


def follow_holding(entry: AppliedEntry) -> None:
    """A `holding` was written, corrected or removed: the session follows."""
    if entry.session_id is None:
        return
    if entry.removed:
        _follow_removed_holding(entry.session_id, entry)
        return
    minutes, mix = _figures_of(entry.fields)
    mark_session_held(entry.session_id, minutes, mix, entry.at, entry.changed_by)


def _follow_removed_holding(session_id: str, entry: AppliedEntry) -> None:
    """Two devices may each have written that the session was held: the other one still says so."""
    others = entry.others()
    session = db.session.get(Session, session_id)
    if session is None or not others:
        mark_session_not_held(session_id, entry.at)
    elif session.status == Status.HELD:
        minutes, mix = _figures_of(others[0])
        _note_held(session, minutes, mix, entry.at)


def _figures_of(holding: Mapping[str, FieldValue]) -> tuple[int, dict[str, int]]:
    """How many minutes, and how many of them went to each focus area."""
    mix = {area: int(holding.get(f"mix_{area}") or 0) for area in FOCUS_AREAS}
    return int(holding.get("minutes") or 0), mix


def make_sessions_ahead(now: datetime) -> None:
    """Every day: make the sessions that have come within 26 weeks, and let devices forget the old ones."""
    for service_id, series_id in records.active_series():
        feed.begin_writing(service_id)
        series = records.series_in(service_id, series_id)
        if series is not None:
            announce_sessions(schedule.lay_out(series, now), now)
        db.session.commit()
    for service_id in records.services_with_sessions_in_feed():
        feed.begin_writing(service_id)
        announce_sessions(records.sessions_to_forget(service_id, kept_since(service_id, now)), now)
        db.session.commit()


# --- quiet weeks ------------------------------------------------------------------------------------------


def set_quiet_weeks(
    actor: Actor, year: int, weeks: Collection[int], *, now: datetime
) -> Outcome[frozenset[tuple[int, int]]]:
    """Let exactly these weeks of an ISO year be without supervision; coming sessions follow."""
    if not rules.may_set_quiet_weeks(actor):
        return refused("not_yours")
    if not set(weeks) <= set(range(1, weeks_in(year) + 1)):
        return refused("invalid", weeks="unknown_week")
    feed.begin_writing(actor.service_id)
    wanted = {(year, week) for week in weeks}
    _write_quiet_weeks(actor.service_id, year, wanted)
    for series in records.series_of_service(actor.service_id):
        if series.ended_at is None:
            announce_sessions(schedule.lay_out(series, now), now)
    db.session.commit()
    return done(records.quiet_weeks_of(actor.service_id))


def _write_quiet_weeks(service_id: str, year: int, wanted: Iterable[tuple[int, int]]) -> None:
    wanted = set(wanted)
    current = {week for week in records.quiet_weeks_of(service_id) if week[0] == year}
    for gone in current - wanted:
        db.session.delete(db.session.get_one(QuietWeek, (service_id, *gone)))
    db.session.add_all(QuietWeek(service_id=service_id, year=y, week=w) for y, w in sorted(wanted - current))
    db.session.flush()


def weeks_in(year: int) -> int:
    """52 or 53: the week of 28 December is the last one of its ISO year."""
    return date(year, 12, 28).isocalendar().week


# --- what pages show --------------------------------------------------------------------------------------


def people_of(series: Series) -> SeriesPeople:
    return SeriesPeople(series.current_supervisor_id, series.member_ids, Form(series.form))


def led_by(actor: Actor, now: datetime) -> frozenset[str]:
    """The people in the teams that this person leads."""
    if not actor.has(Role.TEAM_LEADER):
        return frozenset()
    everybody = people.people_in_service(actor.service_id, now=now)
    return frozenset(person.id for person in everybody if not actor.team_ids.isdisjoint(person.team_ids))


def may_see(actor: Actor, series: Series, now: datetime) -> bool:
    return rules.may_see(actor, people_of(series), led_by(actor, now))


def may_change(actor: Actor, series: Series, now: datetime) -> bool:
    return series.ended_at is None and rules.may_change(actor, people_of(series), led_by(actor, now))


def may_move_in(actor: Actor, series: Series, now: datetime) -> bool:
    """Whether the actor may give the planned sessions of this series another time."""
    return series.ended_at is None and rules.may_move(actor, people_of(series), led_by(actor, now))


def may_move(actor: Actor, session: Session, now: datetime) -> bool:
    return session.status == Status.PLANNED and may_move_in(actor, session.series, now)


def series_seen_by(actor: Actor, now: datetime) -> list[Series]:
    """The series whose times and rhythm this person may know of."""
    led = led_by(actor, now)
    return [s for s in records.series_of_service(actor.service_id) if rules.may_see(actor, people_of(s), led)]


# --- feed -------------------------------------------------------------------------------------------------


def kept_since(service_id: str, now: datetime) -> datetime:
    """Sessions from this moment on are kept on the devices."""
    service = people.service_of(service_id)
    return now - timedelta(weeks=service.kept_weeks if service else rules.WEEKS_KEPT)


def _announce_series(series: Series, at: datetime, *, people_changed: bool = True) -> None:
    feed.publish(series.service_id, SERIES, series.id, people_of(series).all_ids, at=at)
    if people_changed:
        for tell in house().on_series_change:
            tell(series.id, at)


def announce_sessions(sessions: Iterable[Session], at: datetime) -> None:
    """Tell the devices and those who registered, e.g. reminders."""
    db.session.flush()
    for session in sessions:
        readers = _readers(session, at)
        if readers or session.in_feed:
            feed.publish(session.service_id, SESSION, session.id, readers, at=at)
        session.in_feed = bool(readers)
        for tell in house().on_session_change:
            tell(session.id, at)


def _readers(session: Session, at: datetime) -> frozenset[str]:
    if session.status == Status.WITHDRAWN or session.starts_at < kept_since(session.service_id, at):
        return frozenset()
    return people_of(session.series).all_ids


def _on_devices_or_ahead(series: Series, now: datetime) -> list[Session]:
    """All sessions that somebody may have on a device, or should get there."""
    since = kept_since(series.service_id, now)
    return [s for s in records.all_sessions_of(series.id) if s.in_feed or s.starts_at >= since]


def render_series(_person_id: str, ids: list[str]) -> dict[str, dict[str, Any]]:
    return {series.id: _show_series(series) for series in records.series_by_ids(ids)}


def _show_series(series: Series) -> dict[str, Any]:
    return {
        "form": series.form,
        "name": series.name or "",
        "supervisor": series.supervisor_id,
        "members": sorted(series.member_ids),
        "minutes": series.minutes,
        "place": series.place,
        "video_link": series.video_link,
        "compulsory": series.compulsory,
        "rhythm": read_rule(series.rule).rhythm.value,
        "mix": series.mix,
        "ended": series.ended_at is not None,
    }


def render_sessions(_person_id: str, ids: list[str]) -> dict[str, dict[str, Any]]:
    return {session.id: _show_session(session) for session in records.sessions_by_ids(ids)}


def _show_session(session: Session) -> dict[str, Any]:
    original = session.original_starts_at
    return {
        "series": session.series_id,
        "starts": session.starts_at.isoformat(),
        "minutes": session.minutes,
        "status": session.status,
        "original_starts": original.isoformat() if original else None,
        "held_minutes": session.held_minutes,
        "mix": session.held_mix,
    }
