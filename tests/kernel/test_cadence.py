"""A series' rhythm gives the right days, at the right time of day, around Norwegian days off."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledvei_pwa.kernel.cadence import (
    ORDINALS,
    WEEKDAYS,
    Rhythm,
    Rule,
    RuleUnreadable,
    Skipped,
    Unit,
    first_day,
    next_working_time,
    occurrences,
    read_rule,
    rule_for,
    session_times,
)
from ledvei_pwa.kernel.norwegian_calendar import day_off, holiday_on, iso_week, local_moment

OSLO = ZoneInfo("Europe/Oslo")
TEN = time(10, 0)

days = st.dates(date(2026, 1, 1), date(2030, 12, 31))
working_hours = st.times(time(7), time(18)).map(lambda t: t.replace(second=0, microsecond=0))
weekday_sets = st.sets(st.sampled_from(WEEKDAYS), min_size=1).map(
    lambda names: tuple(sorted(names, key=WEEKDAYS.index))
)
weekly_rules = st.builds(Rule, st.just(Unit.WEEKS), st.integers(1, 12), weekday_sets)
monthly_rules = st.builds(
    Rule, st.just(Unit.MONTHS), st.integers(1, 12), weekday_sets, st.sampled_from(ORDINALS)
)
rules = weekly_rules | monthly_rules


def half_a_year(rule: Rule, start: date, clock: time = TEN) -> list[datetime]:
    return session_times(rule, start, clock, from_=start, until=start + timedelta(weeks=26))


# Known calendars: https://www.timeanddate.no/merkedag/norge and lov 1947-04-26-1.
EASTER_SUNDAYS = ("2026-04-05", "2027-03-28", "2028-04-16", "2029-04-01", "2030-04-21")
AROUND_EASTER = {
    -3: "Maundy Thursday",
    -2: "Good Friday",
    0: "Easter Sunday",
    1: "Easter Monday",
    39: "Ascension Day",
    49: "Pentecost",
    50: "Pentecost Monday",
}


@pytest.mark.parametrize("easter", EASTER_SUNDAYS)
@pytest.mark.parametrize("offset", AROUND_EASTER)
def test_movable_holidays_follow_easter(easter: str, offset: int) -> None:
    day = date.fromisoformat(easter) + timedelta(days=offset)
    both = (
        {AROUND_EASTER[offset], "Constitution Day"}
        if (day.month, day.day) == (5, 17)
        else {AROUND_EASTER[offset]}
    )
    assert holiday_on(day) in both


@pytest.mark.parametrize("year", range(2026, 2031))
@pytest.mark.parametrize("day", ["01-01", "05-01", "05-17", "12-25", "12-26"])
def test_fixed_holidays_are_holidays_every_year(year: int, day: str) -> None:
    assert holiday_on(date.fromisoformat(f"{year}-{day}"))


@pytest.mark.parametrize("year", range(2026, 2031))
def test_a_year_has_only_its_twelve_holidays(year: int) -> None:
    every_day = [date(year, 1, 1) + timedelta(n) for n in range(365)]
    on_17_may = holiday_on(date(year, 5, 17)) == "Constitution Day"
    movable_on_17_may = sum(
        date(year, 5, 17) == date.fromisoformat(EASTER_SUNDAYS[year - 2026]) + timedelta(n)
        for n in AROUND_EASTER
    )
    assert sum(bool(holiday_on(day)) for day in every_day) == 12 - movable_on_17_may
    assert on_17_may or movable_on_17_may


def test_an_ordinary_sunday_is_no_holiday() -> None:
    assert not holiday_on(date(2026, 11, 22))


@pytest.mark.parametrize(("month", "day"), [(12, 24), (12, 31)])
def test_the_two_eves_are_days_off_though_no_holidays(month: int, day: int) -> None:
    eve = date(2026, month, day)
    assert day_off(eve)
    assert not holiday_on(eve)


@pytest.mark.parametrize(
    ("rhythm", "expected"),
    [
        (Rhythm.WEEKLY, "FREQ=WEEKLY;BYDAY=TH"),
        (Rhythm.SECOND_WEEK, "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH"),
        (Rhythm.THIRD_WEEK, "FREQ=WEEKLY;INTERVAL=3;BYDAY=TH"),
        (Rhythm.MONTHLY, "FREQ=MONTHLY;BYDAY=2TH"),
    ],
)
def test_each_rhythm_has_its_rule(rhythm: Rhythm, expected: str) -> None:
    rule = rule_for(rhythm, date(2026, 11, 12))
    assert str(rule) == expected
    assert rule.rhythm is rhythm


def test_a_custom_rhythm_may_have_several_weekdays() -> None:
    rule = rule_for(Rhythm.CUSTOM, date(2026, 11, 12), interval=6, weekdays=("MO", "TH"))
    assert str(rule) == "FREQ=WEEKLY;INTERVAL=6;BYDAY=MO,TH"
    assert rule.rhythm is Rhythm.CUSTOM


def test_a_custom_rhythm_may_count_months() -> None:
    rule = rule_for(Rhythm.CUSTOM, date(2026, 11, 12), interval=2, unit=Unit.MONTHS)
    assert str(rule) == "FREQ=MONTHLY;INTERVAL=2;BYDAY=2TH"


def test_a_fifth_weekday_counts_as_the_last() -> None:
    assert str(rule_for(Rhythm.MONTHLY, date(2026, 10, 29))) == "FREQ=MONTHLY;BYDAY=-1TH"


def test_second_thursdays_are_second_thursdays() -> None:
    rule = rule_for(Rhythm.MONTHLY, date(2026, 9, 10))
    found = session_times(rule, date(2026, 9, 10), TEN, from_=date(2026, 9, 10), until=date(2026, 12, 31))
    assert [moment.date().isoformat() for moment in found] == [
        "2026-09-10",
        "2026-10-08",
        "2026-11-12",
        "2026-12-10",
    ]


@given(rules)
def test_a_rule_is_read_as_it_was_written(rule: Rule) -> None:
    assert read_rule(str(rule)) == rule


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FREQ=DAILY;BYDAY=MO",
        "FREQ=SECONDLY;BYDAY=MO",
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=2TH",
        "FREQ=MONTHLY;BYDAY=TH",
        "FREQ=MONTHLY;BYDAY=5TH",
        "FREQ=MONTHLY;BYDAY=1TH,2FR",
        "FREQ=WEEKLY;INTERVAL=0;BYDAY=MO",
        "FREQ=WEEKLY;INTERVAL=13;BYDAY=MO",
        "FREQ=WEEKLY;INTERVAL=-1;BYDAY=MO",
        "FREQ=WEEKLY;INTERVAL=٢;BYDAY=MO",
        "FREQ=WEEKLY;BYDAY=MO;COUNT=3",
        "FREQ=WEEKLY;BYDAY=MO;BYDAY=TU",
        "FREQ=WEEKLY;BYDAY=MO,MO",
        "FREQ=WEEKLY;BYDAY=MO\nEXDATE:20260101",
        "FREQ=WEEKLY;BYDAY=" + "MO," * 200 + "MO",
    ],
)
def test_a_rule_that_no_series_needs_is_refused(text: str) -> None:
    with pytest.raises(RuleUnreadable):
        read_rule(text)


@given(st.text(max_size=60))
def test_any_other_text_is_refused_without_a_crash(text: str) -> None:
    with contextlib.suppress(RuleUnreadable):
        assert read_rule(text)


@pytest.mark.parametrize(
    ("before", "after"),
    [("2026-03-26", "2026-04-09"), ("2027-03-18", "2027-04-01"), ("2028-03-23", "2028-03-30")],
)
def test_ten_stays_ten_when_summer_time_begins(before: str, after: str) -> None:
    winter, summer = (local_moment(date.fromisoformat(day), TEN) for day in (before, after))
    assert (winter.hour, summer.hour) == (9, 8)


@pytest.mark.parametrize(
    "last_sunday", ["2026-10-25", "2027-10-31", "2028-10-29", "2029-10-28", "2030-10-27"]
)
def test_ten_stays_ten_when_summer_time_ends(last_sunday: str) -> None:
    sunday = date.fromisoformat(last_sunday)
    rule = rule_for(Rhythm.WEEKLY, sunday - timedelta(days=3))
    found = session_times(
        rule,
        sunday - timedelta(days=3),
        TEN,
        from_=sunday - timedelta(days=3),
        until=sunday + timedelta(days=4),
    )
    assert [moment.hour for moment in found] == [8, 9]


@pytest.mark.parametrize(
    "last_sunday", ["2026-03-29", "2027-03-28", "2028-03-26", "2029-03-25", "2030-03-31"]
)
def test_a_time_that_does_not_exist_is_read_an_hour_later(last_sunday: str) -> None:
    moment = local_moment(date.fromisoformat(last_sunday), time(2, 30))
    assert moment.astimezone(OSLO).time() == time(3, 30)


def test_a_time_that_comes_twice_means_the_first() -> None:
    assert local_moment(date(2026, 10, 25), time(2, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_holiday_is_skipped_and_the_rhythm_goes_on() -> None:
    rule = rule_for(Rhythm.WEEKLY, date(2026, 3, 26))
    found = list(occurrences(rule, date(2026, 3, 26), TEN, from_=date(2026, 3, 26), until=date(2026, 4, 9)))
    assert [(o.day.isoformat(), o.skipped, o.day_off) for o in found] == [
        ("2026-03-26", None, ""),
        ("2026-04-02", Skipped.DAY_OFF, "Maundy Thursday"),
        ("2026-04-09", None, ""),
    ]


def test_a_quiet_week_is_skipped_by_its_iso_year_and_number() -> None:
    rule = rule_for(Rhythm.WEEKLY, date(2026, 12, 21))
    found = list(
        occurrences(
            rule,
            date(2026, 12, 21),
            TEN,
            from_=date(2026, 12, 21),
            until=date(2027, 1, 4),
            quiet_weeks={(2026, 53)},
        )
    )
    assert [(o.day.isoformat(), o.skipped) for o in found] == [
        ("2026-12-21", None),
        ("2026-12-28", Skipped.QUIET_WEEK),
        ("2027-01-04", None),
    ]


@pytest.mark.parametrize(
    ("day", "week"), [("2026-12-31", (2026, 53)), ("2027-01-03", (2026, 53)), ("2027-01-04", (2027, 1))]
)
def test_2026_has_a_week_53_that_ends_in_2027(day: str, week: tuple[int, int]) -> None:
    assert iso_week(date.fromisoformat(day)) == week


def test_a_fortnight_keeps_its_weeks_over_week_53() -> None:
    rule = rule_for(Rhythm.SECOND_WEEK, date(2026, 12, 7))
    found = session_times(rule, date(2026, 12, 7), TEN, from_=date(2026, 12, 7), until=date(2027, 1, 18))
    assert [moment.date().isoformat() for moment in found] == [
        "2026-12-07",
        "2026-12-21",
        "2027-01-04",
        "2027-01-18",
    ]


def test_the_first_day_is_the_next_that_fits_however_long_the_interval() -> None:
    rule = read_rule("FREQ=WEEKLY;INTERVAL=3;BYDAY=TH")
    assert first_day(rule, date(2026, 11, 13)) == date(2026, 11, 19)


@given(rules, days)
def test_the_first_day_fits_the_rule_and_is_never_before_the_start(rule: Rule, start: date) -> None:
    found = first_day(rule, start)
    assert found >= start
    assert next(rule.dates(found)) == found


@given(rules, days, working_hours)
def test_every_session_shows_its_time_of_day_on_a_norwegian_clock(
    rule: Rule, start: date, clock: time
) -> None:
    for moment in half_a_year(rule, start, clock):
        assert moment.astimezone(OSLO).time() == clock


@given(rules, days)
def test_sessions_come_on_the_rules_weekdays_only(rule: Rule, start: date) -> None:
    allowed = {WEEKDAYS.index(name) for name in rule.weekdays}
    assert {moment.astimezone(OSLO).weekday() for moment in half_a_year(rule, start)} <= allowed


@given(rules, days)
def test_sessions_are_in_order_and_no_two_on_one_day(rule: Rule, start: date) -> None:
    found = [moment.astimezone(OSLO).date() for moment in half_a_year(rule, start)]
    assert found == sorted(set(found))


@given(rules, days, st.sets(st.integers(0, 26)))
def test_no_session_is_on_a_day_off_or_in_a_quiet_week(rule: Rule, start: date, quiet: set[int]) -> None:
    weeks = {iso_week(start + timedelta(weeks=n)) for n in quiet}
    found = session_times(rule, start, TEN, from_=start, until=start + timedelta(weeks=26), quiet_weeks=weeks)
    local_days = [moment.astimezone(OSLO).date() for moment in found]
    assert not any(day_off(day) or iso_week(day) in weeks for day in local_days)


@given(weekly_rules, days)
def test_sessions_are_whole_intervals_of_weeks_apart(rule: Rule, start: date) -> None:
    begin = first_day(rule, start)
    monday = begin - timedelta(days=begin.weekday())
    for moment in half_a_year(rule, begin):
        day = moment.astimezone(OSLO).date()
        assert ((day - monday).days // 7) % rule.interval == 0


@given(rules, days, st.integers(0, 180))
def test_a_later_look_finds_the_same_sessions(rule: Rule, start: date, later: int) -> None:
    """Sessions made ahead day by day are the same as those made at once."""
    until, middle = start + timedelta(days=180), start + timedelta(days=later)
    at_once = session_times(rule, start, TEN, from_=start, until=until)
    first = session_times(rule, start, TEN, from_=start, until=middle)
    then = session_times(rule, start, TEN, from_=middle + timedelta(days=1), until=until)
    assert first + then == at_once


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-26T10:00", "2026-11-26T10:00"),
        ("2026-11-28T10:00", "2026-11-30T10:00"),
        ("2026-04-02T10:00", "2026-04-07T10:00"),
        ("2026-12-24T10:00", "2026-12-28T10:00"),
    ],
)
def test_the_next_working_time_keeps_the_time_of_day(moment: str, expected: str) -> None:
    given_, wanted = (datetime.fromisoformat(text).replace(tzinfo=OSLO) for text in (moment, expected))
    assert next_working_time(given_) == wanted
