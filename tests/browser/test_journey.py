"""The main job, end to end: written off-line on a phone, read and held on a tablet, back on the phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser import steps
from tests.browser.conftest import ENGINES, PHONE, TABLET, House
from tests.support.engines import Chromium, Engine
from tests.support.walker import Walker

SHARED = "Hvordan stå i sinnet hennes uten å bli stille"
PRIVATE = "Dette temaet er bare mitt foreløpig"
DEBRIEF = "Flyttingen i går kveld satt i hele natta"
AGREED = "Spørre om fast makker på hjemmebesøk"
SUMMARY = "Vi øvde på åpningen av samtalen to ganger"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]


def write_off_line(ingvild: Walker, house: House) -> None:
    """A cold start of the app with no network and no server, and one text of each kind."""
    house.stop()
    ingvild.engine.restart()
    if isinstance(ingvild.engine, Chromium):
        ingvild.engine.context.set_offline(True)
    ingvild.opens(f"/{ingvild.language}/today")
    steps.unlock(ingvild)
    ingvild.sees("Next supervision")
    steps.prepare_topic(ingvild, SHARED, shared=True)
    ingvild.goes_by("Today", "/today")
    steps.prepare_topic(ingvild, PRIVATE, shared=False)
    steps.write_debrief(ingvild, DEBRIEF)
    steps.answer_self_assessment(ingvild)


def finds_it_all_again(ingvild: Walker) -> None:
    """After the browser was closed and opened, still off-line."""
    ingvild.engine.restart()
    if isinstance(ingvild.engine, Chromium):
        ingvild.engine.context.set_offline(True)
    ingvild.opens(f"/{ingvild.language}/write")
    steps.unlock(ingvild)
    for written in (SHARED, PRIVATE, DEBRIEF):
        ingvild.sees_words(written)


def comes_on_line(ingvild: Walker, house: House) -> None:
    house.start()
    if isinstance(ingvild.engine, Chromium):
        ingvild.engine.context.set_offline(False)
    steps.sends_all(ingvild)


def hold_the_session(ragnhild: Walker) -> None:
    ragnhild.presses("Start")
    ragnhild.presses("Go on")
    ragnhild.sees_words(SHARED)
    ragnhild.presses("Talked about, go on")
    ragnhild.writes("What we agreed", AGREED)
    ragnhild.presses("Add the agreement")
    ragnhild.sees_words(AGREED)
    ragnhild.writes("A short summary", SUMMARY)
    ragnhild.presses("Go on")
    ragnhild.presses("Close the session as held")
    ragnhild.sees("The session is noted as held.")


def the_journey(ingvild: Walker, ragnhild: Walker, house: House) -> None:
    steps.sign_in(ingvild, house.facts, "ingvild")
    steps.settle_in(ingvild)
    steps.is_equal_with_server(ingvild)
    steps.waits_for_the_worker(ingvild)
    write_off_line(ingvild, house)
    finds_it_all_again(ingvild)
    comes_on_line(ingvild, house)

    steps.sign_in(ragnhild, house.facts, "ragnhild")
    steps.settle_in(ragnhild)
    ragnhild.goes_by("Supervision", "/supervision")
    ragnhild.sees_words(SHARED)
    for unshared in (PRIVATE, DEBRIEF):
        ragnhild.does_not_see(unshared)
    held = house.facts["sessions"]["ingvild"][0]
    ragnhild.opens(f"/{ragnhild.language}/supervision/{held}")
    steps.unlock(ragnhild)
    hold_the_session(ragnhild)
    steps.is_equal_with_server(ragnhild)

    steps.send_and_fetch(ingvild)
    ingvild.goes_by("Today", "/today")
    ingvild.sees_words(AGREED)
    house.stop()
    ingvild.engine.restart()
    ingvild.opens(f"/{ingvild.language}/supervision/{held}")
    steps.unlock(ingvild)
    ingvild.sees_words(SUMMARY)
    ingvild.sees_words(AGREED)


def test_what_is_written_without_a_network_reaches_the_supervisor_and_the_agreement_comes_back(
    chromium: Callable[..., Walker], house: House
) -> None:
    ingvild, ragnhild = chromium(size=PHONE), chromium(size=TABLET)
    the_journey(ingvild, ragnhild, house)
    for person in (ingvild, ragnhild):
        assert isinstance(person.engine, Chromium)
        assert person.engine.errors == []


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("language", ["nn"], indirect=True)
def test_the_journey_holds_in_other_engines_too(
    engine: str, chromium: Callable[..., Walker], other_engine: Callable[[type[Engine]], Walker], house: House
) -> None:
    the_journey(other_engine(ENGINES[engine]), chromium(size=TABLET), house)
