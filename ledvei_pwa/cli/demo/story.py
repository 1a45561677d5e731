"""A year of supervision, told by the same actions as in the world: planned, moved, prepared, held, agreed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import text

from ledvei_pwa.cli.demo import organisation as org
from ledvei_pwa.cli.demo import words
from ledvei_pwa.cli.demo.organisation import Employee
from ledvei_pwa.cli.demo.plan import DemoSeries, all_series
from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.people.actions import CreateService, InvitePerson, NewRole
from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.features.supervision.actions import SessionFacts
from ledvei_pwa.features.supervision.rules import FOCUS_AREAS, Form, SeriesPlan
from ledvei_pwa.kernel.access import Actor
from ledvei_pwa.kernel.norwegian_calendar import local
from ledvei_pwa.platform.database import db
from ledvei_pwa.sync.actions import write_entry
from ledvei_pwa.sync.retention import let_old_entries_leave

YEAR: Final = timedelta(weeks=52)
LONG_BEFORE: Final = timedelta(weeks=56)
TOLD: Final = timedelta(weeks=9)  # for so long back, everything written is told and not only the frame
SEED: Final = 2026
ITEMS: Final = tuple(f"i{number:02}" for number in range(1, 17))


@dataclass(frozen=True)
class Made:
    """What the story has made so far: the ids of people, and of the series each is supervised in alone."""

    service_id: str
    ids: dict[Employee, str]
    chance: Random
    walks: words.Walks
    series_ids: dict[Employee, str] = field(default_factory=dict)


def fill(now: datetime) -> None:
    """Make the demo service in an empty database. The same every time on the same day."""
    _hurry()
    made = _make_people(now)
    started = [(series, _start_series(made, series, now)) for series in all_series(local(now).date())]
    for weeks_ago in (26, 2, 0):  # as the daily job would have done
        supervision.make_sessions_ahead(now - timedelta(weeks=weeks_ago))
    for series, series_id in started:
        _tell_sessions(made, series, series_id, now)
    _tell_assessments(made, now)
    _tell_debriefs(made, now)
    let_old_entries_leave(now)


def _hurry() -> None:
    """Do not wait for the disk at each of a thousand commits: a demo cut short is made anew, not mended."""
    if db.engine.dialect.name == "sqlite":
        db.session.execute(text("PRAGMA synchronous=OFF"))


# --- people ---------------------------------------------------------------------------------------------


def _make_people(now: datetime) -> Made:
    then = now - LONG_BEFORE
    service = people.create_service(CreateService(org.SERVICE_NAME, "nb", is_demo=True), now=then)
    teams = {name: people.add_team(service.id, name).id for name in org.TEAMS}
    made = Made(service.id, {}, Random(SEED), words.Walks(SEED))  # noqa: S311 - a story, not a secret
    for employee in org.EVERYBODY:
        began = now - timedelta(weeks=10) if employee is org.NEW_EMPLOYEE else then
        team = teams[employee.team] if employee.team else None
        roles = tuple(NewRole(role, team, local(began).date()) for role in employee.roles)
        command = InvitePerson(employee.name, employee.email, roles, employee.language)
        added = people.add_person(service.id, command, now=began)
        assert added.value is not None, (employee, added)
        made.ids[employee] = added.value.id
    return made


def _leader(made: Made, now: datetime) -> Actor:
    actor = people.load_actor(made.ids[org.SERVICE_LEADER], now)
    assert actor is not None
    return actor


# --- series and their sessions --------------------------------------------------------------------------


def _start_series(made: Made, series: DemoSeries, now: datetime) -> str:
    begun = now - (local(now).date() - series.start)
    leader = _leader(made, now)
    plan = SeriesPlan(
        form=Form.GROUP if series.is_group else Form.INDIVIDUAL,
        supervisor_id=made.ids[series.supervisor],
        member_ids=frozenset(
            made.ids[member] for member in series.members if _works_there(member, begun, now)
        ),
        rule=series.rule,
        start_date=series.start,
        local_time=series.at,
        minutes=series.minutes,
        name=series.name,
        place=series.place,
        video_link=series.video_link,
        compulsory=series.compulsory,
        mix=series.mix,
    )
    started = supervision.start_series(leader, plan, now=begun)
    assert started.value is not None, (series, started)
    if plan.member_ids != {made.ids[member] for member in series.members}:
        everybody = frozenset(made.ids[member] for member in series.members)
        supervision.change_series(
            leader, started.value, _with_members(plan, everybody), now=now - timedelta(weeks=10)
        )
    if not series.is_group:
        made.series_ids[series.members[0]] = started.value
    return started.value


def _works_there(member: Employee, at: datetime, now: datetime) -> bool:
    return member is not org.NEW_EMPLOYEE or at > now - timedelta(weeks=11)


def _with_members(plan: SeriesPlan, member_ids: frozenset[str]) -> SeriesPlan:
    return replace(plan, member_ids=member_ids)


def _tell_sessions(made: Made, series: DemoSeries, series_id: str, now: datetime) -> None:
    sessions = supervision.sessions_in(series_id)
    past = [session for session in sessions if session.starts_at < now - timedelta(hours=12)]
    coming = [session for session in sessions if session.starts_at >= now - timedelta(hours=12)]
    for number, planned in enumerate(past):
        held = _move(made, series, planned) if number % 9 == 4 else planned
        if number % 14 == 11 and now - held.starts_at > timedelta(weeks=1):
            continue  # it happens: a session that nobody closed
        _tell_session(made, series, held, now, next_one=(past + coming)[number + 1 : number + 2])
    if coming:
        _prepare_the_next(made, series, coming[0], now)


def _move(made: Made, series: DemoSeries, session: SessionFacts) -> SessionFacts:
    told_at = session.starts_at - timedelta(days=3)
    actor = people.load_actor(made.ids[series.supervisor], told_at)
    day = local(session.starts_at).weekday()
    to = session.starts_at + timedelta(days=1 if day < 4 else -1)
    assert actor is not None
    moved = supervision.move_session(actor, session.id, to, now=told_at)
    assert moved.ok, moved
    facts = supervision.session_facts(session.id)
    assert facts is not None
    return facts


def _tell_session(
    made: Made, series: DemoSeries, session: SessionFacts, now: datetime, *, next_one: list[SessionFacts]
) -> None:
    recent = now - session.starts_at < TOLD
    if series.told and recent:
        topics = _prepare(made, series, session, before=timedelta(days=2))
        _close_topics(made, series, session, topics)
        _agree(made, series, session, now, next_one)
    mix = _spread(made.chance, series)
    fields = {"minutes": session.minutes, **{f"mix_{area}": mix.get(area, 0) for area in FOCUS_AREAS}}
    _write(
        made,
        series.supervisor,
        "holding",
        fields,
        session,
        session.starts_at + timedelta(minutes=session.minutes),
    )


def _spread(chance: Random, series: DemoSeries) -> dict[str, int]:
    """Minutes by focus area, around what was meant, in whole fives that sum to the session."""
    left, spread = series.minutes, {}
    for area, percent in sorted(series.mix.items(), key=lambda pair: pair[1])[:-1]:
        minutes = max(0, min(left, 5 * round(series.minutes * (percent + chance.uniform(-12, 12)) / 500)))
        spread[area] = minutes
        left -= minutes
    largest = max(series.mix, key=lambda area: series.mix[area])
    return spread | {largest: left}


# --- what is written ------------------------------------------------------------------------------------


def _write(
    made: Made,
    author: Employee,
    kind: str,
    fields: dict[str, Any],
    session: SessionFacts | None,
    at: datetime,
    *,
    series_id: str = "",
    entry: str | None = None,
) -> str:
    written = write_entry(
        made.ids[author],
        kind,
        fields,
        now=at,
        entry_id=entry,
        series_id=session.series_id if session else series_id or None,
        session_id=session.id if session else None,
    )
    assert written.value is not None, (author.name, kind, fields, written)
    return written.value


def _prepare(made: Made, series: DemoSeries, session: SessionFacts, *, before: timedelta) -> list[str]:
    at, topics = session.starts_at - before, []
    for member in series.members[: 3 if series.is_group else 1]:
        if made.ids[member] not in session.member_ids:
            continue
        audience = "group" if series.is_group else "supervisor"
        for _ in range(1 if series.is_group else 2):
            topic = _next_topic(made, member)
            topics.append(_write(made, member, "topic", topic | {"audience": audience}, session, at))
        went_well = made.walks.next(member.name, "went_well", words.WENT_WELL[member.language])
        _write(made, member, "preparation", {"went_well": went_well, "audience": audience}, session, at)
    _prepare_supervisor(made, series, session, at + timedelta(hours=20))
    return topics


def _next_topic(made: Made, member: Employee) -> dict[str, Any]:
    topic: dict[str, Any] = made.walks.next(member.name, "topic", words.TOPICS[member.language])
    return topic


def _prepare_supervisor(made: Made, series: DemoSeries, session: SessionFacts, at: datetime) -> None:
    language = series.supervisor.language
    choices = words.SUPERVISOR_PREPARATION[language]
    follow_up, ask_about, opening = made.walks.next(series.about, "supervisor_preparation", choices)
    fields = {
        "follow_up": follow_up,
        "ask_about": ask_about,
        "opening_question": opening,
        "audience": "group",
    }
    _write(made, series.supervisor, "supervisor_preparation", fields, session, at)


def _prepare_the_next(made: Made, series: DemoSeries, session: SessionFacts, now: datetime) -> None:
    if not series.told:
        return
    at = min(now - timedelta(hours=3), session.starts_at - timedelta(hours=30))
    author = series.members[0]
    audience = "group" if series.is_group else "supervisor"
    _write(made, author, "topic", _next_topic(made, author) | {"audience": audience}, session, at)
    if not series.is_group:
        _write(made, author, "topic", _next_topic(made, author) | {"audience": "private"}, session, at)
    _prepare_supervisor(made, series, session, at + timedelta(hours=1))


def _close_topics(made: Made, series: DemoSeries, session: SessionFacts, topics: list[str]) -> None:
    """The first ones were talked about, the last one now and then waits until next time."""
    for number, topic in enumerate(topics):
        last_waits = number == len(topics) - 1 and len(topics) > 1 and made.chance.random() < 0.2
        fields = {"outcome": "carried" if last_waits else "done", "outcome_session": session.id}
        at = session.starts_at + timedelta(minutes=20 * (number + 1))
        _write(made, series.supervisor, "topic", fields, session, at, entry=topic)


def _agree(
    made: Made, series: DemoSeries, session: SessionFacts, now: datetime, next_one: list[SessionFacts]
) -> None:
    ends = session.starts_at + timedelta(minutes=session.minutes - 5)
    due = local(next_one[0].starts_at if next_one else ends + timedelta(weeks=2)).date()
    for owner, wording in _agreed(made, series, session):
        fields = {"text": wording, "owner": made.ids[owner], "due": due.isoformat()}
        agreement = _write(made, series.supervisor, "agreement", fields, session, ends)
        if due < local(now).date() and made.chance.random() < 0.85:
            done = {"done": True, "done_on": (due - timedelta(days=1)).isoformat()}
            _write(made, owner, "agreement", done, session, ends + timedelta(days=4), entry=agreement)
    choices = words.SUMMARIES[series.supervisor.language]
    summary = made.walks.next(series.about, "summary", choices)
    _write(made, series.supervisor, "summary", {"text": summary}, session, ends)


def _agreed(made: Made, series: DemoSeries, session: SessionFacts) -> list[tuple[Employee, str]]:
    """Who is to do what, one thing each: one of those who took part, and now and then the supervisor too."""
    present = [member for member in series.members if made.ids[member] in session.member_ids]
    member = made.chance.choice(present)
    agreed: list[tuple[Employee, str]] = []
    for owner in (member, series.supervisor) if made.chance.random() < 0.3 else (member,):
        said = [wording for _, wording in agreed]
        choices = words.AGREEMENTS[member.language]
        agreed.append((owner, made.walks.next(owner.name, f"agreement {member.language}", choices, but=said)))
    return agreed


def _tell_assessments(made: Made, now: datetime) -> None:
    """Some answer about every sixth week. One has had a heavy autumn and is on the way up again."""
    for employee in (org.CASEWORKER, org.NEW_EMPLOYEE, org.SUPERVISOR, *org.CASEWORKERS[2:14:3]):
        times = 2 if employee is org.NEW_EMPLOYEE else 8
        for number in range(times):
            at = now - timedelta(weeks=6 * (times - number) - 4)
            heavy = employee is org.CASEWORKER and number in (4, 5)
            answers = {item: _answer(made.chance, heavy) for item in ITEMS}
            fields = {"taken_on": local(at).date().isoformat(), "audience": "private", **answers}
            _write(made, employee, "assessment", fields, None, at)


def _answer(chance: Random, heavy: bool) -> int | None:
    if chance.random() < 0.05:
        return None
    return max(1, min(5, round(chance.gauss(2.6 if heavy else 3.6, 0.8))))


def _tell_debriefs(made: Made, now: datetime) -> None:
    tellers = (
        (org.CASEWORKER, 0, 2),
        (org.NEW_EMPLOYEE, 1, 9),
        (org.CASEWORKER, 2, 23),
        (org.CASEWORKERS[13], 0, 31),
    )
    for employee, number, days_ago in tellers:
        at = now - timedelta(days=days_ago)
        debrief = words.DEBRIEFS[employee.language][number]
        series_id = made.series_ids[employee] if debrief["audience"] == "supervisor" else ""
        fields = debrief | {"happened_on": local(at - timedelta(days=1)).date().isoformat()}
        _write(made, employee, "debrief", fields, None, at, series_id=series_id)
