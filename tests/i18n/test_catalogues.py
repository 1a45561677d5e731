"""Both catalogues hold all that the code says, with the same values in the same places."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract

from ledvei_pwa.platform import assets, i18n

ROOT = Path(__file__).resolve().parent.parent.parent
SAID_BY_SCRIPT = re.compile(r'\btn?\(\s*"((?:[^"\\]|\\.)*)"')
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")
SAME_IN_BOTH = 0.35  # of the texts: «Logg inn», «I dag». Respelt bokmål has far more

pytestmark = pytest.mark.one_database


@pytest.fixture
def catalogue(catalogues: ModuleType, language: str) -> Catalog:
    read: Catalog = catalogues.read(language)
    return read


def ids_of(message_id: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (message_id,) if isinstance(message_id, str) else tuple(message_id)


def placeholders(text: str) -> list[str]:
    return sorted(set(PLACEHOLDER.findall(text)))


def test_the_catalogues_hold_what_the_code_says_and_are_complete() -> None:
    checked = subprocess.run(
        [sys.executable, "scripts/catalogues.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_no_text_lacks_its_translation(catalogues: ModuleType, catalogue: Catalog) -> None:
    assert [message.id for message in catalogues.missing_in(catalogue)] == []


def test_no_translation_is_a_guess(catalogue: Catalog) -> None:
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []


def test_every_translation_keeps_the_values_of_its_text(catalogues: ModuleType, catalogue: Catalog) -> None:
    """The singular may leave out the count: «én tekst»."""
    broken = []
    for message in catalogue:
        if not message.id:
            continue
        *singular, last = ids_of(message.id)
        expected = placeholders(last)
        *few, most = catalogues.strings_of(message)
        if placeholders(most) != expected:
            broken.append((last, most))
        for text, source in zip(few, singular, strict=True):
            if placeholders(text) != placeholders(source):
                broken.append((source, text))
    assert broken == []


def test_every_counted_text_has_one_form_for_one_and_one_for_several(
    catalogues: ModuleType, catalogue: Catalog
) -> None:
    counted = [message for message in catalogue if isinstance(message.id, tuple | list)]
    assert {len(catalogues.strings_of(message)) for message in counted} == {catalogue.num_plurals} == {2}


def test_the_plural_rule_is_that_of_norwegian(catalogue: Catalog) -> None:
    assert catalogue.plural_expr.replace(" ", "").strip("()") == "n!=1"


def test_no_translation_begins_or_ends_with_a_space(catalogues: ModuleType, catalogue: Catalog) -> None:
    texts = [text for message in catalogue if message.id for text in catalogues.strings_of(message)]
    assert [text for text in texts if text != text.strip()] == []


def test_a_text_that_ends_a_sentence_does_so_in_translation_too(
    catalogues: ModuleType, catalogue: Catalog
) -> None:
    """A full stop tells a sentence from a heading or a button; a question may have become one."""
    unlike = [
        (source, text)
        for message in catalogue
        if message.id
        for source, text in zip(ids_of(message.id), catalogues.strings_of(message), strict=True)
        if source.endswith(".") is not text.endswith(".")
    ]
    assert unlike == []


def test_nynorsk_is_not_bokmål_with_another_name(catalogues: ModuleType) -> None:
    bokmål = {message.id: message.string for message in catalogues.read("nb") if message.id}
    nynorsk = {message.id: message.string for message in catalogues.read("nn") if message.id}
    same = [id_ for id_, text in nynorsk.items() if text == bokmål[id_]]
    assert len(same) < SAME_IN_BOTH * len(nynorsk)


def test_scripts_get_every_text_they_say_in_both_languages(language: str) -> None:
    texts = i18n.catalogue_for_scripts(language)
    forms = {id_: [text] if isinstance(text, str) else text for id_, text in texts.items()}
    missing = [id_ for id_, each in forms.items() if not all(each)]
    assert (len(texts) > 100, missing) == (True, [])


def test_every_text_that_a_script_says_is_gathered() -> None:
    """However it is written there, also within a template literal."""
    scripts = [path.read_text(encoding="utf-8") for path in (assets.STATIC / "js").rglob("*.js")]
    said = {json.loads(f'"{text}"') for script in scripts for text in SAID_BY_SCRIPT.findall(script)}
    assert said - set(i18n.catalogue_for_scripts("nb")) == set()
    assert len(said) > 100


def test_the_texts_of_a_template_are_gathered(catalogues: ModuleType, tmp_path: Path) -> None:
    """So that an empty list of missing texts means that none is missing."""
    template = tmp_path / "one.html"
    template.write_text("{% trans %}First{% endtrans %} {{ _('Second') }}")
    with template.open("rb") as file:
        found = {message for _, message, _, _ in extract("jinja2", file, keywords=catalogues.KEYWORDS)}
    assert found == {"First", "Second"}
