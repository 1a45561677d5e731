"""The pages of a last day: one's own, the leaders' list, and setting one."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from flask import Flask

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.kernel.access import Role
from tests.support.page_client import PageClient
from tests.support.people import a_person, actor_of, sign_in
from tests.support.world import World

pytestmark = pytest.mark.one_database
LAST = date(2026, 12, 4)


def as_leader(world: World) -> PageClient:
    client = PageClient(world.app)
    sign_in(client, world.leader)
    return client


def set_by_hand(world: World, person_id: str) -> None:
    assert people.set_last_day(actor_of(world.leader), person_id, LAST, now=world.now).ok


def test_a_leader_sets_changes_and_takes_back_a_last_day(world: World) -> None:
    client, address = as_leader(world), f"/people/{world.caseworker.id}"
    client.send(f"{address}/last-day", day="2026-12-04")
    assert "Siste dag er 4. desember 2026." in client.page(address).text()
    client.send(f"{address}/last-day", day="2026-12-18")
    found = people.last_day_of(world.caseworker.id)
    assert found is not None
    assert found.day == date(2026, 12, 18)
    client.send(f"{address}/last-day/undo", page=address)
    assert people.last_day_of(world.caseworker.id) is None


@pytest.mark.parametrize("day", ["2026-11-17", "2040-01-01", "", "soon"])
def test_a_day_that_cannot_be_is_said_at_its_field(world: World, day: str) -> None:
    answer = as_leader(world).send(f"/people/{world.caseworker.id}/last-day", day=day)
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.get_data(as_text=True)


def test_the_only_leaders_account_gets_no_last_day(world: World, client: PageClient) -> None:
    sign_in(client, a_person(Role.ADMINISTRATOR, service=world.service))
    answer = client.send(f"/people/{world.leader.id}/last-day", day="2026-12-04")
    assert answer.status_code == 400
    assert people.last_day_of(world.leader.id) is None


def test_one_reads_ones_own_last_day_who_set_it_and_what_becomes_of_what(world: World) -> None:
    set_by_hand(world, world.caseworker.id)
    client = PageClient(world.app)
    sign_in(client, world.caseworker)
    page = client.page("/my-last-day")
    assert page.heading == "Siste dagen din er 4. desember 2026"
    assert world.leader.name in page.text()
    assert "blir slettet 5. januar 2027" in page.text()  # a month after the first day without the account
    assert "/my-texts" in page.links().values()


def test_without_a_last_day_the_page_says_so(world: World) -> None:
    client = PageClient(world.app)
    sign_in(client, world.caseworker)
    assert client.page("/my-last-day").heading == "Siste dagen min"


def test_leaders_see_coming_last_days_and_what_then_needs_a_supervisor(world: World) -> None:
    set_by_hand(world, world.supervisor.id)
    client = as_leader(world)
    assert "/people/last-days" in client.page("/people").links().values()
    links = client.page("/people/last-days").links().values()
    assert f"/people/{world.supervisor.id}" in links
    assert f"/series?supervisor={world.supervisor.id}" in links
    assert f"/people/{world.supervisor.id}" in client.page("/people?state=leaving").links().values()
    assert f"/people/{world.colleague.id}" not in client.page("/people?state=leaving").links().values()


def test_an_administrator_is_not_told_who_supervises(world: World, client: PageClient) -> None:
    set_by_hand(world, world.supervisor.id)
    sign_in(client, a_person(Role.ADMINISTRATOR, service=world.service))
    links = client.page("/people/last-days").links().values()
    assert f"/people/{world.supervisor.id}" in links
    assert f"/series?supervisor={world.supervisor.id}" not in links


def test_a_closed_persons_page_says_when_what_only_they_read_goes(world: World) -> None:
    people.disable_person(actor_of(world.leader), world.caseworker.id, now=world.now)
    text = as_leader(world).page(f"/people/{world.caseworker.id}").text()
    assert "18. desember 2026" in text


def test_the_log_says_it_in_words(app: Flask, world: World, now: datetime) -> None:
    set_by_hand(world, world.caseworker.id)
    people.undo_last_day(actor_of(world.leader), world.caseworker.id, now=now)
    text = as_leader(world).page("/log").text()
    assert "4. desember 2026" in text
    assert "last_day" not in text
