"""Closing an account, at once or after a last day that is set ahead, and opening it again (docs/adr/0018)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import structlog

from ledvei_pwa.features.people import records, reentries, rules
from ledvei_pwa.features.people.asking import dated_roles, held_by, may_disable, persons_by_ids, service_of
from ledvei_pwa.features.people.cards import LastDay, PersonCard
from ledvei_pwa.features.people.invitations import void_invitations
from ledvei_pwa.features.people.records import Person
from ledvei_pwa.features.people.roles import stays_led
from ledvei_pwa.features.people.rules import DatedRole
from ledvei_pwa.features.people.telling import publish_newcomer
from ledvei_pwa.kernel.access import Actor, Role
from ledvei_pwa.kernel.outcome import Outcome, done, refused
from ledvei_pwa.platform import audit, feed, sessions
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.registry import house

log = structlog.get_logger(__name__)


# --- at once ----------------------------------------------------------------------------------------------


def disable_person(actor: Actor, person_id: str, *, now: datetime) -> Outcome[str]:
    """Let a person sign in no more, and sign them out everywhere. What becomes of their texts: ADR 18."""
    person = records.person_in(actor.service_id, person_id)
    if person is None or not may_disable(actor, person, now):
        return refused("not_yours")
    feed.begin_writing(actor.service_id)
    if not _close(person, Deed.PERSON_DISABLED, actor.person_id, now):
        return refused("last_service_leader")
    db.session.commit()
    return done(person.id)


def enable_person(actor: Actor, person_id: str, *, now: datetime) -> Outcome[str]:
    """Open it again: also what was to be deleted because they had left stays then."""
    person = records.person_in(actor.service_id, person_id)
    if person is None or not may_disable(actor, person, now):
        return refused("not_yours")
    feed.begin_writing(actor.service_id)
    was_closed = person.is_closed(now)
    person.disabled_at = None
    if was_closed:
        _forget_last_day(person)  # one that is over, where nobody has closed the account by it
    db.session.flush()
    publish_newcomer(person, at=now)
    if was_closed:
        _record(Deed.PERSON_ENABLED, person, actor.person_id, now)
        _tell(person, now)
    db.session.commit()
    return done(person.id)


def closed_days(service_id: str) -> dict[str, date]:
    """The day since which each closed account of a service is closed, by the person's id.

    Since a backup was put back at the soonest: in it somebody is closed whom a leader has let in since then.
    """
    service = service_of(service_id)
    restored = service.epoch_at if service else None
    closed = records.closed_at(service_id)
    return {id_: rules.day_in_norway(max(at, restored or at)) for id_, at in closed.items()}


# --- a last day ahead -------------------------------------------------------------------------------------


def set_last_day(actor: Actor, person_id: str, day: date, *, now: datetime) -> Outcome[str]:
    """Let an account close by itself when a day is over. The person is told. Answers the person's id."""
    person = records.person_in(actor.service_id, person_id)
    if person is None or not may_disable(actor, person, now):
        return refused("not_yours")
    if not rules.may_be_last_day(day, rules.day_in_norway(now)):
        return refused("no_last_day", day="no_last_day")
    feed.begin_writing(actor.service_id)
    if person.is_closed(now):
        db.session.rollback()
        return refused("closed")
    if person.last_day != day and not _set(person, day, actor.person_id, now):
        return refused("last_service_leader")
    db.session.commit()
    return done(person_id)


def undo_last_day(actor: Actor, person_id: str, *, now: datetime) -> Outcome[str]:
    """The account stays open after all. Nothing happens when no day is set."""
    person = records.person_in(actor.service_id, person_id)
    if person is None or not may_disable(actor, person, now):
        return refused("not_yours")
    feed.begin_writing(actor.service_id)
    if day := person.last_day:
        _forget_last_day(person)
        _record(Deed.LAST_DAY_UNDONE, person, actor.person_id, now, last_day=day.isoformat())
        _tell(person, now)
    db.session.commit()
    return done(person_id)


def last_day_of(person_id: str) -> LastDay | None:
    person = db.session.get(Person, person_id)
    return _card(person) if person and person.disabled_at is None else None


