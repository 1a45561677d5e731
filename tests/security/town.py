"""One service with everybody whom the access matrix names, all they have written marked, another beside it.

Built once and walked many times: what a request changes is put back before the next one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.people.actions import PersonCard, ServiceCard, TeamCard
from ledvei_pwa.features.people.records import RoleHeld
from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.features.supervision import records
from ledvei_pwa.kernel.access import MATRIX, Deed, Role, Thing, Who
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.sessions import SignInSession
from tests.support.device import Device, device_of
from tests.support.people import a_passkey, a_person, a_service, a_team, actor_of, come_back, sign_in
from tests.support.push_service import Browser
from tests.support.reminders import subscribe
from tests.support.supervision import a_leader, a_plan, a_series

MARK: Final = re.compile(r"merke\d{4}x")
TOKEN: Final = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
WRITTEN_TABLE: Final = re.compile(r"^(?:INSERT INTO|UPDATE|DELETE FROM) \"?(\w+)")
LOCK: Final = "change_counter=service.change_counter"
NOBODY: Final = "nobody"
RETURNING: Final = "returning"  # the author once more, by a link that waits to open the account
STRANGER: Final = "stranger"
ROLES: Final[Mapping[str, Role]] = {
    "author": Role.CASEWORKER,
    "supervisor": Role.SUPERVISOR,
    "former_supervisor": Role.SUPERVISOR,
    "member": Role.CASEWORKER,
    "owner": Role.CASEWORKER,
    "former_member": Role.CASEWORKER,
    "team_leader": Role.TEAM_LEADER,
    "service_leader": Role.SERVICE_LEADER,
    "administrator": Role.ADMINISTRATOR,
    "external": Role.EXTERNAL_SUPERVISOR,
    "expired": Role.EXTERNAL_SUPERVISOR,
    "colleague": Role.CASEWORKER,
}
BY_ROLE: Final[Mapping[str, Who]] = {
    **dict.fromkeys(ROLES, Who.COLLEAGUE),
    "supervisor": Who.SUPERVISOR,
    "former_supervisor": Who.SUPERVISOR,
    "team_leader": Who.TEAM_LEADER,
    "service_leader": Who.SERVICE_LEADER,
    "administrator": Who.ADMINISTRATOR,
    "external": Who.EXTERNAL_SUPERVISOR,
    "expired": Who.EXPIRED_SUPERVISOR,
    RETURNING: Who.RETURNING,
    STRANGER: Who.OTHER_SERVICE,
    NOBODY: Who.NOBODY,
}
LEADERS: Final = {name: BY_ROLE[name] for name in ("team_leader", "service_leader", "administrator")}
OUTSIDE: Final = {RETURNING: Who.RETURNING, STRANGER: Who.OTHER_SERVICE, NOBODY: Who.NOBODY}
EVERYBODY: Final = (*ROLES, RETURNING, STRANGER, NOBODY)
TEXT_FIELD: Final = {
    "topic": "question",
    "preparation": "went_well",
    "supervisor_preparation": "follow_up",
    "debrief": "happened",
    "assessment": None,  # numbers only
    "agreement": "text",
    "summary": "text",
    "holding": None,
}
FILLED: Final[Mapping[str, Mapping[str, Any]]] = {
    "assessment": {"taken_on": "2026-11-18", "i01": 3},
    "holding": {"minutes": 60, "mix_case": 60},
}


@dataclass(frozen=True)
class Place:
    """One series, and what each person is to it."""

    key: str
    service: str
    series: str
    session: str
    later: str  # a session that is still planned
    who: Mapping[str, Who]

    @property
    def scope(self) -> dict[str, str]:
        return {"series": self.series, "session": self.session}

    @property
    def session_thing(self) -> str:
        return Thing.SESSION if self.key == "group" else Thing.SESSION_OF_TWO


@dataclass(frozen=True)
class Marked:
    """Something to be read. `row`: its row in the matrix; `mark`: what gives it away in an answer."""

    row: str
    mark: str
    who: Mapping[str, frozenset[Who]]
    id: str = ""
    kind: str = ""
    audience: str = ""
    place: Place | None = None

    def allows(self, person: str, deed: Deed) -> bool:
        return MATRIX[self.row].allows(self.who[person], deed)


@dataclass(frozen=True)
class Answer:
    """What came back, and whether anything was written to the database by it."""

    status: int
    text: str
    location: str
    headers: tuple[tuple[str, str], ...]
    changed: bool
    statements: int

    @property
    def marks(self) -> frozenset[str]:
        return frozenset(MARK.findall(self.text + self.location))

    @property
    def is_turned_away(self) -> bool:
        away = self.location.startswith("/sign-in") or self.location == "/waiting"
        return (self.status == 302 and away and not self.changed) or self.status in {401, 403, 404}


@dataclass
class Town:
    app: Flask
    service: ServiceCard
    team: TeamCard
    cookie: str = "ledvei"
    base_url: str = "http://localhost"
    persons: dict[str, PersonCard] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    marked: list[Marked] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    last: TestResponse | None = None  # the answer as it came
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _rows: dict[Any, list[dict[str, Any]]] = field(default_factory=dict)
    _tables: set[str] = field(default_factory=set)
    _statements: int = 0
    _keeps: bool = False
    _committed: bool = False
    _written: bool = False

    @property
    def texts(self) -> list[Marked]:
        return [each for each in self.marked if each.kind]

    def new_mark(self) -> str:
        return f"merke{next(self._numbers):04d}x"

    def may_see(self, person: str) -> frozenset[str]:
        """The marks that may stand in an answer to this person."""
        return frozenset(each.mark for each in self.marked if each.allows(person, Deed.READ))

    # --- asking -----------------------------------------------------------------------------------------

    def ask(self, person: str, method: str, address: str, **request: Any) -> Answer:
        """One request as this person. What it wrote is put back afterwards."""
        self._committed, self._written, self._statements = False, False, 0
        client = self._browser(person)
        request = {"base_url": self.base_url, "buffered": True, **request}
        got: TestResponse = Context().run(client.open, address, method=method, **request)
        self.last, changed = got, self._committed
        text = (
            got.get_data(as_text=True) if (got.mimetype or "").startswith(("text/", "application/")) else ""
        )
        headers = tuple(got.headers.items())
        answer = Answer(got.status_code, text, got.location or "", headers, changed, self._statements)
        if changed and not self._keeps:
            self.put_back()
        return answer

    def send(self, person: str, address: str, fields: Mapping[str, Any], method: str = "POST") -> Answer:
        """A form as from its page, or JSON as from the app."""
        if address.startswith("/api/"):
            return self.ask(person, method, address, json=fields, headers={"X-Ledvei": "1"})
        token = self.tokens.get(person) or self.tokens[NOBODY]
        return self.ask(person, method, address, data={"csrf_token": token, **fields})

    def _browser(self, person: str) -> FlaskClient:
        client = self.app.test_client()
        client.set_cookie(self.cookie, self.cookies[person], domain=urlsplit(self.base_url).hostname)
        return client

    # --- keeping it as it was ---------------------------------------------------------------------------

    def remember(self) -> None:
        with self.app.app_context(), db.engine.connect() as connection:
            for table in db.metadata.sorted_tables:
                self._rows[table] = [dict(row._mapping) for row in connection.execute(table.select())]

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Let what is written stand until the end of this block."""
        self._keeps = True
        try:
            yield
        finally:
            self._keeps = False
            self.put_back()

    def put_back(self) -> None:
        """The tables that were written to, as they were."""
        changed = [table for table in self._rows if table.name in self._tables]
        with self.app.app_context(), db.engine.begin() as connection:
            postponed = connection.dialect.name == "sqlite"
            connection.exec_driver_sql(
                "PRAGMA defer_foreign_keys=ON"
                if postponed
                else "SET LOCAL session_replication_role = replica"
            )
            for table in reversed(changed):
                connection.execute(table.delete())
            for table in changed:
                if self._rows[table]:
                    connection.execute(table.insert(), self._rows[table])
        self._tables.clear()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Notice what is written and committed: a refusal writes nothing."""
        with self.app.app_context():
            engine = db.engine
        listeners = {
            "after_cursor_execute": self._note_statement,
            "commit": self._note_commit,
            "rollback": self._note_rollback,
        }
        for name, listener in listeners.items():
            event.listen(engine, name, listener)
        try:
            yield
        finally:
            for name, listener in listeners.items():
                event.remove(engine, name, listener)

    def _note_statement(self, _c: Any, cursor: Any, statement: str, _p: Any, _x: Any, _m: bool) -> None:
        self._statements += 1
        writes = statement.startswith(("INSERT", "UPDATE", "DELETE")) and LOCK not in statement
        if writes and cursor.rowcount != 0:
            self._written = True
            self._tables.add(WRITTEN_TABLE.findall(statement)[0])

    def _note_commit(self, _connection: Any) -> None:
        self._committed |= self._written
        self._written = False

    def _note_rollback(self, _connection: Any) -> None:
        self._written = False


# --- building it --------------------------------------------------------------------------------------------


def a_town(app: Flask, now: datetime) -> Town:
    """Everybody, three series, one of each text, and another service with the same."""
    with app.app_context():
        service = a_service("Fjordvik")
        town = Town(app, service, a_team(service))
        _add_people(town)
        town.places["group"] = _group(town, now)
        town.places["external"] = _of_two(town, "external", Who.EXTERNAL_SUPERVISOR, now)
        town.places["expired"] = _of_two(town, "expired", Who.EXPIRED_SUPERVISOR, now)
        _end_role_of(town, "expired", now)
        _add_elsewhere(town, now)
        _add_ids(town, now)
        db.session.remove()
    for person in EVERYBODY:
        _enter(town, person)
    town.remember()
    return town


def _add_people(town: Town) -> None:
    elsewhere = a_team(town.service, "Mottak")
    for key, role in ROLES.items():
        in_team = key in {"author", "member", "owner", "former_member", "team_leader"}
        team = (town.team if in_team else elsewhere) if role in {Role.CASEWORKER, Role.TEAM_LEADER} else None
        town.persons[key] = _marked_person(town, key, role, town.service, team)


def _marked_person(
    town: Town, key: str, role: Role, service: ServiceCard, team: TeamCard | None
) -> PersonCard:
    name, address = town.new_mark(), town.new_mark()
    person = a_person(role, service=service, team=team, name=f"{key} {name}", email=f"{address}@example.org")
    ours = service.id == town.service.id
    who = {one: {BY_ROLE[one]} for one in EVERYBODY} if ours else _as_from_elsewhere()
    if team is None or team.id != town.team.id:
        who["team_leader"] = {Who.COLLEAGUE} if ours else {Who.OTHER_SERVICE}
    frozen = {one: frozenset(what) for one, what in who.items()}
    own = {RETURNING: frozenset({Who.AUTHOR})} if key == "author" else {}
    town.marked.append(Marked(Thing.PERSON_NAME, name, frozen | own))
    town.marked.append(Marked(Thing.PERSON_SHEET, address, frozen))
    return person


def _as_from_elsewhere() -> dict[str, set[Who]]:
    """To what belongs to the other service: its own leader is the only one who is not of another."""
    return {one: {Who.OTHER_SERVICE} for one in EVERYBODY} | {
        STRANGER: {Who.SERVICE_LEADER},
        NOBODY: {Who.NOBODY},
        RETURNING: {Who.RETURNING},
    }


def _place(town: Town, key: str, series: Any, who: Mapping[str, Who]) -> Place:
    session, later = records.sessions_of(series.id)[:2]
    place = Place(key, series.service_id, series.id, session.id, later.id, who)
    frozen = {one: frozenset({what}) for one, what in who.items()}
    town.marked.append(Marked(Thing.SERIES, series.name, frozen, place=place))
    return place


def _group(town: Town, now: datetime) -> Place:
    """First with another supervisor and one member more, who have had all that was shared then.

    What the author shared with that supervisor is not for the one of today; what they have shared since is.
    """
    someone = town.persons
    members = [someone[key] for key in ("author", "member", "owner", "former_member")]
    series = a_series(someone["former_supervisor"], members, now=now, name=town.new_mark())
    who = dict.fromkeys(EVERYBODY, Who.COLLEAGUE) | LEADERS | OUTSIDE
    who |= dict.fromkeys(("author", "member", "owner"), Who.MEMBER)
    who |= {key: Who(key) for key in ("supervisor", "former_supervisor", "former_member")}
    place = _place(town, "group", series, who)
    for row in BY_THE_AUTHOR:
        _write(town, place, row, "author", who={**who, "supervisor": Who.NEW_SUPERVISOR})
    for key in ("former_supervisor", "former_member"):
        _phone(town, key).sync()
    plan = a_plan(someone["supervisor"], members[:-1], name=series.name)
    changed = supervision.change_series(
        a_leader(town.service.id, someone["service_leader"].id), series.id, plan, now=now
    )
    assert changed.ok, changed
    for row in BY_THE_SUPERVISOR:
        _write(town, place, row, "supervisor")
    for row in BY_THE_AUTHOR:
        if row.endswith("/supervisor"):
            _write(town, place, row, "author", to=someone["supervisor"].id)
    return place


BY_THE_AUTHOR: Final = (
    "topic/private", "topic/supervisor", "topic/group",
    "preparation/private", "preparation/supervisor", "preparation/group",
    "debrief/private", "debrief/supervisor",
    "assessment/private", "assessment/supervisor",
    "agreement/group",
)  # fmt: skip
BY_THE_SUPERVISOR: Final = (
    "supervisor_preparation/private", "supervisor_preparation/group", "summary/group", "holding/group",
)  # fmt: skip


def _of_two(town: Town, key: str, standing: Who, now: datetime) -> Place:
    someone = town.persons
    clock = {"external": "12:00", "expired": "14:00"}[key]
    series = a_series(someone[key], [someone["author"]], now=now, name=town.new_mark(), clock=clock)
    who = dict.fromkeys(EVERYBODY, Who.COLLEAGUE) | LEADERS | OUTSIDE
    place = _place(town, key, series, who | {"author": Who.MEMBER, key: standing})
    for row in ("topic/private", "topic/supervisor", "debrief/supervisor", "agreement/group"):
        _write(town, place, row, "author")
    _phone(town, key).sync()
    return place


def _end_role_of(town: Town, key: str, now: datetime) -> None:
    """From today on."""
    person = town.persons[key]
    role = db.session.scalars(select(RoleHeld.id).where(RoleHeld.person_id == person.id)).one()
    leader = actor_of(town.persons["service_leader"])
    assert people.end_role(leader, role, to_date=date(2026, 11, 18), now=now).ok


def _add_elsewhere(town: Town, now: datetime) -> None:
    """Another service, whose service leader is the stranger, with a series and texts of its own."""
    other = a_service("Elvedal")
    town.persons[STRANGER] = _marked_person(town, STRANGER, Role.SERVICE_LEADER, other, None)
    team = a_team(other, "Deres")
    author = _marked_person(town, "their author", Role.CASEWORKER, other, team)
    supervisor = _marked_person(town, "their supervisor", Role.SUPERVISOR, other, None)
    town.persons |= {"their_author": author, "their_supervisor": supervisor}
    series = a_series(supervisor, [author], now=now, name=town.new_mark())
    who = {one: next(iter(what)) for one, what in _as_from_elsewhere().items()}
    place = town.places["elsewhere"] = _place(town, "elsewhere", series, who)
    for row in ("topic/group", "debrief/supervisor", "agreement/group"):
        _write(town, place, row, "their_author")
    town.ids |= {"their_team": team.id}


def _write(
    town: Town,
    place: Place,
    row: str,
    by: str,
    *,
    to: str | None = None,
    who: Mapping[str, Who] | None = None,
) -> None:
    """One marked text, sent by a real device. The agreement is the owner's to do.

    `to`: who is meant by the supervisor; `who`: what people are to this text, when not as to the place.
    """
    kind, audience = row.split("/")
    mark = town.new_mark()
    fields = dict(FILLED.get(kind, {}))
    if (name := TEXT_FIELD[kind]) is not None:
        fields[name] = f"Text {mark}"
    if kind not in {"agreement", "summary", "holding"}:
        fields["audience"] = audience
    if kind == "agreement" and place.key == "group":
        fields["owner"] = town.persons["owner"].id
    scope = scope_of(place, row) | ({"to": to} if to else {})
    entry = _phone(town, by).write_new(kind, scope=scope, **fields)
    known = who or place.who
    to_each = {one: frozenset({what} | _more(one, by, kind, place)) for one, what in known.items()}
    mark = mark if name else entry  # what holds no text is known by its id
    town.marked.append(Marked(row, mark, to_each, entry, kind, audience, place))


def _more(person: str, by: str, kind: str, place: Place) -> set[Who]:
    owns = person == "owner" and kind == "agreement" and place.key == "group"
    return ({Who.AUTHOR} if person == by else set()) | ({Who.OWNER} if owns else set())


def scope_of(place: Place, row: str) -> dict[str, str]:
    """Where such an entry belongs: a session, a series, or nowhere while it is private."""
    kind, audience = row.split("/")
    if kind not in {"debrief", "assessment"}:
        return place.scope
    return {} if audience == "private" else {"series": place.series}


def _phone(town: Town, person: str) -> Device:
    if person not in town.devices:
        town.devices[person] = device_of(town.app, town.persons[person])
    return town.devices[person]


def _add_ids(town: Town, now: datetime) -> None:
    """What the addresses name: the author's things, and those of somebody in the other service."""
    for prefix, key in (("", "author"), ("their_", "their_author")):
        person = town.persons[key]
        held = db.session.scalars(select(RoleHeld.id).where(RoleHeld.person_id == person.id)).one()
        device = subscribe(person, Browser(f"http://localhost:9/push/{key}").subscription, now=now)
        sign_in(town.app.test_client(), person)
        alive = select(SignInSession.id).where(SignInSession.person_id == person.id)
        town.ids |= {
            f"{prefix}person_id": person.id,
            f"{prefix}role_id": held,
            f"{prefix}device_id": device,
            f"{prefix}passkey_id": a_passkey(person),
            f"{prefix}sign_in_id": max(db.session.scalars(alive)),
        }
    town.ids |= {"team_id": town.team.id, "their_team_id": town.ids["their_team"]}


