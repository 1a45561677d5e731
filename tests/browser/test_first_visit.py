"""What a first visit takes, in bytes on the line, and a page opened off-line: nothing (design.md §11)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright

from ledvei_pwa.platform.assets import STATIC
from ledvei_pwa.shell.modules import scripts_of
from tests.browser import steps
from tests.browser.conftest import PHONE, House, small_house
from tests.support.counting_proxy import Line, counting_proxy
from tests.support.engines import Chromium
from tests.support.first_visit import is_kept, until_usable
from tests.support.walker import Walker

FIRST_USE = 50_000  # bytes, everything, compressed: until the first of the first steps stands there
INSTALLED = 150_000  # bytes: all of that, and what is kept for the days without a network

pytestmark = [pytest.mark.one_database]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = small_house(tmp_path_factory.mktemp("house"))
    house.start()
    yield house
    house.stop()


@pytest.fixture(scope="module")
def line(house: House) -> Iterator[Line]:
    with counting_proxy(house.port) as line:
        yield line


@pytest.fixture(scope="module")
def newcomer(
    line: Line, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Walker]:
    """Somebody at a browser that was never here. One visit for all questions about it."""
    engine = Chromium(tmp_path_factory.mktemp("profile"), PHONE, playwright)
    engine.start()
    yield Walker(engine, line.address, "nb")
    engine.stop()


@pytest.fixture(scope="module")
def arrived(newcomer: Walker, house: House) -> Walker:
    """In the first of the first steps, with the whole app kept on the device."""
    assert scripts_of(STATIC, "js/app.js").now[0].startswith("vendor/"), "npm run build first"
    steps.sign_in(newcomer, house.facts, "ingvild")
    newcomer.sees("Put Ledvei on your home screen")
    steps.waits_for_the_worker(newcomer)
    newcomer.waits_for(lambda: is_kept(newcomer.engine), "not everything is kept on the device")
    return newcomer


def test_fifty_kilobytes_are_enough_for_the_first_use(arrived: Walker, line: Line) -> None:
    first = until_usable(line)
    assert first.size <= FIRST_USE, first.table()


def test_a_hundred_and_fifty_kilobytes_are_everything(arrived: Walker, line: Line) -> None:
    assert line.size <= INSTALLED, line.table()


def test_nothing_is_fetched_twice_for_the_days_without_a_network(arrived: Walker, line: Line) -> None:
    files = [path for path in line.asked if path.startswith("/static/")]
    assert sorted(files) == sorted(set(files))


def test_a_page_opened_without_a_network_asks_for_nothing(arrived: Walker, house: House, line: Line) -> None:
    walk_in(arrived)
    house.stop()
    arrived.engine.restart()
    line.asked.clear()
    arrived.opens(f"/{arrived.language}/today")
    arrived.sees("Ledvei is locked")
    assert without_the_browsers_own(line) == []
    steps.unlock(arrived)
    arrived.sees("Next supervision")
    # Whether there is a network is found out by trying to send.
    assert set(without_the_browsers_own(line)) <= {"/api/v1/sync"}


def walk_in(person: Walker) -> None:
    person.presses("Go on")
    person.writes("Your passphrase", steps.PASSPHRASE)
    person.sees_words("omtrent 9 år")  # to guess it: what stands beside the field is reckoned there
    person.writes("Once more", steps.PASSPHRASE)
    person.presses("Lock it with this")
    person.sees("Would you like to be reminded?")
    person.presses("Go to Today")
    person.sees("Next supervision")


def without_the_browsers_own(line: Line) -> list[str]:
    """After a visit the browser itself asks whether there is a newer worker, as the standard says."""
    return [path for path in line.asked if path != "/sw.js"]
