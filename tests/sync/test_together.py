"""Many operations of one request share a transaction, and each still takes effect by itself, once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from ledvei_pwa.platform.database import db
from ledvei_pwa.sync import push as push_module
from ledvei_pwa.sync.records import Operation, Revision
from tests.support.device import Device, Sealed
from tests.support.world import World


@pytest.fixture
def heard(world: World) -> Iterator[list[tuple[str, Any]]]:
    """What is asked of the database from now on: (statement, parameters), commits among them."""
    heard: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        heard.append((statement, parameters))

    def note_commit(_connection: Any) -> None:
        heard.append(("COMMIT", None))

    event.listen(db.engine, "before_cursor_execute", note)
    event.listen(db.engine, "commit", note_commit)
    yield heard
    event.remove(db.engine, "before_cursor_execute", note)
    event.remove(db.engine, "commit", note_commit)


def some_debriefs(phone: Device, count: int) -> list[Sealed]:
    return [phone.seal(phone.operation("debrief", happened=f"{n}", audience="private")) for n in range(count)]


def a_rejected_one(phone: Device) -> Sealed:
    """Written, and then refused: it wants to be shared with nobody."""
    return phone.seal(phone.operation("debrief", happened="Hard", audience="supervisor"))


def results_of(answer: Any) -> list[str]:
    return [result["result"] for result in answer.get_json()["results"]]


def count_of(table: Any) -> int:
    db.session.expire_all()
    return db.session.query(table).count()


def test_many_operations_wait_for_the_disk_once(phone: Device, heard: list[tuple[str, Any]]) -> None:
    operations = some_debriefs(phone, 10)
    heard.clear()
    assert results_of(phone.post(operations=operations)) == ["applied"] * 10
    assert [statement for statement, _ in heard].count("COMMIT") == 1


def test_no_transaction_is_longer_than_its_limit(
    phone: Device, heard: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_module, "TOGETHER", 4)
    operations = some_debriefs(phone, 10)
    heard.clear()
    assert results_of(phone.post(operations=operations)) == ["applied"] * 10
    assert [statement for statement, _ in heard].count("COMMIT") == 3


def test_a_rejected_operation_takes_none_of_the_others_with_it(phone: Device) -> None:
    first, last = some_debriefs(phone, 2), some_debriefs(phone, 2)
    answer = phone.post(operations=[*first, a_rejected_one(phone), *last])
    assert results_of(answer) == ["applied", "applied", "rejected", "applied", "applied"]
    assert (count_of(Operation), count_of(Revision)) == (4, 4)


def test_what_fails_in_the_middle_is_asked_for_again_and_the_others_are_taken_once(
    phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    operations = some_debriefs(phone, 4)
    take_change = push_module.take_change

    def fail_at_the_third(writer: Any, change: Any, now: Any) -> Any:
        taken = take_change(writer, change, now)
        if change.id == operations[2]["id"]:
            raise OperationalError("INSERT", {}, Exception("the disk is full"))
        return taken

    monkeypatch.setattr(push_module, "take_change", fail_at_the_third)
    assert results_of(phone.post(operations=operations)) == ["applied", "applied", "retry", "applied"]
    assert (count_of(Operation), count_of(Revision)) == (3, 3)


def commit_fails(monkeypatch: pytest.MonkeyPatch, *, times: int) -> None:
    commit, failed = db.session.commit, iter(range(times))

    def failing() -> None:
        if next(failed, None) is not None:
            raise OperationalError("COMMIT", {}, Exception("the disk is full"))
        commit()

    monkeypatch.setattr(db.session, "commit", failing)


def test_a_commit_that_fails_for_all_is_made_up_for_one_by_one(
    phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    operations = some_debriefs(phone, 4)
    commit_fails(monkeypatch, times=1)
    assert results_of(phone.post(operations=operations)) == ["applied"] * 4
    assert (count_of(Operation), count_of(Revision)) == (4, 4)


def test_nothing_is_acknowledged_while_no_commit_succeeds(
    phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    operations = some_debriefs(phone, 4)
    commit_fails(monkeypatch, times=5)
    assert results_of(phone.post(operations=operations)) == ["retry"] * 4
    monkeypatch.undo()
    assert (count_of(Operation), count_of(Revision)) == (0, 0)
    assert [result["result"] for result in phone.sync(*operations)] == ["applied"] * 4


def test_what_was_taken_before_is_a_duplicate_among_new_ones(phone: Device) -> None:
    old, new = some_debriefs(phone, 2), some_debriefs(phone, 2)
    phone.sync(*old)
    assert results_of(phone.post(operations=[old[0], new[0], old[1], new[1]])) == [
        "duplicate",
        "applied",
        "duplicate",
        "applied",
    ]
    assert count_of(Revision) == 4


def test_an_operation_that_comes_twice_in_one_request_is_taken_once(phone: Device) -> None:
    operation = some_debriefs(phone, 1)[0]
    assert results_of(phone.post(operations=[operation, operation])) == ["applied", "duplicate"]
    assert count_of(Revision) == 1


def test_an_operation_id_of_another_operation_is_refused_among_others(phone: Device) -> None:
    plain = phone.operation("debrief", happened="First", audience="private")
    phone.sync(phone.seal(plain))
    plain["operation"]["set"]["happened"] = "Other"
    new = some_debriefs(phone, 1)[0]
    assert results_of(phone.post(operations=[new, phone.seal(plain)])) == ["applied", "rejected"]


def test_edits_of_one_entry_in_one_request_follow_each_other(phone: Device) -> None:
    first = phone.operation("debrief", happened="1", audience="private")
    entry = first["operation"]["entry"]
    edits = [phone.operation("debrief", entry, base=0, happened=f"{n}") for n in range(2, 6)]
    results = phone.sync(*(phone.seal(plain) for plain in [first, *edits]))
    assert [result["revision"] for result in results] == [1, 2, 3, 4, 5]
    held = phone.entry(entry)
    assert held is not None
    assert (held["fields"]["happened"], held["conflicts"]) == ("5", {})


def test_people_of_two_services_share_a_request_and_no_transaction(
    world: World, phone: Device, heard: list[tuple[str, Any]]
) -> None:
    """Two requests that lock two services in different orders would wait for each other."""
    strangers = world.device(world.stranger)
    mine, theirs = some_debriefs(phone, 2), some_debriefs(strangers, 2)
    heard.clear()
    answer = phone.post(operations=[mine[0], theirs[0], mine[1], theirs[1]])
    assert results_of(answer) == ["applied"] * 4
    assert max(len(locked) for locked in services_locked(heard)) == 1


def services_locked(heard: list[tuple[str, Any]]) -> Iterator[set[str]]:
    """By transaction."""
    locked: set[str] = set()
    for statement, parameters in heard:
        if statement.startswith("UPDATE service"):
            values = parameters.values() if isinstance(parameters, dict) else parameters
            locked |= {value for value in values if isinstance(value, str)}
        if statement == "COMMIT":
            yield locked
            locked = set()
    yield locked


def test_two_people_of_one_service_on_one_phone_are_each_taken_as_themselves(
    world: World, phone: Device
) -> None:
    other = world.device(world.colleague)
    answer = phone.post(operations=[*some_debriefs(phone, 2), *some_debriefs(other, 1)])
    assert results_of(answer) == ["applied"] * 3
    numbers = {row.person_id: row.number for row in db.session.query(Operation).order_by(Operation.number)}
    assert numbers == {world.caseworker.id: 2, world.colleague.id: 1}
