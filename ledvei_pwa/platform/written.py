"""What is written on a device: forms that are rendered in the shells and that validate what comes by sync.

Over the wire a field is text, a whole number, true, false or null. Nothing is coerced: "5" is not 5, and a
value of the wrong type is refused. A field that is not sent is not checked: an operation sets some fields.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, TypeGuard

from wtforms import BooleanField, Field, Form, IntegerField, RadioField, SelectChoice
from wtforms.validators import StopValidation, ValidationError

from ledvei_pwa.kernel.identifiers import has_identity_number
from ledvei_pwa.kernel.merge import FieldValue
from ledvei_pwa.platform.i18n import LazyText
from ledvei_pwa.platform.i18n import gettext as _

ID_PATTERN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)


class WrittenForm(Form):  # type: ignore[misc]  # WTForms has no types
    """The base of every entry kind's form."""

    class Meta:
        locales = False  # all messages are our own


class Choices(RadioField):  # type: ignore[misc]
    """One of some values, each text, a whole number or None. Rendered and checked as it is, never coerced."""

    def __init__(
        self,
        label: LazyText,
        choices: Sequence[tuple[FieldValue, LazyText]],
        validators: Sequence[Any] = (),
        **options: Any,
    ) -> None:
        super().__init__(
            label,
            list(validators),
            choices=[SelectChoice(value, text) for value, text in choices],
            coerce=as_it_is,
            **options,
        )

    @property
    def values(self) -> list[FieldValue]:
        return [choice.value for choice in self.choices]


def as_it_is(value: FieldValue) -> FieldValue:
    return value


class MostCharacters:
    """Text of at most `most` characters (Unicode code points)."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.field_flags = {"maxlength": most}

    def __call__(self, _form: Form, field: Field) -> None:
        if len(field.data or "") > self.most:
            raise ValidationError(
                _("This text is too long. There is room for %(most)s characters.", most=self.most)
            )


class WholeNumber:
    """From `least` to `most`, or nothing."""

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most
        self.field_flags = {"min": least, "max": most}

    def __call__(self, _form: Form, field: Field) -> None:
        if field.data is not None and not self.least <= field.data <= self.most:
            raise ValidationError(
                _("Choose a number from %(least)s to %(most)s.", least=self.least, most=self.most)
            )


class IsoDate:
    """A day as YYYY-MM-DD, or nothing."""

    def __call__(self, _form: Form, field: Field) -> None:
        if field.data and not is_iso_date(field.data):
            raise ValidationError(_("Write the date with day, month and year."))


class RefersTo:
    """The id of a `person`, `session` or `entry`, or nothing. Sync looks who may point at it."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __call__(self, _form: Form, field: Field) -> None:
        if field.data and not is_id(field.data):
            raise ValidationError(_("This choice is no longer there. Choose again."))


def is_id(value: object) -> TypeGuard[str]:
    """A UUID in lower case, of any version."""
    return isinstance(value, str) and ID_PATTERN.fullmatch(value) is not None


def is_iso_date(text: str) -> bool:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        return EARLIEST <= date.fromisoformat(text) <= LATEST
    except ValueError:
        return False


def unknown_fields(form: type[Form], names: Collection[str]) -> list[str]:
    """The names that the form does not have."""
    return sorted(set(names) - set(_blank(form)._fields))


def _blank(form: type[Form]) -> Form:
    """One that is only looked at: to make it takes longer than all that is asked of it."""
    if form not in _blanks:
        _blanks[form] = form()
    return _blanks[form]


_blanks: dict[type[Form], Form] = {}


def field_problems(form: type[Form], values: Mapping[str, FieldValue]) -> dict[str, str]:
    """What is wrong with the given fields, by name, in the current language. All names must be the form's."""
    written = form()
    problems: dict[str, str] = {}
    for name, value in values.items():
        problem = _problem(written, written[name], value)
        if problem:
            problems[name] = problem
    return problems


def references(form: type[Form]) -> dict[str, str]:
    """The fields that point at something else: what they point at, by name."""
    return {
        name: validator.what
        for name, field in _blank(form)._fields.items()
        for validator in field.validators
        if isinstance(validator, RefersTo)
    }


def _problem(form: Form, field: Field, value: FieldValue) -> str:
    if not _has_right_type(field, value):
        return _("This could not be read. Write it again.")
    if isinstance(field, Choices):
        return "" if _is_choice(field, value) else _("Choose one of these.")
    if isinstance(value, str) and not is_id(value) and has_identity_number(value):
        # domain.md §8: the server never takes one, whatever the device has let through.
        return _("There is a national identity number here. Take it out; «the boy, 9» is enough.")
    field.data = value
    field.raw_data = [] if value is None or value == "" else [value]
    for validator in field.validators:
        try:
            validator(form, field)
        except StopValidation as stop:  # says enough: Optional() without a text, InputRequired() with one
            return str(stop)
        except ValidationError as problem:
            return str(problem)
    return ""


def _has_right_type(field: Field, value: FieldValue) -> bool:
    if isinstance(field, Choices):
        return True  # the choices say it
    if isinstance(field, BooleanField):
        return type(value) is bool
    if isinstance(field, IntegerField):
        return value is None or type(value) is int
    return type(value) is str and is_plain_text(value)


def _is_choice(field: Choices, value: FieldValue) -> bool:
    """One of the choices, in type too. None and "" mean that nothing is chosen, unless one must be."""
    if any(type(value) is type(choice) and value == choice for choice in field.values):
        return True
    return (value is None or value == "") and not field.flags.required


def is_plain_text(text: str) -> bool:
    """No NUL, which no database keeps, and no half of a surrogate pair, which is no character."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
