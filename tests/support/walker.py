"""A person at a browser: finds things by the words on the screen, and waits as people do."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

from tests.support.engines import Engine

TRANSLATIONS = Path(__file__).resolve().parents[2] / "translations"
PATIENCE = 20.0  # seconds a person waits before she gives up; generous, because machines are noisy

FIND = """
const [kind, name] = arguments
const open = document.querySelector('dialog[open]')
const place = open ?? document
const squeeze = (text) => (text ?? '').replace(/\\s+/g, ' ').trim()
const shown = (node) => {
  const box = node.getBoundingClientRect()
  return box.width > 0 && box.height > 0 && getComputedStyle(node).visibility !== 'hidden'
}
const nameOf = (node) => squeeze(node.getAttribute('aria-label') || node.innerText || node.value)
const candidates = {
  press: 'button, a[href], summary, input[type=submit], [role=button]',
  field: 'label, legend',
  choose: 'label',
}[kind]
const all = [...place.querySelectorAll(candidates)].filter((node) => shown(node) && !node.disabled)
const found = all.find((node) => nameOf(node) === name) ?? all.find((node) => nameOf(node).startsWith(name))
if (!found) return null
found.scrollIntoView({ block: 'center', behavior: 'instant' })
if (kind === 'field') return found.control ?? null
return found
"""

WORDS = "return document.body.innerText + ' ' + document.title"


@cache
def catalogue(language: str) -> dict[str, str]:
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        messages = read_po(file)
    words: dict[str, str] = {}
    for message in messages:
        if isinstance(message.id, str) and isinstance(message.string, str):
            words[message.id] = message.string
        elif message.id:
            words.update(zip(message.id, message.string, strict=False))
    return words


def in_words(language: str, message: str, **values: Any) -> str:
    """The text on the screen for an English message id. A message nobody has is an error in the test."""
    text = catalogue(language)[message] or message
    return text % values if values else text


class Walker:
    def __init__(self, engine: Engine, base: str, language: str) -> None:
        self.engine = engine
        self.base = base
        self.language = language

    def word(self, message: str, **values: Any) -> str:
        return in_words(self.language, message, **values)

    def opens(self, path: str) -> None:
        self.engine.goto(self.base + path)

    def waits_for(self, happens: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
        end = time.monotonic() + patience
        last: Exception | None = None
        while time.monotonic() < end:
            try:
                if happens():
                    return
            except Exception as error:  # a page between two documents answers with odd errors
                last = error
            time.sleep(0.05)
        raise AssertionError(
            f"{what}; at {self.engine.address()} the page says: {self.page_words()[:1500]!r} ({last})"
        )

    def page_words(self) -> str:
        return " ".join(str(self.engine.run(WORDS)).split())

    def presses(self, message: str, **values: Any) -> None:
        self.presses_words(self.word(message, **values))

    def presses_words(self, words: str) -> None:
        self.waits_for(lambda: self.engine.click(FIND, "press", words), f"nothing to press called {words!r}")

    def goes_by(self, message: str, to: str) -> None:
        """Press what leads somewhere, and once more when the page did not take it, as a thumb does."""
        self.presses(message)
        end = time.monotonic() + PATIENCE
        while not self._comes_to(to, within=0.5) and time.monotonic() < end:
            self.engine.click(FIND, "press", self.word(message))
        self.is_at(to)

    def _comes_to(self, part: str, within: float) -> bool:
        end = time.monotonic() + within
        while part not in self.engine.address():
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def chooses(self, message: str, **values: Any) -> None:
        words = self.word(message, **values)
        self.waits_for(lambda: self.engine.click(FIND, "choose", words), f"no choice called {words!r}")

    def writes(self, label: str, text: str) -> None:
        """Letter by letter."""
        self._puts(label, text, self.engine.type)

    def fills(self, label: str, text: str) -> None:
        """At once, as a password manager does: each letter costs a hundredth of a second."""
        self._puts(label, text, self.engine.fill)

    def _puts(self, label: str, text: str, put: Callable[[str], None]) -> None:
        """Into a field, and look that it stands there: WebKitGTK drops keys on a busy machine."""
        words = self.word(label)
        for _ in range(3):
            self.waits_for(lambda: self.engine.click(FIND, "field", words), f"no field called {words!r}")
            self.engine.run("document.activeElement.select?.()")
            put(text)
            if self.engine.run("return document.activeElement.value") == text:
                return
        raise AssertionError(f"{text!r} does not stand in {words!r}")

    def sees(self, message: str, **values: Any) -> None:
        self.sees_words(self.word(message, **values))

    def sees_words(self, words: str) -> None:
        self.waits_for(lambda: words in self.page_words(), f"{words!r} is not on the page")

    def does_not_see(self, words: str) -> None:
        assert words not in self.page_words()

    def is_at(self, part: str) -> None:
        self.waits_for(lambda: part in self.engine.address(), f"not at {part}")
