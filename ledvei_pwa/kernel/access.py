"""Who may do and read what (domain.md §8), as data. Deny by default: what is not named is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


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
    SUPERVISOR = "supervisor"  # the current one of the entry's series, see `supervises_entry`
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


def supervises_entry(audience: Audience, supervisor: str | None, shared_with: str | None) -> bool:
    """Whether today's supervisor of a series is a supervisor to this entry.

    What the author shared with the supervisor was shared with a person: whoever comes after is not meant.
    What is the group's belongs to whoever is in it, and the supervisor of the day is.
    """
    return bool(supervisor) and (audience is not Audience.SUPERVISOR or supervisor == shared_with)


def readers_of(
    audience: Audience,
    *,
    author: str,
    supervisor: str | None,
    members: frozenset[str],
    shared_with: str | None,
) -> frozenset[str]:
    """The ids of all persons who may read an entry, its author included.

    `supervisor`: the series' own today; `shared_with`: whom the author meant by "the supervisor".
    """
    is_theirs = supervises_entry(audience, supervisor, shared_with)
    holders: dict[Relation, frozenset[str]] = {
        Relation.AUTHOR: frozenset({author}),
        Relation.SUPERVISOR: frozenset({supervisor} if supervisor and is_theirs else ()),
        Relation.MEMBER: members,
    }
    return frozenset().union(*(holders[relation] for relation in READERS[audience]))


# --- the matrix ---------------------------------------------------------------------------------------------
#
# What the rules, wherever they stand, must come to. It decides nothing itself: tests/security walks every
# address and every operation as each of these people, and compares. docs/access.md is made from it.


class Who(StrEnum):
    """What somebody is to one thing, at this moment. The columns of the matrix."""

    AUTHOR = "author"  # whose it is: who wrote the text, whose device or account it is
    SUPERVISOR = "supervisor"  # of the series today, and the one whom the author shared it with
    NEW_SUPERVISOR = "new_supervisor"  # of the series today; it was shared with the one before
    FORMER_SUPERVISOR = "former_supervisor"
    MEMBER = "member"  # takes part in the series today
    FORMER_MEMBER = "former_member"
    OWNER = "owner"  # a participant who is to do the agreement
    TEAM_LEADER = "team_leader"  # of the people it concerns, and not their supervisor
    SERVICE_LEADER = "service_leader"  # the same
    ADMINISTRATOR = "administrator"
    EXTERNAL_SUPERVISOR = "external_supervisor"  # of the series, with a mandate that runs
    EXPIRED_SUPERVISOR = "expired_supervisor"  # of the series still, but the role or the mandate has ended
    COLLEAGUE = "colleague"  # anybody else in the service
    RETURNING = "returning"  # the author, come back by somebody else's link: the account is not open yet
    OTHER_SERVICE = "other_service"  # whatever their role there
    NOBODY = "nobody"  # not signed in


class Deed(StrEnum):
    """What can be done with a thing. Who may not see it is answered as if it did not exist."""

    SEE = "see"
    READ = "read"
    BEGIN = "begin"  # make a new one
    WRITE = "write"
    MARK = "mark"  # fill in what is not the author's words: how a topic went, that an agreement is done
    SHARE = "share"  # choose who reads it
    REMOVE = "remove"


class Thing(StrEnum):
    """All that is not an entry; an entry's row is named `entry_row(kind, audience)`."""

    SERIES = "series"
    SESSION = "session"
    SESSION_OF_TWO = "session_of_two"
    NEW_SERIES = "new_series"
    QUIET_WEEKS = "quiet_weeks"
    PERSON_NAME = "person_name"
    PERSON_SHEET = "person_sheet"
    ROLES = "roles"
    ACCOUNT = "account"
    DOOR = "door"
    NEW_PERSON = "new_person"
    TEAMS = "teams"
    SERVICE = "service"
    SERVICE_SETTINGS = "service_settings"
    LOG = "log"
    DEVICE = "device"
    OWN = "own"
    OWN_TEXTS = "own_texts"
    OWN_LOG = "own_log"
    LINK = "link"
    OPEN = "open"


@dataclass(frozen=True)
class Row:
    """One kind of thing, and what each may do with it. Who is not named may do nothing."""

    text: str
    may: Mapping[Who, frozenset[Deed]]
    note: str = ""

    def allows(self, who: Iterable[Who], deed: Deed) -> bool:
        return any(deed in self.may.get(one, frozenset()) for one in who)


