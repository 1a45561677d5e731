"""Rhythms, days off and problems in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import babel.dates
import babel.lists

from ledvei_pwa.kernel.cadence import WEEKDAYS, Rule, Unit
from ledvei_pwa.platform.i18n import LazyText, current_language, lazy_gettext
from ledvei_pwa.platform.i18n import gettext as _

FOCUS_WORDS: Final[Mapping[str, LazyText]] = {
    "case": lazy_gettext("Case supervision"),
    "practical": lazy_gettext("Practical questions in cases"),
    "strain": lazy_gettext("Emotional strain"),
    "role": lazy_gettext("Role and confidence"),
    "other": lazy_gettext("Something else"),
}

FOCUS_IN_SHORT: Final[Mapping[str, LazyText]] = {
    "case": lazy_gettext("Case"),
    "practical": lazy_gettext("Practical"),
    "strain": lazy_gettext("Strain"),
    "role": lazy_gettext("Role"),
    "other": lazy_gettext("Other"),
}

DAYS_OFF: Final[Mapping[str, LazyText]] = {
    "New Year's Day": lazy_gettext("New Year's Day"),
    "Maundy Thursday": lazy_gettext("Maundy Thursday"),
    "Good Friday": lazy_gettext("Good Friday"),
    "Easter Sunday": lazy_gettext("Easter Sunday"),
    "Easter Monday": lazy_gettext("Easter Monday"),
    "Labor Day": lazy_gettext("1 May"),
    "Constitution Day": lazy_gettext("17 May"),
    "Ascension Day": lazy_gettext("Ascension Day"),
    "Pentecost": lazy_gettext("Whit Sunday"),
    "Pentecost Monday": lazy_gettext("Whit Monday"),
    "Christmas Eve": lazy_gettext("Christmas Eve"),
    "Christmas Day": lazy_gettext("Christmas Day"),
    "Second Day of Christmas": lazy_gettext("Boxing Day"),
    "New Year's Eve": lazy_gettext("New Year's Eve"),
}

PROBLEMS: Final[Mapping[str, LazyText]] = {
    "individual_has_one": lazy_gettext("Choose one person. Choose group if there are several."),
    "group_has_several": lazy_gettext("Choose at least two people for a group."),
    "group_too_large": lazy_gettext("A group can have 30 people at the most."),
    "supervisor_participates": lazy_gettext("The supervisor cannot also be a participant."),
    "stays_between_two": lazy_gettext(
        "What is written in individual supervision stays between the two. End this one and start a new one."
    ),
    "shared_with_another": lazy_gettext(
        "What is written here was shared with another supervisor. End this one and start a new one, "
        "or ask another leader."
    ),
    "not_a_supervisor": lazy_gettext("Choose somebody who supervises in the service."),
    "unknown_person": lazy_gettext("One of these people is no longer in the service. Choose again."),
    "mix_not_100": lazy_gettext("The shares must be 100 per cent together."),
    "mix_out_of_range": lazy_gettext("Each share is a whole number from 0 to 100."),
    "minutes_out_of_range": lazy_gettext("A session lasts from 15 to 480 minutes."),
    "too_far_ahead": lazy_gettext("Choose a first date within a year from today."),
    "too_far_away": lazy_gettext("Choose a time within a year from today."),
    "not_https": lazy_gettext("The link must begin with https:// and have no spaces."),
    "too_long": lazy_gettext("This is too long. Shorten it a little."),
    "unknown_week": lazy_gettext("This week does not exist in that year."),
    "not_yours": lazy_gettext("You can choose only the people you lead, or be the supervisor yourself."),
    "ended": lazy_gettext("This supervision has ended and cannot be changed."),
    "held": lazy_gettext("This session has been held and cannot be moved."),
}


def day_off_in_words(english_name: str) -> str:
    return str(DAYS_OFF.get(english_name, english_name))


def problem_in_words(code: str) -> str:
    return str(PROBLEMS.get(code) or _("This could not be saved. Look through it once more."))


def weekday_in_words(name: str) -> str:
    """`MO` as `mandag` or `måndag`."""
    names = babel.dates.get_day_names("wide", locale=current_language())
    return str(names[WEEKDAYS.index(name)])


def rhythm_in_words(rule: Rule) -> str:
    """Such as "Every second week, Thursday" or "Every month, the first Tuesday"."""
    days = [weekday_in_words(name) for name in rule.weekdays]
    if rule.unit is Unit.WEEKS:
        return _every_weeks(rule.interval, _joined(days))
    return _every_months(rule.interval, _joined([_nth(rule.ordinal, day) for day in days]))


def _every_weeks(interval: int, days: str) -> str:
    match interval:
        case 1:
            return _("Every week, %(days)s", days=days)
        case 2:
            return _("Every second week, %(days)s", days=days)
        case 3:
            return _("Every third week, %(days)s", days=days)
        case _:
            return _("Every %(count)s weeks, %(days)s", count=interval, days=days)


def _every_months(interval: int, days: str) -> str:
    match interval:
        case 1:
            return _("Every month, %(days)s", days=days)
        case 2:
            return _("Every second month, %(days)s", days=days)
        case _:
            return _("Every %(count)s months, %(days)s", count=interval, days=days)


def _nth(ordinal: int, day: str) -> str:
    match ordinal:
        case 1:
            return _("the first %(day)s", day=day)
        case 2:
            return _("the second %(day)s", day=day)
        case 3:
            return _("the third %(day)s", day=day)
        case 4:
            return _("the fourth %(day)s", day=day)
        case _:
            return _("the last %(day)s", day=day)


def _joined(words: list[str]) -> str:
    return str(babel.lists.format_list(words, locale=current_language()))
