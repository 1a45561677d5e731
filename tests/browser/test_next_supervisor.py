"""Another supervises from now on: its author sees who cannot read what was shared, and opens it at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser import steps
from tests.browser.conftest import House, run_in
from tests.support.walker import Walker

pytestmark = [pytest.mark.timeout(180), pytest.mark.one_database]

WORDS = "Det var til deg, Ragnhild"


@pytest.mark.parametrize("language", ["nn"], indirect=True)
def test_what_was_shared_with_the_supervisor_before_is_opened_with_one_tap(
    chromium: Callable[..., Walker], house: House
) -> None:
    ingvild = chromium()
    steps.sign_in(ingvild, house.facts, "ingvild")
    steps.settle_in(ingvild)
    steps.prepare_topic(ingvild, WORDS, shared=True)
    steps.is_equal_with_server(ingvild)
    run_in(house.installation.folder, "-m", "tests.support.next_supervisor")
    steps.send_and_fetch(ingvild)
    ingvild.goes_by("Write", "/write")
    ingvild.sees_words(ingvild.word("%(name)s cannot read it.", name="Ola Vik"))
    ingvild.presses_words(WORDS)
    ingvild.sees_words(ingvild.word("Shared with %(name)s, who was your supervisor.", name="Ragnhild Moe"))
    ingvild.presses("Let %(name)s read it", name="Ola Vik")
    steps.is_done_with(ingvild, "/topic/")
    steps.is_equal_with_server(ingvild)
    ingvild.goes_by("Write", "/write")
    ingvild.does_not_see(ingvild.word("%(name)s cannot read it.", name="Ola Vik"))
    ingvild.presses_words(WORDS)
    words = "You and %(names)s can read this. Nobody else, not a leader either."
    ingvild.sees_words(ingvild.word(words, names="Ola Vik"))
