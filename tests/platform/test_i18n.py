"""Languages: who decides, how each is written, and what the scripts get."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po
from flask import Flask
from wtforms import Form, StringField
from wtforms.validators import InputRequired

from ledvei_pwa.platform import i18n

pytestmark = pytest.mark.one_database
TEXTS = {
    "nb": {"Hello %(name)s": "Hei %(name)s", "This field is required.": "Dette må fylles ut."},
    "nn": {"Hello %(name)s": "God dag %(name)s", "This field is required.": "Dette må fyllast ut."},
}


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small catalogues of our own, so that no translation decides what is tested."""
    made = {language: GNUTranslations(BytesIO(compiled(language))) for language in TEXTS}
    monkeypatch.setattr(i18n, "load_catalogue", made.__getitem__)


def catalog(language: str) -> Catalog:
    made = Catalog(locale=language)
    for message, text in TEXTS[language].items():
        made.add(message, text)
    made.add(
        ("%(count)s topic", "%(count)s topics"),
        ("%(count)s tema", "%(count)s temaer" if language == "nb" else "%(count)s tema"),
    )
    return made


def compiled(language: str) -> bytes:
    content = BytesIO()
    write_mo(content, catalog(language))
    return content.getvalue()


@pytest.fixture
def negotiated(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str | None]]:
    """What the signed-in person and the service have chosen."""
    chosen: dict[str, str | None] = {"person": None, "service": None}
    sources = {name: (lambda name=name: chosen[name]) for name in chosen}
    monkeypatch.setitem(app.extensions, "ledvei_languages", sources)
    return chosen


def spoken(app: Flask, cookie: str = "", accept: str = "") -> str:
    headers = {"Accept-Language": accept} if accept else {}
    if cookie:
        headers["Cookie"] = f"{i18n.COOKIE}={cookie}"
    with app.test_request_context("/", headers=headers):
        i18n.forget_language()
        return i18n.current_language()


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("nb", "nb"),
        ("no", "nb"),
        ("nb-NO", "nb"),
        ("nb_NO", "nb"),
        ("no-NO", "nb"),
        ("NN-no", "nn"),
        ("en", None),
        ("", None),
    ],
)
def test_norwegian_is_known_in_every_spelling(code: str, language: str | None) -> None:
    assert i18n.as_language(code) == language


def test_the_signed_in_person_decides_first(app: Flask, negotiated: dict[str, str | None]) -> None:
    negotiated |= {"person": "nn", "service": "nb"}
    assert spoken(app, cookie="nb", accept="nb") == "nn"


def test_then_the_cookie(app: Flask, negotiated: dict[str, str | None]) -> None:
    negotiated |= {"service": "nb"}
    assert spoken(app, cookie="nn", accept="nb") == "nn"


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("nn-NO,nb;q=0.8", "nn"),
        ("no", "nb"),
        ("nb-NO", "nb"),
        ("en-GB,nn;q=0.5", "nn"),
        ("da,no;q=0.4,nn;q=0.2", "nb"),
    ],
)
def test_then_the_browser(app: Flask, negotiated: dict[str, str | None], accept: str, language: str) -> None:
    assert spoken(app, accept=accept) == language


def test_then_the_service(app: Flask, negotiated: dict[str, str | None]) -> None:
    negotiated |= {"service": "nn"}
    assert spoken(app, accept="en-GB") == "nn"


def test_bokmål_when_nobody_says(app: Flask, negotiated: dict[str, str | None]) -> None:
    assert spoken(app) == "nb"


def test_a_nonsense_cookie_is_passed_over(app: Flask, negotiated: dict[str, str | None]) -> None:
    assert spoken(app, cookie="<script>", accept="nn") == "nn"


def test_texts_are_in_the_language_spoken(texts: None) -> None:
    with i18n.speaking("nn"):
        assert i18n.gettext("Hello %(name)s", name="Åse") == "God dag Åse"


def test_speaking_ends_with_its_block(texts: None) -> None:
    with i18n.speaking("nn"):
        pass
    assert i18n.current_language() == "nb"


def test_a_lazy_text_is_looked_up_when_shown(texts: None) -> None:
    label = i18n.lazy_gettext("Hello %(name)s", name="Åse")
    with i18n.speaking("nb"):
        first = str(label)
    with i18n.speaking("nn"):
        assert (first, str(label)) == ("Hei Åse", "God dag Åse")


def test_a_lazy_text_is_escaped_in_a_template(app: Flask, texts: None) -> None:
    label = i18n.lazy_gettext("Hello %(name)s", name="<b>")
    assert app.jinja_env.from_string("{{ label }}").render(label=label) == "Hei &lt;b&gt;"


@pytest.mark.parametrize(("count", "text"), [(1, "1 tema"), (2, "2 temaer"), (0, "0 temaer")])
def test_counted_texts_follow_the_number(texts: None, count: int, text: str) -> None:
    assert i18n.ngettext("%(count)s topic", "%(count)s topics", count) == text


def test_wtforms_own_messages_come_in_nynorsk(app: Flask, texts: None) -> None:
    class Small(Form):
        name = StringField(validators=[InputRequired()])

    with i18n.speaking("nn"):
        form = Small()
        form.validate()
    assert form.name.errors == ["Dette må fyllast ut."]


def test_a_newer_source_wins_over_what_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "nb" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.mo").write_bytes(b"old")
    with (folder / "messages.po").open("wb") as file:
        write_po(file, catalog("nb"))
    newest = (folder / "messages.mo").stat().st_mtime + 10
    import os

    os.utime(folder / "messages.po", (newest, newest))
    monkeypatch.setattr(i18n, "find_folder", lambda _name: tmp_path)
    assert i18n.load_catalogue.__wrapped__("nb").gettext("Hello %(name)s") == "Hei %(name)s"


def test_a_missing_language_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "find_folder", lambda _name: tmp_path)
    with pytest.raises(i18n.LanguageBroken, match="make i18n"):
        i18n.load_catalogue.__wrapped__("nn")


def test_scripts_get_every_text_they_may_say(app: Flask) -> None:
    catalogue = i18n.catalogue_for_scripts("nn")
    assert set(catalogue) == {m if isinstance(m, str) else m[0] for m in i18n.messages_in_scripts()}
    assert len(catalogue) > 50


def test_counted_texts_of_scripts_have_both_forms(app: Flask) -> None:
    counted = [text for text in i18n.catalogue_for_scripts("nb").values() if isinstance(text, list)]
    assert counted
    assert all(len(forms) == 2 for forms in counted)


def test_a_moment_is_shown_as_norwegian_wall_clock_time() -> None:
    assert i18n.format_time(datetime(2026, 7, 1, 8, 0, tzinfo=UTC)) == "10.00"
    assert i18n.format_time(datetime(2026, 12, 1, 9, 0, tzinfo=UTC)) == "10.00"


def test_a_moment_late_in_the_evening_is_on_the_norwegian_day() -> None:
    with i18n.speaking("nb"):
        assert i18n.format_date(datetime(2026, 5, 16, 22, 30, tzinfo=UTC)) == "17. mai 2026"


def test_weekdays_differ_between_the_languages() -> None:
    saturday = date(2026, 11, 21)
    with i18n.speaking("nb"):
        bokmål = i18n.format_date(saturday, "EEEE")
    with i18n.speaking("nn"):
        assert (bokmål, i18n.format_date(saturday, "EEEE")) == ("lørdag", "laurdag")


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        i18n.format_time(datetime(2026, 1, 1, 10, 0))  # noqa: DTZ001 — the very mistake
