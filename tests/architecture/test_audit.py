"""What `make audit` makes of the answers it gets: no answer is never a good one."""

from __future__ import annotations

from typing import Any

import pytest

from scripts import audit

pytestmark = pytest.mark.one_database
HOLE = {"id": "PYSEC-2026-1", "fix_versions": ["3.1.4"]}
WHOLE = {"dependencies": [{"name": "flask", "version": "3.1.3", "vulns": []}]}
HOLED = {"dependencies": [{"name": "flask", "version": "3.1.3", "vulns": [HOLE]}]}
SKIPPED = {"dependencies": [*HOLED["dependencies"], {"name": "babel", "skip_reason": "not found"}]}
NPM_HOLED = {"vulnerabilities": {"idb": {"range": "<8", "severity": "high"}}}


@pytest.mark.parametrize("answer", [None, [], {"message": "405 Method Not Allowed"}, SKIPPED])
def test_an_answer_about_less_than_all_is_none(answer: Any) -> None:
    assert audit.holes_of_pip(answer) is None


def test_a_hole_is_named_with_what_mends_it() -> None:
    assert audit.holes_of_pip(WHOLE) == []
    assert audit.holes_of_pip(HOLED) == ["flask 3.1.3: PYSEC-2026-1, mended in 3.1.4"]
    assert audit.holes_of_npm(NPM_HOLED) == ["idb <8: high"]


@pytest.mark.parametrize(
    ("pip", "npm", "code"),
    [
        (WHOLE, {"vulnerabilities": {}}, 0),
        (WHOLE, NPM_HOLED, 1),
        (HOLED, None, 1),
        (WHOLE, {"error": "away"}, 2),
        (None, {"vulnerabilities": {}}, 2),
    ],
)
def test_it_fails_on_a_hole_and_on_silence(
    monkeypatch: pytest.MonkeyPatch, pip: Any, npm: Any, code: int
) -> None:
    answers = {audit.PIP_AUDIT: pip, audit.NPM_AUDIT: npm}
    monkeypatch.setattr(audit, "ask", lambda *command: answers.get(command))
    assert audit.main() == code


def test_a_program_that_is_not_there_answers_nothing() -> None:
    assert audit.ask("there-is-no-such-program") is None
