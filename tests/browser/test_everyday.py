"""Small things that a person meets on an ordinary day, seen in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser import steps
from tests.browser.conftest import TABLET, House, run_in
from tests.support.engines import Chromium
from tests.support.walker import Walker

BOKMAL = pytest.mark.parametrize("language", ["nb"], indirect=True)
HAPPENED = "Flyttingen i går kveld satt i hele natta"
# The server has room for two thousand characters in a question.
REFUSED = "Skal jeg ringe om saken? " + " ".join(["Jeg vet ikke."] * 150)

# What has moved on the page since it was last asked, as the browser counts it (CLS).
WATCH_MOVES = """
window.moved = 0
new PerformanceObserver((list) => {
  for (const { value } of list.getEntries()) window.moved += value
}).observe({ type: 'layout-shift' })
"""
HEADING = "return document.querySelector('main h1').getBoundingClientRect().top"
LINES_OF_STATUS = """
const place = document.querySelector('[data-status]')
const [text] = arguments
place.hidden = false
place.lastElementChild.textContent = text
const box = place.getBoundingClientRect()
return Math.round(box.height / parseFloat(getComputedStyle(place).lineHeight))
"""
PAGE_TRIES_AGAIN = "window.dispatchEvent(new Event('focus'))"
CHOSEN_SERIES = """
const select = document.querySelector('[data-series]')
return [select.closest('[data-series-choice]').hidden, select.selectedOptions[0]?.textContent]
"""
CHOOSE_SERIES = """
const select = document.querySelector('[data-series]')
select.scrollIntoView({ block: 'center' })
select.selectedIndex = [...select.options].findIndex((option) => option.textContent.includes(arguments[0]))
for (const name of ['input', 'change']) select.dispatchEvent(new Event(name, { bubbles: true }))
"""


def chromium_of(person: Walker) -> Chromium:
    assert isinstance(person.engine, Chromium)
    return person.engine


@pytest.fixture
def ingvild(chromium: Callable[..., Walker], house: House) -> Walker:
    """Signed in, with a vault, on Today."""
    person = chromium()
    steps.sign_in(person, house.facts, "ingvild")
    steps.settle_in(person)
    steps.waits_for_the_worker(person)
    return person


def test_the_line_about_the_network_comes_and_goes_and_nothing_moves(ingvild: Walker) -> None:
    context = chromium_of(ingvild).context
    gone, said = "window.moved", ingvild.word("No network. All is kept here.")
    ingvild.waits_for(
        lambda: said not in ingvild.page_words(), "it says from the start that there is no network"
    )
    ingvild.engine.run(WATCH_MOVES)
    stood = ingvild.engine.run(HEADING)
    context.set_offline(True)
    ingvild.engine.run(PAGE_TRIES_AGAIN)
    ingvild.sees_words(said)
    assert ingvild.engine.run(HEADING) == stood
    context.set_offline(False)
    ingvild.engine.run(PAGE_TRIES_AGAIN)
    ingvild.waits_for(lambda: said not in ingvild.page_words(), "it says still that there is no network")
    assert ingvild.engine.run(f"return {gone}") == 0


def test_what_is_said_of_the_network_has_room_on_one_line(ingvild: Walker) -> None:
    chromium_of(ingvild).context.set_offline(True)
    ingvild.engine.run(PAGE_TRIES_AGAIN)
    ingvild.sees("No network. All is kept here.")
    texts = (
        "No network. All is kept here.",
        "Signed out. What you write is sent.",
        "No room left on this device.",
        "No answer just now. All is kept here.",
        "Not stored yet. Keep the page open.",
        "Set up this device again, from Me.",
    )
    lines = {text: ingvild.engine.run(LINES_OF_STATUS, ingvild.word(text)) for text in texts}
    assert lines == dict.fromkeys(texts, 1)


@BOKMAL
def test_the_supervision_chosen_for_a_debrief_is_still_chosen_after_a_kill(
    ingvild: Walker, house: House
) -> None:
    run_in(house.installation.folder, "-m", "tests.support.second_series")
    steps.send_and_fetch(ingvild)
    steps.is_equal_with_server(ingvild)
    ingvild.goes_by("Write", "/write")
    ingvild.goes_by("After something hard", "/debrief/new")
    ingvild.writes("What happened", HAPPENED)
    ingvild.chooses("my supervisor")
    ingvild.engine.run(CHOOSE_SERIES, "Berit")
    ingvild.sees_words("Du og Berit Haugland kan lese dette")
    ingvild.waits_for(
        lambda: ingvild.engine.run("return new Promise((done) => setTimeout(done, 1000, true))"), "no second"
    )
    chromium_of(ingvild).kill()
    ingvild.engine.start()
    ingvild.opens("/nb/debrief/new")
    steps.unlock(ingvild)
    ingvild.waits_for(
        lambda: ingvild.engine.run("return document.querySelector('#debrief-happened')?.value") == HAPPENED,
        "the text is gone",
    )
    is_hidden, series = ingvild.engine.run(CHOSEN_SERIES)
    assert not is_hidden
    assert "Berit" in series


# Pressed so quickly, one after the other, that nothing has been saved between.
DONE_AND_TODAY = """
document.querySelector('main form').requestSubmit()
document.querySelector('.lv-places a[data-place=today]').click()
"""


def has_a_text_refused(ingvild: Walker) -> None:
    """Written as usual, and left at once; the server does not take it, and Today says so."""
    ingvild.goes_by("Prepare", "/prepare")
    ingvild.goes_by("Add a topic", "/topic/new")
    steps.pastes(ingvild, "question", REFUSED)
    ingvild.chooses("my supervisor")
    ingvild.engine.run(DONE_AND_TODAY)
    ingvild.presses("One text needs you before it can go on.")
    ingvild.sees_words(REFUSED)


def needs_nothing_more(ingvild: Walker) -> None:
    steps.is_equal_with_server(ingvild)
    ingvild.goes_by("Today", "/today")
    ingvild.does_not_see(ingvild.word("One text needs you before it can go on."))


@BOKMAL
def test_a_text_the_server_refuses_waits_with_its_reason_and_goes_when_it_is_mended(ingvild: Walker) -> None:
    has_a_text_refused(ingvild)
    text = "This text is too long. There is room for %(most)s characters."
    ingvild.sees_words(ingvild.word(text, most=2000))
    ingvild.does_not_see(ingvild.word("Try again"))
    ingvild.goes_by("Change it", "/topic/")
    ingvild.waits_for(
        lambda: chromium_of(ingvild).page.locator("[name=question][aria-invalid=true]").count(),
        "the field does not say what is wrong with it",
    )
    ingvild.writes("My question", "Hvordan stå i dette?")
    ingvild.presses("Done")
    needs_nothing_more(ingvild)


@BOKMAL
def test_a_text_the_server_refuses_can_be_taken_along_and_let_go(ingvild: Walker) -> None:
    engine = chromium_of(ingvild)
    engine.context.grant_permissions(["clipboard-read", "clipboard-write"])
    has_a_text_refused(ingvild)
    ingvild.presses("Copy the text")
    ingvild.sees("The text is copied.")
    assert engine.page.evaluate("navigator.clipboard.readText()") == REFUSED
    ingvild.presses("Delete")
    ingvild.presses("Delete it")
    ingvild.sees("All is well. There is nothing here that needs you.")
    needs_nothing_more(ingvild)


@BOKMAL
def test_the_language_chosen_in_me_is_spoken_at_the_next_sign_in_and_no_text_is_lost(ingvild: Walker) -> None:
    ingvild.goes_by("Write", "/write")
    ingvild.goes_by("After something hard", "/debrief/new")
    ingvild.writes("What happened", HAPPENED)
    ingvild.goes_by("Me", "/me")
    chromium_of(ingvild).page.get_by_label("nynorsk").check(force=True)
    ingvild.waits_for(lambda: ingvild.engine.run("return location.pathname") == "/nn/me", "no other language")
    ingvild.language = "nn"
    steps.unlock(ingvild)
    ingvild.goes_by("Write", "/write")
    ingvild.sees_words(HAPPENED)
    ingvild.goes_by("Me", "/me")
    ingvild.presses("Sign out")
    chromium_of(ingvild).page.locator("dialog button", has_text=ingvild.word("Sign out")).click()
    ingvild.is_at("/sign-in")
    ingvild.sees("Password")


@BOKMAL
def test_a_leader_copies_the_link_of_an_invitation(chromium: Callable[..., Walker], house: House) -> None:
    berit = chromium(permissions=["clipboard-read", "clipboard-write"])
    steps.sign_in(berit, house.facts, "berit")
    page = chromium_of(berit).page
    berit.opens("/people/invite")
    page.locator("[name=name]").fill("Samira Nasser")
    page.locator("[name=email]").fill("samira@fjordvik.example")
    page.locator("[name=roles][value=administrator]").check(force=True)
    page.locator("main form button[type=submit]").last.click()
    berit.presses("Copy the link")
    berit.sees("The link is copied.")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#link").inner_text()


@BOKMAL
def test_the_app_leads_to_the_pages_that_are_for_this_person(
    chromium: Callable[..., Walker], house: House, ingvild: Walker
) -> None:
    ingvild.goes_by("Me", "/me")
    ingvild.does_not_see(ingvild.word("For those who lead"))
    ragnhild = chromium()
    steps.sign_in(ragnhild, house.facts, "ragnhild")
    steps.settle_in(ragnhild)
    ragnhild.goes_by("Me", "/me")
    ragnhild.sees("For those who lead")
    assert chromium_of(ragnhild).page.locator("[data-may]:visible").all_inner_texts() == [
        ragnhild.word("Series")
    ]


@BOKMAL
def test_one_undo_takes_back_the_close_of_a_session_and_what_it_carried_over(
    chromium: Callable[..., Walker], house: House, ingvild: Walker
) -> None:
    steps.prepare_topic(ingvild, HAPPENED, shared=True)
    steps.is_equal_with_server(ingvild)
    ragnhild = chromium(size=TABLET)
    steps.sign_in(ragnhild, house.facts, "ragnhild")
    steps.settle_in(ragnhild)
    ragnhild.goes_by("Supervision", "/supervision")
    chromium_of(ragnhild).page.locator("a.lv-item", has_text="Ingvild").first.click()
    ragnhild.presses("Start")
    chromium_of(ragnhild).page.locator("[data-steps] button").last.click()
    ragnhild.sees("This topic is carried over to next time:")
    ragnhild.presses("Close the session as held")
    ragnhild.sees("The session is noted as held.")
    ragnhild.presses("Undo")
    ragnhild.presses("Start")
    ragnhild.sees("This topic is carried over to next time:")  # as the step before it was closed
    notes = chromium_of(ragnhild).page.locator("[data-steps] small").all_inner_texts()
    assert ragnhild.word("carried over") not in notes
    steps.is_equal_with_server(ragnhild)
