"""Services, teams, people and devices for tests, made by the same actions as in the world."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime
from functools import cache
from itertools import count

from flask.testing import FlaskClient
from sqlalchemy import select, update

from ledvei_pwa.features.people import actions
from ledvei_pwa.features.people.actions import (
    CreateService,
    InvitePerson,
    NewDevice,
    NewRole,
    PersonCard,
    ServiceCard,
    TeamCard,
)
from ledvei_pwa.features.people.records import Person, Service
from ledvei_pwa.kernel.access import Actor, Role
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.passwords import hash_password
from ledvei_pwa.platform.sessions import ABSOLUTE_LIFE, SignInSession, digest

PASSWORD = "kaffe på benken 2026"
LONG_AGO = date(2020, 1, 1)
_numbers = count(1)


def a_service(
    name: str = "Fjordvik barnevernstjeneste", *, language: str = "nb", is_demo: bool = False
) -> ServiceCard:
    """An empty service."""
    return actions.create_service(CreateService(name, language, is_demo), now=datetime.now(UTC))


def a_team(service: ServiceCard, name: str = "Undersøkelse") -> TeamCard:
    return actions.add_team(service.id, name)


def a_person(
    role: Role | str | None = Role.CASEWORKER,
    *,
    service: ServiceCard | None = None,
    team: TeamCard | None = None,
    name: str | None = None,
    email: str | None = None,
    language: str | None = None,
    can_sign_in: bool = True,
) -> PersonCard:
    """A person with one role since long ago, with the password `PASSWORD`. Without a service: in the first.

    `role=None` gives a person without any role; `can_sign_in=False` one who has not accepted the invitation.
    """
    service_id = service.id if service else _first_service_id()
    number = next(_numbers)
    roles = (NewRole(Role(role), team.id if team else None, LONG_AGO),) if role else ()
    address = email or f"person{number}@fjordvik.example"
    command = InvitePerson(name or f"Person {number}", address, roles, language)
    added = actions.add_person(service_id, command, now=datetime.now(UTC))
    assert added.value is not None, added
    if can_sign_in:
        db.session.execute(
            update(Person).where(Person.id == added.value.id).values(password_hash=_password_hash())
        )
        db.session.commit()
    return actions.persons_by_ids([added.value.id])[added.value.id]


def actor_of(person: PersonCard) -> Actor:
    """The person as the rules see them now."""
    actor = actions.load_actor(person.id, datetime.now(UTC))
    assert actor is not None, f"{person.name} may not sign in"
    return actor


def sign_in(client: FlaskClient, person: PersonCard) -> None:
    """Sign a person in on this client, without the sign-in page. Who was signed in there is replaced."""
    now = datetime.now(UTC)
    token = secrets.token_urlsafe(32)
    db.session.add(
        SignInSession(
            service_id=person.service_id,
            person_id=person.id,
            token_hash=digest(token),
            created_at=now,
            last_seen_at=now,
            expires_at=now + ABSOLUTE_LIFE,
            browser="Firefox, Linux",
        )
    )
    db.session.commit()
    with client.session_transaction() as cookie:
        cookie.clear()
        cookie["token"] = token
        cookie.permanent = True


def a_device(person: PersonCard, name: str = "Firefox, Android") -> NewDevice:
    """A registered device, with its two credentials in the clear."""
    return actions.register_device(actor_of(person), name, now=datetime.now(UTC))


@cache
def _password_hash() -> str:
    return hash_password(PASSWORD)


def _first_service_id() -> str:
    found = db.session.scalar(select(Service.id).order_by(Service.created_at, Service.id))
    return found or a_service().id
