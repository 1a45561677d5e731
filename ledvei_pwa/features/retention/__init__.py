"""How long what is written is kept. What follows from it is done where the texts are: sync/expiry.py."""

from __future__ import annotations

from ledvei_pwa.platform.registry import House


def register(_house: House) -> None:
    """Pages and the daily job need the texts, and are registered with them."""
