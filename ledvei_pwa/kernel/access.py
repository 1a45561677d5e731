"""Who may do and read what (domain.md §8), as data. Deny by default: what is not named is refused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person is in the service, with dates. Rights to texts come from relations, never from a role."""

    CASEWORKER = "caseworker"
    SUPERVISOR = "supervisor"
    TEAM_LEADER = "team_leader"
    SERVICE_LEADER = "service_leader"
    EXTERNAL_SUPERVISOR = "external_supervisor"
    ADMINISTRATOR = "administrator"


class Relation(StrEnum):
    """What a person is to one entry."""

    AUTHOR = "author"
    SUPERVISOR = "supervisor"  # the current supervisor of the entry's series
    MEMBER = "member"  # a current participant of the entry's series
    OWNER = "owner"  # the one who is to do an agreement


class Audience(StrEnum):
    """Who the author lets read an entry."""

    PRIVATE = "private"
    SUPERVISOR = "supervisor"
    GROUP = "group"


LEADERS = frozenset({Role.TEAM_LEADER, Role.SERVICE_LEADER})

READERS: dict[Audience, frozenset[Relation]] = {
    Audience.PRIVATE: frozenset({Relation.AUTHOR}),
    Audience.SUPERVISOR: frozenset({Relation.AUTHOR, Relation.SUPERVISOR}),
    Audience.GROUP: frozenset({Relation.AUTHOR, Relation.SUPERVISOR, Relation.MEMBER}),
}


@dataclass(frozen=True)
class Actor:
    """The person who acts, as the rules see them."""

    person_id: str
    service_id: str
    name: str
    language: str
    roles: frozenset[Role]
    team_ids: frozenset[str] = frozenset()  # teams this person leads

    def has(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)

    @property
    def leads(self) -> bool:
        return self.has(*LEADERS)


def readers_of(
    audience: Audience, *, author: str, supervisor: str | None, members: frozenset[str]
) -> frozenset[str]:
    """The ids of all persons who may read an entry, its author included."""
    holders: dict[Relation, frozenset[str]] = {
        Relation.AUTHOR: frozenset({author}),
        Relation.SUPERVISOR: frozenset({supervisor} if supervisor else ()),
        Relation.MEMBER: members,
    }
    return frozenset().union(*(holders[relation] for relation in READERS[audience]))
