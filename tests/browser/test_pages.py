"""Every page and state in a real browser, in both languages, light and dark, on a phone and on a tablet.

One walk a combination; each test asks one question about all that the walk saw.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Playwright

from tests.browser import steps, walks
from tests.browser.conftest import PHONE, TABLET, House, copied_house
from tests.support.engines import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.support.looking import Findings, axe_script, context_options
from tests.support.server_pages import leaders_pages

pytestmark = [pytest.mark.slow, pytest.mark.one_database, pytest.mark.timeout(300)]

MakeHouse = Callable[[str, str], House]


@dataclass(frozen=True)
class Combination:
    language: str
    scheme: str
    size: tuple[int, int]

    def __str__(self) -> str:
        return f"{self.language}, {self.scheme}, {self.size[0]} × {self.size[1]}"


COMBINATIONS = [
    Combination("nb", "light", PHONE),
    Combination("nb", "dark", TABLET),
    Combination("nn", "dark", PHONE),
    Combination("nn", "light", TABLET),
]


@pytest.fixture(scope="module", params=COMBINATIONS, ids=str)
def walked(
    request: pytest.FixtureRequest, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Findings:
    """What was found on a walk through everything, in a filled service of its own."""
    combination: Combination = request.param
    house = copied_house(tmp_path_factory.mktemp("walk"), "filled_service", combination.language)
    house.start()
    findings = Findings()
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
    try:
        walk_everywhere(lambda: new_visit(browser, findings, house, combination))
    finally:
        browser.close()
        house.stop()
    return findings


def new_visit(browser: object, findings: Findings, house: House, combination: Combination) -> walks.Visit:
    context = browser.new_context(**context_options(combination.size, combination.scheme))  # type: ignore[attr-defined]
    context.add_init_script(path=axe_script())
    is_phone = combination.size == PHONE
    return walks.visit(context, findings, house.facts, house.address, combination.language, is_phone=is_phone)


def walk_everywhere(come: Callable[[], walks.Visit]) -> None:
    newcomer = come()
    walks.the_door(newcomer)
    walks.the_first_steps(newcomer)
    walks.nothing_yet(newcomer)
    newcomer.context.close()

    returning = come()
    walks.the_wait(returning)
    returning.context.close()

    ingvild = come()
    enter(ingvild, "ingvild")
    walks.what_is_read(ingvild)
    walks.what_is_written(ingvild)
    walks.what_needs_attention(ingvild)
    walks.without_a_network(ingvild)
    walks.what_has_happened(ingvild)
    walks.the_lock(ingvild)
    ingvild.context.close()

    ragnhild = come()
    enter(ragnhild, "ragnhild")
    walks.the_session(ragnhild)
    ragnhild.context.close()

    berit = come()
    walks.the_leaders_pages(berit, leaders_pages)
    berit.context.close()


def enter(visit: walks.Visit, who: str) -> None:
    steps.sign_in(visit.person, visit.facts, who)
    steps.settle_in(visit.person)


def test_the_walk_goes_everywhere(walked: Findings) -> None:
    assert len(set(walked.states)) > 70


def test_axe_finds_nothing_on_any_page(walked: Findings) -> None:
    assert walked.of("axe") == ""


def test_each_page_has_one_heading_a_title_of_its_own_and_its_language(walked: Findings) -> None:
    assert walked.of("head") == ""


def test_the_new_heading_has_the_focus_when_one_moves_about(walked: Findings) -> None:
    assert walked.of("focus") == ""


def test_there_is_room_for_a_finger_everywhere(walked: Findings) -> None:
    assert walked.of("targets") == ""


def test_what_is_pressed_last_can_be_scrolled_clear_of_a_toast(walked: Findings) -> None:
    assert walked.of("toasts") == ""


def test_nothing_scrolls_sideways_when_the_page_is_enlarged_four_times(walked: Findings) -> None:
    assert walked.of("sideways") == ""


def test_the_browser_has_nothing_to_complain_of(walked: Findings) -> None:
    assert walked.of("console") == ""
