"""Closing an account, and opening it again."""

from __future__ import annotations

from datetime import datetime

from ledvei_pwa.features.people import records, reentries, rules
from ledvei_pwa.features.people.asking import held_by, may_disable
from ledvei_pwa.features.people.invitations import void_invitations
from ledvei_pwa.features.people.recording import record_deed
from ledvei_pwa.features.people.records import Person
from ledvei_pwa.features.people.roles import stays_led
from ledvei_pwa.features.people.telling import publish_newcomer
from ledvei_pwa.kernel.access import Actor, Role
from ledvei_pwa.kernel.outcome import Outcome, done, refused
from ledvei_pwa.platform import feed, sessions
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import db


def disable_person(actor: Actor, person_id: str, *, now: datetime) -> Outcome[str]:
    """Let a person sign in no more, and sign them out everywhere. What they wrote stays."""
    person = records.person_in(actor.service_id, person_id)
    if person is None or not may_disable(actor, person, now):
        return refused("not_yours")
    feed.begin_writing(actor.service_id)
    was_disabled = person.disabled_at is not None
    person.disabled_at = person.disabled_at or now
    db.session.flush()
    if _is_service_leader(person, now) and not stays_led(actor.service_id, rules.day_in_norway(now)):
        db.session.rollback()
        return refused("last_service_leader")
    void_invitations(person.id, now)
    reentries.stop_for(person.id, by=actor.person_id, now=now)
    sessions.end_all_sessions(person.id, now=now)
    if not was_disabled:
        record_deed(Deed.PERSON_DISABLED, person, actor.person_id, now)
    db.session.commit()
    return done(person.id)


def enable_person(actor: Actor, person_id: str, *, now: datetime) -> Outcome[str]:
    person = records.person_in(actor.service_id, person_id)
    if person is None or not may_disable(actor, person, now):
        return refused("not_yours")
    feed.begin_writing(actor.service_id)
    was_disabled = person.disabled_at is not None
    person.disabled_at = None
    db.session.flush()
    publish_newcomer(person, at=now)
    if was_disabled:
        record_deed(Deed.PERSON_ENABLED, person, actor.person_id, now)
    db.session.commit()
    return done(person.id)


def _is_service_leader(person: Person, now: datetime) -> bool:
    return any(role.role is Role.SERVICE_LEADER for role in held_by(person, now))
