"""The forms of sign-in and of the leaders' pages. Every text says what to do."""

from __future__ import annotations

from wtforms import (
    DateField,
    EmailField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import DataRequired, EqualTo, InputRequired, Length, Optional, Regexp

from ledvei_pwa.features.people import rules
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.platform.forms import PageForm
from ledvei_pwa.platform.i18n import LazyText, lazy_gettext
from ledvei_pwa.platform.passwords import tidy_password

# Each in itself: one need not read the other language to find one's own.
LANGUAGE_NAMES = (("nb", "Bokmål"), ("nn", "Nynorsk"))
ROLE_NAMES = {
    Role.CASEWORKER: lazy_gettext("Caseworker"),
    Role.SUPERVISOR: lazy_gettext("Supervisor"),
    Role.EXTERNAL_SUPERVISOR: lazy_gettext("External supervisor"),
    Role.TEAM_LEADER: lazy_gettext("Team leader"),
    Role.SERVICE_LEADER: lazy_gettext("Service leader"),
    Role.ADMINISTRATOR: lazy_gettext("Administrator"),
}
LANGUAGE_CHOICES = [SelectChoice(code, name) for code, name in LANGUAGE_NAMES]
# WTForms' own answers to what only a broken form can send; named here so that they are translated.
OF_WTFORMS = (lazy_gettext("Not a valid choice."), lazy_gettext("Not a valid date value."))

_WRITE_NAME = lazy_gettext("Write a name.")
WRITE_PASSWORD = lazy_gettext("Write your password.")
WRITE_CODE = lazy_gettext("Write the code.")
# Said after the lists have been looked at: a form knows neither them nor the person.
EASY_PASSWORD = lazy_gettext(
    "This password is one of the first that others would try. "
    "Take four words that have nothing to do with each other, and nothing with you."
)
# Enough to catch a slip. Whether the address is somebody's only the person knows.
_LOOKS_LIKE_EMAIL = Regexp(
    r"^\s*[^@\s]+@[^@\s]+\.[^@\s.]+\s*$",
    message=lazy_gettext("Write the whole address, like name@example.org."),
)


def _is_seen(_form: PageForm, field: StringField) -> None:
    if rules.has_unseen_signs((field.data or "").strip()):
        raise ValidationError(lazy_gettext("There is a sign here that cannot be seen. Write it by hand."))


_NAME_TOO_LONG = lazy_gettext("Write at most %(max)d characters.")


class ConfirmForm(PageForm):
    """A button that changes something, and nothing to fill in."""


class LanguageForm(PageForm):
    language = SelectField(choices=LANGUAGE_CHOICES)
    onward = HiddenField()


def code_field(label: LazyText, description: LazyText, *, is_required: bool = True) -> StringField:
    """For a code that is read from somewhere else."""
    required = [DataRequired(WRITE_CODE)] if is_required else []
    return StringField(
        label,
        description=description,
        validators=[*required, Length(max=60)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class SignInForm(PageForm):
    email = EmailField(
        lazy_gettext("E-mail"),
        validators=[DataRequired(lazy_gettext("Write your e-mail address.")), Length(max=254)],
        # "webauthn": the browser offers passkeys in the same list as addresses.
        render_kw={"autocomplete": "username webauthn", "inputmode": "email"},
    )
    password = PasswordField(
        lazy_gettext("Password"),
        validators=[DataRequired(WRITE_PASSWORD), Length(max=1000)],
        render_kw={"autocomplete": "current-password"},
    )
    # On the same page: with a slow line every page costs.
    code = code_field(
        lazy_gettext("Code"),
        lazy_gettext("Six digits from your code app, if you use one."),
        is_required=False,
    )
    next = HiddenField()


class CodeForm(PageForm):
    """A code from the code app or, in the same field, a recovery code: both are digits."""

    code = code_field(
        lazy_gettext("Code"), lazy_gettext("Six digits from your code app. A recovery code works too.")
    )


class ProofForm(PageForm):
    """Who it is, once more. Which fields are asked for depends on what the person has."""

    password = PasswordField(
        lazy_gettext("Password"),
        validators=[Length(max=1000)],
        render_kw={"autocomplete": "current-password"},
    )
    code = code_field(
        lazy_gettext("Code"),
        lazy_gettext("Six digits from your code app. A recovery code works too."),
        is_required=False,
    )


class RecoveryForm(PageForm):
    email = EmailField(
        lazy_gettext("E-mail"),
        validators=[DataRequired(lazy_gettext("Write your e-mail address.")), Length(max=254)],
        render_kw={"autocomplete": "username", "inputmode": "email"},
    )
    code = StringField(
        lazy_gettext("Recovery code"),
        description=lazy_gettext("One of the codes you got when you started, and have not used yet."),
        validators=[DataRequired(WRITE_CODE), Length(max=60)],
        render_kw={"autocomplete": "off", "inputmode": "numeric"},
    )
    password = PasswordField(
        lazy_gettext("Password, if you have one"),
        validators=[Length(max=1000)],
        render_kw={"autocomplete": "current-password"},
    )


class EarlierForm(PageForm):
    """Something that the account knew before somebody came back to it by a link."""

    code = code_field(
        lazy_gettext("Recovery code, or a code from your earlier code app"),
        lazy_gettext("A recovery code is enough alone. With a code from the app, write the password too."),
    )
    password = PasswordField(
        lazy_gettext("Your earlier password, if the code is from the app"),
        validators=[Length(max=1000)],
        render_kw={"autocomplete": "current-password"},
    )


class FirstCodeForm(PageForm):
    """The first code of an app that has just been told the secret in `state`."""

    code = code_field(
        lazy_gettext("The code the app shows now"),
        lazy_gettext("Six digits. There is a new one every half minute."),
    )
    state = HiddenField()


class PasskeyNameForm(PageForm):
    name = StringField(
        lazy_gettext("Name of the passkey"),
        description=lazy_gettext("So that you know it again, like “My phone”."),
        validators=[DataRequired(_WRITE_NAME), Length(max=80, message=_NAME_TOO_LONG)],
        render_kw={"autocomplete": "off"},
    )


class PasswordForm(PageForm):
    password = PasswordField(
        lazy_gettext("Password"),
        description=lazy_gettext(
            "At least %(least)d characters. Four ordinary words make a good one.", least=rules.PASSWORD_MIN
        ),
        validators=[DataRequired(lazy_gettext("Choose a password."))],
        render_kw={"autocomplete": "new-password"},
    )
    password_again = PasswordField(
        lazy_gettext("The same password once more"),
        validators=[EqualTo("password", lazy_gettext("The two passwords differ. Write the same one twice."))],
        render_kw={"autocomplete": "new-password"},
    )

    def validate_password(self, field: PasswordField) -> None:
        length = len(tidy_password(field.data or ""))
        if length < rules.PASSWORD_MIN:
            raise ValidationError(
                lazy_gettext(
                    "This password is too short. Use at least %(least)d characters.", least=rules.PASSWORD_MIN
                )
            )
        if length > rules.PASSWORD_MAX:
            raise ValidationError(
                lazy_gettext(
                    "This password is too long. Use at most %(most)d characters.", most=rules.PASSWORD_MAX
                )
            )


class AcceptForm(PasswordForm):
    language = RadioField(
        lazy_gettext("Which language do you want?"),
        choices=LANGUAGE_CHOICES,
        validators=[InputRequired(lazy_gettext("Choose a language."))],
    )


class InviteForm(PageForm):
    name = StringField(
        lazy_gettext("Name"),
        validators=[DataRequired(_WRITE_NAME), Length(max=200, message=_NAME_TOO_LONG), _is_seen],
        render_kw={"autocomplete": "off"},
    )
    email = EmailField(
        lazy_gettext("E-mail"),
        description=lazy_gettext("The address the person will sign in with. Ledvei sends nothing to it."),
        validators=[
            DataRequired(lazy_gettext("Write an e-mail address.")),
            _LOOKS_LIKE_EMAIL,
            _is_seen,
            Length(max=254, message=_NAME_TOO_LONG),
        ],
        render_kw={"autocomplete": "off", "inputmode": "email"},
    )
    roles = SelectMultipleField(
        lazy_gettext("Roles"), validators=[DataRequired(lazy_gettext("Choose at least one role."))]
    )
    team = SelectField(lazy_gettext("Team"), validators=[Optional()])
    language = RadioField(
        lazy_gettext("Language"),
        description=lazy_gettext("The person can change it."),
        choices=LANGUAGE_CHOICES,
        validators=[InputRequired(lazy_gettext("Choose a language."))],
    )


class RoleForm(PageForm):
    role = SelectField(lazy_gettext("Role"))
    team = SelectField(lazy_gettext("Team"), validators=[Optional()])
    from_date = DateField(
        lazy_gettext("From"), validators=[DataRequired(lazy_gettext("Choose the day it begins."))]
    )


class EndRoleForm(PageForm):
    to_date = DateField(
        lazy_gettext("First day without the role"),
        validators=[DataRequired(lazy_gettext("Choose the first day without the role."))],
    )


class PersonForm(PageForm):
    name = StringField(
        lazy_gettext("Name"),
        validators=[DataRequired(_WRITE_NAME), Length(max=200, message=_NAME_TOO_LONG), _is_seen],
        render_kw={"autocomplete": "off"},
    )
    email = EmailField(
        lazy_gettext("E-mail"),
        validators=[
            DataRequired(lazy_gettext("Write an e-mail address.")),
            _LOOKS_LIKE_EMAIL,
            _is_seen,
            Length(max=254, message=_NAME_TOO_LONG),
        ],
        render_kw={"autocomplete": "off", "inputmode": "email"},
    )


class TeamForm(PageForm):
    name = StringField(
        lazy_gettext("Name of the team"),
        validators=[DataRequired(_WRITE_NAME), Length(max=200, message=_NAME_TOO_LONG), _is_seen],
    )


class ServiceForm(PageForm):
    name = StringField(
        lazy_gettext("Name of the service"),
        validators=[DataRequired(_WRITE_NAME), Length(max=200, message=_NAME_TOO_LONG), _is_seen],
    )
    language = RadioField(
        lazy_gettext("Language for those who have not chosen"),
        choices=LANGUAGE_CHOICES,
        validators=[InputRequired(lazy_gettext("Choose a language."))],
    )
    lock_minutes = SelectField(
        lazy_gettext("Minutes without use before Ledvei locks itself"),
        description=lazy_gettext("Short is safer where others can pick up the phone."),
        choices=[SelectChoice(str(number)) for number in rules.LOCK_MINUTES],
        coerce=int,
    )
    kept_weeks = SelectField(
        lazy_gettext("Weeks back that are kept on each device"),
        description=lazy_gettext("Older texts stay on the server. The device holds only what is needed."),
        choices=[SelectChoice(str(number)) for number in rules.KEPT_WEEKS],
        coerce=int,
    )
