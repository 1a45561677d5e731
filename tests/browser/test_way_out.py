"""When a device fails, and when somebody wants their own: every text has a way out, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser import steps
from tests.browser.conftest import House
from tests.browser.walks import NO_ROOM
from tests.support.engines import Chromium
from tests.support.walker import Walker

pytestmark = [pytest.mark.one_database, pytest.mark.parametrize("language", ["nb"], indirect=True)]

HAPPENED = "Vi ble stående ute i regnet"


def chromium_of(person: Walker) -> Chromium:
    assert isinstance(person.engine, Chromium)
    return person.engine


@pytest.fixture
def come_in(chromium: Callable[..., Walker], house: House) -> Callable[[], Walker]:
    """Another device of Ingvild's, set up; its disk is full when `window.isFull` is set."""

    def one_more() -> Walker:
        person = chromium(accept_downloads=True)
        chromium_of(person).page.add_init_script(NO_ROOM)
        steps.sign_in(person, house.facts, "ingvild")
        steps.settle_in(person)
        return person

    return one_more


def download(person: Walker, message: str, to: Path) -> Path:
    with chromium_of(person).page.expect_download() as saved:
        person.presses(message)
    saved.value.save_as(to)
    return to


def test_a_text_that_a_full_device_cannot_store_goes_out_sealed_and_in_from_another(
    come_in: Callable[[], Walker], tmp_path: Path
) -> None:
    phone = come_in()
    phone.goes_by("Write", "/write")
    phone.goes_by("After something hard", "/debrief/new")
    phone.engine.run("window.isFull = true")
    phone.writes("What happened", HAPPENED)
    phone.sees("Not stored yet.")
    phone.presses("See what you can do")
    sealed = download(phone, "Save a sealed file", tmp_path / "sealed.json")
    assert HAPPENED not in sealed.read_text()
    assert phone.engine.run("return document.querySelector('textarea').value") == HAPPENED

    tablet = come_in()
    tablet.goes_by("Me", "/me")
    tablet.presses("If this device fails")
    chromium_of(tablet).page.locator("[data-send-sealed]").set_input_files(sealed)
    tablet.sees("Everything is sent and equal.")
    tablet.goes_by("Write", "/write")
    tablet.sees_words(HAPPENED)


def test_the_browser_asks_before_it_closes_a_page_with_a_text_that_is_nowhere_else(
    come_in: Callable[[], Walker],
) -> None:
    phone = come_in()
    page = chromium_of(phone).page
    phone.goes_by("Write", "/write")
    phone.goes_by("After something hard", "/debrief/new")
    phone.engine.run("window.isFull = true")
    phone.writes("What happened", HAPPENED)
    phone.sees("Not stored yet.")
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    phone.engine.run("window.isFull = false")
    phone.waits_for(lambda: phone.word("Not stored yet.") not in phone.page_words(), "it is not tried again")
    with page.expect_event("close"):
        page.close(run_before_unload=True)


def test_ones_own_texts_are_a_file_that_stands_alone_also_without_a_network(
    come_in: Callable[[], Walker], tmp_path: Path
) -> None:
    phone = come_in()
    steps.waits_for_the_worker(phone)
    chromium_of(phone).context.set_offline(True)
    steps.write_debrief(phone, HAPPENED)
    phone.goes_by("Me", "/me")
    phone.presses("Download my texts")
    saved = download(phone, "Download", tmp_path / "mine.html")
    page = chromium_of(phone).context.new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(saved.as_uri())
    assert HAPPENED in page.inner_text("body")
    assert phone.word("Saved on this device, not sent yet") in page.inner_text("body")
    assert fetched == [saved.as_uri()]
