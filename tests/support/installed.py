"""An installation in a folder, after `ledvei init`, for tests of commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ledvei_pwa.cli import main
from ledvei_pwa.settings import Settings
from tests.support.serving import Installation

NAME = "Fjordby barnevernsteneste"
ENVIRONMENT = ("LEDVEI_INSTANCE", "LEDVEI_DATABASE_URL", "LEDVEI_BASE_URL", "HOST", "PORT")


class Here:
    """The command run inside this process, in a folder: the same code as from a shell, ten times as fast."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.real = Installation(folder)  # and as a process of its own, where that is what is tested
        self._monkeypatch = monkeypatch
        for name in ENVIRONMENT:
            monkeypatch.delenv(name, raising=False)

    @property
    def keys(self) -> Path:
        return self.folder / "instance" / "keys"

    def run(self, *arguments: str, typed: str = "", **environment: str) -> Result:
        """`typed` is what is answered to questions."""
        self._monkeypatch.chdir(self.folder)
        return CliRunner(env=environment).invoke(main, arguments, input=typed, prog_name="ledvei")


def given(email: str = "kari@fjordby.no") -> tuple[str, ...]:
    return ("--name", NAME, "--language", "nn", "--leader", "Kari Nes", "--email", email)


def opened_settings(installed: Here, **environment: str) -> Settings:
    instance = {"LEDVEI_INSTANCE": str(installed.folder / "instance")}
    return Settings.from_environment({**instance, **environment})
