"""`/my-log`: everybody's own, and nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from ledvei_pwa.features.people import actions
from ledvei_pwa.platform import audit
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import db
from ledvei_pwa.sync import own_log
from tests.support.device import Device
from tests.support.page_client import PageClient
from tests.support.people import actor_of, sign_in
from tests.support.world import World

pytestmark = pytest.mark.one_database


@pytest.fixture
def shared(world: World, phone: Device) -> str:
    return phone.write_new("topic", scope=world.scope, question="How do I say it?", audience="supervisor")


def test_one_sees_what_others_have_done_with_ones_account(world: World, client: PageClient) -> None:
    assert actions.invite_again(actor_of(world.leader), world.caseworker.id, now=world.now).ok
    sign_in(client, world.caseworker)
    assert f"Laget en lenke til en konto {world.leader.name} · 18. november" in client.page("/my-log").text()


def test_one_sees_what_was_done_with_ones_own_devices(
    world: World, client: PageClient, phone: Device
) -> None:
    assert actions.revoke_device(actor_of(world.caseworker), phone.id, now=world.now).ok
    sign_in(client, world.caseworker)
    assert "Stengte en enhet" in client.page("/my-log").text()


def test_what_was_done_with_others_is_theirs(world: World, client: PageClient) -> None:
    assert actions.disable_person(actor_of(world.leader), world.outsider.id, now=world.now).ok
    sign_in(client, world.caseworker)
    assert "Stengte en konto" not in client.page("/my-log").text()


def test_a_series_one_is_in_is_told_of_without_the_others_in_it(world: World, client: PageClient) -> None:
    sign_in(client, world.caseworker)
    told = client.page("/my-log").text()
    assert "Startet et veiledningsløp" in told
    assert world.colleague.name not in told


def test_old_lines_of_ones_own_are_found_by_going_on(world: World, client: PageClient) -> None:
    person = world.caseworker
    for _ in range(60):
        audit.record(world.service.id, Deed.ROLE_GIVEN, ("person", person.id), by=None, at=world.now)
    db.session.commit()
    sign_in(client, person)
    first = client.page("/my-log")
    assert "La til en person" not in first.text()
    assert "La til en person" in client.page(first.links()["Vis eldre"]).text()


def test_a_text_on_somebodys_device_is_told_before_it_is_opened(
    world: World, client: PageClient, shared: str
) -> None:
    world.device(world.supervisor)
    sign_in(client, world.caseworker)
    told = client.page("/my-log/texts").text()
    name = world.supervisor.name
    assert f"På en enhet hos {name} siden 18. november 2026 kl. 10.00. Ikke åpnet ennå." in told
    assert "Lest av" not in told


def test_a_text_that_was_looked_at_is_told_with_each_moment(
    world: World, client: PageClient, phone: Device, shared: str
) -> None:
    tablet = world.device(world.supervisor)
    world.device(world.supervisor)
    tablet.do("reading", shared)
    with time_machine.travel(world.now + timedelta(hours=2), tick=False):
        phone.do("topic", shared, question="And kindly?")
        tablet.sync()
        tablet.do("reading", shared)
    sign_in(client, world.caseworker)
    told = client.page("/my-log/texts").text()
    name = world.supervisor.name
    for clock in ("10.00", "12.00"):
        assert f"Lest av {name} 18. november 2026 kl. {clock}" in told
    assert f"På 2 enheter hos {name}, den første siden 18. november 2026 kl. 10.00" in told
    assert "Ikke åpnet" not in told


def test_no_words_of_the_text_stand_on_the_page(world: World, client: PageClient, shared: str) -> None:
    world.device(world.supervisor)
    sign_in(client, world.caseworker)
    assert "How do I say it" not in client.page("/my-log/texts").html


def test_the_reader_is_told_nothing_of_who_else_reads(world: World, client: PageClient, shared: str) -> None:
    world.device(world.supervisor)
    sign_in(client, world.supervisor)
    assert "Ingen andre har hatt" in client.page("/my-log/texts").text()


def test_a_private_text_is_not_there(world: World, client: PageClient, phone: Device) -> None:
    phone.write_new("debrief", happened="I stood in the hall", audience="private")
    sign_in(client, world.caseworker)
    assert "Debrief" not in client.page("/my-log/texts").text()


def test_many_texts_are_parted_into_pages(
    world: World, client: PageClient, phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_log, "ON_A_PAGE", 2)
    for _ in range(3):
        phone.write_new("topic", scope=world.scope, question="Why", audience="supervisor")
    world.device(world.supervisor)
    sign_in(client, world.caseworker)
    first = client.page("/my-log/texts")
    assert first.text().count("På en enhet") == 2
    assert client.page(first.links()["Vis eldre"]).text().count("På en enhet") == 1
    assert client.page("/my-log/texts?page=999999999").text().count("På en enhet") == 1
