"""Two devices, one entry: what is kept, what asks, and who may read meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.device import Device
from tests.support.world import World


@pytest.fixture
def entry(world: World, phone: Device, laptop: Device) -> str:
    """A private topic that both devices hold at its first revision."""
    made = phone.write_new(
        "topic", scope=world.scope, question="From the start", strain=1, audience="private"
    )
    laptop.sync()
    return made


def held_by(device: Device, entry: str) -> dict[str, Any]:
    device.sync()
    held = device.entry(entry)
    assert held is not None
    return held


def values_beside(device: Device, entry: str, name: str) -> list[Any]:
    return [one["value"] for one in held_by(device, entry)["conflicts"].get(name, [])]


def test_different_fields_edited_on_two_devices_are_both_kept_silently(
    phone: Device, laptop: Device, entry: str
) -> None:
    phone.do("topic", entry, question="From the phone")
    assert laptop.do("topic", entry, base=1, strain=9)["result"] == "merged"
    held = held_by(phone, entry)
    assert (held["fields"]["question"], held["fields"]["strain"]) == ("From the phone", 9)
    assert held["conflicts"] == {}


def test_the_same_field_edited_on_two_devices_keeps_both_texts(
    phone: Device, laptop: Device, entry: str
) -> None:
    phone.do("topic", entry, question="From the phone")
    assert laptop.do("topic", entry, base=1, question="From the laptop")["result"] == "conflict"
    assert held_by(phone, entry)["fields"]["question"] == "From the phone"
    assert values_beside(phone, entry, "question") == ["From the laptop"]


def test_the_author_resolves_with_an_ordinary_operation(phone: Device, laptop: Device, entry: str) -> None:
    phone.do("topic", entry, question="From the phone")
    laptop.do("topic", entry, base=1, question="From the laptop")
    phone.sync()
    assert phone.do("topic", entry, question="From both")["result"] == "applied"
    held = held_by(laptop, entry)
    assert (held["fields"]["question"], held["conflicts"]) == ("From both", {})


def test_choosing_the_text_that_stands_resolves_as_well(phone: Device, laptop: Device, entry: str) -> None:
    phone.do("topic", entry, question="From the phone")
    laptop.do("topic", entry, base=1, question="From the laptop")
    phone.sync()
    phone.do("topic", entry, question="From the phone")
    assert held_by(phone, entry)["conflicts"] == {}


def test_writing_another_field_resolves_nothing(phone: Device, laptop: Device, entry: str) -> None:
    phone.do("topic", entry, question="From the phone")
    laptop.do("topic", entry, base=1, question="From the laptop")
    phone.sync()
    phone.do("topic", entry, strain=5)
    assert values_beside(phone, entry, "question") == ["From the laptop"]


def test_who_had_not_seen_a_kept_text_does_not_resolve_it(
    world: World, phone: Device, laptop: Device, entry: str
) -> None:
    third = world.device(world.caseworker)
    phone.do("topic", entry, question="From the phone")
    laptop.do("topic", entry, base=1, question="From the laptop")
    third.do("topic", entry, base=1, question="From the third")
    assert values_beside(phone, entry, "question") == ["From the laptop", "From the third"]


def test_two_edits_of_one_device_on_the_same_base_are_no_conflict(phone: Device, entry: str) -> None:
    results = [phone.do("topic", entry, base=1, question=text)["result"] for text in ("First", "Then")]
    assert results == ["applied", "applied"]
    held = held_by(phone, entry)
    assert (held["fields"]["question"], held["conflicts"]) == ("Then", {})


def test_an_overtaken_edit_of_the_same_device_does_not_bring_back_the_older_text(
    phone: Device, entry: str
) -> None:
    older = phone.operation("topic", entry, base=1, question="Older")
    newer = phone.operation("topic", entry, base=1, question="Newer")
    phone.sync(phone.seal(newer), phone.seal(older))
    held = held_by(phone, entry)
    assert (held["fields"]["question"], held["conflicts"]) == ("Newer", {})


def test_a_creation_overtaken_by_an_edit_is_merged_below_it(world: World, phone: Device) -> None:
    first = phone.operation("topic", scope=world.scope, question="First", strain=2, audience="private")
    entry = first["operation"]["entry"]
    second = phone.operation("topic", entry, scope=world.scope, question="Second", audience="private")
    results = phone.sync(phone.seal(second), phone.seal(first))
    assert [result["result"] for result in results] == ["applied", "applied"]
    held = held_by(phone, entry)
    assert (held["fields"]["question"], held["fields"]["strain"]) == ("Second", 2)


def test_a_devices_later_text_replaces_its_own_earlier_one_beside_the_field(
    phone: Device, laptop: Device, entry: str
) -> None:
    phone.do("topic", entry, question="From the phone")
    laptop.do("topic", entry, base=1, question="From the laptop")
    laptop.do("topic", entry, base=1, question="From the laptop, better")
    assert values_beside(phone, entry, "question") == ["From the laptop, better"]


def test_what_is_edited_here_and_removed_there_stays_and_asks(
    phone: Device, laptop: Device, entry: str
) -> None:
    phone.do("topic", entry, remove=True)
    assert laptop.do("topic", entry, base=1, question="Still writing")["result"] == "conflict"
    assert held_by(phone, entry)["fields"]["question"] == "Still writing"
    assert values_beside(phone, entry, "removed") == [True]


def test_what_is_written_after_ones_own_removal_is_there_and_asks(phone: Device, entry: str) -> None:
    """What had been refused stands there again when it is removed, and is written on in."""
    phone.do("topic", entry, base=1, remove=True)
    assert phone.do("topic", entry, base=1, question="Written on")["result"] == "conflict"
    assert held_by(phone, entry)["fields"]["question"] == "Written on"
    assert values_beside(phone, entry, "removed") == [True]


def test_what_is_removed_here_and_edited_there_stays_and_asks(
    phone: Device, laptop: Device, entry: str
) -> None:
    phone.do("topic", entry, question="Still writing")
    assert laptop.do("topic", entry, base=1, remove=True)["result"] == "conflict"
    assert held_by(laptop, entry)["fields"]["question"] == "Still writing"
    assert values_beside(laptop, entry, "removed") == [True]


def test_asked_about_removal_the_author_may_keep_it(phone: Device, laptop: Device, entry: str) -> None:
    phone.do("topic", entry, remove=True)
    laptop.do("topic", entry, base=1, question="Still writing")
    laptop.do("topic", entry, remove=False)
    assert held_by(phone, entry)["conflicts"] == {}


def test_asked_about_removal_the_author_may_remove_it(phone: Device, laptop: Device, entry: str) -> None:
    phone.do("topic", entry, remove=True)
    laptop.do("topic", entry, base=1, question="Still writing")
    assert laptop.do("topic", entry, remove=True)["result"] == "applied"
    phone.sync()
    assert (phone.entry(entry), laptop.entry(entry)) == (None, None)


def test_the_supervisors_mark_does_not_hold_back_the_authors_removal(world: World, phone: Device) -> None:
    tablet = world.device(world.supervisor)
    entry = phone.write_new("topic", scope=world.scope, question="Alone?", audience="supervisor")
    tablet.sync()
    tablet.do("topic", entry, outcome="carried")
    phone.do("topic", entry, base=1, remove=True)
    phone.sync()
    assert phone.entry(entry) is None


def test_while_two_devices_mean_different_readers_the_fewest_may_read(world: World, phone: Device) -> None:
    laptop, tablet = world.device(world.caseworker), world.device(world.supervisor)
    entry = phone.write_new("topic", scope=world.scope, question="Alone?", audience="supervisor")
    phone.do("topic", entry, audience="group")
    assert laptop.do("topic", entry, base=1, audience="private")["result"] == "conflict"
    tablet.sync()
    assert tablet.entry(entry) is None
    assert held_by(phone, entry)["audience"] == "private"


def test_who_wrote_on_without_knowing_that_it_had_been_shared_is_asked_before_others_read_it(
    world: World, phone: Device, laptop: Device, entry: str
) -> None:
    tablet = world.device(world.supervisor)
    phone.do("topic", entry, audience="supervisor")
    tablet.sync()
    assert tablet.entry(entry) is not None
    assert laptop.do("topic", entry, base=1, question="Only for me")["result"] == "conflict"
    tablet.sync()
    assert tablet.entry(entry) is None
    assert values_beside(phone, entry, "audience") == ["private"]


def test_having_been_asked_the_author_shares_it(
    world: World, phone: Device, laptop: Device, entry: str
) -> None:
    phone.do("topic", entry, audience="supervisor")
    laptop.do("topic", entry, base=1, question="Only for me")
    phone.sync()
    phone.do("topic", entry, audience="supervisor")
    held = world.device(world.supervisor).entry(entry)
    assert held is not None
    assert held["fields"]["question"] == "Only for me"


def test_a_form_that_another_tab_had_not_seen_saved_is_no_answer_to_what_that_one_wrote(
    phone: Device, world: World
) -> None:
    entry = phone.write_new("topic", scope=world.scope, question="First", audience="private")
    opened = phone.number
    phone.do("topic", entry, base=1, after=opened, question="One tab's")
    assert phone.do("topic", entry, base=1, after=opened, question="The other's")["result"] == "conflict"
    assert held_by(phone, entry)["fields"]["question"] == "One tab's"
    assert values_beside(phone, entry, "question") == ["The other's"]


@pytest.mark.parametrize("overtaken", [False, True])
def test_of_two_tabs_that_knew_nothing_of_each_other_both_texts_are_kept_whichever_comes_first(
    phone: Device, entry: str, overtaken: bool
) -> None:
    opened = phone.number
    older = phone.seal(phone.operation("topic", entry, base=1, after=opened, question="One tab's"))
    newer = phone.seal(phone.operation("topic", entry, base=1, after=opened, question="The other's"))
    phone.sync(*((newer, older) if overtaken else (older, newer)))
    kept = [held_by(phone, entry)["fields"]["question"], *values_beside(phone, entry, "question")]
    assert sorted(kept) == ["One tab's", "The other's"]


def test_what_was_refused_and_goes_on_in_a_later_operation_does_not_hide_what_was_written_between(
    world: World, phone: Device
) -> None:
    """After a restored backup the later one may come first: the device has not heard of the restore yet."""
    refused = phone.operation("topic", scope=world.scope, question="Refused", audience="no such choice")
    entry = refused["operation"]["entry"]
    between = phone.operation("topic", entry, scope=world.scope, question="Between", audience="private")
    later = phone.operation("topic", entry, after=0, scope=world.scope, question="Refused")
    phone.sync(phone.seal(later))
    assert phone.sync(phone.seal(between))[0]["result"] == "conflict"
    kept = [held_by(phone, entry)["fields"]["question"], *values_beside(phone, entry, "question")]
    assert kept == ["Refused", "Between"]


@pytest.mark.parametrize("overtaken", [False, True])
def test_what_one_tab_removes_while_another_writes_stays_and_asks(
    phone: Device, entry: str, overtaken: bool
) -> None:
    opened = phone.number
    written = phone.operation("topic", entry, base=1, after=opened, question="Still writing")
    removed = phone.operation("topic", entry, base=1, after=opened, remove=True)
    together = [phone.seal(written), phone.seal(removed)]
    phone.sync(*(reversed(together) if overtaken else together))
    assert held_by(phone, entry)["fields"]["question"] == "Still writing"
    assert values_beside(phone, entry, "removed") == [True]


def test_what_a_copied_browser_removes_while_the_other_writes_stays_and_asks(
    phone: Device, entry: str
) -> None:
    """A profile that was copied, or put back, gives the same number twice."""
    number = phone.number + 1
    for change in ({"question": "Still writing"}, {"remove": True}):
        phone.sync(phone.seal(phone.operation("topic", entry, base=1, number=number, **change)))
    assert held_by(phone, entry)["fields"]["question"] == "Still writing"
    assert values_beside(phone, entry, "removed") == [True]


@pytest.mark.parametrize("overtaken", [False, True])
def test_what_one_tab_keeps_private_another_does_not_share_unasked(
    phone: Device, entry: str, overtaken: bool
) -> None:
    opened = phone.number
    shared = phone.operation("topic", entry, base=1, after=opened, audience="supervisor")
    private = phone.operation("topic", entry, base=1, after=opened, audience="private")
    together = [phone.seal(shared), phone.seal(private)]
    phone.sync(*(reversed(together) if overtaken else together))
    assert held_by(phone, entry)["audience"] == "private"
    assert "audience" in held_by(phone, entry)["conflicts"]


def test_what_one_has_seen_oneself_write_is_written_over(phone: Device, world: World) -> None:
    entry = phone.write_new("topic", scope=world.scope, question="First", audience="private")
    phone.do("topic", entry, base=1, question="Second")
    assert phone.do("topic", entry, base=1, after=phone.number, question="Third")["result"] == "applied"


def test_sharing_asks_when_another_device_has_taken_the_same_sharing_back(
    phone: Device, laptop: Device, world: World
) -> None:
    entry = phone.write_new("topic", scope=world.scope, question="Alone?", audience="private")
    phone.do("topic", entry, audience="supervisor")
    phone.do("topic", entry, audience="private")
    assert laptop.do("topic", entry, base=1, audience="supervisor")["result"] == "conflict"
    phone.sync()
    assert held_by(phone, entry)["audience"] == "private"
    assert values_beside(phone, entry, "audience") == ["supervisor"]


def test_conflicts_are_shown_to_the_author_alone(world: World, phone: Device) -> None:
    laptop = world.device(world.caseworker)
    entry = phone.write_new("topic", scope=world.scope, question="Alone?", audience="group")
    phone.do("topic", entry, question="From the phone")
    laptop.do("topic", entry, base=1, question="From the laptop")
    assert held_by(world.device(world.supervisor), entry)["conflicts"] == {}


def test_a_base_from_before_a_restored_backup_is_taken_as_the_present(phone: Device, entry: str) -> None:
    assert phone.do("topic", entry, base=40, question="After the restore")["result"] == "applied"
    assert held_by(phone, entry)["fields"]["question"] == "After the restore"
