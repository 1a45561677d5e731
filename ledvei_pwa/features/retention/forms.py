"""The service leader's choice of how long each sort of text is kept, and the words for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wtforms import SelectChoice, SelectField

from ledvei_pwa.features.retention.rules import BOUNDS, Sort
from ledvei_pwa.platform.forms import PageForm
from ledvei_pwa.platform.i18n import LazyText, lazy_gettext, ngettext

SORT_NAMES: Final[Mapping[Sort, LazyText]] = {
    Sort.DEBRIEF_PRIVATE: lazy_gettext("Debrief that only its author reads"),
    Sort.DEBRIEF_SHARED: lazy_gettext("Debrief that is shared"),
    Sort.PREPARATION: lazy_gettext("Preparation"),
    Sort.TOPIC: lazy_gettext("Topic"),
    Sort.ASSESSMENT: lazy_gettext("Self-assessment"),
    Sort.SUMMARY: lazy_gettext("Summary of a session"),
    Sort.AGREEMENT: lazy_gettext("Agreement"),
    Sort.HOLDING: lazy_gettext("That a session was held"),
    Sort.REMOVED: lazy_gettext("What its author has removed"),
    Sort.LEFT: lazy_gettext("What only somebody could read who has left"),
}
SORT_NOTES: Final[Mapping[Sort, LazyText]] = {
    Sort.AGREEMENT: lazy_gettext("An agreement that is not done stays as long as its supervision runs."),
    Sort.TOPIC: lazy_gettext("A topic that waits stays as long as its supervision runs."),
    Sort.HOLDING: lazy_gettext("No words. It shows that the duty to give supervision was kept."),
    Sort.LEFT: lazy_gettext(
        "Counted from the day the account was closed. It stays when the account is opened again."
    ),
}


def say_months(months: int) -> str:
    """ "6 months", "2 years"."""
    if months >= 24 and months % 12 == 0:
        return ngettext("%(count)s year", "%(count)s years", months // 12)
    return ngettext("%(count)s month", "%(count)s months", months)


class KeepingForm(PageForm):
    """One field for each sort, by its name. Made by `keeping_form`, which knows the language."""

    debrief_private = SelectField()
    debrief_shared = SelectField()
    preparation = SelectField()
    topic = SelectField()
    assessment = SelectField()
    summary = SelectField()
    agreement = SelectField()
    holding = SelectField()
    removed = SelectField()
    left = SelectField()

    @property
    def wanted(self) -> dict[Sort, int]:
        return {sort: int(self[sort.value].data) for sort in Sort}


def keeping_form(known: Mapping[Sort, int], *, is_sent: bool) -> KeepingForm:
    """Filled with what holds now, or with what was sent."""
    form = KeepingForm() if is_sent else KeepingForm(formdata=None)
    for sort in Sort:
        field = form[sort.value]
        field.label.text = str(SORT_NAMES[sort])
        field.description = str(SORT_NOTES.get(sort, ""))
        field.choices = [SelectChoice(str(months), say_months(months)) for months in BOUNDS[sort].choices]
        if not is_sent:
            field.data = str(known[sort])
    return form
