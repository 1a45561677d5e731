"""Adding people, and the one-time links that let them in."""

from __future__ import annotations

import secrets
from datetime import datetime

import structlog
from sqlalchemy import update

from ledvei_pwa.features.people import records, rules
from ledvei_pwa.features.people.asking import may_open_account, persons_by_ids
from ledvei_pwa.features.people.cards import InvitationLink, InvitePerson, PersonCard
from ledvei_pwa.features.people.persons import flush_unless_taken
from ledvei_pwa.features.people.recording import record_deed, record_role
from ledvei_pwa.features.people.records import Invitation, Person
from ledvei_pwa.features.people.roles import new_role_row, problem_with_role
from ledvei_pwa.features.people.telling import publish_newcomer
from ledvei_pwa.kernel.access import Actor
from ledvei_pwa.kernel.outcome import Outcome, done, refused
from ledvei_pwa.platform import audit, feed
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.passwords import hash_password
from ledvei_pwa.platform.sessions import digest

log = structlog.get_logger(__name__)


def add_person(
    service_id: str, command: InvitePerson, *, password: str | None = None, now: datetime
) -> Outcome[PersonCard]:
    """Add a person without asking who does it: for the command line and the demo. Commits."""
    outcome = _add_person(service_id, command, None, now)
    if not outcome.ok or outcome.value is None:
        db.session.rollback()
        return refused(outcome.reason, **outcome.fields)
    if password is not None:
        outcome.value.password_hash, outcome.value.accepted_at = hash_password(password), now
    db.session.commit()
    return done(persons_by_ids([outcome.value.id], now=now)[outcome.value.id])


def invite_person(actor: Actor, command: InvitePerson, *, now: datetime) -> Outcome[InvitationLink]:
    """Add a person to the actor's service and make the link to give them."""
    if not command.roles or not all(
        rules.may_grant(actor, role.role, role.team_id) for role in command.roles
    ):
        return refused("not_yours")
    added = _add_person(actor.service_id, command, actor.person_id, now)
    if not added.ok or added.value is None:
        db.session.rollback()
        return refused(added.reason, **added.fields)
    link = _make_invitation(added.value, actor.person_id, now)
    db.session.commit()
    return done(link)


def make_invitation(person_id: str, *, now: datetime) -> InvitationLink:
    """A link without asking who does it: for the command line. Earlier links stop working. Commits."""
    person = db.session.get_one(Person, person_id)
    feed.begin_writing(person.service_id)
    link = _make_invitation(person, None, now)
    db.session.commit()
    return link


def invite_again(actor: Actor, person_id: str, *, now: datetime) -> Outcome[InvitationLink]:
    """A new link for a person who is there already. Earlier links stop working.

    What the person signs in with, and their sign-ins, stay until the link opens the account (reentries.py).
    """
    person = records.person_in(actor.service_id, person_id)
    if person is None or person.is_closed(now) or not may_open_account(actor, person, now):
        return refused("not_yours")
    # First, as whoever disables or lets in does: two who lock the same rows in opposite order wait for ever.
    feed.begin_writing(person.service_id)
    link = _make_invitation(person, actor.person_id, now)
    db.session.commit()
    return done(link)


def _add_person(service_id: str, command: InvitePerson, by: str | None, now: datetime) -> Outcome[Person]:
    for role in command.roles:
        problem = problem_with_role(service_id, role, now)
        if problem:
            return refused(problem[1], **{problem[0]: problem[1]})
    feed.begin_writing(service_id)
    person = Person(
        id=new_id(),
        service_id=service_id,
        name=command.name.strip(),
        email=rules.tidy_email(command.email),
        language=command.language,
        created_at=now,
    )
    db.session.add(person)
    if not flush_unless_taken():
        return refused("email_taken", email="email_taken")
    roles = [new_role_row(person, role, now) for role in command.roles]
    db.session.add_all(roles)
    db.session.flush()
    publish_newcomer(person, at=now)
    record_deed(Deed.PERSON_ADDED, person, by, now)
    for row in roles:
        record_role(Deed.ROLE_GIVEN, row, by, now)
    return done(person)


def _make_invitation(person: Person, created_by: str | None, now: datetime) -> InvitationLink:
    void_invitations(person.id, now)
    token = secrets.token_urlsafe(32)
    expires_at = now + rules.INVITATION_LIFE
    row = Invitation(
        id=new_id(),
        service_id=person.service_id,
        person_id=person.id,
        token_hash=digest(token),
        created_by=created_by,
        created_at=now,
        expires_at=expires_at,
    )
    db.session.add(row)
    db.session.flush()
    audit.record(
        person.service_id,
        Deed.INVITATION_MADE,
        ("person", person.id),
        by=created_by,
        at=now,
        invitation=row.id,
    )
    log.info("invitation_made", person=person.id, by=created_by)
    return InvitationLink(person_id=person.id, token=token, expires_at=expires_at)


def void_invitations(person_id: str, now: datetime) -> None:
    """Links that nobody used can be used no longer. Their rows stay: the person sees that they were made."""
    open_links = update(Invitation).where(
        Invitation.person_id == person_id, Invitation.used_at.is_(None), Invitation.expires_at > now
    )
    db.session.execute(open_links.values(expires_at=now))
