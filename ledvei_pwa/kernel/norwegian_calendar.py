"""Norwegian days and clocks: local time in Europe/Oslo, public holidays, working days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from holidays.countries.norway import Norway

OSLO = ZoneInfo("Europe/Oslo")

# Not holidays by law (lov 1947-04-26-1), but hardly an office is open: treated as days off by default.
# Easter Eve and Whitsun Eve are Saturdays and need no mention.
EVES = {(12, 24): "Christmas Eve", (12, 31): "New Year's Eve"}


def local_moment(day: date, local_time: time) -> datetime:
    """The moment, in UTC, when clocks in Norway show this time on this day.

    A time that the spring change jumps over is read with the offset before the jump (02:30 becomes 03:30);
    a time that autumn gives twice means the first (RFC 5545 §3.3.5).
    """
    return datetime.combine(day, local_time.replace(fold=0, tzinfo=None), OSLO).astimezone(UTC)


def local(moment: datetime) -> datetime:
    """The same moment as clocks in Norway show it."""
    return moment.astimezone(OSLO)


@cache
def _public_holidays(year: int) -> dict[date, str]:
    # Every Sunday is a holiday by law too; here a Sunday is a weekend day, told apart from Easter Sunday.
    return dict(Norway(years=year, include_sundays=False, language="en_US"))


def holiday_on(day: date) -> str:
    """The English name of the public holiday on this day, or nothing. Two on one day: the first."""
    return _public_holidays(day.year).get(day, "").split(";")[0].strip()


def day_off(day: date) -> str:
    """Like `holiday_on`, with Christmas Eve and New Year's Eve as well."""
    return holiday_on(day) or EVES.get((day.month, day.day), "")


def is_weekend(day: date) -> bool:
    return day.weekday() >= 5


def is_working_day(day: date) -> bool:
    return not is_weekend(day) and not day_off(day)


def next_working_day(day: date) -> date:
    """The first working day after this one."""
    day += timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def iso_week(day: date) -> tuple[int, int]:
    """(ISO year, ISO week): 1 January 2027 is in week 53 of 2026."""
    year, week, _ = day.isocalendar()
    return year, week
