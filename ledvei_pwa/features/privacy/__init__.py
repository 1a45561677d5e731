"""What is kept about somebody, why, for how long, and who can see it: one page that is open to all."""

from __future__ import annotations

from ledvei_pwa.features.privacy.pages import pages
from ledvei_pwa.platform.registry import House


def register(house: House) -> None:
    house.pages(pages)
