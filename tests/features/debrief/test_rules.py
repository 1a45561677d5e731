"""Debriefs."""

from ledvei_pwa.features.debrief.rules import as_topic, asks_for_somebody, is_heavy
from ledvei_pwa.features.preparation.forms import TopicForm
from ledvei_pwa.platform.written import field_problems, unknown_fields


def test_a_wish_to_be_called_asks_for_somebody() -> None:
    assert asks_for_somebody({"need": "call"})


def test_wanting_nothing_more_asks_for_nobody() -> None:
    assert not asks_for_somebody({"need": "nothing"})


def test_strain_of_eight_is_heavy_and_seven_is_not() -> None:
    assert (is_heavy({"strain": 8}), is_heavy({"strain": 7})) == (True, False)


def test_an_unanswered_strain_is_not_heavy() -> None:
    assert not is_heavy({"strain": None})


def test_a_debrief_becomes_a_topic_that_points_back_and_is_private_until_its_author_says_otherwise() -> None:
    topic = as_topic("0190aaaa-0000-7000-8000-000000000001", {"strain": 6, "happened": "A hard visit"})
    assert (topic["debrief"], topic["audience"]) == ("0190aaaa-0000-7000-8000-000000000001", "private")
    assert "A hard visit" not in topic.values()


def test_the_topic_made_from_a_debrief_is_accepted_by_the_topics_form(app: object) -> None:
    topic = as_topic("0190aaaa-0000-7000-8000-000000000001", {"strain": 6})
    assert unknown_fields(TopicForm, topic) == []
    assert field_problems(TopicForm, topic) == {}
