"""Languages: plain Babel over gettext catalogues. English message ids, nb and nn as the two languages shown.

A request speaks the language of the signed-in person, else of the cookie, else of the browser, else of the
service. Outside a request (`with speaking("nn"):`) the caller says which.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from functools import lru_cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Literal, cast
from zoneinfo import ZoneInfo

import babel.dates
import babel.numbers
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, g, has_request_context, request
from markupsafe import Markup
from wtforms.meta import DefaultMeta

from ledvei_pwa.platform.assets import STATIC, find_folder
from ledvei_pwa.platform.registry import house

Language = Literal["nb", "nn"]
LANGUAGES: Final[tuple[Language, ...]] = ("nb", "nn")
DEFAULT: Final[Language] = "nb"
COOKIE: Final = "ledvei_language"
OSLO: Final = ZoneInfo("Europe/Oslo")
DOMAIN: Final = "messages"
SCRIPT_KEYWORDS: Final = {"t": None, "tn": (1, 2)}  # what the pages' scripts call; see js/ui/i18n.js

_spoken: ContextVar[Language | None] = ContextVar("spoken_language", default=None)


class LanguageBroken(Exception):
    """A catalogue is missing or cannot be read. The app does not start without both languages."""


# --- which language ---------------------------------------------------------------------------------------


def current_language() -> Language:
    """The language of this request or of the enclosing `speaking(…)`; bokmål outside both."""
    spoken = _spoken.get()
    if spoken:
        return spoken
    if not has_request_context():
        return DEFAULT
    if "language" not in g:
        g.language = negotiate()
    return cast("Language", g.language)


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """Speak one language for a while: for reminders, and for shells whose address names the language."""
    token = _spoken.set(as_language(language) or DEFAULT)
    try:
        yield
    finally:
        _spoken.reset(token)


def as_language(code: str | None) -> Language | None:
    """`nb` or `nn` for every way to write them. Babel's own negotiation knows neither "no" nor "nb-NO"."""
    first = (code or "").replace("_", "-").split("-")[0].lower()
    if first == "nn":
        return "nn"
    return "nb" if first in {"nb", "no"} else None


def negotiate() -> Language:
    """The first of the sources that names one of our languages."""
    sources = _sources()
    return next(filter(None, (as_language(source()) for source in sources)), DEFAULT)


def _sources() -> tuple[Callable[[], str | None], ...]:
    wired = _wired()
    return (wired["person"], _cookie, _browser, wired["service"])


def spoken_by_browser() -> Language:
    """What can be known of it without the database."""
    return as_language(_cookie()) or as_language(_browser()) or DEFAULT


def _cookie() -> str | None:
    return request.cookies.get(cookie_name())


def cookie_name() -> str:
    """Of the language that this browser speaks; bound to this host where there is https."""
    return "__Host-ledvei-language" if house().settings.https else COOKIE


def _browser() -> str | None:
    """The most wanted of the browser's languages that is one of ours, in either spelling."""
    return next((code for code in request.accept_languages.values() if as_language(code)), None)


def _wired() -> Mapping[str, Callable[[], str | None]]:
    from flask import current_app

    return cast("Mapping[str, Callable[[], str | None]]", current_app.extensions["ledvei_languages"])


def forget_language() -> None:
    """Ask again, after sign-in or a change of language in the middle of a request."""
    g.pop("language", None)


# --- texts ------------------------------------------------------------------------------------------------


def gettext(message: str, **values: Any) -> str:
    """The text in the current language. `%(name)s` is filled only when values are given."""
    text = load_catalogue(current_language()).gettext(message)
    return str(text % values) if values else text


def ngettext(singular: str, plural: str, count: int, **values: Any) -> str:
    """Singular or plural by `count`, which is also the value `%(count)s`."""
    text = load_catalogue(current_language()).ngettext(singular, plural, count)
    return text % {"count": count, **values}


class LazyText:
    """A text that is looked up each time it is shown: for labels made when a module is read."""

    def __init__(self, message: str, values: Mapping[str, Any]) -> None:
        self.message = message
        self.values = dict(values)

    def __str__(self) -> str:
        return gettext(self.message, **self.values)

    def __html__(self) -> str:
        return str(Markup.escape(str(self)))

    def __mod__(self, values: Any) -> str:
        return str(str(self) % values)

    def __add__(self, other: str) -> str:
        return str(self) + other

    def __radd__(self, other: str) -> str:
        return other + str(self)

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(self.message)

    def __bool__(self) -> bool:
        return bool(self.message)

    def __len__(self) -> int:
        return len(str(self))

    def __repr__(self) -> str:
        return f"LazyText({self.message!r})"


def lazy_gettext(message: str, **values: Any) -> LazyText:
    return LazyText(message, values)


class FormTexts:
    """What WTForms asks for its own messages: it has no nynorsk, so they go through our catalogues."""

    def gettext(self, message: str) -> str:
        return gettext(message)

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        return load_catalogue(current_language()).ngettext(singular, plural, count)


# --- catalogues -------------------------------------------------------------------------------------------


