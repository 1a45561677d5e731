"""What becomes of somebody's texts when their account is closed, and when it is opened again (ADR 18)."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.retention import actions as retention
from ledvei_pwa.features.retention.rules import Sort
from ledvei_pwa.platform import audit
from ledvei_pwa.platform.database import db
from ledvei_pwa.sync.actions import write_entry
from ledvei_pwa.sync.expiry import keep_longer, let_texts_expire
from ledvei_pwa.sync.notice import notice_of
from ledvei_pwa.sync.records import Entry, Expiry, Forgotten, Revision
from tests.support.device import Device, Sealed
from tests.support.people import actor_of
from tests.support.world import World

MONTH = timedelta(days=30)
PRIVATE: dict[str, dict[str, Any]] = {
    "debrief": {"happened": "a"},
    "preparation": {"went_well": "a"},
    "topic": {"question": "a"},
    "assessment": {"taken_on": "2026-11-18", "i01": 3},
}


def written(world: World, kind: str = "debrief", audience: str = "private", **fields: Any) -> str:
    own = kind in ("debrief", "assessment")
    outcome = write_entry(
        world.caseworker.id,
        kind,
        {**(fields or PRIVATE[kind]), "audience": audience},
        now=world.now,
        session_id=None if own else world.session,
        series_id=world.series,
    )
    assert outcome.value is not None, outcome
    return outcome.value


def close(world: World, now: datetime | None = None) -> None:
    assert people.disable_person(actor_of(world.leader), world.caseworker.id, now=now or world.now).ok


def open_again(world: World, now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        assert people.enable_person(actor_of(world.leader), world.caseworker.id, now=now).ok


def after(world: World, passed: timedelta) -> None:
    """The job, at once, on the way, and then."""
    for moment in (timedelta(0), passed / 2, passed):
        let_texts_expire(world.now + moment)


def is_there(entry: str) -> bool:
    db.session.expire_all()
    return db.session.get(Entry, entry) is not None


# --- after a last day, where no worker has come to close the account ----------------------------------------


def test_a_device_forgets_and_what_waits_is_kept_when_the_last_day_is_over(world: World) -> None:
    device = world.device(world.caseworker)
    people.set_last_day(actor_of(world.leader), world.caseworker.id, world.now.date(), now=world.now)
    sealed = device.seal(device.operation("debrief", base=0, happened="a", audience="private"))
    with time_machine.travel(world.now + timedelta(days=1), tick=False):
        answer = device.post(operations=[sealed]).get_json()
        assert answer["device"]["revoked"] is True
        assert answer["results"][0]["reason"] == "person_disabled"
        open_again(world, world.now + timedelta(days=1))
        assert device.post(operations=[sealed]).get_json()["results"][0]["result"] == "applied"


# --- a month after ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PRIVATE)
def test_what_only_they_could_read_goes_a_month_after_and_not_before(world: World, kind: str) -> None:
    """A topic that waits too: nobody will ever take it up."""
    entry = written(world, kind)
    close(world)
    after(world, MONTH - timedelta(days=1))
    assert is_there(entry)
    after(world, MONTH)
    assert not is_there(entry)
    assert db.session.scalar(select(func.count()).select_from(Revision)) == 0
    assert db.session.get(Forgotten, entry) is not None


@pytest.mark.parametrize("kind", PRIVATE)
def test_what_they_have_shared_stays_its_ordinary_time(world: World, kind: str) -> None:
    entry = written(world, kind, "supervisor")
    close(world)
    after(world, timedelta(days=120))
    assert is_there(entry)
    tablet = world.device(world.supervisor)
    assert (tablet.entry(entry) or {})["author"] == world.caseworker.id


def test_what_they_have_removed_goes_with_it_though_it_was_shared_once(world: World) -> None:
    entry = written(world, "assessment", "supervisor")
    later = world.now + timedelta(days=1)
    write_entry(world.caseworker.id, "assessment", {}, now=later, entry_id=entry, remove=True)
    close(world, later)
    after(world, MONTH + timedelta(days=1))
    assert not is_there(entry)


def test_it_counts_from_the_day_after_a_last_day_that_was_set(world: World) -> None:
    entry = written(world)
    people.set_last_day(actor_of(world.leader), world.caseworker.id, date(2026, 11, 20), now=world.now)
    people.close_after_last_days(world.now + timedelta(days=3))
    after(world, MONTH + timedelta(days=2))
    assert is_there(entry)
    after(world, MONTH + timedelta(days=3))
    assert not is_there(entry)


def test_the_service_may_wait_longer(world: World) -> None:
    entry = written(world, "assessment")
    assert retention.choose_periods(actor_of(world.leader), {Sort.LEFT: 2}, now=world.now).ok
    close(world)
    after(world, timedelta(days=60))
    assert is_there(entry)
    after(world, timedelta(days=61))
    assert not is_there(entry)


def test_what_they_had_wished_to_keep_longer_goes_too(world: World) -> None:
    entry = written(world)
    nearly = world.now + timedelta(days=130)
    let_texts_expire(nearly)
    assert keep_longer(world.caseworker.id, entry, nearly).ok
    close(world, nearly)
    let_texts_expire(nearly + timedelta(days=31))
    assert not is_there(entry)


def test_the_log_says_that_texts_were_deleted_and_not_how_few(world: World) -> None:
    written(world)
    close(world)
    after(world, MONTH)
    (line,) = audit.latest(world.service.id, 1)
    assert (line.deed, json.loads(line.details)) == ("texts_deleted", {"at_least": 0})


def test_nobody_else_loses_anything(world: World) -> None:
    entry = written(world)
    theirs = write_entry(
        world.colleague.id, "debrief", {"happened": "b", "audience": "private"}, now=world.now
    ).value
    close(world)
    after(world, MONTH)
    assert (is_there(entry), is_there(str(theirs))) == (False, True)


# --- a last day ahead ---------------------------------------------------------------------------------------


def test_a_persons_own_devices_are_told_of_a_last_day_and_nobody_elses(world: World) -> None:
    phone, others = world.device(world.caseworker), world.device(world.supervisor)
    leader = actor_of(world.leader)
    people.set_last_day(leader, world.caseworker.id, date(2026, 12, 4), now=world.now)
    phone.sync()
    others.sync()
    assert phone.held["notice", world.caseworker.id]["last_day"] == "2026-12-04"
    assert "last_day" not in json.dumps([*others.held.values()])
    people.undo_last_day(leader, world.caseworker.id, now=world.now)
    phone.sync()
    assert ("notice", world.caseworker.id) not in phone.held


# --- opened again before ------------------------------------------------------------------------------------


def test_opened_again_before_it_stays_and_nothing_is_said_to_go(world: World) -> None:
    entry = written(world)
    close(world)
    after(world, timedelta(days=20))
    assert db.session.get_one(Expiry, entry).goes_on == date(2026, 12, 18)
    open_again(world, world.now + timedelta(days=21))
    assert notice_of(world.caseworker.id) == {}
    after(world, timedelta(days=60))
    assert is_there(entry)
    with time_machine.travel(world.now + timedelta(days=21), tick=False):
        assert world.device(world.caseworker).entry(entry) is not None


def test_opened_between_finding_and_locking_it_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from ledvei_pwa.sync import expiry

    entry = written(world)
    close(world)
    found = expiry.ids_told_of

    def then_opened(*args: Any, **narrowed: Any) -> list[str]:
        ids = found(*args, **narrowed)
        if narrowed.get("until"):
            monkeypatch.setattr(expiry, "ids_told_of", found)
            open_again(world, world.now + MONTH)
            db.session.get_one(Expiry, entry).goes_on = world.now.date()  # as it was when it was found
            db.session.commit()
        return ids

    monkeypatch.setattr(expiry, "ids_told_of", then_opened)
    let_texts_expire(world.now + MONTH)
    assert is_there(entry)


def test_after_a_restored_backup_a_month_is_left_to_let_somebody_in_who_had_been(world: World) -> None:
    """They were opened since the backup, which knows nothing of it, and would lose all at once."""
    entry = written(world)
    close(world)
    after(world, timedelta(days=20))
    restored = world.now + timedelta(days=40)
    people.begin_epoch(world.service.id, now=restored)
    let_texts_expire(restored)
    let_texts_expire(restored + timedelta(days=29))
    assert is_there(entry)
    let_texts_expire(restored + timedelta(days=31))
    assert not is_there(entry)


# --- what waits on a device ---------------------------------------------------------------------------------


def a_phone_with_words_waiting(world: World) -> tuple[Device, str, Sealed]:
    """Its text, and what was written on it without a network: sealed, to be sent."""
    phone = world.device(world.caseworker)
    entry = phone.write_new("debrief", happened="Sent", audience="private")
    waiting = phone.operation("debrief", entry, base=1, happened="Waits")
    return phone, entry, phone.seal(waiting)


def test_what_waits_is_not_taken_from_a_closed_account_whoever_sends_it(world: World) -> None:
    phone, entry, sealed = a_phone_with_words_waiting(world)
    close(world)
    for sender in (phone, world.device(world.colleague)):
        (result,) = sender.post(operations=[sealed]).get_json()["results"]
        assert (result["result"], result["reason"]) == ("rejected", "person_disabled")
    assert db.session.get_one(Entry, entry).revision == 1


def test_what_waited_is_taken_when_the_account_is_opened_again(world: World) -> None:
    _phone, entry, sealed = a_phone_with_words_waiting(world)
    close(world)
    open_again(world, world.now + timedelta(days=20))
    (result,) = world.device(world.colleague).post(operations=[sealed]).get_json()["results"]
    assert result["result"] == "applied"
    assert db.session.get_one(Entry, entry).revision == 2


def test_what_waited_longer_than_its_text_begins_anew_without_the_old_words(world: World) -> None:
    phone, entry, sealed = a_phone_with_words_waiting(world)
    close(world)
    after(world, MONTH)
    assert not is_there(entry)
    open_again(world, world.now + MONTH)
    (result,) = phone.post(operations=[sealed]).get_json()["results"]
    assert result["result"] == "applied"
    with time_machine.travel(world.now + MONTH, tick=False):
        held = world.device(world.caseworker).entry(entry) or {}
    assert held["fields"]["happened"] == "Waits"
    assert held["audience"] == "private"
