"""Who may write what, and what remains when a relation ends."""

from __future__ import annotations

from typing import Any

import pytest

from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.platform.database import new_id
from tests.support.device import Device
from tests.support.supervision import a_leader, a_plan, a_series, a_session
from tests.support.world import World


@pytest.fixture
def tablet(world: World) -> Device:
    return world.device(world.supervisor)


def change_people(world: World, supervisor: Any, members: list[Any]) -> None:
    plan = a_plan(supervisor, members)
    changed = supervision.change_series(
        a_leader(world.service.id, world.leader.id), world.series, plan, now=world.now
    )
    assert changed.ok, changed


CREATES = [
    ("topic", {"question": "a", "audience": "private"}, {"caseworker", "colleague"}),
    ("preparation", {"went_well": "a", "audience": "private"}, {"caseworker", "colleague"}),
    ("supervisor_preparation", {"follow_up": "a", "audience": "private"}, {"supervisor"}),
    ("agreement", {"text": "a"}, {"supervisor", "caseworker", "colleague"}),
    ("summary", {"text": "a"}, {"supervisor"}),
    ("holding", {"minutes": 60, "mix_case": 60}, {"supervisor"}),
]
EVERYBODY = ("supervisor", "caseworker", "colleague", "leader", "outsider", "stranger")


@pytest.mark.parametrize(("kind", "fields", "allowed"), CREATES, ids=[case[0] for case in CREATES])
def test_only_those_named_may_write_such_an_entry_in_a_session(
    world: World, kind: str, fields: dict[str, Any], allowed: set[str]
) -> None:
    results = {
        name: world.device(getattr(world, name)).do(kind, scope=world.scope, **fields)["result"]
        for name in EVERYBODY
    }
    assert {name for name, result in results.items() if result == "applied"} == allowed
    assert set(results.values()) == {"applied", "rejected"}


@pytest.mark.parametrize("kind", ["debrief", "assessment"])
def test_anybody_may_write_such_an_entry_for_themselves(world: World, kind: str) -> None:
    for name in EVERYBODY:
        assert world.device(getattr(world, name)).do(kind, audience="private")["result"] == "applied"


def test_a_debrief_is_shared_with_the_supervisor_of_the_series_that_is_named(
    world: World, phone: Device, tablet: Device
) -> None:
    entry = phone.write_new("debrief", happened="Hard", audience="private")
    assert (
        phone.do("debrief", entry, scope={"series": world.series}, audience="supervisor")["result"]
        == "applied"
    )
    tablet.sync()
    assert tablet.entry(entry) is not None


def test_sharing_without_saying_where_is_rejected_with_a_text_at_the_choice(phone: Device) -> None:
    result = phone.do("debrief", happened="Hard", audience="supervisor")
    assert (result["result"], result["reason"], list(result["fields"])) == (
        "rejected",
        "scope_unknown",
        ["audience"],
    )


def test_a_debrief_cannot_be_shared_into_a_series_one_is_not_in(world: World, phone: Device) -> None:
    series = a_series(world.another_supervisor(), [world.outsider], now=world.now)
    result = phone.do("debrief", scope={"series": series.id}, happened="Hard", audience="supervisor")
    assert (result["result"], result["reason"]) == ("rejected", "scope_unknown")


@pytest.mark.parametrize("field", ["question", "audience", "strain"])
def test_the_supervisor_may_not_change_the_authors_words(
    world: World, phone: Device, tablet: Device, field: str
) -> None:
    entry = phone.write_new("topic", scope=world.scope, question="Mine", audience="group")
    tablet.sync()
    value = {"question": "Yours", "audience": "private", "strain": 3}[field]
    result = tablet.do("topic", entry, **{field: value})
    assert (result["result"], result["reason"], list(result["fields"])) == ("rejected", "not_yours", [field])


def test_a_fellow_participant_may_not_mark_anothers_topic(world: World, phone: Device) -> None:
    entry = phone.write_new("topic", scope=world.scope, question="Mine", audience="group")
    assert world.device(world.colleague).do("topic", entry, outcome="done")["reason"] == "not_yours"


def test_the_supervisor_may_not_mark_a_private_topic_nor_learn_that_it_is_there(
    world: World, phone: Device, tablet: Device
) -> None:
    entry = phone.write_new("topic", scope=world.scope, question="Mine", audience="private")
    assert tablet.do("topic", entry, base=1, outcome="done")["reason"] == "entry_unknown"
    assert tablet.do("topic", "0190aaaa-0000-7000-8000-000000000009", base=1)["reason"] == "entry_unknown"


def test_an_entry_of_another_service_is_unknown(world: World, phone: Device) -> None:
    entry = phone.write_new("debrief", happened="Hard", audience="private")
    stranger = world.device(world.stranger)
    for base in (0, 1):
        assert stranger.do("debrief", entry, base=base, happened="x")["reason"] == "entry_unknown"


def test_only_the_author_removes(world: World, phone: Device, tablet: Device) -> None:
    entry = phone.write_new("topic", scope=world.scope, question="Mine", audience="group")
    tablet.sync()
    assert tablet.do("topic", entry, remove=True)["reason"] == "not_yours"


