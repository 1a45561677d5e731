"""Every statement of a push and of a pull finds its rows by an index, however much history there is.

The statements are those that are really executed while an operation of each kind is sent, edited, removed,
read and fetched: none is listed here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy

from ledvei_pwa.features.people.records import Service
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.registry import House
from tests.support.device import Device
from tests.support.statements import Asked, listening
from tests.support.supervision import a_series, a_session
from tests.support.world import World

# By these columns a bounded number of rows is found: one, or those of one thing that has few. In all other
# cases a search must name a whole unique key.
FEW = {
    "feed": [{"type", "subject_id"}, {"person_id", "removed"}],  # of a subject; what somebody holds now
    "role": [{"person_id"}],
    "series_member": [{"series_id"}],
    "reading": [{"entry_id"}],  # its readers
    "read_text": [{"place_id", "entry_id"}],  # one text's revisions on one device
    "read_line": [{"service_id"}],  # the last one
    "revision": [{"entry_id"}],  # one entry's
    "entry": [{"session_id"}],  # one meeting's
    "reminder": [{"session_id"}, {"entry_id"}],
    "service": [set()],  # looked up when nobody has said which language to speak
}
# One of each kind: who writes it, and what.
WRITTEN: dict[str, tuple[str, dict[str, Any]]] = {
    "topic": ("caseworker", {"question": "How do I begin?", "audience": "supervisor"}),
    "preparation": ("caseworker", {"went_well": "I called back.", "audience": "group"}),
    "supervisor_preparation": ("supervisor", {"opening_question": "What matters?", "audience": "group"}),
    "debrief": ("caseworker", {"happened": "A hard visit", "audience": "private"}),
    "assessment": ("caseworker", {"taken_on": "2026-11-18", "i01": 3, "audience": "private"}),
    "agreement": ("supervisor", {"text": "Ask for a partner", "due": "2026-12-01"}),
    "summary": ("supervisor", {"text": "We rehearsed it."}),
    "holding": ("supervisor", {"minutes": 60, "mix_case": 60}),
}


def everything_asked(world: World) -> list[Asked]:
    """Each statement once."""
    devices = {name: world.device(getattr(world, name)) for name in ("caseworker", "supervisor", "colleague")}
    with listening() as heard:
        for kind, (author, fields) in WRITTEN.items():
            live(world, devices[author], kind, fields, [*devices.values()])
        devices["caseworker"].post(operations=[unreadable(devices["caseworker"])])
        for device in devices.values():
            device.post(cursor=0)
    return list({asked.statement: asked for asked in heard}.values())


def live(world: World, device: Device, kind: str, fields: dict[str, Any], others: list[Device]) -> None:
    """One entry's way: written, read, edited, edited on an old revision, removed and brought back."""
    owner = {"owner": world.caseworker.id} if kind == "agreement" else {}
    first = device.operation(kind, scope=world.scope, **fields, **owner)
    entry, name = first["operation"]["entry"], next(iter(fields))
    device.sync(device.seal(first))
    for other in others:
        other.sync(other.seal(other.operation("reading", entry)))
    old = device.operation(kind, entry, base=1, **{name: fields[name]})
    again = device.operation(kind, entry, base=1, **{name: fields[name]})
    device.sync(device.seal(old), device.seal(first), device.seal(again))
    device.do(kind, entry, remove=True)
    device.do(kind, entry, remove=False)


def unreadable(device: Device) -> dict[str, str]:
    return device.seal(device.operation("debrief", happened="Shared with nobody", audience="supervisor"))


def test_every_kind_has_its_way_here(house: House) -> None:
    assert set(WRITTEN) == set(house.entry_kinds)


def test_no_statement_of_push_and_pull_reads_more_as_history_grows(world: World) -> None:
    asked = everything_asked(world)
    let_there_be_many_services(world)
    explain = on_postgresql if db.engine.dialect.name == "postgresql" else on_sqlite
    with db.engine.connect() as connection:
        found = {one.statement: problems for one in asked if (problems := explain(connection, one))}
    assert not found, "\n".join(f"{problems}\n    {statement}" for statement, problems in found.items())
    assert len(asked) > 30, "the statements were not heard"


def let_there_be_many_services(world: World) -> None:
    """So that PostgreSQL does not find it cheaper to go through the few that there are."""
    about = {"epoch": world.service.id, "created_at": world.now}
    db.session.execute(
        sqlalchemy.insert(Service), [{"id": new_id(), "name": f"{n}", **about} for n in range(1000)]
    )
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE service")


# --- SQLite -----------------------------------------------------------


def on_sqlite(connection: sqlalchemy.Connection, asked: Asked) -> list[str]:
    """What SQLite would do that grows."""
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked.statement}", asked.parameters)
    return [step.detail for step in rows if grows(step.detail, names_in(asked.statement))]


