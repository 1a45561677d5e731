"""What is written about series and sessions: on the leaders' pages, and a holding on the device."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Any, Final

from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import ValidationError
from wtforms.widgets import DateInput, TimeInput

from ledvei_pwa.features.supervision.records import Series
from ledvei_pwa.features.supervision.rules import FOCUS_AREAS, LONGEST, SHORTEST, Form, SeriesPlan
from ledvei_pwa.features.supervision.words import FOCUS_WORDS, problem_in_words
from ledvei_pwa.kernel.cadence import (
    LONGEST_INTERVAL,
    WEEKDAYS,
    Rhythm,
    Rule,
    RuleUnreadable,
    Unit,
    read_rule,
    rule_for,
)
from ledvei_pwa.platform.forms import PageForm
from ledvei_pwa.platform.i18n import gettext
from ledvei_pwa.platform.i18n import lazy_gettext as _
from ledvei_pwa.platform.written import WholeNumber, WrittenForm

LATEST_YEAR: Final = 2100


class HoldingForm(WrittenForm):
    """A session was held: how long, and how many minutes went to each focus area."""

    minutes = IntegerField(_("How many minutes it lasted"), [WholeNumber(0, LONGEST)])
    mix_case = IntegerField(FOCUS_WORDS["case"], [WholeNumber(0, LONGEST)])
    mix_practical = IntegerField(FOCUS_WORDS["practical"], [WholeNumber(0, LONGEST)])
    mix_strain = IntegerField(FOCUS_WORDS["strain"], [WholeNumber(0, LONGEST)])
    mix_role = IntegerField(FOCUS_WORDS["role"], [WholeNumber(0, LONGEST)])
    mix_other = IntegerField(FOCUS_WORDS["other"], [WholeNumber(0, LONGEST)])


# --- fields whose errors are in plain words -----------------------------------------------------------------


class WholeField(IntegerField):  # type: ignore[misc]  # WTForms has no types
    """A whole number of a few digits."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None
        if self.data is None:
            raise ValueError(gettext("Write a whole number."))


class DayField(StringField):  # type: ignore[misc]  # WTForms has no types
    """A date as the browser's date field sends it. `day` is None until it can be read."""

    widget = DateInput()

    @property
    def day(self) -> date | None:
        try:
            found = date.fromisoformat((self.data or "").strip())
        except ValueError:
            return None
        return found if 2000 <= found.year <= LATEST_YEAR else None

    def pre_validate(self, _form: Any) -> None:
        if self.day is None:
            raise ValidationError(gettext("Write the date with day, month and year."))


class ClockField(StringField):  # type: ignore[misc]  # WTForms has no types
    """A time of day as HH:MM. `clock` is None until it can be read."""

    widget = TimeInput()

    @property
    def clock(self) -> time | None:
        hours, _colon, minutes = (self.data or "").strip().replace(".", ":").partition(":")
        if not (is_short_number(hours) and is_short_number(minutes[:2])) or len(minutes) < 2:
            return None
        return time(int(hours), int(minutes[:2])) if int(hours) < 24 and int(minutes[:2]) < 60 else None

    def pre_validate(self, _form: Any) -> None:
        if self.clock is None:
            raise ValidationError(gettext("Write the time as hours and minutes, such as 10:00."))


def is_short_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 2


class OneOf:
    """One of the field's choices."""

    def __call__(self, _form: Any, field: Any) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(gettext("Choose one of these."))


class SomeOf:
    """Nothing but the field's choices."""

    def __call__(self, _form: Any, field: Any) -> None:
        if not set(field.data or ()) <= {choice.value for choice in field.choices}:
            raise ValidationError(problem_in_words("unknown_person"))


# --- series -------------------------------------------------------------------------------------------------

ORDINAL_WORDS: Final = {
    0: _("as the first date"),
    1: _("the first in the month"),
    2: _("the second in the month"),
    3: _("the third in the month"),
    4: _("the fourth in the month"),
    -1: _("the last in the month"),
}


