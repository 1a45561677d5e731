"""After a day's use: nothing of what was typed can be read on the browser's or the server's disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.browser import steps
from tests.browser.conftest import PHONE, TABLET, House, environment
from tests.support import small_service
from tests.support.disk import files_holding
from tests.support.engines import Engine, Firefox
from tests.support.forked import Forked
from tests.support.walker import Walker

pytestmark = pytest.mark.timeout(420)

# By field. Names, e-mails and addresses among them: of those a text may hold some, and no disk.
PLANTED: Final = {
    "shared": ("Hvordan snakke med faren uten å miste kontakten", "Marte Lunde Østby"),
    "private": ("Jeg gruer meg til tirsdager", "redd for Vegard Moltzau"),
    "went_well": (
        "Guttungen vinket gjennom vinduet", "lærer Sunniva Rødseth ringte selv", "vi bakte sveler",
        "hun heter Oddlaug på ordentlig", "turnhallen var åpen", "bestefar Gudleik kom", "ingen ropte",
    ),
    "debrief": (
        "Naboen skrek at vi var barnerøvere", "Trollveien 14 i andre etasje", "lukten av våte klær",
        "Ellisiv på fem år", "brorens navn er Tarjei Grønbekk", "elisiv.mor@postkassa.example",
        "mobilen 934 56 789", "jeg skalv på hendene", "en knust kopp på trappa", "politiet kom klokka ni",
        "Kvernhaugen barnehage", "jeg gråt i bilen etterpå", "mormoren i Tromsø", "Sjefen sa det høyt",
    ),
    "hear_from": ("Gjerne Torbjørnsen i ambulanseteamet", "ambulanse@storfjord.example"),
    "unfinished": (
        "Halvferdige tanker om nattevakta", "får ikke sove", "Hjørdis Aukrust sluttet på dagen",
        "søker kanskje jobb i Nesoddtangen", "hjertebank før møter", "si det til legen",
        "legekontoret.kvam@helse.example", "sint på Ragnfrid", "saken 2026/04417-3", "mitt eget barn spurte",
    ),
    "opening": ("Hva ville gjort timen verd turen", "spør om søsteren", "nevn ikke flyttingen", "Ylva tidde"),
    "agreed": ("Øve på en setning foran speilet", "ringe Åsmund fredag"),
    "summary": (
        "Vi fant tre små skritt og lo litt", "hun bar for mye alene", "Torgeirs rolle er uklar",
        "permisjon i oktober", "kaffe på Bryggeloftet", "søvnen først", "mer tid til Fillan-familien",
    ),
}  # fmt: skip
TEXTS: Final = {field: ". ".join(words) for field, words in PLANTED.items()}
SHARED, PRIVATE, WENT_WELL, DEBRIEF, HEAR_FROM, UNFINISHED, OPENING, AGREED, SUMMARY = TEXTS.values()
TYPED: Final = tuple(phrase for words in PLANTED.values() for phrase in words)
NAMES: Final = tuple(name for name, _ in small_service.NAMES.values())
FIREFOX_WRITES_WITHIN = 17.0  # seconds


def a_day_of_the_caseworker(ingvild: Walker, house: House) -> None:
    steps.sign_in(ingvild, house.facts, "ingvild")
    steps.settle_in(ingvild)
    steps.waits_for_the_worker(ingvild)
    steps.prepare_topic(ingvild, SHARED, shared=True)
    ingvild.writes("One thing that went well", WENT_WELL)
    ingvild.presses("Done")
    ingvild.sees("You are ready. It is sent by itself.")
    ingvild.goes_by("Today", "/today")
    steps.prepare_topic(ingvild, PRIVATE, shared=False)
    ingvild.goes_by("Write", "/write")
    ingvild.goes_by("After something hard", "/debrief/new")
    ingvild.writes("What happened", DEBRIEF)
    ingvild.chooses("that somebody calls me")
    ingvild.writes("Who I would like to hear from", HEAR_FROM)
    ingvild.presses("Done")
    ingvild.goes_by("Write", "/write")
    ingvild.goes_by("After something hard", "/debrief/new")
    ingvild.writes("What happened", UNFINISHED)
    steps.is_equal_with_server(ingvild)


def a_day_of_the_supervisor(ragnhild: Walker, house: House) -> None:
    steps.sign_in(ragnhild, house.facts, "ragnhild")
    steps.settle_in(ragnhild)
    session = house.facts["sessions"]["ingvild"][0]
    ragnhild.opens(f"/{ragnhild.language}/supervision/{session}/prepare")
    steps.unlock(ragnhild)
    ragnhild.sees_words(SHARED)
    ragnhild.writes("A question to open with", OPENING)
    ragnhild.presses("Done")
    ragnhild.sees("You are ready. It is sent by itself.")
    ragnhild.presses("Start")
    ragnhild.presses("Go on")
    ragnhild.presses("Talked about, go on")
    ragnhild.writes("What we agreed", AGREED)
    ragnhild.presses("Add the agreement")
    ragnhild.sees_words(AGREED)
    ragnhild.writes("A short summary", SUMMARY)
    ragnhild.presses("Go on")
    ragnhild.presses("Close the session as held")
    ragnhild.sees("The session is noted as held.")
    steps.is_equal_with_server(ragnhild)


def fetches_it_all_and_locks(person: Walker) -> None:
    steps.send_and_fetch(person)
    steps.is_equal_with_server(person)
    person.presses("Lock now")
    person.sees("Ledvei is locked")


def runs(house: House, said: Path, *arguments: str) -> str:
    """A command beside the server; what it says lies outside the installation."""
    command = Forked(house.installation.folder, environment(), said, *arguments)
    assert command.wait(timeout=60) == 0, said.read_text()
    return said.read_text()


def beside_the_database(house: House, texts: tuple[str, ...]) -> list[tuple[str, str]]:
    """In the log, the queue of jobs, the keys and the backup. The database says who is who in the service."""
    found = files_holding(house.installation.folder, texts)
    return [(text, file) for text, file in found if "ledvei.sqlite3" not in file]


@pytest.mark.parametrize("language", ["nb"], indirect=True)
def test_after_a_days_use_no_disk_holds_what_was_typed(
    chromium: Callable[..., Walker], house: House, tmp_path: Path
) -> None:
    assert len(set(TYPED)) == 50
    ingvild, ragnhild = chromium(size=PHONE), chromium(size=TABLET)
    a_day_of_the_caseworker(ingvild, house)
    a_day_of_the_supervisor(ragnhild, house)
    for person in (ingvild, ragnhild):
        fetches_it_all_and_locks(person)
        for text in TYPED:
            person.does_not_see(text)
        person.engine.stop()

    secrets = (*TYPED, steps.PASSPHRASE, house.facts["password"])
    people = (*NAMES, *house.facts["emails"].values())
    for person, who in ((ingvild, "ingvild"), (ragnhild, "ragnhild")):
        # The e-mail that was written at the sign-in is kept by the browser itself, to offer it the next time.
        others = [text for text in people if text != house.facts["emails"][who]]
        assert files_holding(person.engine.profile, ["ledvei.canary"]), "the search finds nothing at all"
        assert files_holding(person.engine.profile, [*secrets, *others]) == []
    folder = house.installation.folder
    runs(house, tmp_path / "paper", "keys", "recovery", "--yes")
    runs(house, tmp_path / "said", "backup", "backup.age")
    assert (folder / "backup.age").stat().st_size > 10_000
    assert {"jobs.sqlite3", "jobs.sqlite3-wal"} <= {path.name for path in folder.rglob("*")}
    for _ in ("while it is served, with all that is not yet in the main files", "and after it"):
        assert files_holding(folder, ["Rom 2"]), "the search finds nothing at all"
        assert beside_the_database(house, ("signed_in",)), "the log is not there"
        assert files_holding(folder, secrets) == []
        assert beside_the_database(house, people) == []
        house.stop()


@pytest.mark.parametrize("language", ["nb"], indirect=True)
def test_firefox_keeps_nothing_of_what_stands_in_a_form(
    other_engine: Callable[[type[Engine]], Walker], house: House
) -> None:
    """Firefox writes the forms of open pages to its files every fifteen seconds, and when it is closed."""
    ingvild = other_engine(Firefox)
    steps.sign_in(ingvild, house.facts, "ingvild")
    steps.settle_in(ingvild)
    ingvild.goes_by("Prepare", "/prepare")
    ingvild.writes("One thing that went well", WENT_WELL)
    ingvild.goes_by("Write", "/write")
    ingvild.goes_by("After something hard", "/debrief/new")
    ingvild.writes("What happened", DEBRIEF)
    ingvild.chooses("that somebody calls me")
    ingvild.writes("Who I would like to hear from", HEAR_FROM)
    time.sleep(FIREFOX_WRITES_WITHIN)
    ingvild.engine.stop()
    assert files_holding(ingvild.engine.profile, [f"{house.address}/nb/debrief/new"]), "nothing is written"
    assert files_holding(ingvild.engine.profile, [*TYPED, steps.PASSPHRASE]) == []


@pytest.mark.parametrize("language", ["nb"], indirect=True)
def test_the_search_finds_a_text_that_a_page_has_kept_in_the_open(
    chromium: Callable[..., Walker], house: House
) -> None:
    careless = chromium(size=PHONE)
    careless.opens("/sign-in")
    careless.engine.run("localStorage.setItem('note', arguments[0])", DEBRIEF)
    careless.engine.run(
        """
        const [text] = arguments
        return new Promise((resolve, reject) => {
          const opening = indexedDB.open('careless', 1)
          opening.onupgradeneeded = () => opening.result.createObjectStore('notes')
          opening.onsuccess = () => {
            const writing = opening.result.transaction('notes', 'readwrite', { durability: 'strict' })
            writing.objectStore('notes').put({ text }, 1)
            writing.oncomplete = () => resolve(true)
            writing.onerror = () => reject(writing.error)
          }
        })
        """,
        SUMMARY,
    )
    careless.engine.stop()
    found = files_holding(careless.engine.profile, TYPED)
    assert {text for text, file in found if "Local Storage" in file} == set(PLANTED["debrief"])
    assert {text for text, file in found if "IndexedDB" in file} == set(PLANTED["summary"])
