"""What a session ends with (domain.md §5.4): agreements with owner and date, and a short shared summary."""

from __future__ import annotations

from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.widgets import DateInput

from ledvei_pwa.platform.i18n import lazy_gettext as _
from ledvei_pwa.platform.written import IsoDate, MostCharacters, RefersTo, WrittenForm


class AgreementForm(WrittenForm):
    text = TextAreaField(
        _("What we agreed"),
        [MostCharacters(500)],
        description=_("One thing somebody will do. Write without names of families."),
    )
    owner = StringField(_("Who will do it"), [RefersTo("person")])
    due = StringField(_("By when"), [IsoDate()], widget=DateInput())
    done = BooleanField(_("It is done"))
    done_on = HiddenField(_("The day it was done"), [IsoDate()])


class SummaryForm(WrittenForm):
    text = TextAreaField(
        _("A short summary"),
        [MostCharacters(4000)],
        description=_("What you want to remember together. Everybody in this supervision can read it."),
    )
