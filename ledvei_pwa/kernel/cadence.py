"""The rhythm of a series, and the dated sessions it gives (design.md §6). Pure: no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from dateutil.rrule import MONTHLY, WEEKLY, rrule
from dateutil.rrule import weekday as week_day

from ledvei_pwa.kernel.norwegian_calendar import day_off, iso_week, local, local_moment

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ORDINALS = (1, 2, 3, 4, -1)  # -1 is the last one in the month
LONGEST_INTERVAL = 12
Week = tuple[int, int]  # (ISO year, ISO week)
NameDayOff = Callable[[date], str]  # the name of what makes the day off, or nothing


class RuleUnreadable(ValueError):
    """The text is not a rule of the kind that a series may have."""


class Unit(StrEnum):
    WEEKS = "weeks"
    MONTHS = "months"


class Rhythm(StrEnum):
    """What people call the rule."""

    WEEKLY = "weekly"
    SECOND_WEEK = "2"
    THIRD_WEEK = "3"
    MONTHLY = "monthly"
    CUSTOM = "custom"


class Skipped(StrEnum):
    """Why the rule's day gets no session."""

    DAY_OFF = "day_off"
    QUIET_WEEK = "quiet_week"


@dataclass(frozen=True)
class Rule:
    """Every `interval` weeks on `weekdays`, or every `interval` months on the `ordinal`-th of each."""

    unit: Unit
    interval: int
    weekdays: tuple[str, ...]
    ordinal: int = 0  # months only

    def __post_init__(self) -> None:
        if not 1 <= self.interval <= LONGEST_INTERVAL:
            raise RuleUnreadable("interval")
        if not self.weekdays or not set(self.weekdays) <= set(WEEKDAYS):
            raise RuleUnreadable("weekdays")
        if list(self.weekdays) != sorted(set(self.weekdays), key=WEEKDAYS.index):
            raise RuleUnreadable("weekdays")
        if (self.ordinal in ORDINALS) is not (self.unit is Unit.MONTHS):
            raise RuleUnreadable("ordinal")

    def __str__(self) -> str:
        """The rule as RFC 5545 writes it, always in the same way."""
        frequency = "WEEKLY" if self.unit is Unit.WEEKS else "MONTHLY"
        interval = f";INTERVAL={self.interval}" if self.interval > 1 else ""
        days = ",".join(f"{self.ordinal or ''}{day}" for day in self.weekdays)
        return f"FREQ={frequency}{interval};BYDAY={days}"

    @property
    def rhythm(self) -> Rhythm:
        if len(self.weekdays) > 1:
            return Rhythm.CUSTOM
        if self.unit is Unit.MONTHS:
            return Rhythm.MONTHLY if self.interval == 1 else Rhythm.CUSTOM
        return {1: Rhythm.WEEKLY, 2: Rhythm.SECOND_WEEK, 3: Rhythm.THIRD_WEEK}.get(
            self.interval, Rhythm.CUSTOM
        )

    def dates(self, start: date) -> Iterator[date]:
        """The rule's days from `start` on, without end. `start` also says which weeks or months count."""
        for moment in rrule(
            WEEKLY if self.unit is Unit.WEEKS else MONTHLY,
            dtstart=datetime.combine(start, time()),
            interval=self.interval,
            byweekday=[_day(name, self.ordinal) for name in self.weekdays],
            wkst=0,
        ):
            yield moment.date()


@dataclass(frozen=True)
class Occurrence:
    """One day of the rule: the moment of its session in UTC, or why there is none."""

    day: date
    starts_at: datetime
    skipped: Skipped | None = None
    day_off: str = ""  # the English name of the day off


def _day(name: str, ordinal: int) -> week_day:
    index = WEEKDAYS.index(name)
    return week_day(index, ordinal) if ordinal else week_day(index)


def read_rule(text: str) -> Rule:
    """Read `FREQ=WEEKLY|MONTHLY;INTERVAL=1–12;BYDAY=…`: the part of RFC 5545 that a series needs, no more.

    Raises RuleUnreadable. Ends and counts are left out on purpose: a series ends by being ended.
    """
    parts = _parts(text)
    unit = {"WEEKLY": Unit.WEEKS, "MONTHLY": Unit.MONTHS}.get(parts.pop("FREQ", ""))
    interval = parts.pop("INTERVAL", "1")
    days = [_read_day(day) for day in parts.pop("BYDAY", "").split(",")]
    if unit is None or not (interval.isascii() and interval.isdigit()) or len(interval) > 2:
        raise RuleUnreadable("unit or interval")
    if parts.pop("WKST", "MO") != "MO" or parts or len({ordinal for ordinal, _ in days}) != 1:
        raise RuleUnreadable("parts")
    names = tuple(sorted((name for _, name in days), key=WEEKDAYS.index))
    return Rule(unit, int(interval), names, days[0][0])


