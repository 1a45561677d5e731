"""Decisions about series and sessions: who may do what, and what a series must hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from ledvei_pwa.kernel.access import Actor, Role
from ledvei_pwa.kernel.cadence import Rule

WEEKS_AHEAD: Final = 26
WEEKS_KEPT: Final = 8  # on the devices, when the service has not said otherwise
FOCUS_AREAS: Final = ("case", "practical", "strain", "role", "other")  # domain.md §3
SHORTEST, LONGEST = 15, 480  # minutes
LARGEST_GROUP: Final = 30
FURTHEST: Final = timedelta(days=366)
SUPERVISES: Final = (Role.SUPERVISOR, Role.EXTERNAL_SUPERVISOR, Role.TEAM_LEADER, Role.SERVICE_LEADER)


class Form(StrEnum):
    INDIVIDUAL = "individual"
    GROUP = "group"


class Status(StrEnum):
    PLANNED = "planned"
    HELD = "held"
    WITHDRAWN = "withdrawn"  # no longer in the rhythm; the row stays, as something may be written for it


@dataclass(frozen=True)
class SeriesPlan:
    """What a leader or supervisor decides about a series. `mix` is per cent by focus area."""

    form: Form
    supervisor_id: str
    member_ids: frozenset[str]
    rule: Rule
    start_date: date
    local_time: time  # hours and minutes in Europe/Oslo
    minutes: int = 60
    name: str = ""
    place: str = ""
    video_link: str = ""
    compulsory: bool = True
    mix: Mapping[str, int] = field(default_factory=lambda: {"case": 50, "strain": 25, "role": 25})


@dataclass(frozen=True)
class SeriesPeople:
    """Who a series concerns today. No supervisor: the one it has may not supervise any more."""

    supervisor_id: str | None
    member_ids: frozenset[str]
    form: Form

    @property
    def all_ids(self) -> frozenset[str]:
        return self.member_ids | ({self.supervisor_id} if self.supervisor_id else frozenset())


def may_see(actor: Actor, people: SeriesPeople, led: Collection[str]) -> bool:
    """Times, form and rhythm; nothing written. `led`: the people of the teams that the actor leads."""
    if actor.person_id in people.all_ids or actor.has(Role.SERVICE_LEADER):
        return True
    return actor.has(Role.TEAM_LEADER) and not people.all_ids.isdisjoint(led)


def may_change(actor: Actor, people: SeriesPeople, led: Collection[str]) -> bool:
    """A leader whose people all participants are, or the supervisor in the service.

    An external supervisor works on a mandate that the leader sets (domain.md §4): the frame is the leader's.
    """
    if actor.has(Role.SERVICE_LEADER):
        return True
    if actor.has(Role.TEAM_LEADER) and people.member_ids and people.member_ids <= set(led):
        return True
    return actor.has(Role.SUPERVISOR, Role.TEAM_LEADER) and actor.person_id == people.supervisor_id


def may_replace(actor: Actor, before: SeriesPeople, after: SeriesPeople, led: Collection[str]) -> bool:
    """Both what was and what will be must be the actor's to decide."""
    return may_change(actor, before, led) and may_change(actor, after, led)


def may_move(actor: Actor, people: SeriesPeople, led: Collection[str]) -> bool:
    """The supervisor, a leader, and in individual supervision the supervisee.

    S0 §7.8: the one who cancels finds the new time.
    """
    if actor.person_id == people.supervisor_id or may_change(actor, people, led):
        return True
    return people.form is Form.INDIVIDUAL and actor.person_id in people.member_ids


def may_start_series(actor: Actor) -> bool:
    return actor.has(Role.SUPERVISOR, Role.TEAM_LEADER, Role.SERVICE_LEADER)


def may_set_quiet_weeks(actor: Actor) -> bool:
    return actor.has(Role.SERVICE_LEADER, Role.ADMINISTRATOR)


def lets_others_in(people: SeriesPeople, plan: SeriesPlan) -> bool:
    """A newcomer would read what two wrote who thought they were alone (domain.md §8)."""
    return people.form is Form.INDIVIDUAL and not plan.member_ids <= people.member_ids


def takes_over(actor: Actor, supervisor_id: str, plan: SeriesPlan) -> bool:
    """Whoever makes themselves supervisor would read what was shared with somebody else (domain.md §8)."""
    return plan.supervisor_id == actor.person_id != supervisor_id


def problems_of(plan: SeriesPlan, *, today: date) -> dict[str, str]:
    """What is wrong with a plan, as a code by field. Empty when nothing is."""
    found = {
        "member_ids": _problem_of_members(plan),
        "supervisor_id": "supervisor_participates" if plan.supervisor_id in plan.member_ids else "",
        "mix": _problem_of_mix(plan.mix),
        "minutes": "" if SHORTEST <= plan.minutes <= LONGEST else "minutes_out_of_range",
        "start_date": "too_far_ahead" if plan.start_date > today + FURTHEST else "",
        "video_link": "" if not plan.video_link or is_safe_link(plan.video_link) else "not_https",
        "place": "too_long" if len(plan.place) > 200 else "",
        "name": "too_long" if len(plan.name) > 200 else "",
    }
    return {name: problem for name, problem in found.items() if problem}


def _problem_of_members(plan: SeriesPlan) -> str:
    if plan.form is Form.INDIVIDUAL:
        return "" if len(plan.member_ids) == 1 else "individual_has_one"
    if len(plan.member_ids) < 2:
        return "group_has_several"
    return "group_too_large" if len(plan.member_ids) > LARGEST_GROUP else ""


def _problem_of_mix(mix: Mapping[str, int]) -> str:
    if not set(mix) <= set(FOCUS_AREAS) or any(not 0 <= share <= 100 for share in mix.values()):
        return "mix_out_of_range"
    return "" if sum(mix.values()) == 100 else "mix_not_100"


def is_safe_link(text: str) -> bool:
    """An https address with a host: nothing that a browser would run."""
    if len(text) > 500 or any(character.isspace() or not character.isprintable() for character in text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme == "https" and bool(parts.hostname) and not parts.username
    except ValueError:
        return False


def overlaps(start: datetime, minutes: int, other_start: datetime, other_minutes: int) -> bool:
    """Whether two meetings share any minute; one may begin when the other ends."""
    ends, other_ends = start + timedelta(minutes=minutes), other_start + timedelta(minutes=other_minutes)
    return start < other_ends and other_start < ends
