"""The merge, case by case (the same cases as its JavaScript twin) and by property."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledvei_pwa.kernel.merge import Step, are_equal, known_fields, merge_fields, not_superseded

CASES = json.loads((Path(__file__).parent.parent / "shared" / "merge_cases.json").read_text("utf-8"))
VALUES = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["", "a", "b", "å"]))
FIELDS = st.dictionaries(st.sampled_from(["f", "g", "h"]), VALUES)


def typed(fields: dict[str, Any]) -> dict[str, tuple[type, Any]]:
    return {name: (type(value), value) for name, value in fields.items()}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_merge_does_what_the_shared_case_says(case: dict[str, Any]) -> None:
    merged = merge_fields(case["base"], case["current"], case["set"])
    assert typed(merged.fields) == typed(case["fields"])
    assert {name: typed(dict(enumerate(values))) for name, values in merged.conflicts.items()} == {
        name: typed(dict(enumerate(values))) for name, values in case["conflicts"].items()
    }


@given(FIELDS, FIELDS, FIELDS)
def test_no_change_of_either_side_is_lost(base: Any, current: Any, incoming: Any) -> None:
    merged = merge_fields(base, current, incoming)
    for name, value in incoming.items():
        changed_here = not are_equal(value, base.get(name))
        kept = [merged.fields.get(name), *merged.conflicts.get(name, [])]
        assert not changed_here or any(are_equal(value, one) for one in kept)
    for name, value in current.items():
        changed_there = not are_equal(value, base.get(name))
        assert not changed_there or are_equal(value, merged.fields[name])


@given(FIELDS, FIELDS)
def test_merging_against_an_unchanged_entry_never_conflicts(current: Any, incoming: Any) -> None:
    merged = merge_fields(current, current, incoming)
    assert typed(merged.fields) == typed({**current, **incoming})
    assert merged.conflicts == {}


@given(FIELDS, FIELDS, FIELDS)
def test_merging_the_same_again_changes_no_field(base: Any, current: Any, incoming: Any) -> None:
    once = merge_fields(base, current, incoming)
    twice = merge_fields(base, once.fields, incoming)
    assert all(are_equal(twice.fields.get(name), value) for name, value in once.fields.items())


def step(device: str, number: int, **fields: Any) -> Step:
    return Step(device, number, frozenset(fields), fields)


def test_a_device_knows_what_it_wrote_itself_after_the_base() -> None:
    steps = [step("phone", 1, question="b")]
    assert known_fields({"question": "a"}, steps, device="phone", number=2) == {"question": "b"}


def test_a_device_does_not_know_what_another_wrote_after_the_base() -> None:
    steps = [step("tablet", 1, question="b")]
    assert known_fields({"question": "a"}, steps, device="phone", number=2) == {"question": "a"}


def test_a_device_does_not_take_anothers_text_for_its_own_when_it_wrote_another_field_after_it() -> None:
    theirs = step("tablet", 1, question="b")
    ours = Step("phone", 1, frozenset({"strain"}), {"question": "b", "strain": 3})
    steps = [theirs, ours]
    assert known_fields({"question": "a"}, steps, device="phone", number=2) == {"question": "a", "strain": 3}


def test_an_operation_does_not_know_what_its_own_device_wrote_later() -> None:
    steps = [step("phone", 7, question="b")]
    assert known_fields({"question": "a"}, steps, device="phone", number=2) == {"question": "a"}


def test_an_overtaken_operation_gives_way_to_its_own_devices_later_text() -> None:
    steps = [step("phone", 7, question="newer")]
    kept = not_superseded({"question": "older", "strain": 2}, steps, device="phone", number=2)
    assert kept == {"strain": 2}


def test_an_operation_does_not_give_way_to_a_later_one_whose_writer_had_not_known_it() -> None:
    steps = [Step("phone", 7, frozenset({"question"}), {"question": "newer"}, after=1)]
    assert not_superseded({"question": "older"}, steps, device="phone", number=2) == {"question": "older"}


def test_an_operation_does_not_give_way_to_another_device() -> None:
    steps = [step("tablet", 7, question="other")]
    assert not_superseded({"question": "mine"}, steps, device="phone", number=2) == {"question": "mine"}
