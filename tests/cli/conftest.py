"""Fixtures of the tests of commands."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.installed import Here, given
from tests.support.serving import Installation


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    return Here(tmp_path, monkeypatch)


@pytest.fixture(scope="session")
def a_service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after `ledvei init`, to be copied."""
    folder = tmp_path_factory.mktemp("installed")
    Installation(folder).run("init", *given())
    return folder


@pytest.fixture
def installed(a_service: Path, empty: Here) -> Here:
    shutil.copytree(a_service / "instance", empty.folder / "instance")
    return empty
