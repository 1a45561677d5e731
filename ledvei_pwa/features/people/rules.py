"""Decisions about people and sign-in: who may give which role, how long to wait, who must remain."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from ledvei_pwa.kernel.access import Actor, Role
from ledvei_pwa.kernel.norwegian_calendar import is_working_day, local, local_moment
from ledvei_pwa.kernel.patience import Patience
from ledvei_pwa.kernel.quiet_hours import DAY_ENDS

INVITATION_LIFE: Final = timedelta(days=7)
# How long a link to an account that was in use waits: long enough for its person to see it and stop it.
# Three days hold a weekend; the whole working day after it is for who reads at work alone. docs/adr/0011.
REENTRY_WAIT: Final = timedelta(hours=72)
PASSWORD_MIN: Final = 12
PASSWORD_MAX: Final = 200  # a longer text costs the server work and nobody types it
LANGUAGES: Final = ("nb", "nn")
LOCK_MINUTES: Final = range(1, 16)
KEPT_WEEKS: Final = range(4, 27)
LAST_DAY_AHEAD: Final = timedelta(days=731)  # two years: further ahead nobody knows

# Another's guesses must not keep a person out: one minute at the most per account, and a browser where the
# person has signed in before counts its own tries (OWASP, "Slow down online guessing with device cookies").
ACCOUNT_PATIENCE: Final = Patience(5, timedelta(seconds=5), timedelta(minutes=1), timedelta(hours=1))
# A whole office shares one address, and all of it signs in at eight.
ADDRESS_PATIENCE: Final = Patience(30, timedelta(seconds=5), timedelta(minutes=15), timedelta(hours=1))

RUNS_THE_SERVICE: Final = (Role.SERVICE_LEADER, Role.ADMINISTRATOR)
LEADS_PEOPLE: Final = (Role.TEAM_LEADER, *RUNS_THE_SERVICE)
GRANTED_BY_TEAM_LEADER: Final = frozenset({Role.CASEWORKER, Role.SUPERVISOR, Role.EXTERNAL_SUPERVISOR})
NEEDS_TEAM: Final = frozenset({Role.TEAM_LEADER})
LEADS_SERIES: Final = (Role.SUPERVISOR, Role.EXTERNAL_SUPERVISOR, Role.TEAM_LEADER, Role.SERVICE_LEADER)
# The server's pages that the app leads to, beside those that everybody has.
PAGES: Final = {"people": LEADS_PEOPLE, "series": LEADS_SERIES, "service": (Role.SERVICE_LEADER,)}
HAS_NO_TEAM: Final = frozenset(RUNS_THE_SERVICE)  # the whole service is theirs


@dataclass(frozen=True)
class DatedRole:
    """`to_date` is the first day without the role; None while no end is set."""

    person_id: str
    role: Role
    from_date: date
    to_date: date | None = None
    team_id: str | None = None

    def is_held(self, day: date) -> bool:
        return self.from_date <= day and (self.to_date is None or day < self.to_date)


def pages_for(roles: frozenset[Role]) -> list[str]:
    """Which of `PAGES` have something for a person with these roles."""
    return [page for page, open_to in PAGES.items() if not roles.isdisjoint(open_to)]


def is_good_length(letters: int) -> bool:
    """Length is what makes a password hard to guess; no other rule does (NIST SP 800-63B §5.1.1.2)."""
    return PASSWORD_MIN <= letters <= PASSWORD_MAX


def day_in_norway(moment: datetime) -> date:
    return local(moment).date()


def reentry_opens_at(begun: datetime) -> datetime:
    """After three days, and never before a whole working day has passed: Easter is longer than three days."""
    day = day_in_norway(begun) + timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return max(begun + REENTRY_WAIT, local_moment(day, DAY_ENDS)).astimezone(UTC)


def may_be_last_day(day: date, today: date) -> bool:
    """Today at the soonest. Who is to be gone before that has their account closed at once."""
    return today <= day <= today + LAST_DAY_AHEAD


def is_over(last_day: date | None, today: date) -> bool:
    """Whether an account with this last day is to be closed by now: the whole of the day is the person's."""
    return last_day is not None and today > last_day


def tidy_email(text: str) -> str:
    """The same in capitals or not, and with å as one sign or as a with a ring (Unicode NFC)."""
    return unicodedata.normalize("NFC", text).strip().lower()


def has_unseen_signs(text: str) -> bool:
    """Signs that take no room or turn what follows around: with them one name can be made to look as another.

    Not the two that join or part letters in some scripts (U+200C, U+200D).
    """
    unseen = {"Cc", "Cf", "Co", "Cn"}
    return any(unicodedata.category(sign) in unseen and sign not in "\u200c\u200d" for sign in text)


def grantable_roles(actor: Actor) -> frozenset[Role]:
    """The roles this person may give to and take from others."""
    if actor.has(*RUNS_THE_SERVICE):
        return frozenset(Role)
    return GRANTED_BY_TEAM_LEADER if actor.has(Role.TEAM_LEADER) else frozenset()


def may_grant(actor: Actor, role: Role, team_id: str | None) -> bool:
    if role not in grantable_roles(actor):
        return False
    return actor.has(*RUNS_THE_SERVICE) or team_id in actor.team_ids


def may_see_person(actor: Actor, held: Iterable[DatedRole]) -> bool:
    """On the leaders' pages. `held` are the roles the person holds today."""
    if actor.has(*RUNS_THE_SERVICE):
        return True
    return actor.has(Role.TEAM_LEADER) and any(role.team_id in actor.team_ids for role in held)


def may_open_account(actor: Actor, held: Iterable[DatedRole], *, has_accepted: bool) -> bool:
    """Whether a new link or another e-mail may be given: it hands over the account, texts included.

    A team leader may help somebody in who never signed in. Who has signed in has texts of their own,
    and only those who run the service may give them a new link, which the person is told about.
    """
    if actor.has(*RUNS_THE_SERVICE):
        return True
    roles = list(held)
    return (
        not has_accepted
        and may_see_person(actor, roles)
        and all(may_grant(actor, role.role, role.team_id) for role in roles)
    )


def may_disable(actor: Actor, held: Iterable[DatedRole]) -> bool:
    if actor.has(*RUNS_THE_SERVICE):
        return True
    roles = list(held)
    return may_see_person(actor, roles) and all(may_grant(actor, role.role, role.team_id) for role in roles)


def stays_led(roles: Iterable[DatedRole], can_sign_in: Iterable[str], day: date) -> bool:
    """Whether somebody who can sign in is service leader on that day, with no end set."""
    able = frozenset(can_sign_in)
    return any(
        role.role is Role.SERVICE_LEADER
        and role.person_id in able
        and role.from_date <= day
        and role.to_date is None
        for role in roles
    )
