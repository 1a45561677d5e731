"""What the leaders' pages show of people: the list, and one person's sheet. Only those the leader may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from ledvei_pwa.features.people import actions, records, rules
from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.features.people.records import Person, RoleHeld
from ledvei_pwa.features.people.rules import DatedRole
from ledvei_pwa.kernel.access import Actor, Role


@dataclass(frozen=True)
class RoleLine:
    """One role as shown. `to_date` is the first day without it."""

    id: str
    role: Role
    team_name: str
    from_date: date
    to_date: date | None
    is_over: bool
    may_end: bool


@dataclass(frozen=True)
class PersonLine:
    """One person in the list."""

    person: PersonCard
    roles: tuple[Role, ...]
    team_names: tuple[str, ...]


@dataclass(frozen=True)
class PersonSheet:
    """All that a leader sees of one person, and what this leader may do."""

    person: PersonCard
    roles: tuple[RoleLine, ...]
    may_open_account: bool
    may_disable: bool

    def role(self, role_id: str) -> RoleLine | None:
        return next((role for role in self.roles if role.id == role_id), None)


def find_people(
    actor: Actor, *, words: str, team_id: str, role: str, state: str, now: datetime
) -> list[PersonLine]:
    """By name. `state`: "" for open accounts, `invited`, `leaving`, `disabled`. Empty: no narrowing."""
    people = records.people_of(actor.service_id)
    held = _roles_now_or_later(actor.service_id, now)
    teams = {team.id: team.name for team in records.teams_of(actor.service_id)}
    lines = [
        _line(person, held.get(person.id, []), teams, now)
        for person in people
        if rules.may_see_person(actor, held.get(person.id, []))
    ]
    return [
        line
        for line in lines
        if _has_words(line, words) and _fits(line, team_id, role, state, held.get(line.person.id, []))
    ]


def find_sheet(actor: Actor, person_id: str, *, now: datetime) -> PersonSheet | None:
    person = records.person_in(actor.service_id, person_id)
    if person is None or not actions.may_see_person(actor, person, now):
        return None
    day = rules.day_in_norway(now)
    teams = {team.id: team.name for team in records.teams_of(actor.service_id)}
    rows = records.roles_of_person(person_id)
    return PersonSheet(
        person=actions.persons_by_ids([person_id], now=now)[person_id],
        roles=tuple(_role_line(actor, row, teams, day) for row in rows),
        may_open_account=actions.may_open_account(actor, person, now),
        may_disable=actions.may_disable(actor, person, now),
    )


def _roles_now_or_later(service_id: str, now: datetime) -> dict[str, list[DatedRole]]:
    day = rules.day_in_norway(now)
    held: dict[str, list[DatedRole]] = {}
    for role in actions.dated_roles(records.roles_of_service(service_id)):
        if role.to_date is None or day < role.to_date:
            held.setdefault(role.person_id, []).append(role)
    return held


def _line(person: Person, held: list[DatedRole], teams: dict[str, str], now: datetime) -> PersonLine:
    return PersonLine(
        person=PersonCard(
            id=person.id,
            service_id=person.service_id,
            name=person.name,
            email=person.email,
            language=person.language or "",
            is_active=not person.is_closed(now),
            has_accepted=person.accepted_at is not None,
            quiet_hours=person.quiet_hours,
            last_day=person.last_day,
        ),
        roles=tuple(sorted({role.role for role in held}, key=list(Role).index)),
        team_names=tuple(sorted({teams[role.team_id] for role in held if role.team_id in teams})),
    )


def _has_words(line: PersonLine, words: str) -> bool:
    text = f"{line.person.name} {line.person.email}".casefold()
    return all(word in text for word in words.casefold().split())


def _fits(line: PersonLine, team_id: str, role: str, state: str, held: list[DatedRole]) -> bool:
    in_team = not team_id or any(one.team_id == team_id for one in held)
    in_role = not role or any(one.role == role for one in held)
    return in_team and in_role and _state_of(line.person, state)


def _state_of(person: PersonCard, state: str) -> bool:
    if state == "disabled":
        return not person.is_active
    if state == "invited":
        return person.is_active and not person.has_accepted
    if state == "leaving":
        return person.is_active and person.last_day is not None
    return person.is_active


def _role_line(actor: Actor, row: RoleHeld, teams: dict[str, str], day: date) -> RoleLine:
    role = Role(row.role)
    is_over = row.to_date is not None and row.to_date <= day
    return RoleLine(
        id=row.id,
        role=role,
        team_name=teams.get(row.team_id or "", ""),
        from_date=row.from_date,
        to_date=row.to_date,
        is_over=is_over,
        may_end=not is_over and rules.may_grant(actor, role, row.team_id),
    )
