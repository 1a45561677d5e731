"""After a lock nothing that was written is left in the page, in any tab; while one looks away none shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser import steps
from tests.browser.conftest import House
from tests.browser.test_everyday import BOKMAL, chromium_of
from tests.browser.test_passkeys import A_PHONE, in_the_database
from tests.support.walker import Walker

pytestmark = pytest.mark.timeout(180)

QUESTION = "Hvordan snakke med faren om tirsdagene"
DEBRIEF = "Naboen skrek at vi var barnerøvere"
UNFINISHED = "Halvferdige tanker om nattevakta"
TYPED = (QUESTION, DEBRIEF, UNFINISHED)

LOOKS = """
(isHidden) => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden })
  document.dispatchEvent(new Event('visibilitychange'))
}
"""
IS_SHOWN = "() => getComputedStyle(document.body).opacity === '1'"
# In the page's own world: expressions of the test's remember what they were held against.
STANDS_THERE = "(text) => document.body.innerText.includes(text)"
KEPT_IN_THE_PAGE = """
() => JSON.stringify([
  document.documentElement.outerHTML,
  [...document.querySelectorAll('input, textarea, select')].map((field) => field.value),
  document.title,
  location.href,
  history.state,
  { ...localStorage },
  { ...sessionStorage },
  window.name,
])
"""


def strings_in_memory(page: Page) -> str:
    """All that the scripts of a page can still reach, as text: V8's own picture of its heap."""
    session = page.context.new_cdp_session(page)
    parts: list[str] = []
    session.on("HeapProfiler.addHeapSnapshotChunk", lambda event: parts.append(event["chunk"]))
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    session.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
    return "\n".join(json.loads("".join(parts))["strings"])


def writes_through_the_day(ingvild: Walker) -> None:
    steps.prepare_topic(ingvild, QUESTION, shared=True)
    steps.write_debrief(ingvild, DEBRIEF)
    ingvild.goes_by("After something hard", "/debrief/new")
    ingvild.writes("What happened", UNFINISHED)


@BOKMAL
@pytest.mark.one_database
def test_a_lock_leaves_nothing_readable_in_any_tab_nor_does_looking_away(
    chromium: Callable[..., Walker], house: House
) -> None:
    in_the_database(house, "UPDATE service SET lock_minutes = 2")
    ingvild = chromium()
    page, said = chromium_of(ingvild).page, list[str]()
    page.on("console", lambda message: said.append(message.text))
    steps.sign_in(ingvild, house.facts, "ingvild")
    steps.settle_in(ingvild)
    writes_through_the_day(ingvild)
    other: Any = page.context.new_page()
    other.goto(f"{house.address}/nb/write")
    other.locator("#unlock-passphrase").fill(steps.PASSPHRASE)
    other.locator("[data-unlock]").click()
    other.wait_for_function(STANDS_THERE, arg=DEBRIEF)
    assert UNFINISHED in page.evaluate(KEPT_IN_THE_PAGE)
    assert DEBRIEF in strings_in_memory(page)

    page.evaluate(LOOKS, True)
    assert page.evaluate(IS_SHOWN) is False
    page.evaluate(LOOKS, False)
    page.wait_for_function(IS_SHOWN)
    ingvild.goes_by("Me", "/me")
    ingvild.chooses("Lock as soon as I look at something else")
    ingvild.waits_for(lambda: page.locator("[data-lock-hidden]").is_checked(), "not chosen")
    ingvild.goes_by("Write", "/write")
    ingvild.sees_words(DEBRIEF)
    page.evaluate(LOOKS, True)
    ingvild.sees("Ledvei is locked")
    page.evaluate(LOOKS, False)
    steps.unlock(ingvild)
    ingvild.sees_words(DEBRIEF)

    ingvild.goes_by("Me", "/me")
    ingvild.presses("Lock now")
    ingvild.sees("Ledvei is locked")
    other.locator("#unlock-passphrase").wait_for()
    for each in (page, other):
        kept = each.evaluate(KEPT_IN_THE_PAGE) + strings_in_memory(each) + "\n".join(said)
        assert "Ledvei" in kept
        assert [text for text in TYPED if text in kept] == []
    it_locks_after_the_minutes_that_the_service_has_chosen(other)


def it_locks_after_the_minutes_that_the_service_has_chosen(page: Page) -> None:
    page.clock.install()
    page.locator("#unlock-passphrase").fill(steps.PASSPHRASE)
    page.locator("[data-unlock]").click()
    page.wait_for_function(STANDS_THERE, arg=DEBRIEF)
    page.clock.run_for(100_000)
    assert page.locator("#unlock-passphrase").count() == 0
    page.clock.run_for(30_000)
    page.locator("#unlock-passphrase").wait_for()


