"""What is written goes when its time is over: its author is told first, and then it is gone (ADR 12).

A job of every day. Each text is looked at by itself, with the service's write lock held, so it does no harm
when the job runs twice, is killed half-way, or two workers run it at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

import structlog
from dateutil.relativedelta import relativedelta
from sqlalchemy import ColumnElement, and_

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.reminders import actions as reminders
from ledvei_pwa.features.retention import actions as retention
from ledvei_pwa.features.retention import rules
from ledvei_pwa.features.retention.actions import Periods
from ledvei_pwa.features.retention.rules import Sort, Told
from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.kernel.access import Audience
from ledvei_pwa.kernel.norwegian_calendar import local
from ledvei_pwa.kernel.outcome import Outcome, done, refused
from ledvei_pwa.platform import audit, feed
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.keyring import TextUnreadable
from ledvei_pwa.platform.registry import Kept, house
from ledvei_pwa.sync.notice import publish_notice
from ledvei_pwa.sync.records import (
    ENTRY,
    Entry,
    Expiry,
    entries_by_ids,
    erase,
    expiries_by_ids,
    ids_changed_before,
    ids_told_of,
)
from ledvei_pwa.sync.texts import fields_of

AT_ONCE = 100  # texts in one transaction: meanwhile nobody else in the service writes
MARGIN = timedelta(days=2)  # months are of different lengths; each text is counted by itself afterwards

Closed = Mapping[str, date]  # the day on which each closed account was closed, by the person's id

log = structlog.get_logger(__name__)


def let_texts_expire(now: datetime) -> None:
    """Tell authors of what is to go, and delete what has been told of and whose day has come. Commits."""
    for service in people.every_service():
        periods = retention.periods_of(service.id)
        tell_authors(service.id, periods, now)
        _delete_due(service.id, periods, now)


# --- telling ------------------------------------------------------------------------------------------------


def tell_authors(service_id: str, periods: Periods, now: datetime) -> None:
    """Let every author know which of their texts go within sixty days, and on which day. Commits."""
    wanted = {*ids_near(service_id, periods, now), *ids_told_of(service_id)}
    for ids in _some_at_a_time(sorted(wanted)):
        feed.begin_writing(service_id)
        _tell_of(service_id, ids, periods, now)
        db.session.commit()


def _tell_of(service_id: str, ids: Sequence[str], periods: Periods, now: datetime) -> None:
    """Of these texts. Part of the caller's transaction, which has the service's write lock."""
    rows, closed = expiries_by_ids(ids), people.closed_days(service_id)
    authors = set()
    for entry in entries_by_ids(ids):
        if _follow(entry, rows.get(entry.id), periods, closed, now):
            authors.add(entry.author_id)
    db.session.flush()
    for author_id in sorted(authors):
        publish_notice(service_id, author_id, now)


def follow_leaving(person_id: str, at: datetime) -> None:
    """Somebody's account was closed or opened: what goes because of it is told of, or goes no more.

    Part of the caller's transaction, which has the service's write lock.
    """
    person = people.persons_by_ids([person_id])[person_id]
    wanted = set(ids_told_of(person.service_id, author_id=person_id))
    if not person.is_active:
        wanted.update(ids_changed_before(person.service_id, [_is_left_behind([person_id])]))
    periods = retention.periods_of(person.service_id)
    for ids in _some_at_a_time(sorted(wanted)):
        _tell_of(person.service_id, ids, periods, at)
    publish_notice(person.service_id, person_id, at)


def ids_near(service_id: str, periods: Periods, now: datetime) -> list[str]:
    """All that may have to be told of by now, and some more."""
    closed = people.closed_days(service_id)
    near = [_is_near(sort, months, now) for sort, months in periods.items() if sort is not Sort.LEFT]
    return ids_changed_before(service_id, [*near, _is_left_behind(closed)])


def _is_left_behind(closed: Collection[str]) -> ColumnElement[bool]:
    private = Entry.audience == Audience.PRIVATE.value
    return and_(Entry.author_id.in_(closed), private | Entry.deleted_at.is_not(None))


def _is_near(sort: Sort, months: int, now: datetime) -> ColumnElement[bool]:
    last = now + rules.TOLD_AHEAD + MARGIN - relativedelta(months=months)
    if sort is Sort.REMOVED:
        return and_(Entry.deleted_at.is_not(None), Entry.changed_at < last)
    alone = [kind for kind, (own, _shared) in rules.SORTS.items() if own is sort]
    shared = [kind for kind, (_own, others) in rules.SORTS.items() if others is sort]
    is_private = Entry.audience == Audience.PRIVATE.value
    kinds = and_(Entry.kind.in_(alone), is_private) | and_(Entry.kind.in_(shared), ~is_private)
    return and_(Entry.deleted_at.is_(None), Entry.changed_at < last, kinds)


def _follow(entry: Entry, row: Expiry | None, periods: Periods, closed: Closed, now: datetime) -> bool:
    """Bring up to date what the author is told of one text. Answers whether it is something else."""
    before = _told(row)
    told = rules.tell(due_of(entry, row, periods, closed), before, local(now).date())
    if told == before:
        return False
    if row is None:
        row = Expiry(entry_id=entry.id, service_id=entry.service_id, author_id=entry.author_id, extra_years=0)
        db.session.add(row)
    row.goes_on, row.told_at = (told.goes_on, now) if told else (None, None)
    db.session.flush()
    feed.tell_again(entry.service_id, ENTRY, entry.id, entry.author_id, at=now)
    return True


def _told(row: Expiry | None) -> Told | None:
    return Told(row.goes_on) if row and row.goes_on else None


def due_of(entry: Entry, row: Expiry | None, periods: Periods, closed: Closed) -> date | None:
    """The first day that this text may be gone; None when it is not to go."""
    return rules.sooner(_due_by_its_sort(entry, row, periods), _due_as_left_behind(entry, periods, closed))


def _due_as_left_behind(entry: Entry, periods: Periods, closed: Closed) -> date | None:
    """Who has left reads it no more, and nobody else may. What they had wished for it was for themselves."""
    since = closed.get(entry.author_id)
    if since is None or not rules.is_left_behind(entry.audience, is_removed=entry.deleted_at is not None):
        return None
    return rules.day_left_behind_goes(periods[Sort.LEFT], since)


def _due_by_its_sort(entry: Entry, row: Expiry | None, periods: Periods) -> date | None:
    sort = rules.sort_of(entry.kind, entry.audience, is_removed=entry.deleted_at is not None)
    if sort is None or (sort is not Sort.REMOVED and _is_in_use(entry)):
        return None
    session = supervision.session_scope(entry.session_id) if entry.session_id else None
    return rules.day_due(
        periods[sort],
        changed=local(entry.changed_at).date(),
        session=local(session.starts_at).date() if session else None,
        kept_until=row.kept_until if row else None,
    )


def _is_in_use(entry: Entry) -> bool:
    """An agreement to be done, or a topic that waits, while its series runs: it never disappears."""
    kind = house().entry_kinds.get(entry.kind)
    if kind is None or kind.kept is not Kept.OPEN or kind.is_open is None:
        return False
    if entry.series_id is None or not supervision.is_running(entry.series_id):
        return False
    try:
        return kind.is_open(fields_of(entry))
    except TextUnreadable:
        return False


# --- deleting -----------------------------------------------------------------------------------------------


def _delete_due(service_id: str, periods: Periods, now: datetime) -> None:
    for ids in _some_at_a_time(ids_told_of(service_id, until=local(now).date())):
        feed.begin_writing(service_id)
        rows, closed = expiries_by_ids(ids), people.closed_days(service_id)
        found = entries_by_ids(ids)
        due = [entry for entry in found if _may_go(entry, rows.get(entry.id), periods, closed, now)]
        delete_texts(service_id, due, now)
        db.session.commit()


def _may_go(entry: Entry, row: Expiry | None, periods: Periods, closed: Closed, now: datetime) -> bool:
    """Asked again with the lock held: a moment ago it was written on, or its author's account opened."""
    return rules.may_go(due_of(entry, row, periods, closed), _told(row), local(now).date())


