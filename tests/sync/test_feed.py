"""The feed: who is told what, and that nobody is ever passed by a change."""

from __future__ import annotations

import random
import threading
import time
from datetime import UTC, datetime

import pytest
from flask import Flask

from ledvei_pwa.features.people.actions import ServiceCard
from ledvei_pwa.platform import feed
from ledvei_pwa.platform.database import db, new_id
from tests.support.people import a_service

AT = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
ANNA, BERIT, CLAUS = (f"0190aaaa-0000-7000-8000-00000000000{number}" for number in (1, 2, 3))


@pytest.fixture
def service(app: Flask) -> ServiceCard:
    return a_service()


def publish(service: ServiceCard, subject: str, *readers: str) -> int:
    number = feed.publish(service.id, "entry", subject, readers, at=AT)
    db.session.commit()
    return number


def test_a_reader_gets_what_was_published_to_them(service: ServiceCard) -> None:
    subject = new_id()
    number = publish(service, subject, ANNA)
    assert feed.read_feed(ANNA, 0).changes == [feed.FeedItem("entry", subject, number)]


def test_others_get_nothing(service: ServiceCard) -> None:
    publish(service, new_id(), ANNA)
    assert feed.read_feed(BERIT, 0).changes == []


def test_a_change_comes_once_after_the_cursor(service: ServiceCard) -> None:
    publish(service, new_id(), ANNA)
    page = feed.read_feed(ANNA, 0)
    assert feed.read_feed(ANNA, page.cursor).changes == []


def test_a_change_replaces_the_earlier_one_of_the_same_subject(service: ServiceCard) -> None:
    subject = new_id()
    publish(service, subject, ANNA)
    latest = publish(service, subject, ANNA)
    assert feed.read_feed(ANNA, 0).changes == [feed.FeedItem("entry", subject, latest)]


def test_who_loses_access_is_told_to_forget(service: ServiceCard) -> None:
    subject = new_id()
    publish(service, subject, ANNA, BERIT)
    cursor = feed.read_feed(BERIT, 0).cursor
    publish(service, subject, ANNA)
    page = feed.read_feed(BERIT, cursor)
    assert ([item.id for item in page.removed], page.changes) == ([subject], [])


def test_a_new_device_is_not_told_of_what_it_never_had(service: ServiceCard) -> None:
    subject = new_id()
    publish(service, subject, ANNA)
    publish(service, subject)
    assert feed.read_feed(ANNA, 0).removed == []


def test_who_gets_access_again_gets_the_subject_again(service: ServiceCard) -> None:
    subject = new_id()
    publish(service, subject, ANNA)
    cursor = feed.read_feed(ANNA, 0).cursor
    publish(service, subject)
    publish(service, subject, ANNA)
    assert [item.id for item in feed.read_feed(ANNA, cursor).changes] == [subject]


def test_a_withdrawn_subject_leaves_everybody(service: ServiceCard) -> None:
    subject = new_id()
    publish(service, subject, ANNA, BERIT)
    feed.withdraw(service.id, "entry", subject, at=AT)
    db.session.commit()
    assert feed.current_readers("entry", subject) == frozenset()


def test_many_at_once_are_published_as_one_after_the_other(service: ServiceCard) -> None:
    known, gone, new, other = (new_id() for _ in range(4))
    publish(service, known, ANNA)
    publish(service, gone, BERIT)
    cursor = feed.read_feed(ANNA, 0).cursor
    readers = {known: {ANNA, BERIT}, gone: set[str](), new: {ANNA, BERIT}, other: {ANNA}}
    feed.publish_many(service.id, "entry", readers, at=AT)
    db.session.commit()
    assert {item.id for item in feed.read_feed(ANNA, cursor).changes} == {known, new, other}
    assert {item.id for item in feed.read_feed(BERIT, 0).changes} == {known, new}
    assert feed.current_readers("entry", gone) == frozenset()


