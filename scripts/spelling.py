"""Read all that Ledvei says in bokmål and nynorsk, as a proof-reader would.

python scripts/spelling.py    say which words are unknown, never used by us, or needless in our own list

The texts: both catalogues, the guides in content/, the guide for those who run Ledvei in docs/, and what the
demo's people have written. The spelling is hunspell's with Debian's nb_NO and nn_NO; our own words stand in
translations/words-….txt with a reason each, and the words we never use in translations/glossary.md.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple

from babel.messages.pofile import read_po

ROOT: Final = Path(__file__).resolve().parent.parent
TRANSLATIONS: Final = ROOT / "translations"
CONTENT: Final = ROOT / "ledvei_pwa" / "content"
DOCS: Final = ROOT / "docs"
DEMO: Final = ROOT / "ledvei_pwa" / "cli" / "demo" / "words.json"
LANGUAGES: Final = ("nb", "nn")
COLUMNS: Final = {"nb": 3, "nn": 4}  # of the words never used, in the glossary's table
CODES: Final = {"focus", "want", "urgency", "need", "audience"}  # demo fields whose values are no words
# A placeholder with what is grown together with it, such as the ending of «%(day)sen».
PLACEHOLDER: Final = re.compile(r"\w*%\(\w+\)[sd]\w*")
TYPED: Final = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
NOT_WORDS: Final = re.compile(r"https?://\S*|\S+@\S+|<[^>]*>|&\w+;|^(?:title|summary):", re.MULTILINE)
WORD: Final = re.compile(r"[^\W\d_]+")
QUOTED: Final = re.compile(r"«([^»]*)»")


class Text(NamedTuple):
    """Something that is said, and where it stands."""

    place: str
    words: str


# --- what is read -------------------------------------------------------------------------------------------


def texts_in(language: str) -> list[Text]:
    texts = (catalogue_texts(language), guide_texts(language), document_texts(language), demo_texts(language))
    return list(chain.from_iterable(texts))


def catalogue_texts(language: str) -> Iterator[Text]:
    path = TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    for message in catalogue:
        if message.id:
            forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
            yield from (Text(f"{language}: {message.id}", form or "") for form in forms)


def guide_texts(language: str) -> Iterator[Text]:
    for path in sorted((CONTENT / language).rglob("*.html")):
        yield Text(f"content/{path.relative_to(CONTENT)}", path.read_text(encoding="utf-8"))


def document_texts(language: str) -> Iterator[Text]:
    """Documents are named such as drift.nn.md. What is typed and what Ledvei answers is no prose."""
    for path in sorted(DOCS.glob(f"*.{language}.md")):
        yield Text(f"docs/{path.name}", TYPED.sub("`", path.read_text(encoding="utf-8")))


def demo_texts(language: str) -> Iterator[Text]:
    return _demo_texts(json.loads(DEMO.read_text(encoding="utf-8")), language)


def _demo_texts(value: Any, language: str) -> Iterator[Text]:
    if isinstance(value, str):
        yield Text(DEMO.name, value)
    elif isinstance(value, list):
        for item in value:
            yield from _demo_texts(item, language)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in CODES and key not in set(LANGUAGES) - {language}:
                yield from _demo_texts(item, language)


# --- spelling -----------------------------------------------------------------------------------------------


def unknown_words(texts: Iterable[Text], language: str) -> dict[str, str]:
    """The words that neither hunspell nor our own list knows, and where each stands."""
    ours = set(our_words(language))
    found = words_of(texts, labels(language))
    asked = {word: place for word, place in found.items() if word.lower() not in ours}
    return {word: asked[word] for word in misspelt(asked, language)}


def needless_words(texts: Iterable[Text], language: str) -> list[str]:
    """Words of our own list that no text uses, or that hunspell knows by now."""
    used = {word.lower() for word in words_of(texts, labels(language))}
    unknown = {word.lower() for word in misspelt(our_words(language, as_written=True), language)}
    return sorted(word for word in our_words(language) if word not in used or word not in unknown)


def words_of(texts: Iterable[Text], quoted: Iterable[str] = ()) -> dict[str, str]:
    """Every word once, with the first place it stands. `quoted`: others' labels, passed over in «…»."""
    places: dict[str, str] = {}
    labels_of_others = set(quoted)
    for place, words in texts:
        own = QUOTED.sub(lambda match: " " if match[1] in labels_of_others else match[0], words)
        for word in WORD.findall(NOT_WORDS.sub(" ", PLACEHOLDER.sub(" ", own))):
            places.setdefault(word, place)
    return places


