"""The digest: the same cases as its JavaScript twin."""

import json
from pathlib import Path
from typing import Any

import pytest

from ledvei_pwa.kernel.digest import digest_of

CASES = json.loads((Path(__file__).parent.parent / "shared" / "digest_cases.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_digest_is_what_the_shared_case_says(case: dict[str, Any]) -> None:
    digest = digest_of((type_, id_, version) for type_, id_, version in case["subjects"])
    assert (digest.count, digest.hash) == (case["count"], case["hash"])


def test_digest_is_the_start_of_sha256_for_a_single_subject() -> None:
    # printf 'entry:0190aaaa-0000-7000-8000-000000000001:1' | sha256sum
    digest = digest_of([("entry", "0190aaaa-0000-7000-8000-000000000001", 1)])
    assert digest.hash == "965a65be28ee98dd3a16618d7eae29d8"
