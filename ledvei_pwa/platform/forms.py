"""What the forms of all pages have in common."""

from __future__ import annotations

from typing import Any, Final

from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, PasswordField, StringField

from ledvei_pwa.kernel.identifiers import has_identity_number
from ledvei_pwa.platform.i18n import FormTexts
from ledvei_pwa.platform.i18n import gettext as _

CODE: Final = "one-time-code"  # what a field is filled with that is nobody's text


class PageForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A form of a server-rendered page, whose problems are told in the reader's language."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def get_translations(self, _form: Any) -> FormTexts:
            return FormTexts()

    def validate(self, extra_validators: Any = None) -> bool:
        """Also refuses a national identity number, in whatever is written (domain.md §8)."""
        is_valid: bool = super().validate(extra_validators)
        wrong = [field for field in self if _is_written(field) and has_identity_number(field.data or "")]
        for field in wrong:
            field.errors = [*field.errors, _("There is a national identity number here. Take it out.")]
        return is_valid and not wrong


def _is_written(field: Field) -> bool:
    is_text = isinstance(field, StringField) and not isinstance(field, (PasswordField, HiddenField))
    return is_text and (field.render_kw or {}).get("autocomplete") != CODE
