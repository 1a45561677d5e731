"""Reminders and subscribed browsers for tests."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.features.reminders import actions
from ledvei_pwa.features.reminders.records import Reminder
from ledvei_pwa.features.supervision.actions import people_of
from ledvei_pwa.features.supervision.records import Series
from ledvei_pwa.kernel.norwegian_calendar import local, local_moment
from ledvei_pwa.platform import feed
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.i18n import gettext, speaking
from ledvei_pwa.platform.push import Subscription
from ledvei_pwa.sync.records import Entry
from tests.support.people import a_device, actor_of
from tests.support.push_service import Browser, StrangePushService


def oslo(text: str) -> datetime:
    """`2026-11-19 10:00` on a Norwegian clock."""
    moment = datetime.fromisoformat(text)
    return local_moment(moment.date(), moment.time())


def in_language(language: str, message: str, **values: str) -> str:
    """What is shown for an English message id."""
    with speaking(language):
        return gettext(message, **values)


def subscribe(person: PersonCard, subscription: Subscription, *, now: datetime) -> str:
    """Register a device of the person and subscribe it. Answers the device's id."""
    device = a_device(person)
    answer = actions.subscribe(
        actor_of(person), device.id, subscription.endpoint, subscription.p256dh, subscription.auth, now=now
    )
    assert answer.ok, answer
    return device.id


def subscribed_browser(
    person: PersonCard, push_service: StrangePushService, name: str, *, now: datetime
) -> Browser:
    browser = push_service.browser(name)
    subscribe(person, browser.subscription, now=now)
    return browser


def reminders_of(person: PersonCard, *, session_id: str | None = None) -> list[Reminder]:
    query = select(Reminder).where(Reminder.person_id == person.id).order_by(Reminder.due_at, Reminder.id)
    found = db.session.scalars(query.execution_options(populate_existing=True)).all()
    return [reminder for reminder in found if session_id in (None, reminder.session_id)]


def summary(reminders: list[Reminder]) -> list[tuple[str, str, str]]:
    """(kind, when in Norway, state) of each, soonest first."""
    return [(r.kind, f"{local(r.due_at):%a %d.%m %H:%M}", r.state) for r in reminders]


def an_agreement_entry(author: PersonCard, session_id: str, series_id: str, *, now: datetime) -> str:
    """The row of an agreement, as sync writes it. Its text is of no matter here."""
    entry = Entry(
        id=new_id(),
        service_id=author.service_id,
        kind="agreement",
        author_id=author.id,
        series_id=series_id,
        session_id=session_id,
        audience="group",
        revision=1,
        body=b"",
        created_at=now,
        changed_at=now,
    )
    db.session.add(entry)
    series = db.session.get_one(Series, series_id)
    feed.publish(author.service_id, "entry", entry.id, people_of(series).all_ids, at=now)
    db.session.commit()
    return entry.id
