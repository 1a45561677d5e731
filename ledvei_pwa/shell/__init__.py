"""The app as a browser keeps it: the data-free shells, the worker that serves them, and the web manifest."""

from __future__ import annotations

from functools import cache

from ledvei_pwa.platform.assets import STATIC, asset_url
from ledvei_pwa.platform.registry import House
from ledvei_pwa.shell.modules import scripts_of
from ledvei_pwa.shell.pages import shell


def register(house: House) -> None:
    house.pages(shell)
    house.app.jinja_env.globals["script_url"] = script_url


def script_url(entry: str) -> str:
    """Where a page of the server's finds a script: its bundle, or the file itself while developing."""
    return asset_url(_first_file(entry))


@cache
def _first_file(entry: str) -> str:
    """Looked up once in a process: it reads every script."""
    return scripts_of(STATIC, entry).now[0]
