"""The page of what of one's own goes soon, and the service leader's of how long texts are kept."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.features.retention import actions as retention
from ledvei_pwa.features.retention.rules import BOUNDS, USUAL, Sort
from ledvei_pwa.platform.database import db
from ledvei_pwa.sync.actions import write_entry
from ledvei_pwa.sync.expiry import let_texts_expire
from ledvei_pwa.sync.records import Expiry
from tests.support.page_client import PageClient, without_what_is_random
from tests.support.people import sign_in
from tests.support.world import World

pytestmark = pytest.mark.one_database
WRITTEN: dict[str, dict[str, Any]] = {
    "debrief": {"happened": "x"},
    "assessment": {"taken_on": "2026-11-18", "i01": 3},
}
MARK = re.compile(r'name="previewed" value="([0-9a-f]+)"')


def page_of(app: Flask, person: PersonCard) -> PageClient:
    client = PageClient(app)
    sign_in(client, person)
    return client


def a_debrief(world: World, person: PersonCard, words: str) -> str:
    """Written five months ago, so that it goes in a month, and told of."""
    then = world.now - timedelta(days=150)
    entry = write_entry(person.id, "debrief", {"happened": words, "audience": "private"}, now=then).value
    assert entry is not None
    let_texts_expire(world.now)
    return entry


def all_usual(**others: str) -> dict[str, Any]:
    return {**{sort.value: str(months) for sort, months in USUAL.items()}, **others}


def test_a_person_sees_which_of_their_own_go_and_nobody_elses(world: World) -> None:
    a_debrief(world, world.caseworker, "The stairs were steep.")
    a_debrief(world, world.colleague, "The dog barked.")
    page = page_of(world.app, world.caseworker).get("/my-keeping").get_data(as_text=True)
    assert "The stairs were steep." in page
    assert "The dog barked." not in page


def test_a_person_keeps_one_of_their_own_a_year_longer(world: World) -> None:
    entry = a_debrief(world, world.caseworker, "The stairs were steep.")
    client = page_of(world.app, world.caseworker)
    client.send("/my-keeping", entry=entry)
    assert "Ingen av tekstene dine blir slettet" in client.page("/my-keeping").text()
    assert db.session.get_one(Expiry, entry).extra_years == 1


def test_nobody_keeps_another_persons_text(world: World) -> None:
    entry = a_debrief(world, world.caseworker, "The stairs were steep.")
    for other in (world.leader, world.stranger):
        assert page_of(world.app, other).send("/my-keeping", page="/my-texts", entry=entry).status_code == 404
    assert db.session.get_one(Expiry, entry).extra_years == 0


def test_a_shorter_time_is_shown_before_it_is_chosen(world: World) -> None:
    client = page_of(world.app, world.leader)
    fields = all_usual(debrief_private="3")
    shown = client.send("/service/keeping", **fields).get_data(as_text=True)
    assert "Debrief som bare den som skrev den, kan lese: 3 måneder" in shown
    assert "18. desember 2026" in shown  # thirty days from now
    assert retention.periods_of(world.service.id)[Sort.DEBRIEF_PRIVATE] == 6
    found = MARK.search(shown)
    assert found is not None
    client.send("/service/keeping", **fields, previewed=found[1])
    assert retention.periods_of(world.service.id)[Sort.DEBRIEF_PRIVATE] == 3


@pytest.mark.parametrize("sort", [Sort.DEBRIEF_PRIVATE, Sort.ASSESSMENT])
def test_trying_a_shorter_time_says_nothing_of_what_anybody_has_written(world: World, sort: Sort) -> None:
    """Else one time tried after the other would show a leader when somebody wrote for themselves."""
    client = page_of(world.app, world.leader)
    fields = all_usual(**{sort.value: str(BOUNDS[sort].least)})
    before = client.send("/service/keeping", **fields).get_data(as_text=True)
    for person in (world.caseworker, world.colleague):
        for kind, words in WRITTEN.items():
            for age in (100, 200, 400, 800):
                then = world.now - timedelta(days=age)
                assert write_entry(person.id, kind, {**words, "audience": "private"}, now=then).ok
    after = client.send("/service/keeping", **fields).get_data(as_text=True)
    assert without_what_is_random(after) == without_what_is_random(before)


def test_what_was_shown_for_another_choice_does_not_save_this_one(world: World) -> None:
    client = page_of(world.app, world.leader)
    shown = client.send("/service/keeping", **all_usual(topic="24")).get_data(as_text=True)
    found = MARK.search(shown)
    assert found is not None
    client.send("/service/keeping", **all_usual(topic="6"), previewed=found[1])
    assert retention.periods_of(world.service.id)[Sort.TOPIC] == USUAL[Sort.TOPIC]


def test_a_time_outside_the_bounds_is_refused_at_its_field(world: World) -> None:
    client = page_of(world.app, world.leader)
    answer = client.send("/service/keeping", **all_usual(debrief_private="60"))
    assert answer.status_code == 400


def test_only_the_service_leader_opens_the_page(world: World) -> None:
    assert page_of(world.app, world.supervisor).get("/service/keeping").status_code in {403, 404}
