"""Reminders keep to working hours in Norway."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledvei_pwa.kernel.norwegian_calendar import is_working_day, local, local_moment
from ledvei_pwa.kernel.quiet_hours import allowed_from, is_quiet, next_allowed, working_days_before

moments = st.integers(0, 5 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def at(day: str, clock: str) -> datetime:
    return local_moment(date.fromisoformat(day), time.fromisoformat(clock))


@pytest.mark.parametrize(
    ("moment", "days", "expected"),
    [
        (at("2026-11-26", "10:00"), 2, at("2026-11-24", "10:00")),
        (at("2026-11-23", "10:00"), 2, at("2026-11-19", "10:00")),
        (at("2026-04-07", "10:00"), 2, at("2026-03-31", "10:00")),  # over Easter
        (at("2027-05-18", "09:00"), 1, at("2027-05-14", "09:00")),  # 17 May and Whit Monday are one day
        (at("2026-12-28", "12:00"), 1, at("2026-12-23", "12:00")),  # over Christmas, its eve included
        (at("2026-03-30", "10:00"), 1, at("2026-03-27", "10:00")),  # the clock changes in between
    ],
)
def test_working_days_before_skips_what_is_not_a_working_day(
    moment: datetime, days: int, expected: datetime
) -> None:
    assert working_days_before(moment, days) == expected


def test_no_days_before_is_the_moment_itself() -> None:
    assert working_days_before(at("2026-04-05", "23:00"), 0) == at("2026-04-05", "23:00")


def test_a_negative_number_of_days_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        working_days_before(at("2026-04-05", "23:00"), -1)


@given(moments, st.integers(1, 15))
def test_working_days_before_counts_exactly_that_many_working_days(moment: datetime, days: int) -> None:
    earlier, day = local(working_days_before(moment, days)), local(moment).date()
    passed = [earlier.date() + timedelta(n) for n in range((day - earlier.date()).days)]
    assert is_working_day(earlier.date())
    assert sum(map(is_working_day, passed)) == days


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at("2026-11-26", "07:29"), at("2026-11-26", "07:30")),
        (at("2026-11-26", "07:30"), at("2026-11-26", "07:30")),
        (at("2026-11-26", "16:29"), at("2026-11-26", "16:29")),
        (at("2026-11-26", "16:30"), at("2026-11-27", "07:30")),
        (at("2026-11-27", "16:30"), at("2026-11-30", "07:30")),
        (at("2026-11-28", "12:00"), at("2026-11-30", "07:30")),
        (at("2026-04-01", "20:00"), at("2026-04-07", "07:30")),  # Easter
        (at("2026-12-24", "09:00"), at("2026-12-28", "07:30")),
        (at("2027-05-14", "18:00"), at("2027-05-18", "07:30")),
    ],
)
def test_a_quiet_moment_waits_for_the_next_working_morning(moment: datetime, expected: datetime) -> None:
    assert allowed_from(moment) == expected


def test_a_person_without_quiet_hours_is_reached_at_once() -> None:
    night = at("2026-11-28", "03:00")
    assert next_allowed(night, quiet=False) == night


@given(moments)
def test_what_is_allowed_is_never_quiet_and_never_earlier(moment: datetime) -> None:
    allowed = allowed_from(moment)
    assert allowed >= moment
    assert not is_quiet(allowed)
    assert allowed_from(allowed) == allowed
