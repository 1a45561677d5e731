"""A person with only a keyboard: Tab, Shift+Tab, arrows, Space, Enter, letters. Each stop must be seen."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.support.walker import in_words

FURTHEST = 160  # stops; more than that is no way to anything
PARTS = {"date": 4, "time": 3}  # a date is a day, a month, a year and its calendar: a stop each

# Where the keyboard is, what it is called, and whether one can see it: a ring (WCAG 2.4.7), and not wholly
# under something else (WCAG 2.4.11). A choice shows the ring on its label or its field.
STOP = """() => {
  const at = document.activeElement
  if (!at || at === document.body) return null
  const squeeze = (text) => (text ?? '').replace(/\\s+/g, ' ').trim()
  const ringed = [at, at.closest('label'), at.closest('.ds-field'), ...(at.labels ?? [])].filter(Boolean)
  const hasRing = ringed.some((each) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(each)
    return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2
  })
  const textOf = (each) => each.labels?.[0]?.innerText || each.innerText
  const nameOf = (each) => squeeze(each.getAttribute('aria-label') || textOf(each))
  const box = (at.closest('label') ?? at).getBoundingClientRect()
  const points = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.8]]
  const isUncovered = points.some(([across, down]) => {
    const top = document.elementFromPoint(box.left + box.width * across, box.top + box.height * down)
    return top && (ringed.some((each) => each.contains(top)) || top.contains(at))
  })
  globalThis.stops ??= new Map()
  if (!stops.has(at)) stops.set(at, stops.size)
  const others = at.type === 'radio' ? document.querySelectorAll(`[name="${at.name}"]`) : []
  const group = [...others].map(nameOf)
  return {
    id: stops.get(at), name: nameOf(at), tag: at.localName, type: at.type ?? '', field: at.name ?? '',
    path: at.getAttribute('href') ?? '', isChecked: at.checked === true, group, hasRing, isUncovered,
  }
}"""

# What Tab should reach: all that is shown and not taken out of the order; of a group of choices, one.
REACHABLE = """() => {
  const kinds = 'a[href], button, input, select, textarea, summary, [tabindex="0"]'
  const all = [...document.querySelectorAll(kinds)]
  const found = all.filter((each) => each.tabIndex >= 0 && !each.disabled && each.checkVisibility())
  const groups = new Set()
  return found.filter(({ type, name }) => type !== 'radio' || (!groups.has(name) && groups.add(name))).length
}"""


class Keyboard:
    def __init__(self, page: Page, address: str, language: str) -> None:
        self.page = page
        self.address = address
        self.language = language

    def word(self, message: str, **values: Any) -> str:
        return in_words(self.language, message, **values)

    def opens(self, path: str) -> None:
        self.page.goto(self.address + path)

    def stop(self) -> dict[str, Any] | None:
        """Where the keyboard is; None when it is nowhere on the page."""
        return self.page.evaluate(STOP)

    def steps(self, key: str = "Tab") -> dict[str, Any] | None:
        """One stop further, or back; it must be seen, and another than the last."""
        before = self.stop()
        for _ in range(PARTS.get(before["type"] if before else "", 1)):
            self.page.keyboard.press(key)
            now = self.stop()
            if now is None or before is None or now["id"] != before["id"]:
                break
        if now is None:
            return None
        assert before is None or now["id"] != before["id"], f"{key} does not leave {now}"
        if now["tag"] == "h1":  # the page has just moved on and begins at its heading
            return now
        # Backwards one comes to the calendar in a date field first, which has the browser's own ring.
        is_calendar = key == "Shift+Tab" and now["type"] in PARTS
        assert now["hasRing"] or is_calendar, f"nothing shows that the keyboard is at {now}"
        assert now["isUncovered"], f"what the keyboard is at is covered: {now}"
        return now

    def goes_to(self, name: str, key: str = "Tab") -> None:
        """Until the keyboard is at what is called so, or begins so."""
        passed = []
        now = self.stop()
        for _ in range(FURTHEST):
            if now and now["tag"] != "h1" and now["name"].startswith(name):
                return
            now = self.steps(key)
            passed.append(now["name"][:30] if now else "–")
        raise AssertionError(f"{key} does not come to {name!r}, but to {passed}")

    def presses(self, message: str) -> None:
        self.goes_to(self.word(message))
        self.page.keyboard.press("Enter")

    def writes(self, label: str, text: str) -> None:
        self.goes_to(self.word(label))
        self.page.keyboard.type(text)

    def chooses(self, message: str) -> None:
        """One of a group of choices: Tab to the group, arrows inside it."""
        word = self.word(message)
        now = self.stop()
        for _ in range(FURTHEST):
            if now and word in now["group"]:
                break
            now = self.steps()
        assert now, f"no choice called {word!r}"
        assert word in now["group"], f"no choice called {word!r}"
        self.page.keyboard.press("Space")
        for _ in now["group"]:
            here = self.stop()
            assert here
            if here["name"] == word:
                assert here["isChecked"], f"{here} is not chosen"
                return
            self.page.keyboard.press("ArrowRight")
        raise AssertionError(f"the arrows do not come to {word!r}")

    def sees(self, message: str, **values: Any) -> None:
        self.page.get_by_text(self.word(message, **values)).first.wait_for()

    def sees_text(self, text: str) -> None:
        self.page.get_by_text(text).first.wait_for()

    def goes_to_link(self, path: str) -> None:
        """To the link with this address, and follows it."""
        for _ in range(FURTHEST):
            now = self.steps()
            if now and now["path"].endswith(path):
                self.page.keyboard.press("Enter")
                return
        raise AssertionError(f"Tab does not come to a link to {path}")

    def arrives_at(self, part: str) -> None:
        """On another page, whose heading has the focus, or a field of it."""
        self.page.wait_for_url(f"**{part}**")
        self.page.wait_for_function("() => document.activeElement?.localName === 'h1'")

    def goes_round(self, key: str = "Tab") -> set[int]:
        """All stops of the page, from here over its end to where it began."""
        seen: set[int] = set()
        for _ in range(FURTHEST):
            now = self.steps(key)
            if now is None:  # past the end, or before the beginning: on from the other side
                continue
            if now["id"] in seen:
                return seen
            seen.add(now["id"])
        raise AssertionError(f"{key} does not come round: {len(seen)} stops")

    def reachable(self) -> int:
        """How many stops the page should have."""
        return int(self.page.evaluate(REACHABLE))
