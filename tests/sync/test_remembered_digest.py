"""The digest of a feed is worked out once and remembered, and is never another than the true one."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest
from flask import Flask
from sqlalchemy import delete, select

from ledvei_pwa.features.people.actions import ServiceCard
from ledvei_pwa.kernel.digest import Digest, digest_of
from ledvei_pwa.platform import feed
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.feed import Feed
from tests.support.people import a_service

AT = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
STEPS = 120


@pytest.fixture
def service(app: Flask) -> ServiceCard:
    return a_service()


def true_digest(person: str) -> Digest:
    held = select(Feed.type, Feed.subject_id, Feed.version)
    rows = db.session.execute(held.where(Feed.person_id == person, ~Feed.removed))
    return digest_of((type_, id_, version) for type_, id_, version in rows)


@pytest.mark.parametrize("seed", range(6))
def test_a_page_is_the_same_whether_its_digest_was_remembered_or_not(service: ServiceCard, seed: int) -> None:
    chance = Random(seed)
    people, subjects = [new_id() for _ in range(3)], [new_id() for _ in range(5)]
    cursors = [0]
    for _ in range(STEPS):
        subject, person = chance.choice(subjects), chance.choice(people)
        change_something(chance, service, subject, people, person)
        for reader in chance.sample(people, 2):
            cursor = chance.choice(cursors)
            page = feed.read_feed(reader, cursor, epoch=service.epoch)
            assert page == feed.read_feed(reader, cursor)
            assert page.digest == true_digest(reader)
            cursors.append(page.cursor)


def change_something(
    chance: Random, service: ServiceCard, subject: str, people: list[str], person: str
) -> None:
    act = chance.choice(["publish", "publish", "withdraw", "again", "to", "many", "forget", "nothing"])
    match act:
        case "publish":
            feed.publish(service.id, "entry", subject, set(chance.choices(people, k=2)), at=AT)
        case "withdraw":
            feed.withdraw(service.id, "entry", subject, at=AT)
        case "again":
            feed.tell_again(service.id, "entry", subject, person, at=AT)
        case "to":
            feed.publish_to(service.id, "entry", subject, person, at=AT)
        case "many":
            feed.publish_many(service.id, "entry", {subject: [person], new_id(): people}, at=AT)
        case "forget":
            for item in feed.read_feed(person, 0).changes[:1]:
                feed.forget(person, item)
    db.session.commit()


def test_what_is_remembered_of_one_epoch_is_not_said_in_another(service: ServiceCard) -> None:
    """A backup gives numbers out again: the last one may be the same although the rest is not."""
    person, lost, kept = new_id(), new_id(), new_id()
    feed.publish(service.id, "entry", lost, [person], at=AT)
    last = feed.publish(service.id, "entry", kept, [person], at=AT)
    db.session.commit()
    feed.read_feed(person, last, epoch=service.epoch)
    db.session.execute(delete(Feed).where(Feed.subject_id == lost))
    db.session.commit()
    assert feed.read_feed(person, last, epoch=new_id()).digest == true_digest(person)


def test_what_a_database_does_not_hold_any_more_is_not_remembered(service: ServiceCard) -> None:
    person, removed = new_id(), new_id()
    feed.publish(service.id, "entry", removed, [person], at=AT)
    first = feed.withdraw(service.id, "entry", removed, at=AT)
    last = feed.publish(service.id, "entry", new_id(), [person], at=AT)
    db.session.commit()
    feed.read_feed(person, last, epoch=service.epoch)
    db.session.execute(delete(Feed).where(Feed.version == last))
    db.session.commit()
    assert feed.read_feed(person, first, epoch=service.epoch).digest == true_digest(person)


@pytest.mark.parametrize("ends_with_a_removal", [False, True])
def test_a_feed_in_which_nothing_has_changed_is_not_read_in_whole_again(
    service: ServiceCard, monkeypatch: pytest.MonkeyPatch, ends_with_a_removal: bool
) -> None:
    person, subject = new_id(), new_id()
    feed.publish(service.id, "entry", new_id(), [person], at=AT)
    last = feed.publish(service.id, "entry", subject, [person], at=AT)
    if ends_with_a_removal:
        last = feed.withdraw(service.id, "entry", subject, at=AT)
    db.session.commit()
    feed.read_feed(person, last, epoch=service.epoch)
    monkeypatch.delattr(feed, "_read_everything")
    assert feed.read_feed(person, last, epoch=service.epoch).digest == true_digest(person)


def test_no_more_digests_are_remembered_than_there_is_room_for(
    service: ServiceCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MOST_KNOWN", 2)
    monkeypatch.setattr(feed, "_known", {})
    people = [new_id() for _ in range(4)]
    feed.publish(service.id, "entry", new_id(), people, at=AT)
    db.session.commit()
    for person in people:
        feed.read_feed(person, 0, epoch=service.epoch)
    assert list(feed._known) == people[-2:]
