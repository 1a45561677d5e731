"""After a day's use: nothing of what was typed can be read on the browser's or the server's disk."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.browser import steps
from tests.browser.conftest import PHONE, TABLET, House
from tests.support.disk import files_holding
from tests.support.engines import Engine, Firefox
from tests.support.walker import Walker

pytestmark = pytest.mark.timeout(420)

SHARED = "Hvordan snakke med faren uten å miste kontakten"
PRIVATE = "Jeg gruer meg til tirsdager"
WENT_WELL = "Guttungen vinket gjennom vinduet"
DEBRIEF = "Naboen skrek at vi var barnerøvere"
HEAR_FROM = "Gjerne Torbjørnsen i ambulanseteamet"
UNFINISHED = "Halvferdige tanker om nattevakta"
OPENING = "Hva ville gjort timen verd turen"
AGREED = "Øve på en setning foran speilet"
SUMMARY = "Vi fant tre små skritt og lo litt"
FIREFOX_WRITES_WITHIN = 17.0  # seconds
TYPED = (SHARED, PRIVATE, WENT_WELL, DEBRIEF, HEAR_FROM, UNFINISHED, OPENING, AGREED, SUMMARY)


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


@pytest.mark.parametrize("language", ["nb"], indirect=True)
def test_after_a_days_use_no_disk_holds_what_was_typed(chromium: Callable[..., Walker], house: House) -> None:
    ingvild, ragnhild = chromium(size=PHONE), chromium(size=TABLET)
    a_day_of_the_caseworker(ingvild, house)
    a_day_of_the_supervisor(ragnhild, house)
    for person in (ingvild, ragnhild):
        fetches_it_all_and_locks(person)
        for text in TYPED:
            person.does_not_see(text)
        person.engine.stop()
    house.stop()

    secrets = [*TYPED, steps.PASSPHRASE, house.facts["password"]]
    for person in (ingvild, ragnhild):
        assert files_holding(person.engine.profile, ["ledvei.canary"]), "the search finds nothing at all"
        assert files_holding(person.engine.profile, secrets) == []
    assert files_holding(house.installation.folder, ["Rom 2"]), "the search finds nothing at all"
    assert files_holding(house.installation.folder, secrets) == []


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
    assert any(text == DEBRIEF and "Local Storage" in file for text, file in found)
    assert any(text == SUMMARY and "IndexedDB" in file for text, file in found)
