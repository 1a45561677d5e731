"""A browser that is killed a second after the last key: what was typed is there on the next start."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.browser import steps
from tests.browser.conftest import PHONE, TABLET, House
from tests.support.engines import Chromium
from tests.support.walker import Walker

pytestmark = pytest.mark.timeout(300)

TYPED_AT_RISK = 1.0  # seconds, as design.md §11 promises
STANDS = "return [...document.querySelectorAll('main textarea, main input')].map((field) => field.value)"
ANSWERED = "return [...document.querySelectorAll('main .lv-scale input:checked')].map(({ name }) => name)"


def is_killed_and_comes_back(person: Walker) -> None:
    """As when a phone takes the memory back; the person opens the same page again and unlocks."""
    time.sleep(TYPED_AT_RISK)
    address = person.engine.address()
    assert isinstance(person.engine, Chromium)
    person.engine.kill()
    person.engine.start()
    person.engine.goto(address)
    steps.unlock(person)


def stands_there(person: Walker, text: str) -> None:
    person.waits_for(lambda: text in person.engine.run(STANDS), f"{text!r} stands in no field")


@pytest.mark.parametrize("language", ["nb"], indirect=True)
def test_what_a_caseworker_was_typing_is_there_after_the_browser_was_killed(
    chromium: Callable[..., Walker], house: House
) -> None:
    ingvild = chromium(size=PHONE)
    steps.sign_in(ingvild, house.facts, "ingvild")
    steps.settle_in(ingvild)

    ingvild.goes_by("Prepare", "/prepare")
    ingvild.writes("One thing that went well", "Vi lo sammen på vei hjem")
    is_killed_and_comes_back(ingvild)
    stands_there(ingvild, "Vi lo sammen på vei hjem")

    ingvild.goes_by("Add a topic", "/topic/new")
    ingvild.writes("My question", "Hvordan holde roen når døra smeller")
    is_killed_and_comes_back(ingvild)
    stands_there(ingvild, "Hvordan holde roen når døra smeller")

    ingvild.goes_by("Write", "/write")
    ingvild.goes_by("After something hard", "/debrief/new")
    ingvild.writes("What happened", "Det ble stille i bilen etterpå")
    is_killed_and_comes_back(ingvild)
    stands_there(ingvild, "Det ble stille i bilen etterpå")

    ingvild.goes_by("Write", "/write")
    ingvild.goes_by("Where am I now?", "/assessment")
    for number in (0, 1):
        ingvild.waits_for(
            lambda number=number: ingvild.engine.click(steps.NTH_CHOICE, "4", number), "no item"
        )
    is_killed_and_comes_back(ingvild)
    ingvild.waits_for(lambda: ingvild.engine.run(ANSWERED) == ["i01", "i02"], "the answers are not there")


@pytest.mark.parametrize("language", ["nn"], indirect=True)
def test_what_a_supervisor_was_typing_in_session_mode_is_there_after_the_browser_was_killed(
    chromium: Callable[..., Walker], house: House
) -> None:
    ragnhild = chromium(size=TABLET)
    steps.sign_in(ragnhild, house.facts, "ragnhild")
    steps.settle_in(ragnhild)
    held = house.facts["sessions"]["ingvild"][0]
    ragnhild.opens(f"/{ragnhild.language}/supervision/{held}/hold")
    steps.unlock(ragnhild)
    ragnhild.presses("Go on")
    ragnhild.writes("What we agreed", "Ringe skolen før helga")
    ragnhild.writes("A short summary", "Vi snakka om å stå i det uavklarte")
    is_killed_and_comes_back(ragnhild)
    stands_there(ragnhild, "Ringe skolen før helga")
    stands_there(ragnhild, "Vi snakka om å stå i det uavklarte")
