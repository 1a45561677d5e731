"""The main job with the keyboard alone: nothing is ever clicked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import PHONE, TABLET, House
from tests.browser.steps import PASSPHRASE
from tests.support.code_app import next_code
from tests.support.engines import Chromium
from tests.support.keyboard import Keyboard
from tests.support.walker import Walker

QUESTION = "Hvordan begynner jeg den vanskelige samtalen"
HAPPENED = "Hjemmebesøket ble avbrutt og jeg ble stående i gangen"
AGREED = "Øve på åpningen sammen før møtet"
SUMMARY = "Vi fant tre setninger å begynne med"

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def keyboard_of(chromium: Callable[..., Walker], house: House, language: str) -> Callable[..., Keyboard]:
    def open_one(size: tuple[int, int]) -> Keyboard:
        engine = chromium(size=size).engine
        assert isinstance(engine, Chromium)
        return Keyboard(engine.page, house.address, language)

    return open_one


def sign_in(person: Keyboard, house: House, who: str) -> None:
    person.opens("/sign-in")
    person.writes("E-mail", house.facts["emails"][who])
    person.writes("Password", house.facts["password"])
    person.presses("Sign in")
    person.page.wait_for_url("**/second-step**")  # the field for the code has the focus at once
    facts = house.facts
    person.writes("Code", next_code(house.address, facts["emails"][who], facts["code_secret"]))
    person.presses("Go on")
    person.arrives_at("/welcome")


def settle_in(person: Keyboard) -> None:
    person.presses("Go on")
    person.sees("Choose a passphrase")
    person.writes("Your passphrase", PASSPHRASE)
    person.writes("Once more", PASSPHRASE)
    person.presses("Lock it with this")
    person.sees("Would you like to be reminded?")
    person.presses("Go to Today")
    person.arrives_at("/today")


def prepare(person: Keyboard) -> None:
    person.presses("Prepare")
    person.arrives_at("/prepare")
    person.presses("Add a topic")
    person.arrives_at("/topic/new")
    person.chooses("something I carry")
    person.writes("My question", QUESTION)
    person.chooses("to think aloud")
    person.chooses("my supervisor")
    person.presses("Done")
    person.arrives_at("/prepare")
    person.sees_text(QUESTION)


def write_debrief(person: Keyboard) -> None:
    person.presses("Write")
    person.arrives_at("/write")
    person.presses("After something hard")
    person.arrives_at("/debrief/new")
    person.writes("What happened", HAPPENED)
    person.chooses("nothing more now")
    person.goes_to(person.word("What it did to me"), "Shift+Tab")
    person.page.keyboard.type("Varm og skjelven etterpå")
    person.presses("Done")
    person.arrives_at("/write")


def answer_self_assessment(person: Keyboard) -> None:
    person.presses("Where am I now?")
    person.arrives_at("/assessment/new")
    for number in range(1, 17):
        answer_four(person, f"i{number:02}")
    person.presses("Done")
    person.page.wait_for_url("**/assessment")
    person.arrives_at("/assessment")


def answer_four(person: Keyboard, item: str) -> None:
    """From the first of five steps, three to the right."""
    for _ in range(4):
        now = person.steps()
        if now and now["field"] == item:
            break
    assert now
    assert now["field"] == item
    for _ in range(3):
        person.page.keyboard.press("ArrowRight")
    chosen = person.stop()
    assert chosen
    assert chosen["isChecked"]
    assert chosen["name"].startswith("4")


def send(person: Keyboard) -> None:
    person.presses("Me")
    person.arrives_at("/me")
    person.presses("Send and fetch now")
    person.sees("Everything is sent and equal.")


def hold_the_session(person: Keyboard, session: str) -> None:
    person.presses("Supervision")
    person.arrives_at("/supervision")
    person.goes_to_link(f"/supervision/{session}")
    person.arrives_at(f"/supervision/{session}")
    person.presses("Start")
    person.arrives_at("/hold")
    person.presses("Go on")
    person.page.locator("h1", has_text=QUESTION).wait_for()
    person.presses("Talked about, go on")
    person.page.locator("textarea[id*=summary]").wait_for()
    person.writes("What we agreed", AGREED)
    person.presses("Add the agreement")
    person.sees("The agreement is added.")
    person.writes("A short summary", SUMMARY)
    person.presses("Go on")
    person.presses("Close the session as held")
    person.sees("The session is noted as held.")


def test_the_keyboard_alone_does_the_main_job(keyboard_of: Callable[..., Keyboard], house: House) -> None:
    ingvild, ragnhild = keyboard_of(PHONE), keyboard_of(TABLET)
    sign_in(ingvild, house, "ingvild")
    settle_in(ingvild)
    prepare(ingvild)
    write_debrief(ingvild)
    answer_self_assessment(ingvild)
    send(ingvild)

    sign_in(ragnhild, house, "ragnhild")
    settle_in(ragnhild)
    hold_the_session(ragnhild, house.facts["sessions"]["ingvild"][0])
    for written in (AGREED, SUMMARY):
        ragnhild.sees_text(written)


@pytest.mark.parametrize("language", ["nb"], indirect=True)
def test_tab_comes_to_everything_on_a_page_and_round_again(
    keyboard_of: Callable[..., Keyboard], house: House
) -> None:
    person = keyboard_of(PHONE)
    person.opens("/sign-in")
    assert len(person.goes_round()) == person.reachable()
    sign_in(person, house, "ingvild")
    settle_in(person)
    person.presses("Write")
    person.arrives_at("/write")
    person.presses("After something hard")
    person.arrives_at("/debrief/new")
    there, expected = person.goes_round(), person.reachable()
    assert len(there) == expected
    assert len(person.goes_round("Shift+Tab")) == expected