def test_many_at_once_are_read_page_by_page_without_a_gap(service: ServiceCard) -> None:
    subjects = [new_id() for _ in range(25)]
    feed.publish_many(service.id, "entry", {subject: {ANNA} for subject in subjects}, at=AT)
    after = publish(service, new_id(), ANNA)
    cursor, seen = 0, []
    while (page := feed.read_feed(ANNA, cursor, limit=4)).changes:
        seen += [item.id for item in page.changes]
        cursor = page.cursor
    assert (seen[:25], cursor) == (subjects, after)


def test_telling_one_reader_again_tells_nobody_else(service: ServiceCard) -> None:
    subject = new_id()
    publish(service, subject, ANNA, BERIT)
    cursor = feed.read_feed(ANNA, 0).cursor
    feed.tell_again(service.id, "entry", subject, ANNA, at=AT)
    db.session.commit()
    assert [item.id for item in feed.read_feed(ANNA, cursor).changes] == [subject]
    assert feed.read_feed(BERIT, cursor).changes == []


def test_telling_somebody_again_who_has_lost_access_gives_them_nothing(service: ServiceCard) -> None:
    subject = new_id()
    publish(service, subject, ANNA)
    publish(service, subject)
    feed.tell_again(service.id, "entry", subject, ANNA, at=AT)
    db.session.commit()
    assert feed.current_readers("entry", subject) == frozenset()


def test_a_long_feed_comes_in_pages_without_gap_or_repetition(service: ServiceCard) -> None:
    published = [publish(service, new_id(), ANNA) for _ in range(7)]
    seen, cursor, more = [], 0, True
    while more:
        page = feed.read_feed(ANNA, cursor, limit=3)
        seen += [item.version for item in page.changes]
        cursor, more = page.cursor, page.more
    assert seen == published


def test_the_digest_comes_with_the_last_page_only(service: ServiceCard) -> None:
    for _ in range(4):
        publish(service, new_id(), ANNA)
    first = feed.read_feed(ANNA, 0, limit=3)
    last = feed.read_feed(ANNA, first.cursor, limit=3)
    assert first.digest is None
    assert last.digest is not None
    assert last.digest.count == 4


def test_what_is_rolled_back_was_never_published(service: ServiceCard) -> None:
    feed.publish(service.id, "entry", new_id(), [ANNA], at=AT)
    db.session.rollback()
    assert feed.read_feed(ANNA, 0).changes == []


def test_an_unknown_service_has_no_feed(app: Flask) -> None:
    with pytest.raises(feed.UnknownServiceError):
        feed.publish(new_id(), "entry", new_id(), [ANNA], at=AT)


def test_a_reader_with_a_cursor_misses_no_change_of_concurrent_writers(
    app: Flask, service: ServiceCard
) -> None:
    """Writers commit at odd moments. With numbers from a sequence a reader would pass over the late ones."""
    writers, each = 4, 15
    published: list[str] = []
    failures: list[BaseException] = []

    def write(seed: int) -> None:
        chance = random.Random(seed)
        with app.app_context():
            try:
                for _ in range(each):
                    subject = new_id()
                    feed.publish(service.id, "entry", subject, [ANNA, BERIT], at=AT)
                    time.sleep(chance.random() * 0.004)  # between taking the number and the commit
                    db.session.commit()
                    published.append(subject)
            except BaseException as failure:
                failures.append(failure)

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(writers)]
    for thread in threads:
        thread.start()
    seen, cursor = [], 0
    while any(thread.is_alive() for thread in threads):
        cursor = read_on(cursor, seen)
    read_on(cursor, seen)
    assert failures == []
    assert len(published) == writers * each
    assert sorted(seen) == sorted(published)


def read_on(cursor: int, seen: list[str]) -> int:
    page = feed.read_feed(ANNA, cursor)
    db.session.rollback()  # a reader's transaction ends with its request
    seen += [item.id for item in page.changes]
    return page.cursor
