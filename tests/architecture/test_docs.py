"""What the documents tell people to type exists."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from ledvei_pwa.cli import main
from ledvei_pwa.features.retention.rules import BOUNDS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
SETTINGS = (ROOT / "ledvei_pwa" / "settings.py").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_in_a_document_exists(document: Path) -> None:
    for command in re.findall(r"(?:`|^|\s)ledvei ([a-z]+)\b", text_of(document), re.MULTILINE):
        assert command in main.commands, f"ledvei {command}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_in_a_document_exists(document: Path) -> None:
    for target in re.findall(r"`make ([a-z0-9-]+)", text_of(document)):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), f"make {target}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_setting_in_a_document_is_read(document: Path) -> None:
    for setting in set(re.findall(r"\bLEDVEI_[A-Z_]+", text_of(document))):
        assert f'"{setting}"' in SETTINGS, setting


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_between_documents_leads_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", text_of(document)):
        assert (document.parent / link).exists(), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_test_that_a_document_names_exists(document: Path) -> None:
    for path in re.findall(r"`(tests/[\w/.-]+\.(?:py|js))`", text_of(document)):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("name", ["drift", "personvern", "tilgjengelighet"])
def test_a_document_in_both_languages_has_the_same_parts_in_each(name: str) -> None:
    parts = [
        re.findall(r"^(#+ |\d\. |\|)", text_of(ROOT / "docs" / f"{name}.{language}.md"), re.MULTILINE)
        for language in ("nb", "nn")
    ]
    assert parts[0] == parts[1]
    assert len(parts[0]) > 5


@pytest.mark.parametrize(("language", "months"), [("nb", "måneder, vanlig"), ("nn", "månader, vanleg")])
def test_the_draft_for_the_municipality_has_the_times_of_the_code(language: str, months: str) -> None:
    text = text_of(ROOT / "docs" / f"personvern.{language}.md")
    told = Counter(re.findall(rf"(\d+)–(\d+) {months} (\d+)", text))
    times = [(str(each.least), str(each.most), str(each.usual)) for each in BOUNDS.values()]
    assert told == Counter(times)


def test_every_line_of_the_asvs_says_how_it_stands_and_what_is_met_what_shows_it() -> None:
    """Nobody can see from a list that a line is missing, but a line without an answer is seen here."""
    lines = re.findall(r"^\| (V[\d.]+) \|(.*)\|$", text_of(ROOT / "docs" / "asvs.md"), re.MULTILINE)
    answers = {number: [cell.strip() for cell in rest.split("|")] for number, rest in lines}
    assert len(answers) == len(lines) > 200
    stands = {number: cells[1] for number, cells in answers.items()}
    assert set(stands.values()) == {"met", "partly", "not met", "operator", "not applicable"}
    met = {number for number, word in stands.items() if word == "met"}
    assert [number for number in met if "`" not in answers[number][3]] == []
    assert [number for number in stands.keys() - met if not answers[number][2]] == []


def text_of(document: Path) -> str:
    return document.read_text(encoding="utf-8")