def grows(step: str, names: dict[str, str]) -> bool:
    """A step is `SEARCH name USING INDEX index (column=? AND …)` or `SCAN name …` (sqlite.org/eqp.html)."""
    verb, _, rest = step.partition(" ")
    table = names.get(rest.split(" ")[0]) if verb in {"SCAN", "SEARCH"} else None
    if table is None:
        return False  # sorting, or going through what other steps have found
    return not is_bounded(table, set(re.findall(r"(\w+)=\?", rest)), verb == "SEARCH")


# --- PostgreSQL -------------------------------------------------------


def on_postgresql(connection: sqlalchemy.Connection, asked: Asked) -> list[str]:
    """What PostgreSQL would do that grows, if it used an index wherever it can: here tables are small."""
    connection.exec_driver_sql("SET enable_seqscan = off")
    statement = f"EXPLAIN (FORMAT JSON) {asked.statement}"
    told = connection.exec_driver_sql(statement, asked.parameters).scalar_one()
    plan = json.loads(told) if isinstance(told, str) else told
    return [step for node in nodes_of(plan[0]["Plan"]) if (step := growing_node(node))]


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes_of(part)


def growing_node(node: dict[str, Any]) -> str:
    """The node's own words when it reads a table that grows without a condition that an index answers."""
    kind, table = node["Node Type"], node.get("Relation Name", "")
    if kind == "Seq Scan":
        return "" if set() in FEW.get(table, []) else f"Seq Scan on {table}"
    if kind in {"Index Scan", "Index Only Scan", "Bitmap Index Scan"} and "Index Cond" not in node:
        return f"{kind} of all of {node['Index Name']}"
    return ""


# --- both -------------------------------------------------------------


def names_in(statement: str) -> dict[str, str]:
    """The tables of a statement, by the names that it gives them."""
    tables = "|".join(db.metadata.tables)
    named = re.findall(rf'\b(?:FROM|JOIN|UPDATE|INTO)\s+"?({tables})"?(?:\s+AS\s+(\w+))?', statement)
    return {alias or table: table for table, alias in named}


def is_bounded(table: str, columns: set[str], is_search: bool) -> bool:
    if not is_search:
        return set() in FEW.get(table, [])
    keys = [*unique_keys(table), *FEW.get(table, [])]
    return any(key and key <= columns for key in keys)


def unique_keys(name: str) -> list[set[str]]:
    table = db.metadata.tables[name]
    constraints = sqlalchemy.PrimaryKeyConstraint, sqlalchemy.UniqueConstraint
    keys = [set(one.columns.keys()) for one in table.constraints if isinstance(one, constraints)]
    return [*keys, *({column.name} for column in table.columns if column.unique)]


# --- how many ---------------------------------------------------------


@pytest.fixture
def phone(world: World) -> Device:
    device = world.device(world.caseworker)
    written = [a_topic(world, device) for _ in range(30)]
    device.sync(*written)
    device.sync()
    return device


def a_topic(world: World, device: Device) -> dict[str, str]:
    return device.seal(device.operation("topic", scope=world.scope, question="Why", audience="supervisor"))


def statements_of(device: Device, **asked: Any) -> int:
    with listening() as heard:
        answer = device.post(**asked).get_json()
    assert answer["signed_in"]
    assert {one["result"] for one in answer["results"]} <= {"applied"}
    return len(heard)


def test_one_more_operation_in_a_request_costs_seven_statements(world: World, phone: Device) -> None:
    few = statements_of(phone, operations=[a_topic(world, phone) for _ in range(5)], cursor=phone.cursor)
    many = statements_of(phone, operations=[a_topic(world, phone) for _ in range(15)], cursor=phone.cursor)
    assert many - few == 10 * 7


def test_a_pull_asks_as_often_whether_it_brings_few_entries_or_many(phone: Device) -> None:
    versions = sorted(item["version"] for item in phone.held.values() if item["type"] == "entry")
    few, many = (statements_of(phone, cursor=versions[-count - 1]) for count in (2, 25))
    assert few == many


def test_a_pull_asks_as_often_whether_its_entries_are_of_one_series_or_of_several(
    world: World, phone: Device
) -> None:
    others = [a_series(world.supervisor, [world.caseworker], now=world.now) for _ in range(3)]
    phone.sync(*(a_topic(world, phone) for _ in range(3)))
    scopes = [{"series": one.id, "session": a_session(one, now=world.now).id} for one in others]
    one_series = statements_of(phone, cursor=phone.cursor - 3)
    for scope in scopes:
        phone.write_new("topic", scope=scope, question="Why", audience="supervisor")
    assert statements_of(phone, cursor=phone.cursor - 3) == one_series


def test_a_pull_that_brings_nothing_asks_for_who_it_is_and_what_is_new(phone: Device) -> None:
    statements_of(phone, cursor=phone.cursor)
    assert statements_of(phone, cursor=phone.cursor) == 8


def test_a_pull_that_brings_nothing_writes_nothing(phone: Device) -> None:
    with listening() as heard:
        phone.post()
    assert [asked.statement for asked in heard if not asked.statement.startswith("SELECT")] == []
