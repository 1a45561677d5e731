"""Whatever is changed in whatever order, the plan ahead is the rhythm's: nothing held or moved is lost."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from random import Random

import pytest

from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.features.supervision import actions, records, schedule
from ledvei_pwa.features.supervision.records import Series, Session
from ledvei_pwa.features.supervision.rules import Status
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.kernel.cadence import ORDINALS, WEEKDAYS, Rule, Unit
from ledvei_pwa.kernel.norwegian_calendar import local
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.feed import current_readers
from tests.support.people import a_person, a_service
from tests.support.supervision import a_leader, a_plan, a_series


class Year:
    """Somebody plans, moves, holds and lets time pass, by chance but the same each time."""

    def __init__(self, seed: int, now: datetime) -> None:
        self.chance, self.now = Random(seed), now
        service = a_service()
        self.supervisor: PersonCard = a_person(Role.SUPERVISOR, service=service)
        self.members = [a_person(service=service) for _ in range(3)]
        self.series: Series = a_series(self.supervisor, self.members[:2], now=now)
        self.leader = a_leader(service.id, self.supervisor.id)
        self.fixed: dict[str, tuple[str, datetime]] = {}  # what must stay: status and time by id

    def do_something(self) -> None:
        act = self.chance.choice([self.change, self.change, self.move, self.hold, self.wait, self.keep_quiet])
        act()

    def change(self) -> None:
        start = local(self.now).date() + timedelta(days=self.chance.randint(-20, 60))
        plan = a_plan(
            self.supervisor,
            self.chance.sample(self.members, self.chance.randint(2, 3)),
            start=start,
            clock=self.chance.choice(["08:00", "10:00", "14:30"]),
            rule=self.any_rule(),
        )
        assert actions.change_series(self.leader, self.series.id, plan, now=self.now).ok

    def any_rule(self) -> Rule:
        days = tuple(sorted(self.chance.sample(WEEKDAYS[:5], self.chance.randint(1, 2)), key=WEEKDAYS.index))
        interval = self.chance.randint(1, 4)
        if self.chance.random() < 0.3:
            return Rule(Unit.MONTHS, interval, days, self.chance.choice(ORDINALS))
        return Rule(Unit.WEEKS, interval, days)

    def move(self) -> None:
        if session := self.some_planned():
            there = session.starts_at + timedelta(days=self.chance.randint(1, 10), minutes=7)
            assert actions.move_session(self.leader, session.id, there, now=self.now).ok
            self.fixed[session.id] = (Status.PLANNED, there)

    def hold(self) -> None:
        if session := self.some_planned():
            actions.mark_session_held(session.id, 50, {"case": 50}, self.now, self.supervisor.id)
            db.session.commit()
            self.fixed[session.id] = (Status.HELD, session.starts_at)

    def wait(self) -> None:
        self.now += timedelta(days=self.chance.randint(1, 40))
        actions.make_sessions_ahead(self.now)

    def keep_quiet(self) -> None:
        weeks = self.chance.sample(range(1, 53), 4)
        assert actions.set_quiet_weeks(self.leader, local(self.now).year, weeks, now=self.now).ok

    def some_planned(self) -> Session | None:
        ahead = [s for s in records.sessions_of(self.series.id) if self.is_ahead(s)][:5]
        return self.chance.choice(ahead) if ahead else None

    def is_ahead(self, session: Session) -> bool:
        return session.status == Status.PLANNED and session.starts_at > self.now

    def check(self) -> None:
        sessions = {session.id: session for session in records.sessions_of(self.series.id)}
        for id_, kept in self.fixed.items():
            assert (sessions[id_].status, sessions[id_].starts_at) == kept
        self.check_rhythm(list(sessions.values()))
        self.check_devices(list(sessions.values()))

    def check_rhythm(self, sessions: list[Session]) -> None:
        """From the rhythm's first day on, each of its days has its session, and no other follows it."""
        wanted = schedule.wanted_days(self.series, self.now)
        begin = max(local(self.now).date(), self.series.start_date)
        following = {
            s.slot: s.starts_at
            for s in sessions
            if self.is_ahead(s) and not s.is_moved and local(s.starts_at).date() >= begin
        }
        taken = {s.slot for s in sessions if s.id in self.fixed}
        due = {day: at for day, at in wanted.items() if day not in taken and at > self.now}
        assert following == due

    def check_devices(self, sessions: list[Session]) -> None:
        people = {self.supervisor.id} | self.series.member_ids
        for session in sessions:
            if self.is_ahead(session):
                assert current_readers("session", session.id) == people
        for session in records.all_sessions_of(self.series.id):
            if session.status == Status.WITHDRAWN:
                assert not current_readers("session", session.id)


@pytest.mark.parametrize("seed", [2, 3, 5, 7])
def test_a_year_of_changes_keeps_the_plan_whole(seed: int, app: object, now: datetime) -> None:
    year = Year(seed, now)
    for _ in range(14):
        year.do_something()
        year.check()


def test_laying_out_again_changes_nothing(app: object, now: datetime) -> None:
    year = Year(1, now)
    for _ in range(6):
        year.do_something()
    assert schedule.lay_out(year.series, year.now) == []


def test_every_session_is_at_the_series_time_of_day(app: object, now: datetime) -> None:
    series = a_series(a_person(Role.SUPERVISOR), [a_person()], now=now, clock="08:15")
    assert {local(s.starts_at).time() for s in records.sessions_of(series.id)} == {time(8, 15)}
