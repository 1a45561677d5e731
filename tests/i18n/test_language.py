"""What Ledvei says is spelt right, in our own words, with Norwegian signs."""

from __future__ import annotations

from types import ModuleType

import pytest

pytestmark = pytest.mark.one_database


def test_no_word_is_unknown(spelling: ModuleType, language: str) -> None:
    assert spelling.unknown_words(spelling.texts_in(language), language) == {}


def test_every_word_of_our_own_list_is_needed(spelling: ModuleType, language: str) -> None:
    assert spelling.needless_words(spelling.texts_in(language), language) == []


def test_every_word_of_our_own_list_has_its_reason(spelling: ModuleType, language: str) -> None:
    assert spelling.words_without_reason(language) == []


def test_no_word_is_used_that_the_glossary_keeps_out(spelling: ModuleType, language: str) -> None:
    assert spelling.never_used(spelling.texts_in(language), language) == []


def test_signs_are_written_as_in_norwegian(spelling: ModuleType, language: str) -> None:
    assert spelling.misplaced_signs(spelling.texts_in(language)) == []


def test_guides_documents_and_the_demo_are_read_too(spelling: ModuleType, language: str) -> None:
    places = {text.place for text in spelling.texts_in(language)}
    assert {"words.json", f"content/{language}/grow.html", f"docs/drift.{language}.md"} <= places


def test_what_is_typed_in_a_document_is_no_prose(spelling: ModuleType, language: str) -> None:
    documents = list(spelling.document_texts(language))
    assert not {"ledvei", "init", "PROXIES"} & spelling.words_of(documents).keys()


def test_a_misspelt_word_is_found(spelling: ModuleType, language: str) -> None:
    text = spelling.Text("somewhere", "Dette er ein <strong>feilstavving</strong> i %(count)s tekstrar.")
    found = spelling.unknown_words([text], language)
    assert {"feilstavving", "tekstrar"} <= found.keys()


@pytest.mark.parametrize(
    ("language", "word"),
    [("nn", "veiledningen"), ("nn", "forberedelse"), ("nb", "rettleiing"), ("nb", "Vennligst")],
)
def test_a_word_of_the_other_language_is_found(spelling: ModuleType, language: str, word: str) -> None:
    assert spelling.never_used([spelling.Text("somewhere", f"Se {word} her.")], language) == [
        f"somewhere: «{word}»"
    ]


@pytest.mark.parametrize("words", ["Lagret!", "Velg ”Tillat.", "kl. 10:00", "Vent litt…"])
def test_a_misplaced_sign_is_found(spelling: ModuleType, words: str) -> None:
    assert len(spelling.misplaced_signs([spelling.Text("somewhere", words)])) == 1


def test_the_label_of_another_program_is_passed_over_only_as_a_whole(spelling: ModuleType) -> None:
    words = spelling.words_of([spelling.Text("a", "«Varsler», «Varsler på» og Varsler")], ["Varsler"])
    assert list(words) == ["Varsler", "på", "og"]