IN_THE_SERVICE: Final = frozenset(Who) - {Who.RETURNING, Who.OTHER_SERVICE, Who.NOBODY}
SIGNED_IN: Final = frozenset(Who) - {Who.NOBODY}
HAVE_LEFT: Final = (Who.FORMER_SUPERVISOR, Who.FORMER_MEMBER, Who.EXPIRED_SUPERVISOR)
MEANT: Final = (Who.SUPERVISOR, Who.EXTERNAL_SUPERVISOR)  # when a text is for the supervisor
SUPERVISING: Final = (*MEANT, Who.NEW_SUPERVISOR)
TAKING_PART: Final = (Who.MEMBER, Who.OWNER)
LEADING: Final = (Who.TEAM_LEADER, Who.SERVICE_LEADER)
RUNNING: Final = (Who.SERVICE_LEADER, Who.ADMINISTRATOR)


def entry_row(kind: str, audience: Audience) -> str:
    """The name of an entry's row."""
    return f"{kind}/{audience}"


def _row(text: str, *cells: tuple[Iterable[Who], str], note: str = "") -> Row:
    """`cells`: some of the columns, and what they may. To read is to see as well."""
    may: dict[Who, frozenset[Deed]] = {}
    for who, words in cells:
        deeds = frozenset(Deed(word) for word in words.split())
        seen = {Deed.SEE} if deeds & {Deed.READ} else set()
        for one in who:
            may[one] = may.get(one, frozenset()) | deeds | seen
    return Row(text, may, note)


_AUTHOR: Final = ((Who.AUTHOR,), "read write share remove")
_AUTHOR_MARKS: Final = ((Who.AUTHOR,), "mark")
_AUTHOR_OF_SHARED: Final = ((Who.AUTHOR,), "read write remove")  # who reads it is not the author's choice
_SUPERVISOR_READS: Final = (MEANT, "read")
_GROUP_READS: Final = ((*SUPERVISING, *TAKING_PART), "read")
_BEGUN_IN_TIME: Final = (HAVE_LEFT, "begin")
# Who waits for their account to open may write what is new, wherever the author may.
_MEMBERS_BEGIN: Final = ((*TAKING_PART, Who.RETURNING), "begin")
_SUPERVISORS_BEGIN: Final = (SUPERVISING, "begin")
_ALL_IN_SERIES_BEGIN: Final = ((*TAKING_PART, *SUPERVISING, Who.RETURNING), "begin")
_ALL_BEGIN: Final = (SIGNED_IN, "begin")  # for themselves, in their own service
_IN_TIME: Final = "Who has left may still send what they wrote; it is theirs alone."

ENTRIES: Final[Mapping[str, Row]] = {
    "topic/private": _row(
        "Topic, private", _AUTHOR, _AUTHOR_MARKS, _MEMBERS_BEGIN, _BEGUN_IN_TIME, note=_IN_TIME
    ),
    "topic/supervisor": _row(
        "Topic, for the supervisor",
        _AUTHOR,
        _AUTHOR_MARKS,
        _SUPERVISOR_READS,
        (MEANT, "mark"),
        _MEMBERS_BEGIN,
        _BEGUN_IN_TIME,
        note="Shared with a person: a new supervisor does not read what was shared with the one before, here "
        "and in all that is for the supervisor, until its author opens it.",
    ),
    "topic/group": _row(
        "Topic, for the group",
        _AUTHOR,
        _AUTHOR_MARKS,
        _GROUP_READS,
        (SUPERVISING, "mark"),
        _MEMBERS_BEGIN,
        _BEGUN_IN_TIME,
    ),
    "preparation/private": _row("Preparation, private", _AUTHOR, _MEMBERS_BEGIN, _BEGUN_IN_TIME),
    "preparation/supervisor": _row(
        "Preparation, for the supervisor", _AUTHOR, _SUPERVISOR_READS, _MEMBERS_BEGIN, _BEGUN_IN_TIME
    ),
    "preparation/group": _row(
        "Preparation, for the group", _AUTHOR, _GROUP_READS, _MEMBERS_BEGIN, _BEGUN_IN_TIME
    ),
    "supervisor_preparation/private": _row(
        "The supervisor's preparation, private", _AUTHOR, _SUPERVISORS_BEGIN, _BEGUN_IN_TIME
    ),
    "supervisor_preparation/group": _row(
        "The supervisor's preparation, for the participants",
        _AUTHOR,
        _GROUP_READS,
        _SUPERVISORS_BEGIN,
        _BEGUN_IN_TIME,
    ),
    "debrief/private": _row("Debrief, private", _AUTHOR, _ALL_BEGIN),
    "debrief/supervisor": _row(
        "Debrief, for the supervisor", _AUTHOR, _SUPERVISOR_READS, _ALL_IN_SERIES_BEGIN, _BEGUN_IN_TIME
    ),
    "assessment/private": _row("Self-assessment, private", _AUTHOR, _ALL_BEGIN),
    "assessment/supervisor": _row(
        "Self-assessment, for the supervisor",
        _AUTHOR,
        _SUPERVISOR_READS,
        _ALL_IN_SERIES_BEGIN,
        _BEGUN_IN_TIME,
    ),
    "agreement/group": _row(
        "Agreement",
        _AUTHOR_OF_SHARED,
        _AUTHOR_MARKS,
        _GROUP_READS,
        ((*SUPERVISING, Who.OWNER), "mark"),
        _ALL_IN_SERIES_BEGIN,
        _BEGUN_IN_TIME,
    ),
    "summary/group": _row(
        "Summary of a session", _AUTHOR_OF_SHARED, _GROUP_READS, _SUPERVISORS_BEGIN, _BEGUN_IN_TIME
    ),
    "holding/group": _row(
        "That a session was held",
        _AUTHOR_OF_SHARED,
        _GROUP_READS,
        _SUPERVISORS_BEGIN,
        _BEGUN_IN_TIME,
        note="Leaders have its minutes and focus from the session's row. No text belongs to it.",
    ),
}

