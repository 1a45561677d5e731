"""Python's parts are held to the hashes of their files, in sets that hold all that is asked for."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts import pin_parts, sbom

pytestmark = pytest.mark.one_database
FOLDER = pin_parts.FOLDER
WHEEL = {
    "ledvei_made_up.py": "",
    "ledvei_made_up-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: ledvei-made-up\nVersion: 1.0\n",
    "ledvei_made_up-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "ledvei_made_up-1.0.dist-info/RECORD": "",
}


def asked_for(extra: str) -> list[Requirement]:
    written = sbom.own_words(sbom.ROOT)
    texts = written["options.extras_require"] if extra else {"": written["options"]["install_requires"]}
    return [Requirement(line) for line in texts[extra].splitlines() if line]


def pinned(name: str) -> dict[str, set[str]]:
    """The versions of each part in one file; it may have more than one, by markers."""
    found: dict[str, set[str]] = {}
    for part, version, _hashes in sbom.pins(FOLDER / f"{name}.txt"):
        found.setdefault(part, set()).add(version)
    return found


@pytest.mark.parametrize("name", pin_parts.BESIDE)
def test_every_part_has_a_hash_and_no_line_is_anything_else(name: str) -> None:
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    assert text.startswith(pin_parts.HEADER.format(about=pin_parts.ABOUT[name]))
    entries = pin_parts.entries(text)
    assert text.count("\n") == pin_parts.HEADER.count("\n") + sum(entry.count("\n") for entry in entries)
    parts = list(sbom.pins(FOLDER / f"{name}.txt"))
    assert len(parts) == len(entries) > 0
    assert [part for part, _version, hashes in parts if not hashes] == []
    assert sum(len(hashes) for *_part, hashes in parts) == text.count("--hash=")


def test_there_is_no_other_file_beside_them() -> None:
    assert {file.name for file in FOLDER.iterdir()} == {f"{name}.txt" for name in pin_parts.BESIDE}
    assert sbom.SCOPES.keys() == pin_parts.BESIDE.keys()


@pytest.mark.parametrize("extra", ["", *sbom.own_words(sbom.ROOT).options("options.extras_require")])
def test_what_setup_cfg_asks_for_is_pinned_at_its_version_where_it_is_installed_from(extra: str) -> None:
    name = {"": "run", "quality": "test"}.get(extra, extra)
    files = [*pin_parts.BESIDE[name], name]
    held = {part: versions for file in files for part, versions in pinned(file).items()}
    for need in asked_for(extra):
        (written,) = need.specifier
        assert written.operator == "==", need
        assert held.get(canonicalize_name(need.name)) == {written.version}, f"{need}: make lock"


def test_what_builds_is_pinned_at_the_version_that_pyproject_says() -> None:
    needs = [Requirement(line) for line in pin_parts.needs(sbom.ROOT, "build")]
    for need in needs:
        assert pinned("build")[need.name] == {str(need.specifier).removeprefix("==")}, f"{need}: make lock"
    assert {need.name for need in needs} == {"setuptools", "wheel"}


def test_no_part_stands_at_one_version_in_one_set_and_at_another_in_another() -> None:
    together: dict[str, set[frozenset[str]]] = {}
    for name in pin_parts.BESIDE:
        for part, versions in pinned(name).items():
            together.setdefault(part, set()).add(frozenset(versions))
    assert {part for part, versions in together.items() if len(versions) > 1} == set()


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel of a part that is nowhere else."""
    folder = tmp_path_factory.mktemp("parts")
    with zipfile.ZipFile(folder / "ledvei_made_up-1.0-py3-none-any.whl", "w") as archive:
        for name, text in WHEEL.items():
            archive.writestr(name, text)
    return folder


def fetch(folder: Path, sha256: str) -> subprocess.CompletedProcess[str]:
    """By real pip, from a file of requirements as `make lock` writes them."""
    file, header = folder / "held.txt", pin_parts.HEADER.format(about="")
    file.write_text(f"{header}ledvei-made-up==1.0 \\\n    --hash=sha256:{sha256}\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--isolated", "--no-cache-dir", "--disable-pip-version-check"]
    places = ["--no-index", "--find-links", folder, "--dest", folder / "out"]
    asked = [*pip, "download", "--no-deps", *places, "-r", file]
    return subprocess.run(asked, capture_output=True, text=True, check=False)


def test_a_file_with_another_hash_is_refused_and_one_with_the_right_hash_is_not(made_up: Path) -> None:
    (wheel,) = made_up.glob("*.whl")
    right = hashlib.sha256(wheel.read_bytes()).hexdigest()
    refused = fetch(made_up, right[::-1])
    assert refused.returncode != 0
    assert "DO NOT MATCH THE HASHES" in refused.stderr
    assert not list(made_up.glob("out/*"))
    assert fetch(made_up, right).returncode == 0
    assert list(made_up.glob("out/*.whl"))
