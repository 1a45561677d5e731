"""The bill of materials names every pinned part once, and tells what is served from what only tests."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from scripts import sbom

pytestmark = pytest.mark.one_database
SERVED = {"flask", "sqlalchemy", "cryptography", "cffi", "@hpke/core", "idb"}
TESTING = {"pytest", "ruff", "playwright", "axe-core", "fast-check", "esbuild"}


@pytest.fixture(scope="module")
def parts() -> list[dict[str, Any]]:
    components: list[dict[str, Any]] = sbom.bill(sbom.ROOT)["components"]
    return components


def names(parts: list[dict[str, Any]], scope: str) -> set[str]:
    return {part["name"] for part in parts if part["scope"] == scope}


def test_every_pinned_part_of_python_is_in_it_once_with_the_hashes_of_its_files(
    parts: list[dict[str, Any]],
) -> None:
    files = (sbom.ROOT / "requirements").glob("*.txt")
    wanted = {(name, version): hashes for file in files for name, version, hashes in sbom.pins(file)}
    listed = [part for part in parts if part["purl"].startswith("pkg:pypi/")]
    assert len(listed) == len(wanted) > 100
    for part in listed:
        (given_out,) = part["externalReferences"]
        hashes = [each["content"] for each in given_out["hashes"] if each["alg"] == "SHA-256"]
        assert hashes == wanted[part["name"], part["version"]] != []


def test_every_locked_part_of_npm_is_in_it_with_the_hash_it_is_locked_to(parts: list[dict[str, Any]]) -> None:
    locked = json.loads((sbom.ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    wanted = {
        (place.rpartition("node_modules/")[2], each["version"], "integrity" in each)
        for place, each in locked.items()
        if place
    }
    listed = [part for part in parts if part["purl"].startswith("pkg:npm/")]
    assert sorted((part["name"], part["version"], "hashes" in part) for part in listed) == sorted(wanted)
    hashes = [each for part in listed for each in part.get("hashes", [])]
    assert {(each["alg"], len(each["content"])) for each in hashes} == {("SHA-512", 128)}


def test_what_is_served_is_told_from_what_builds_and_tests(parts: list[dict[str, Any]]) -> None:
    assert names(parts, "required") >= SERVED
    assert names(parts, "excluded") >= TESTING
    assert names(parts, "optional") >= {"redis", "gunicorn", "psycopg", "authlib"}


def test_it_is_the_same_until_a_pin_is_another(tmp_path: Path) -> None:
    shutil.copytree(sbom.ROOT / "requirements", tmp_path / "requirements")
    for name in ("package-lock.json", "setup.cfg"):
        shutil.copy(sbom.ROOT / name, tmp_path / name)
    before = sbom.bill(tmp_path)
    assert before == sbom.bill(sbom.ROOT)
    file = tmp_path / "requirements" / "run.txt"
    file.write_text(file.read_text(encoding="utf-8").replace("\nflask==", "\nflask==9."), encoding="utf-8")
    after = sbom.bill(tmp_path)
    assert after["serialNumber"] != before["serialNumber"]
    assert any(part["purl"].startswith("pkg:pypi/flask@9.") for part in after["components"])
