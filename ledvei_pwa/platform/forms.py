"""What the forms of all pages have in common."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm

from ledvei_pwa.platform.i18n import FormTexts


class PageForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A form of a server-rendered page, whose problems are told in the reader's language."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def get_translations(self, _form: Any) -> FormTexts:
            return FormTexts()
