"""Walks through every page and state of the app, one person after the other. A `Looker` looks at each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Route

from tests.browser import steps
from tests.support.looking import Findings, Looker, OpenPage
from tests.support.walker import Walker

WRONG = "dette er ikke passordet"
# Eleven digits with the check digits of a D-number; nobody was born in that way.
NATIONAL_NUMBER = "41019900035"
TOO_LONG = " ".join(["Det er tungt."] * 300)  # the server has room for four thousand characters
WORDS = "Det er tungt å stå i dette alene"
# What a browser does on a device without room: each writing of texts ends so, while `window.isFull`.
NO_ROOM = """
for (const name of ['put', 'add']) {
  const real = IDBObjectStore.prototype[name]
  IDBObjectStore.prototype[name] = function (...row) {
    if (window.isFull && ['drafts', 'pending', 'outbox'].includes(this.name))
      throw new DOMException('no room', 'QuotaExceededError')
    return real.apply(this, row)
  }
}
"""
# The device remembers that the service was restored, and that the browser has emptied it.
MUCH_HAPPENED = """() => new Promise((done, fail) => {
  const opening = indexedDB.open('ledvei')
  opening.onerror = fail
  opening.onsuccess = () => {
    const rows = opening.result.transaction('meta', 'readwrite').objectStore('meta')
    rows.getAll().onsuccess = ({ target }) => {
      for (const row of target.result)
        rows.put({ ...row, restored: new Date().toISOString(), sent_again: 3, emptied: true })
    }
    rows.transaction.oncomplete = () => { opening.result.close(); done() }
  }
})"""


@dataclass
class Visit:
    """A person with a browser of her own, and who looks over her shoulder."""

    person: Walker
    looker: Looker
    context: BrowserContext
    facts: dict[str, Any]
    address: str

    def look(self, state: str) -> None:
        self.looker.look(state)

    def goes(self, path: str, state: str) -> None:
        self.looker.goes(path, state)

    def opens(self, path: str, state: str) -> None:
        self.person.opens(path)
        self.looker.page.locator("h1").first.wait_for()
        self.look(state)

    def presses(self, *messages: str) -> None:
        for message in messages:
            self.person.presses(message)

    def expects(self, *texts: str) -> None:
        """What the browser may say of itself in the next states: a status, a network that is gone."""
        self.looker.expected = texts


def visit(
    context: BrowserContext,
    findings: Findings,
    facts: dict[str, Any],
    address: str,
    language: str,
    *,
    is_phone: bool,
) -> Visit:
    page = context.new_page()
    page.set_default_timeout(15_000)
    looker = Looker(page, findings, language, is_phone=is_phone)
    return Visit(Walker(OpenPage(page), address, language), looker, context, facts, address)


def the_door(newcomer: Visit) -> None:
    """What one meets before one is in."""
    newcomer.opens("/sign-in", "sign-in")
    newcomer.person.writes("E-mail", newcomer.facts["emails"]["nora"])
    newcomer.person.writes("Password", WRONG)
    newcomer.expects("status of 4")
    newcomer.presses("Sign in")
    newcomer.person.waits_for(
        lambda: newcomer.looker.page.locator(".ds-error-summary, [role=alert], [aria-invalid=true]").count(),
        "nothing says that the password was wrong",
    )
    newcomer.look("sign-in, wrong password")
    newcomer.opens("/sign-in/recovery", "recovery code")
    newcomer.opens("/invitation/nobody-has-this", "invitation that cannot be used")
    newcomer.opens("/not/here", "page that is not there")
    newcomer.expects()
    newcomer.opens("/privacy", "privacy")
    newcomer.opens(newcomer.facts["invitation"], "invitation")


def the_first_steps(newcomer: Visit) -> None:
    steps.sign_in(newcomer.person, newcomer.facts, "nora")
    newcomer.person.sees("Put Ledvei on your home screen")
    newcomer.look("welcome, install")
    newcomer.presses("Go on")
    newcomer.person.sees("Choose a passphrase")
    newcomer.look("welcome, passphrase")
    newcomer.presses("Lock it with this")
    newcomer.person.sees("That is too short. Use at least twelve characters, or four words.")
    newcomer.look("welcome, passphrase too short")
    newcomer.person.writes("Your passphrase", steps.PASSPHRASE)
    newcomer.person.writes("Once more", steps.PASSPHRASE)
    newcomer.presses("Lock it with this")
    newcomer.person.sees("Would you like to be reminded?")
    newcomer.look("welcome, reminders")
    newcomer.presses("Go to Today")
    newcomer.person.sees("Next supervision")


def the_wait(newcomer: Visit) -> None:
    """Somebody who has come back by a link."""
    cookie = {"name": "ledvei", "value": newcomer.facts["waiting"], "url": newcomer.address}
    newcomer.context.add_cookies([cookie])
    newcomer.opens("/waiting", "waiting for the account to open")


def nothing_yet(newcomer: Visit) -> None:
    newcomer.goes("/supervision", "supervision, empty")
    newcomer.goes("/today", "today, empty")
    newcomer.goes("/write", "write, empty")
    newcomer.goes("/assessment", "self-assessments, empty")
    newcomer.goes("/agreements", "agreements, empty")
    newcomer.goes("/attention", "attention, empty")
    newcomer.goes("/supervision/01a00000-0000-7000-8000-000000000000", "session that is not on this device")
    newcomer.goes("/not/here", "view that is not there")


def what_is_read(ingvild: Visit) -> None:
    session = ingvild.facts["sessions"]["ingvild"][0]
    ingvild.goes("/supervision", "supervision")
    ingvild.goes("/today", "today")
    ingvild.goes(f"/supervision/{session}", "session")
    ingvild.goes("/agreements", "agreements")
    ingvild.person.chooses("done")
    ingvild.look("agreements that are done")
    ingvild.goes(f"/supervision/{ingvild.facts['held']}", "session that was held")
    ingvild.goes("/library", "library")
    for guide in guides(ingvild):
        ingvild.goes(f"/library/{guide}", f"guide {guide}")
    ingvild.goes("/me", "me")
    open_all_that_folds(ingvild)
    ingvild.look("me, unfolded")
    ingvild.presses("Sign out")
    ingvild.look("me, the question before signing out")
    ingvild.presses("Stay")


def guides(visit: Visit) -> list[str]:
    names = "() => [...document.querySelectorAll('template[id^=guide-]')].map(({ id }) => id.slice(6))"
    return list(visit.looker.page.evaluate(names))


def open_all_that_folds(visit: Visit) -> None:
    visit.looker.page.evaluate(
        "() => { for (const each of document.querySelectorAll('main details')) each.open = true }"
    )


def what_is_written(ingvild: Visit) -> None:
    session = ingvild.facts["sessions"]["ingvild"][0]
    ingvild.goes(f"/supervision/{session}/prepare", "prepare")
    new = f"/topic/new?session={session}"
    ingvild.goes("/write", "write")
    editor(ingvild, new, "topic", "My question")
    ingvild.goes(f"/topic/{ingvild.facts['topic']}", "topic, changed")
    editor(ingvild, "/debrief/new", "debrief", "What happened")
    ingvild.person.chooses("that somebody calls me")
    ingvild.look("debrief, with a wish to be called")
    ingvild.person.writes("What it did to me", f"Kari Nordmann sa {NATIONAL_NUMBER}.")
    ingvild.person.sees("looks like a name.")
    ingvild.presses("Done")
    ingvild.look("debrief, with what may tell who it is about")
    ingvild.person.writes("What it did to me", WORDS)
    ingvild.goes(f"/debrief/{ingvild.facts['debrief']}", "debrief, changed")
    ingvild.goes("/assessment", "self-assessments")
    open_all_that_folds(ingvild)
    ingvild.look("self-assessments, as a table")
    ingvild.goes("/assessment/new", "self-assessment, new")
    ingvild.presses("Done")
    ingvild.person.sees("Answer at least one of them, here or further down.")
    ingvild.look("self-assessment, with an error")
    answer_heavily(ingvild)
    ingvild.look("self-assessment, with ways to help")
    ingvild.goes(f"/assessment/{ingvild.facts['assessment']}", "self-assessment, changed")
    ingvild.goes("/write", "write, with what is not finished")


def editor(ingvild: Visit, path: str, name: str, label: str) -> None:
    """New, with an error, and taken up again as a draft."""
    ingvild.goes(path, f"{name}, new")
    ingvild.presses("Done")
    ingvild.person.waits_for(
        lambda: ingvild.looker.page.locator("main [aria-invalid=true]").count(), "no field is marked as wrong"
    )
    ingvild.look(f"{name}, with an error")
    ingvild.person.writes(label, WORDS)
    ingvild.person.sees_words(ingvild.person.word("Saved on this device at %(time)s", time=":").split(":")[0])
    ingvild.goes("/library", "library")
    ingvild.goes(path, f"{name}, taken up again")


def answer_heavily(ingvild: Visit) -> None:
    for number in (14, 15):
        ingvild.person.waits_for(
            lambda number=number: ingvild.person.engine.click(steps.NTH_CHOICE, "5", number),
            "no item to answer",
        )


def what_needs_attention(ingvild: Visit) -> None:
    """Two texts for one field, and a text that the server refuses."""
    ingvild.goes("/debrief/new", "debrief, taken up again")
    steps.pastes(ingvild.person, "reactions", TOO_LONG)
    ingvild.presses("Done")
    ingvild.goes("/today", "today, with something that needs attention")
    ingvild.goes("/attention", "attention")
    steps.send_and_fetch(ingvild.person)
    ingvild.goes("/attention", "attention, with a conflict and a refusal")
    ingvild.presses("Delete")
    ingvild.look("attention, the question before deleting")
    ingvild.presses("Keep it")


def without_a_network(ingvild: Visit) -> None:
    steps.waits_for_the_worker(ingvild.person)
    ingvild.expects("ERR_INTERNET_DISCONNECTED", "Failed to fetch")
    ingvild.context.set_offline(True)
    steps.send_and_fetch(ingvild.person)
    ingvild.goes("/today", "today, without a network")
    ingvild.opens("/devices", "a page of the server's, without a network")
    ingvild.context.set_offline(False)
    ingvild.expects()


def what_has_happened(ingvild: Visit) -> None:
    """The service restored, the browser emptied, the device unknown, and no room left on it."""
    page = ingvild.looker.page
    ingvild.person.opens(f"/{ingvild.looker.language}/today")
    ingvild.person.sees("Ledvei is locked")
    page.evaluate(MUCH_HAPPENED)
    page.route("**/api/v1/sync", not_known_any_more)
    steps.unlock(ingvild.person)
    ingvild.person.sees("The server does not know this device any more.")
    ingvild.look("today, with all news there can be")
    ingvild.goes("/me", "me, with all news there can be")
    page.unroute("**/api/v1/sync")
    ingvild.goes("/debrief/new", "debrief, taken up again")
    page.evaluate(f"() => {{{NO_ROOM}; window.isFull = true}}")
    ingvild.person.writes("What it did to me", WORDS)
    ingvild.person.sees("Not stored yet.")
    ingvild.look("debrief, with no room on the device")
    page.evaluate("() => { window.isFull = false }")
    ingvild.presses("Try again")
    ingvild.person.waits_for(lambda: not page.locator(".lv-trouble").count(), "the trouble stays")


def not_known_any_more(route: Route) -> None:
    """The server's answer after a backup from before this device was put back."""
    answer = route.fetch()
    told = {"device": None, "epoch": None, "signed_in": False, "changes": [], "removed": [], "digest": None}
    route.fulfill(response=answer, json={**answer.json(), **told})