def test_a_removed_entry_is_unknown_to_its_earlier_readers(
    world: World, phone: Device, tablet: Device
) -> None:
    entry = phone.write_new("topic", scope=world.scope, question="Mine", audience="group")
    tablet.sync()
    phone.do("topic", entry, remove=True)
    assert tablet.do("topic", entry, base=1, outcome="done")["reason"] == "entry_unknown"


def test_who_may_not_read_cannot_say_that_they_have_read(world: World, phone: Device) -> None:
    entry = phone.write_new("topic", scope=world.scope, question="Mine", audience="supervisor")
    assert world.device(world.colleague).do("reading", entry)["reason"] == "entry_unknown"


def test_an_agreement_cannot_be_given_to_an_outsider(world: World, tablet: Device) -> None:
    result = tablet.do("agreement", scope=world.scope, text="a", owner=world.outsider.id)
    assert (result["reason"], list(result["fields"])) == ("invalid_field", ["owner"])


def test_a_topic_cannot_be_taken_up_in_a_session_of_another_series(world: World, phone: Device) -> None:
    other = a_session(a_series(world.another_supervisor(), [world.outsider], now=world.now), now=world.now)
    result = phone.do("topic", scope=world.scope, question="a", audience="private", outcome_session=other.id)
    assert (result["reason"], list(result["fields"])) == ("invalid_field", ["outcome_session"])


def test_pointing_at_anothers_debrief_is_answered_as_at_none_and_shows_nothing_of_it(
    world: World, phone: Device
) -> None:
    debrief = world.device(world.colleague).write_new("debrief", happened="Hard", audience="private")
    for id_ in (debrief, new_id()):
        result = phone.do("topic", scope=world.scope, question="a", audience="private", debrief=id_)
        assert result["result"] == "applied"
    phone.sync()
    assert phone.entry(debrief) is None


# --- relations that end ----------------------------------------


def test_a_new_supervisor_gets_what_is_the_groups_and_the_earlier_one_loses_it(
    world: World, phone: Device, tablet: Device
) -> None:
    entry = phone.write_new("topic", scope=world.scope, question="Mine", audience="group")
    tablet.sync()
    newcomer = world.another_supervisor()
    change_people(world, newcomer, [world.caseworker, world.colleague])
    tablet.sync()
    assert tablet.entry(entry) is None
    assert world.device(newcomer).entry(entry) is not None


def test_who_leaves_the_group_loses_what_others_shared_and_keeps_their_own(
    world: World, phone: Device
) -> None:
    left = world.device(world.colleague)
    others = phone.write_new("topic", scope=world.scope, question="Mine", audience="group")
    own = left.write_new("topic", scope=world.scope, question="Own", audience="group")
    left.sync()
    change_people(world, world.supervisor, [world.caseworker])
    left.sync()
    assert left.entry(others) is None
    assert left.entry(own) is not None


def test_what_waited_on_the_device_of_one_who_has_left_is_stored_as_theirs_and_shown_to_nobody_else(
    world: World,
) -> None:
    left = world.device(world.colleague)
    waiting = left.operation("topic", scope=world.scope, question="Written in time", audience="group")
    change_people(world, world.supervisor, [world.caseworker])
    assert left.sync(left.seal(waiting))[0]["result"] == "applied"
    held = left.entry(waiting["operation"]["entry"])
    assert held is not None
    assert (held["fields"]["question"], held["readers"]) == ("Written in time", [world.colleague.id])


def test_what_waited_on_the_device_of_an_earlier_supervisor_is_stored_as_theirs(
    world: World, tablet: Device
) -> None:
    waiting = tablet.operation("summary", scope=world.scope, text="Written in time")
    change_people(world, world.another_supervisor(), [world.caseworker, world.colleague])
    assert tablet.sync(tablet.seal(waiting))[0]["result"] == "applied"
    held = tablet.entry(waiting["operation"]["entry"])
    assert held is not None
    assert held["readers"] == [world.supervisor.id]


def test_who_has_left_may_go_on_writing_their_own_entry(world: World) -> None:
    left = world.device(world.colleague)
    entry = left.write_new("topic", scope=world.scope, question="Own", audience="group")
    change_people(world, world.supervisor, [world.caseworker])
    assert left.do("topic", entry, question="Own, longer")["result"] == "applied"


def test_an_agreement_that_waited_is_taken_as_written_when_its_owner_has_left(
    world: World, tablet: Device
) -> None:
    waiting = tablet.operation("agreement", scope=world.scope, text="a", owner=world.colleague.id)
    change_people(world, world.supervisor, [world.caseworker])
    assert tablet.sync(tablet.seal(waiting))[0]["result"] == "applied"
    held = tablet.entry(waiting["operation"]["entry"])
    assert held is not None
    assert held["fields"]["owner"] == world.colleague.id
    assert world.colleague.id not in held["readers"]


def test_when_the_series_has_ended_an_author_still_writes(world: World, phone: Device) -> None:
    waiting = phone.operation("topic", scope=world.scope, question="Written in time", audience="private")
    ended = supervision.end_series(a_leader(world.service.id, world.leader.id), world.series, now=world.now)
    assert ended.ok
    assert phone.sync(phone.seal(waiting))[0]["result"] == "applied"
