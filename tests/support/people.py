"""Services, teams, people and devices for tests, made by the same actions as in the world."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count

import pyotp
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from ledvei_pwa.features.people import actions, reentries
from ledvei_pwa.features.people.actions import (
    CreateService,
    InvitePerson,
    NewDevice,
    NewRole,
    PersonCard,
    ServiceCard,
    TeamCard,
)
from ledvei_pwa.features.people.records import CodeApp, Invitation, Passkey, Person, Service
from ledvei_pwa.kernel.access import Actor, Role
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.passwords import hash_password
from ledvei_pwa.platform.registry import house
from ledvei_pwa.platform.sessions import ABSOLUTE_LIFE, SignInSession, Strength, digest

PASSWORD = "kaffe på benken 2026"
CODE_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # of everybody's code app
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
        let_in(added.value.id)
    return actions.persons_by_ids([added.value.id])[added.value.id]


def let_in(person_id: str) -> None:
    """As if the invitation were used: the password is `PASSWORD`, the code app's secret `CODE_SECRET`."""
    now = datetime.now(UTC)
    values = {"password_hash": _password_hash(), "accepted_at": now}
    db.session.execute(update(Person).where(Person.id == person_id).values(**values))
    person = db.session.get_one(Person, person_id)
    row = CodeApp(id=new_id(), service_id=person.service_id, person_id=person_id, last_step=0, created_at=now)
    row.secret = house().keyring.encrypt(person.service_id, ("code_app", row.id, "secret"), CODE_SECRET)
    db.session.add(row)
    db.session.commit()


def without_second_factor() -> PersonCard:
    """Somebody with a password alone, as from before there was more."""
    person = a_person()
    db.session.execute(delete(CodeApp).where(CodeApp.person_id == person.id))
    db.session.commit()
    return person


def actor_of(person: PersonCard) -> Actor:
    """The person as the rules see them now."""
    actor = actions.load_actor(person.id, datetime.now(UTC))
    assert actor is not None, f"{person.name} may not sign in"
    return actor


def code_now(steps_ahead: int = 0) -> str:
    """What everybody's code app shows. Each works once for each person; the next one is taken early."""
    totp = pyotp.TOTP(CODE_SECRET)
    return str(totp.at(datetime.now(UTC), counter_offset=steps_ahead))


def a_passkey(person: PersonCard, name: str = "Telefonen min") -> str:
    """One that is listed and can be removed; nobody holds its other half. Answers its id."""
    row = Passkey(
        id=new_id(),
        service_id=person.service_id,
        person_id=person.id,
        name=name,
        credential_id=secrets.token_bytes(16),
        public_key=b"nobody's",
        user_handle=secrets.token_bytes(32),
        sign_count=0,
        transports="internal",
        created_at=datetime.now(UTC),
    )
    db.session.add(row)
    db.session.commit()
    return row.id


def sign_in(
    client: FlaskClient,
    person: PersonCard,
    strength: Strength = Strength.CODE,
    *,
    is_fresh: bool = True,
    reentry_id: str | None = None,
) -> None:
    """Sign a person in on this client, without the sign-in page. Who was signed in there is replaced.

    `is_fresh=False`: it was proved some hours ago, so that what matters asks again.
    """
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
            strength=strength,
            proved_at=now - timedelta(hours=0 if is_fresh else 3) if strength != Strength.PASSWORD else None,
            reentry_id=reentry_id,
        )
    )
    db.session.commit()
    with client.session_transaction() as cookie:
        cookie.clear()
        cookie["token"] = token
        cookie.permanent = True


def come_back(client: FlaskClient, person: PersonCard) -> str:
    """Sign a person in as by a link that the operator has just made: it waits. Answers the reentry's id."""
    now = datetime.now(UTC)
    link = actions.make_invitation(person.id, now=now)
    used = update(Invitation).where(Invitation.token_hash == digest(link.token)).values(used_at=now)
    invitation_id = db.session.scalar(used.returning(Invitation.id))
    row = db.session.get_one(Person, person.id)
    reentry = reentries.begin(row, str(invitation_id), browser="Chrome, Android", now=now)
    db.session.commit()
    sign_in(client, person, reentry_id=reentry.id)
    return reentry.id


def a_device(person: PersonCard, name: str = "Firefox, Android") -> NewDevice:
    """A registered device, with its two credentials in the clear."""
    return actions.register_device(actor_of(person), name, now=datetime.now(UTC))


@cache
def _password_hash() -> str:
    return hash_password(PASSWORD)


def _first_service_id() -> str:
    found = db.session.scalar(select(Service.id).order_by(Service.created_at, Service.id))
    return found or a_service().id
