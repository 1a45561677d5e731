"""Library: short guides in our own words, the same for everybody, kept on the device in the shell."""

from __future__ import annotations

from ledvei_pwa.features.library.guides import guides_in
from ledvei_pwa.platform.registry import House


def register(house: House) -> None:
    house.app.jinja_env.globals["guides"] = guides_in