THINGS: Final[Mapping[str, Row]] = {
    Thing.SERIES: _row(
        "Series: people, form, rhythm, place",
        ((*SUPERVISING, *TAKING_PART, *LEADING), "read"),
        ((Who.SUPERVISOR, Who.NEW_SUPERVISOR, *LEADING), "write"),
        note="An external supervisor works within a frame that is the leader's. Nobody makes themselves "
        "supervisor of a series that somebody else has: they would read what the group has written.",
    ),
    Thing.SESSION: _row(
        "Session of a group: when, held or moved, minutes by focus",
        ((*SUPERVISING, *TAKING_PART, *LEADING), "read"),
        ((*SUPERVISING, *LEADING), "write"),
    ),
    Thing.SESSION_OF_TWO: _row(
        "Session of two: the same",
        ((*SUPERVISING, *TAKING_PART, *LEADING), "read write"),
        note="The one who cancels finds the new time.",
    ),
    Thing.NEW_SERIES: _row("A new series", ((Who.SUPERVISOR, Who.NEW_SUPERVISOR, *LEADING), "begin")),
    Thing.QUIET_WEEKS: _row("The service's quiet weeks", (RUNNING, "read write")),
    Thing.PERSON_NAME: _row("Somebody's name", (IN_THE_SERVICE, "read")),
    Thing.PERSON_SHEET: _row(
        "Somebody's sheet: e-mail and roles",
        ((*LEADING, Who.ADMINISTRATOR), "read write"),
        note="A team leader: of the own team only.",
    ),
    Thing.ROLES: _row(
        "Somebody's roles",
        ((*LEADING, Who.ADMINISTRATOR), "read write"),
        note="A team leader: the roles below the own, in the own team.",
    ),
    Thing.ACCOUNT: _row(
        "A new link to somebody's account",
        (RUNNING, "read write"),
        note="Whoever uses the link may write in the account at once, and reads what was written before when "
        "it opens: after a wait in which its person can stop it, or when they say yes. A team leader may for "
        "those who never signed in.",
    ),
    Thing.DOOR: _row(
        "Closing and opening an account",
        ((*LEADING, Who.ADMINISTRATOR), "read write"),
        note="Nobody their own.",
    ),
    Thing.NEW_PERSON: _row("Inviting somebody", ((*LEADING, Who.ADMINISTRATOR), "begin")),
    Thing.TEAMS: _row("Teams", (RUNNING, "read write begin")),
    Thing.SERVICE: _row("The service's name and what devices follow", (IN_THE_SERVICE, "read")),
    Thing.SERVICE_SETTINGS: _row("The service's settings", ((Who.SERVICE_LEADER,), "read write")),
    Thing.LOG: _row(
        "The log of administration",
        (RUNNING, "read"),
        note="Holds no text. An administrator is not shown who supervises whom. What people do with what is "
        "about themselves stands in their own log alone.",
    ),
    Thing.DEVICE: _row(
        "A device, a sign-in, a passkey, an address for push", ((Who.AUTHOR,), "read begin write remove")
    ),
    Thing.OWN: _row(
        "One's own pages, lists and choices, and what one's devices are fed",
        ((Who.AUTHOR,), "read write"),
        note="Each is the one whose it is; what a list holds is decided by each thing's own row.",
    ),
    Thing.OWN_TEXTS: _row(
        "All one has written, and all that is kept about one, as a file",
        ((Who.AUTHOR,), "read"),
        note="Who it is is asked once more.",
    ),
    Thing.OWN_LOG: _row(
        "Who has had one's texts, and what was done with one's account",
        ((Who.AUTHOR,), "read"),
        note="Each line of reading is shown to the author of the text alone.",
    ),
    Thing.LINK: _row(
        "What a one-time link opens", (frozenset(Who), "read write"), note="The link is the key."
    ),
    Thing.OPEN: _row(
        "Shells, scripts, sign-in, whether the server is up",
        (frozenset(Who), "read write"),
        note="Holds nothing of anybody.",
    ),
}

MATRIX: Final[Mapping[str, Row]] = {**ENTRIES, **THINGS}
