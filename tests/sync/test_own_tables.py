"""The file with everything about oneself has something of every table that names a person, or says why not.

A new table, or a new column that names somebody, fails here until it is in the file or has its reason.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest
from sqlalchemy import Column, MetaData, String, Table, func, select, update

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.people import records
from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.features.reminders.records import PushSubscription, Reminder
from ledvei_pwa.features.reminders.rules import ReminderKind
from ledvei_pwa.features.supervision.records import Series, Session
from ledvei_pwa.platform.database import Base, db, new_id
from ledvei_pwa.platform.registry import house
from ledvei_pwa.sync.expiry import let_texts_expire
from ledvei_pwa.sync.records import Forgotten
from tests.support.page_client import PageClient
from tests.support.people import a_passkey, actor_of, come_back, sign_in
from tests.support.world import World

pytestmark = pytest.mark.one_database

# How a column that names a person is called, whether or not it points at one.
ENDINGS: Final = ("person_id", "author_id", "reader_id", "actor_id", "supervisor_id", "owner_id")
MORE_ENDINGS: Final = ("subject_id", "shared_with", "created_by", "moved_by", "last_day_by", "_by")
# Where each is in the file: one thing there for each row, or one flag.
EXPORTED: Final[Mapping[str, str]] = {
    "code_app.person_id": "sign_in.code_app",
    "device.person_id": "devices",
    "entry.author_id": "texts",
    "expiry.author_id": "texts.goes",
    "forgotten_entry.author_id": "deleted_texts",
    "invitation.person_id": "links",
    "operation.person_id": "operations",
    "passkey.person_id": "sign_in.passkeys",
    "person.last_day_by": "person.last_day_set.by",
    "push_subscription.person_id": "push",
    "reading.reader_id": "seen",
    "recovery_code.person_id": "sign_in.recovery_codes_left",
    "reentry.person_id": "reentries",
    "reminder.person_id": "reminders",
    "role.person_id": "roles",
    "series.supervisor_id": "supervises",
    "series_member.person_id": "took_part",
    "session.moved_by": "moved",
    "sign_in_session.person_id": "sign_ins",
    "waiting_code_app.person_id": "reentries.code_app",
}
# In the file, and counted by other tests: rows of several tables make one line there.
SHOWN_ELSEWHERE: Final[Mapping[str, str]] = {
    "audit_entry.subject_id": "`log`: what was done with one's account (tests/sync/test_own_data.py)",
    "entry.shared_with": "`texts`: whom each text is shared with; what is shared with one is its author's",
    "read_line.actor_id": "`read_by_me`, and `had_by` for the author (tests/sync/test_own_data.py)",
    "read_text.author_id": "`had_by` of each text (tests/sync/test_own_data.py)",
    "revision.author_id": "`revisions` of each text, and `changed_by_me` for others' (below)",
    "identity_link.person_id": "`sign_in.elsewhere` (tests/features/people)",
}
NOT_IN_IT: Final[Mapping[str, str]] = {
    "audit_entry.actor_id": "what one has done to others' accounts is about them; it is in their logs",
    "feed.person_id": "what one's devices hold, made from what is in the file and made anew when it is lost",
    "feed.subject_id": "the same",
    "invitation.created_by": "whom one has made links for is about them; it is in their files",
    "read_line.subject_id": "the text that was read, which its author has in `had_by`",
    "series.created_by": "it is in the log of the series, which holds others' names",
}


def names_people(column: Column[Any]) -> bool:
    points = any(key.target_fullname == "person.id" for key in column.foreign_keys)
    is_id = isinstance(column.type, String) and column.type.length == 36
    return points or (is_id and column.name.endswith((*ENDINGS, *MORE_ENDINGS)))


def columns_of(metadata: MetaData) -> set[str]:
    found = [column for table in metadata.tables.values() for column in table.columns]
    return {f"{column.table.name}.{column.name}" for column in found if names_people(column)}


def accounted_for() -> set[str]:
    return {*EXPORTED, *SHOWN_ELSEWHERE, *NOT_IN_IT}


def test_every_column_that_names_somebody_is_in_the_file_or_has_its_reason() -> None:
    assert columns_of(Base.metadata) - accounted_for() == set()


def test_nothing_is_accounted_for_that_is_not_there() -> None:
    there = {str(column) for table in Base.metadata.tables.values() for column in table.columns}
    assert accounted_for() - there - {"entry.shared_with", "identity_link.person_id"} == set()


def test_a_new_table_is_noticed() -> None:
    made_up = MetaData()
    Table("diary", made_up, Column("kept_by", String(36)), Column("day", String(10)))
    assert columns_of(made_up) - accounted_for() == {"diary.kept_by"}


def test_each_row_of_each_of_these_tables_stands_in_the_file(world: World, client: PageClient) -> None:
    found = file_of(client, somebody_with_everything(world))
    for column, place in EXPORTED.items():
        rows = rows_of(column, world.caseworker.id)
        assert rows > 0, f"nothing of {column} was there to look for"
        assert amount_at(found, place.split(".")) == rows, f"{column} is not whole at {place}"


def test_what_one_has_marked_in_anothers_text_stands_in_it_without_a_word(
    world: World, client: PageClient
) -> None:
    phone, tablet = world.device(world.caseworker), world.device(world.supervisor)
    entry = phone.write_new("topic", question="Ordene hennes", audience="supervisor", scope=world.scope)
    tablet.sync()
    assert tablet.do("topic", entry, outcome="done")["result"] == "applied"
    found = file_of(client, world.supervisor)
    assert [(one["text"], one["revision"]) for one in found["changed_by_me"]] == [(entry, 2)]
    assert "Ordene hennes" not in json.dumps(found, ensure_ascii=False)


# --- a person with something in every table -----------------------------------------------------------------


def somebody_with_everything(world: World) -> PersonCard:
    me = world.caseworker
    a_passkey(me)
    phone = world.device(me)
    phone.write_new("debrief", happened="a", audience="private")
    world.device(world.colleague)
    theirs = world.device(world.colleague).write_new(
        "topic", question="b", audience="group", scope=world.scope
    )
    phone.do("reading", theirs)
    people.set_last_day(actor_of(world.leader), me.id, world.now.date(), now=world.now)
    come_back(PageClient(world.app), me)
    let_texts_expire(world.now.replace(year=2027, month=4))
    add_rows(world, me, phone.id)
    return me


def add_rows(world: World, me: PersonCard, device_id: str) -> None:
    """What is more work to bring about than to write down."""
    own = {"service_id": me.service_id, "person_id": me.id}
    reentry = records.waiting_reentry_of(me.id)
    assert reentry is not None
    app = records.WaitingCodeApp(id=new_id(), **own, reentry_id=reentry.id, last_step=0, created_at=world.now)
    app.secret = house().keyring.encrypt(me.service_id, ("code_app", app.id, "secret"), "JBSWY3DP")
    browser = {"endpoint": "https://push.example.org/secret-part", "p256dh": "k", "auth": "a"}
    times = {"due_at": world.now, "expires_at": world.now, "try_at": world.now}
    db.session.add_all(
        [
            app,
            records.RecoveryCode(id=new_id(), **own, code_hash="0" * 64, created_at=world.now),
            PushSubscription(id=new_id(), **own, device_id=device_id, created_at=world.now, **browser),
            Reminder(
                id=new_id(), **own, kind=ReminderKind.SESSION, topic="t", state="planned", tries=0, **times
            ),
            Forgotten(
                id=new_id(),
                service_id=me.service_id,
                author_id=me.id,
                kind="debrief",
                revision=1,
                at=world.now,
            ),
        ]
    )
    moved = {"moved_by": me.id, "moved_at": world.now}
    db.session.execute(update(Session).where(Session.id == world.session).values(**moved))
    db.session.execute(update(Series).where(Series.id == world.series).values(supervisor_id=me.id))
    db.session.execute(update(records.Person).where(records.Person.id == me.id).values(last_day_by=me.id))
    db.session.commit()


def file_of(client: PageClient, person: PersonCard) -> dict[str, Any]:
    sign_in(client, person)
    found: dict[str, Any] = json.loads(client.send("/my-texts/json", page="/my-texts").get_data(as_text=True))
    assert found["complete"] is True
    return found


def rows_of(column: str, person_id: str) -> int:
    name, _, its_column = column.partition(".")
    table = Base.metadata.tables[name]
    query = select(func.count()).select_from(table).where(table.c[its_column] == person_id)
    return db.session.scalar(query) or 0


def amount_at(value: Any, path: list[str]) -> int:
    """How many things stand there: of a list its length, of something below each of a list their sum."""
    if isinstance(value, list):
        return sum(amount_at(one, path) for one in value) if path else len(value)
    if path:
        return amount_at(value[path[0]], path[1:])
    return value if isinstance(value, int) else int(value is not None)
