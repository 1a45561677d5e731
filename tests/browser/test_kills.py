"""The browser is killed at any moment while somebody types and while it syncs: `make kills` does it often."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Error, Playwright

from tests.browser import steps
from tests.browser.conftest import PHONE, small_house
from tests.browser.faults import Writer, served_behind_a_line, settled_in
from tests.support import fault_proxy as faults
from tests.support.engines import Chromium, new_profile, remove_profile
from tests.support.fault_proxy import Fault
from tests.support.figures import kills_wanted, tell
from tests.support.written import Count

SEED = 20261121
FEW = 5  # kills in a test run
AT_RISK = 1.0  # seconds of typing, as design.md §11 promises
SLOWEST = 0.15  # seconds on the line, each way
WORDS = [
    "det",
    "ble",
    "stille",
    "i",
    "bilen",
    "etterpå",
    "og",
    "jeg",
    "visste",
    "ikke",
    "hva",
    "hun",
    "mente",
]

FIELD = "return document.querySelector('main [name=happened]')?.value ?? null"

pytestmark = [pytest.mark.slow, pytest.mark.one_database, pytest.mark.timeout(1800)]


@dataclass
class Typed:
    """One text: what was typed and when the page had each letter, by this machine's steady clock."""

    beginning: str  # tells it from all others
    text: str = ""
    moments: list[float] = field(default_factory=list)
    is_done: bool = False  # Done was pressed
    is_kept: bool = False  # and the page had gone on
    killed_at: float = 0.0

    def lost(self, survived: str) -> float:
        """How many seconds before the kill the first letter was typed that is gone."""
        assert self.text.startswith(survived), f"{survived!r} was never typed; {self.text!r} was"
        gone = self.moments[len(survived) :]
        return max(0.0, self.killed_at - gone[0]) if gone else 0.0


@dataclass
class Victim:
    """Somebody whose browser is killed."""

    writer: Writer
    chance: random.Random
    texts: list[str] = field(default_factory=list)  # how those begin that must be on the server at the end
    most_lost: float = 0.0

    @property
    def engine(self) -> Chromium:
        assert isinstance(self.writer.person.engine, Chromium)
        return self.writer.person.engine

    def is_killed_once(self, number: int) -> None:
        self.writer.goes("/debrief/new")
        typed = self._types_until_killed(f"Kveld {number}:")
        self._comes_back()
        survived = str(self.engine.run(FIELD))
        if typed.is_done and not survived and self._has_entry(typed.beginning, typed.is_kept):
            self.texts.append(typed.beginning)
            return
        assert not typed.is_kept, "the page had said that it was saved"
        self.most_lost = max(self.most_lost, typed.lost(survived))
        if survived:
            self._finishes(typed.beginning)

    def _has_entry(self, beginning: str, is_kept: bool) -> bool:
        """Killed after Done: when the page had not said so yet, it may have been saved, and may not."""
        self.writer.goes("/write")
        self.writer.person.sees("What would you like to write?")
        if is_kept:
            self.writer.person.sees_words(beginning)
        return beginning in self.writer.person.page_words()

    def _types_until_killed(self, beginning: str) -> Typed:
        typed = Typed(beginning)
        self.writer.person.writes("What happened", "")
        blow = threading.Timer(self.chance.uniform(0.2, 2.5), self._kill, [typed, processes_of(self.engine)])
        is_long = self.chance.random() < 0.5
        blow.start()
        try:
            self._types(typed, letters=200 if is_long else 20)
            self._is_done(typed)
        except Error:  # the page is gone
            pass
        blow.join()
        return typed

    def _types(self, typed: Typed, letters: int) -> None:
        """What tells the text from the others comes at once, and the rest letter by letter."""
        words = "".join(f" {self.chance.choice(WORDS)}" for _ in range(letters))
        typed.text = typed.beginning
        self.engine.page.keyboard.insert_text(typed.beginning)
        typed.moments += [time.monotonic()] * len(typed.beginning)
        for letter in words[:letters]:
            typed.text += letter
            self.engine.page.keyboard.type(letter)
            typed.moments.append(time.monotonic())
            time.sleep(self.chance.uniform(0, 0.04))

    def _is_done(self, typed: Typed) -> None:
        typed.is_done = True
        self.engine.page.keyboard.press("Control+Enter")
        while True:  # the blow comes while it is saved, or sent
            address = self.engine.address()  # raises when the page is gone
            typed.is_kept = typed.is_kept or "/new" not in address
            time.sleep(0.02)

    def _kill(self, typed: Typed, processes: list[int]) -> None:
        typed.killed_at = time.monotonic()
        for process in processes:
            os.kill(process, signal.SIGKILL)

    def _comes_back(self) -> None:
        self.engine.start()
        self.writer.person.opens(f"/{self.writer.person.language}/debrief/new")
        steps.unlock(self.writer.person)
        self.writer.person.waits_for(lambda: self.engine.run(FIELD) is not None, "there is no field")

    def _finishes(self, beginning: str) -> None:
        self.texts.append(beginning)
        self.writer.person.presses("Done")
        steps.is_done_with(self.writer.person, "/new")
        self.writer.has_once(beginning)


def processes_of(engine: Chromium) -> list[int]:
    """The browser first: the others are its children."""
    listed = subprocess.run(
        ["pgrep", "-f", "--", str(engine.profile)], capture_output=True, text=True, check=True
    )
    return [int(pid) for pid in listed.stdout.split() if int(pid) != os.getpid()]


@pytest.fixture
def victim(playwright: Playwright, tmp_path: Path) -> Iterator[Victim]:
    engine = Chromium(new_profile("chromium"), PHONE, playwright)
    with served_behind_a_line(tmp_path, small_house) as (house, line):
        engine.start()
        writer = settled_in(engine, line, house, "ingvild")
        engine.restart()  # Chromium takes its time to write down a cookie
        writer.person.opens("/nb/today")
        steps.unlock(writer.person)
        writer.person.sees("Next supervision")
        yield Victim(writer, random.Random(SEED))
        engine.stop()
    remove_profile(engine.profile)


def test_no_kill_takes_more_than_a_second_of_typing_and_none_doubles_a_text(victim: Victim) -> None:
    kills, writer = kills_wanted(FEW), victim.writer
    with writer.line.failing(Fault("slow", faults.slow(SLOWEST, SEED))):
        for number in range(1, kills + 1):
            victim.is_killed_once(number)
    writer.looks_again()
    writer.all_is_sent()
    counted, texts = writer.written.count(), len(victim.texts)
    tell(
        f"browser killed, seed {SEED}",
        kills=kills,
        texts=texts,
        operations=counted.operations,
        lost=max(0, texts - counted.entries),
        doubled=max(0, counted.entries - texts) + len(writer.written.doubled()),
        most_typing_lost_ms=round(victim.most_lost * 1000),
    )
    assert counted == Count(texts, texts, texts)
    assert writer.written.doubled() == []
    assert victim.most_lost <= AT_RISK
    steps.is_equal_with_server(writer.person)
