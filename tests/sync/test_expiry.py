"""What is written goes when its time is over: told ahead, stopped by its author, and really gone."""

from __future__ import annotations

import subprocess
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select, text

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.retention import actions as retention
from ledvei_pwa.features.retention.records import KeepingPeriod
from ledvei_pwa.features.retention.rules import Sort
from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.kernel.norwegian_calendar import local
from ledvei_pwa.platform import audit, feed
from ledvei_pwa.platform.database import db
from ledvei_pwa.sync import expiry
from ledvei_pwa.sync.actions import note_entry_read, write_entry
from ledvei_pwa.sync.expiry import keep_longer, let_texts_expire
from ledvei_pwa.sync.notice import notice_of
from ledvei_pwa.sync.own_texts import own_texts
from ledvei_pwa.sync.records import Entry, Expiry, Forgotten, Operation, Reading, Revision
from tests.support.device import Device
from tests.support.people import actor_of
from tests.support.world import World

HALF_A_YEAR = timedelta(days=184)
NEARLY = timedelta(days=130)  # within sixty days of half a year, and more than a month before it


def written(world: World, kind: str = "debrief", person: Any = None, **fields: Any) -> str:
    own = kind in ("debrief", "assessment")
    outcome = write_entry(
        (person or world.caseworker).id,
        kind,
        fields or {"happened": "A hard visit", "audience": "private"},
        now=world.now,
        session_id=None if own else world.session,
        series_id=world.series,
    )
    assert outcome.value is not None, outcome
    return outcome.value


def days_later(world: World, *moments: timedelta) -> None:
    """The job of every day runs at these moments after now."""
    for passed in moments:
        let_texts_expire(world.now + passed)


def goes_on(entry: str) -> date | None:
    row = db.session.get(Expiry, entry)
    return row.goes_on if row else None


def is_there(entry: str) -> bool:
    db.session.expire_all()
    return db.session.get(Entry, entry) is not None


def rows_of(entry: str) -> int:
    tables = ((Entry, Entry.id), (Revision, Revision.entry_id), (Reading, Reading.entry_id))
    expiry_row = ((Expiry, Expiry.entry_id),)
    return sum(
        db.session.scalar(select(func.count()).select_from(table).where(column == entry)) or 0
        for table, column in (*tables, *expiry_row)
    )


def gone_from(world: World, device: Device, entry: str) -> None:
    """Told of, and then deleted; the device has not asked meanwhile."""
    days_later(world, NEARLY, HALF_A_YEAR)
    assert not is_there(entry)


# --- telling ------------------------------------------------------------------------------------------------


def test_an_author_is_told_of_the_day_sixty_days_before(world: World) -> None:
    entry, due = written(world), date(2027, 5, 18)
    days_later(world, local_days(world, due) - timedelta(days=61))
    assert goes_on(entry) is None
    days_later(world, local_days(world, due) - timedelta(days=60))
    assert goes_on(entry) == due


def local_days(world: World, day: date) -> timedelta:
    return day - local(world.now).date()


def test_the_day_stands_on_the_text_for_its_author_alone(world: World) -> None:
    entry = written(world, "assessment", taken_on="2026-11-18", audience="supervisor", i01=3)
    retention.choose_periods(actor_of(world.leader), {Sort.ASSESSMENT: 12}, now=world.now)
    phone, tablet = world.device(world.caseworker), world.device(world.supervisor)
    days_later(world, timedelta(days=330))
    phone.sync()
    tablet.sync()
    assert (phone.entry(entry) or {})["goes"] == "2027-11-18"
    assert "goes" not in (tablet.entry(entry) or {})


def test_a_person_is_told_how_many_go_and_when_the_first(world: World) -> None:
    written(world)
    written(world)
    phone = world.device(world.caseworker)
    days_later(world, NEARLY)
    phone.sync()
    notice = phone.held["notice", world.caseworker.id]
    assert (notice["texts"], notice["first"]) == (2, "2027-05-18")


def test_who_writes_on_begins_the_time_anew(world: World) -> None:
    entry = written(world)
    days_later(world, NEARLY)
    later = world.now + NEARLY + timedelta(days=1)
    write_entry(world.caseworker.id, "debrief", {"happened": "More"}, now=later, entry_id=entry)
    assert notice_of(world.caseworker.id) == {}
    days_later(world, HALF_A_YEAR, HALF_A_YEAR + timedelta(days=40))
    assert is_there(entry)


