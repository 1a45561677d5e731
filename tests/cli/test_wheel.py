"""What is installed from a wheel works in an empty folder, far from the source tree."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.support.serving import Installation

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("ledvei_pwa", "migrations", "translations")
FILES = ("setup.cfg", "setup.py", "pyproject.toml", "README.md", "LICENSE", "NOTICE")
pytestmark = [pytest.mark.one_database, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the sources, so that nothing built before can slip in."""
    folder = tmp_path_factory.mktemp("wheel")
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / "source" / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in FILES:
        shutil.copy(ROOT / file, folder / "source" / file)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    built = subprocess.run(
        [*build, "--wheel-dir", folder, folder / "source"], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`ledvei` in an environment that has the wheel and, of everything else, what the tests have."""
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, wheel], check=True)
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    # A folder named in a .pth file comes after the environment's own, and the .pth files in it are not read:
    # our parts are found there, but the source tree that is installed there as editable is not.
    (Path(site) / "parts.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return environment / "bin" / "ledvei"


def test_the_wheel_holds_every_module_template_and_static_file(contents: set[str]) -> None:
    expected = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "ledvei_pwa").rglob("*")
        if path.is_file() and not path.name.endswith((".d.ts", ".pyc")) and not path.name.startswith(".")
    }
    assert len(expected) > 200
    assert expected - contents == set()


def test_the_wheel_holds_migrations_and_compiled_languages(contents: set[str]) -> None:
    assert "ledvei_pwa/migrations/0001_the_first_house.py" in contents
    assert "ledvei_pwa/migrations/alembic/env.py" in contents
    assert {f"ledvei_pwa/translations/{code}/LC_MESSAGES/messages.mo" for code in ("nb", "nn")} <= contents


def test_the_wheel_holds_nothing_of_ours_alone(contents: set[str]) -> None:
    stray = [
        name
        for name in contents
        if re.match(r"(tests|bench|scripts|docs|instance)/|.*\.(d\.ts|pyc|sqlite3|pem|key)$", name)
    ]
    assert stray == []


def test_the_command_comes_from_the_wheel(command: Path, tmp_path: Path) -> None:
    where = [command.with_name("python"), "-c", "import ledvei_pwa; print(ledvei_pwa.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert str(command.parent.parent) in found


def test_from_the_wheel_a_service_is_made_and_served_in_an_empty_folder(
    command: Path, tmp_path: Path
) -> None:
    ours = Installation(tmp_path, command)
    made = ours.run(
        "init", "--name", "Fjordby", "--language", "nb", "--leader", "Kari Nes", "--email", "kari@fjordby.no"
    )
    (path,) = re.findall(r"http://localhost:8000(/invitation/\S+)", made.stdout)
    with ours.serving() as served:
        assert served.health()["status"] == "up"
        assert b"Kari Nes" in served.get(path).read()
        assert b"<template" in served.get("/nn/").read()
        assert served.get("/sw.js").status == 200
        (sheet,) = set(re.findall(rb"/static/[0-9a-f]+/vendor/look\.css", served.get("/nb/").read()))
        assert served.get(sheet.decode()).status == 200