def delete_texts(service_id: str, entries: Sequence[Entry], now: datetime) -> None:
    """Let the devices forget these, and every word of them be gone here. Part of the caller's transaction."""
    for entry in entries:
        feed.withdraw(service_id, ENTRY, entry.id, at=now)
        reminders.plan_agreement_reminder(
            service_id=service_id, entry_id=entry.id, session_id=None, owner_id=None, due=None, at=now
        )
        db.session.flush()
        erase(entry, now)
    db.session.expire_all()
    authors = {entry.author_id for entry in entries}
    for author_id in sorted(authors):
        publish_notice(service_id, author_id, now)
    if entries:
        subject = ("service", service_id)
        # On the day on which what somebody left behind goes, the log is not to say how much it was.
        about = rules.about(len(entries), authors=len(authors))
        audit.record(service_id, Deed.TEXTS_DELETED, subject, by=None, at=now, at_least=about)
        log.info("texts_deleted", service=service_id, count=len(entries))


def _some_at_a_time(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(ids), AT_ONCE):
        yield ids[first : first + AT_ONCE]


# --- the author's own wish ----------------------------------------------------------------------------------


def keep_longer(person_id: str, entry_id: str, now: datetime) -> Outcome[date]:
    """The author keeps one of their own a year beyond the day it goes. Answers the new day. Commits."""
    entry = db.session.get(Entry, entry_id)
    if entry is None or entry.author_id != person_id or entry.deleted_at is not None:
        return refused("unknown")
    feed.begin_writing(entry.service_id)
    row = db.session.get(Expiry, entry_id)
    told = _told(row)
    if row is None or told is None:
        db.session.rollback()
        return refused("not_going")
    if row.extra_years >= rules.MOST_EXTRA_YEARS:
        db.session.rollback()
        return refused("kept_often")
    until = rules.one_year_more(told)
    row.kept_until, row.extra_years = until, row.extra_years + 1
    periods, closed = retention.periods_of(entry.service_id), people.closed_days(entry.service_id)
    _follow(entry, row, periods, closed, now)
    publish_notice(entry.service_id, person_id, now)
    db.session.commit()
    return done(until)
