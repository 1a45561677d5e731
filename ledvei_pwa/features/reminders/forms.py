"""The forms of the reminders page."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField

from ledvei_pwa.platform.i18n import lazy_gettext as _


class QuietHoursForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A person's own choice of when to be reached."""

    quiet_hours = BooleanField(
        _("Only remind me in working hours"),
        description=_(
            "Reminders then come from 07:30 to 16:30 on working days. An early one comes the day before."
        ),
    )


class TestReminderForm(FlaskForm):  # type: ignore[misc]
    """Nothing but the button."""

    __test__ = False  # not a test, whatever pytest thinks of its name