def _enter(town: Town, person: str) -> None:
    """Sign in, and have the token that forms carry. Nobody has a browser too."""
    client = town.app.test_client()
    with town.app.app_context():
        if person == RETURNING:
            _come_back(town, client)
        elif person != NOBODY:
            sign_in(client, town.persons[person])
            town.devices[person] = device_of(town.app, town.persons[person])
        db.session.remove()
    first = {NOBODY: "/sign-in", RETURNING: "/waiting"}.get(person, "/devices")
    page = client.get(first).get_data(as_text=True)
    found = TOKEN.search(page)
    assert found, f"{person} has no form to send"
    cookie = client.get_cookie("ledvei")
    assert cookie
    town.tokens[person], town.cookies[person] = found.group(1), cookie.value


def _come_back(town: Town, client: FlaskClient) -> None:
    """By a link, as the author. The phone that they set up there knows nothing of what was written before."""
    author = town.persons[RETURNING] = town.persons["author"]
    town.ids["reentry_id"] = come_back(client, author)
    made = people.register_device(
        actor_of(author), "Ny", now=datetime.now(UTC), reentry_id=town.ids["reentry_id"]
    )
    known = device_of(town.app, author)
    town.devices[RETURNING] = Device(
        client, author, made.id, made.write, made.read, known.key_id, known.public
    )


def words(what: Iterable[object]) -> str:
    return "\n".join(str(one) for one in what)
