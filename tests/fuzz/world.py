"""Two services with their people and series, made once and copied for each seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from ledvei_pwa.features.people.actions import PersonCard, persons_by_ids
from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.kernel.cadence import Rule, Unit
from ledvei_pwa.platform.database import db
from tests.fuzz.server import BEGIN, Copy, Server
from tests.support.people import a_person, a_service
from tests.support.supervision import a_leader, a_plan

START = BEGIN.date() + timedelta(days=1)
RULE = Rule(Unit.MONTHS, 3, ("TH",), 3)  # few sessions: each is a row on every phone
PEOPLE = {
    "anna": Role.CASEWORKER,
    "bo": Role.CASEWORKER,
    "cato": Role.CASEWORKER,
    "siri": Role.SUPERVISOR,
    "tor": Role.SUPERVISOR,
}
STRANGERS = {"olav": Role.CASEWORKER, "oda": Role.SUPERVISOR}


@dataclass(frozen=True)
class Person:
    key: str
    id: str
    service: str


@dataclass(frozen=True)
class Group:
    """A series and the sessions that the fuzz writes for. `form`: individual or group."""

    key: str
    id: str
    service: str
    supervisor: str
    members: frozenset[str]
    sessions: tuple[str, ...]
    start: date


@dataclass
class World:
    people: dict[str, Person] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    empty: Copy = None  # the database before anybody has written

    def person(self, id_: str) -> Person:
        return next(person for person in self.people.values() if person.id == id_)


def make_world(server: Server) -> World:
    """Siri supervises Anna and Bo together and Anna alone, Tor Cato and Bo; Oda Olav, in another service."""
    world = World()
    server.do(lambda: _fill(world))
    server.rows("SELECT 1")
    world.empty = server.backup()
    return world


def _fill(world: World) -> None:
    for name, people in (("Fjordvik", PEOPLE), ("Elvedal", STRANGERS)):
        service = a_service(name)
        for key, role in people.items():
            person = a_person(role, service=service, name=key.capitalize(), can_sign_in=False)
            world.people[key] = Person(key, person.id, service.id)
    _start(world, "both", "siri", "anna", "bo")
    _start(world, "alone", "siri", "anna")
    _start(world, "others", "tor", "cato", "bo")
    _start(world, "strange", "oda", "olav")
    db.session.remove()


def _start(world: World, key: str, supervisor: str, *members: str) -> None:
    cards = {name: _card(world.people[name]) for name in (supervisor, *members)}
    plan = a_plan(
        cards[supervisor],
        [cards[name] for name in members],
        start=START,
        rule=RULE,
    )
    leader = world.people[supervisor]
    started = supervision.start_series(a_leader(leader.service, leader.id), plan, now=BEGIN)
    assert started.value is not None, started
    sessions = tuple(facts.id for facts in supervision.sessions_in(started.value))
    world.groups[key] = Group(
        key,
        started.value,
        leader.service,
        leader.id,
        frozenset(world.people[name].id for name in members),
        sessions[:2],
        START,
    )


def _card(person: Person) -> PersonCard:
    return persons_by_ids([person.id])[person.id]
