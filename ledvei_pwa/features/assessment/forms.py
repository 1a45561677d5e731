"""Sixteen statements about one's own work, answered by oneself (themes: domain.md §6; own words)."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import InputRequired
from wtforms.widgets import DateInput

from ledvei_pwa.features.assessment.rules import ITEMS
from ledvei_pwa.platform.i18n import lazy_gettext as _
from ledvei_pwa.platform.written import Choices, IsoDate, WrittenForm

STEPS = [
    (1, _("disagree")),
    (2, _("disagree somewhat")),
    (3, _("in between")),
    (4, _("agree somewhat")),
    (5, _("agree")),
    (None, _("skip")),
]
STATEMENTS = {
    "i01": _("The job has weighed on me lately."),
    "i02": _("I manage to put work down when the day is over."),
    "i03": _("There is a reasonable balance between what I am to do and the hours I have."),
    "i04": _("I handle the tasks I have now."),
    "i05": _("I dare to trust my own judgement, also when there is no clear answer."),
    "i06": _("It is clear to me where my responsibility begins and where it ends."),
    "i07": _("I notice that I am developing in the direction I want."),
    "i08": _("What I do at work feels worth the effort."),
    "i09": _("When the responsibility is heavy, somebody carries it with me."),
    "i10": _("Somebody at work notices how I am doing."),
    "i11": _("When something stays with me, I know whom to call."),
    "i12": _("I use what I take with me from supervision."),
    "i13": _("Together with the others I can show what I did not manage."),
    "i14": _("There is room in my week to stop and think."),
    "i15": _("Thoughts about work disturb my sleep."),
    "i16": _("I keep people at a distance to get through the day."),
}


class AssessmentForm(WrittenForm):
    """`taken_on`, `audience` and the items `i01` … `i16`; an item is 1–5, or None when skipped."""

    taken_on = StringField(_("Date"), [IsoDate()], widget=DateInput())
    audience = Choices(
        _("Who can read this"),
        choices=[("private", _("only me")), ("supervisor", _("my supervisor"))],
        description=_("You choose each time. Your earlier answers stay as you chose then."),
        validators=[InputRequired()],
    )


for _item in ITEMS:
    setattr(AssessmentForm, _item.name, Choices(STATEMENTS[_item.name], choices=STEPS))
