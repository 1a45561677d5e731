"""`/my-texts/json`: all that is kept about oneself, and nothing that another has written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import update

from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.platform import audit
from ledvei_pwa.sync.records import Entry
from tests.support.page_client import PageClient
from tests.support.people import a_passkey, sign_in
from tests.support.world import World

pytestmark = pytest.mark.one_database
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "own-data.md"
WORDS = "Jeg ble stående i gangen etterpå"


def file_of(client: PageClient, person: PersonCard) -> dict[str, Any]:
    sign_in(client, person)
    answer = client.send("/my-texts/json", page="/my-texts")
    assert answer.status_code == 200, answer.status
    found: dict[str, Any] = json.loads(answer.get_data(as_text=True))
    assert found["complete"] is True
    return found


def test_it_holds_every_text_with_all_its_versions(world: World, client: PageClient) -> None:
    phone = world.device(world.caseworker)
    entry = phone.write_new("debrief", happened="Først", audience="private")
    phone.do("debrief", entry, happened=WORDS)
    (text,) = file_of(client, world.caseworker)["texts"]
    assert (text["id"], text["kind"], text["fields"]["happened"]) == (entry, "debrief", WORDS)
    assert [one["fields"]["happened"] for one in text["revisions"]] == ["Først", WORDS]


def test_it_holds_what_was_removed(world: World, client: PageClient) -> None:
    phone = world.device(world.caseworker)
    entry = phone.write_new("debrief", happened=WORDS, audience="private")
    phone.do("debrief", entry, remove=True)
    (text,) = file_of(client, world.caseworker)["texts"]
    assert text["removed"] is not None
    assert text["fields"]["happened"] == WORDS


@pytest.mark.parametrize("reader", ["caseworker", "supervisor", "leader", "stranger"])
def test_no_text_of_anothers_is_in_it_though_one_may_read_it(
    world: World, client: PageClient, reader: str
) -> None:
    phone = world.device(world.colleague)
    entry = phone.write_new("topic", question="Kollegaens eget", audience="group", scope=world.scope)
    phone.do("topic", entry, question="Kollegaens andre")
    person: PersonCard = getattr(world, reader)
    world.device(person).do("reading", entry)
    found = file_of(client, person)
    assert "Kollegaens" not in json.dumps(found, ensure_ascii=False)
    assert found["texts"] == []


def test_who_has_had_ones_texts_is_in_it_and_what_one_has_had_oneself(
    world: World, client: PageClient
) -> None:
    entry = world.device(world.caseworker).write_new(
        "topic", question="Hvordan", audience="supervisor", scope=world.scope
    )
    world.device(world.supervisor).do("reading", entry)
    (text,) = file_of(client, world.caseworker)["texts"]
    assert [(one["by"], one["way"]) for one in text["had_by"]] == [
        (world.supervisor.id, "delivered"),
        (world.supervisor.id, "looked_at"),
    ]
    theirs = file_of(client, world.supervisor)
    assert [one["text"] for one in theirs["read_by_me"]] == [entry, entry]


def test_it_holds_sign_ins_devices_series_sessions_and_the_log(world: World, client: PageClient) -> None:
    device = world.device(world.caseworker)
    a_passkey(world.caseworker)
    found = file_of(client, world.caseworker)
    assert found["person"]["email"] == world.caseworker.email
    assert [one["role"] for one in found["roles"]] == ["caseworker"]
    assert device.id in [one["id"] for one in found["devices"]]
    assert len(found["sign_ins"]) == 2
    assert len(found["sign_in"]["passkeys"]) == 1
    assert [one["id"] for one in found["series"]] == [world.series]
    assert world.session in [one["id"] for one in found["sessions"]]
    assert "person_added" in [one["deed"] for one in found["log"]]
    assert found["names"][world.supervisor.id] == world.supervisor.name


def test_no_secret_is_in_it(world: World, client: PageClient) -> None:
    device = world.device(world.caseworker)
    found = json.dumps(file_of(client, world.caseworker))
    for name in ("hash_", "password_hash", "secret", "credential", "token"):
        assert f'"{name}' not in found
    assert device.write not in found
    assert device.read not in found


def test_who_else_is_named_in_the_log_of_a_series_is_not_told(world: World, client: PageClient) -> None:
    found = file_of(client, world.caseworker)
    (line,) = [one for one in found["log"] if one["deed"] == "series_made"]
    assert line["details"] == {}


def test_a_text_that_cannot_be_read_does_not_keep_the_others_back(
    world: World, client: PageClient, db: SQLAlchemy
) -> None:
    phone = world.device(world.caseworker)
    damaged = phone.write_new("debrief", happened="Skadet", audience="private")
    phone.write_new("debrief", happened=WORDS, audience="private")
    db.session.execute(update(Entry).where(Entry.id == damaged).values(body=b"not what it was"))
    db.session.commit()
    texts = {text["id"]: text for text in file_of(client, world.caseworker)["texts"]}
    assert texts.pop(damaged)["unreadable"] is True
    assert [text["fields"]["happened"] for text in texts.values()] == [WORDS]


def test_every_key_is_said_what_it_means(world: World, client: PageClient) -> None:
    entry = world.device(world.caseworker).write_new(
        "topic", question="Hvordan", audience="supervisor", scope=world.scope
    )
    world.device(world.supervisor).do("reading", entry)
    a_passkey(world.caseworker)
    known = set(re.findall(r"`(\w+)`", DOCUMENT.read_text()))
    for person in (world.caseworker, world.supervisor):
        assert keys_in(file_of(client, person)) - known == set()


def keys_in(value: Any) -> set[str]:
    """All but those inside what is free: a text's fields, a line's details, and names by their ids."""
    if isinstance(value, list):
        return set().union(*(keys_in(one) for one in value))
    if not isinstance(value, dict):
        return set()
    inside = [one for key, one in value.items() if key not in {"fields", "details", "names", "beside"}]
    return {*value, *keys_in(inside)}


def test_it_is_saved_and_never_shown_or_kept_on_the_way(world: World, client: PageClient) -> None:
    sign_in(client, world.caseworker)
    answer = client.send("/my-texts/json", page="/my-texts")
    name = "alt-om-meg-i-ledvei-2026-11-18.json"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.mimetype == "application/json"


def test_a_browser_left_open_gives_no_file(world: World, client: PageClient) -> None:
    sign_in(client, world.caseworker, is_fresh=False)
    token = client.page("/devices").value("csrf_token")
    answer = client.post("/my-texts/json", data={"csrf_token": token})
    assert answer.status_code == 401
    assert "Content-Disposition" not in answer.headers


@pytest.mark.parametrize(
    ("address", "deed"),
    [("/my-texts", "own_texts_taken_out"), ("/my-texts/json", "own_data_taken_out")],
)
def test_a_file_taken_out_stands_in_ones_own_log(
    world: World, client: PageClient, address: str, deed: str
) -> None:
    sign_in(client, world.caseworker)
    client.send(address, page="/my-texts")
    (line,) = audit.latest(world.service.id, 1)
    assert (line.deed, line.actor_id, line.subject_id) == (deed, world.caseworker.id, world.caseworker.id)


def test_the_readable_file_says_where_the_other_one_is(world: World, client: PageClient) -> None:
    sign_in(client, world.caseworker)
    answer = client.send("/my-texts")
    assert "som JSON på http://localhost/my-texts" in answer.get_data(as_text=True)
