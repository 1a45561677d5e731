"""One folder per thing a user would name. The order here is the order of registration."""

from __future__ import annotations

from importlib import import_module

from ledvei_pwa.platform.registry import House

FEATURES = (
    "people",
    "supervision",
    "preparation",
    "debrief",
    "assessment",
    "agreements",
    "reminders",
    "retention",
    "leaving",
    "library",
    "privacy",
    "log",
)


def register_features(house: House) -> None:
    """Let every feature add its pages, entry kinds, subjects and jobs to the house."""
    for name in FEATURES:
        import_module(f"ledvei_pwa.features.{name}").register(house)
