"""When a reminder may reach a person: not before 07:30, from 16:30 or on days off. All in Europe/Oslo."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from ledvei_pwa.kernel.norwegian_calendar import is_working_day, local, local_moment, next_working_day

DAY_BEGINS = time(7, 30)
DAY_ENDS = time(16, 30)  # quiet from this minute on


def working_days_before(moment: datetime, days: int) -> datetime:
    """The same time of day, this many working days earlier, in UTC.

    Two working days before Monday is Thursday. Zero days is the moment itself.
    """
    if days < 0:
        raise ValueError("days must not be negative")
    if days == 0:
        return moment.astimezone(UTC)
    here = local(moment)
    day = here.date()
    for _ in range(days):
        day -= timedelta(days=1)
        while not is_working_day(day):
            day -= timedelta(days=1)
    return local_moment(day, here.time())


def is_quiet(moment: datetime) -> bool:
    """Whether the moment is outside the hours in which people are at work."""
    here = local(moment)
    return not is_working_day(here.date()) or not DAY_BEGINS <= here.time() < DAY_ENDS


def allowed_from(moment: datetime) -> datetime:
    """The moment itself, or the first one after it that is not quiet: 07:30 on a working day. In UTC."""
    if not is_quiet(moment):
        return moment.astimezone(UTC)
    here = local(moment)
    before_work = is_working_day(here.date()) and here.time() < DAY_BEGINS
    day = here.date() if before_work else next_working_day(here.date())
    return local_moment(day, DAY_BEGINS)


def next_allowed(moment: datetime, *, quiet: bool = True) -> datetime:
    """`allowed_from`, for a person who may have said no to quiet hours."""
    return allowed_from(moment) if quiet else moment.astimezone(UTC)
