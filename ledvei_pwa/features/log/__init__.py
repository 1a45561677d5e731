"""The log of administration, shown to those who run the service, and its words for whoever shows a line."""

from __future__ import annotations

from ledvei_pwa.features.log.pages import pages
from ledvei_pwa.platform.registry import House


def register(house: House) -> None:
    house.pages(pages)
