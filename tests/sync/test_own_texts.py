"""`/my-texts`: everything of one's own, nobody else's, for whoever writes the password once more."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select, update

from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.platform.database import new_id
from ledvei_pwa.sync.records import Entry
from tests.support.page_client import Page, PageClient, html_of
from tests.support.people import PASSWORD, a_person, a_service, code_now, sign_in
from tests.support.world import World

WORDS = "Jeg ble stående i gangen etterpå"


def file_of(client: PageClient, person: PersonCard) -> Page:
    sign_in(client, person)
    answer = client.send("/my-texts")
    assert answer.status_code == 200, answer.status
    return Page(html_of(answer))


def a_debrief(world: World, person: PersonCard, happened: str = WORDS, **more: object) -> str:
    return world.device(person).write_new("debrief", happened=happened, audience="private", **more)


def test_the_file_holds_what_its_author_wrote_with_the_questions(world: World, client: PageClient) -> None:
    a_debrief(world, world.caseworker, need="call", strain=8, happened_on="2026-11-17")
    text = file_of(client, world.caseworker).text()
    for part in (
        WORDS,
        "Det som skjedde",
        "at noen ringer meg",
        "8",
        "17. november 2026",
        world.caseworker.name,
    ):
        assert part in text


def test_nobody_elses_texts_are_in_it_though_one_may_read_them(world: World, client: PageClient) -> None:
    world.device(world.colleague).write_new(
        "topic", question="Kollegaens eget spørsmål", audience="group", scope=world.scope
    )
    assert "Kollegaens" not in file_of(client, world.caseworker).text()
    assert "Kollegaens" not in file_of(client, world.supervisor).text()
    assert "Kollegaens" in file_of(client, world.colleague).text()


def test_somebody_in_another_service_gets_their_own_alone(world: World, client: PageClient) -> None:
    a_debrief(world, world.caseworker)
    text = file_of(client, world.stranger).text()
    assert WORDS not in text
    assert "ingen tekster" in text


def test_what_devices_have_let_go_of_is_in_it_too(world: World, client: PageClient) -> None:
    a_debrief(world, world.caseworker)
    with time_machine.travel(world.now + timedelta(days=400), tick=False):
        assert WORDS in file_of(client, world.caseworker).text()


def test_what_was_removed_stands_apart_as_long_as_the_server_keeps_it(
    world: World, client: PageClient
) -> None:
    device = world.device(world.caseworker)
    entry = device.write_new("debrief", happened=WORDS, audience="private")
    device.do("debrief", entry, remove=True)
    before, after = file_of(client, world.caseworker).text().split("tatt bort, og serveren fortsatt har")
    assert WORDS in after
    assert WORDS not in before


def test_both_sides_of_what_was_written_in_two_places_are_in_it(world: World, client: PageClient) -> None:
    phone, tablet = world.device(world.caseworker), world.device(world.caseworker)
    entry = phone.write_new("debrief", happened="Først", audience="private")
    tablet.sync()
    phone.do("debrief", entry, happened="Skrevet på telefonen")
    assert tablet.do("debrief", entry, happened="Skrevet på nettbrettet", base=1)["result"] == "conflict"
    text = file_of(client, world.caseworker).text()
    assert "Skrevet på telefonen" in text
    assert "Skrevet på nettbrettet" in text


def test_markup_that_somebody_has_written_is_text(world: World, client: PageClient) -> None:
    hostile = "</style></dd><script>alert(1)</script> «&lt;» <b>"
    a_debrief(world, world.caseworker, hostile)
    page = file_of(client, world.caseworker)
    assert hostile in page.text()
    assert page.all("script") == []


def test_line_breaks_stay(world: World, client: PageClient) -> None:
    a_debrief(world, world.caseworker, "En\nTo\n\nTre")
    assert "En\nTo\n\nTre" in file_of(client, world.caseworker).html


def test_a_text_that_cannot_be_read_does_not_keep_the_others_back(
    world: World, client: PageClient, db: SQLAlchemy
) -> None:
    damaged = a_debrief(world, world.caseworker, "Skadet på disken")
    a_debrief(world, world.caseworker)
    db.session.execute(update(Entry).where(Entry.id == damaged).values(body=b"not what it was"))
    db.session.commit()
    text = file_of(client, world.caseworker).text()
    assert WORDS in text
    assert "kan ikke lese denne teksten" in text


def test_a_kind_that_the_server_has_forgotten_is_still_its_authors(
    world: World, client: PageClient, db: SQLAlchemy
) -> None:
    entry = a_debrief(world, world.caseworker)
    db.session.execute(update(Entry).where(Entry.id == entry).values(kind="a_later_kind"))
    db.session.commit()
    assert WORDS in file_of(client, world.caseworker).text()


def test_the_file_is_saved_and_never_shown_or_kept_on_the_way(world: World, client: PageClient) -> None:
    sign_in(client, world.caseworker)
    answer = client.send("/my-texts")
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="mine-tekster-i-ledvei-2026-11-18.html"'
    )
    assert answer.headers["Cache-Control"] == "no-store"


def test_it_speaks_the_language_of_its_author(world: World, client: PageClient) -> None:
    nynorsk = a_person(service=world.service, language="nn")
    a_debrief(world, nynorsk)
    page = file_of(client, nynorsk)
    assert page.root.get("lang") == "nn"
    assert "Tekstane mine i Ledvei" in page.heading


def test_a_browser_left_open_gives_no_file(world: World, client: PageClient) -> None:
    a_debrief(world, world.caseworker)
    sign_in(client, world.caseworker, is_fresh=False)
    token = client.page("/devices").value("csrf_token")
    answer = client.post("/my-texts", data={"csrf_token": token})
    assert answer.status_code == 401
    assert "Content-Disposition" not in answer.headers


def test_the_file_comes_in_the_answer_to_the_proof(world: World, client: PageClient) -> None:
    sign_in(client, world.caseworker, is_fresh=False)
    token = client.page("/devices").value("csrf_token")
    proof = {"csrf_token": token, "proof_password": PASSWORD, "proof_code": code_now()}
    assert "attachment" in client.post("/my-texts", data=proof).headers["Content-Disposition"]


def test_the_invented_people_of_the_demo_have_no_password_to_write(app: object, client: PageClient) -> None:
    person = a_person(service=a_service(is_demo=True), can_sign_in=False)
    sign_in(client, person)
    assert "password" not in client.page("/my-texts").html
    assert client.send("/my-texts").headers["Content-Disposition"].startswith("attachment")


def test_a_thousand_texts_are_all_in_it(world: World, client: PageClient, db: SQLAlchemy) -> None:
    first = a_debrief(world, world.caseworker)
    pattern = db.session.scalars(select(Entry).where(Entry.id == first)).one()
    columns = {column.name: getattr(pattern, column.name) for column in Entry.__table__.columns}
    # Encrypted for their own rows, they could be read nowhere else: that is enough to count them.
    db.session.execute(Entry.__table__.insert(), [{**columns, "id": new_id()} for _ in range(1_000)])
    db.session.commit()
    page = file_of(client, world.caseworker)
    assert len(page.all("article")) == 1_001
