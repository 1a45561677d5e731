"""Topics."""

import pytest

from ledvei_pwa.features.preparation.rules import is_waiting


@pytest.mark.parametrize("outcome", [None, "", "carried"])
def test_a_topic_that_is_not_done_waits(outcome: str | None) -> None:
    assert is_waiting({"outcome": outcome})


def test_a_topic_that_is_done_waits_no_more() -> None:
    assert not is_waiting({"outcome": "done"})
