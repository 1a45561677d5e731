"""Looks at a page as it stands: axe, headings, room for fingers, sideways scrolling, the focus."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Page

from tests.support.engines import ROOT, Chromium

AXE = ROOT / "node_modules/axe-core/axe.min.js"
NARROW = {"width": 320, "height": 256}  # 1280 × 1024 at 400 %: WCAG 1.4.10
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

RUN_AXE = """async () => {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
  const options = { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] }
  const { violations } = await axe.run(document, options)
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.slice(0, 4).map(({ target, any, all, none }) => {
      const why = [...any, ...all, ...none].map(({ message }) => message)[0] ?? ''
      return `${id}: ${target.join(' ')} (${why || help})`
    }))
}"""

HEAD = """() => {
  const shown = [...document.querySelectorAll('h1')].filter((each) => each.checkVisibility())
  const heading = shown[0]?.textContent ?? ''
  return { lang: document.documentElement.lang, title: document.title, headings: shown.length, heading }
}"""

FOCUS = """() => {
  const { activeElement: at } = document
  return at === document.body ? 'nowhere' : at.tagName.toLowerCase()
}"""

# Inline links stand in a sentence and are excepted (WCAG 2.5.8), and so is what a label makes larger.
SMALL_TARGETS = """(isPhone) => {
  const fields = 'select, textarea, summary, .lv-chips label, .lv-scale label'
  const all = `${fields}, a[href], button, input:not([type=hidden]), [role=button]`
  const primary = `${fields}, .ds-button, .lv-places a, a.lv-item, a.lv-choice, ` +
    'input.ds-input:not([type=checkbox], [type=radio])'
  const unseen = '.ds-skip-link, [aria-hidden=true][tabindex="-1"]'
  const place = document.querySelector('dialog[open]') ?? document
  const boxOf = (element) => {
    const boxes = [element, ...(element.labels ?? [])].map((each) => each.getBoundingClientRect())
    const least = (side) => Math.min(...boxes.map((box) => box[side]))
    const most = (side) => Math.max(...boxes.map((box) => box[side]))
    return { width: most('right') - least('left'), height: most('bottom') - least('top') }
  }
  const isInline = (element) => element.tagName === 'A' && getComputedStyle(element).display === 'inline' &&
    element.parentElement.textContent.trim() !== element.textContent.trim()
  return [...place.querySelectorAll(all)].flatMap((element) => {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.matches(unseen)) return []
    if (isInline(element)) return []
    const { width, height } = boxOf(element)
    const least = isPhone && element.matches(primary) ? 44 : 24
    if (Math.min(width, height) > least - 0.5) return []
    const text = element.textContent.trim().slice(0, 30)
    const name = element.getAttribute('aria-label') ?? (text || element.name)
    const size = `${width.toFixed(0)} × ${height.toFixed(0)}`
    return [`${element.tagName.toLowerCase()} «${name}» is ${size}, not ${least}`]
  })
}"""

SIDEWAYS = """() => {
  const { scrollWidth, clientWidth } = document.documentElement
  const problems = []
  const all = [...document.body.querySelectorAll('*')].filter((each) => each.checkVisibility())
  if (scrollWidth > clientWidth) {
    const isBeyond = (each) => each.getBoundingClientRect().right > clientWidth + 1
    const beyond = all.filter((each) => isBeyond(each) && !each.closest('.lv-scroll'))
    const names = beyond.slice(-3).map((each) => `${each.tagName.toLowerCase()}.${each.className}`)
    problems.push(`${scrollWidth} wide on a screen of ${clientWidth}: ${names.join(', ')}`)
  }
  const isFixed = (each) => ['fixed', 'sticky'].includes(getComputedStyle(each).position)
  const covering = all.filter((each) => isFixed(each) && !each.closest('dialog'))
  const covered = covering.reduce((sum, each) => sum + each.getBoundingClientRect().height, 0)
  if (covered > innerHeight / 2) problems.push(`${covered.toFixed(0)} of ${innerHeight} px are covered`)
  return problems
}"""

# What one presses last, with the page scrolled to its end: a toast must not lie on it.
BEHIND_A_TOAST = """() => {
  const toast = document.querySelector('.lv-toast')
  const pressed = [...document.querySelectorAll('main :is(a[href], button)')]
  const last = pressed.filter((each) => each.checkVisibility({ visibilityProperty: true })).at(-1)
  if (!toast || !last) return []
  const before = scrollY
  scrollTo(0, document.documentElement.scrollHeight)
  const covers = toast.getBoundingClientRect()
  const { top, bottom } = last.getBoundingClientRect()
  scrollTo(0, before)
  return bottom > covers.top && top < covers.bottom ? [`the toast lies on «${last.textContent.trim()}»`] : []
}"""

FOLLOW = """(address) => {
  document.querySelector('.lv-view')?.setAttribute('data-before', '')
  const link = document.createElement('a')
  link.href = address
  document.body.append(link)
  link.click()
  link.remove()
}"""
ARRIVED = "() => Boolean(document.querySelector('.lv-view:not([data-before]) h1'))"


class OpenPage(Chromium):
    """A page of a browser that somebody else started."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors = []

    def start(self) -> None: ...

    def stop(self) -> None:
        self.page.context.close()


