"""After one demanding event (domain.md §5.5). Not supervision, but may be taken further there."""

from __future__ import annotations

from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired
from wtforms.widgets import DateInput

from ledvei_pwa.platform.i18n import lazy_gettext as _
from ledvei_pwa.platform.written import Choices, IsoDate, MostCharacters, WholeNumber, WrittenForm

LONGEST = 4000


class DebriefForm(WrittenForm):
    happened_on = StringField(_("When it happened"), [IsoDate()], widget=DateInput())
    happened = TextAreaField(
        _("What happened"),
        [MostCharacters(LONGEST)],
        description=_("A few sentences are enough. Write without names, places and dates of birth."),
    )
    reactions = TextAreaField(
        _("What it did to me"),
        [MostCharacters(LONGEST)],
        description=_("In the body, in your thoughts, then and afterwards. All reactions are allowed."),
    )
    helped = TextAreaField(
        _("What has helped so far"),
        [MostCharacters(LONGEST)],
        description=_("Something you did, or something somebody did for you."),
    )
    need = Choices(
        _("What I need now"),
        choices=[
            ("call", _("that somebody calls me")),
            ("talk_tomorrow", _("a talk tomorrow")),
            ("supervision", _("to bring it to supervision")),
            ("nothing", _("nothing more now")),
        ],
    )
    hear_from = StringField(
        _("Who I would like to hear from"),
        [MostCharacters(200)],
        description=_("A colleague, your supervisor, your leader."),
    )
    strain = IntegerField(
        _("How heavy is it right now"),
        [WholeNumber(0, 10)],
        description=_("0 is light, 10 is very heavy."),
    )
    audience = Choices(
        _("Who can read this"),
        choices=[("private", _("only me")), ("supervisor", _("my supervisor"))],
        description=_("Nobody is told when you keep it to yourself."),
        validators=[InputRequired()],
    )