def misspelt(words: Iterable[str], language: str) -> list[str]:
    """Those that Debian's dictionary does not know. Raises `FileNotFoundError` without hunspell."""
    if not shutil.which("hunspell"):
        raise FileNotFoundError("hunspell is missing. Try: apt-get install hunspell hunspell-no")
    answer = subprocess.run(
        ["hunspell", "-i", "utf-8", "-d", f"{language}_NO", "-l"],
        input="\n".join(words),
        capture_output=True,
        text=True,
        check=True,
    )
    if "Can't open" in answer.stderr:
        raise FileNotFoundError(f"The dictionary {language}_NO is missing. Debian has it in hunspell-no.")
    return answer.stdout.split()


def our_words(language: str, *, as_written: bool = False) -> list[str]:
    lines = _lines(TRANSLATIONS / f"words-{language}.txt")
    words = [line.partition("#")[0].strip() for line in lines]
    return words if as_written else [word.lower() for word in words]


def words_without_reason(language: str) -> list[str]:
    lines = _lines(TRANSLATIONS / f"words-{language}.txt")
    return [line for line in lines if not line.partition("#")[2].strip()]


def labels(language: str) -> list[str]:
    path = TRANSLATIONS / f"labels-{language}.txt"
    return _lines(path) if path.exists() else []


def _lines(path: Path) -> list[str]:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


# --- words we never use -------------------------------------------------------------------------------------


def never_used(texts: Iterable[Text], language: str) -> list[str]:
    """Each place where a word stands that the glossary keeps out of this language."""
    pattern = re.compile("|".join(map(_as_pattern, kept_out(language))), re.IGNORECASE)
    others = set(labels(language))
    return [
        f"{place}: «{word}»"
        for place, words in texts
        for word in words_of([Text(place, words)], others)
        if pattern.fullmatch(word)
    ]


def kept_out(language: str) -> list[str]:
    cells = [row[COLUMNS[language]] for row in _glossary_rows()]
    return [word.strip() for cell in cells for word in cell.split(",") if word.strip()]


def _glossary_rows() -> list[list[str]]:
    lines = (TRANSLATIONS / "glossary.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return rows[2:]  # after the heading and the rule below it


def _as_pattern(word: str) -> str:
    return re.escape(word).replace(r"\*", r"\w*")


# --- signs --------------------------------------------------------------------------------------------------

SIGNS_KEPT_OUT: Final[Mapping[str, str]] = {
    "!": "no exclamation marks",
    "“": "quotation marks are «these»",
    "”": "quotation marks are «these»",
    '"': "quotation marks are «these»",
    " - ": "a dash is –",
    "...": "three dots are never needed",
    "…": "three dots are never needed",
    "  ": "one space between words",
}
DIGITAL_TIME: Final = re.compile(r"kl\. \d?\d:\d\d")


def misplaced_signs(texts: Iterable[Text]) -> list[str]:
    """Signs that are written in another way in Norwegian, or never by us."""
    problems = []
    for place, words in texts:
        plain = re.sub(r"<[^>]*>", "", words)
        problems += [f"{place}: {why}" for sign, why in SIGNS_KEPT_OUT.items() if sign in plain]
        problems += [f"{place}: times are 10.00"] if DIGITAL_TIME.search(plain) else []
    return problems


def problems_in(language: str) -> list[str]:
    texts = texts_in(language)
    unknown = unknown_words(texts, language)
    return [
        *(f"{place}: unknown word «{word}»" for word, place in unknown.items()),
        *(f"words-{language}.txt: not needed «{word}»" for word in needless_words(texts, language)),
        *(f"words-{language}.txt: no reason «{word}»" for word in words_without_reason(language)),
        *never_used(texts, language),
        *misplaced_signs(texts),
    ]


def main() -> None:
    problems = [problem for language in LANGUAGES for problem in problems_in(language)]
    print("\n".join(problems) or "Nothing to remark on in nb and nn")
    raise SystemExit(1 if problems else 0)


if __name__ == "__main__":
    main()