def the_lock(ingvild: Visit) -> None:
    ingvild.person.opens(f"/{ingvild.looker.language}/today")
    ingvild.person.sees("Ledvei is locked")
    ingvild.look("locked")
    ingvild.person.writes("Your passphrase", WRONG)
    ingvild.presses("Unlock")
    ingvild.person.sees("That is not the passphrase. Try once more.")
    ingvild.presses("I do not remember it")
    ingvild.look("locked, wrong passphrase")
    ingvild.presses("Start again on this device")
    ingvild.look("locked, the question before starting again")
    ingvild.presses("Try the passphrase again")
    ingvild.presses("Write without unlocking")
    ingvild.look("locked, whose text it will be")
    ingvild.presses("It was me: after something hard")
    ingvild.look("locked, writing")


def the_session(ragnhild: Visit) -> None:
    session = ragnhild.facts["sessions"]["ingvild"][0]
    ragnhild.goes("/supervision", "supervision, for the supervisor")
    ragnhild.goes("/today", "today, for the supervisor")
    ragnhild.goes(f"/supervision/{session}", "session, for the supervisor")
    open_all_that_folds(ragnhild)
    ragnhild.look("session, for the supervisor, unfolded")
    ragnhild.goes(f"/supervision/{session}/prepare", "prepare, for the supervisor")
    ragnhild.goes(f"/debrief/{ragnhild.facts['debrief']}", "debrief, read by the supervisor")
    ragnhild.goes(f"/supervision/{session}/hold", "session mode, since last time")
    ragnhild.presses("Go on")
    ragnhild.person.sees("Talked about, go on")
    open_all_that_folds(ragnhild)
    ragnhild.look("session mode, a topic")
    ragnhild.presses("Add the agreement")
    ragnhild.person.sees("Write what you agree on.")
    ragnhild.look("session mode, an agreement with an error")
    ragnhild.person.writes("What we agreed", "Vi prøver i tre uker")
    ragnhild.presses("Add the agreement")
    ragnhild.person.sees("The agreement is added.")
    ragnhild.look("session mode, an agreement and a toast")
    ragnhild.presses("Carry over to next time")
    ragnhild.looker.page.locator("h1", has_text="Barnets stemme i møtet").wait_for()
    ragnhild.presses("Talked about, go on")
    ragnhild.looker.page.locator("textarea[id*=summary]").wait_for()
    ragnhild.look("session mode, what we agree on")
    ragnhild.presses("Go on")
    ragnhild.look("session mode, closing")
    ragnhild.person.writes("How many minutes it lasted", "7")
    ragnhild.presses("Close the session as held")
    ragnhild.look("session mode, closing with an error")
    ragnhild.opens("/my-last-day", "my last day, when one is set")


def the_leaders_pages(berit: Visit, paths: Callable[[dict[str, Any]], dict[str, str]]) -> None:
    steps.sign_in(berit.person, berit.facts, "berit")
    berit.person.is_at("/welcome")
    for name, path in paths(berit.facts).items():
        berit.opens(path, name)
    berit.expects("status of 400")
    berit.person.opens("/series/new")
    berit.looker.page.locator("main form").last.evaluate("(form) => form.requestSubmit()")
    berit.looker.page.locator("main [aria-invalid=true], main .ds-error-summary").first.wait_for()
    berit.look("series, new, with an error")
    berit.person.opens("/people/invite")
    berit.looker.page.locator("main form").last.evaluate(
        "(form) => { form.noValidate = true; form.requestSubmit() }"
    )
    berit.looker.page.locator("main [aria-invalid=true], main .ds-error-summary").first.wait_for()
    berit.look("invite, with an error")
