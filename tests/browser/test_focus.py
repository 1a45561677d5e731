"""Whoever is at a link or a heading stays there when something new arrives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser import steps
from tests.browser.conftest import TABLET, House, copied_house
from tests.support.engines import Chromium
from tests.support.walker import Walker

pytestmark = [
    pytest.mark.one_database,
    pytest.mark.timeout(240),
    pytest.mark.parametrize("language", ["nb"], indirect=True),
]

# At each stop of the keyboard in turn: another tab says that something has changed, and the page syncs.
# Tells at which stops the keyboard is no longer where it was.
LOSES_ITS_PLACE = """async () => {
  const kinds = 'h1, a[href], button, input, select, textarea, summary'
  const all = () => [...document.querySelectorAll('main ' + kinds.replaceAll(', ', ', main '))]
    .filter((each) => !each.disabled && each.checkVisibility())
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  const nameOf = (node) => `${node.localName} «${(node.textContent || node.name).trim().slice(0, 30)}»`
  const channel = new BroadcastChannel('ledvei')
  const lost = []
  for (let place = 0; place < all().length; place += 1) {
    const stop = all()[place]
    stop.focus({ preventScroll: true })
    if (document.activeElement !== stop) continue
    const name = nameOf(stop)
    channel.postMessage({ type: 'changed', store: 'ledvei', person: null })
    dispatchEvent(new Event('focus'))
    await new Promise((done) => setTimeout(done, 60))
    await frame()
    const now = document.activeElement
    if (nameOf(now) !== name) lost.push(`${name} → ${nameOf(now)}`)
  }
  channel.close()
  return lost
}"""


@pytest.fixture
def house(tmp_path: Path, language: str) -> Iterator[House]:
    """With texts of many kinds."""
    house = copied_house(tmp_path, "filled_service", language)
    house.start()
    yield house
    house.stop()


def loses_its_place(person: Walker, path: str) -> list[str]:
    assert isinstance(person.engine, Chromium)
    steps.goes(person, path)
    person.engine.page.locator("main h1").first.wait_for()
    return [f"{path}: {each}" for each in person.engine.page.evaluate(LOSES_ITS_PLACE)]


def test_the_keyboard_stays_where_it_is_when_something_new_arrives(
    chromium: Callable[..., Walker], house: House
) -> None:
    person = chromium(size=TABLET)
    steps.sign_in(person, house.facts, "ingvild")
    steps.settle_in(person)
    session = house.facts["sessions"]["ingvild"][0]
    own = ["/today", "/write", "/agreements", "/assessment", "/me"]
    theirs = [f"/supervision/{session}", f"/supervision/{session}/prepare"]
    lost = [each for path in (*own, *theirs) for each in loses_its_place(person, path)]
    assert "\n".join(lost) == ""
