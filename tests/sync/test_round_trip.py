"""A note's way, there and back."""

from __future__ import annotations

from typing import Any

from tests.support.world import World


def test_what_is_written_comes_back_as_it_was_written(world: World) -> None:
    phone = world.device(world.caseworker)
    entry = phone.write_new(
        "topic", scope=world.scope, question="How do I begin?", strain=4, audience="private"
    )
    held = phone.entry(entry)
    assert held is not None
    assert held["fields"] == {"question": "How do I begin?", "strain": 4, "audience": "private"}
    assert (held["revision"], held["author"], held["session"]) == (1, world.caseworker.id, world.session)


def test_a_topic_shared_with_the_supervisor_reaches_the_supervisor_and_nobody_else(world: World) -> None:
    entry = world.device(world.caseworker).write_new(
        "topic", scope=world.scope, question="Alone?", audience="supervisor"
    )
    holders = {
        name
        for name in ("supervisor", "caseworker", "colleague", "leader", "outsider", "stranger")
        if world.device(getattr(world, name)).entry(entry)
    }
    assert holders == {"supervisor", "caseworker"}


def test_a_topic_for_the_group_reaches_everybody_in_the_group(world: World) -> None:
    entry = world.device(world.caseworker).write_new(
        "topic", scope=world.scope, question="Together?", audience="group"
    )
    holders = {
        name
        for name in ("supervisor", "caseworker", "colleague", "leader", "outsider", "stranger")
        if world.device(getattr(world, name)).entry(entry)
    }
    assert holders == {"supervisor", "caseworker", "colleague"}


def test_making_a_shared_topic_private_takes_it_from_the_supervisors_device(world: World) -> None:
    phone, tablet = world.device(world.caseworker), world.device(world.supervisor)
    entry = phone.write_new("topic", scope=world.scope, question="Alone?", audience="supervisor")
    tablet.sync()
    assert tablet.entry(entry) is not None
    phone.do("topic", entry, audience="private")
    tablet.sync()
    assert tablet.entry(entry) is None


def test_a_removed_entry_leaves_every_device(world: World) -> None:
    phone, tablet = world.device(world.caseworker), world.device(world.supervisor)
    entry = phone.write_new("topic", scope=world.scope, question="Alone?", audience="supervisor")
    tablet.sync()
    assert phone.do("topic", entry, remove=True)["result"] == "applied"
    tablet.sync()
    assert (phone.entry(entry), tablet.entry(entry)) == (None, None)


def test_a_removed_entry_can_be_brought_back_with_its_text(world: World) -> None:
    phone = world.device(world.caseworker)
    entry = phone.write_new("topic", scope=world.scope, question="Alone?", audience="private")
    phone.do("topic", entry, remove=True)
    phone.do("topic", entry, base=2, remove=False)
    held = phone.entry(entry)
    assert held is not None
    assert held["fields"]["question"] == "Alone?"


def test_the_supervisor_marks_a_topic_as_done_and_the_author_sees_it(world: World) -> None:
    phone, tablet = world.device(world.caseworker), world.device(world.supervisor)
    entry = phone.write_new("topic", scope=world.scope, question="Alone?", audience="supervisor")
    tablet.sync()
    assert tablet.do("topic", entry, outcome="done", outcome_session=world.session)["result"] == "applied"
    phone.sync()
    held = phone.entry(entry)
    assert held is not None
    assert held["fields"]["outcome"] == "done"


def test_the_author_sees_who_has_read_it_and_when(world: World) -> None:
    phone, tablet = world.device(world.caseworker), world.device(world.supervisor)
    entry = phone.write_new("topic", scope=world.scope, question="Alone?", audience="supervisor")
    tablet.sync()
    tablet.do("reading", entry)
    phone.sync()
    held = phone.entry(entry)
    assert held is not None
    assert [(seen["person"], seen["at"]) for seen in held["seen"]] == [
        (world.supervisor.id, world.now.astimezone(tz=__import__("datetime").UTC).isoformat())
    ]


def test_other_readers_do_not_see_who_has_read(world: World) -> None:
    phone, tablet = world.device(world.caseworker), world.device(world.supervisor)
    entry = phone.write_new("topic", scope=world.scope, question="Together?", audience="group")
    tablet.sync()
    tablet.do("reading", entry)
    held = world.device(world.colleague).entry(entry)
    assert held is not None
    assert held["seen"] == []


def test_an_agreement_reaches_owner_and_supervisor_and_the_owner_may_say_that_it_is_done(
    world: World,
) -> None:
    tablet, phone = world.device(world.supervisor), world.device(world.caseworker)
    entry = tablet.write_new(
        "agreement", scope=world.scope, text="Call the school", owner=world.caseworker.id, due="2026-12-01"
    )
    phone.sync()
    assert phone.do("agreement", entry, done=True, done_on="2026-11-30")["result"] == "applied"
    tablet.sync()
    held = tablet.entry(entry)
    assert held is not None
    assert held["fields"]["done"] is True


def test_without_a_sign_in_operations_are_taken_and_nothing_is_given(world: World) -> None:
    phone = world.device(world.caseworker)
    plain = phone.operation("topic", scope=world.scope, question="Signed out", audience="private")
    phone.client = world.app.test_client()
    answer: dict[str, Any] = phone.post(operations=[phone.seal(plain)]).get_json()
    assert [result["result"] for result in answer["results"]] == ["applied"]
    assert (answer["signed_in"], answer["changes"], answer["digest"]) == (False, [], None)


def test_a_cookie_without_the_read_credential_of_the_vault_gives_nothing(world: World) -> None:
    phone = world.device(world.caseworker)
    answer = phone.post(read=None, cursor=0).get_json()
    assert (answer["signed_in"], answer["changes"], answer["removed"]) == (False, [], [])


def test_a_wrong_read_credential_gives_nothing(world: World) -> None:
    phone = world.device(world.caseworker)
    answer = phone.post(read="wrong", cursor=0).get_json()
    assert (answer["signed_in"], answer["changes"]) == (False, [])


def test_somebody_else_signed_in_on_the_device_gets_nothing_and_the_authors_text_is_still_the_authors(
    world: World,
) -> None:
    phone = world.device(world.caseworker)
    plain = phone.operation("topic", scope=world.scope, question="Mine", audience="private")
    phone.client = world.device(world.colleague).client
    answer = phone.post(operations=[phone.seal(plain)]).get_json()
    assert (answer["signed_in"], answer["changes"]) == (False, [])
    held = world.device(world.caseworker).entry(plain["operation"]["entry"])
    assert held is not None
    assert held["author"] == world.caseworker.id


def test_the_first_fill_of_a_long_feed_comes_in_pages_and_ends_equal(world: World) -> None:
    from ledvei_pwa.sync.actions import write_entry

    for number in range(230):
        outcome = write_entry(
            world.caseworker.id,
            "topic",
            {"question": f"Number {number}", "audience": "private"},
            now=world.now,
            session_id=world.session,
        )
        assert outcome.ok
    phone = world.device(world.caseworker)  # its sync() asserts that the digests are equal
    assert sum(1 for type_, _ in phone.held if type_ == "entry") == 230


def test_another_epoch_fetches_everything_again(world: World) -> None:
    phone = world.device(world.caseworker)
    answer = phone.post(epoch="another", cursor=10**9).get_json()
    assert {(item["type"], item["id"]) for item in answer["changes"]} == set(phone.held)
