"""How long each kind of text is kept, and when its author is told that it goes. Pure (ADR 12).

All days are days in Norway. A text goes on a day, and not at an hour of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from dateutil.relativedelta import relativedelta

from ledvei_pwa.kernel.access import Audience
from ledvei_pwa.kernel.small_numbers import is_enough

TOLD_AHEAD: Final = timedelta(days=60)
SHORTEST_NOTICE: Final = timedelta(days=30)  # whatever the service decides, and however late the worker is
MOST_EXTRA_YEARS: Final = 3  # that an author may keep one text beyond its time, a year at a time
PERIODS: Final = (1, 2, 3, 6, 9, 12, 18, 24, 36, 48, 60, 84, 120)  # months that can be chosen


class Sort(StrEnum):
    """What has a time of its own to be kept."""

    DEBRIEF_PRIVATE = "debrief_private"
    DEBRIEF_SHARED = "debrief_shared"
    PREPARATION = "preparation"
    TOPIC = "topic"
    ASSESSMENT = "assessment"
    SUMMARY = "summary"
    AGREEMENT = "agreement"
    HOLDING = "holding"
    REMOVED = "removed"  # its author has removed it; only their file of all they have written has it still
    LEFT = "left"  # its author's account is closed, and nobody else may read it


@dataclass(frozen=True)
class Bounds:
    """Months: the fewest and the most that a service may choose, and what holds until it does."""

    least: int
    most: int
    usual: int

    @property
    def choices(self) -> list[int]:
        return [months for months in PERIODS if self.least <= months <= self.most]


# What each number rests on is said in ADR 12. None is below three months: a device sends again for thirty
# days what the server has acknowledged, and nothing that still may come again must be gone by then. Only what
# is left behind goes sooner (ADR 18): from a closed account nothing is taken.
BOUNDS: Final[Mapping[Sort, Bounds]] = {
    Sort.DEBRIEF_PRIVATE: Bounds(3, 12, 6),
    Sort.DEBRIEF_SHARED: Bounds(3, 24, 12),
    Sort.PREPARATION: Bounds(6, 36, 12),
    Sort.TOPIC: Bounds(6, 36, 18),
    Sort.ASSESSMENT: Bounds(12, 60, 36),
    Sort.SUMMARY: Bounds(12, 120, 60),
    Sort.AGREEMENT: Bounds(24, 120, 60),
    Sort.HOLDING: Bounds(36, 120, 60),
    Sort.REMOVED: Bounds(3, 12, 3),
    Sort.LEFT: Bounds(1, 6, 1),
}
USUAL: Final[Mapping[Sort, int]] = {sort: bounds.usual for sort, bounds in BOUNDS.items()}

# By kind of entry: what it is while only its author reads it, and otherwise.
SORTS: Final[Mapping[str, tuple[Sort, Sort]]] = {
    "debrief": (Sort.DEBRIEF_PRIVATE, Sort.DEBRIEF_SHARED),
    "preparation": (Sort.PREPARATION, Sort.PREPARATION),
    "supervisor_preparation": (Sort.PREPARATION, Sort.PREPARATION),
    "topic": (Sort.TOPIC, Sort.TOPIC),
    "assessment": (Sort.ASSESSMENT, Sort.ASSESSMENT),
    "summary": (Sort.SUMMARY, Sort.SUMMARY),
    "agreement": (Sort.AGREEMENT, Sort.AGREEMENT),
    "holding": (Sort.HOLDING, Sort.HOLDING),
}


@dataclass(frozen=True)
class Told:
    """What an author has been told of one text: the day it goes."""

    goes_on: date


def sort_of(kind: str, audience: str, *, is_removed: bool) -> Sort | None:
    """None for a kind that nobody has said anything about: it is kept."""
    if kind not in SORTS:
        return None
    if is_removed:
        return Sort.REMOVED
    alone, shared = SORTS[kind]
    return alone if audience == Audience.PRIVATE else shared


def is_left_behind(audience: str, *, is_removed: bool) -> bool:
    """Whether nobody can read a text while its author's account is closed."""
    return is_removed or audience == Audience.PRIVATE


def day_left_behind_goes(months: int, closed: date) -> date:
    """When what somebody left behind is deleted, whose account was closed on that day."""
    return max(closed + relativedelta(months=months), closed + SHORTEST_NOTICE)


def sooner(due: date | None, left: date | None) -> date | None:
    """A text goes when its ordinary time is over, or the time after its author left. None: not at all."""
    return min((day for day in (due, left) if day), default=None)


def is_allowed(sort: Sort, months: int) -> bool:
    return months in BOUNDS[sort].choices


def day_due(
    months: int, *, changed: date, session: date | None = None, kept_until: date | None = None
) -> date:
    """The first day a text may be gone: so long after it was last changed, or after its session.

    `kept_until`: what its author has asked for besides.
    """
    due = max(changed, session or changed) + relativedelta(months=months)
    return max(due, kept_until or due)


def one_year_more(told: Told) -> date:
    return told.goes_on + relativedelta(years=1)


def tell(due: date | None, told: Told | None, today: date) -> Told | None:
    """What the author is to be told today, after what they have been told already. None: nothing.

    `due` is None while the text is not to go at all. A day that somebody has been told may move on at once;
    it comes nearer only with the whole notice once more.
    """
    if due is None or due > today + TOLD_AHEAD:
        return None
    soonest = max(due, today + SHORTEST_NOTICE)
    if told is None:
        return Told(soonest)
    if due > told.goes_on:
        return Told(due)
    return Told(min(told.goes_on, soonest))


def may_go(due: date | None, told: Told | None, today: date) -> bool:
    """Whether it is deleted today: its time is over, and the day its author was told has come."""
    return due is not None and told is not None and due <= today and told.goes_on <= today


def about(count: int, *, authors: int) -> int:
    """A number of texts that leaders may see in the log: in whole tens, and 0 where it is of fewer than five
    people."""
    return count // 10 * 10 if is_enough(authors) else 0


def shortened(known: Mapping[Sort, int], wanted: Mapping[Sort, int]) -> list[Sort]:
    """What would be kept for a shorter time than now."""
    return [sort for sort, months in wanted.items() if months < known[sort]]


def soonest_after_choice(today: date) -> date:
    """The first day on which a text goes because the service chose a shorter time today."""
    return today + SHORTEST_NOTICE
