"""Roles with their dates, and teams."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from ledvei_pwa.features.people import records, rules
from ledvei_pwa.features.people.asking import dated_roles, may_see_person
from ledvei_pwa.features.people.cards import NewRole, TeamCard
from ledvei_pwa.features.people.recording import record_role
from ledvei_pwa.features.people.records import Person, RoleHeld, Team
from ledvei_pwa.features.people.telling import tell_of_roles
from ledvei_pwa.kernel.access import Actor, Role
from ledvei_pwa.kernel.outcome import Outcome, done, refused
from ledvei_pwa.platform import audit, feed
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import db, new_id

REMEMBERED_TURNS: Final = timedelta(days=31)  # so long may the worker have been down


def add_role(actor: Actor, person_id: str, command: NewRole, *, now: datetime) -> Outcome[str]:
    """Give a person a role, from a day, for as long as nothing else is said. Answers the role's id."""
    person = records.person_in(actor.service_id, person_id)
    if person is None or not may_see_person(actor, person, now):
        return refused("not_yours")
    if not rules.may_grant(actor, command.role, command.team_id):
        return refused("not_yours")
    outcome = give_role(person_id, command, by=actor.person_id, now=now)
    if outcome.ok:
        db.session.commit()
    return outcome


def give_role(person_id: str, command: NewRole, *, by: str | None = None, now: datetime) -> Outcome[str]:
    """The same without asking who does it: for the demo. Part of the caller's transaction."""
    person = db.session.get_one(Person, person_id)
    problem = problem_with_role(person.service_id, command, now)
    if problem:
        return refused(problem[1], **{problem[0]: problem[1]})
    feed.begin_writing(person.service_id)
    row = new_role_row(person, command, now)
    db.session.add(row)
    db.session.flush()
    tell_of_roles(person.service_id, person.id, at=now)
    record_role(Deed.ROLE_GIVEN, row, by, now)
    return done(row.id)


def end_role(actor: Actor, role_id: str, *, to_date: date, now: datetime) -> Outcome[str]:
    """Let a role end; `to_date` is the first day without it. Answers the person's id."""
    row = records.role_in(actor.service_id, role_id)
    if row is None or not rules.may_grant(actor, Role(row.role), row.team_id):
        return refused("not_yours")
    if to_date < row.from_date:
        return refused("ends_before_it_begins", to_date="ends_before_it_begins")
    feed.begin_writing(actor.service_id)
    row.to_date = to_date
    db.session.flush()
    if row.role == Role.SERVICE_LEADER and not stays_led(actor.service_id, to_date):
        db.session.rollback()
        return refused("last_service_leader")
    tell_of_roles(row.service_id, row.person_id, at=now)
    record_role(Deed.ROLE_ENDED, row, actor.person_id, now)
    db.session.commit()
    return done(row.person_id)


def tell_of_dated_roles(now: datetime) -> None:
    """The job that tells people's devices when a role has begun or ended by its date. Tells once."""
    today = rules.day_in_norway(now)
    for role in records.roles_turning(today - REMEMBERED_TURNS, today):
        told = feed.last_told("person", role.person_id, role.person_id)
        if told and rules.day_in_norway(told) < max(day for day in role.turns if day <= today):
            tell_of_roles(role.service_id, role.person_id, at=now)
            db.session.commit()


def create_team(actor: Actor, name: str, *, now: datetime | None = None) -> Outcome[TeamCard]:
    if not actor.has(*rules.RUNS_THE_SERVICE):
        return refused("not_yours")
    return done(add_team(actor.service_id, name, by=actor.person_id, now=now))


def add_team(service_id: str, name: str, *, by: str | None = None, now: datetime | None = None) -> TeamCard:
    """The same without asking who does it: for the demo. Commits."""
    feed.begin_writing(service_id)
    team = Team(id=new_id(), service_id=service_id, name=name.strip())
    db.session.add(team)
    audit.record(service_id, Deed.TEAM_MADE, ("team", team.id), by=by, at=now or datetime.now(UTC))
    db.session.commit()
    return TeamCard(team.id, team.name)


def rename_team(actor: Actor, team_id: str, name: str, *, now: datetime | None = None) -> Outcome[TeamCard]:
    team = records.team_in(actor.service_id, team_id)
    if team is None or not actor.has(*rules.RUNS_THE_SERVICE):
        return refused("not_yours")
    feed.begin_writing(team.service_id)
    if team.name != name.strip():
        team.name, at = name.strip(), now or datetime.now(UTC)
        db.session.flush()
        audit.record(team.service_id, Deed.TEAM_RENAMED, ("team", team.id), by=actor.person_id, at=at)
    db.session.commit()
    return done(TeamCard(team.id, team.name))


def problem_with_role(service_id: str, command: NewRole, now: datetime) -> tuple[str, str] | None:
    """The field and the reason, or None."""
    if command.team_id and records.team_in(service_id, command.team_id) is None:
        return "team", "unknown_team"
    if command.role in rules.NEEDS_TEAM and not command.team_id:
        return "team", "team_missing"
    begins = command.from_date or rules.day_in_norway(now)
    if command.to_date and command.to_date < begins:
        return "to_date", "ends_before_it_begins"
    return None


def new_role_row(person: Person, command: NewRole, now: datetime) -> RoleHeld:
    return RoleHeld(
        id=new_id(),
        service_id=person.service_id,
        person_id=person.id,
        role=command.role.value,
        team_id=None if command.role in rules.HAS_NO_TEAM else command.team_id or None,
        from_date=command.from_date or rules.day_in_norway(now),
        to_date=command.to_date,
    )


def stays_led(service_id: str, day: date) -> bool:
    roles = dated_roles(records.service_leader_roles(service_id))
    return rules.stays_led(roles, records.people_who_can_lead(service_id), day)