def coming_last_days(actor: Actor, *, now: datetime) -> list[LastDay]:
    """Of those that this leader may see, the soonest first."""
    day, held = rules.day_in_norway(now), dict[str, list[DatedRole]]()
    for role in dated_roles(records.roles_of_service(actor.service_id)):
        if role.to_date is None or day < role.to_date:
            held.setdefault(role.person_id, []).append(role)
    found = records.people_with_a_last_day(actor.service_id)
    cards = [
        _card(person)
        for person in found
        if not person.is_closed(now) and rules.may_see_person(actor, held.get(person.id, []))
    ]
    return [card for card in cards if card]


def person_to_close(actor: Actor, person_id: str, *, now: datetime) -> PersonCard | None:
    """The person, when their account is open and this leader may close it."""
    person = records.person_in(actor.service_id, person_id)
    if person is None or person.is_closed(now) or not may_disable(actor, person, now):
        return None
    return persons_by_ids([person_id], now=now)[person_id]


def close_after_last_days(now: datetime) -> None:
    """The job: whoever's last day is over has their account closed. Running it twice does nothing more."""
    today = rules.day_in_norway(now)
    for person in records.people_with_a_last_day(before=today):
        _close_when_over(person.id, person.service_id, now)


def _close_when_over(person_id: str, service_id: str, now: datetime) -> None:
    """Asked again with the lock held: it may have been undone a moment ago. Commits."""
    feed.begin_writing(service_id)
    person = db.session.get_one(Person, person_id)
    day = person.last_day
    if day is None or person.disabled_at or not rules.is_over(day, rules.day_in_norway(now)):
        db.session.rollback()
        return
    if not _close(person, Deed.PERSON_LEFT, person.last_day_by, now, last_day=day.isoformat()):
        log.error("last_day_not_kept", person=person_id, reason="last_service_leader")
        return
    db.session.commit()
    log.info("closed_after_last_day", person=person_id)


# --- inside -----------------------------------------------------------------------------------------------


def _close(person: Person, deed: Deed, by: str | None, now: datetime, **details: str) -> bool:
    """Part of the caller's transaction. False, and all undone, when nobody would lead the service then."""
    was_disabled = person.disabled_at is not None
    person.disabled_at = person.disabled_at or now
    _forget_last_day(person)
    if not _stays_led_without(person, rules.day_in_norway(now), now):
        return False
    void_invitations(person.id, now)
    reentries.stop_for(person.id, by=by, now=now)
    sessions.end_all_sessions(person.id, now=now)
    if not was_disabled:
        _record(deed, person, by, now, **details)
        _tell(person, now)
    return True


def _set(person: Person, day: date, by: str, now: datetime) -> bool:
    """The same."""
    person.last_day, person.last_day_by, person.last_day_at = day, by, now
    db.session.flush()
    if not _stays_led_without(person, day + timedelta(days=1), now):
        return False
    _record(Deed.LAST_DAY_SET, person, by, now, last_day=day.isoformat())
    _tell(person, now)
    return True


def _forget_last_day(person: Person) -> None:
    """It stands in the log. Whoever is let in again is to stay."""
    person.last_day = person.last_day_by = person.last_day_at = None
    db.session.flush()


def _stays_led_without(person: Person, day: date, now: datetime) -> bool:
    if not _is_service_leader(person, now) or stays_led(person.service_id, day):
        return True
    db.session.rollback()
    return False


def _is_service_leader(person: Person, now: datetime) -> bool:
    return any(role.role is Role.SERVICE_LEADER for role in held_by(person, now))


def _card(person: Person) -> LastDay | None:
    if person.last_day is None:
        return None
    return LastDay(person.id, person.name, person.last_day, person.last_day_by, person.last_day_at)


def _record(deed: Deed, person: Person, by: str | None, now: datetime, **details: str) -> None:
    audit.record(person.service_id, deed, ("person", person.id), by=by, at=now, **details)


def _tell(person: Person, now: datetime) -> None:
    for tell in house().on_leaving:
        tell(person.id, now)
