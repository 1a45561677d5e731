"""What the page calls the rows of the access matrix and those who may read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ledvei_pwa.features.privacy.rules import Readers
from ledvei_pwa.features.retention.actions import Sort
from ledvei_pwa.kernel.access import (
    IN_THE_SERVICE,
    LEADING,
    MEANT,
    SUPERVISING,
    TAKING_PART,
    Thing,
    Who,
)
from ledvei_pwa.platform.i18n import LazyText, lazy_gettext, ngettext

# A set of readers that has no words is a mistake: `tests/features/privacy` finds it before anybody reads it.
READERS: Final[Mapping[Readers, LazyText]] = {
    frozenset({Who.AUTHOR}): lazy_gettext("Only you"),
    frozenset({Who.AUTHOR, *MEANT}): lazy_gettext("You and the supervisor you shared it with"),
    frozenset({Who.AUTHOR, *SUPERVISING, *TAKING_PART}): lazy_gettext(
        "You, the supervisor and those who take part"
    ),
    frozenset({*SUPERVISING, *TAKING_PART, *LEADING}): lazy_gettext(
        "Those who take part, the supervisor and your leaders"
    ),
    frozenset({*LEADING, Who.ADMINISTRATOR}): lazy_gettext("Your leaders and the administrator"),
    IN_THE_SERVICE: lazy_gettext("Everybody in the service"),
}
# By a row's name, or by its kind where who reads it is said already.
ROWS: Final[Mapping[str, LazyText]] = {
    "topic": lazy_gettext("Topic"),
    "preparation": lazy_gettext("Preparation"),
    "supervisor_preparation": lazy_gettext("The supervisor's preparation"),
    "debrief": lazy_gettext("Debrief"),
    "assessment": lazy_gettext("Self-assessment"),
    "agreement": lazy_gettext("Agreement"),
    "summary": lazy_gettext("Summary"),
    "holding": lazy_gettext("A session held"),
    Thing.DEVICE: lazy_gettext("Devices, sign-ins and passkeys"),
    Thing.SERIES: lazy_gettext("Who is supervised by whom, how often and where"),
    Thing.SESSION: lazy_gettext("When sessions are, whether they were held, and minutes for each focus"),
    Thing.PERSON_SHEET: lazy_gettext("E-mail and roles"),
    Thing.PERSON_NAME: lazy_gettext("Names"),
}
SORTS: Final[Mapping[Sort, LazyText]] = {
    Sort.DEBRIEF_PRIVATE: lazy_gettext("Debrief that only you read"),
    Sort.DEBRIEF_SHARED: lazy_gettext("Debrief that is shared"),
    Sort.PREPARATION: lazy_gettext("Preparation"),
    Sort.TOPIC: lazy_gettext("Topic"),
    Sort.ASSESSMENT: lazy_gettext("Self-assessment"),
    Sort.SUMMARY: lazy_gettext("Summary"),
    Sort.AGREEMENT: lazy_gettext("Agreement"),
    Sort.HOLDING: lazy_gettext("A session held"),
    Sort.REMOVED: lazy_gettext("What you have removed"),
    Sort.LEFT: lazy_gettext("What only you read, after your account is closed"),
}


def row_words(name: str) -> LazyText:
    """What a row of the matrix is called; one for each kind of text, whoever reads it."""
    return ROWS[name.partition("/")[0]]


def time_words(months: int) -> str:
    """Whole years from two on; months otherwise."""
    if months >= 24 and months % 12 == 0:
        return ngettext("%(count)s year", "%(count)s years", months // 12)
    return ngettext("%(count)s month", "%(count)s months", months)
