"""What both parties write before a session (domain.md §3, §5.3)."""

from __future__ import annotations

from wtforms import HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired

from ledvei_pwa.platform.i18n import lazy_gettext as _
from ledvei_pwa.platform.written import Choices, MostCharacters, RefersTo, WholeNumber, WrittenForm

LONGEST = 2000


class TopicForm(WrittenForm):
    """One thing the supervisee wants to bring up. `outcome` and the agenda come during the session."""

    focus = Choices(
        _("It is about"),
        choices=[
            ("case", _("a case")),
            ("practical", _("something practical")),
            ("strain", _("something I carry")),
            ("role", _("my role")),
            ("other", _("something else")),
        ],
    )
    question = TextAreaField(
        _("My question"),
        [MostCharacters(LONGEST)],
        description=_("Write without names. «The mother» or «the boy, 9» is enough."),
    )
    want = Choices(
        _("What I hope for"),
        choices=[
            ("think_aloud", _("to think aloud")),
            ("advice", _("advice")),
            ("decision", _("a decision")),
            ("support", _("support")),
            ("feedback", _("feedback")),
            ("rehearse", _("to rehearse a conversation")),
        ],
    )
    urgency = Choices(
        _("How soon"),
        choices=[("can_wait", _("can wait")), ("soon", _("soon")), ("now", _("now"))],
    )
    strain = IntegerField(
        _("How heavy is it for me"),
        [WholeNumber(0, 10)],
        description=_("0 is light, 10 is very heavy. You may leave it out."),
    )
    minutes_wanted = Choices(
        _("Time I would like"),
        choices=[
            (5, _("5 minutes")),
            (10, _("10 minutes")),
            (15, _("15 minutes")),
            (20, _("20 minutes")),
            (30, _("30 minutes")),
            (45, _("45 minutes")),
            (None, _("not sure")),
        ],
    )
    audience = Choices(
        _("Who can read this"),
        choices=[
            ("private", _("only me")),
            ("supervisor", _("my supervisor")),
            ("group", _("everybody in the group")),
        ],
        description=_("You can change this later. Your leader reads it only as your supervisor."),
        validators=[InputRequired()],
    )
    debrief = HiddenField(_("The debrief this came from"), [RefersTo("entry")])
    outcome = Choices(
        _("How it went"),
        choices=[("", _("not talked about yet")), ("done", _("done")), ("carried", _("carried over"))],
    )
    outcome_session = HiddenField(_("The session where it was taken up"), [RefersTo("session")])
    agenda_minutes = IntegerField(_("Minutes on the agenda"), [WholeNumber(0, 480)])
    agenda_order = IntegerField(_("Place on the agenda"), [WholeNumber(0, 999)])


class PreparationForm(WrittenForm):
    """The one good thing a supervisee brings."""

    went_well = TextAreaField(
        _("One thing that went well"),
        [MostCharacters(LONGEST)],
        description=_("Big or small. It is a good place to begin the session."),
    )
    audience = Choices(
        _("Who can read this"),
        choices=[
            ("private", _("only me")),
            ("supervisor", _("my supervisor")),
            ("group", _("everybody in the group")),
        ],
        validators=[InputRequired()],
    )


class SupervisorPreparationForm(WrittenForm):
    """What the supervisor makes ready."""

    follow_up = TextAreaField(
        _("To follow up"),
        [MostCharacters(LONGEST)],
        description=_("What stayed with you since last time, and the goals it belongs to."),
    )
    ask_about = TextAreaField(
        _("Agreements to ask about"),
        [MostCharacters(LONGEST)],
        description=_("Ask with curiosity: what made it easy, or hard, to do?"),
    )
    opening_question = StringField(
        _("A question to open with"),
        [MostCharacters(300)],
        description=_("For instance: what would make this hour worth your while?"),
    )
    audience = Choices(
        _("Who can read this"),
        choices=[("private", _("only me")), ("group", _("shared with the participants"))],
        validators=[InputRequired()],
    )
