"""How one's own answers add up, over time. For the person alone: never a diagnosis, never a comparison.

Pure, and the twin of `static/js/features/assessment/`; both run `tests/shared/assessment_cases.json`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ledvei_pwa.kernel.merge import Fields, FieldValue

LEAST, MOST = 1, 5
ENOUGH_ANSWERS: Final = 0.5  # of a theme's items; fewer say too little about it
WORN_AT: Final = 20  # tenths: a mean of 2.0 of 5, or below
SIGN_AT: Final = 2  # of 5, towards good: an early sign answered so heavily counts by itself


class Theme(StrEnum):
    """What a person follows over time. Higher is always better."""

    BALANCE = "strain"  # strain and recovery
    MASTERY = "mastery"
    SUPPORT = "support"
    SUPERVISION = "supervision"


@dataclass(frozen=True)
class Item:
    """One statement. `reversed`: to agree is heavy. `early_sign`: of being worn (domain.md §6)."""

    name: str
    theme: Theme
    reversed: bool = False
    early_sign: bool = False


ITEMS: Final = (
    Item("i01", Theme.BALANCE, reversed=True),  # strain now
    Item("i02", Theme.BALANCE),  # recovery
    Item("i03", Theme.BALANCE),  # workload
    Item("i04", Theme.MASTERY),  # mastery
    Item("i05", Theme.MASTERY),  # confidence in own judgement
    Item("i06", Theme.MASTERY),  # role clarity
    Item("i07", Theme.MASTERY),  # growth towards goals
    Item("i08", Theme.MASTERY),  # meaning
    Item("i09", Theme.SUPPORT),  # not alone with responsibility
    Item("i10", Theme.SUPPORT),  # seen and supported
    Item("i11", Theme.SUPPORT),  # someone to talk to
    Item("i12", Theme.SUPERVISION),  # usefulness of supervision
    Item("i13", Theme.SUPERVISION),  # safety in the group
    Item("i14", Theme.SUPERVISION),  # time to think
    Item("i15", Theme.BALANCE, reversed=True, early_sign=True),  # sleep
    Item("i16", Theme.BALANCE, reversed=True, early_sign=True),  # keeping people at a distance
)
WAYS_TO_HELP: Final = ("leader", "another_supervisor", "occupational_health", "doctor")


@dataclass(frozen=True)
class Point:
    """One assessment in the picture: the day, and per theme its mean in tenths (10–50), or None."""

    taken_on: str
    themes: Mapping[str, int | None]


def towards_good(item: Item, answer: FieldValue) -> int | None:
    """1–5 where 5 is good, whichever way the statement is put. None when skipped."""
    if type(answer) is not int or not LEAST <= answer <= MOST:
        return None
    return LEAST + MOST - answer if item.reversed else answer


def theme_mean(theme: Theme, answers: Fields) -> int | None:
    """The mean of a theme in tenths (whole numbers are the same in every language), halves up."""
    items = [item for item in ITEMS if item.theme is theme]
    given = [value for item in items if (value := towards_good(item, answers.get(item.name))) is not None]
    if len(given) < len(items) * ENOUGH_ANSWERS:
        return None
    return (20 * sum(given) + len(given)) // (2 * len(given))


def point_of(answers: Fields) -> Point:
    means: dict[str, int | None] = {theme.value: theme_mean(theme, answers) for theme in Theme}
    return Point(str(answers.get("taken_on") or ""), means)


def own_trend(assessments: Iterable[Fields]) -> list[Point]:
    """The picture's points, oldest first. An assessment without a day is left out."""
    points = [point_of(answers) for answers in assessments if answers.get("taken_on")]
    return sorted(points, key=lambda point: point.taken_on)


def ways_to_help(answers: Fields) -> tuple[str, ...]:
    """Where to turn, shown when the answers say that it is heavy now. An offer; nobody is told."""
    mean = theme_mean(Theme.BALANCE, answers)
    worn = mean is not None and mean <= WORN_AT
    signs = [towards_good(item, answers.get(item.name)) for item in ITEMS if item.early_sign]
    marked = any(value is not None and value < SIGN_AT for value in signs)
    return WAYS_TO_HELP if worn or marked else ()