@lru_cache(maxsize=len(LANGUAGES))
def load_catalogue(language: Language) -> GNUTranslations:
    """The compiled catalogue, or the `.po` compiled in memory when it is newer. Raises `LanguageBroken`."""
    folder = find_folder("translations") / language / "LC_MESSAGES"
    source, compiled = folder / f"{DOMAIN}.po", folder / f"{DOMAIN}.mo"
    try:
        return GNUTranslations(BytesIO(read_catalogue(source, compiled)))
    except (OSError, ValueError) as broken:
        raise LanguageBroken(f"The texts in {language} cannot be read ({broken}). Run: make i18n") from broken


def read_catalogue(source: Path, compiled: Path) -> bytes:
    if compiled.is_file() and (not source.is_file() or compiled.stat().st_mtime >= source.stat().st_mtime):
        return compiled.read_bytes()
    content = BytesIO()
    with source.open("rb") as file:
        write_mo(content, read_po(file))
    return content.getvalue()


def catalogue_for_scripts(
    language: str, scripts: Collection[str] | None = None
) -> dict[str, str | list[str]]:
    """All that the pages' scripts may say, by message id; a list of plural forms where the script counts.

    With `scripts`, paths below static/, only what these say.
    """
    catalogue = load_catalogue(as_language(language) or DEFAULT)
    texts: dict[str, str | list[str]] = {}
    for message, places in messages_in_scripts().items():
        if scripts is not None and places.isdisjoint(scripts):
            continue
        if isinstance(message, str):
            texts[message] = catalogue.gettext(message)
        else:
            texts[message[0]] = [catalogue.ngettext(*message, count) for count in (1, 2)]
    return texts


@lru_cache(maxsize=1)
def messages_in_scripts() -> dict[str | tuple[str, str], set[str]]:
    """Each message with the scripts that say it. Read from the scripts themselves, so it is never stale."""
    found = extract_from_dir(
        str(STATIC),
        method_map=[("js/**.js", "javascript")],
        options_map={"js/**.js": {"parse_template_string": "true"}},  # `… ${t("…")}` too
        keywords=SCRIPT_KEYWORDS,
        strip_comment_tags=True,
    )
    messages: dict[str | tuple[str, str], set[str]] = {}
    for script, _, message, _, _ in sorted(found, key=lambda each: str(each[2])):
        key = message if isinstance(message, str) else cast("tuple[str, str]", tuple(message[:2]))
        messages.setdefault(key, set()).add(script)
    return messages


# --- dates and numbers ------------------------------------------------------------------------------------


def in_oslo(moment: datetime) -> datetime:
    """An aware moment as Norwegian wall-clock time. Raises `ValueError` on a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(OSLO)


def format_date(day: date | datetime, format: str = "long") -> str:
    """`21. november 2026`; `short` to `full`, or a pattern of CLDR (unicode.org/reports/tr35)."""
    shown = in_oslo(day).date() if isinstance(day, datetime) else day
    return babel.dates.format_date(shown, format, locale=current_language())


def format_time(moment: datetime | time) -> str:
    """`10.00`, in Oslo."""
    shown = in_oslo(moment).time() if isinstance(moment, datetime) else moment
    return shown.strftime("%H.%M")


def format_datetime(moment: datetime) -> str:
    """`lørdag 21. november kl. 10.00`, in Oslo; with the year when it is not this year."""
    shown = in_oslo(moment)
    pattern = "EEEE d. MMMM" if shown.year == datetime.now(OSLO).year else "EEEE d. MMMM y"
    return f"{babel.dates.format_date(shown, pattern, locale=current_language())} kl. {shown:%H.%M}"


def format_relative(moment: datetime, *, now: datetime | None = None) -> str:
    """`for 3 timer siden`, `om 2 dager`."""
    difference = moment - (now or datetime.now(UTC))
    return babel.dates.format_timedelta(difference, add_direction=True, locale=current_language())


def format_number(number: int | float) -> str:
    return babel.numbers.format_decimal(number, locale=current_language())


# --- the app ----------------------------------------------------------------------------------------------


def _nobody() -> str | None:
    return None


def init_app(
    app: Flask,
    *,
    person: Callable[[], str | None] = _nobody,
    service: Callable[[], str | None] = _nobody,
) -> None:
    """`person()` and `service()` answer a language or None; refuses to start when a language is broken."""
    for language in LANGUAGES:
        load_catalogue(language)
    app.extensions["ledvei_languages"] = {"person": person, "service": service}
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda message: load_catalogue(current_language()).gettext(message),
        lambda one, many, count: load_catalogue(current_language()).ngettext(one, many, count),
        newstyle=True,
    )
    app.jinja_env.globals.update(current_language=current_language, languages=LANGUAGES)
    app.jinja_env.filters.update(
        date=format_date,
        time=format_time,
        moment=format_datetime,
        relative=format_relative,
        number=format_number,
    )
    app.before_request(forget_language)
    app.after_request(name_the_language)
    # For WTForms of all kinds, Flask's or not: its own catalogues lack nynorsk.
    DefaultMeta.get_translations = lambda _meta, _form: FormTexts()


def name_the_language(response: Any) -> Any:
    # Whose language it is lies in a cookie, and is not asked for a page that has named its own.
    if response.mimetype == "text/html" and "Content-Language" not in response.headers:
        response.headers["Content-Language"] = current_language()
    return response