CLOSED = "This device has been closed. What could be read on it is removed. What waited is kept, sealed."
READABLE_ON_THE_DISK = """
() => new Promise((resolve, reject) => {
  const tables = ['vaults', 'records', 'drafts', 'pending']
  const opening = indexedDB.open('ledvei')
  opening.onerror = () => reject(opening.error)
  opening.onsuccess = () => {
    const reading = opening.result.transaction(tables)
    const counts = tables.map((table) => reading.objectStore(table).count())
    reading.oncomplete = () => {
      opening.result.close()
      resolve(counts.reduce((sum, { result }) => sum + result, 0))
    }
  }
})
"""


@BOKMAL
@pytest.mark.one_database
def test_a_device_that_its_owner_closes_is_emptied_at_its_next_contact(
    chromium: Callable[..., Walker], house: House
) -> None:
    ingvild = chromium()
    page = chromium_of(ingvild).page
    steps.sign_in(ingvild, house.facts, "ingvild")
    steps.settle_in(ingvild)
    steps.write_debrief(ingvild, DEBRIEF)
    ingvild.sees_words(DEBRIEF)
    assert page.evaluate(READABLE_ON_THE_DISK) > 1
    other = page.context.new_page()
    other.goto(f"{house.address}/devices")
    other.locator("a[href$='/revoke']").click()
    other.locator("form[action$='/revoke'] button").click()
    other.wait_for_url("**/devices")
    ingvild.goes_by("Me", "/me")
    ingvild.presses("Send and fetch now")
    ingvild.sees(CLOSED)
    ingvild.is_at("/welcome")
    assert page.evaluate(READABLE_ON_THE_DISK) == 0
    assert DEBRIEF not in page.evaluate(KEPT_IN_THE_PAGE)


NINE_WERE_WRONG = """
() => new Promise((resolve, reject) => {
  const opening = indexedDB.open('ledvei')
  opening.onerror = () => reject(opening.error)
  opening.onsuccess = () => {
    const writing = opening.result.transaction('vaults', 'readwrite')
    const vaults = writing.objectStore('vaults')
    vaults.openCursor().onsuccess = ({ target }) => target.result.update({ ...target.result.value, wrong: 9 })
    writing.oncomplete = () => {
      opening.result.close()
      resolve()
    }
  }
})
"""
A_PHONE_THAT_UNLOCKS = {**A_PHONE, "ctap2Version": "ctap2_1", "hasPrf": True}


def unlocks_with_a_passkey_from_now_on(ingvild: Walker) -> None:
    session = chromium_of(ingvild).context.new_cdp_session(chromium_of(ingvild).page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": A_PHONE_THAT_UNLOCKS})
    ingvild.opens("/my-sign-in/passkeys/add")
    ingvild.presses("Make a passkey")
    ingvild.sees("Your recovery codes")
    ingvild.opens("/nb/me")
    steps.unlock(ingvild)
    ingvild.presses("Unlock with a passkey")
    ingvild.writes("Your passphrase", steps.PASSPHRASE)
    ingvild.presses("Choose a passkey")
    ingvild.sees("From now on the passkey unlocks Ledvei on this device too.")


@BOKMAL
@pytest.mark.one_database
def test_without_a_network_one_writes_while_locked_and_unlocks_with_a_passkey(
    chromium: Callable[..., Walker], house: House
) -> None:
    ingvild = chromium()
    page = chromium_of(ingvild).page
    steps.sign_in(ingvild, house.facts, "ingvild")
    steps.settle_in(ingvild)
    steps.waits_for_the_worker(ingvild)
    unlocks_with_a_passkey_from_now_on(ingvild)
    house.stop()
    ingvild.presses("Lock now")
    ingvild.presses("Write without unlocking")
    ingvild.presses("It was me: after something hard")
    ingvild.writes("What happened", DEBRIEF)
    ingvild.presses("Seal it and send it")
    ingvild.sees("Sealed. It is sent by itself, and you can read it again when you have unlocked.")
    assert DEBRIEF not in page.evaluate(KEPT_IN_THE_PAGE)
    ingvild.presses("Unlock with a passkey")
    ingvild.goes_by("Write", "/write")
    ingvild.sees_words(DEBRIEF)
    house.start()
    steps.is_equal_with_server(ingvild)
    after_the_tenth_wrong_passphrase_it_is_said_what_is_gone(ingvild)


def after_the_tenth_wrong_passphrase_it_is_said_what_is_gone(ingvild: Walker) -> None:
    page = chromium_of(ingvild).page
    ingvild.presses("Lock now")
    page.evaluate(NINE_WERE_WRONG)
    steps.unlock(ingvild, "feil og atter feil")
    ingvild.sees(
        "The readable texts on this device are removed. "
        "What you had sent is safe, and what waited is still sent."
    )
    assert page.evaluate(READABLE_ON_THE_DISK) == 0