def test_what_has_been_due_for_long_is_told_of_a_month_ahead_all_the_same(world: World) -> None:
    """The worker has slept, the service has chosen a shorter time, or the database is older than this."""
    entry = written(world)
    days_later(world, timedelta(days=800))
    assert is_there(entry)
    assert goes_on(entry) == local(world.now + timedelta(days=830)).date()
    days_later(world, timedelta(days=829))
    assert is_there(entry)
    days_later(world, timedelta(days=830))
    assert not is_there(entry)


def test_an_agreement_that_is_not_done_stays_while_its_series_runs(world: World) -> None:
    entry = written(world, "agreement", text="Ask for a partner")
    days_later(world, timedelta(days=4000), timedelta(days=4031))
    assert is_there(entry)
    with time_machine.travel(world.now):
        supervision.end_series(actor_of(world.supervisor), world.series, now=world.now)
    days_later(world, timedelta(days=4032), timedelta(days=4070))
    assert not is_there(entry)


# --- deleting -----------------------------------------------------------------------------------------------


def test_nothing_of_a_deleted_text_is_left_but_that_it_was_there(world: World) -> None:
    entry = written(world, happened="A hard visit", audience="supervisor")
    write_entry(world.caseworker.id, "debrief", {"happened": "Harder"}, now=world.now, entry_id=entry)
    note_entry_read(world.supervisor.id, entry, now=world.now)
    assert rows_of(entry) == 4
    days_later(world, timedelta(days=330), timedelta(days=366))
    assert rows_of(entry) == 0
    gone = db.session.get(Forgotten, entry)
    assert gone is not None
    assert (gone.author_id, gone.kind, gone.revision) == (world.caseworker.id, "debrief", 2)
    assert list(own_texts(world.caseworker.id)) == []


@pytest.mark.one_database
def test_no_byte_of_a_deleted_text_is_left_in_the_file_of_the_database(world: World) -> None:
    """Overwritten, not only let go of: whoever gets the disk, or a copy of the file, has it not."""
    entry = written(world, happened="A hard visit", audience="private")
    write_entry(world.caseworker.id, "debrief", {"happened": "Harder"}, now=world.now, entry_id=entry)
    kept = sealed_bytes_of(entry)
    assert len(kept) >= 2
    assert all(words in file_of_database() for words in kept)
    days_later(world, NEARLY, HALF_A_YEAR)
    assert [words for words in kept if words in file_of_database()] == []


def sealed_bytes_of(entry: str) -> list[bytes]:
    """What is kept, encrypted, of the words of one text and its revisions."""
    found: list[bytes] = []
    for table, column in (("entry", "id"), ("revision", "entry_id")):
        rows = db.session.execute(text(f"SELECT * FROM {table} WHERE {column} = :entry"), {"entry": entry})
        values = [value for row in rows for value in row if isinstance(value, (str, bytes))]
        found += [value if isinstance(value, bytes) else value.encode() for value in values]
    return [value for value in found if len(value) > 40]


def file_of_database() -> bytes:
    """All of it, with what lay in the log of changes beside it."""
    db.session.commit()
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    # By another process: whoever closes a file loses all locks on it, SQLite's too (sqlite.org/howtocorrupt).
    return subprocess.check_output(["cat", str(db.engine.url.database)])


def test_what_remembers_operations_holds_no_words(world: World) -> None:
    columns = {column.name for column in Operation.__table__.columns}
    assert columns == {
        *("id", "service_id", "device_id", "person_id", "entry_id", "number"),
        *("result", "reason", "revision", "digest", "received_at"),
    }


def test_devices_forget_a_deleted_text(world: World) -> None:
    phone = world.device(world.caseworker)
    entry = phone.write_new("debrief", happened="A hard visit", audience="private")
    assert phone.entry(entry)
    gone_from(world, phone, entry)
    phone.sync()
    assert phone.entry(entry) is None
    assert feed.current_readers("entry", entry) == frozenset()


def test_the_same_day_twice_deletes_once_and_says_so_once(world: World) -> None:
    written(world)
    before = audit.walk(world.service.id).lines
    days_later(world, NEARLY, HALF_A_YEAR, HALF_A_YEAR)
    assert audit.walk(world.service.id).lines == before + 1
    assert audit.latest(world.service.id, 1)[0].deed == "texts_deleted"