class SeriesForm(PageForm):
    """A series, for starting and for changing it."""

    form = RadioField(
        _("Form"),
        [OneOf()],
        choices=[SelectChoice("individual", _("one person")), SelectChoice("group", _("a group"))],
        default="individual",
        validate_choice=False,
    )
    find = StringField(_("Find people by name"))
    member_ids = SelectMultipleField(_("Who takes part"), [SomeOf()], validate_choice=False)
    supervisor_id = SelectField(_("Supervisor"), [OneOf()], validate_choice=False)
    name = StringField(
        _("Name"), description=_("Useful for a group. Everybody who takes part sees it, so name no family.")
    )
    rhythm = RadioField(
        _("How often"),
        [OneOf()],
        choices=[
            SelectChoice("weekly", _("every week")),
            SelectChoice("2", _("every second week")),
            SelectChoice("3", _("every third week")),
            SelectChoice("monthly", _("every month")),
            SelectChoice("custom", _("another rhythm")),
        ],
        default="2",
        validate_choice=False,
    )
    start_date = DayField(
        _("First date"), description=_("The weekday of this date is the weekday of the supervision.")
    )
    interval = WholeField(_("Every how many"), default=4)
    unit = SelectField(
        _("Weeks or months"),
        [OneOf()],
        choices=[SelectChoice("weeks", _("weeks")), SelectChoice("months", _("months"))],
        validate_choice=False,
    )
    weekdays = SelectMultipleField(
        _("On these days"),
        description=_("Choose none, and it is the weekday of the first date."),
        validate_choice=False,
    )
    ordinal = SelectField(
        _("When it counts months"),
        [OneOf()],
        choices=[SelectChoice(str(nth), text) for nth, text in ORDINAL_WORDS.items()],
        validate_choice=False,
    )
    local_time = ClockField(_("Time of day"), default="10:00")
    minutes = WholeField(_("How many minutes"), default=60)
    place = StringField(_("Place"), description=_("A room or an address."))
    video_link = StringField(
        _("Link to a video meeting"),
        description=_("Begins with https://. Leave it empty when you meet in person."),
    )
    compulsory = BooleanField(_("Everybody is expected to take part"), default=True)
    mix_case = WholeField(FOCUS_WORDS["case"], default=50)
    mix_strain = WholeField(FOCUS_WORDS["strain"], default=25)
    mix_role = WholeField(FOCUS_WORDS["role"], default=25)
    mix_practical = WholeField(FOCUS_WORDS["practical"], default=0)
    mix_other = WholeField(FOCUS_WORDS["other"], default=0)
    previewed = HiddenField()

    def rule(self) -> Rule | None:
        """The rule that was chosen; None, with the reason at its field, when it makes none."""
        start = self.start_date.day
        if start is None:
            return None
        try:
            return rule_for(
                Rhythm(self.rhythm.data),
                start,
                interval=self.interval.data or 0,
                unit=Unit(self.unit.data),
                weekdays=tuple(day for day in WEEKDAYS if day in (self.weekdays.data or ())),
                ordinal=int(self.ordinal.data or 0),  # a form that was not made by our page may lack it
            )
        except (RuleUnreadable, ValueError):
            message = gettext("Choose a number from %(least)s to %(most)s.", least=1, most=LONGEST_INTERVAL)
            self.interval.errors = [*self.interval.errors, message]
            return None

    def plan(self) -> SeriesPlan | None:
        """What was filled in, when all of it can be read. Shows what cannot at its field."""
        valid, rule = self.validate(), self.rule()
        start, clock = self.start_date.day, self.local_time.clock
        if not valid or rule is None or start is None or clock is None:
            return None
        return SeriesPlan(
            form=Form(self.form.data),
            supervisor_id=self.supervisor_id.data,
            member_ids=frozenset(self.member_ids.data or ()),
            rule=rule,
            start_date=start,
            local_time=clock,
            minutes=self.minutes.data or 0,
            name=(self.name.data or "").strip(),
            place=(self.place.data or "").strip(),
            video_link=(self.video_link.data or "").strip(),
            compulsory=self.compulsory.data,
            mix={area: self[f"mix_{area}"].data for area in FOCUS_AREAS},
        )

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Put the action's codes, in words, at their fields."""
        for name, code in problems.items():
            field = self["mix_case" if name == "mix" else name]
            field.errors = [*field.errors, problem_in_words(code)]

    def validate_minutes(self, field: WholeField) -> None:
        if field.data is not None and not SHORTEST <= field.data <= LONGEST:
            raise ValidationError(problem_in_words("minutes_out_of_range"))


def filled_from(series: Series, next_date: date) -> dict[str, Any]:
    """The form's values for a series. `next_date` is the day from which a change would count."""
    values = {
        "form": series.form,
        "member_ids": sorted(series.member_ids),
        "supervisor_id": series.supervisor_id,
        "name": series.name or "",
        "start_date": next_date.isoformat(),
        "local_time": series.local_time,
        "minutes": series.minutes,
        "place": series.place,
        "video_link": series.video_link,
        "compulsory": series.compulsory,
    }
    return values | _filled_rhythm(read_rule(series.rule), next_date) | _filled_mix(series)


def _filled_rhythm(rule: Rule, next_date: date) -> dict[str, Any]:
    values = {
        "rhythm": rule.rhythm.value,
        "interval": rule.interval,
        "unit": rule.unit.value,
        "weekdays": list(rule.weekdays),
        "ordinal": str(rule.ordinal),
    }
    # The last Thursday of a month may be the fourth one: then only the long form says which is meant.
    if rule.rhythm is not Rhythm.CUSTOM and rule_for(rule.rhythm, next_date) != rule:
        values["rhythm"] = Rhythm.CUSTOM.value
    if values["rhythm"] != Rhythm.CUSTOM:
        values |= {"interval": 4, "unit": Unit.WEEKS.value, "weekdays": [], "ordinal": "0"}
    return values


def _filled_mix(series: Series) -> dict[str, int]:
    return {f"mix_{area}": share for area, share in series.mix.items()}


def people_choices(people: Iterable[tuple[str, str]], find: str, chosen: Iterable[str]) -> list[SelectChoice]:
    """Those already chosen first, so that none is lost by searching or out of sight; then whose name fits."""
    words, chosen = find.casefold().split(), set(chosen)
    fitting = [(id_, name) for id_, name in people if all(word in name.casefold() for word in words)]
    first = [(id_, name) for id_, name in people if id_ in chosen]
    return [SelectChoice(id_, name) for id_, name in first + [one for one in fitting if one[0] not in chosen]]


# --- sessions and weeks -------------------------------------------------------------------------------------


class MoveForm(PageForm):
    """Another time for one session."""

    day = DayField(_("New date"))
    clock = ClockField(_("New time"))
    confirmed = HiddenField()


class EndForm(PageForm):
    """Nothing but the wish to end."""


class QuietWeeksForm(PageForm):
    """The weeks of one year without supervision."""

    weeks = SelectMultipleField(_("Weeks without supervision"), validate_choice=False)
