"""The log of reading: one line for each delivery, and none of its texts can be changed unseen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, update

from ledvei_pwa.platform import reads
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.reads import Reader, ReadLine, ReadText, Text, Way
from tests.support.people import a_service
from tests.support.statements import listening


@pytest.fixture
def service_id(app: Flask) -> str:
    return a_service().id


@pytest.fixture
def reader(service_id: str) -> Reader:
    return Reader(service_id, "reader", "phone")


def some(count: int, *, revision: int = 1, author: str = "author") -> list[Text]:
    return [Text(f"entry-{number:04}", revision, author) for number in range(count)]


def note(reader: Reader, now: datetime, texts: list[Text], way: Way = Way.DELIVERED) -> bool:
    written = reads.note(reader, way, texts, at=now)
    db.session.commit()
    return written


def lines(service_id: str) -> int:
    return reads.walk(service_id).lines


def test_one_delivery_is_one_line_however_many_texts(service_id: str, reader: Reader, now: datetime) -> None:
    assert note(reader, now, some(200))
    assert lines(service_id) == 1
    assert len(reads.of_author("author")) == 200


def test_it_costs_as_many_statements_for_two_texts_as_for_two_hundred(reader: Reader, now: datetime) -> None:
    asked = []
    for texts in (some(2), some(200)[2:]):
        with listening() as heard:
            reads.note(reader, Way.DELIVERED, texts, at=now)
        asked.append(len(heard))
        db.session.commit()
    assert asked == [7, 7]


def test_the_same_text_on_the_same_device_is_written_down_once(
    service_id: str, reader: Reader, now: datetime
) -> None:
    assert note(reader, now, some(2))
    assert not note(reader, now, some(2))
    assert note(reader, now, some(3))
    assert [read.entry_id for read in reads.of_author("author")] == [text.entry_id for text in some(3)]


def test_what_is_known_already_takes_no_lock(reader: Reader, now: datetime) -> None:
    note(reader, now, some(2))
    with listening() as heard:
        note(reader, now, some(2))
    assert [one.statement for one in heard if not one.statement.startswith("SELECT")] == []


def test_another_revision_another_device_and_another_way_are_written_down(
    service_id: str, reader: Reader, now: datetime
) -> None:
    tablet = Reader(service_id, "reader", "tablet")
    assert note(reader, now, some(1))
    assert note(reader, now, some(1, revision=2))
    assert note(tablet, now, some(1))
    assert note(reader, now, some(1), Way.LOOKED_AT)
    found = [(read.place_id, read.revision, read.way.value) for read in reads.of_author("author")]
    assert found == [
        ("phone", 1, "delivered"),
        ("phone", 2, "delivered"),
        ("tablet", 1, "delivered"),
        ("phone", 1, "looked_at"),
    ]


def test_ones_own_texts_are_nobodys_business(service_id: str, reader: Reader, now: datetime) -> None:
    assert not note(reader, now, some(3, author="reader"))
    assert lines(service_id) == 0


def test_where_the_device_is_unknown_the_reader_stands_for_it(service_id: str, now: datetime) -> None:
    assert note(Reader(service_id, "reader", None), now, some(1))
    (line,) = reads.latest(service_id, 9)
    assert (line.subject_type, line.subject_id) == ("person", "reader")


def test_what_somebody_has_read_themselves_is_told_to_them_alone(
    service_id: str, reader: Reader, now: datetime
) -> None:
    note(reader, now, some(1))
    note(Reader(service_id, "another", "other"), now, some(2))
    assert [read.entry_id for read in reads.by_reader(service_id, "reader")] == ["entry-0000"]


def of(number: int) -> Any:
    return ReadText.number == number


LAST: dict[str, Any] = {"place_id": "phone", "author_id": "author", "way": "delivered", "revision": 1}
TAMPERINGS: dict[str, tuple[Any, int, str]] = {
    "another's text": (update(ReadText).where(of(1)).values(author_id="b"), 1, "changed"),
    "another text": (update(ReadText).where(of(2)).values(entry_id="b"), 2, "changed"),
    "another revision": (update(ReadText).where(of(2)).values(revision=9), 2, "changed"),
    "another device": (update(ReadText).where(of(1)).values(place_id="b"), 1, "changed"),
    "another way": (update(ReadText).where(of(1)).values(way="looked_at"), 1, "changed"),
    "a text taken away": (delete(ReadText).where(of(2)), 2, "changed"),
    "a text moved": (update(ReadText).where(of(1)).values(number=2), 1, "changed"),
    "another reader": (update(ReadLine).where(ReadLine.number == 1).values(actor_id="b"), 1, "changed"),
    "a line taken away": (delete(ReadLine).where(ReadLine.number == 1), 1, "missing"),
    "the last line": (delete(ReadLine).where(ReadLine.number == 2), 2, "loose"),
}


@pytest.mark.parametrize(("statement", "line", "why"), TAMPERINGS.values(), ids=TAMPERINGS)
def test_whatever_is_changed_breaks_the_chain_there(
    service_id: str, reader: Reader, now: datetime, statement: Any, line: int, why: str
) -> None:
    note(reader, now, some(1))
    note(reader, now, some(2))
    assert reads.walk(service_id).broken_at is None
    db.session.execute(statement)
    db.session.commit()
    chain = reads.walk(service_id)
    assert (chain.broken_at, chain.why) == (line, why)


@pytest.mark.parametrize(("number", "expected"), [(1, (1, "changed")), (7, (2, "loose"))])
def test_a_text_that_no_line_tells_of_is_found(
    service_id: str, reader: Reader, now: datetime, number: int, expected: tuple[int, str]
) -> None:
    note(reader, now, some(1))
    row = {**LAST, "service_id": service_id, "entry_id": "new", "number": number}
    db.session.execute(insert(ReadText).values(row))
    db.session.commit()
    chain = reads.walk(service_id)
    assert (chain.broken_at, chain.why) == expected


def test_a_line_goes_with_its_transaction(service_id: str, reader: Reader, now: datetime) -> None:
    reads.note(reader, Way.DELIVERED, some(2), at=now)
    db.session.rollback()
    assert lines(service_id) == 0
    assert db.session.scalars(select(ReadText)).all() == []


def test_what_another_tab_has_written_meanwhile_is_not_written_twice(
    service_id: str, reader: Reader, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold: Callable[[str], None] = reads.hold

    def wait_for_the_other(id_: str) -> None:
        monkeypatch.setattr(reads, "hold", hold)
        reads.note(reader, Way.DELIVERED, some(2), at=now)
        hold(id_)

    monkeypatch.setattr(reads, "hold", wait_for_the_other)
    assert note(reader, now, some(3))
    assert [row.number for row in reads.latest(service_id, 9)] == [1, 2]
    assert reads.walk(service_id).broken_at is None
    assert len(reads.of_author("author")) == 3
