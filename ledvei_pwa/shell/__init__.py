"""The app as a browser keeps it: the data-free shells, the worker that serves them, and the web manifest."""

from __future__ import annotations

from ledvei_pwa.platform.registry import House
from ledvei_pwa.shell.pages import shell


def register(house: House) -> None:
    house.pages(shell)
