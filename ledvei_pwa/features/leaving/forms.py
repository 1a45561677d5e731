"""On which day somebody is there for the last time."""

from __future__ import annotations

from wtforms import DateField
from wtforms.validators import DataRequired

from ledvei_pwa.platform.forms import PageForm
from ledvei_pwa.platform.i18n import lazy_gettext


class LastDayForm(PageForm):
    day = DateField(
        lazy_gettext("Last day"),
        description=lazy_gettext("The account is open the whole of this day."),
        validators=[DataRequired(lazy_gettext("Choose the last day."))],
    )
