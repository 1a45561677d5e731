"""When one is reminded: fixed examples in Norwegian time, and what holds for every session there could be."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledvei_pwa.features.reminders import rules
from ledvei_pwa.features.reminders.rules import Plan, ReminderKind
from ledvei_pwa.kernel.norwegian_calendar import is_working_day, local, local_moment
from ledvei_pwa.kernel.quiet_hours import DAY_BEGINS, DAY_ENDS, is_quiet

EARLY = local_moment(date(2026, 1, 5), time(12))
DAYS_AHEAD = st.integers(0, 60)


def oslo(text: str) -> datetime:
    """`2026-11-19 10:00` on a Norwegian clock."""
    moment = datetime.fromisoformat(text)
    return local_moment(moment.date(), moment.time())


def shown(moment: datetime) -> str:
    return f"{local(moment):%a %Y-%m-%d %H:%M}"


def due(plan: Plan | None) -> str:
    assert plan is not None
    return shown(plan.due_at) + (" in app" if plan.in_app_only else "")


# --- prepare


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        ("2026-11-19 10:00", "Tue 2026-11-17 08:00"),  # Thursday
        ("2026-11-23 10:00", "Thu 2026-11-19 08:00"),  # Monday: the weekend does not count
        ("2027-03-30 10:00", "Tue 2027-03-23 08:00"),  # the Tuesday after Easter
        ("2027-01-04 09:00", "Tue 2026-12-29 08:00"),  # New Year's Eve, New Year's Day and a weekend between
        ("2026-11-19 07:00", "Tue 2026-11-17 08:00"),
    ],
)
def test_one_is_asked_to_prepare_two_working_days_before_at_eight(session: str, expected: str) -> None:
    assert due(rules.plan_prepare(oslo(session), quiet=True, now=EARLY)) == expected


def test_a_session_planned_for_tomorrow_asks_to_prepare_at_once() -> None:
    now = oslo("2026-11-18 11:20")
    assert due(rules.plan_prepare(oslo("2026-11-19 10:00"), quiet=True, now=now)) == "Wed 2026-11-18 11:20"


def test_a_session_planned_in_the_evening_for_tomorrow_asks_in_the_morning() -> None:
    now = oslo("2026-11-18 21:00")
    assert due(rules.plan_prepare(oslo("2026-11-19 10:00"), quiet=True, now=now)) == "Thu 2026-11-19 07:30"


# --- session


@pytest.mark.parametrize(
    ("session", "quiet", "expected"),
    [
        ("2026-11-19 10:00", True, "Thu 2026-11-19 07:30"),
        ("2026-11-19 10:00", False, "Thu 2026-11-19 07:30"),
        ("2026-11-19 08:00", True, "Thu 2026-11-19 07:30"),
        ("2026-11-19 08:00", False, "Thu 2026-11-19 07:00"),  # an hour before, when one may be reached early
        ("2026-11-19 07:00", True, "Wed 2026-11-18 16:00"),  # before working hours: the day before
        ("2026-11-23 07:00", True, "Fri 2026-11-20 16:00"),  # Monday: on Friday
        ("2026-11-19 07:35", True, "Wed 2026-11-18 16:00"),  # five minutes are too few
        ("2026-11-21 10:00", True, "Fri 2026-11-20 16:00"),  # a Saturday
        ("2026-11-21 10:00", False, "Sat 2026-11-21 07:30"),
        ("2026-11-19 19:00", True, "Thu 2026-11-19 07:30"),  # in the evening: the same morning
        ("2026-05-18 07:00", True, "Fri 2026-05-15 16:00"),  # the day after 17 May, a Sunday that year
    ],
)
def test_one_is_reminded_the_same_morning_or_at_an_allowed_hour_before(
    session: str, quiet: bool, expected: str
) -> None:
    assert due(rules.plan_session(oslo(session), quiet=quiet, now=EARLY)) == expected


def test_no_allowed_hour_left_means_only_in_the_app() -> None:
    now = oslo("2026-11-20 18:00")
    plan = rules.plan_session(oslo("2026-11-21 10:00"), quiet=True, now=now)
    assert due(plan) == "Sat 2026-11-21 07:30 in app"


def test_a_session_that_has_begun_reminds_nobody() -> None:
    now = oslo("2026-11-19 10:00")
    assert rules.plans_for_session(now, quiet=True, now=now) == []


def test_both_reminders_come_for_a_session_planned_well_ahead() -> None:
    plans = rules.plans_for_session(oslo("2026-11-19 10:00"), quiet=True, now=EARLY)
    assert [plan.kind for plan in plans] == [ReminderKind.PREPARE, ReminderKind.SESSION]


def test_a_session_planned_for_today_reminds_once() -> None:
    plans = rules.plans_for_session(oslo("2026-11-19 14:00"), quiet=True, now=oslo("2026-11-19 10:00"))
    assert [(plan.kind, due(plan)) for plan in plans] == [(ReminderKind.PREPARE, "Thu 2026-11-19 10:00")]


def test_a_session_moved_to_today_reminds_those_who_were_asked_to_prepare() -> None:
    plans = rules.plans_for_session(
        oslo("2026-11-19 14:00"), quiet=True, now=oslo("2026-11-19 10:00"), prepare_was_sent=True
    )
    assert [(plan.kind, due(plan)) for plan in plans] == [(ReminderKind.SESSION, "Thu 2026-11-19 10:00")]


def test_nobody_is_reminded_twice_the_same_morning_of_the_same_time() -> None:
    plans = rules.plans_for_session(
        oslo("2026-11-19 14:00"),
        quiet=True,
        now=oslo("2026-11-19 11:00"),
        prepare_was_sent=True,
        reminded_at=oslo("2026-11-19 10:00"),
    )
    assert plans == []


# --- the clock change


@pytest.mark.parametrize(
    ("session", "utc"),
    [("2027-03-29 10:00", "05:30"), ("2027-03-26 10:00", "06:30"), ("2026-10-26 10:00", "06:30")],
)
def test_half_past_seven_stays_half_past_seven_across_the_clock_change(session: str, utc: str) -> None:
    # 28 March 2027 and 25 October 2026 are the Sundays when clocks change; 26 and 29 March 2027 are days off.
    plan = rules.plan_session(oslo(session), quiet=False, now=EARLY)
    assert plan is not None
    assert f"{plan.due_at.astimezone(UTC):%H:%M}" == utc
    assert local(plan.due_at).time() == time(7, 30)


# --- agreements


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 19), "Thu 2026-11-19 08:00"),
        (date(2026, 11, 22), "Fri 2026-11-20 16:00"),  # a Sunday
        (date(2027, 3, 26), "Wed 2027-03-24 16:00"),  # Good Friday: before Maundy Thursday
    ],
)
def test_an_agreement_reminds_on_the_morning_it_is_due_or_before_days_off(day: date, expected: str) -> None:
    assert due(rules.plan_agreement(day, quiet=True, now=EARLY)) == expected


def test_an_agreement_made_for_today_reminds_at_once() -> None:
    now = oslo("2026-11-19 10:45")
    assert due(rules.plan_agreement(date(2026, 11, 19), quiet=True, now=now)) == "Thu 2026-11-19 10:45"


def test_an_agreement_is_of_use_until_its_day_ends() -> None:
    plan = rules.plan_agreement(date(2026, 11, 19), quiet=True, now=EARLY)
    assert plan is not None
    assert shown(plan.expires_at) == "Fri 2026-11-20 00:00"


def test_an_agreement_that_was_due_yesterday_reminds_nobody() -> None:
    assert rules.plan_agreement(date(2026, 11, 18), quiet=True, now=oslo("2026-11-19 00:00")) is None


# --- trying again


def test_each_try_waits_twice_as_long_and_never_more_than_half_an_hour() -> None:
    waits = [rules.next_try(EARLY, tries) - EARLY for tries in range(1, 8)]
    assert waits == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 16, 30, 30)]


def test_a_push_service_that_asks_for_an_hour_gets_it() -> None:
    assert rules.next_try(EARLY, 1, wait=3600) - EARLY == timedelta(hours=1)


# --- whatever the session

moments = st.integers(0, 5 * 365 * 24 * 60).map(lambda minutes: EARLY + timedelta(minutes=minutes))
ahead = st.timedeltas(timedelta(minutes=1), timedelta(days=200))


@given(now=moments, ahead=ahead, quiet=st.booleans())
def test_every_reminder_comes_from_now_on_and_before_the_session(
    now: datetime, ahead: timedelta, quiet: bool
) -> None:
    for plan in rules.plans_for_session(now + ahead, quiet=quiet, now=now):
        assert now <= plan.due_at < plan.expires_at == now + ahead


@given(now=moments, ahead=ahead)
def test_no_push_comes_in_quiet_hours(now: datetime, ahead: timedelta) -> None:
    for plan in rules.plans_for_session(now + ahead, quiet=True, now=now):
        assert plan.in_app_only or not is_quiet(plan.due_at)


@given(now=moments, ahead=ahead, quiet=st.booleans())
def test_every_push_leaves_time_to_act(now: datetime, ahead: timedelta, quiet: bool) -> None:
    for plan in rules.plans_for_session(now + ahead, quiet=quiet, now=now):
        assert plan.in_app_only or plan.expires_at - plan.due_at >= rules.TIME_TO_ACT


@given(now=moments, ahead=st.timedeltas(timedelta(days=21), timedelta(days=200)), quiet=st.booleans())
def test_a_session_three_weeks_ahead_gives_one_reminder_of_each_kind_by_push(
    now: datetime, ahead: timedelta, quiet: bool
) -> None:
    plans = rules.plans_for_session(now + ahead, quiet=quiet, now=now)
    assert [plan.kind for plan in plans] == [ReminderKind.PREPARE, ReminderKind.SESSION]
    assert not any(plan.in_app_only for plan in plans)
    assert plans[0].due_at < plans[1].due_at


@given(now=moments, ahead=ahead)
def test_without_quiet_hours_everything_is_pushed_if_there_is_time_to_act(
    now: datetime, ahead: timedelta
) -> None:
    for plan in rules.plans_for_session(now + ahead, quiet=False, now=now):
        assert plan.in_app_only == (ahead < rules.TIME_TO_ACT)


@given(moment=moments)
def test_the_last_allowed_moment_is_allowed_and_not_later(moment: datetime) -> None:
    found = rules.last_allowed_before(moment)
    assert found <= moment
    assert not is_quiet(found)


@given(now=moments, ahead=st.integers(0, 200), quiet=st.booleans())
def test_every_agreement_reminder_comes_from_now_on_and_before_the_day_ends(
    now: datetime, ahead: int, quiet: bool
) -> None:
    day = local(now).date() + timedelta(days=ahead)
    plan = rules.plan_agreement(day, quiet=quiet, now=now)
    assert plan is not None
    assert now <= plan.due_at < plan.expires_at
    assert plan.in_app_only or not (quiet and is_quiet(plan.due_at))


def test_the_fixed_hours_are_within_working_hours() -> None:
    for fixed in (rules.PREPARE_AT, rules.SESSION_AT, rules.AGREEMENT_AT, rules.LAST_OF_THE_DAY):
        assert DAY_BEGINS <= fixed < DAY_ENDS
    assert is_working_day(date(2026, 11, 18))


# --- one's last day


@given(DAYS_AHEAD, st.integers(0, 24 * 60 * 40), st.booleans())
def test_of_a_last_day_one_is_told_once_or_twice_before_it_is_over(
    ahead: int, minutes: int, quiet: bool
) -> None:
    now = EARLY + timedelta(minutes=minutes)
    day = local(now).date() + timedelta(days=ahead)
    plans = rules.plans_for_last_day(day, quiet=quiet, now=now)
    assert [plan.kind for plan in plans] in (
        [ReminderKind.LAST_DAY],
        [ReminderKind.LAST_DAY, ReminderKind.LAST_WEEK],
    )
    for plan in plans:
        assert now <= plan.due_at < plan.expires_at == rules.end_of(day)
        assert plan.in_app_only or not (quiet and is_quiet(plan.due_at))
    days = [local(plan.due_at).date() for plan in plans]
    assert len(days) == len(set(days))


def test_the_second_time_is_a_week_before_in_the_morning() -> None:
    plans = rules.plans_for_last_day(date(2026, 12, 17), quiet=True, now=oslo("2026-11-18 10:00"))
    assert [due(plan) for plan in plans] == ["Wed 2026-11-18 10:00", "Thu 2026-12-10 08:00"]
