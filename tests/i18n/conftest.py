"""The two tools that read what Ledvei says, imported from scripts/."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).resolve().parent.parent.parent / "scripts"


def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def catalogues() -> ModuleType:
    return _script("catalogues")


@pytest.fixture(scope="session")
def spelling() -> ModuleType:
    return _script("spelling")


@pytest.fixture(params=["nb", "nn"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)
