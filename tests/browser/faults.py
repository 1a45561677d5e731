"""A person who writes while the network fails, and what is looked at before, meanwhile and after."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from tests.browser import steps
from tests.browser.conftest import House
from tests.support.engines import Chromium, Engine
from tests.support.fault_proxy import Fault, Line, fault_proxy
from tests.support.looking import OpenPage
from tests.support.walker import PATIENCE, Walker
from tests.support.written import ONE_NEW_TEXT, Written

NO_NETWORK = "No network. All is kept here."
NO_ANSWER = "No answer just now. All is kept here."
SIGNED_OUT = "Signed out. What you write is sent."
NOTHING = ""

STATUS = """
const line = document.querySelector('[data-status]')
return line.hidden ? '' : line.innerText.trim()
"""
LOOKS_AGAIN = "dispatchEvent(new Event('focus'))"
WAITING = """
return new Promise((resolve, reject) => {
  const opening = indexedDB.open('ledvei')
  opening.onerror = () => reject(opening.error)
  opening.onsuccess = () => {
    const counting = opening.result.transaction('outbox').objectStore('outbox').count()
    counting.onerror = () => reject(counting.error)
    counting.onsuccess = () => {
      opening.result.close()
      resolve(counting.result)
    }
  }
})
"""


@dataclass
class Writer:
    """One person at one browser, behind a line that can fail."""

    person: Walker
    line: Line
    house: House
    written: Written
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def writes(self) -> str:
        """A debrief, done. Each has words of its own."""
        text = f"Tekst nummer {next(self.numbers)} om kvelden i går"
        self.goes("/debrief/new")
        self.person.writes("What happened", text)
        self.person.presses("Done")
        steps.is_done_with(self.person, "/new")
        return text

    def goes(self, path: str) -> None:
        steps.goes(self.person, path)

    def has_once(self, text: str) -> None:
        """On the page where one's own texts are."""
        self.goes("/write")
        self.person.sees_words(text)
        assert self.person.page_words().count(text) == 1

    def waiting(self) -> int:
        return int(self.person.engine.run(WAITING))

    def sees_status(self, message: str, patience: float = PATIENCE) -> None:
        wanted = self.person.word(message) if message else ""
        self.person.waits_for(
            lambda: self.person.engine.run(STATUS) == wanted, f"the line does not say {wanted!r}", patience
        )

    def looks_again(self) -> None:
        """Comes back to the window, which is an occasion to try."""
        self.person.engine.run(LOOKS_AGAIN)

    def all_is_sent(self) -> None:
        self.person.waits_for(lambda: self.waiting() == 0, "something waits still")

    @contextmanager
    def one_new_text(self) -> Iterator[None]:
        """At the end the server has one entry, one operation and one revision more than before."""
        if self.waiting():
            self.looks_again()
            self.all_is_sent()
        before = self.written.count()
        yield
        assert self.written.count() - before == ONE_NEW_TEXT
        assert self.written.doubled() == []

    def survives(self, fault: Fault, says: str) -> None:
        """Writes while it fails; sees what the page says; it goes when the fault is over."""
        with self.one_new_text():
            with self.line.failing(fault) as met:
                text = self.writes()
                self.person.waits_for(lambda: met.times > 0, "nothing was asked")
                self.sees_status(says)
                self.has_once(text)
                assert self.waiting() == 1
            self.looks_again()
            self.all_is_sent()
            self.sees_status(NOTHING)
        self.has_once(text)

    def signs_out(self) -> None:
        self.goes("/me")
        self.person.presses("Sign out")
        self.person.sees("Sign out on this device?")
        self.person.presses("Sign out")
        self.person.is_at("/sign-in")

    @contextmanager
    def another_tab(self) -> Iterator[Writer]:
        """Of the same browser and the same person, unlocked."""
        engine = self.person.engine
        assert isinstance(engine, Chromium)
        page = OpenPage(engine.context.new_page())
        tab = Walker(page, self.person.base, self.person.language)
        tab.opens(f"/{self.person.language}/today")
        steps.unlock(tab)
        tab.sees("Next supervision")
        yield replace(self, person=tab)
        page.page.close()

    @contextmanager
    def opened_with(self, *arguments: str) -> Iterator[None]:
        """Closes Chromium and opens it with other arguments; afterwards with its own again."""
        engine = self.person.engine
        assert isinstance(engine, Chromium)
        own = engine.arguments
        self._reopens(engine, [*own, *arguments])
        try:
            yield
        finally:
            self._reopens(engine, own)

    def _reopens(self, engine: Chromium, arguments: list[str]) -> None:
        engine.arguments = arguments
        engine.restart()
        self.person.opens(f"/{self.person.language}/today")
        steps.unlock(self.person)
        self.person.sees("Next supervision")


@contextmanager
def served_behind_a_line(
    folder: Path,
    make_house: Callable[[Path], House],
    *,
    host: str = "localhost",
    certificate: ssl.SSLContext | None = None,
) -> Iterator[tuple[House, Line]]:
    """The proxy comes first: the server must know the address that people type."""
    house = make_house(folder)
    with fault_proxy(house.port, host=host, certificate=certificate) as line:
        house.settings = {"LEDVEI_BASE_URL": line.address}
        house.start()
        try:
            yield house, line
        finally:
            house.stop()


def settled_in(engine: Engine, line: Line, house: House, who: str) -> Writer:
    """Signed in, with a vault, on Today, the app kept on the device."""
    person = Walker(engine, line.address, "nb")
    steps.sign_in(person, house.facts, who)
    steps.settle_in(person)
    steps.waits_for_the_worker(person)
    return Writer(person, line, house, Written(house.database_url))


def wake_worker(writer: Writer) -> None:
    """What Chromium does by itself when it finds that there is a network again: Background Sync."""
    engine = writer.person.engine
    assert isinstance(engine, Chromium)
    found: list[str] = []
    session = engine.context.new_cdp_session(engine.page)

    def note(event: dict[str, Any]) -> None:
        found.extend(each["registrationId"] for each in event["registrations"])

    session.on("ServiceWorker.workerRegistrationUpdated", note)
    session.send("ServiceWorker.enable")
    writer.person.waits_for(lambda: found or engine.run("return 0"), "no worker is registered")
    session.send(
        "ServiceWorker.dispatchSyncEvent",
        {
            "origin": writer.person.base,
            "registrationId": found[0],
            "tag": "ledvei-flush",
            "lastChance": False,
        },
    )
    session.detach()
