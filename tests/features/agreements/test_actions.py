"""What follows from an agreement."""

from datetime import UTC, datetime

from sqlalchemy import select

from ledvei_pwa.features.reminders.delivery import deliver_due
from ledvei_pwa.features.reminders.records import Reminder
from ledvei_pwa.features.supervision.actions import change_series
from ledvei_pwa.platform.database import db
from ledvei_pwa.sync.actions import write_entry
from tests.support.supervision import a_leader, a_plan
from tests.support.world import World


def states_of(entry: str) -> list[tuple[str, str]]:
    query = select(Reminder).where(Reminder.entry_id == entry)
    rows = db.session.scalars(query.execution_options(populate_existing=True)).all()
    return [(row.person_id, row.state) for row in rows]


def an_agreement(world: World, **fields: object) -> str:
    written = write_entry(
        world.supervisor.id,
        "agreement",
        {"text": "Call the school", "owner": world.caseworker.id, "due": "2026-12-01", **fields},  # type: ignore[dict-item]
        now=world.now,
        session_id=world.session,
    )
    assert written.value is not None, written
    return written.value


def test_the_owner_of_an_agreement_is_reminded_of_it(world: World) -> None:
    entry = an_agreement(world)
    assert states_of(entry) == [(world.caseworker.id, "planned")]


def test_an_agreement_that_is_done_reminds_nobody(world: World) -> None:
    entry = an_agreement(world)
    assert write_entry(world.caseworker.id, "agreement", {"done": True}, now=world.now, entry_id=entry).ok
    assert "planned" not in dict(states_of(entry)).values()


def test_a_removed_agreement_reminds_nobody(world: World) -> None:
    entry = an_agreement(world)
    assert write_entry(world.supervisor.id, "agreement", {}, now=world.now, entry_id=entry, remove=True).ok
    assert "planned" not in dict(states_of(entry)).values()


def test_an_agreement_without_a_day_reminds_nobody(world: World) -> None:
    assert states_of(an_agreement(world, due="")) == []


def test_whoever_has_left_is_not_reminded_of_what_they_can_read_no_more(world: World) -> None:
    entry = an_agreement(world)
    plan = a_plan(world.supervisor, [world.colleague, world.outsider])
    assert change_series(a_leader(world.service.id, world.leader.id), world.series, plan, now=world.now).ok
    deliver_due(datetime(2026, 12, 1, 9, tzinfo=UTC))
    assert states_of(entry) == [(world.caseworker.id, "cancelled")]


def test_the_owner_is_reminded_on_the_day(world: World) -> None:
    entry = an_agreement(world)
    deliver_due(datetime(2026, 12, 1, 9, tzinfo=UTC))
    assert states_of(entry) == [(world.caseworker.id, "sent")]
