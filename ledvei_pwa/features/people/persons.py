"""Correcting a name or an e-mail, and what people choose for themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from ledvei_pwa.features.people import records, rules
from ledvei_pwa.features.people.asking import may_open_account, may_see_person
from ledvei_pwa.features.people.recording import record_deed
from ledvei_pwa.features.people.records import Person
from ledvei_pwa.features.people.telling import publish_name
from ledvei_pwa.kernel.access import Actor
from ledvei_pwa.kernel.outcome import Outcome, done, refused
from ledvei_pwa.platform import feed
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import db


def correct_person(actor: Actor, person_id: str, *, name: str, email: str, now: datetime) -> Outcome[str]:
    """Correct a name or, by those who may open the account, an e-mail."""
    person = records.person_in(actor.service_id, person_id)
    if person is None or not may_see_person(actor, person, now):
        return refused("not_yours")
    new_email = rules.tidy_email(email)
    if new_email != person.email and not may_open_account(actor, person, now):
        return refused("not_yours")
    feed.begin_writing(person.service_id)
    corrected = {"name": person.name != name.strip(), "email": person.email != new_email}
    person.name, person.email = name.strip(), new_email
    if not flush_unless_taken():
        return refused("email_taken", email="email_taken")
    publish_name(person, at=now)
    if changed := [what for what, is_other in corrected.items() if is_other]:
        record_deed(Deed.PERSON_CORRECTED, person, actor.person_id, now, changed=changed)
    db.session.commit()
    return done(person.id)


def choose_language(person_id: str, language: str) -> Outcome[str]:
    """A person's own choice of bokmål or nynorsk. Commits."""
    if language not in rules.LANGUAGES:
        return refused("unknown_language")
    db.session.execute(update(Person).where(Person.id == person_id).values(language=language))
    db.session.commit()
    return done(language)


def set_quiet_hours(person_id: str, quiet: bool) -> None:
    """Whether reminders keep to working hours: the person's own choice. Part of the caller's transaction."""
    db.session.execute(update(Person).where(Person.id == person_id).values(quiet_hours=quiet))


def flush_unless_taken() -> bool:
    """False when somebody has this e-mail already, also when they got it a moment ago. Rolls back then."""
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        return False
    return True
