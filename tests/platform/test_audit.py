"""The log of administration: a chain that shows what was done to it, in the transaction of each deed."""

from __future__ import annotations

import json
import threading
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from ledvei_pwa.platform import audit, chained
from ledvei_pwa.platform.audit import AuditEntry, Deed
from ledvei_pwa.platform.chained import Line
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.feed import UnknownServiceError
from tests.support.people import a_service

ROLE = "role_given"


@pytest.fixture
def service_id(app: Flask, now: datetime) -> str:
    """A service with five lines: that it was made, and four more."""
    made = a_service().id
    for number in range(4):
        note(made, now, number=number)
    db.session.commit()
    return made


def note(service_id: str, now: datetime, **details: Any) -> None:
    audit.record(service_id, Deed.ROLE_GIVEN, ("person", "p"), by="a", at=now, **details)


def tamper(service_id: str, line: int, /, **values: Any) -> None:
    db.session.execute(update(AuditEntry).where(here(service_id, line)).values(**values))
    db.session.commit()


def here(service_id: str, number: int) -> Any:
    return (AuditEntry.service_id == service_id) & (AuditEntry.number == number)


def seen(service_id: str) -> tuple[int | None, str]:
    chain = audit.walk(service_id)
    return chain.broken_at, chain.why


def test_an_untouched_log_is_whole(service_id: str, now: datetime) -> None:
    chain = audit.walk(service_id)
    assert (chain.lines, chain.broken_at, chain.since[:10]) == (5, None, "2026-11-18")
    assert chain.last_hash == audit.latest(service_id, 1)[0].hash


def test_a_log_is_walked_past_the_first_lines_read(service_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for at_once in (1, 2, 5):
        monkeypatch.setattr(chained, "AT_ONCE", at_once)
        assert audit.walk(service_id).lines == 5
    tamper(service_id, 5, actor_id="b")
    assert seen(service_id) == (5, "changed")


def test_the_first_line_follows_nothing(service_id: str) -> None:
    assert audit.latest(service_id, 5)[0].previous_hash == "0" * 64


def test_the_hash_of_a_known_line_stays_what_it_is() -> None:
    """Another encoding would break every log there is."""
    line = Line(
        "i", "s", 1, "2026-11-18T09:00:00.000000+00:00", None, ROLE, "person", "p", "{}", "0" * 64, ""
    )
    assert audit.LOG.hash_of(line) == "b3246ad60defdbae2cadbee2773a0695038e0fd9ea66c780b3ed6f741cefce60"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", "another"),
        ("actor_id", "b"),
        ("actor_id", None),
        ("deed", "role_ended"),
        ("subject_type", "device"),
        ("subject_id", "q"),
        ("details", '{"number":9}'),
        ("previous_hash", "1" * 64),
        ("hash", "1" * 64),
        ("at", datetime.fromisoformat("2026-11-17T10:00:00+01:00")),
    ],
)
def test_a_changed_field_is_found(service_id: str, column: str, value: object) -> None:
    tamper(service_id, 3, **{column: value})
    assert seen(service_id) == (3, "changed")


def test_a_line_that_was_changed_and_hashed_anew_breaks_with_the_next(service_id: str) -> None:
    tamper(service_id, 3, actor_id="b")
    tamper(service_id, 3, hash=audit.LOG.hash_of(audit.latest(service_id, 3)[0]))
    assert seen(service_id) == (4, "not_joined")


def test_a_moment_nobody_can_read_is_a_changed_line(service_id: str) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps no such moment")
    db.session.connection().exec_driver_sql("UPDATE audit_entry SET at = 'soon' WHERE number = 3")
    db.session.commit()
    assert seen(service_id) == (3, "changed")


def test_a_line_removed_in_the_middle_is_found(service_id: str) -> None:
    db.session.execute(delete(AuditEntry).where(here(service_id, 3)))
    db.session.commit()
    assert seen(service_id) == (3, "missing")


def test_a_line_removed_and_the_later_ones_moved_up_is_found(service_id: str) -> None:
    db.session.execute(delete(AuditEntry).where(here(service_id, 3)))
    tamper(service_id, 4, number=3)
    tamper(service_id, 5, number=4)
    assert seen(service_id) == (3, "changed")


def test_a_removed_last_line_is_seen_by_its_hash_alone(service_id: str) -> None:
    written_down = audit.walk(service_id).last_hash
    assert audit.find_hash(service_id, written_down) == 5
    db.session.execute(delete(AuditEntry).where(here(service_id, 5)))
    db.session.commit()
    assert seen(service_id) == (None, "")
    assert audit.find_hash(service_id, written_down) is None


def test_two_swapped_lines_are_found(service_id: str) -> None:
    for number, other in ((2, 99), (3, 2), (99, 3)):
        tamper(service_id, number, number=other)
    assert seen(service_id) == (2, "changed")


def test_each_service_has_a_chain_of_its_own(service_id: str, now: datetime) -> None:
    other = a_service("Nabo").id
    assert audit.walk(other).lines == 1
    tamper(other, 1, actor_id="b")
    assert seen(service_id) == (None, "")


def test_a_line_goes_with_its_transaction(service_id: str, now: datetime) -> None:
    note(service_id, now)
    db.session.rollback()
    assert audit.walk(service_id).lines == 5


@pytest.mark.parametrize("word", ["Anna Li", "anna@fjordvik.example", "Anna", "hun gråt", "x" * 65])
def test_words_names_and_addresses_are_refused(service_id: str, now: datetime, word: str) -> None:
    for value in (word, [word]):
        with pytest.raises(ValueError, match="codes and ids"):
            note(service_id, now, why=value)
        db.session.rollback()


def test_details_are_kept_as_they_were_given(service_id: str, now: datetime) -> None:
    note(service_id, now, members=["b", "a"], team=None, weeks=8)
    (line,) = audit.latest(service_id, 1)
    assert json.loads(line.details) == {"members": ["b", "a"], "team": None, "weeks": 8}


def test_an_unknown_service_has_no_log(app: Flask, now: datetime) -> None:
    with pytest.raises(UnknownServiceError):
        note("nobody's", now)


def test_what_is_not_written_yet_is_not_forgotten(service_id: str, now: datetime) -> None:
    """A deed may change a row and record it without writing the row first."""
    entry = db.session.scalars(select(AuditEntry).where(here(service_id, 5))).one()
    entry.actor_id = "changed"
    note(service_id, now)
    db.session.commit()
    db.session.expire_all()
    assert db.session.scalar(select(AuditEntry.actor_id).where(here(service_id, 5))) == "changed"


def test_deeds_at_the_same_moment_get_a_line_each(service_id: str, app: Flask, now: datetime) -> None:
    db.session.remove()
    start, failures = threading.Barrier(4), []

    def work() -> None:
        with app.app_context():
            try:
                start.wait(30)
                for _ in range(5):
                    note(service_id, now)
                    db.session.commit()
            except BaseException as failure:
                failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert (audit.walk(service_id).lines, *seen(service_id)) == (25, None, "")