def _parts(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.removeprefix("RRULE:").upper().split(";")]
    if len(text) > 200 or len({name for name, _, _ in pairs}) != len(pairs):
        raise RuleUnreadable("parts")
    return {name: value for name, _, value in pairs}


def _read_day(text: str) -> tuple[int, str]:
    name, ordinal = text[-2:], text[:-2].removeprefix("+")
    if name not in WEEKDAYS or ordinal not in ("", *map(str, ORDINALS)):
        raise RuleUnreadable("weekdays")
    return int(ordinal or 0), name


def rule_for(
    rhythm: Rhythm,
    start: date,
    *,
    interval: int = 1,
    unit: Unit = Unit.WEEKS,
    weekdays: tuple[str, ...] = (),
    ordinal: int = 0,
) -> Rule:
    """The rule behind a choice in the form. The weekday is the start's, unless a custom rhythm says so."""
    days = weekdays or (WEEKDAYS[start.weekday()],)
    match rhythm:
        case Rhythm.WEEKLY | Rhythm.SECOND_WEEK | Rhythm.THIRD_WEEK:
            weeks = {Rhythm.WEEKLY: 1, Rhythm.SECOND_WEEK: 2, Rhythm.THIRD_WEEK: 3}[rhythm]
            return Rule(Unit.WEEKS, weeks, (WEEKDAYS[start.weekday()],))
        case Rhythm.MONTHLY:
            return Rule(Unit.MONTHS, 1, (WEEKDAYS[start.weekday()],), ordinal_of(start))
        case Rhythm.CUSTOM if unit is Unit.MONTHS:
            return Rule(Unit.MONTHS, interval, days, ordinal or ordinal_of(start))
        case _:
            return Rule(Unit.WEEKS, interval, days)


def ordinal_of(day: date) -> int:
    """Which of its weekday in the month this day is; a fifth counts as the last: not all months have five."""
    nth = (day.day - 1) // 7 + 1
    return nth if nth <= 4 else -1


def first_day(rule: Rule, start: date) -> date:
    """The rule's first day on or after `start`, whatever its interval.

    "Every third week on Thursdays" begun on a Friday means next Thursday, not a Thursday in three weeks.
    """
    return next(Rule(rule.unit, 1, rule.weekdays, rule.ordinal).dates(start))


def occurrences(
    rule: Rule,
    start: date,
    local_time: time,
    *,
    from_: date,
    until: date,
    quiet_weeks: AbstractSet[Week] = frozenset(),
    name_day_off: NameDayOff = day_off,
) -> Iterator[Occurrence]:
    """The rule's days from `from_` to `until`, both included, with why some get no session.

    A skipped day is skipped, not shifted: the rhythm goes on as before.
    """
    for day in rule.dates(start):
        if day > until:
            return
        if day >= from_:
            yield _occurrence(day, local_time, quiet_weeks, name_day_off)


def _occurrence(
    day: date, local_time: time, quiet_weeks: AbstractSet[Week], name_day_off: NameDayOff
) -> Occurrence:
    starts_at = local_moment(day, local_time)
    if off := name_day_off(day):
        return Occurrence(day, starts_at, Skipped.DAY_OFF, off)
    if iso_week(day) in quiet_weeks:
        return Occurrence(day, starts_at, Skipped.QUIET_WEEK)
    return Occurrence(day, starts_at)


def session_times(
    rule: Rule,
    start: date,
    local_time: time,
    *,
    from_: date,
    until: date,
    quiet_weeks: AbstractSet[Week] = frozenset(),
    holidays: NameDayOff = day_off,
) -> list[datetime]:
    """The moments, in UTC, of the sessions from `from_` to `until`, both included.

    The same time of day all year in Europe/Oslo, so the moment in UTC follows the clock change.
    """
    found = occurrences(
        rule, start, local_time, from_=from_, until=until, quiet_weeks=quiet_weeks, name_day_off=holidays
    )
    return [occurrence.starts_at for occurrence in found if occurrence.skipped is None]


def next_working_time(moment: datetime, *, holidays: NameDayOff = day_off) -> datetime:
    """The moment itself, or the same time on the next day that is neither weekend nor day off. In UTC."""
    here = local(moment)
    day = here.date()
    if day.weekday() < 5 and not holidays(day):
        return moment.astimezone(UTC)
    while day.weekday() >= 5 or holidays(day):
        day += timedelta(days=1)
    return local_moment(day, here.time())