def test_a_job_that_is_killed_half_way_goes_on_the_next_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "AT_ONCE", 2)
    entries = [written(world) for _ in range(5)]
    days_later(world, NEARLY)
    erase, erased = expiry.erase, []

    def erase_some(entry: Entry, at: datetime) -> None:
        if len(erased) == 3:
            raise KeyboardInterrupt
        erased.append(entry.id)
        erase(entry, at)

    monkeypatch.setattr(expiry, "erase", erase_some)
    with pytest.raises(KeyboardInterrupt):
        days_later(world, HALF_A_YEAR)
    db.session.rollback()
    assert sum(is_there(entry) for entry in entries) == 3  # two are committed, the third is undone
    monkeypatch.setattr(expiry, "erase", erase)
    days_later(world, HALF_A_YEAR)
    assert not any(is_there(entry) for entry in entries)


def test_what_was_written_on_between_finding_and_locking_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = written(world)
    days_later(world, NEARLY)
    begin = feed.begin_writing

    def write_first(service_id: str) -> None:
        monkeypatch.setattr(expiry.feed, "begin_writing", begin)
        later = world.now + HALF_A_YEAR
        write_entry(world.caseworker.id, "debrief", {"happened": "More"}, now=later, entry_id=entry)
        begin(service_id)

    def ids_then_write(*_: Any, **__: Any) -> list[str]:
        monkeypatch.setattr(expiry.feed, "begin_writing", write_first)
        return [entry]

    monkeypatch.setattr(expiry, "tell_authors", lambda *_: None)
    monkeypatch.setattr(expiry, "ids_told_of", ids_then_write)
    days_later(world, HALF_A_YEAR)
    assert is_there(entry)


def test_another_service_keeps_what_is_its_own(world: World) -> None:
    theirs = write_entry(
        world.stranger.id, "debrief", {"happened": "x", "audience": "private"}, now=world.now
    ).value
    ours = written(world)
    elsewhere = world.stranger.service_id
    db.session.add(KeepingPeriod(service_id=elsewhere, sort="debrief_private", months=12))
    db.session.commit()
    days_later(world, NEARLY, HALF_A_YEAR)
    assert (is_there(str(theirs)), is_there(ours)) == (True, False)


def test_what_its_author_has_removed_goes_after_three_months(world: World) -> None:
    entry = written(world, "assessment", taken_on="2026-11-18", audience="private", i01=3)
    write_entry(world.caseworker.id, "assessment", {}, now=world.now, entry_id=entry, remove=True)
    days_later(world, timedelta(days=40), timedelta(days=93))
    assert not is_there(entry)


# --- the author's own wish ----------------------------------------------------------------------------------


def test_an_author_keeps_a_text_a_year_more_three_times(world: World) -> None:
    entry, now = written(world), world.now + NEARLY
    for years in (1, 2, 3):
        let_texts_expire(now)
        outcome = keep_longer(world.caseworker.id, entry, now)
        assert outcome.value == date(2027 + years, 5, 18)
        assert goes_on(entry) is None
        now += timedelta(days=366)
    let_texts_expire(now)
    assert keep_longer(world.caseworker.id, entry, now).reason == "kept_often"


def test_nobody_keeps_what_is_not_theirs(world: World) -> None:
    entry = written(world, happened="A hard visit", audience="supervisor")
    days_later(world, timedelta(days=330))
    for other in (world.supervisor, world.leader, world.stranger):
        assert keep_longer(other.id, entry, world.now).reason == "unknown"
    assert goes_on(entry) is not None


def test_what_is_not_to_go_cannot_be_kept_longer(world: World) -> None:
    assert keep_longer(world.caseworker.id, written(world), world.now).reason == "not_going"


# --- what still comes ---------------------------------------------------------------------------------------


def test_new_words_on_a_deleted_text_begin_it_anew_without_the_old_ones(world: World) -> None:
    phone = world.device(world.caseworker)
    entry = phone.write_new(
        "debrief", scope=world.scope, happened="Old words", reactions="Old too", audience="supervisor"
    )
    held = phone.entry(entry) or {}
    waiting = phone.operation("debrief", entry, base=1, on=held["changed"], happened="New words")
    days_later(world, timedelta(days=330), timedelta(days=366))
    assert not is_there(entry)
    result = phone.sync(phone.seal(waiting))[0]
    assert (result["result"], result["revision"]) == ("applied", 2)
    now_held = phone.entry(entry) or {}
    assert now_held["fields"] == {"happened": "New words"}
    assert (now_held["audience"], now_held["readers"]) == ("private", [world.caseworker.id])


