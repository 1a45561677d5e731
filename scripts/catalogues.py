"""Gather the texts of Python, templates and scripts into translations/, and compile what is translated.

python scripts/catalogues.py            gather, bring nb and nn up to date, compile, say what is missing
python scripts/catalogues.py --check    change nothing; fail when the gathered texts are not the written ones
python scripts/catalogues.py --compile  only compile
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "translations"
TEMPLATE = FOLDER / "messages.pot"
LANGUAGES = ("nb", "nn")
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2"), ("static/js/**.js", "javascript")]
OPTIONS = {
    "templates/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"},
    "static/js/**.js": {"parse_template_string": "true"},  # `… ${t("…")}` too
}
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "t": None, "tn": (1, 2)}
HEADER = "# Texts of Ledvei. The message ids are English; nb and nn are both complete in every commit.\n#"


def main() -> None:
    if "--compile" in sys.argv:
        compile_all()
        return
    gathered = gather()
    if "--check" in sys.argv:
        raise SystemExit(check(gathered))
    write(TEMPLATE, gathered)
    for language in LANGUAGES:
        update(language, gathered)
    compile_all()


def gather() -> Catalog:
    """All texts, with the files where they stand but not the lines, which move too often."""
    catalog = new_catalog()
    package = ROOT / "ledvei_pwa"
    for place, _line, message, comments, _context in extract_from_dir(
        str(package), METHODS, OPTIONS, KEYWORDS, comment_tags=("translators:",), strip_comment_tags=True
    ):
        if not place.startswith("static/vendor/"):
            catalog.add(message, locations=[(f"ledvei_pwa/{place}", None)], auto_comments=comments)
    return catalog


def new_catalog(language: str | None = None) -> Catalog:
    return Catalog(locale=language, project="Ledvei", version="1", fuzzy=False, header_comment=HEADER)


def path_of(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    path = path_of(language)
    if not path.exists():
        return new_catalog(language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update(language: str, gathered: Catalog) -> None:
    """Keep what is translated, add what is new, drop what is gone. Never guess: a near match helps nobody."""
    catalog = read(language)
    catalog.header_comment = HEADER
    catalog.update(gathered, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    write(path_of(language), catalog)
    missing = missing_in(catalog)
    print(f"{language}: {len(catalog)} texts, {len(missing)} without translation")


def missing_in(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id and not all(strings_of(message))]


def strings_of(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


def write(path: Path, catalog: Catalog) -> None:
    content = as_text(catalog)
    if not path.exists() or path.read_text(encoding="utf-8") != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def as_text(catalog: Catalog) -> str:
    """Sorted by text, without dates: two who add texts at the same time change different lines."""
    content = BytesIO()
    write_po(content, catalog, width=110, sort_output=True, include_lineno=False, ignore_obsolete=True)
    dated = (
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Report-Msgid",
        "Generated-By",
    )
    lines = content.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(tuple(f'"{name}' for name in dated)))


def check(gathered: Catalog) -> int:
    """0 when translations/ holds exactly the texts of the code, all of them in both languages."""
    problems = (
        [] if TEMPLATE.exists() and TEMPLATE.read_text() == as_text(gathered) else ["messages.pot is stale"]
    )
    ids = {message.id for message in gathered if message.id}
    for language in LANGUAGES:
        catalog = read(language)
        if {message.id for message in catalog if message.id} != ids:
            problems.append(f"{language} does not hold the same texts as the code")
        problems += [f"{language} lacks: {message.id}" for message in missing_in(catalog)]
        problems += [
            f"{language} is unsure of: {message.id}" for message in catalog if message.id and message.fuzzy
        ]
    print("\n".join(problems) or "nb and nn are complete", "\nRun: make i18n" if problems else "")
    return 1 if problems else 0


def compile_all() -> None:
    for language in LANGUAGES:
        with path_of(language).with_suffix(".mo").open("wb") as file:
            write_mo(file, read(language))


if __name__ == "__main__":
    main()
