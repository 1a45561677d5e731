"""What is written about series and sessions."""

from __future__ import annotations

from wtforms import IntegerField

from ledvei_pwa.features.supervision.rules import LONGEST
from ledvei_pwa.features.supervision.words import FOCUS_WORDS
from ledvei_pwa.platform.i18n import lazy_gettext as _
from ledvei_pwa.platform.written import WholeNumber, WrittenForm


class HoldingForm(WrittenForm):
    """A session was held: how long, and how many minutes went to each focus area."""

    minutes = IntegerField(_("How many minutes it lasted"), [WholeNumber(0, LONGEST)])
    mix_case = IntegerField(FOCUS_WORDS["case"], [WholeNumber(0, LONGEST)])
    mix_practical = IntegerField(FOCUS_WORDS["practical"], [WholeNumber(0, LONGEST)])
    mix_strain = IntegerField(FOCUS_WORDS["strain"], [WholeNumber(0, LONGEST)])
    mix_role = IntegerField(FOCUS_WORDS["role"], [WholeNumber(0, LONGEST)])
    mix_other = IntegerField(FOCUS_WORDS["other"], [WholeNumber(0, LONGEST)])
