"""Whoever supervises a series when the column comes goes on reading what they read already."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from sqlalchemy import Engine

from ledvei_pwa.platform import schema
from tests.migrations.test_every_revision import (  # noqa: F401  # address and engine are fixtures
    FOLDER,
    address,
    before,
    comparable,
    engine,
    plant_a_row_everywhere,
    tables_in,
)

(FILE,) = FOLDER.glob("*_share_with_a_person.py")
REVISION = FILE.stem.split("_")[0]
CHANGED = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_what_is_for_the_supervisor_is_shared_with_the_one_of_that_day(
    address: str,  # noqa: F811
    engine: Engine,  # noqa: F811
) -> None:
    schema.upgrade(address, before(REVISION))
    planted = plant_a_row_everywhere(engine)
    tables = tables_in(engine)
    entry, line = planted["entry"], planted["audit_entry"]
    deed = {"deed": "series_people_changed", "subject_id": planted["series"]["id"], "at": CHANGED}
    people = [
        {"supervisor": "now", "supervisor_before": "then"},
        {"supervisor": "now", "supervisor_before": "now"},  # others came or went
    ]
    with engine.begin() as connection:
        connection.execute(tables["entry"].update().values(audience="supervisor"))
        connection.execute(tables["entry"].insert().values({**entry, "id": "own", "audience": "private"}))
        for number, details in enumerate(people):
            moment = CHANGED.replace(day=2 + number)
            more = {"id": f"line {number}", "number": line["number"] + 1 + number, "at": moment}
            row = {**line, **deed, **more, "details": json.dumps(details)}
            connection.execute(tables["audit_entry"].insert().values(row))
    schema.upgrade(address, REVISION)
    tables = tables_in(engine)
    with engine.connect() as connection:
        shared = {row.id: row.shared_with for row in connection.execute(tables["entry"].select())}
        (series,) = connection.execute(tables["series"].select()).all()
    assert shared == {entry["id"]: planted["series"]["supervisor_id"], "own": None}
    assert comparable(series.supervised_since) == comparable(CHANGED)
