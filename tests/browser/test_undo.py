"""What one takes away by a slip comes back as it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser import steps
from tests.browser.conftest import PHONE, House
from tests.support.walker import Walker

pytestmark = pytest.mark.timeout(180)

SAVED = "Det var lagret"
UNSAVED = "Det var lagret, og dette var det ikke"
STANDS = "return [...document.querySelectorAll('main textarea')].map((field) => field.value)"


@pytest.mark.parametrize("language", ["nb"], indirect=True)
def test_undoing_a_deletion_brings_back_also_what_was_typed_and_not_yet_saved(
    chromium: Callable[..., Walker], house: House
) -> None:
    ingvild = chromium(size=PHONE)
    steps.sign_in(ingvild, house.facts, "ingvild")
    steps.settle_in(ingvild)
    steps.write_debrief(ingvild, SAVED)
    ingvild.presses_words(SAVED)
    ingvild.waits_for(lambda: SAVED in ingvild.engine.run(STANDS), "the debrief is not open")
    ingvild.writes("What happened", UNSAVED)
    ingvild.presses("Delete")
    ingvild.presses("Undo")
    ingvild.goes_by("Write", "/write")
    ingvild.presses_words(UNSAVED)
    ingvild.waits_for(lambda: UNSAVED in ingvild.engine.run(STANDS), "what was typed did not come back")
