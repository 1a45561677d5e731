"""A page that the browser has kept as it stood: whoever presses Back finds it locked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser import steps
from tests.browser.conftest import PHONE, House
from tests.support.engines import Chromium, Engine, WebKit
from tests.support.walker import Walker

pytestmark = pytest.mark.timeout(180)

STANDS = "return [...document.querySelectorAll('main textarea')].map((field) => field.value)"
WRITTEN = "Dette er ikke for den som kommer etter"


GONE_AND_BACK = """
const tell = (type) => dispatchEvent(new PageTransitionEvent(type, { persisted: true }))
tell('pagehide')
const isShownMeanwhile = document.body.checkVisibility()
tell('pageshow')
return isShownMeanwhile
"""


@pytest.mark.parametrize("language", ["nb"], indirect=True)
def test_whoever_presses_back_after_another_has_left_finds_the_page_locked_and_the_text_kept(
    chromium: Callable[..., Walker], house: House
) -> None:
    """Told by the two events that a browser sends around the time: under automation none keeps pages."""
    ingvild = chromium(size=PHONE)
    assert isinstance(ingvild.engine, Chromium)
    steps.sign_in(ingvild, house.facts, "ingvild")
    steps.settle_in(ingvild)
    ingvild.goes_by("Write", "/write")
    ingvild.goes_by("After something hard", "/debrief/new")
    ingvild.writes("What happened", WRITTEN)
    assert ingvild.engine.run(GONE_AND_BACK) is False
    ingvild.sees("Ledvei is locked")
    assert WRITTEN not in ingvild.engine.page.content()
    steps.unlock(ingvild)
    ingvild.waits_for(lambda: WRITTEN in ingvild.engine.run(STANDS), "what was being written is gone")


# Every transaction goes on for as long as the page does.
ENDLESS = """
const { transaction } = IDBDatabase.prototype
IDBDatabase.prototype.transaction = function (...how) {
  const begun = transaction.apply(this, how)
  const table = begun.objectStore(begun.objectStoreNames[0])
  const goOn = () => { table.count().onsuccess = goOn }
  goOn()
  return begun
}
"""


@pytest.mark.parametrize("language", ["nn"], indirect=True)
def test_a_page_that_safari_keeps_in_the_middle_of_its_work_keeps_nobody_from_unlocking(
    other_engine: Callable[[type[Engine]], Walker], house: House
) -> None:
    ingvild = other_engine(WebKit)
    steps.sign_in(ingvild, house.facts, "ingvild")
    steps.settle_in(ingvild)
    ingvild.goes_by("Me", "/me")
    ingvild.engine.run(ENDLESS)
    ingvild.presses("Send and fetch now")
    ingvild.engine.restart()
    ingvild.opens("/nn/today")
    steps.unlock(ingvild)
    ingvild.sees("Next supervision")


HELD = """
return new Promise((done) => {
  const opening = indexedDB.open('ledvei')
  opening.onsuccess = () => {
    window.table = opening.result.transaction('meta', 'readwrite').objectStore('meta')
    const goOn = () => { if (!window.isOver) window.table.count().onsuccess = goOn }
    goOn()
    done()
  }
})
"""


@pytest.mark.parametrize("language", ["nb"], indirect=True)
def test_whoever_waits_for_another_tab_is_told_and_comes_in_when_it_is_done(
    chromium: Callable[..., Walker], house: House
) -> None:
    ingvild = chromium(size=PHONE)
    assert isinstance(ingvild.engine, Chromium)
    steps.sign_in(ingvild, house.facts, "ingvild")
    steps.settle_in(ingvild)
    other = ingvild.engine.context.new_page()
    other.goto(f"{house.address}/nb/today")
    other.evaluate(f"() => {{ {HELD} }}")
    ingvild.opens("/nb/today")
    steps.unlock(ingvild)
    ingvild.sees("This takes longer than usual. If Ledvei is open in another tab or window, close it there.")
    other.close()
    ingvild.sees("Next supervision")


@pytest.mark.parametrize("language", ["nb"], indirect=True)
def test_a_question_that_stands_open_goes_with_the_lock(
    chromium: Callable[..., Walker], house: House
) -> None:
    ingvild = chromium(size=PHONE)
    steps.sign_in(ingvild, house.facts, "ingvild")
    steps.settle_in(ingvild)
    ingvild.goes_by("Me", "/me")
    ingvild.presses("Sign out")
    ingvild.sees("Sign out on this device?")
    # Another tab locks for all.
    ingvild.engine.run("new BroadcastChannel('ledvei').postMessage({ type: 'locked', store: 'ledvei' })")
    ingvild.sees("Ledvei is locked")
    ingvild.does_not_see(ingvild.word("Sign out on this device?"))
