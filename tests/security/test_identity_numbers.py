"""A national identity number is taken nowhere: sent in every form and body, and looked for in all rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pytest

from ledvei_pwa.kernel.identifiers import has_identity_number
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.registry import House
from tests.security.routes import ROUTES, a_plain_series, send
from tests.security.test_hostile import Spot, form_spots, json_spots, kind_fields, sealed_sender
from tests.security.town import Place, Town, words

pytestmark = pytest.mark.one_database
NUMBER: Final = "01019010046"
NO_NUMBER: Final = "01019010047"  # its last check digit is wrong


@pytest.fixture
def number() -> str:
    assert has_identity_number(NUMBER)
    return f"Gutten {NUMBER}"


def test_no_row_holds_a_number_whatever_form_or_body_it_was_sent_in(town: Town, number: str) -> None:
    tried: list[Spot] = [*form_spots(town), *json_spots(town)]
    with town.keeping():
        for spot in tried:
            spot.send(number)
        assert list(rows_with(town, NUMBER)) == []
    assert {"POST people.create_team name", "POST devices.register_device name"} < {
        spot.name for spot in tried
    }


def test_the_walk_finds_what_is_kept(town: Town) -> None:
    with town.keeping():
        for spot in form_spots(town):
            if spot.name == "POST people.create_team name":
                spot.send(f"Gutten {NO_NUMBER}")
        assert set(rows_with(town, NO_NUMBER)) == {"team.name"}


@pytest.mark.parametrize("field", ["name", "place", "video_link"])
def test_what_is_looked_at_first_is_not_saved_with_one_either(town: Town, field: str) -> None:
    name = "POST supervision.start_page"
    for number, is_kept in ((NUMBER, False), (NO_NUMBER, True)):
        fill = partial(a_filled_series, **{field: f"https://møte.example/{number}"})
        sent = replace(ROUTES[name], fill=fill)
        assert send(town, sent, "POST", "/series/new", town.places["group"], "supervisor").changed is is_kept


def a_filled_series(town: Town, place: Place, person: str, /, **more: str) -> dict[str, Any]:
    return {**a_plain_series(town, place, person), **more}


def rows_with(town: Town, text: str) -> Iterator[str]:
    with town.app.app_context(), db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            for row in connection.execute(table.select()):
                yield from (f"{table}.{name}" for name, value in row._mapping.items() if text in str(value))


def test_no_field_of_any_kind_of_entry_takes_one(town: Town, number: str) -> None:
    house: House = town.app.extensions["ledvei"]
    taken, tried = [], 0
    for kind in sorted(house.entry_kinds):
        by = "supervisor" if kind in {"supervisor_preparation", "summary", "holding"} else "author"
        for field in sorted(kind_fields(house, kind)):
            tried += 1
            answer = sealed_sender(town, by, kind, ("operation", "set", field))(number)
            (result,) = json.loads(answer.text)["results"]
            if result["result"] != "rejected" or field not in problems_of(result):
                taken.append(f"{kind}.{field}: {result}")
    assert taken == [], words(taken)
    assert tried > 30


def problems_of(result: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = result.get("fields", {})
    return found
