"""What may be asked about services, teams and people, and who of the leaders may do what with whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime

from sqlalchemy import select

from ledvei_pwa.features.people import records, rules
from ledvei_pwa.features.people.cards import PersonCard, ServiceCard, TeamCard, service_card
from ledvei_pwa.features.people.records import Person, RoleHeld, Service
from ledvei_pwa.features.people.rules import DatedRole
from ledvei_pwa.kernel.access import Actor, Role
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.row_security import EVERY_SERVICE, rows_of


def service_of(service_id: str) -> ServiceCard | None:
    service = db.session.get(Service, service_id)
    return service_card(service) if service else None


def every_service() -> list[ServiceCard]:
    """All services of this installation, the oldest first: for the command line."""
    return [
        service_card(service) for service in db.session.scalars(select(Service).order_by(Service.created_at))
    ]


def language_of_only_service() -> str | None:
    """What to speak to somebody unknown: the service's language, where there is one service."""
    with rows_of(EVERY_SERVICE):
        languages = db.session.scalars(select(Service.language).limit(2)).all()
    return languages[0] if len(languages) == 1 else None


def teams_in_service(service_id: str) -> list[TeamCard]:
    return [TeamCard(team.id, team.name) for team in records.teams_of(service_id)]


def people_in_service(
    service_id: str, *, include_disabled: bool = False, now: datetime | None = None
) -> list[PersonCard]:
    """Everybody in the service, by name."""
    now = now or datetime.now(UTC)
    people = [
        person for person in records.people_of(service_id) if include_disabled or not person.is_closed(now)
    ]
    return _cards(people, records.roles_of_service(service_id), now)


def persons_by_ids(person_ids: Collection[str], *, now: datetime | None = None) -> dict[str, PersonCard]:
    """Those of the ids that are persons, disabled ones included: their names stay on what they wrote."""
    if not person_ids:
        return {}
    people = list(db.session.scalars(select(Person).where(Person.id.in_(person_ids))))
    roles = list(db.session.scalars(select(RoleHeld).where(RoleHeld.person_id.in_(person_ids))))
    return {card.id: card for card in _cards(people, roles, now)}


def active_person(person_id: str, *, now: datetime | None = None) -> PersonCard | None:
    """The person, unless unknown or disabled."""
    card = persons_by_ids([person_id], now=now).get(person_id)
    return card if card and card.is_active else None


def is_active(person_id: str, *, now: datetime | None = None) -> bool:
    """Whether the person is there and not disabled."""
    person = db.session.get(Person, person_id)
    return person is not None and not person.is_closed(now or datetime.now(UTC))


def load_actor(person_id: str, now: datetime) -> Actor | None:
    """The person as the rules see them at that moment; None when they may not sign in."""
    person = db.session.get(Person, person_id)
    service = db.session.get(Service, person.service_id) if person else None
    if person is None or service is None or person.is_closed(now):
        return None
    held = held_on(dated_roles(records.roles_of_person(person_id)), rules.day_in_norway(now))
    led = frozenset(role.team_id for role in held if role.role is Role.TEAM_LEADER and role.team_id)
    return Actor(
        person_id=person.id,
        service_id=person.service_id,
        name=person.name,
        language=person.language or service.language,
        roles=frozenset(role.role for role in held),
        team_ids=led,
    )


def may_see_person(actor: Actor, person: Person, now: datetime) -> bool:
    return rules.may_see_person(actor, held_by(person, now))


def may_open_account(actor: Actor, person: Person, now: datetime) -> bool:
    return rules.may_open_account(actor, held_by(person, now), has_accepted=person.accepted_at is not None)


def may_disable(actor: Actor, person: Person, now: datetime) -> bool:
    return actor.person_id != person.id and rules.may_disable(actor, held_by(person, now))


def dated_roles(rows: Iterable[RoleHeld]) -> list[DatedRole]:
    return [DatedRole(row.person_id, Role(row.role), row.from_date, row.to_date, row.team_id) for row in rows]


def held_on(roles: Iterable[DatedRole], day: date) -> list[DatedRole]:
    return [role for role in roles if role.is_held(day)]


def held_by(person: Person, now: datetime) -> list[DatedRole]:
    """Today's roles, and those to come: whom one has been asked to lead from Monday one may see today."""
    day = rules.day_in_norway(now)
    roles = dated_roles(records.roles_of_person(person.id))
    return [role for role in roles if role.to_date is None or day < role.to_date]


def _cards(people: Iterable[Person], rows: Iterable[RoleHeld], now: datetime | None) -> list[PersonCard]:
    now = now or datetime.now(UTC)
    day = rules.day_in_norway(now)
    held: dict[str, list[DatedRole]] = {}
    for role in held_on(dated_roles(rows), day):
        held.setdefault(role.person_id, []).append(role)
    people = list(people)
    languages = _service_languages({person.service_id for person in people})
    return [
        _person_card(person, held.get(person.id, []), languages[person.service_id], now) for person in people
    ]


def _service_languages(service_ids: set[str]) -> dict[str, str]:
    rows = db.session.execute(select(Service.id, Service.language).where(Service.id.in_(service_ids)))
    return {row.id: row.language for row in rows}


def _person_card(person: Person, held: list[DatedRole], service_language: str, now: datetime) -> PersonCard:
    return PersonCard(
        id=person.id,
        service_id=person.service_id,
        name=person.name,
        email=person.email,
        language=person.language or service_language,
        is_active=not person.is_closed(now),
        has_accepted=person.accepted_at is not None,
        quiet_hours=person.quiet_hours,
        roles=frozenset(role.role for role in held),
        team_ids=frozenset(role.team_id for role in held if role.team_id),
        last_day=person.last_day,
    )