@dataclass
class Findings:
    """What is wrong, by what was looked for; each line begins with the state it was found in."""

    states: list[str] = field(default_factory=list)
    by_kind: dict[str, list[str]] = field(default_factory=dict)

    def note(self, kind: str, problems: list[str]) -> None:
        state = self.states[-1] if self.states else "before the first page"
        self.by_kind.setdefault(kind, []).extend(f"{state}: {problem}" for problem in problems)

    def of(self, kind: str) -> str:
        """One problem a line; empty when there is none."""
        return "\n".join(dict.fromkeys(self.by_kind.get(kind, [])))


class Looker:
    """Looks at one person's page, state by state."""

    def __init__(self, page: Page, findings: Findings, language: str, *, is_phone: bool) -> None:
        self.page = page
        self.findings = findings
        self.language = language
        self.is_phone = is_phone
        self.title = ""
        self.expected: tuple[str, ...] = ()
        page.on("pageerror", lambda error: findings.note("console", [str(error)]))
        page.on("console", self._listen)

    def look(self, state: str) -> None:
        self.findings.states.append(state)
        self.page.evaluate(SETTLED)
        self.findings.note("axe", self.page.evaluate(RUN_AXE))
        self._look_at_head()
        self.findings.note("targets", self.page.evaluate(SMALL_TARGETS, self.is_phone))
        if self.is_phone:
            self.findings.note("toasts", self.page.evaluate(BEHIND_A_TOAST))
            self._look_when_narrow()

    def goes(self, path: str, state: str) -> None:
        """To another view of the app, as a link does: nothing is loaded, so nothing is locked."""
        before = self.page.evaluate(HEAD)
        self.page.evaluate(FOLLOW, f"/{self.language}{path}")
        self.page.wait_for_function(ARRIVED)
        self.look(state)
        if (at := self.page.evaluate(FOCUS)) != "h1":
            self.findings.note("focus", [f"the focus is at {at}"])
        after = self.page.evaluate(HEAD)
        if after["heading"] != before["heading"] and after["title"] == before["title"]:
            self.findings.note("head", [f"the title is still {before['title']!r}"])

    def _look_at_head(self) -> None:
        head = self.page.evaluate(HEAD)
        problems = []
        if head["lang"] != self.language:
            problems.append(f"the language is {head['lang']!r}")
        if head["headings"] != 1:
            problems.append(f"{head['headings']} h1")
        if not head["title"].removesuffix("Ledvei").strip(" –"):
            problems.append(f"the title is {head['title']!r}")
        self.findings.note("head", problems)

    def _look_when_narrow(self) -> None:
        usual = self.page.viewport_size
        assert usual
        self.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        self.page.evaluate(SETTLED)
        self.findings.note("sideways", self.page.evaluate(SIDEWAYS))
        self.page.set_viewport_size(usual)

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"} or any(text in message.text for text in self.expected):
            return
        self.findings.note("console", [f"{message.text} ({message.location.get('url', '')})"])


def context_options(size: tuple[int, int], scheme: str) -> dict[str, Any]:
    width, height = size
    return {
        "viewport": {"width": width, "height": height},
        "color_scheme": scheme,
        "reduced_motion": "reduce",
        "timezone_id": "Europe/Oslo",
    }


def axe_script() -> Path:
    """Run before each document's own scripts, where no policy holds it back."""
    return AXE
