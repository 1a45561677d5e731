"""Own trend and ways to help: the same cases as the JavaScript twin."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ledvei_pwa.features.assessment.forms import STATEMENTS, AssessmentForm
from ledvei_pwa.features.assessment.rules import ITEMS, Theme, own_trend, ways_to_help

SHARED = Path(__file__).parents[2] / "shared"
CASES = json.loads((SHARED / "assessment_cases.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_trend_is_what_the_shared_case_says(case: dict[str, Any]) -> None:
    points = own_trend(case["assessments"])
    assert [{"taken_on": point.taken_on, "themes": dict(point.themes)} for point in points] == case["trend"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_ways_to_help_are_what_the_shared_case_says(case: dict[str, Any]) -> None:
    assert list(ways_to_help(case["assessments"][-1])) == case["ways_to_help"]


def test_there_are_sixteen_statements_and_each_has_a_field() -> None:
    assert len(ITEMS) == 16
    assert list(STATEMENTS) == [item.name for item in ITEMS]
    assert set(STATEMENTS) < set(AssessmentForm()._fields)


def test_every_theme_has_at_least_three_statements() -> None:
    counted = Counter(item.theme for item in ITEMS)
    assert all(counted[theme] >= 3 for theme in Theme)
