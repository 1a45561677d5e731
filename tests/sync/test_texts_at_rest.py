"""Nothing that is written can be read in the database's files."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from sqlalchemy import text

from ledvei_pwa.platform.database import db
from tests.support.device import Device
from tests.support.world import World

PHRASES = ("Fjellrype under brua", "Sjøørret i regnvær", "Tyttebær på tunga")


@pytest.fixture
def phone(world: World) -> Device:
    """A device that has written, edited, clashed and removed."""
    phone, laptop = world.device(world.caseworker), world.device(world.caseworker)
    entry = phone.write_new("topic", scope=world.scope, question=PHRASES[0], audience="private")
    laptop.sync()
    phone.do("topic", entry, question=PHRASES[1])
    assert laptop.do("topic", entry, base=1, question=PHRASES[2])["result"] == "conflict"
    removed = phone.write_new("debrief", happened=PHRASES[0], helped=PHRASES[1], audience="private")
    phone.do("debrief", removed, remove=True)
    return phone


@pytest.mark.one_database
def test_no_phrase_is_found_in_the_sqlite_files(world: World, phone: Device) -> None:
    url = db.engine.url
    if url.get_backend_name() != "sqlite" or not url.database:
        pytest.skip("the files are SQLite's")
    files = [
        path for path in Path(url.database).parent.iterdir() if path.name.startswith(Path(url.database).name)
    ]
    assert any(path.name.endswith("-wal") for path in files)
    # By another process: reading them here would drop our locks on them (sqlite.org/howtocorrupt.html §2.2).
    content = subprocess.run(["cat", *files], capture_output=True, check=True).stdout
    assert phone.id.encode() in content  # it is the right database
    assert [
        phrase for phrase in PHRASES if phrase.encode() in content or phrase[:9].encode() in content
    ] == []


def test_no_phrase_is_found_in_any_column_of_any_table(world: World, phone: Device) -> None:
    found = []
    for table in db.metadata.sorted_tables:
        for row in db.session.execute(text(f'SELECT * FROM "{table.name}"')):  # table names are our own
            shown = " ".join(str(bytes(value) if isinstance(value, memoryview) else value) for value in row)
            found += [(table.name, phrase) for phrase in PHRASES if phrase in shown or phrase[:9] in shown]
    assert found == []


def test_a_text_moved_to_another_row_does_not_open(world: World, phone: Device) -> None:
    from ledvei_pwa.platform.keyring import TextUnreadable
    from ledvei_pwa.sync.records import Entry
    from ledvei_pwa.sync.texts import fields_of

    entries = db.session.query(Entry).all()
    entries[0].body = entries[1].body
    with pytest.raises(TextUnreadable):
        fields_of(entries[0])
    db.session.rollback()
