"""A series makes its sessions, keeps them when it changes, and reaches those it concerns and nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest

from ledvei_pwa.features.people.actions import PersonCard, ServiceCard, persons_by_ids
from ledvei_pwa.features.supervision import actions, records
from ledvei_pwa.features.supervision.actions import Caution
from ledvei_pwa.features.supervision.records import Series, Session
from ledvei_pwa.features.supervision.rules import SeriesPlan
from ledvei_pwa.kernel.access import Relation, Role
from ledvei_pwa.kernel.cadence import Rhythm
from ledvei_pwa.kernel.norwegian_calendar import local, local_moment
from ledvei_pwa.platform import audit
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.feed import current_readers
from ledvei_pwa.platform.registry import AppliedEntry, House
from tests.support.people import a_person, a_service, a_team, actor_of
from tests.support.supervision import a_held_session, a_leader, a_plan, a_series, a_session

THURSDAY = date(2026, 11, 19)  # the day after the `now` of the tests


@pytest.fixture
def service(now: datetime, app: object) -> ServiceCard:
    return a_service()


@pytest.fixture
def supervisor(service: ServiceCard) -> PersonCard:
    return a_person(Role.SUPERVISOR, service=service, name="Ragnhild")


@pytest.fixture
def member(service: ServiceCard) -> PersonCard:
    return a_person(service=service, name="Ingvild")


@pytest.fixture
def series(supervisor: PersonCard, member: PersonCard, now: datetime) -> Series:
    return a_series(supervisor, [member], now=now)


@pytest.fixture
def told(house: House) -> Iterator[list[str]]:
    """The ids of the sessions that those who registered were told of."""
    found: list[str] = []

    def tell(session_id: str, _at: datetime) -> None:
        found.append(session_id)

    house.on_session_change.append(tell)
    yield found
    house.on_session_change.remove(tell)


@pytest.fixture
def told_of_series(house: House) -> Iterator[list[str]]:
    found: list[str] = []

    def tell(series_id: str, _at: datetime) -> None:
        found.append(series_id)

    house.on_series_change.append(tell)
    yield found
    house.on_series_change.remove(tell)


def local_days(series: Series) -> list[str]:
    return [local(session.starts_at).date().isoformat() for session in records.sessions_of(series.id)]


def local_clocks(series: Series, after: datetime) -> set[str]:
    return {f"{local(s.starts_at):%H:%M}" for s in records.sessions_of(series.id) if s.starts_at > after}


def change(series: Series, plan: SeriesPlan, now: datetime) -> None:
    outcome = actions.change_series(
        a_leader(series.service_id, series.supervisor_id), series.id, plan, now=now
    )
    assert outcome.ok, outcome


# --- starting ---------------------------------------------------------------------------------------------


def test_a_new_series_has_its_sessions_26_weeks_ahead(series: Series, now: datetime) -> None:
    days = local_days(series)
    assert days[0] == "2026-11-19"
    assert days[-1] == "2027-05-13"
    assert "2026-12-24" not in days  # Christmas Eve
    assert "2027-03-25" not in days  # Maundy Thursday
    assert "2027-05-06" not in days  # Ascension Day


def test_a_session_is_at_ten_in_winter_and_in_summer(series: Series, now: datetime) -> None:
    assert local_clocks(series, now) == {"10:00"}
    assert len({session.starts_at.hour for session in records.sessions_of(series.id)}) == 2


def test_a_start_between_the_rhythms_days_means_the_next_one(
    supervisor: PersonCard, member: PersonCard, now: datetime
) -> None:
    plan = a_plan(supervisor, [member], start=THURSDAY, rhythm=Rhythm.THIRD_WEEK)
    later = SeriesPlan(**{**plan.__dict__, "start_date": THURSDAY + timedelta(days=1)})
    started = actions.start_series(actor_of(supervisor), later, now=now)
    series = db.session.get_one(Series, started.value)
    assert local_days(series)[:2] == ["2026-11-26", "2026-12-17"]


def test_a_supervisor_may_start_a_series_of_their_own(
    supervisor: PersonCard, member: PersonCard, now: datetime
) -> None:
    assert actions.start_series(actor_of(supervisor), a_plan(supervisor, [member]), now=now).ok


def test_a_supervisor_may_not_start_one_for_another_supervisor(
    supervisor: PersonCard, member: PersonCard, service: ServiceCard, now: datetime
) -> None:
    other = a_person(Role.SUPERVISOR, service=service)
    assert actions.start_series(actor_of(other), a_plan(supervisor, [member]), now=now).reason == "not_yours"


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.EXTERNAL_SUPERVISOR, Role.ADMINISTRATOR])
def test_others_may_not_start_a_series(
    role: Role, service: ServiceCard, member: PersonCard, now: datetime
) -> None:
    person = a_person(role, service=service)
    assert actions.start_series(actor_of(person), a_plan(person, [member]), now=now).reason == "not_yours"


def test_a_team_leader_may_start_one_for_the_teams_people(
    service: ServiceCard, supervisor: PersonCard, now: datetime
) -> None:
    team = a_team(service)
    leader = a_person(Role.TEAM_LEADER, service=service, team=team)
    member = a_person(Role.CASEWORKER, service=service, team=team)
    assert actions.start_series(actor_of(leader), a_plan(supervisor, [member]), now=now).ok


def test_a_team_leader_may_not_start_one_for_another_teams_people(
    service: ServiceCard, supervisor: PersonCard, member: PersonCard, now: datetime
) -> None:
    leader = a_person(Role.TEAM_LEADER, service=service, team=a_team(service))
    assert actions.start_series(actor_of(leader), a_plan(supervisor, [member]), now=now).reason == "not_yours"


def test_people_of_another_service_cannot_be_chosen(supervisor: PersonCard, now: datetime) -> None:
    stranger = a_person(service=a_service("Vassdalen barnevernstjeneste"))
    refused = actions.start_series(actor_of(supervisor), a_plan(supervisor, [stranger]), now=now)
    assert refused.fields == {"member_ids": "unknown_person"}


def test_a_caseworker_cannot_be_chosen_as_supervisor(
    service: ServiceCard, member: PersonCard, now: datetime
) -> None:
    colleague = a_person(service=service)
    leader = a_leader(service.id, colleague.id)
    refused = actions.start_series(leader, a_plan(colleague, [member]), now=now)
    assert refused.fields == {"supervisor_id": "not_a_supervisor"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"mix": {"case": 50, "role": 49}}, "mix"),
        ({"mix": {"case": 150, "role": -50}}, "mix"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 100_000}, "minutes"),
        ({"video_link": "http://example.org/room"}, "video_link"),
        ({"video_link": "javascript:alert(1)"}, "video_link"),
        ({"video_link": "https://"}, "video_link"),
        ({"video_link": "https://[broken"}, "video_link"),
        ({"place": "a" * 201}, "place"),
        ({"name": "a" * 201}, "name"),
        ({"start": date(2036, 1, 1)}, "start_date"),
    ],
)
def test_a_plan_that_does_not_hold_is_refused_with_its_field(
    changes: dict[str, object], field: str, supervisor: PersonCard, member: PersonCard, now: datetime
) -> None:
    plan = a_plan(supervisor, [member], **changes)  # type: ignore[arg-type]
    assert set(actions.start_series(actor_of(supervisor), plan, now=now).fields) == {field}


def test_a_supervisor_cannot_be_a_participant_too(supervisor: PersonCard, now: datetime) -> None:
    refused = actions.start_series(actor_of(supervisor), a_plan(supervisor, [supervisor]), now=now)
    assert refused.fields == {"supervisor_id": "supervisor_participates"}


# --- the devices ------------------------------------------------------------------------------------------


def test_series_and_sessions_go_to_the_supervisor_and_the_participants_only(
    series: Series, supervisor: PersonCard, member: PersonCard, service: ServiceCard
) -> None:
    a_person(Role.SERVICE_LEADER, service=service)
    both = {supervisor.id, member.id}
    assert current_readers("series", series.id) == both
    assert {current_readers("session", s.id) for s in records.sessions_of(series.id)} == {frozenset(both)}


def test_a_series_is_shown_as_the_protocol_says(
    series: Series, supervisor: PersonCard, member: PersonCard
) -> None:
    assert actions.render_series(member.id, [series.id])[series.id] == {
        "form": "individual",
        "name": "",
        "supervisor": supervisor.id,
        "members": [member.id],
        "minutes": 60,
        "place": "",
        "video_link": "",
        "compulsory": True,
        "rhythm": "weekly",
        "mix": {"case": 50, "practical": 0, "strain": 25, "role": 25, "other": 0},
        "ended": False,
    }


def test_a_session_is_shown_as_the_protocol_says(series: Series, member: PersonCard) -> None:
    session = records.sessions_of(series.id)[0]
    assert actions.render_sessions(member.id, [session.id])[session.id] == {
        "series": series.id,
        "starts": "2026-11-19T09:00:00+00:00",
        "minutes": 60,
        "status": "planned",
        "original_starts": None,
        "held_minutes": None,
        "mix": None,
    }


def test_a_session_leaves_the_devices_when_it_is_older_than_they_keep(series: Series, now: datetime) -> None:
    session = a_held_session(series, starts_at=now - timedelta(weeks=7), now=now)
    assert current_readers("session", session.id)
    actions.make_sessions_ahead(now + timedelta(weeks=2))
    assert not current_readers("session", session.id)


# --- day by day -------------------------------------------------------------------------------------------


def test_making_sessions_twice_changes_nothing(series: Series, now: datetime, told: list[str]) -> None:
    before = local_days(series)
    actions.make_sessions_ahead(now)
    actions.make_sessions_ahead(now)
    assert local_days(series) == before
    assert told == []


def test_a_week_later_there_is_one_more_session_ahead(series: Series, now: datetime, told: list[str]) -> None:
    before = len(local_days(series))
    actions.make_sessions_ahead(now + timedelta(weeks=1))
    assert len(local_days(series)) == before + 1
    assert len(told) == 1


def test_an_ended_series_makes_no_more_sessions(
    series: Series, supervisor: PersonCard, now: datetime
) -> None:
    actions.end_series(actor_of(supervisor), series.id, now=now)
    actions.make_sessions_ahead(now + timedelta(weeks=3))
    assert local_days(series) == []


# --- changing ---------------------------------------------------------------------------------------------


def test_coming_sessions_follow_a_new_time_of_day(
    series: Series, supervisor: PersonCard, member: PersonCard, now: datetime
) -> None:
    ids = [session.id for session in records.sessions_of(series.id)]
    change(series, a_plan(supervisor, [member], clock="13:30", minutes=90), now)
    assert local_clocks(series, now) == {"13:30"}
    assert [session.id for session in records.sessions_of(series.id)] == ids
    assert {session.minutes for session in records.sessions_of(series.id)} == {90}


def test_coming_sessions_follow_a_new_weekday_and_keep_their_ids(
    series: Series, supervisor: PersonCard, member: PersonCard, now: datetime
) -> None:
    first = records.sessions_of(series.id)[0].id
    change(series, a_plan(supervisor, [member], start=date(2026, 11, 24)), now)
    # The one on Thursday comes before the new rhythm begins, and stays.
    assert local_days(series)[:3] == ["2026-11-19", "2026-11-24", "2026-12-01"]
    assert records.sessions_of(series.id)[0].id == first


def test_a_rarer_rhythm_keeps_the_nearest_sessions(
    series: Series, supervisor: PersonCard, member: PersonCard, now: datetime
) -> None:
    nearest = [session.id for session in records.sessions_of(series.id)[:3]]
    change(series, a_plan(supervisor, [member], start=THURSDAY, rhythm=Rhythm.SECOND_WEEK), now)
    assert local_days(series)[:3] == ["2026-11-19", "2026-12-03", "2026-12-17"]
    assert [session.id for session in records.sessions_of(series.id)[:3]] == nearest


def test_what_no_longer_fits_a_rarer_rhythm_leaves_the_devices(
    series: Series, supervisor: PersonCard, member: PersonCard, now: datetime
) -> None:
    last = records.sessions_of(series.id)[-1]
    change(series, a_plan(supervisor, [member], start=THURSDAY, rhythm=Rhythm.SECOND_WEEK), now)
    assert not current_readers("session", last.id)
    assert actions.session_scope(last.id) is not None  # what is written for it still finds its series


def test_a_session_moved_by_hand_stays_when_the_series_changes(
    series: Series, supervisor: PersonCard, member: PersonCard, now: datetime
) -> None:
    moved = records.sessions_of(series.id)[1]
    there = local_moment(date(2026, 11, 27), time(8, 30))
    actions.move_session(actor_of(supervisor), moved.id, there, now=now)
    change(series, a_plan(supervisor, [member], start=THURSDAY, clock="14:00"), now)
    change(series, a_plan(supervisor, [member], start=date(2026, 11, 23), clock="14:00"), now)
    assert records.session_in(series.service_id, moved.id).starts_at == there  # type: ignore[union-attr]
    assert local_days(series)[:4] == ["2026-11-19", "2026-11-27", "2026-11-30", "2026-12-07"]


def test_the_weeks_of_a_fortnight_can_be_swapped(
    supervisor: PersonCard, member: PersonCard, now: datetime
) -> None:
    series = a_series(supervisor, [member], now=now, rhythm=Rhythm.SECOND_WEEK, start=THURSDAY)
    other_week = THURSDAY + timedelta(weeks=1)
    change(series, a_plan(supervisor, [member], rhythm=Rhythm.SECOND_WEEK, start=other_week), now)
    assert local_days(series)[:3] == ["2026-11-19", "2026-11-26", "2026-12-10"]


def test_changing_the_place_leaves_the_weeks_of_a_fortnight_alone(
    supervisor: PersonCard, member: PersonCard, now: datetime
) -> None:
    series = a_series(supervisor, [member], now=now, rhythm=Rhythm.SECOND_WEEK, start=THURSDAY)
    before = local_days(series)
    in_phase = THURSDAY + timedelta(weeks=4)
    plan = a_plan(supervisor, [member], rhythm=Rhythm.SECOND_WEEK, start=in_phase, place="Rom 2")
    change(series, plan, now)
    assert local_days(series) == before


def test_a_new_participant_gets_the_sessions_and_one_who_left_loses_them(
    supervisor: PersonCard, member: PersonCard, service: ServiceCard, now: datetime
) -> None:
    staying, newcomer = a_person(service=service), a_person(service=service)
    series = a_series(supervisor, [member, staying], now=now)
    change(series, a_plan(supervisor, [staying, newcomer]), now)
    first = records.sessions_of(series.id)[0]
    assert current_readers("session", first.id) == {supervisor.id, staying.id, newcomer.id}
    assert current_readers("series", series.id) == {supervisor.id, staying.id, newcomer.id}
    assert actions.relations_of(member.id, series.id) == frozenset()
    assert actions.relations_of(newcomer.id, series.id) == {Relation.MEMBER}


def test_one_who_left_also_loses_the_sessions_that_were_held(
    supervisor: PersonCard, member: PersonCard, service: ServiceCard, now: datetime
) -> None:
    staying = a_person(service=service)
    series = a_series(supervisor, [member, staying], now=now)
    held = a_held_session(series, now=now)
    change(series, a_plan(supervisor, [staying]), now)
    assert member.id not in current_readers("session", held.id)


def test_a_person_who_left_may_come_back(
    supervisor: PersonCard, member: PersonCard, service: ServiceCard, now: datetime
) -> None:
    first, second = a_person(service=service), a_person(service=service)
    series = a_series(supervisor, [member, first, second], now=now)
    change(series, a_plan(supervisor, [first, second]), now)
    change(series, a_plan(supervisor, [member, first]), now + timedelta(days=3))
    assert series.member_ids == {member.id, first.id}


@pytest.mark.parametrize("others_stay", [False, True])
def test_nobody_is_let_in_to_what_two_have_written_between_them(
    series: Series,
    supervisor: PersonCard,
    member: PersonCard,
    service: ServiceCard,
    now: datetime,
    others_stay: bool,
) -> None:
    newcomer = a_person(service=service)
    plan = a_plan(supervisor, [member, newcomer] if others_stay else [newcomer])
    refused = actions.change_series(a_leader(service.id, supervisor.id), series.id, plan, now=now)
    assert refused.fields == {"member_ids": "stays_between_two"}
    assert actions.relations_of(newcomer.id, series.id) == frozenset()


@pytest.mark.parametrize("role", [Role.SERVICE_LEADER, Role.TEAM_LEADER])
def test_a_leader_does_not_become_the_one_whom_others_have_shared_with(
    supervisor: PersonCard, service: ServiceCard, now: datetime, role: Role
) -> None:
    team = a_team(service)
    leader = a_person(role, service=service, team=team)
    series = a_series(supervisor, [member := a_person(service=service, team=team)], now=now)
    refused = actions.change_series(actor_of(leader), series.id, a_plan(leader, [member]), now=now)
    assert refused.fields == {"supervisor_id": "shared_with_another"}
    assert actions.relations_of(leader.id, series.id) == frozenset()


def test_a_leader_may_start_a_new_series_instead(
    series: Series, member: PersonCard, service: ServiceCard, now: datetime
) -> None:
    leader = actor_of(a_person(Role.SERVICE_LEADER, service=service))
    assert actions.end_series(leader, series.id, now=now).ok
    own = persons_by_ids([leader.person_id])[leader.person_id]
    assert actions.start_series(leader, a_plan(own, [member]), now=now).ok


def test_a_leader_who_supervises_it_may_change_the_rest(service: ServiceCard, now: datetime) -> None:
    leader = a_person(Role.SERVICE_LEADER, service=service)
    series = a_series(leader, [member := a_person(service=service)], now=now)
    plan = a_plan(leader, [member], place="Rom 2")
    assert actions.change_series(actor_of(leader), series.id, plan, now=now).ok


def test_those_who_registered_hear_when_the_people_change_but_not_of_a_new_place(
    supervisor: PersonCard, member: PersonCard, now: datetime, told_of_series: list[str]
) -> None:
    series = a_series(supervisor, [member, other := a_person()], now=now)
    told_of_series.clear()
    change(series, a_plan(supervisor, [member, other], place="Rom 2"), now)
    assert told_of_series == []
    change(series, a_plan(supervisor, [member, other, a_person()]), now)
    assert told_of_series == [series.id]


def test_a_supervisor_may_not_hand_the_series_to_another(
    series: Series, supervisor: PersonCard, member: PersonCard, service: ServiceCard, now: datetime
) -> None:
    other = a_person(Role.SUPERVISOR, service=service)
    refused = actions.change_series(actor_of(supervisor), series.id, a_plan(other, [member]), now=now)
    assert refused.reason == "not_yours"
    assert series.supervisor_id == supervisor.id


def test_a_participant_may_not_change_or_end_the_series(
    series: Series, supervisor: PersonCard, member: PersonCard, now: datetime
) -> None:
    participant = actor_of(member)
    plan = a_plan(supervisor, [member])
    assert actions.change_series(participant, series.id, plan, now=now).reason == "not_yours"
    assert actions.end_series(participant, series.id, now=now).reason == "not_yours"


def test_a_series_is_unknown_to_outsiders(series: Series, service: ServiceCard, now: datetime) -> None:
    outsider = actor_of(a_person(Role.SUPERVISOR, service=service))
    assert actions.end_series(outsider, series.id, now=now).reason == "unknown"


def test_a_series_is_unknown_in_another_service(series: Series, now: datetime) -> None:
    elsewhere = a_service("Vassdalen barnevernstjeneste")
    leader = actor_of(a_person(Role.SERVICE_LEADER, service=elsewhere))
    assert actions.end_series(leader, series.id, now=now).reason == "unknown"


def test_an_ended_series_keeps_what_was_held_and_loses_what_was_planned(
    series: Series, supervisor: PersonCard, now: datetime
) -> None:
    held = a_held_session(series, now=now)
    actions.end_series(actor_of(supervisor), series.id, now=now)
    assert [session.id for session in records.sessions_of(series.id)] == [held.id]
    assert actions.render_series(supervisor.id, [series.id])[series.id]["ended"] is True


# --- moving -----------------------------------------------------------------------------------------------


def test_a_moved_session_remembers_where_it_was(
    series: Series, supervisor: PersonCard, now: datetime, told: list[str]
) -> None:
    session = a_session(series, now=now)
    was, becomes = session.starts_at, session.starts_at + timedelta(hours=3)
    actions.move_session(actor_of(supervisor), session.id, becomes, now=now)
    shown = actions.render_sessions(supervisor.id, [session.id])[session.id]
    assert (shown["starts"], shown["original_starts"]) == (becomes.isoformat(), was.isoformat())
    assert told == [session.id]


def test_a_session_moved_twice_remembers_the_first_time(
    series: Series, supervisor: PersonCard, now: datetime
) -> None:
    session = a_session(series, now=now)
    was = session.starts_at
    for hours in (3, 4):
        actions.move_session(actor_of(supervisor), session.id, was + timedelta(hours=hours), now=now)
    assert session.original_starts_at == was


def test_a_session_moved_back_counts_as_not_moved(
    series: Series, supervisor: PersonCard, now: datetime
) -> None:
    session = a_session(series, now=now)
    was = session.starts_at
    for starts_at in (was + timedelta(hours=3), was):
        actions.move_session(actor_of(supervisor), session.id, starts_at, now=now)
    assert not session.is_moved


def test_a_moved_session_is_not_made_once_more(series: Series, supervisor: PersonCard, now: datetime) -> None:
    session = a_session(series, now=now)
    count = len(records.sessions_of(series.id))
    actions.move_session(actor_of(supervisor), session.id, session.starts_at + timedelta(days=1), now=now)
    actions.make_sessions_ahead(now)
    assert len(records.sessions_of(series.id)) == count


def test_the_supervisee_may_move_an_individual_session(
    series: Series, member: PersonCard, now: datetime
) -> None:
    session = a_session(series, now=now)
    assert actions.move_session(
        actor_of(member), session.id, session.starts_at + timedelta(hours=1), now=now
    ).ok


def test_one_of_a_group_may_not_move_its_session(
    supervisor: PersonCard, member: PersonCard, now: datetime
) -> None:
    session = a_session(a_series(supervisor, [member, a_person()], now=now), now=now)
    later = session.starts_at + timedelta(hours=1)
    assert actions.move_session(actor_of(member), session.id, later, now=now).reason == "not_yours"


def test_an_external_supervisor_may_move_but_not_change(
    service: ServiceCard, member: PersonCard, now: datetime
) -> None:
    external = a_person(Role.EXTERNAL_SUPERVISOR, service=service)
    series = a_series(external, [member], now=now)
    session = a_session(series, now=now)
    later = session.starts_at + timedelta(hours=1)
    assert actions.move_session(actor_of(external), session.id, later, now=now).ok
    assert actions.end_series(actor_of(external), series.id, now=now).reason == "not_yours"


def test_a_held_session_is_not_moved(series: Series, supervisor: PersonCard, now: datetime) -> None:
    session = a_held_session(series, now=now)
    assert actions.move_session(actor_of(supervisor), session.id, now, now=now).reason == "held"


def test_a_session_is_not_moved_years_away(series: Series, supervisor: PersonCard, now: datetime) -> None:
    session = a_session(series, now=now)
    refused = actions.move_session(actor_of(supervisor), session.id, now + timedelta(days=4000), now=now)
    assert refused.fields == {"starts_at": "too_far_away"}


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        ("2026-11-20", "10:00", []),
        ("2026-11-21", "10:00", [Caution.WEEKEND]),
        ("2026-12-24", "10:00", [Caution.DAY_OFF]),
        ("2026-12-01", "10:00", [Caution.QUIET_WEEK]),
        ("2026-11-17", "10:00", [Caution.PASSED]),
        ("2026-11-20", "12:30", [Caution.CLASH]),
        ("2026-11-20", "13:00", []),
        ("2026-11-20", "11:00", []),
    ],
)
def test_a_move_is_warned_of_what_speaks_against_it(
    day: str, clock: str, expected: list[Caution], series: Series, member: PersonCard, now: datetime
) -> None:
    leader = actor_of(a_person(Role.SERVICE_LEADER))
    actions.set_quiet_weeks(leader, 2026, [49], now=now)
    busy = a_series(None, [member], now=now)
    a_session(busy, starts_at=local_moment(date(2026, 11, 20), time(12)))
    there = local_moment(date.fromisoformat(day), time.fromisoformat(clock))
    found = actions.cautions_of_move(a_session(series, now=now), there, now=now)
    assert [warned.caution for warned in found] == expected


# --- holding ----------------------------------------------------------------------------------------------


def a_holding(session: Session, by: str, now: datetime, **changes: object) -> AppliedEntry:
    fields = {"minutes": 55, "mix_case": 30, "mix_strain": 25, "mix_role": None}
    entry = {
        "id": "entry",
        "service_id": session.service_id,
        "kind": "holding",
        "author_id": by,
        "series_id": session.series_id,
        "session_id": session.id,
        "fields": fields,
        "removed": False,
        "changed_by": by,
        "at": now,
    }
    return AppliedEntry(**{**entry, **changes})  # type: ignore[arg-type]


def test_a_holding_marks_its_session_as_held(
    series: Series, supervisor: PersonCard, now: datetime, told: list[str]
) -> None:
    session = a_session(series, now=now)
    actions.follow_holding(a_holding(session, supervisor.id, now))
    shown = actions.render_sessions(supervisor.id, [session.id])[session.id]
    assert (shown["status"], shown["held_minutes"]) == ("held", 55)
    assert shown["mix"] == {"case": 30, "practical": 0, "strain": 25, "role": 0, "other": 0}
    assert told == [session.id]


def test_a_holding_by_somebody_else_marks_nothing(series: Series, member: PersonCard, now: datetime) -> None:
    session = a_session(series, now=now)
    actions.follow_holding(a_holding(session, member.id, now))
    assert session.status == "planned"


def test_a_removed_holding_makes_the_session_planned_again(
    series: Series, supervisor: PersonCard, now: datetime
) -> None:
    session = a_session(series, now=now)
    actions.follow_holding(a_holding(session, supervisor.id, now))
    actions.follow_holding(a_holding(session, supervisor.id, now, removed=True))
    assert actions.render_sessions(supervisor.id, [session.id])[session.id]["mix"] is None


def test_a_session_held_early_stays_held_when_the_rhythm_changes(
    series: Series, supervisor: PersonCard, member: PersonCard, now: datetime
) -> None:
    session = a_session(series, now=now)
    actions.follow_holding(a_holding(session, supervisor.id, now))
    db.session.commit()
    change(series, a_plan(supervisor, [member], start=THURSDAY, rhythm=Rhythm.SECOND_WEEK), now)
    assert local_days(series)[:2] == ["2026-11-19", "2026-12-03"]
    assert records.sessions_of(series.id)[0].status == "held"


# --- quiet weeks ------------------------------------------------------------------------------------------


def test_a_quiet_week_takes_its_session_away_and_gives_it_back(
    series: Series, service: ServiceCard, now: datetime
) -> None:
    leader = actor_of(a_person(Role.SERVICE_LEADER, service=service))
    before = {session.id for session in records.sessions_of(series.id)}
    actions.set_quiet_weeks(leader, 2026, [48, 49], now=now)
    assert local_days(series)[:2] == ["2026-11-19", "2026-12-10"]
    actions.set_quiet_weeks(leader, 2026, [49], now=now)
    assert local_days(series)[:3] == ["2026-11-19", "2026-11-26", "2026-12-10"]
    actions.set_quiet_weeks(leader, 2026, [], now=now)
    assert {session.id for session in records.sessions_of(series.id)} == before


def test_a_session_moved_into_a_quiet_week_stays(
    series: Series, service: ServiceCard, supervisor: PersonCard, now: datetime
) -> None:
    session = a_session(series, now=now)
    actions.move_session(actor_of(supervisor), session.id, session.starts_at + timedelta(weeks=1), now=now)
    actions.set_quiet_weeks(actor_of(a_person(Role.SERVICE_LEADER)), 2026, [48], now=now)
    assert records.session_in(service.id, session.id) is not None


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.SUPERVISOR])
def test_only_the_service_leader_sets_quiet_weeks(role: Role, service: ServiceCard, now: datetime) -> None:
    person = actor_of(a_person(role, service=service))
    assert actions.set_quiet_weeks(person, 2026, [48], now=now).reason == "not_yours"


@pytest.mark.parametrize(("year", "week", "exists"), [(2026, 53, True), (2027, 53, False), (2027, 0, False)])
def test_a_quiet_week_must_exist_in_its_year(
    year: int, week: int, exists: bool, service: ServiceCard, now: datetime
) -> None:
    leader = actor_of(a_person(Role.SERVICE_LEADER, service=service))
    assert actions.set_quiet_weeks(leader, year, [week], now=now).ok is exists


def test_quiet_weeks_of_another_year_are_left_alone(service: ServiceCard, now: datetime) -> None:
    leader = actor_of(a_person(Role.SERVICE_LEADER, service=service))
    actions.set_quiet_weeks(leader, 2026, [52], now=now)
    actions.set_quiet_weeks(leader, 2027, [7], now=now)
    assert records.quiet_weeks_of(service.id) == {(2026, 52), (2027, 7)}


# --- what others ask --------------------------------------------------------------------------------------


def test_a_series_knows_its_people(series: Series, supervisor: PersonCard, member: PersonCard) -> None:
    scope = actions.series_scope(series.id)
    people = (supervisor.id, frozenset({member.id}), supervisor.id)
    assert scope == actions.SeriesScope(series.service_id, *people)
    assert actions.relations_of(supervisor.id, series.id) == {Relation.SUPERVISOR}
    assert actions.relations_of(a_person().id, series.id) == frozenset()


def test_what_does_not_exist_has_no_scope_and_no_relations(service: ServiceCard, member: PersonCard) -> None:
    assert actions.series_scope("nowhere") is None
    assert actions.session_scope("nowhere") is None
    assert actions.session_facts("nowhere") is None
    assert actions.relations_of(member.id, "nowhere") == frozenset()


def test_a_series_shows_only_to_those_it_concerns_and_their_leaders(
    series: Series, supervisor: PersonCard, member: PersonCard, service: ServiceCard, now: datetime
) -> None:
    team = a_team(service)
    strange_leader = a_person(Role.TEAM_LEADER, service=service, team=team)
    service_leader = a_person(Role.SERVICE_LEADER, service=service)
    seen = {
        person.name: len(actions.series_seen_by(actor_of(person), now))
        for person in (supervisor, member, strange_leader, service_leader)
    }
    assert seen == {"Ragnhild": 1, "Ingvild": 1, strange_leader.name: 0, service_leader.name: 1}


# --- the log ----------------------------------------------------------------------------------------------


def test_who_is_in_a_series_is_written_down_with_who_decided_it(
    series: Series, supervisor: PersonCard, member: PersonCard, service: ServiceCard, now: datetime
) -> None:
    newcomer = a_person(service=service)
    before = audit.walk(service.id).lines
    made = audit.latest(service.id, before)
    change(series, a_plan(supervisor, [member], clock="11:00"), now)  # no line: the people are the same
    group = a_series(supervisor, [member, a_person(service=service)], now=now)
    change(group, a_plan(supervisor, [member, newcomer]), now)
    leader = a_leader(service.id, supervisor.id)
    assert actions.end_series(leader, group.id, now=now).ok
    lines = [
        line for line in [*made, *audit.latest(service.id, 99)[before:]] if line.subject_type == "series"
    ]
    assert [(line.deed, line.subject_id, line.actor_id) for line in lines] == [
        ("series_made", series.id, supervisor.id),
        ("series_made", group.id, supervisor.id),
        ("series_people_changed", group.id, supervisor.id),
        ("series_ended", group.id, supervisor.id),
    ]
    changed = json.loads(lines[2].details)
    assert (changed["supervisor"], changed["supervisor_before"]) == (supervisor.id, supervisor.id)
    assert changed["added"] == [newcomer.id]
    assert len(changed["left"]) == 1
    assert audit.walk(service.id).broken_at is None
