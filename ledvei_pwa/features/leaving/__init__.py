"""A last day set ahead: for the one it is about, and for leaders, who see what then needs somebody else."""

from __future__ import annotations

from ledvei_pwa.features.leaving.pages import pages
from ledvei_pwa.platform.registry import House


def register(house: House) -> None:
    house.pages(pages)
