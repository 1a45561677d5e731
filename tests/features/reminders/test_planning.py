"""Reminders are written with what causes them, and follow when it changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from ledvei_pwa.features.people.actions import PersonCard, ServiceCard
from ledvei_pwa.features.reminders import actions, delivery
from ledvei_pwa.features.reminders.records import Reminder
from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.features.supervision.records import Series, Session
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.feed import current_readers
from tests.support.people import a_person, actor_of
from tests.support.reminders import an_agreement_entry, oslo, reminders_of, summary
from tests.support.supervision import a_leader, a_plan, a_series, a_session

PREPARE = ("prepare", "Tue 17.11 08:00", "planned")
SESSION = ("session", "Thu 19.11 07:30", "planned")


def leader(of: PersonCard):  # type: ignore[no-untyped-def]
    return a_leader(of.service_id, of.id)


def move(session: Session, to: str, supervisor: PersonCard, *, now: datetime) -> None:
    assert supervision.move_session(leader(supervisor), session.id, oslo(to), now=now).ok


def waiting(person: PersonCard, session: Session) -> list[tuple[str, str, str]]:
    found = reminders_of(person, session_id=session.id)
    return summary([reminder for reminder in found if reminder.state == "planned"])


# --- sessions


def test_a_new_session_reminds_supervisor_and_participant_of_preparing_and_of_the_day(
    session: Session, supervisor: PersonCard, member: PersonCard
) -> None:
    assert summary(reminders_of(member, session_id=session.id)) == [PREPARE, SESSION]
    assert summary(reminders_of(supervisor, session_id=session.id)) == [PREPARE, SESSION]


def test_every_session_26_weeks_ahead_has_its_reminders(series: Series, member: PersonCard) -> None:
    sessions = {reminder.session_id for reminder in reminders_of(member)}
    assert 20 <= len(sessions) <= 26
    assert len(reminders_of(member)) == 2 * len(sessions)


def test_reminders_come_and_go_with_the_transaction_that_makes_the_session(
    supervisor: PersonCard, member: PersonCard, monday: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db.session, "commit", db.session.rollback)
    supervision.start_series(leader(supervisor), a_plan(supervisor, [member]), now=monday)
    assert reminders_of(member) == []


def test_moving_a_session_moves_its_reminders(
    session: Session, supervisor: PersonCard, member: PersonCard, monday: datetime
) -> None:
    move(session, "2026-11-24 13:00", supervisor, now=monday)
    assert waiting(member, session) == [
        ("prepare", "Fri 20.11 08:00", "planned"),
        ("session", "Tue 24.11 07:30", "planned"),
    ]


def test_a_moved_session_that_was_reminded_of_is_reminded_of_again(
    session: Session, supervisor: PersonCard, member: PersonCard
) -> None:
    delivery.deliver_due(oslo("2026-11-17 08:00"))
    move(session, "2026-11-26 10:00", supervisor, now=oslo("2026-11-18 12:00"))
    assert waiting(member, session) == [
        ("prepare", "Tue 24.11 08:00", "planned"),
        ("session", "Thu 26.11 07:30", "planned"),
    ]


def test_what_was_shown_of_the_old_time_is_taken_from_the_devices(
    session: Session, supervisor: PersonCard, member: PersonCard
) -> None:
    delivery.deliver_due(oslo("2026-11-17 08:00"))
    (shown,) = [r for r in reminders_of(member, session_id=session.id) if r.state == "sent"]
    assert current_readers("reminder", shown.id) == {member.id}
    move(session, "2026-11-26 10:00", supervisor, now=oslo("2026-11-18 12:00"))
    assert current_readers("reminder", shown.id) == frozenset()


def test_a_moved_session_keeps_its_topic_so_that_the_new_time_replaces_the_old(
    session: Session, supervisor: PersonCard, member: PersonCard
) -> None:
    delivery.deliver_due(oslo("2026-11-17 08:00"))
    move(session, "2026-11-26 10:00", supervisor, now=oslo("2026-11-18 12:00"))
    assert len({reminder.topic for reminder in reminders_of(member, session_id=session.id)}) == 1


def test_no_two_people_and_no_two_sessions_share_a_topic(
    series: Series, supervisor: PersonCard, member: PersonCard
) -> None:
    everything = reminders_of(member) + reminders_of(supervisor)
    topics = {(reminder.person_id, reminder.session_id): reminder.topic for reminder in everything}
    assert len(set(topics.values())) == len(topics)


def test_moving_a_session_to_the_past_leaves_nothing_to_remind_of(
    session: Session, supervisor: PersonCard, member: PersonCard, monday: datetime
) -> None:
    move(session, "2026-11-13 10:00", supervisor, now=monday)
    assert waiting(member, session) == []


def test_planning_twice_makes_no_second_reminder(
    session: Session, member: PersonCard, monday: datetime
) -> None:
    before = [(r.id, r.due_at) for r in reminders_of(member)]
    actions.plan_session_reminders(session.id, monday)
    db.session.commit()
    assert [(r.id, r.due_at) for r in reminders_of(member)] == before


def test_planning_again_after_sending_makes_no_second_reminder(session: Session, member: PersonCard) -> None:
    delivery.deliver_due(oslo("2026-11-17 08:00"))
    actions.plan_session_reminders(session.id, oslo("2026-11-17 09:00"))
    db.session.commit()
    assert [state for _, _, state in summary(reminders_of(member, session_id=session.id))] == [
        "sent",
        "planned",
    ]


def test_a_held_session_reminds_no_more(
    session: Session, supervisor: PersonCard, member: PersonCard, monday: datetime
) -> None:
    supervision.mark_session_held(session.id, 60, {"case": 60}, monday, supervisor.id)
    db.session.commit()
    assert waiting(member, session) == []


def test_an_ended_series_reminds_no_more(
    series: Series, supervisor: PersonCard, member: PersonCard, monday: datetime
) -> None:
    assert supervision.end_series(leader(supervisor), series.id, now=monday).ok
    assert {reminder.state for reminder in reminders_of(member)} == {"cancelled"}


def test_who_leaves_a_group_is_reminded_no_more_and_who_comes_is(
    supervisor: PersonCard,
    member: PersonCard,
    service: ServiceCard,
    monday: datetime,
) -> None:
    staying, newcomer = a_person(service=service), a_person(service=service)
    start = oslo("2026-11-19 10:00").date()
    series = a_series(supervisor, [member, staying], now=monday, start=start)
    session = a_session(series, now=monday)
    plan = a_plan(supervisor, [staying, newcomer], start=start)
    assert supervision.change_series(leader(supervisor), series.id, plan, now=monday).ok
    assert waiting(member, session) == []
    assert waiting(newcomer, session) == [PREPARE, SESSION]


def test_a_new_supervisor_is_reminded_instead_of_the_old_one(
    series: Series,
    session: Session,
    supervisor: PersonCard,
    member: PersonCard,
    service: ServiceCard,
    monday: datetime,
) -> None:
    successor = a_person(Role.SUPERVISOR, service=service)
    plan = a_plan(successor, [member], start=oslo("2026-11-19 10:00").date())
    assert supervision.change_series(leader(supervisor), series.id, plan, now=monday).ok
    assert waiting(supervisor, session) == []
    assert waiting(successor, session) == [PREPARE, SESSION]


def test_a_session_put_in_afterwards_reminds_nobody(
    series: Series, member: PersonCard, monday: datetime
) -> None:
    past = a_session(series, starts_at=monday - timedelta(days=10), now=monday)
    assert reminders_of(member, session_id=past.id) == []


# --- a person's choice


def test_saying_no_to_quiet_hours_moves_what_is_planned(
    supervisor: PersonCard, member: PersonCard, monday: datetime
) -> None:
    series = a_series(supervisor, [member], now=monday, start=oslo("2026-11-19 07:00").date(), clock="07:00")
    session_id = supervision.records.sessions_of(series.id)[0].id
    assert ("session", "Wed 18.11 16:00", "planned") in summary(reminders_of(member, session_id=session_id))
    actions.choose_quiet_hours(actor_of(member), False, now=monday)
    assert ("session", "Thu 19.11 06:00", "planned") in summary(reminders_of(member, session_id=session_id))
    assert ("session", "Wed 18.11 16:00", "planned") in summary(
        reminders_of(supervisor, session_id=session_id)
    )


def test_quiet_hours_again_move_it_back(supervisor: PersonCard, member: PersonCard, monday: datetime) -> None:
    a_series(supervisor, [member], now=monday, start=oslo("2026-11-19 07:00").date(), clock="07:00")
    before = summary(reminders_of(member))
    actions.choose_quiet_hours(actor_of(member), False, now=monday)
    actions.choose_quiet_hours(actor_of(member), True, now=monday)
    assert summary(reminders_of(member)) == before


# --- agreements


@pytest.fixture
def agreement(session: Session, supervisor: PersonCard, monday: datetime) -> str:
    return an_agreement_entry(supervisor, session.id, session.series_id, now=monday)


def plan_agreement(
    agreement: str, session: Session, owner: PersonCard | None, due: date | None, at: datetime
) -> None:
    actions.plan_agreement_reminder(
        service_id=session.service_id,
        entry_id=agreement,
        session_id=session.id,
        owner_id=owner.id if owner else None,
        due=due,
        at=at,
    )
    db.session.commit()


def agreements_of(person: PersonCard) -> list[tuple[str, str, str]]:
    return summary([reminder for reminder in reminders_of(person) if reminder.kind == "agreement"])


def test_an_agreement_reminds_its_owner_on_the_morning_it_is_due(
    agreement: str, session: Session, member: PersonCard, monday: datetime
) -> None:
    plan_agreement(agreement, session, member, date(2026, 12, 1), monday)
    assert agreements_of(member) == [("agreement", "Tue 01.12 08:00", "planned")]


def test_an_agreement_with_another_day_moves_its_reminder(
    agreement: str, session: Session, member: PersonCard, monday: datetime
) -> None:
    plan_agreement(agreement, session, member, date(2026, 12, 1), monday)
    plan_agreement(agreement, session, member, date(2026, 12, 3), monday)
    assert agreements_of(member) == [("agreement", "Thu 03.12 08:00", "planned")]


def test_an_agreement_that_is_done_reminds_nobody(
    agreement: str, session: Session, member: PersonCard, monday: datetime
) -> None:
    plan_agreement(agreement, session, member, date(2026, 12, 1), monday)
    plan_agreement(agreement, session, member, None, monday)
    assert agreements_of(member) == [("agreement", "Tue 01.12 08:00", "cancelled")]


def test_an_agreement_given_to_somebody_else_reminds_them_instead(
    agreement: str, session: Session, member: PersonCard, supervisor: PersonCard, monday: datetime
) -> None:
    plan_agreement(agreement, session, member, date(2026, 12, 1), monday)
    plan_agreement(agreement, session, supervisor, date(2026, 12, 1), monday)
    assert agreements_of(member) == [("agreement", "Tue 01.12 08:00", "cancelled")]
    assert agreements_of(supervisor) == [("agreement", "Tue 01.12 08:00", "planned")]


def test_an_agreement_never_reminds_anybody_in_another_service(
    agreement: str, session: Session, member: PersonCard, monday: datetime
) -> None:
    foreign = replace(member, service_id="another")
    actions.plan_agreement_reminder(
        service_id=foreign.service_id,
        entry_id=agreement,
        session_id=session.id,
        owner_id=member.id,
        due=date(2026, 12, 1),
        at=monday,
    )
    assert agreements_of(member) == []


def test_moving_a_session_leaves_its_agreements_alone(
    agreement: str, session: Session, supervisor: PersonCard, member: PersonCard, monday: datetime
) -> None:
    plan_agreement(agreement, session, member, date(2026, 12, 1), monday)
    move(session, "2026-11-24 13:00", supervisor, now=monday)
    assert agreements_of(member) == [("agreement", "Tue 01.12 08:00", "planned")]


def test_quiet_hours_move_an_agreements_reminder_too(
    agreement: str, session: Session, member: PersonCard, monday: datetime
) -> None:
    plan_agreement(agreement, session, member, date(2026, 11, 22), monday)  # a Sunday
    assert agreements_of(member) == [("agreement", "Fri 20.11 16:00", "planned")]
    actions.choose_quiet_hours(actor_of(member), False, now=monday)
    assert agreements_of(member) == [("agreement", "Sun 22.11 08:00", "planned")]


# --- tidying


def test_what_was_of_use_two_weeks_ago_leaves_devices_and_table(session: Session, member: PersonCard) -> None:
    delivery.deliver_due(oslo("2026-11-17 08:00"))
    (shown,) = [r.id for r in reminders_of(member, session_id=session.id) if r.state == "sent"]
    actions.forget_old_reminders(oslo("2026-12-04 10:00"))
    assert db.session.scalar(select(Reminder.id).where(Reminder.id == shown)) is None
    assert current_readers("reminder", shown) == frozenset()


def test_what_is_still_to_come_stays_when_tidying(session: Session, member: PersonCard) -> None:
    actions.forget_old_reminders(oslo("2026-11-30 10:00"))
    assert PREPARE in summary(reminders_of(member, session_id=session.id))