def test_a_topic_begun_anew_belongs_to_its_session(world: World) -> None:
    phone = world.device(world.caseworker)
    entry = phone.write_new("topic", scope=world.scope, question="Old", audience="private", outcome="done")
    waiting = phone.operation("topic", entry, base=1, question="New")
    days_later(world, timedelta(days=520), timedelta(days=580))
    assert not is_there(entry)
    assert phone.sync(phone.seal(waiting))[0]["result"] == "applied"
    assert (phone.entry(entry) or {})["session"] == world.session


def test_two_devices_that_wrote_on_a_deleted_text_both_keep_their_words(world: World) -> None:
    phone, tablet = world.device(world.caseworker), world.device(world.caseworker)
    entry = phone.write_new("debrief", happened="Old", audience="private")
    tablet.sync()
    here = phone.operation("debrief", entry, base=1, happened="From the phone")
    there = tablet.operation("debrief", entry, base=1, happened="From the tablet")
    gone_from(world, phone, entry)
    phone.sync(phone.seal(here))
    assert tablet.sync(tablet.seal(there))[0]["result"] == "conflict"
    held = tablet.entry(entry) or {}
    said = {held["fields"]["happened"], *(one["value"] for one in held["conflicts"]["happened"])}
    assert said == {"From the phone", "From the tablet"}


@pytest.mark.parametrize(
    "asked",
    [{"remove": True}, {"remove": False}, {"audience": "private"}],
    ids=["remove", "undo", "audience"],
)
def test_what_has_no_words_does_not_bring_a_deleted_text_back(world: World, asked: dict[str, Any]) -> None:
    phone = world.device(world.caseworker)
    entry = phone.write_new("debrief", happened="Old", audience="private")
    waiting = phone.operation("debrief", entry, base=1, **asked)
    gone_from(world, phone, entry)
    result = phone.sync(phone.seal(waiting))[0]
    assert (result["result"], result["reason"]) == ("rejected", "entry_unknown")
    assert not is_there(entry)


def test_an_operation_on_a_deleted_text_is_no_sign_of_a_restored_backup(world: World) -> None:
    phone, tablet = world.device(world.caseworker), world.device(world.supervisor)
    entry = phone.write_new("topic", scope=world.scope, question="Old", audience="supervisor", outcome="done")
    tablet.sync()
    on = (tablet.entry(entry) or {})["changed"]
    mark = tablet.operation("topic", entry, base=1, on=on, outcome="carried")
    reading = tablet.operation("reading", entry, base=1, on=on)
    epoch = world.service.epoch
    days_later(world, timedelta(days=520), timedelta(days=580))
    assert not is_there(entry)
    results = tablet.sync(tablet.seal(mark), tablet.seal(reading))
    assert [result["reason"] for result in results] == ["entry_unknown", "entry_unknown"]
    now_is = people.service_of(world.service.id)
    assert now_is is not None
    assert now_is.epoch == epoch


def test_what_was_taken_before_it_was_deleted_is_not_taken_again(world: World) -> None:
    """Its acknowledgement was lost, or the device sends all it has kept after a restore."""
    phone = world.device(world.caseworker)
    first = phone.operation("debrief", happened="Old", audience="private")
    sealed = phone.seal(first)
    phone.sync(sealed)
    gone_from(world, phone, first["operation"]["entry"])
    assert phone.sync(sealed)[0]["result"] == "duplicate"
    assert not is_there(first["operation"]["entry"])


# --- the leader's choice ------------------------------------------------------------------------------------


def test_only_the_service_leader_decides_and_it_is_logged(world: World) -> None:
    wanted = {Sort.TOPIC: 24}
    assert retention.choose_periods(actor_of(world.supervisor), wanted, now=world.now).reason == "not_yours"
    assert retention.choose_periods(actor_of(world.leader), wanted, now=world.now).ok
    assert retention.periods_of(world.service.id)[Sort.TOPIC] == 24
    line = audit.latest(world.service.id, 1)[0]
    assert (line.deed, line.details) == ("keeping_changed", '{"topic":24}')


def test_nothing_outside_the_bounds_is_chosen(world: World) -> None:
    outcome = retention.choose_periods(actor_of(world.leader), {Sort.DEBRIEF_PRIVATE: 24}, now=world.now)
    assert outcome.reason == "outside"
