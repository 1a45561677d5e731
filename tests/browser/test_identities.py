"""Whoever writes is told, before anybody else reads it, what may tell who it is about."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser import steps
from tests.browser.conftest import PHONE, House
from tests.support.engines import Chromium
from tests.support.walker import Walker

pytestmark = [pytest.mark.one_database, pytest.mark.timeout(180)]

WRITTEN = "Politiet kom. Kari Nordmann ropte 010190 10046 etter oss."
STANDS = "return document.querySelector('main [name=happened]').value"


def stands(person: Walker, text: str) -> None:
    person.waits_for(lambda: person.engine.run(STANDS) == text, f"{text!r} does not stand there")


@pytest.mark.parametrize("language", ["nn"], indirect=True)
def test_a_name_is_written_over_in_one_tap_and_an_identity_number_stops_nothing_but_being_done(
    chromium: Callable[..., Walker], house: House
) -> None:
    ingvild = chromium(size=PHONE)
    steps.sign_in(ingvild, house.facts, "ingvild")
    steps.settle_in(ingvild)
    assert isinstance(ingvild.engine, Chromium)
    ingvild.engine.context.set_offline(True)
    steps.goes(ingvild, "/debrief/new")
    ingvild.writes("What happened", WRITTEN)
    ingvild.sees("looks like a name.")
    ingvild.presses("the mother")
    stands(ingvild, WRITTEN.replace("Kari Nordmann", "Mora"))
    ingvild.presses("Undo")
    stands(ingvild, WRITTEN)
    ingvild.presses("the mother")
    ingvild.chooses("only me")
    ingvild.presses("Done")
    ingvild.sees("There is a national identity number here. Take it out; «the boy, 9» is enough.")
    ingvild.is_at("/debrief/new")
    ingvild.presses("Take it out")
    stands(ingvild, "Politiet kom. Mora ropte etter oss.")
    ingvild.presses("Done")
    ingvild.is_at("/write")
    ingvild.sees_words("Politiet kom. Mora ropte etter oss.")
