"""Who may read what, worked out without the application: from the bare tables and from what was sealed.

The matrix of domain.md §8 again, in its own words. It says what somebody may read at most; that they have
it is looked at when the faults have stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.fuzz.model import Op
from tests.fuzz.server import Server

ORDER: Final = ("private", "supervisor", "group")
ALWAYS_GROUP: Final = frozenset({"agreement", "summary", "holding"})


@dataclass(frozen=True)
class People:
    """A series' people at one moment."""

    supervisor: str
    members: frozenset[str]


@dataclass(frozen=True)
class Standing:
    """An entry at one moment. `taken`: its revisions' numbers and operations, oldest first."""

    kind: str
    author: str
    series: str | None
    is_removed: bool
    taken: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Moment:
    """All that decides about access, as it stands in the database."""

    ops: Mapping[str, Op]
    series: Mapping[str, People]
    entries: Mapping[str, Standing]
    services: Mapping[str, str]  # person → service

    @classmethod
    def now(cls, server: Server, ops: Mapping[str, Op]) -> Moment:
        members: dict[str, set[str]] = {}
        for series_id, person_id in server.rows(
            "SELECT series_id, person_id FROM series_member WHERE to_date IS NULL"
        ):
            members.setdefault(series_id, set()).add(person_id)
        taken: dict[str, list[tuple[int, str]]] = {}
        for entry_id, number, operation_id in server.rows(
            "SELECT entry_id, number, operation_id FROM revision ORDER BY number"
        ):
            taken.setdefault(entry_id, []).append((number, operation_id))
        return cls(
            ops,
            {
                id_: People(supervisor, frozenset(members.get(id_, ())))
                for id_, supervisor in server.rows("SELECT id, supervisor_id FROM series")
            },
            {
                id_: Standing(kind, author, series, deleted is not None, tuple(taken.get(id_, ())))
                for id_, kind, author, series, deleted in server.rows(
                    "SELECT id, kind, author_id, series_id, deleted_at FROM entry"
                )
            },
            dict(server.rows("SELECT id, service_id FROM person")),
        )

    def may_be_told(self, person: str, item: dict[str, Any]) -> bool:
        """Whether a device of this person may be sent this item of an answer."""
        if item["type"] == "entry":
            is_author = item["author"] == person
            tells_too_much = not is_author and (item["conflicts"] or item["seen"])
            return not tells_too_much and self.may_read_entry(item["id"], person)
        if item["type"] in ("series", "session"):
            people = self.series.get(item["id"] if item["type"] == "series" else item["series"])
            return people is not None and person in {people.supervisor, *people.members}
        if item["type"] in ("person", "service"):
            other = self.services.get(item["id"]) if item["type"] == "person" else item["id"]
            return self.services.get(person) == other
        return bool(item["type"] == "reminder")

    def may_read_entry(self, id_: str, person: str) -> bool:
        entry = self.entries.get(id_)
        if entry is None or entry.is_removed:
            return False
        people = self.series.get(entry.series or "")
        meant = people.supervisor if people and self.may_be_meant(entry, people.supervisor) else None
        return person in readers(self.widest_audience(entry), entry.author, people, meant)

    def may_be_meant(self, entry: Standing, supervisor: str) -> bool:
        """Whether the author's operations can be held to share it with this supervisor, and no other one.

        One must name them, whose writer knew of every one that names somebody else. Of those that name
        nobody, as the first releases sent them, nothing is said here: see tests/sync/test_shared_with.py.
        """
        said = [
            (number, op)
            for number, op in ((number, self.ops.get(id_)) for number, id_ in entry.taken)
            if op is not None and op.person == entry.author
        ]
        if any(op.set.get("audience") == "supervisor" and op.to is None for _, op in said):
            return True
        others = [(number, op) for number, op in said if op.to not in (None, supervisor)]
        return any(
            all(knew_of(one, number, op) for number, op in others) for _, one in said if one.to == supervisor
        )

    def widest_audience(self, entry: Standing) -> str:
        """The widest that the author's operations, as far as the server has them, can be held to mean.

        So many may read as an operation says that lets as many or more, and whose writer knew of every one
        that lets fewer: of what another device had narrowed to just that, its writer need not have known.
        """
        if entry.kind in ALWAYS_GROUP:
            return "group"
        said = [
            (number, op, ORDER.index(op.set["audience"]))
            for number, op in ((number, self.ops.get(id_)) for number, id_ in entry.taken)
            if op is not None and op.person == entry.author and op.set.get("audience") in ORDER
        ]
        allowed = ["private"]
        for width, audience in enumerate(ORDER):
            narrower = [(number, op) for number, op, other in said if other < width]
            wide = [op for _, op, other in said if other >= width]
            if any(all(knew_of(one, number, op) for number, op in narrower) for one in wide):
                allowed.append(audience)
        return max(allowed, key=ORDER.index)


def knew_of(wide: Op, number: int, narrow: Op) -> bool:
    if wide.device == narrow.device and narrow.number < wide.number:
        return True
    return number <= wide.base


def readers(audience: str, author: str, people: People | None, meant: str | None) -> frozenset[str]:
    """Everybody who may read it, by an audience. `meant`: who the author means by the supervisor."""
    found = {author}
    if people and (audience == "group" or (audience == "supervisor" and people.supervisor == meant)):
        found.add(people.supervisor)
    if people and audience == "group":
        found |= people.members
    return frozenset(found)
